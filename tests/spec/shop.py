"""The shop of the examples: what its customers have and do, and how a cell of a table becomes a value."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lohko.base.codes import country_code, language_code
from lohko.base.times import back, parse_as_of, zone
from lohko.engine.person import ConsentRecord, Event, Move, Person, Value
from lohko.maths.rfm import Cuts, score, score_by_cuts
from lohko.model.condition import AttributeIs, Condition
from lohko.model.edges import moment_of
from lohko.model.rfm_map import DEFAULT_MAP
from lohko.model.schema import RFM_TRAITS, Attribute, Codes, EventType, Property, Schema, Type
from lohko.model.walk import everything
from spec.table import Table

ZONE = zone("Europe/Helsinki")
EVER = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
ALWAYS = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)

ATTRIBUTES: dict[str, tuple[Type, Codes | None]] = {
    "email": ("text", None),
    "city": ("text", None),
    "country": ("text", "country"),
    "language": ("text", "language"),
    "level": ("text", None),
    "points": ("integer", None),
    "credit": ("money", None),
    "height": ("decimal", None),
    "subscribed": ("boolean", None),
    "birthday": ("date", None),
    "contract_ends": ("date", None),
    "joined": ("time", None),
    "last order": ("text", None),
    "tags": ("text_set", None),
    "postcode": ("text", None),
    "address": ("text", None),
    "phone": ("text", None),
    "company": ("text", None),
    "employees": ("integer", None),
    "open_deal": ("boolean", None),
    "latitude": ("decimal", None),
    "longitude": ("decimal", None),
}
EVENTS: dict[str, dict[str, Type]] = {
    "order": {
        "order_id": "text",
        "total": "money",
        "discount": "money",
        "lines": "integer",
        "brand": "text_set",
        "channel": "text",
        "coupon": "text",
        "gift": "boolean",
        "delivered": "date",
        "paid_at": "time",
    },
    "order_line": {"brand": "text", "category": "text", "quantity": "decimal", "total": "money"},
    "refund": {"total": "money"},
    "product_view": {"brand": "text", "price": "money"},
    "add_to_cart": {"brand": "text"},
    "page_view": {"page": "text"},
    "email_received": {"campaign": "text"},
    "email_opened": {"campaign": "text"},
    "email_clicked": {"campaign": "text"},
    "quiz_done": {"answer": "text"},
}


def schema() -> Schema:
    """The schema of the examples; ids of tables and columns are numbered as in a workspace."""
    attributes = {
        name: Attribute(name, kind, f"a{n}_{name.replace(' ', '_')}", codes) for n, (name, (kind, codes)) in enumerate(ATTRIBUTES.items())
    }
    traits = {trait.name: trait for trait in RFM_TRAITS}
    number = iter(range(1000))
    events = {
        name: EventType(name, f"e{n}_{name}", {key: Property(key, kind, f"c{next(number)}_{key}") for key, kind in found.items()})
        for n, (name, found) in enumerate(EVENTS.items())
    }
    return Schema(attributes | traits, events)


SCHEMA = schema()


def value(cell: str, kind: Type, codes: Codes | None = None) -> Any:
    """What a cell says: empty or `-` is no value, text in double quotes is exactly that text."""
    if cell in ("", "-"):
        return None
    text = json.loads(cell) if cell.startswith('"') else cell
    match kind:
        case "integer":
            return int(text)
        case "decimal" | "money":
            return Decimal(text)
        case "boolean":
            return {"yes": True, "no": False}[text]
        case "date":
            return dt.date.fromisoformat(text)
        case "time":
            return parse_as_of(text, ZONE)
        case "text_set":
            return [part.strip() for part in text.split(",")]
    look_up = {"country": country_code, "language": language_code}.get(codes or "")
    return (look_up(text) or text) if look_up else text


def people_of(
    names: tuple[str, ...],
    people: Table | None,
    events: Mapping[str, Table],
    consents: Table | None = None,
    moves: Table | None = None,
) -> dict[str, Person]:
    """The people of an example by name, which is their public id too."""
    found: dict[str, tuple[dict[str, list[Value]], dict[str, list[Event]]]] = {name: ({}, {}) for name in names}
    for row in people.rows if people else ():
        start = parse_as_of(row.cells["from"], ZONE) if row.cells.get("from") else EVER
        for name, cell in row.cells.items():
            if name != "from":
                _hold(found[row.person][0].setdefault(name, []), start, value(cell, *ATTRIBUTES[name]))
    for kind, table in events.items():
        for row in table.rows:
            properties = {name: value(cell, EVENTS[kind][name]) for name, cell in row.cells.items() if name != "at"}
            found[row.person][1].setdefault(kind, []).append(Event(parse_as_of(row.cells["at"], ZONE), properties))
    return {
        name: Person(
            {attribute: _known(held) for attribute, held in had.items()},
            did,
            consents=_consents(consents, name),
            moves=_moves(moves, name),
            person_id=name,
        )
        for name, (had, did) in found.items()
    }


def _consents(table: Table | None, name: str) -> list[ConsentRecord]:
    rows = [row.cells for row in table.rows if row.person == name] if table else []
    return [ConsentRecord(row["purpose"], row["given"] == "yes", parse_as_of(row["at"], ZONE)) for row in rows]


def _moves(table: Table | None, name: str) -> dict[str, list[Move]]:
    found: dict[str, list[Move]] = {}
    for row in table.rows if table else ():
        if row.person == name:
            found.setdefault(row.cells["segment"], []).append(Move(parse_as_of(row.cells["at"], ZONE), row.cells["way"] == "entered"))
    return found


def _hold(held: list[Value], start: dt.datetime, given: Any) -> None:
    if held:
        held[-1] = Value(held[-1].valid_from, start, held[-1].value)
    held.append(Value(start, ALWAYS, given))


def _known(held: list[Value]) -> list[Value]:
    return [item for item in held if item.value is not None]


def with_rfm(
    people: Mapping[str, Person], as_of: dt.datetime, *, net: bool = True, cuts: Cuts | None = None, days: int | None = None
) -> dict[str, Person]:
    """The people with their RFM traits of an instant, worked out one by one from `meaning`."""
    bought = {}
    since = back(as_of, days, "day", ZONE) if days else EVER
    for name, person in people.items():
        orders = [e for e in person.events.get("order", ()) if since <= e.at < as_of and (e.properties.get("total") or 0) > 0]
        refunds = [e for e in person.events.get("refund", ()) if since <= e.at < as_of] if net else []
        if orders:
            money = sum(e.properties["total"] for e in orders) - sum(e.properties["total"] for e in refunds)
            bought[name] = ((as_of - max(e.at for e in orders)) // dt.timedelta(days=1), len(orders), money)
    columns = list(zip(*bought.values(), strict=True)) or [(), (), ()]
    cells = score_by_cuts(*columns, cuts) if cuts else score(*columns)
    scored = dict(zip(bought, cells, strict=True))
    found = {}
    for name, person in people.items():
        traits: dict[str, Any] = {"rfm_group": "prospects"}
        if name in bought:
            cell = "".join(map(str, scored[name]))
            traits = dict(zip(("recency_days", "frequency", "monetary"), bought[name], strict=True))
            traits |= dict(zip(("rfm_r", "rfm_f", "rfm_m"), scored[name], strict=True))
            traits |= {"rfm_score": cell, "rfm_group": DEFAULT_MAP[cell]}
        found[name] = replace(person, traits=traits)
    return found


def with_past(people: Mapping[str, Person], rules: Iterable[Condition], as_of: dt.datetime) -> dict[str, Person]:
    """The people with their RFM traits of the earlier instants that rules ask about."""
    moments = {moment_of(node.at, as_of, ZONE) for rule in rules for node in everything(rule) if isinstance(node, AttributeIs)}
    scored = {moment: with_rfm(people, moment) for moment in moments if moment < as_of}
    return {
        name: replace(person, past_traits={moment: found[name].traits for moment, found in scored.items()})
        for name, person in people.items()
    }
