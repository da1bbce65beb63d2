"""What the store says for look-ups: which person each identifier leads to, and who moved.

An identifier is a record's own (a customer number or a browser's id in its source, an
address, a phone number), an e-mail address or phone number that a record says last, or
a person's public id, also one of before a merge. It leads to the one living person
whose it is; one that several people have leads to nobody, since a guess would show one
person's segments to another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap
from sqlglot import exp

from lohko.base.times import naive
from lohko.engine.bitmaps import bitmap, people_of
from lohko.engine.identifiers import said_of
from lohko.engine.served import Hashes, Marks, People
from lohko.engine.sql import expression
from lohko.engine.tables import observed_table
from lohko.model.identity import IdentityRules
from lohko.model.schema import Attribute, Schema

_AT_ONCE = 100_000
_SAID = "CREATE OR REPLACE TEMP TABLE said (kind VARCHAR, source VARCHAR, value VARCHAR, node INTEGER)"
_ASKED = "CREATE OR REPLACE TEMP TABLE asked (kind VARCHAR, source VARCHAR, value VARCHAR)"
_TOUCHED = "CREATE OR REPLACE TEMP TABLE touched_node AS SELECT node FROM node WHERE person IN (SELECT unnest(CAST(? AS INTEGER[])))"
_OWN = """
INSERT INTO said SELECT kind, CASE WHEN kind IN ('id', 'anonymous') THEN source ELSE '' END,
    CASE WHEN kind IN ('id', 'anonymous') THEN value ELSE lower(value) END, node
FROM node WHERE kind IN ('id', 'anonymous', 'email', 'phone') AND __which
"""
_IDS = "INSERT INTO said SELECT 'person', '', p.person_id, n.node FROM node AS n JOIN person AS p ON p.person = n.own WHERE __which"
_LATEST = """
INSERT INTO said SELECT CAST($kind AS VARCHAR), '', __said, s.node
FROM (SELECT node, arg_max(value, ROW("at", value)) AS value, arg_max(fold, ROW("at", value)) AS fold FROM __observed
    WHERE __which AND "at" <= CAST($now AS TIMESTAMP) GROUP BY node) AS s
"""
_BEGAN = """
SELECT DISTINCT n.person FROM __observed AS o JOIN node AS n ON n.node = o.node
WHERE o."at" > CAST($since AS TIMESTAMP) AND o."at" <= CAST($now AS TIMESTAMP)
"""
_EVER = "INSERT INTO asked SELECT DISTINCT CAST($kind AS VARCHAR), '', __said FROM __observed WHERE node IN (SELECT node FROM touched_node)"
_ASK_SAID = "INSERT INTO asked SELECT DISTINCT kind, source, value FROM said"
_HOLDERS = "node IN (SELECT node FROM __observed WHERE fold IN (SELECT value FROM asked WHERE kind = $kind))"
_LEADS = """
SELECT s.kind, s.source, s.value, CASE WHEN count(DISTINCT n.person) = 1 THEN min(n.person) ELSE 0 END AS person
FROM said AS s JOIN node AS n ON n.node = s.node JOIN person AS p ON p.person = n.person AND p.living
WHERE NOT s.value IS NULL GROUP BY s.kind, s.source, s.value
"""
_LEADS_OF_ASKED = """
SELECT a.kind, a.source, a.value, CASE WHEN count(DISTINCT p.person) = 1 THEN min(p.person) ELSE 0 END AS person
FROM (SELECT DISTINCT kind, source, value FROM asked WHERE NOT value IS NULL) AS a
LEFT JOIN said AS s ON s.kind = a.kind AND s.source = a.source AND s.value = a.value
LEFT JOIN node AS n ON n.node = s.node LEFT JOIN person AS p ON p.person = n.person AND p.living
GROUP BY a.kind, a.source, a.value
"""


def leads(cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules, marks: Marks, now: dt.datetime) -> tuple[Hashes, People]:
    """Every identifier with its person, by what holds at an instant."""
    cursor.execute(_SAID)
    for statement in (_OWN, _IDS):
        cursor.execute(_sql(statement, {}, {"__which": exp.true()}))
    for kind, attribute in _carriers(schema, rules):
        _take_latest(cursor, kind, attribute, expression("NOT value IS NULL"), now)
    return _hashed(cursor.execute(_LEADS), marks)


def began(cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules, since: dt.datetime, now: dt.datetime) -> BitMap:
    """The people of whom an address or a number begins to hold after one instant and up to another."""
    found, instants = BitMap(), {"since": naive(since), "now": naive(now)}
    for _, attribute in _carriers(schema, rules):
        found |= people_of(cursor.execute(_sql(_BEGAN, {"__observed": observed_table(attribute)}, {}), instants))
    return found


def leads_of(
    cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules, marks: Marks, people: BitMap, now: dt.datetime
) -> tuple[Hashes, People]:
    """Every identifier that one of these people's records ever had, with the person whom it leads to now."""
    carriers = _carriers(schema, rules)
    cursor.execute(_SAID)
    cursor.execute(_ASKED)
    cursor.execute(_TOUCHED, [list(people)])
    own = {"__which": expression("node IN (SELECT node FROM touched_node)")}
    cursor.execute(_sql(_OWN, {}, own))
    cursor.execute(_sql(_IDS, {}, {"__which": expression("n.node IN (SELECT node FROM touched_node)")}))
    cursor.execute(_ASK_SAID)
    for kind, attribute in carriers:
        cursor.execute(_sql(_EVER, {"__observed": observed_table(attribute)}, {"__said": said_of(attribute)}), {"kind": kind})
    # Whoever else has one of these addresses or numbers has a say in whom it leads to.
    cursor.execute(_SAID)
    cursor.execute(
        _sql(_OWN, {}, {"__which": expression("(value IN (SELECT value FROM asked) OR lower(value) IN (SELECT value FROM asked))")})
    )
    cursor.execute(_sql(_IDS, {}, {"__which": expression("n.node IN (SELECT node FROM touched_node)")}))
    for kind, attribute in carriers:
        table = observed_table(attribute)
        held = expression(_HOLDERS, {"__observed": table}) if attribute.type == "text" else exp.true()
        _take_latest(cursor, kind, attribute, exp.and_(expression("NOT value IS NULL"), held), now)
    return _hashed(cursor.execute(_LEADS_OF_ASKED), marks)


def _carriers(schema: Schema, rules: IdentityRules) -> list[tuple[str, Attribute]]:
    """The attributes that hold addresses and phone numbers."""
    named = [(kind, name) for kind in ("email", "phone") for name in rules.attributes[kind]]
    return [(kind, item) for kind, name in named if (item := schema.attributes.get(name.casefold())) is not None and not item.trait]


def _take_latest(cursor: DuckDBPyConnection, kind: str, attribute: Attribute, which: exp.Expr, now: dt.datetime) -> None:
    sql = _sql(_LATEST, {"__observed": observed_table(attribute)}, {"__said": said_of(attribute), "__which": which})
    cursor.execute(sql, {"kind": kind, "now": naive(now)})


def _sql(template: str, names: Mapping[str, str], nodes: Mapping[str, exp.Expr]) -> str:
    return expression(template, names, nodes).sql("duckdb")


def _hashed(cursor: DuckDBPyConnection, marks: Marks) -> tuple[Hashes, People]:
    hashes, people = [np.empty(0, np.uint64)], [np.empty(0, np.int32)]
    while rows := cursor.fetchmany(_AT_ONCE):
        hashes.append(np.array([marks.mark(kind, source, value) for kind, source, value, _ in rows], dtype=np.uint64))
        people.append(np.array([row[3] for row in rows], dtype=np.int32))
    return np.concatenate(hashes), np.concatenate(people)


_SOURCES = "SELECT DISTINCT source FROM node WHERE kind IN ('id', 'anonymous') ORDER BY source"


def sources_of_identifiers(cursor: DuckDBPyConnection) -> tuple[str, ...]:
    """The sources of which customer numbers or browser ids are known."""
    return tuple(source for (source,) in cursor.execute(_SOURCES).fetchall())


# --- who moved -------------------------------------------------------------------------------

_MOVED = """
SELECT segment, person, arg_max(entered, run) AS inside FROM membership_change WHERE run > CAST(? AS INTEGER) AND cause <> 'reconstructed'
GROUP BY segment, person
"""
_QUIET = """
SELECT person FROM flagged WHERE flag IN ('no_profiling', 'no_marketing', 'restricted')
UNION SELECT person FROM consent WHERE purpose = 'personalisation' AND NOT given AND NOT person IN (SELECT person FROM standing_yes)
"""
_STANDING = "CREATE OR REPLACE TEMP TABLE standing_yes AS SELECT unnest(CAST(? AS INTEGER[])) AS person"


def moved_since(cursor: DuckDBPyConnection, run: int) -> dict[str, tuple[BitMap, BitMap]]:
    """Per segment who is in and who is out now, of those who moved after a run."""
    found = cursor.execute(_MOVED, [run]).fetchnumpy()
    names, which = np.unique(np.asarray(found["segment"], dtype=object).astype(str), return_inverse=True)
    inside = np.asarray(found["inside"], dtype=bool)
    return {
        str(name): (bitmap(found["person"][(which == place) & inside]), bitmap(found["person"][(which == place) & ~inside]))
        for place, name in enumerate(names)
    }


def quiet(cursor: DuckDBPyConnection, standing: list[int]) -> BitMap:
    """Who is shown nothing in the shop: who objected to profiling or marketing, or took the consent to personalisation back and gave none (`standing`) since."""
    cursor.execute(_STANDING, [standing])
    return people_of(cursor.execute(_QUIET))


def as_moves(members: Mapping[str, BitMap]) -> dict[str, tuple[BitMap, BitMap]]:
    """Members as if they had all come now."""
    return {name: (people, BitMap()) for name, people in members.items()}
