"""The embedded engine: leaves asked of DuckDB, people as roaring bitmaps over dense keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import reduce
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.engine.bitmaps import bitmap
from lohko.engine.compile import compile_leaf
from lohko.engine.traits import make_rfm
from lohko.model.condition import AttributeIs, EventsAre
from lohko.model.schema import Schema
from lohko.state.rfm_rules import RfmRules


def living(cursor: DuckDBPyConnection) -> BitMap:
    """The keys of the people who live."""
    return people_of(cursor.execute("SELECT person FROM person WHERE living"))


def people_of(answer: DuckDBPyConnection) -> BitMap:
    """The keys in a result's column `person` as a set."""
    return bitmap(answer.fetchnumpy()["person"])


class DuckEngine:
    """Answers leaves at one instant and data version, each at most once."""

    def __init__(
        self,
        cursor: DuckDBPyConnection,
        schema: Schema,
        as_of: dt.datetime,
        zone: ZoneInfo,
        rfm_rules: RfmRules | None = None,
        everyone: BitMap | None = None,
    ) -> None:
        self.cursor = cursor
        self._schema, self._as_of, self._zone, self._rfm_rules = schema, as_of, zone, rfm_rules or RfmRules()
        self._answers: dict[AttributeIs | EventsAre, BitMap] = {}
        self._traits_made = False
        self._everyone = living(cursor) if everyone is None else everyone

    def everyone(self) -> BitMap:
        """The living people."""
        return self._everyone

    def ask(self, leaf: AttributeIs | EventsAre) -> BitMap:
        """The people of a resolved leaf."""
        if leaf not in self._answers:
            if isinstance(leaf, AttributeIs) and self._schema.attribute(leaf.name).trait:
                self.need_traits()
            query = compile_leaf(leaf, self._schema, self._as_of, self._zone)
            found = people_of(self.cursor.execute(query.sql, list(query.parameters))) & self._everyone
            self._answers[leaf] = self._everyone - found if query.complement else found
        return self._answers[leaf]

    def need_traits(self) -> None:
        """Make the tables of traits at this instant, once."""
        if not self._traits_made:
            make_rfm(self.cursor, self._schema, self._as_of, self._zone, self._rfm_rules)
            self._traits_made = True

    def both(self, sets: Sequence[BitMap]) -> BitMap:
        """Those in all of them."""
        return reduce(lambda a, b: a & b, sets)

    def either(self, sets: Sequence[BitMap]) -> BitMap:
        """Those in at least one."""
        return reduce(lambda a, b: a | b, sets)

    def without(self, one: BitMap) -> BitMap:
        """The living who are not in it."""
        return self._everyone - one

    def diff(self, before: BitMap, after: BitMap) -> tuple[BitMap, BitMap]:
        """Those who came and those who went."""
        return after - before, before - after

    def size(self, one: BitMap) -> int:
        """How many they are."""
        return len(one)

    def members(self, one: BitMap) -> Iterable[int]:
        """Their keys, ascending."""
        return iter(one)
