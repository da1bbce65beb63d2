"""Many leaves about one table as one statement, with a column for each: for a few people, whose rows are few.

To plan a statement takes longer than to read a few people's rows, and a hundred
leaves would be planned a hundred times. What a leaf counts stands here in a FILTER
where it stands in a WHERE when it is asked alone; it is compared by the same
expressions. A leaf that is more than one pass over one table (what followed what,
the latest n, parts of local times) is asked alone.

Different values have a statement of their own: for many people each such leaf is
quicker alone, where its window leaves fewer rows to tell apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap
from sqlglot import exp

from lohko.engine.asked import Asked, Query
from lohko.engine.bitmaps import bitmap
from lohko.engine.compile_events import NUMBERS, SHARES, ZERO, compared_column, number_passes, share_passes, type_of_number
from lohko.engine.compile_sets import held
from lohko.engine.compile_tests import Subject, holds, on_event, passes
from lohko.engine.sql import column, expression, query
from lohko.model.condition import AttributeIs, EventsAre, Leaf
from lohko.model.edges import window_range
from lohko.model.operators import positive, zero_satisfies
from lohko.model.resolve import kind_of_figure
from lohko.model.schema import Schema
from lohko.model.window import Latest

_MOST = 100
"""So many leaves at most are one statement."""
_ROWS = "SELECT person FROM __table AS t WHERE NOT person IS NULL GROUP BY person"


@dataclass(frozen=True)
class Together:
    """Leaves that one query answers: beside each person, whether each of them selects it; and whether that leaf means everyone else.

    Whether it is quicker to ask them so `of_many` people, too.
    """

    leaves: tuple[Leaf, ...]
    complements: tuple[bool, ...]
    query: Query
    of_many: bool


def together(leaves: Iterable[Leaf], schema: Schema, as_of: dt.datetime, zone: ZoneInfo) -> list[Together]:
    """The leaves that can be asked with others about the same table, as few statements; the others are left out."""
    of_table: dict[tuple[str, bool], list[Leaf]] = {}
    for leaf in leaves:
        table = _table(leaf, schema)
        if table is not None:
            distinct = isinstance(leaf, EventsAre) and leaf.measure == "distinct"
            of_table.setdefault((table, not distinct), []).append(leaf)
    parts = [(place, its[begin : begin + _MOST]) for place, its in of_table.items() for begin in range(0, len(its), _MOST)]
    return [made for place, its in parts if (made := _one(*place, its, Asked(schema, as_of, zone))) is not None]


def answers(cursor: DuckDBPyConnection, made: Together, as_of: dt.datetime, everyone: BitMap) -> dict[Leaf, BitMap]:
    """The people of each of the leaves; none at all when the statement fails: each is to be asked alone then."""
    query_then = made.query.at(as_of)
    try:
        found = cursor.execute(query_then.sql, list(query_then.parameters)).fetchnumpy()
    except duckdb.Error:
        return {}
    people = np.asarray(found["person"])
    told = {}
    for place, (leaf, complement) in enumerate(zip(made.leaves, made.complements, strict=True)):
        who = bitmap(people[np.asarray(found[f"l{place}"])]) & everyone
        told[leaf] = everyone - who if complement else who
    return told


def _table(leaf: Leaf, schema: Schema) -> str | None:
    """The one table that a leaf reads in one pass; None when that is not so."""
    match leaf:
        case AttributeIs(name=name, part=part, test=test):
            found = schema.attribute(name)
            plain = not found.trait and not (part == "items" and zero_satisfies(test))
            return found.table if plain else None
        case EventsAre(event=event, measure=measure, window=window):
            figure = leaf.figure
            kind = schema.event(event)
            of_set = measure == "distinct" and figure.property is not None and kind.property(figure.property).type == "text_set"
            in_time = measure in ("first", "last") and "anniversary" in leaf.test.op
            return None if measure == "most_frequent" or isinstance(window, Latest) or of_set or in_time else kind.table
    return None


def _one(table: str, of_many: bool, leaves: list[Leaf], asked: Asked) -> Together | None:
    tree, kept, complements = query(_ROWS, {"__table": table}), list[Leaf](), list[bool]()
    for leaf in leaves:
        bound, edges = len(asked.parameters), len(asked.edges)
        selected, complement = _attribute(leaf, asked) if isinstance(leaf, AttributeIs) else _events(leaf, asked)
        if selected.find(exp.Select) is not None:  # reads more than the row: nothing of it stays
            del asked.parameters[bound:], asked.edges[edges:]
            continue
        told = exp.func("coalesce", selected, exp.false())
        tree.select(exp.alias_(told, f"l{len(kept)}", quoted=False), copy=False)
        kept.append(leaf)
        complements.append(complement)
    return Together(tuple(kept), tuple(complements), asked.query(tree), of_many) if kept else None


def _attribute(leaf: AttributeIs, asked: Asked) -> tuple[exp.Expr, bool]:
    found = asked.schema.attribute(leaf.name)
    test, negated = positive(leaf.test)
    table = exp.Table(this=exp.to_identifier(found.table, quoted=True))
    there = exp.and_(held(asked, leaf.at), passes(test, leaf.part, Subject(found.type, column("value"), column("fold"), table), asked))
    return exp.GT(this=_of("count(*)", {}, there), expression=exp.Literal.number(0)), negated


def _events(leaf: Leaf, asked: Asked) -> tuple[exp.Expr, bool]:
    assert isinstance(leaf, EventsAre)
    figure, event = leaf.figure, asked.schema.event(leaf.event)
    there: exp.Expr = exp.LT(this=column("at"), expression=asked.end_of(leaf.window))
    if window_range(leaf.window, asked.as_of, asked.zone)[0] is not None:
        there = exp.and_(there, exp.GTE(this=column("at"), expression=asked.begin_of(leaf.window)))
    if figure.where is not None:
        there = exp.and_(there, on_event(figure.where, event, asked))
    shown: dict[str, exp.Expr] = {}
    if figure.property is not None:
        item = event.property(figure.property)
        shown["value"] = compared_column(item) if leaf.measure == "distinct" else column(item.column)
    if figure.has is not None:
        shown["hit"] = on_event(figure.has, event, asked)
    test, negated = positive(leaf.test)
    if leaf.measure in SHARES:
        parts, whole = (_of(text, shown, there) for text in SHARES[leaf.measure])
        some = exp.GT(this=whole.copy(), expression=exp.Literal.number(0))
        return exp.and_(some, share_passes(leaf, test, parts, whole, asked)), negated
    value = _of(NUMBERS[leaf.measure], shown, there)
    if leaf.measure in ZERO:
        return number_passes(leaf.test, value, asked, type_of_number(leaf, asked))
    subject = Subject(kind_of_figure(asked.schema, figure, None).type, value, value)
    return holds(test, subject, asked), negated


def _of(text: str, shown: dict[str, exp.Expr], there: exp.Expr) -> exp.Expr:
    """A figure of the rows that are there: its columns are what is shown, and each of its aggregates counts those rows alone."""

    def put(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name in shown:
            return exp.paren(shown[node.name].copy())
        return node

    tree = exp.paren(expression(text)).transform(put)
    for made in list(tree.find_all(exp.AggFunc)):
        outer = made.parent
        if isinstance(outer, exp.Filter):
            outer.args["expression"].set("this", exp.and_(outer.args["expression"].this, there.copy()))
        else:
            made.replace(exp.Filter(this=made.copy(), expression=exp.Where(this=there.copy())))
    return tree
