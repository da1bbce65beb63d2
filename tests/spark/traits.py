"""Traits as the reference people were given them, as tables of the data: those that Spark computes are tested by the tables of scores."""

from __future__ import annotations

from collections.abc import Mapping

from duckdb import DuckDBPyConnection

from engines.given_traits import _COLUMNS, given
from engines.layout import insert, naive
from lohko.engine.person import Person
from lohko.engine.spark import SparkEngine
from lohko.model.condition import Leaf

_NAMES = tuple(part.split()[0] for part in _COLUMNS.split(", "))
TRAITS = {"trait_rfm": ("person", *_NAMES), "trait_rfm_past": ("person", "moment", *_NAMES)}


class GivenTraits(SparkEngine):
    """An engine whose traits are in the data."""

    def _need_traits_of(self, leaf: Leaf) -> None:
        pass

    def need_traits(self) -> None:
        pass


def make_trait_tables(store: DuckDBPyConnection) -> None:
    store.execute(f"CREATE TABLE trait_rfm (person INTEGER, {_COLUMNS})")
    store.execute(f"CREATE TABLE trait_rfm_past (moment TIMESTAMP, person INTEGER, {_COLUMNS})")


def write_traits(store: DuckDBPyConnection, people: Mapping[int, Person]) -> None:
    for key, person in people.items():
        insert(store, [("trait_rfm", {"person": key} | given(person.traits))])
        past = [{"moment": naive(at), "person": key} | given(traits) for at, traits in person.past_traits.items()]
        insert(store, [("trait_rfm_past", row) for row in past])
