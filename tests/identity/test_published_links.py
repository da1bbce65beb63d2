"""How well records are joined, on public data whose truth is known: references in the field, within their tolerance."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.identity_sets import SETS, Figures, deterministic, read, scored

from public_data import DATA

splink = pytest.importorskip("splink", reason="scored matching needs the extra `identity`")


def public(name: str) -> None:
    if not (DATA / SETS[name].path).is_file():
        pytest.skip(f"the public data {name!r} is not beside the project; LOHKO_TEST_DATA names another place")


@pytest.mark.parametrize(("name", "recall"), [("fake_1000", 0.02), ("febrl1", 0.37), ("febrl3", 0.24)])
def test_rules_alone_make_no_false_person(name, recall):
    """Deterministic rules: precision first; what they miss is left to the scores and the review."""
    public(name)
    found = deterministic(read(name))
    assert found.precision >= 0.995
    assert found.recall >= recall


@pytest.mark.parametrize(("name", "pairs", "clusters"), [("fake_1000", 0.8048, 0.9160), ("febrl1", 0.97, 0.97)])
def test_scores_are_at_least_as_good_as_the_reference(name, pairs, clusters):
    """F1 of pairs and of whole people at a probability of 0.5, less the tolerance of the published figures."""
    public(name)
    of_pairs, of_people = scored(read(name), 0.5)
    assert of_pairs.f1 >= pairs - 0.02
    assert of_people.f1 >= clusters - 0.02


def test_figures_are_those_of_counting():
    """Two true pairs of three, of which one was found beside a false one."""
    truth = np.array(["a", "a", "b", "b", "c"])
    found = Figures.of_people(np.array([0, 0, 2, 3, 3]), truth)
    assert (found.precision, found.recall) == (0.5, 0.5)
