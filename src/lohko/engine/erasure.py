"""Who a person is in the store, whoever else may ask for them or not; and the words by which they are found in what was never loaded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from lohko.base.errors import InputError
from lohko.base.text import fold
from lohko.engine.accounts import schema_of_accounts, table_of
from lohko.engine.links import Record, records_of
from lohko.engine.sql import render
from lohko.engine.tables import observed_table
from lohko.model.schema import TEXTUAL, Attribute, Schema

_NAMING = ("email", "phone", "name", "first_name", "last_name", "address")
SHORTEST = 6
"""A text that is shorter, and no address, says nothing about whom a line is about."""

_FIND = """
SELECT DISTINCT n.person FROM node AS n JOIN person AS p ON p.person = n.person LEFT JOIN person AS o ON o.person = n.own
WHERE n.value = $text OR p.person_id = $text OR p.label = $text OR o.person_id = $text
"""
_FIND_BY_EMAIL = "SELECT DISTINCT n.person FROM __observed AS o JOIN node AS n ON n.node = o.node WHERE o.fold = ?"
_FIND_AMONG_EMAILS = "SELECT DISTINCT n.person FROM __observed AS o JOIN node AS n ON n.node = o.node WHERE list_contains(o.fold, ?)"
_WHO = "SELECT p.label, p.person_id, p.living FROM person AS p WHERE p.person = ?"
_PUBLIC = "SELECT person, person_id FROM person WHERE person IN (SELECT unnest(CAST(? AS INTEGER[])))"
_OWN_WORDS = """
SELECT DISTINCT CAST(value AS VARCHAR) AS said FROM __observed WHERE node IN (SELECT unnest(CAST($nodes AS INTEGER[]))) AND NOT value IS NULL
EXCEPT SELECT CAST(value AS VARCHAR) FROM __observed WHERE NOT node IN (SELECT unnest(CAST($nodes AS INTEGER[]))) AND NOT value IS NULL
"""
_OWN_OF_SETS = """
SELECT DISTINCT unnest(value) AS said FROM __observed WHERE node IN (SELECT unnest(CAST($nodes AS INTEGER[])))
EXCEPT SELECT unnest(value) FROM __observed WHERE NOT node IN (SELECT unnest(CAST($nodes AS INTEGER[])))
"""
_OWN_ROWS = """
SELECT DISTINCT __id FROM __table WHERE node IN (SELECT unnest(CAST($nodes AS INTEGER[]))) AND NOT __id IS NULL
EXCEPT SELECT __id FROM __table WHERE node IS NULL OR NOT node IN (SELECT unnest(CAST($nodes AS INTEGER[])))
"""

WHOSE = ("node", "other", "previous", "former")
"""The columns of an archive that hold keys of records."""
_COLUMNS = "SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet(?))"
_NOBODY_YET = "CREATE OR REPLACE TEMP TABLE spoken_of (node INTEGER)"
# A key of whatever type counts: whoever were passed over here would be erased.
_SPOKEN_OF = "INSERT INTO spoken_of SELECT DISTINCT TRY_CAST(__key AS INTEGER) FROM read_parquet(?) WHERE NOT __key IS NULL"
_NOTHING_LEFT = """
SELECT p.person, p.label, p.person_id, p.living, n.node, n.source, n.kind, n.value, n.own FROM node AS n JOIN person AS p ON p.person = n.person
WHERE NOT n.person IN (SELECT s.person FROM node AS s WHERE s.node IN (SELECT node FROM spoken_of WHERE NOT node IS NULL)) ORDER BY p.person, n.node
"""

_COMPANY_NAMES = "SELECT DISTINCT account, value FROM account_name UNION SELECT account, name FROM account WHERE NOT name IS NULL"
_COMPANY_TEXTS = "SELECT DISTINCT CAST(value AS VARCHAR) FROM __t WHERE NOT value IS NULL"
_DEAL_TEXTS = "SELECT DISTINCT __c FROM __t WHERE NOT __c IS NULL"


@dataclass(frozen=True)
class Subject:
    """A person as the law sees one: all their records, living for questions or set aside."""

    person: int
    label: str
    person_id: str
    living: bool
    records: tuple[Record, ...]

    @property
    def nodes(self) -> list[int]:
        """The keys of their records."""
        return [record.node for record in self.records]


def subject(cursor: DuckDBPyConnection, schema: Schema, text: str) -> Subject:
    """The one person whom a customer number, a public id or an e-mail address means, also when they are set aside.

    InputError when nobody is meant, or several people are.
    """
    wanted = text.strip()
    found = [person for (person,) in cursor.execute(_FIND, {"text": wanted}).fetchall()]
    email = schema.attributes.get("email")
    if not found and email is not None and "@" in wanted and email.type in TEXTUAL:
        by_email = render(_FIND_BY_EMAIL if email.type == "text" else _FIND_AMONG_EMAILS, {"__observed": observed_table(email)})
        found = [person for (person,) in cursor.execute(by_email, [fold(wanted)]).fetchall()]
    if not found:
        raise InputError(
            "unknown_customer",
            "No customer has that number, e-mail address or id.",
            hint="`lohko members SEGMENT` lists customer numbers and ids.",
        )
    if len(found) > 1:
        ids = ", ".join(sorted(person_id for _, person_id in cursor.execute(_PUBLIC, [found]).fetchall())[:5])
        raise InputError("ambiguous_customer", f"{len(found)} customers are called that.", hint=f"name one by its id: {ids}")
    label, person_id, living = cursor.execute(_WHO, [found[0]]).fetchall()[0]
    return Subject(found[0], label, person_id, living, tuple(records_of(cursor, found[0])))


def nothing_left(cursor: DuckDBPyConnection, archives: Iterable[Path]) -> list[Subject]:
    """The people of whose records no archive has a row any more."""
    cursor.execute(_NOBODY_YET)
    for path in archives:
        there = {name for (name,) in cursor.execute(_COLUMNS, [str(path)]).fetchall()}
        for name in there.intersection(WHOSE):
            cursor.execute(render(_SPOKEN_OF, {"__key": name}), [str(path)])
    found: dict[int, Subject] = {}
    for person, label, person_id, living, *record in cursor.execute(_NOTHING_LEFT).fetchall():
        known = found[person].records if person in found else ()
        found[person] = Subject(person, label, person_id, living, (*known, Record(*record)))
    return list(found.values())


def people_of_records(cursor: DuckDBPyConnection, people: Iterable[Subject]) -> dict[int, str]:
    """The keys that these people ever had, merged ones too, with their public ids."""
    keys = sorted({record.own for one in people for record in one.records} | {one.person for one in people})
    return dict(cursor.execute(_PUBLIC, [keys]).fetchall())


def own_words(cursor: DuckDBPyConnection, schema: Schema, nodes: Sequence[int]) -> list[str]:
    """Texts that the store holds of these records and of nobody else: addresses, names, numbers of orders and messages."""
    given = {"nodes": list(nodes)}
    found = _own_values(cursor, schema.attributes.values(), nodes)
    tables = [("line_row", "order_id"), ("header_row", "order_id"), *((event.table, "message_id") for event in schema.events.values())]
    for table, name in tables:
        found |= {text for (text,) in cursor.execute(render(_OWN_ROWS, {"__table": table, "__id": name}), given).fetchall()}
    return sorted(text for text in found if len(text) >= SHORTEST or "@" in text)


def naming(cursor: DuckDBPyConnection, schema: Schema, nodes: Sequence[int]) -> set[str]:
    """Those of their own texts that say who somebody is, and not only what they are like."""
    return _own_values(cursor, [schema.attributes[name] for name in _NAMING if name in schema.attributes], nodes)


def _own_values(cursor: DuckDBPyConnection, attributes: Iterable[Attribute], nodes: Sequence[int]) -> set[str]:
    found: set[str] = set()
    for attribute in attributes:
        if not attribute.trait and attribute.type in TEXTUAL:
            said = render(_OWN_WORDS if attribute.type == "text" else _OWN_OF_SETS, {"__observed": observed_table(attribute)})
            found |= {text for (text,) in cursor.execute(said, {"nodes": list(nodes)}).fetchall()}
    return found


@dataclass(frozen=True)
class OfCompanies:
    """What lists of companies say too: it is the company's, and stays when a person of that name is erased.

    texts       the texts of the person that stand in what is known of a company; no e-mail address is among them
    companies   the companies whose names hold one of them
    """

    texts: list[str]
    companies: list[str]


def of_companies(
    cursor: DuckDBPyConnection, schema: Schema, texts: Sequence[str], facts: Collection[str], names: Collection[str]
) -> OfCompanies:
    """Which of the texts of people are a company's facts as well: its name, its Y-tunnus, its place, what its deals are called.

    `facts` are the attributes that say what a company is. What a list has beside them, and what is said of deals, may be whom to ask for
    there: one of the `names` that say who somebody is stands there as theirs.

    A sole trader's firm is found by its own record, which is none of the person. An address is not let off: it reaches the person.
    """
    said: list[tuple[int | None, str]] = [(account, value) for account, value in cursor.execute(_COMPANY_NAMES).fetchall()]
    beside: list[str] = []
    own = schema_of_accounts(cursor, schema)
    for item in own.attributes.values():
        if item.type in TEXTUAL:
            observed = f"account_o_{item.table.removeprefix(table_of(''))}"
            values = [value for (value,) in cursor.execute(render(_COMPANY_TEXTS, {"__t": observed})).fetchall()]
            if item.name in facts:
                said += [(None, value) for value in values]
            else:
                beside += values
    for event in own.events.values():
        for wanted in event.properties.values():
            if wanted.type == "text":
                found = render(_DEAL_TEXTS, {"__t": event.table, "__c": wanted.column})
                beside += [value for (value,) in cursor.execute(found).fetchall()]
    wished = {text: fold(text) for text in texts if "@" not in text}
    whole, others = "\n".join(fold(value) for _, value in said), "\n".join(map(fold, beside))
    held = sorted(text for text, folded in wished.items() if folded in whole or (text not in names and folded in others))
    titles = dict(cursor.execute("SELECT account, name FROM account WHERE NOT name IS NULL").fetchall())
    bearing = {account for account, value in said if account is not None and any(wished[text] in fold(value) for text in held)}
    return OfCompanies(held, sorted(titles[account] for account in bearing if account in titles))
