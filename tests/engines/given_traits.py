"""DuckDB with the traits that the reference people were given, instead of those it would compute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from engines.layout import naive
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
        for key, person in enumerate(self.people, start=1):
            self._write("trait_rfm", [], key, person.traits)

    def need_past_traits(self, at: dt.datetime) -> None:
        self.cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS trait_rfm_past (moment TIMESTAMP, person INTEGER, {_COLUMNS})")
        self.cursor.execute("DELETE FROM trait_rfm_past WHERE moment = ?", [naive(at)])
        for key, person in enumerate(self.people, start=1):
            self._write("trait_rfm_past", [naive(at)], key, person.past_traits.get(at, {}))

    def _write(self, table: str, first: list[Any], key: int, traits: Any) -> None:
        values = [*first, key, *(traits.get(trait.name) for trait in RFM_TRAITS)]
        self.cursor.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
