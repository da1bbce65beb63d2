"""One customer, or many, as the store knows them: found by what people call them, named, and loaded for the reference engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.base.errors import InputError
from lohko.base.text import fold
from lohko.base.times import naive
from lohko.engine.consents import capacity_from, take_granting
from lohko.engine.erasure import subject
from lohko.engine.person import ConsentRecord, Event, Move, Person, Value
from lohko.engine.rights import unprofiled
from lohko.engine.sql import column, render
from lohko.engine.tables import observed_table
from lohko.model.schema import Attribute, EventType, Schema, Type

_FIND = """
SELECT p.person, p.label, p.person_id FROM person AS p WHERE p.living
    AND (p.label = $text OR p.person_id = $text OR p.person IN (
        SELECT n.person FROM node AS n LEFT JOIN person AS o ON o.person = n.own WHERE n.value = $text OR o.person_id = $text))
"""
_FIND_BY_EMAIL = """
SELECT p.person, p.label, p.person_id FROM person AS p WHERE p.living
    AND p.person IN (SELECT person FROM __email WHERE fold = ? AND valid_to >= CAST(? AS TIMESTAMP))
"""
_LABELLED = """
SELECT p.person, p.label, p.person_id FROM person AS p JOIN wanted AS w ON w.person = p.person WHERE p.living ORDER BY p.label, p.person_id
"""
_HELD = """
SELECT a.person, CAST(a.value AS VARCHAR) FROM __table AS a JOIN wanted AS w ON w.person = a.person
WHERE a.valid_from < CAST(? AS TIMESTAMP) AND a.valid_to >= CAST(? AS TIMESTAMP)
"""
# Where the only grants that stand are those in one capacity, an address that none of their records tells may be one to which another said no.
_AGREED = """
WITH mine AS (
    SELECT g.person, g.node, g.clear FROM granting AS g JOIN wanted AS w ON w.person = g.person
), told AS (
    SELECT g.person, g.node, arg_max(o.value, o."at") AS value, arg_max(o.fold, o."at") AS fold, max(o."at") AS "at"
    FROM mine AS g JOIN __observed AS o ON o.node = g.node
    WHERE NOT o.value IS NULL AND o."at" < CAST($at AS TIMESTAMP) GROUP BY g.person, g.node
), own AS (
    SELECT a.person, a.fold FROM __table AS a WHERE a.valid_from < CAST($at AS TIMESTAMP) AND a.valid_to >= CAST($at AS TIMESTAMP)
)
SELECT m.person, coalesce(arg_max(t.value, (t."at", t.node)), '') FROM mine AS m JOIN own AS a ON a.person = m.person
LEFT JOIN told AS t ON t.person = m.person AND t.node = m.node
GROUP BY m.person HAVING NOT coalesce(bool_or(t.fold = a.fold), false) AND (count(t.node) > 0 OR NOT bool_or(m.clear))
"""
_VALUES = "SELECT a.person, a.valid_from, a.valid_to, a.value, a.assumed FROM __table AS a JOIN wanted AS w ON w.person = a.person"
_EVENTS = 'SELECT e.person, e."at", __properties FROM __table AS e JOIN wanted AS w ON w.person = e.person ORDER BY e.person, e."at"'
_TRAITS = """
SELECT t.person, recency_days, frequency, monetary, rfm_r, rfm_f, rfm_m, rfm_score, rfm_group
FROM trait_rfm AS t JOIN wanted AS w ON w.person = t.person
"""
_TRAIT_NAMES = ("recency_days", "frequency", "monetary", "rfm_r", "rfm_f", "rfm_m", "rfm_score", "rfm_group")
_PAST_TRAITS = """
SELECT t.person, t.moment, recency_days, frequency, monetary, rfm_r, rfm_f, rfm_m, rfm_score, rfm_group
FROM trait_rfm_past AS t JOIN wanted AS w ON w.person = t.person
"""
_IDS = "SELECT p.person, p.person_id FROM person AS p JOIN wanted AS w ON w.person = p.person"
_CONSENTS = """
SELECT c.person, c.purpose, c.given, c.effective_at, c.dated, c.basis, c.role, c.account, c.places FROM consent AS c JOIN wanted AS w ON w.person = c.person
ORDER BY c.person, c.effective_at, c.given, c.purpose, c.basis
"""
_MOVES = """
SELECT m.person, m.segment, m."at", m.entered FROM membership_change AS m JOIN wanted AS w ON w.person = m.person
WHERE m.cause IS DISTINCT FROM 'known'
ORDER BY m.person, m.segment, m."at", m.run
"""
_FOREVER = dt.datetime(9999, 12, 31)


def population(cursor: DuckDBPyConnection) -> int:
    """How many people live."""
    return int(cursor.execute("SELECT count(*) FROM person WHERE living").fetchall()[0][0])


def find(cursor: DuckDBPyConnection, schema: Schema, text: str) -> tuple[int, str, str]:
    """The one living person whom a customer number, a public id or an e-mail address means: key, label, public id.

    InputError when nobody is meant, somebody who is set aside, or several people.
    """
    wanted = text.strip()
    found = cursor.execute(_FIND, {"text": wanted}).fetchall()
    email = schema.attributes.get("email")
    if not found and email is not None and "@" in wanted:
        found = cursor.execute(render(_FIND_BY_EMAIL, {"__email": email.table}), [fold(wanted), _FOREVER]).fetchall()
    if not found:
        # Whoever is set aside is found among all; whom nobody knows is refused there.
        if not subject(cursor, schema, text).living:
            raise InputError(
                "set_aside", "This customer is set aside: only their records and rights are shown.", hint="`lohko person show`."
            )
        raise InputError(
            "unknown_customer",
            "No customer has that number, e-mail address or id.",
            hint="`lohko members SEGMENT` lists customer numbers and ids.",
        )
    if len(found) > 1:
        ids = ", ".join(sorted(person_id for _, _, person_id in found)[:5])
        raise InputError("ambiguous_customer", f"{len(found)} customers are called that.", hint=f"name one by its id: {ids}")
    return found[0]


def first_day(cursor: DuckDBPyConnection, schema: Schema) -> dt.date | None:
    """The first local day of which there is any event; None when there is none."""
    asked = [render("SELECT min(local_day) FROM __table", {"__table": event.table}) for event in schema.events.values()]
    days = [day for sql in asked for (day,) in cursor.execute(sql).fetchall() if day is not None]
    return min(days, default=None)


def _want(cursor: DuckDBPyConnection, people: Iterable[int]) -> None:
    keys = BitMap(people)
    # A table and not a view over Python memory: it is joined several times.
    cursor.register("wanted_keys", {"person": np.asarray(keys, dtype=np.int32) if keys else np.empty(0, np.int32)})
    cursor.execute("CREATE OR REPLACE TEMP TABLE wanted AS SELECT person FROM wanted_keys")
    cursor.unregister("wanted_keys")


def labelled(cursor: DuckDBPyConnection, people: Iterable[int]) -> list[tuple[int, str, str]]:
    """The living among these people, by label: key, label, public id."""
    _want(cursor, people)
    return cursor.execute(_LABELLED).fetchall()


def held(
    cursor: DuckDBPyConnection, schema: Schema, names: Sequence[str], people: Iterable[int], at: dt.datetime
) -> dict[int, dict[str, str]]:
    """What these people's attributes of those names were at an instant, as texts; what is unknown is left out."""
    _want(cursor, people)
    found: dict[int, dict[str, str]] = {}
    for name in names:
        attribute = schema.attributes.get(name)
        if attribute is None or attribute.trait:
            continue
        for person, value in cursor.execute(render(_HELD, {"__table": attribute.table}), [naive(at), naive(at)]).fetchall():
            found.setdefault(person, {})[name] = value
    return found


def agreed_to(
    cursor: DuckDBPyConnection, schema: Schema, names: Sequence[str], people: Iterable[int], purpose: str, at: dt.datetime, now: dt.datetime
) -> dict[int, dict[str, str]]:
    """The addresses and numbers that must stand in for these people's own at an instant, by the consents that stand `now`.

    One person may be a consumer and a company's contact: a yes in the shop is no yes for the address at work. Where a
    record with a grant that stands tells an address, and none of these tells the person's own, theirs is used. Where
    none of them tells any, the person's own is, unless in another capacity they said no: then an empty text stands in.
    """
    _want(cursor, people)
    take_granting(cursor, purpose, now)
    found: dict[int, dict[str, str]] = {}
    for name in names:
        attribute = schema.attributes.get(name)
        if attribute is None or attribute.trait or attribute.type != "text":
            continue
        sql = render(_AGREED, {"__table": attribute.table, "__observed": observed_table(attribute)})
        for person, value in cursor.execute(sql, {"at": naive(at)}).fetchall():
            found.setdefault(person, {})[name] = value
    return found


def load_people(
    cursor: DuckDBPyConnection, schema: Schema, people: Iterable[int], events: Iterable[str] | None = None, *, traits: bool = True
) -> dict[int, Person]:
    """These people for the reference engine: attributes with their past and events of the given types (all, when None).

    With `traits` they have those of the temporary table `trait_rfm`, which the caller has made for the instant in question.
    """
    _want(cursor, people)
    keys = [row[0] for row in cursor.execute("SELECT person FROM wanted").fetchall()]
    attributes: dict[int, dict[str, list[Value]]] = {key: {} for key in keys}
    happened: dict[int, dict[str, list[Event]]] = {key: {} for key in keys}
    for attribute in schema.attributes.values():
        if not attribute.trait:
            _load_attribute(cursor, attribute, attributes)
    asked = set(schema.events) if events is None else {name.casefold() for name in events}
    for name, event in schema.events.items():
        if name in asked:
            _load_events(cursor, event, happened)
    rows = cursor.execute(_TRAITS).fetchall() if traits else []
    scored = {row[0]: dict(zip(_TRAIT_NAMES, row[1:], strict=True)) for row in rows}
    ids = dict(cursor.execute(_IDS).fetchall())
    consents, moves, silent = _load_consents(cursor), _load_moves(cursor), unprofiled(cursor)
    return {
        key: Person(
            attributes[key],
            happened[key],
            scored.get(key, {}),
            consents=consents.get(key, ()),
            moves=moves.get(key, {}),
            person_id=ids.get(key, ""),
            profiled=key not in silent,
        )
        for key in keys
    }


def past_traits(cursor: DuckDBPyConnection, people: Iterable[int]) -> dict[int, dict[dt.datetime, dict[str, Any]]]:
    """These people's traits at earlier instants, as the temporary table `trait_rfm_past` has them."""
    _want(cursor, people)
    found: dict[int, dict[dt.datetime, dict[str, Any]]] = {}
    for person, moment, *values in cursor.execute(_PAST_TRAITS).fetchall():
        found.setdefault(person, {})[_aware(moment)] = dict(zip(_TRAIT_NAMES, values, strict=True))
    return found


def _load_consents(cursor: DuckDBPyConnection) -> dict[int, list[ConsentRecord]]:
    found: dict[int, list[ConsentRecord]] = {}
    for person, purpose, given, at, dated, basis, role, account, places in cursor.execute(_CONSENTS).fetchall():
        record = ConsentRecord(purpose, given, _aware(at), dated, basis, capacity_from(role, account), tuple(places or ()))
        found.setdefault(person, []).append(record)
    return found


def _load_moves(cursor: DuckDBPyConnection) -> dict[int, dict[str, list[Move]]]:
    found: dict[int, dict[str, list[Move]]] = {}
    for person, segment, at, entered in cursor.execute(_MOVES).fetchall():
        found.setdefault(person, {}).setdefault(segment, []).append(Move(_aware(at), entered))
    return found


def _load_attribute(cursor: DuckDBPyConnection, attribute: Attribute, into: dict[int, dict[str, list[Value]]]) -> None:
    for person, start, end, value, assumed in cursor.execute(render(_VALUES, {"__table": attribute.table})).fetchall():
        held_value = Value(_aware(start), _aware(end), _plain(value, attribute.type), bool(assumed))
        into[person].setdefault(attribute.name, []).append(held_value)


def _load_events(cursor: DuckDBPyConnection, event: EventType, into: dict[int, dict[str, list[Event]]]) -> None:
    items = list(event.properties.values())
    picked = [column(item.column, "e") for item in items] or [column("record", "e")]
    for person, at, *values in cursor.execute(render(_EVENTS, {"__table": event.table}, {"__properties": picked})).fetchall():
        properties = {item.name: _plain(value, item.type) for item, value in zip(items, values, strict=False)}
        into[person].setdefault(event.name, []).append(Event(_aware(at), properties))


def _aware(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC)


def _plain(value: Any, kind: Type) -> Any:
    return _aware(value) if kind == "time" and value is not None else value


def known_sources(cursor: DuckDBPyConnection) -> list[str]:
    """The sources that any record is of, by name."""
    return [name for (name,) in cursor.execute("SELECT DISTINCT source FROM node ORDER BY source").fetchall()]


_SAID = "SELECT value, valid_from, valid_to, assumed, source FROM __table WHERE person = ? ORDER BY valid_from"
_HAPPENED = 'SELECT "at", source, __properties FROM __table WHERE person = ? ORDER BY "at"'


def values_of(cursor: DuckDBPyConnection, attribute: Attribute, person: int) -> list[tuple[Any, ...]]:
    """Every value of a person's attribute: value, from, until (naive UTC), whether assumed, source."""
    return cursor.execute(render(_SAID, {"__table": attribute.table}), [person]).fetchall()


def events_of(cursor: DuckDBPyConnection, event: EventType, person: int) -> list[tuple[dt.datetime, str, dict[str, Any]]]:
    """Every event of a kind of a person, the first one first: instant (naive UTC), source, properties."""
    items = list(event.properties.values())
    picked = [column(item.column) for item in items] or [column("record")]
    rows = cursor.execute(render(_HAPPENED, {"__table": event.table}, {"__properties": picked}), [person]).fetchall()
    return [(at, source, {item.name: value for item, value in zip(items, values, strict=False)}) for at, source, *values in rows]
