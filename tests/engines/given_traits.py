"""DuckDB with the traits that the reference people were given, instead of those it would compute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from engines.layout import insert, naive
from lohko.engine.duckdb import DuckEngine
from lohko.engine.reference import Person
from lohko.model.schema import RFM_TRAITS

_KINDS = {"integer": "BIGINT", "money": "DECIMAL(18,4)", "text": "VARCHAR"}
_COLUMNS = ", ".join(f"{trait.name} {_KINDS[trait.type]}" for trait in RFM_TRAITS)


class GivenTraits(DuckEngine):
    """An engine whose tables of traits are written from the people themselves."""

    people: Sequence[Person] = ()

    def need_traits(self) -> None:
        self.cursor.execute(f"CREATE OR REPLACE TEMP TABLE trait_rfm (person INTEGER, {_COLUMNS})")
        insert(self.cursor, [("trait_rfm", {"person": key} | given(person.traits)) for key, person in enumerate(self.people, start=1)])

    def need_past_traits(self, at: dt.datetime) -> None:
        self.cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS trait_rfm_past (moment TIMESTAMP, person INTEGER, {_COLUMNS})")
        self.cursor.execute("DELETE FROM trait_rfm_past WHERE moment = ?", [naive(at)])
        past = enumerate((person.past_traits.get(at, {}) for person in self.people), start=1)
        insert(self.cursor, [("trait_rfm_past", {"moment": naive(at), "person": key} | given(traits)) for key, traits in past])


def given(traits: Mapping[str, Any]) -> dict[str, Any]:
    """All traits by name; None is no value."""
    return {trait.name: traits.get(trait.name) for trait in RFM_TRAITS}
