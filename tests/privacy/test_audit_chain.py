"""The audit is a chain: whatever is altered, removed or added behind its back is noticed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, insert, text, update

from lohko.state import audit as chain
from lohko.state.tables import audit, audit_link, metadata


@pytest.fixture
def book(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/state.sqlite")
    metadata.create_all(engine)
    with engine.begin() as connection:
        for number in range(6):
            chain.append(connection, "seen", {"n": number}, [f"person-{number % 3}"])
    yield engine
    engine.dispose()


def test_an_untouched_chain_holds_and_its_head_can_be_noted(book):
    with book.begin() as connection:
        before = chain.verify(connection)
        chain.append(connection, "seen", {"n": 7})
        after = chain.verify(connection, head=before.head)

    assert (before.entries, before.broken) == (6, None)
    assert (after.entries, after.broken) == (7, None)


@pytest.mark.parametrize("column", ["at", "action", "detail"])
@pytest.mark.parametrize("number", [1, 3, 6])
def test_an_altered_entry_is_named(book, column, number):
    with book.begin() as connection:
        connection.execute(update(audit).where(audit.c.id == number).values(**{column: {"n": 99} if column == "detail" else "other"}))
        found = chain.verify(connection)

    assert found.broken == number


@pytest.mark.parametrize("number", [1, 3])
def test_a_removed_entry_is_noticed(book, number):
    with book.begin() as connection:
        connection.execute(delete(audit_link).where(audit_link.c.id == number))
        connection.execute(delete(audit).where(audit.c.id == number))
        found = chain.verify(connection)

    assert found.broken is not None


def test_a_cut_end_is_noticed_by_the_head_that_was_noted(book):
    with book.begin() as connection:
        head = chain.verify(connection).head
        connection.execute(delete(audit_link).where(audit_link.c.id == 6))
        connection.execute(delete(audit).where(audit.c.id == 6))
        alone, with_head = chain.verify(connection), chain.verify(connection, head=head)

    assert alone.broken is None
    assert with_head.why is not None


def test_an_entry_slipped_in_is_noticed(book):
    with book.begin() as connection:
        connection.execute(insert(audit).values(at="2026-01-01", action="seen", detail={}))
        found = chain.verify(connection)

    assert found.broken == 7


def test_a_person_can_be_blanked_and_the_chain_still_holds(book):
    with book.begin() as connection:
        numbers = chain.blank(connection, ["person-1"])
        unnamed = chain.verify(connection)
        chain.append(connection, chain.ERASED, {"audit_entries_blanked": numbers})
        found = chain.verify(connection)
        left = [row.people for row in connection.execute(audit_link.select())]

    assert numbers == [2, 5]
    assert unnamed.broken == 2, "blanking to hide something needs an erasure that says so"
    assert (found.broken, found.blanked) == (None, 2)
    assert not any("person-1" in people for people in left)


@settings(max_examples=25)
@given(data=st.data())
def test_any_byte_of_an_entry_counts(tmp_path_factory, data):
    """Change one character of any field that the chain is about, and verifying says so."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        for number in range(4):
            chain.append(connection, "seen", {"n": number}, ["somebody"])
        table, column = data.draw(st.sampled_from([("audit", "at"), ("audit", "action"), ("audit_link", "by"), ("audit_link", "payload")]))
        number = data.draw(st.integers(1, 4))
        value = connection.execute(text(f"SELECT {column} FROM {table} WHERE id = {number}")).scalar()
        place = data.draw(st.integers(0, len(value) - 1))
        changed = value[:place] + ("x" if value[place] != "x" else "y") + value[place + 1 :]
        connection.execute(text(f"UPDATE {table} SET {column} = :value WHERE id = {number}"), {"value": changed})
        found = chain.verify(connection)

    assert found.broken == number, json.dumps([table, column])
