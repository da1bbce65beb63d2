"""The distributed engine: leaves asked of Spark, people as expressions that the cluster works out.

A set is not looked up when it is asked for. It is a small tree of the leaves that
it is made of, and stays one through and, or, not. What is wanted of several sets
becomes one statement: every different leaf is one part of it, each person gets one
bit per leaf, and the sets are told from the bits. So people are counted and
written where they are, and only what was asked for comes back.
"""

from __future__ import annotations

import datetime as dt
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast
from zoneinfo import ZoneInfo

import sqlglot
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.times import naive
from lohko.engine import compile_ranks
from lohko.engine.asked import Asked, Query
from lohko.engine.bitmaps import UNPROFILED
from lohko.engine.compile import compile_leaf
from lohko.engine.compile_sets import of_account
from lohko.engine.plan import Engine
from lohko.engine.spark_contacts import ContactsThere
from lohko.engine.spark_session import Session, Statement
from lohko.engine.spark_sets import WORD, Answer, Both, Either, Everyone, People, Without, all_of, answers, bits_of, told
from lohko.engine.spark_sql import to_spark
from lohko.engine.sql import query
from lohko.engine.traits import make_rfm
from lohko.model.account import FROM_PEOPLE
from lohko.model.condition import AttributeFigure, AttributeIs, Figure, Leaf, OfAccount, Ranked
from lohko.model.definition import Limit
from lohko.model.edges import moment_of
from lohko.model.schema import Schema
from lohko.model.walk import attribute_names
from lohko.state.rfm_rules import RfmRules

Relations = Mapping[str, str | exp.Select]
"""Where each table of the analytical store is found on the cluster: a name there, or a query."""

_LIVING = "SELECT person FROM person WHERE living"


class SparkEngine:
    """Answers leaves at one instant and data version; the planner's port, and how its sets become statements.

    few      people are few: one task asks all leaves, which else are tasks of their own, each of which is sent the whole plan
    keeping  keeps a statement's rows on the cluster under a name, so that what RFM is made of is worked out once; without, it is a part of each statement
    """

    def __init__(
        self,
        session: Session,
        relations: Relations,
        schema: Schema,
        as_of: dt.datetime,
        zone: ZoneInfo,
        rfm_rules: RfmRules | None = None,
        *,
        knows_accounts: bool = False,
        few: bool = False,
        keeping: Callable[[str, Statement], str] | None = None,
    ) -> None:
        self.session, self.schema, self.as_of, self.zone = session, schema, as_of, zone
        self._base = relations
        self._own: dict[str, str | exp.Select] = {}
        self._relations: ChainMap[str, str | exp.Select] = ChainMap(self._own, cast(dict[str, str | exp.Select], relations))
        self._rfm_rules, self._knows_accounts, self._few = rfm_rules or RfmRules(), knows_accounts, few
        self._keeping = keeping
        self._wholes = frozenset(
            item.column for event in schema.events.values() for item in event.properties.values() if item.type == "integer"
        )
        self._leaves: list[exp.Select] = []
        self._arguments: dict[str, Any] = {}
        self._asked: dict[tuple[Leaf, People | None], People] = {}
        self._past: dict[dt.datetime, exp.Select] = {}

    # --- the port

    def everyone(self) -> People:
        """The living people."""
        return Everyone()

    def profiled(self) -> People:
        """Those of them who have not objected to profiling."""
        return Without(self._answer(Query(UNPROFILED, ())))

    def ask(self, leaf: Leaf, among: People | None = None) -> People:
        """The people of a resolved leaf; a rank within a segment is told among whom."""
        key = (leaf, among)
        if key not in self._asked:
            self._asked[key] = self._ranked(leaf, among) if isinstance(leaf, Ranked) else self._of_leaf(leaf)
        return self._asked[key]

    def of_contacts(self) -> Engine[People]:
        """This engine as it answers inside an account condition."""
        if not self._knows_accounts and self.schema.attributes.keys().isdisjoint(FROM_PEOPLE):
            return self
        return ContactsThere(self, knows_accounts=self._knows_accounts)

    def beside(self, tables: Mapping[str, exp.Select], schema: Schema) -> SparkEngine:
        """An engine to which some tables are others. Its sets are its own; its queries can be parts of those of this one."""
        relations = ChainMap(dict[str, str | exp.Select](tables), *self._relations.maps)
        made = SparkEngine(self.session, relations, schema, self.as_of, self.zone, self._rfm_rules, few=self._few, keeping=self._keeping)
        made._arguments = self._arguments  # so that no two places have one name
        return made

    def tables(self) -> set[str]:
        """The names of the tables that there are."""
        return set(self._relations)

    def make_once(self, name: str, asked: Query) -> None:
        """Let a name stand for what a query finds at this instant, worked out once where it may be kept."""
        if name not in self._own:
            self._own[name] = self.keep(name, self.of_store(asked))

    def make(self, text: str, parameters: Sequence[Any]) -> None:
        """Let the table that a statement makes be the query that it is made of."""
        name, tree = self._made(text, parameters, {})
        self._own[name] = tree

    def transform(self, node: OfAccount, people: People) -> People:
        """The contacts of the accounts of which any, all, or so many contacts are among the people."""
        return self._answer(of_account(node, self.question(), known=self._knows_accounts), {"given": self.keys(people)})

    def both(self, sets: Sequence[People]) -> People:
        """Those in all of them; everyone when there are none."""
        return sets[0] if len(sets) == 1 else Both(tuple(sets))

    def either(self, sets: Sequence[People]) -> People:
        """Those in at least one."""
        return sets[0] if len(sets) == 1 else Either(tuple(sets))

    def without(self, one: People) -> People:
        """The living who are not in it."""
        return one.part if isinstance(one, Without) else Without(one)

    def best(self, people: People, limit: Limit) -> People:
        """At most so many of the people: by a figure, those without it last, ties by public id."""
        tables: dict[str, exp.Select] = {"given": self.keys(people)}
        if limit.by is not None:
            tables["ranked"] = self._ranking(limit.by, tables)
        highest = None if limit.by is None else limit.best == "highest"
        return self._answer(compile_ranks.best(limit.n, highest, self.question()), tables)

    def at(self, instant: dt.datetime) -> SparkEngine:
        """An engine of another instant. Sets of the two are not combined, but for what is kept and `taken`."""
        return SparkEngine(
            self.session,
            self._base,
            self.schema,
            instant,
            self.zone,
            self._rfm_rules,
            knows_accounts=self._knows_accounts,
            few=self._few,
            keeping=self._keeping,
        )

    @contextmanager
    def cut(self, tables: Iterable[str], kept: exp.Expr) -> Iterator[None]:
        """Meanwhile these tables have only the rows that are kept; sets asked before are as they were (`engine/cuts.py` says what is cut)."""
        own, asked = dict(self._own), self._asked
        for name in set(tables) & set(self._relations):
            rows = query("SELECT * FROM __table AS t WHERE __kept", {"__table": name}, {"__kept": kept})
            self._own[name] = self._bound(rows.sql("duckdb"), (), {})
        self._asked = {}
        try:
            yield
        finally:
            self._asked = asked
            self._own.clear()
            self._own |= own

    def taken(self, tree: exp.Select, text: str = "SELECT person FROM given", parameters: tuple[Any, ...] = ()) -> People:
        """The people of rows that are kept, or of a query over them under the name `given`."""
        return self._answer(Query(text, parameters), {"given": tree})

    # --- what becomes of sets

    def members(self, sets: Mapping[str, People]) -> exp.Select:
        """A query of `name` and `person`: who is in each of the sets. Every different leaf in them is asked once."""
        leaves = sorted({leaf for people in sets.values() for leaf in answers(people)})
        places = {leaf: place for place, leaf in enumerate(leaves)}
        said = [exp.Case(ifs=[exp.If(this=told(people, places), true=exp.Literal.string(name))]) for name, people in sets.items()]
        names = exp.Anonymous(this="ARRAY_COMPACT", expressions=[exp.Array(expressions=said)])
        return _select(exp.alias_(exp.Explode(this=names), "name"), exp.column("person", "b"), of=self._bits(leaves))

    def has(self, people: People, person: int) -> bool:
        """Whether one person is in a set."""
        tree = query(
            "SELECT m.person FROM __members AS m WHERE m.person = __key",
            nodes={"__members": self.keys(people), "__key": exp.Literal.number(person)},
        )
        return bool(self.session.rows(self.statement(tree)))

    def rows(self, asked: Query) -> list[dict[str, Any]]:
        """The rows of a query over the tables of the store: only for what somebody asked to see."""
        return self.session.rows(self.statement(self.of_store(asked)))

    def keys(self, people: People) -> exp.Select:
        """A query of `person`: who is in a set."""
        return _select("person", of=self.members({"": people}).subquery("m", copy=False))

    def counts(self, sets: Mapping[str, People]) -> dict[str, int]:
        """How many are in each of the sets, in one job."""
        tree = query("SELECT name, count(*) AS n FROM __members AS m GROUP BY name", nodes={"__members": self.members(sets)})
        rows = self.session.rows(self.statement(tree))
        found = {row["name"]: row["n"] for row in rows}
        return {name: found.get(name, 0) for name in sets}

    def statement(self, tree: exp.Expr) -> Statement:
        """A query with what it is bound to."""
        return Statement(tree, {place.name: self._arguments[place.name] for place in tree.find_all(exp.Placeholder)})

    def of_store(self, query: Query, tables: Mapping[str, exp.Select] | None = None) -> exp.Select:
        """A query over the tables of the store, and others that are queries themselves, as it is asked here."""
        return self._bound(query.sql, query.parameters, tables or {})

    def _bits(self, leaves: Sequence[int]) -> exp.Subquery:
        """The living, with the bits of the leaves: w0, w1 ..."""
        living = self._bound(_LIVING, (), {}).subquery("p", copy=False)
        if not leaves:
            return _select("person", of=living).subquery("b", copy=False)
        asked = [
            _select("person", exp.alias_(exp.Literal.number(place), "leaf"), of=self._leaves[leaf].copy().subquery("q", copy=False))
            for place, leaf in enumerate(leaves)
        ]
        words = range(1 + (len(leaves) - 1) // WORD)
        rows = self._in_few_tasks(all_of(asked)).subquery("a", copy=False)
        bits = _select("person", *map(bits_of, words), of=rows).group_by("person", copy=False)
        shown = [exp.column(f"w{number}", "f") for number in words]
        return (
            _select(exp.column("person", "p"), *shown, of=living)
            .join(bits.subquery("f", copy=False), on="f.person = p.person", join_type="LEFT", copy=False)
            .subquery("b", copy=False)
        )

    def _in_few_tasks(self, tree: exp.Query) -> exp.Query:
        if not self._few:
            return tree
        return _select("*", of=tree.subquery("few", copy=False)).hint("COALESCE(1)", dialect="spark", copy=False)

    # --- how leaves are asked

    def _of_leaf(self, leaf: Leaf) -> People:
        self._need_traits_of(leaf)
        return self._answer(compile_leaf(leaf, self.schema, self.as_of, self.zone))

    def _answer(self, asked: Query, tables: Mapping[str, exp.Select] | None = None) -> People:
        tree = self._bound(asked.sql, asked.parameters, tables or {})
        self._leaves.append(tree)
        answer = Answer(len(self._leaves) - 1)
        return Without(answer) if asked.complement else answer

    def _bound(self, text: str, parameters: Sequence[Any] | Mapping[str, Any], tables: Mapping[str, exp.Select]) -> exp.Select:
        """A query of the compiler as Spark's, with places that no other query has."""
        tree = to_spark(text, self._relations.new_child(dict(tables)), self._wholes)
        given = dict(parameters) if isinstance(parameters, Mapping) else {f"p{n}": value for n, value in enumerate(parameters, start=1)}
        names: dict[str, str] = {}
        for place in list(tree.find_all(exp.Placeholder)):
            if place.name in given:
                if place.name not in names:
                    names[place.name] = f"a{len(self._arguments)}"
                    self._arguments[names[place.name]] = bound(given[place.name])
                place.set("this", names[place.name])
        return cast(exp.Select, tree)

    def question(self) -> Asked:
        """What its leaves are compiled for."""
        return Asked(self.schema, self.as_of, self.zone)

    # --- ranks

    def _ranked(self, leaf: Ranked, among: People | None) -> People:
        tables: dict[str, exp.Select] = {} if among is None else {"given": self.keys(among)}
        tables = {"ranked": self._ranking(leaf.figure, tables)}
        if leaf.n is not None:
            return self._answer(compile_ranks.placed(leaf, self.question()), tables)
        sums = [(int(den), int(total), int(many)) for den, total, many in self._fetch(compile_ranks.SUMS, {}, tables)]
        many = sum(count for _, _, count in sums)
        if not many:
            return Without(Everyone())
        if leaf.place.endswith("average"):
            middle = sum((Fraction(total, den) for den, total, _ in sums), Fraction(0)) / many
        else:
            rows = self._fetch(compile_ranks.MIDDLE, {"many": 2 - many % 2, "before": (many - 1) // 2}, tables)
            middle = sum((Fraction(int(num), int(den)) for num, den in rows), Fraction(0)) / len(rows)
        return self._answer(compile_ranks.beyond(leaf, middle, [den for den, _, _ in sums], self.question()), tables)

    def _ranking(self, figure: Figure, tables: Mapping[str, exp.Select]) -> exp.Select:
        """The table `ranked`: everyone's numbers, or those of the people in `given`."""
        if isinstance(figure, AttributeFigure) and self.schema.attribute(figure.name).trait:
            self.need_traits()
        asked = compile_ranks.ranking(figure, self.question(), among="given" in tables)
        return self._made(asked.sql, asked.parameters, tables)[1]

    def _fetch(self, text: str, parameters: Mapping[str, Any], tables: Mapping[str, exp.Select]) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.session.rows(self.statement(self._bound(text, parameters, tables)))]

    def _made(self, text: str, parameters: Sequence[Any] | Mapping[str, Any], tables: Mapping[str, exp.Select]) -> tuple[str, exp.Select]:
        """The name and the query of a statement that makes a table: there it is only ever read as a query."""
        tree = sqlglot.parse_one(text, dialect="duckdb")
        assert isinstance(tree, exp.Create)
        made = self._bound(tree.expression.sql("duckdb"), parameters, tables)
        return tree.this.name, made

    # --- traits

    def _need_traits_of(self, leaf: Leaf) -> None:
        if not any(self.schema.attribute(name).trait for name in attribute_names(leaf)):
            return
        at = moment_of(leaf.at, self.as_of, self.zone) if isinstance(leaf, AttributeIs) else self.as_of
        if at == self.as_of:
            self.need_traits()
        else:
            self.need_past_traits(at)

    def need_past_traits(self, at: dt.datetime) -> None:
        """Work out RFM as it was at an earlier instant, once."""
        if at not in self._past:
            self._past[at] = self._at(at)
            parts = list(self._past.values())
            self._own["trait_rfm_past"] = _select("*", of=all_of([part.copy() for part in parts]).subquery("past", copy=False))

    def need_traits(self) -> None:
        """Work out RFM at this instant, once."""
        if "trait_rfm" not in self._own:
            self._make_rfm(self.as_of, "trait_rfm")

    def _at(self, moment: dt.datetime) -> exp.Select:
        """RFM as it was at an earlier instant."""
        self._make_rfm(moment, "trait_rfm_made")
        text = "SELECT CAST($moment AS TIMESTAMP) AS moment, m.* FROM trait_rfm_made AS m"
        return self._bound(text, {"moment": naive(moment)}, {})

    def _make_rfm(self, moment: dt.datetime, table: str) -> None:
        """RFM by the same statements as everywhere: what they make are queries here."""
        make_rfm(cast(DuckDBPyConnection, _Making(self)), self.schema, moment, self.zone, self._rfm_rules, table=table)

    def keep(self, name: str, tree: exp.Select) -> exp.Select:
        """What a query finds, worked out now and kept on the cluster where it may be, and read from there: then engines of other instants may read it too."""
        if self._keeping is None:
            return tree
        return exp.select("*").from_(self._keeping(name, self.statement(tree)))

    def rfm(self) -> exp.Select:
        """A query of everyone's RFM at this instant."""
        self.need_traits()
        return self._bound("SELECT * FROM trait_rfm", (), {})


_WORTH_KEEPING = ("buyer",)
"""What several of the statements that make RFM read: kept, it is worked out once and not eight times."""


class _Making:
    """Takes the statements that make temporary tables, and remembers each as a query under its name."""

    def __init__(self, engine: SparkEngine) -> None:
        self._engine = engine

    def execute(self, text: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        name, tree = self._engine._made(text, parameters, {})
        self._engine._own[name] = self._engine.keep(name, tree) if name in _WORTH_KEEPING or name.startswith("trait_") else tree


def _select(*columns: str | exp.Expr, of: exp.Expr) -> exp.Select:
    """A query of columns; what it is of becomes a part of it, not a copy: copies of copies took most of the time of a long statement."""
    return exp.select(*columns, copy=False).from_(of, copy=False)


def bound(value: Any) -> Any:
    """A value as it is sent: a text, which the query reads as the type that it says. Times never pass through a zone that way."""
    match value:
        case None | bool() | str():
            return value
        case list() | tuple():
            return [bound(item) for item in value]
        case dt.datetime():
            return value.isoformat(" ")
        case dt.date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case float():
            return repr(value)
    return str(value)
