"""Five exports of one imagined firm become one set of people; the demo knows how many there truly are."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.errors import InputError
from lohko.demo.imagined import imagine
from lohko.demo.walk import Pairs, pairs, walk
from lohko.steps.work import silent

UNTIL = dt.date(2026, 11, 28)
_RECORDS = [("a", str(n)) for n in range(8)]
_GROUPS = st.dictionaries(st.sampled_from(_RECORDS), st.integers(1, 4))


@given(_GROUPS, _GROUPS)
def test_pairs_are_counted_as_one_would_by_hand(found: dict[tuple[str, str], int], truth: dict[tuple[str, str], int]):
    both = list(combinations(sorted(found.keys() & truth.keys()), 2))
    together = {pair for pair in both if found[pair[0]] == found[pair[1]]}
    true = {pair for pair in both if truth[pair[0]] == truth[pair[1]]}
    assert pairs(found, truth) == Pairs(len(together), len(true), len(together & true))


def test_what_was_never_tried_has_no_precision():
    assert Pairs(0, 3, 0).precision is None and Pairs(0, 0, 0).recall is None


def test_the_same_arguments_make_the_same_files(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        imagine(tmp_path / name, people=60, until=UNTIL, seed=4)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 7
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)


@pytest.mark.slow
def test_five_exports_become_one_set_of_people(tmp_path: Path):
    said: list[str] = []
    found = walk(tmp_path / "walk", people=200, seed=20, say=said.append, progress=silent)
    assert len(said) == 7
    for file in found["files"]:
        assert file["received"] == file["accepted"] + file["duplicate"] + file["rejected"], file
        assert file["rejected"] == 0 and file["accepted"] > 0, file
    assert found["records"] == found["records_known"], "every record of the truth is known by its own identifier"
    # Most people have two or more records, so that leaving all apart or joining all would show.
    assert found["records"] > 2 * found["true_people"]
    assert abs(found["people_found"] / found["true_people"] - 1) < 0.15
    assert found["precision"] > 0.95 and found["recall"] > 0.85
    with pytest.raises(InputError, match="workspace here already"):
        walk(tmp_path / "walk", people=200, seed=20, say=said.append, progress=silent)
