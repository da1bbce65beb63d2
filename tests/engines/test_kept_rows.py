"""A few people's rows found in what is kept are those that a join finds, whatever was added, moved or taken since."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from lohko.engine.kept_rows import KeptRows
from lohko.engine.slice import slice_of
from lohko.model.schema import EventType, Property, Schema

NAMES = ("at", "local_day", "whole", "big", "money", "text", "yes", "half")
TABLE = """CREATE TABLE e1_seen (person INTEGER, node INTEGER, "at" TIMESTAMP, local_day DATE, batch INTEGER, whole BIGINT, big DECIMAL(28,10),
    money DECIMAL(18,4), text VARCHAR, yes BOOLEAN, half DOUBLE)"""
values = st.tuples(
    st.none() | st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)),
    st.none() | st.dates(dt.date(1600, 1, 1), dt.date(2300, 1, 1)),
    st.none() | st.integers(-(10**15), 10**15),
    st.none() | st.decimals(-900_000_000, 900_000_000, places=10),
    st.none() | st.decimals(-(10**13), 10**13, places=4),
    st.none() | st.sampled_from(["", "a", "ä", "A", "\U0001f600", "pitkä teksti " * 20]),
    st.none() | st.booleans(),
    st.none() | st.floats(allow_nan=False),
)
rows = st.lists(st.tuples(st.integers(1, 12), values), max_size=40)
changes = st.lists(
    st.one_of(
        st.tuples(st.just("add"), rows),
        st.tuples(st.just("keep"), st.none()),
        st.tuples(st.just("merge"), st.tuples(st.integers(1, 12), st.integers(1, 6))),
        st.tuples(st.just("delete"), st.integers(1, 12)),
        st.tuples(st.just("roll up"), st.none()),
        st.tuples(st.just("widen"), st.none()),
    ),
    max_size=8,
)


def keeping(**how: int) -> KeptRows:
    """Tables of any length, read anew whenever that is asked."""
    found = KeptRows(**{"long": 1, **how})
    found.rests = 0.0
    return found


def schema() -> Schema:
    return Schema({}, {"seen": EventType("seen", "e1_seen", {name: Property(name, name, "text") for name in NAMES})})


def store() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute(TABLE)
    made.execute("CREATE TABLE node (node INTEGER, person INTEGER)")
    made.execute("CREATE TABLE loaded_batch (batch INTEGER)")
    made.execute("INSERT INTO node SELECT n, n FROM range(1, 13) AS r(n)")
    return made


def add(made: duckdb.DuckDBPyConnection, given: list[tuple[int, tuple[object, ...]]]) -> None:
    for node, told in given:
        made.execute(
            "INSERT INTO e1_seen SELECT person, node, ?, ?, 1, ?, ?, ?, ?, ?, ? FROM node WHERE node = ?", [*told, node]
        ).fetchall()


def change(made: duckdb.DuckDBPyConnection, kept: KeptRows, what: str, told: object) -> None:
    match what:
        case "add":
            add(made, told)  # type: ignore[arg-type]
        case "keep":
            kept.keep(made)
        case "merge":
            node, person = told  # type: ignore[misc]
            made.execute("UPDATE node SET person = ? WHERE node = ?", [person, node])
            made.execute("UPDATE e1_seen SET person = ? WHERE node = ?", [person, node])
        case "delete":
            made.execute("DELETE FROM e1_seen WHERE node = ?", [told])
        case "roll up":
            made.execute("UPDATE e1_seen SET batch = batch + 1")
        case "widen":
            made.execute("ALTER TABLE e1_seen ALTER whole TYPE DECIMAL(28,10)")


def seen(
    made: duckdb.DuckDBPyConnection, people: BitMap, kept: KeptRows | None
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    with slice_of(made, people, {"e1_seen", *NAMES}, kept) as cursor:
        types = cursor.execute("SELECT column_name, column_type FROM (DESCRIBE e1_seen)").fetchall()
        return types, sorted(cursor.execute("SELECT * FROM e1_seen").fetchall(), key=repr)


@settings(max_examples=60, deadline=None)
@given(rows, changes, st.sets(st.integers(1, 12)))
def test_the_rows_are_those_that_a_join_finds(first, then, who):
    made, kept, people = store(), keeping(), BitMap(who)
    add(made, first)
    assert kept.of(made, schema()) is None
    for what, told in [("look", None), ("keep", None), *then]:
        change(made, kept, what, told)
        assert seen(made, people, kept) == seen(made, people, None)
    made.close()


def filled(made: duckdb.DuckDBPyConnection, kept: KeptRows) -> bool:
    with slice_of(made, BitMap([1, 2]), set(), None) as cursor:
        shape = dict(cursor.execute("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'e1_seen'").fetchall())
        return kept.fill(cursor, "e1_seen", shape, NAMES)


@pytest.fixture
def made():
    found = store()
    day = dt.datetime(2026, 1, 1)
    add(found, [(1 + n % 12, (day, day.date(), n, Decimal(n), Decimal(n), "a", True, 0.5)) for n in range(60)])
    yield found
    found.close()


def test_what_is_kept_is_used_until_rows_are_taken_away_or_the_table_changes(made):
    kept = keeping()
    kept.of(made, schema())
    assert not filled(made, kept)  # asked for the first time
    kept.keep(made)
    assert filled(made, kept)
    for what, told in (("add", [(3, (None,) * 8)]), ("merge", (1, 2)), ("roll up", None)):
        change(made, kept, what, told)
        assert filled(made, kept), what
    for what, told in (("delete", 2), ("widen", None)):
        change(made, kept, what, told)
        assert not filled(made, kept), what
        kept.keep(made)
        assert filled(made, kept), what
    kept.forget()
    assert not filled(made, kept)


def test_what_arrays_cannot_hold_short_tables_and_too_much_are_left_to_the_join(made):
    for wrong in (
        "INSERT INTO e1_seen (node, big) VALUES (1, 99999999999.5)",
        "ALTER TABLE e1_seen ALTER text TYPE VARCHAR[] USING [text]",
    ):
        made.execute(wrong)
        kept = keeping()
        kept.of(made, schema())
        filled(made, kept)
        kept.keep(made)
        assert not filled(made, kept), wrong
        made.execute("DELETE FROM e1_seen WHERE big > 1000000000")
    for kept in (KeptRows(), keeping(most_bytes=100)):
        kept.of(made, schema())
        filled(made, kept)
        kept.keep(made)
        assert not filled(made, kept)


def test_nothing_is_read_anew_again_and_again(made):
    kept = keeping()
    kept.of(made, schema())
    filled(made, kept)
    kept.rests = 1_000.0
    kept.keep(made)
    assert filled(made, kept)
    made.execute("DELETE FROM e1_seen WHERE node = 2")
    assert not filled(made, kept)
    kept.keep(made)
    assert not filled(made, kept), "it was read a moment ago"


def test_tables_that_are_made_anew_and_other_stores_are_not_kept(made):
    kept, orders = keeping(), Schema({}, {"order": EventType("order", "e1_seen", {})})
    kept.of(made, orders)
    filled(made, kept)
    kept.keep(made)
    assert not filled(made, kept)
    kept.of(made, schema())
    filled(made, kept)
    kept.keep(made)
    assert filled(made, kept) and kept.of(made, schema()) == 0
    assert kept.of(duckdb.connect(), schema()) is None
