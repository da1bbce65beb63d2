"""The embedded engine: leaves asked of DuckDB, people as roaring bitmaps over dense keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap, FrozenBitMap

from lohko.base.times import naive
from lohko.engine import compile_ranks, figures
from lohko.engine.asked import Asked, Query
from lohko.engine.bitmaps import UNPROFILED, bitmap, living, people_of
from lohko.engine.compile import compile_leaf
from lohko.engine.compile_sets import contacts, of_account
from lohko.engine.compiled import Compiled
from lohko.engine.contact_figures import Key, is_made_of, make_contact_figures, with_contact_figures
from lohko.engine.contacts import OfContacts, whole_schema_of_accounts
from lohko.engine.kept_tables import SharedTables, own_table
from lohko.engine.leaf_cache import MOVED_BY_EDGES, LeafCache, SharedAnswers, size_of_set
from lohko.engine.plan import Engine
from lohko.engine.tallies import Tallies
from lohko.engine.traits import forget_past_rfm, make_past_rfm, make_rfm
from lohko.model.account import FROM_PEOPLE
from lohko.model.condition import AttributeFigure, AttributeIs, EventsAre, Figure, Leaf, OfAccount, Ranked
from lohko.model.definition import Limit
from lohko.model.edges import moment_of
from lohko.model.schema import Attribute, Schema
from lohko.model.walk import attribute_names
from lohko.state.rfm_rules import RfmRules, write_rules

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
        shared: SharedAnswers | None = None,
        compiled: Compiled | None = None,
        known: Mapping[Leaf, BitMap] | None = None,
        few: bool = False,
    ) -> None:
        self.cursor, self.schema, self.as_of, self.zone = cursor, schema, as_of, zone
        self._rfm_rules = rfm_rules or RfmRules()
        self._answers: dict[Hashable, BitMap] = {(leaf, None): people for leaf, people in (known or {}).items()}
        self._traits_made = False
        self._tables: SharedTables | None = None
        self._past_traits: set[dt.datetime] = set()
        self._profiled: BitMap | None = None
        self._accounts_known: bool | None = None
        self._inside: OfContacts | None = None
        self._figured: dict[Key, DuckEngine] = {}
        self._everyone = living(cursor) if everyone is None else everyone
        self._shared = shared or SharedAnswers(LeafCache(), cursor, None)
        self._compiled = compiled or Compiled(schema, zone)
        # Of a few people arrays over everyone's keys are no quicker than the query.
        self._tallies = None if few else Tallies(cursor, self._compiled, as_of, zone, self._everyone, self._shared)

    def everyone(self) -> BitMap:
        """The living people."""
        return self._everyone

    def profiled(self) -> BitMap:
        """Those of them who have not objected to profiling."""
        if self._profiled is None:
            self._profiled = self._everyone - people_of(self.cursor.execute(UNPROFILED))
        return self._profiled

    # --- the port

    def ask(self, leaf: Leaf, among: BitMap | None = None) -> BitMap:
        """The people of a resolved leaf; a rank within a segment is told among whom."""
        key = (leaf, None if among is None else FrozenBitMap(among))
        if key not in self._answers:
            self._answers[key] = self._ranked(leaf, among) if isinstance(leaf, Ranked) else self._asked(leaf)
        return self._answers[key]

    def transform(self, node: OfAccount, people: BitMap) -> BitMap:
        """The contacts of the accounts of which any, all, or so many contacts are among the people."""
        self._give(people)
        return self._run(of_account(node, self._question(), known=self._knows_accounts()))

    def of_contacts(self) -> Engine[BitMap]:
        """This engine as it answers inside an account condition."""
        if not self._knows_accounts() and self.schema.attributes.keys().isdisjoint(FROM_PEOPLE):
            return self
        if self._inside is None:
            self._inside = OfContacts(self, self._accounts(), self._accounts_of_people(), self._with_figures)
        return self._inside

    def _accounts(self) -> DuckEngine | None:
        """The engine that asks accounts; None when none is known."""
        if not self._knows_accounts():
            return None
        keys = bitmap(self.cursor.execute("SELECT account FROM account").fetchnumpy()["account"])
        schema = whole_schema_of_accounts(self.cursor, self.schema)
        return DuckEngine(self.cursor, schema, self.as_of, self.zone, everyone=keys, shared=self._shared)

    def _accounts_of_people(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The people who belong to known accounts, and the account of each."""
        if not self._knows_accounts():
            return np.empty(0, np.int32), np.empty(0, np.int32)
        query = contacts(self._question(), known=True)
        found = self.cursor.execute(query.sql, list(query.parameters)).fetchnumpy()
        told = ~np.ma.getmaskarray(found["account"])
        return np.asarray(found["person"])[told], np.asarray(found["account"])[told]

    def _with_figures(self, engine: DuckEngine, key: Key) -> DuckEngine:
        """An engine, of people or of accounts, where everyone has what the contacts of their account come to together."""
        if not is_made_of(self.cursor, self.as_of):
            self._figured.clear()
        if key not in self._figured:
            if not self._figured:
                make_contact_figures(self.cursor, self.schema, self.as_of, self.zone, known=self._knows_accounts())
            schema = with_contact_figures(self.cursor.execute, engine.schema, key)
            self._figured[key] = DuckEngine(self.cursor, schema, self.as_of, self.zone, self._rfm_rules, engine.everyone(), self._shared)
        return self._figured[key]

    def _knows_accounts(self) -> bool:
        """Whether any account is known."""
        if self._accounts_known is None:
            self._accounts_known = bool(self.cursor.execute("SELECT EXISTS (SELECT 1 FROM account)").fetchall()[0][0])
        return self._accounts_known

    def best(self, people: BitMap, limit: Limit) -> BitMap:
        """At most so many of the people: by a figure, those without it last, ties by public id."""
        if len(people) <= limit.n:
            return people
        self._give(people)
        if limit.by is not None:
            self._rank(limit.by, among=True)
        return self._run(compile_ranks.best(limit.n, None if limit.by is None else limit.best == "highest", self._question()))

    def both(self, sets: Sequence[BitMap]) -> BitMap:
        """Those in all of them; everyone when there are none."""
        return reduce(lambda a, b: a & b, sets) if sets else self._everyone

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

    # --- how leaves are asked

    def _asked(self, leaf: Leaf) -> BitMap:
        if self._tallies is None:
            return self._run(self._compiled.leaf(leaf, self.as_of))
        counted = self._tallies.people(leaf) if isinstance(leaf, EventsAre) else None
        if counted is not None:
            return counted
        trait = self._need_traits_of(leaf)
        query = compile_leaf(leaf, self.schema, self.as_of, self.zone) if trait else self._compiled.leaf(leaf, self.as_of)
        if trait or not isinstance(leaf, MOVED_BY_EDGES):
            return self._run(query)
        people = self._shared.kept("people", query.sql, query.parameters, size_of_set, lambda: self._found(query))
        return self._everyone - people if query.complement else people

    def _run(self, query: Query) -> BitMap:
        found = self._found(query)
        return self._everyone - found if query.complement else found

    def _found(self, query: Query) -> BitMap:
        return people_of(self.cursor.execute(query.sql, list(query.parameters))) & self._everyone

    def _question(self) -> Asked:
        return Asked(self.schema, self.as_of, self.zone)

    def _give(self, people: BitMap) -> None:
        """Put people into the temporary table `given`."""
        self.cursor.register("given_keys", {"person": np.asarray(people, dtype=np.int32) if people else np.empty(0, np.int32)})
        self.cursor.execute("CREATE OR REPLACE TEMP TABLE given AS SELECT person FROM given_keys")
        self.cursor.unregister("given_keys")

    def begin_again(self) -> None:
        """A new snapshot after a query failed, since the old one answers nothing more; what was made in it is made again when needed."""
        self._traits_made = False
        self._past_traits.clear()
        self._inside, self._accounts_known = None, None
        self._figured.clear()
        try:
            self.cursor.execute("ROLLBACK")
        except duckdb.TransactionException:
            return  # there is none where every query is on its own
        self.cursor.execute("BEGIN")

    # --- ranks

    def _ranked(self, leaf: Ranked, among: BitMap | None) -> BitMap:
        if among is not None:
            self._give(among)
        self._rank(leaf.figure, among=among is not None)
        if leaf.n is not None:
            return self._run(compile_ranks.placed(leaf, self._question()))
        sums = self.cursor.execute(compile_ranks.SUMS).fetchall()
        many = sum(count for _, _, count in sums)
        if not many:
            return BitMap()
        if leaf.place.endswith("average"):
            middle = sum((Fraction(int(total), int(den)) for den, total, _ in sums), Fraction(0)) / many
        else:
            middle = self._median(many)
        return self._run(compile_ranks.beyond(leaf, middle, [int(den) for den, _, _ in sums], self._question()))

    def _rank(self, figure: Figure, *, among: bool) -> None:
        """Fill the temporary table `ranked` with everyone's numbers, or those of the people in `given`."""
        if isinstance(figure, AttributeFigure) and self.schema.attribute(figure.name).trait:
            self.need_traits()
        query = compile_ranks.ranking(figure, self._question(), among=among)
        self.cursor.execute(query.sql, list(query.parameters))

    def _median(self, many: int) -> Fraction:
        """Halfway between the two middle numbers."""
        rows = self.cursor.execute(compile_ranks.MIDDLE, {"many": 2 - many % 2, "before": (many - 1) // 2}).fetchall()
        return sum((Fraction(int(num), int(den)) for num, den in rows), Fraction(0)) / len(rows)

    # --- traits

    def _need_traits_of(self, leaf: Leaf) -> bool:
        """Make the traits that a leaf asks about, at as_of and at the moment it names; whether there are any."""
        if not any(self.schema.attribute(name).trait for name in attribute_names(leaf)):
            return False
        at = moment_of(leaf.at, self.as_of, self.zone) if isinstance(leaf, AttributeIs) else self.as_of
        if at == self.as_of:
            self.need_traits()
        else:
            self.need_past_traits(at)
        return True

    def need_traits(self) -> None:
        """Make the tables of traits at this instant, once."""
        if not self._traits_made:
            if self._tables is None or not self._tables.see_traits(self.cursor, self._traits_key(), self._make_traits):
                own_table(self.cursor)
                self._make_traits(self.cursor)
            self._traits_made = True

    def share(self, tables: SharedTables) -> None:
        """The instant is one that many ask about: what is made of everybody is made once for all."""
        self._tables = tables

    def people_with(self, attributes: Sequence[Attribute], folded: str) -> BitMap:
        """The living whose label, or one of whose texts at this instant, contains a folded word."""
        found = None if self._tables is None else self._tables.people_with(self.cursor, attributes, folded, self.as_of)
        return figures.people_with(self.cursor, attributes, folded, naive(self.as_of)) if found is None else found

    def _make_traits(self, cursor: DuckDBPyConnection) -> None:
        make_rfm(cursor, self.schema, self.as_of, self.zone, self._rfm_rules)

    def _traits_key(self) -> Hashable:
        return self.as_of, write_rules(self._rfm_rules)

    def at(self, as_of: dt.datetime) -> DuckEngine:
        """This engine at another instant of the same data. Both make their traits in the same tables: see `forget_traits`."""
        made = DuckEngine(self.cursor, self.schema, as_of, self.zone, self._rfm_rules, self._everyone, self._shared, self._compiled)
        made._tables = self._tables
        return made

    def forget_traits(self) -> None:
        """The tables of traits are of another instant meanwhile: they are made again when they are needed."""
        self._traits_made = False
        self._past_traits.clear()

    def need_past_traits(self, at: dt.datetime) -> None:
        """Add traits as they were at an earlier instant to the tables of past traits, once."""
        if not self._past_traits:
            forget_past_rfm(self.cursor)
        if at not in self._past_traits:
            make_past_rfm(self.cursor, self.schema, at, self.zone, self._rfm_rules)
            self._past_traits.add(at)
