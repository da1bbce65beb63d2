"""Public sets of people whose truth is known, and how well they are joined: by rules, and by scores.

Pairs are counted: precision is the share of joined pairs that are one person, recall the share of true pairs that were joined.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from lohko.base.times import zone
from lohko.engine.identity import find_merges
from lohko.engine.scored import score
from lohko.engine.sql import render
from lohko.engine.store import fill_local_offsets
from lohko.engine.tables import FIXED, observed_table, shape
from lohko.maths.components import components
from lohko.model.identity import IdentityRules
from lohko.model.schema import Attribute, Schema

DATA = Path(os.environ.get("LOHKO_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
_TEXTS = ("first_name", "last_name", "email", "phone", "postcode", "city", "address")
SCHEMA = Schema(
    {name: Attribute(name, "text", f"a_{name}") for name in _TEXTS} | {"birthday": Attribute("birthday", "date", "a_birthday")}, {}
)


@dataclass(frozen=True)
class PublicSet:
    """Where a set is, and the query that names its columns as Lohko does; the truth is never among what is compared."""

    path: str
    query: str


_FEBRL = """
SELECT nullif(trim(given_name), '') AS first_name, nullif(trim(surname), '') AS last_name, nullif(trim(postcode), '') AS postcode,
    strftime(try_strptime(trim(date_of_birth), '%Y%m%d'), '%Y-%m-%d') AS birthday, nullif(trim(suburb), '') AS city,
    nullif(concat_ws(' ', nullif(trim(street_number), ''), nullif(trim(address_1), '')), '') AS address,
    regexp_extract(rec_id, 'rec-([0-9]+)', 1) AS truth
FROM read_csv(?, all_varchar = true, normalize_names = true)
"""
SETS = {
    "fake_1000": PublicSet(
        "splink/fake_1000.csv",
        "SELECT first_name, surname AS last_name, dob AS birthday, city, email, cluster AS truth FROM read_csv(?, all_varchar = true)",
    ),
    "febrl1": PublicSet("febrl/dataset1.csv", _FEBRL),
    "febrl2": PublicSet("febrl/dataset2.csv", _FEBRL),
    "febrl3": PublicSet("febrl/dataset3.csv", _FEBRL),
    "historical_50k": PublicSet(
        "splink/historical_figures_with_errors_50k.parquet",
        "SELECT first_name, surname AS last_name, dob AS birthday, birth_place AS city, postcode_fake AS postcode, cluster AS truth "
        "FROM read_parquet(?)",
    ),
}


@dataclass(frozen=True)
class Figures:
    """Precision and recall of pairs."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @classmethod
    def of_people(cls, label: NDArray[Any], truth: NDArray[Any]) -> Figures:
        """Of records with the person that each became, and was."""
        made, true = (np.unique(values, return_inverse=True)[1].astype(np.int64) for values in (label, truth))
        both = _pairs(made * (true.max() + 1) + true)
        return cls(both / max(_pairs(made), 1), both / max(_pairs(true), 1))


def _pairs(label: NDArray[np.int64]) -> int:
    counts = np.unique(label, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def read(name: str) -> dict[str, NDArray[Any]]:
    """The columns of a set, in small letters, None where unknown; `truth` says who is who."""
    found = SETS[name]
    rows = duckdb.connect().execute(found.query, [str(DATA / found.path)]).fetchnumpy()
    return {
        column: np.array([None if value is None else str(value).lower() for value in np.ma.asarray(values).tolist()], dtype=object)
        for column, values in rows.items()
    }


def deterministic(columns: dict[str, NDArray[Any]], rules: IdentityRules | None = None) -> Figures:
    """By the rules alone, every record a customer number of one source."""
    truth, size = columns["truth"], len(columns["truth"])
    store = duckdb.connect()
    for statement in FIXED:
        store.execute(statement)
    fill_local_offsets(store, zone("UTC"))
    shape(store.cursor(), SCHEMA)
    store.register("given", {"node": np.arange(1, size + 1), **{name: values for name, values in columns.items() if name != "truth"}})
    store.execute("INSERT INTO node SELECT node, node, 'set', 'id', CAST(node AS VARCHAR), node FROM given")
    store.execute("INSERT INTO person SELECT node, CAST(node AS VARCHAR), true, CAST(node AS VARCHAR) FROM given")
    for name in columns.keys() & set(SCHEMA.attributes):
        kind = "try_cast(__c AS DATE)" if name == "birthday" else "__c"
        fold = "NULL" if name == "birthday" else "__c"
        sql = f"INSERT INTO __t SELECT node, {kind}, {fold}, TIMESTAMP '2026-01-01', false, 1 FROM given WHERE NOT {kind} IS NULL"  # noqa: S608
        store.execute(render(sql, {"__t": observed_table(SCHEMA.attributes[name]), "__c": name}))
    label = np.arange(size + 1)
    for link in find_merges(store.cursor(), SCHEMA, rules or IdentityRules(), "FI").links:
        label[link.node] = link.person
    return Figures.of_people(label[1:], truth)


def scored(columns: dict[str, NDArray[Any]], threshold: float) -> tuple[Figures, Figures]:
    """By the scores alone: the pairs themselves, and the people that all pairs together make."""
    truth = columns["truth"]
    found = score({name: values for name, values in columns.items() if name != "truth"}, threshold)
    return people_of_pairs(found.first, found.second, truth)


def people_of_pairs(first: NDArray[np.int64], second: NDArray[np.int64], truth: NDArray[Any]) -> tuple[Figures, Figures]:
    """How right pairs of places are, and the people that all of them together make."""
    right = int((truth[first] == truth[second]).sum())
    true = _pairs(np.unique(truth.astype(str), return_inverse=True)[1].astype(np.int64))
    of_pairs = Figures(right / max(len(first), 1), right / true)
    return of_pairs, Figures.of_people(components(first, second, len(truth)), truth.astype(str))
