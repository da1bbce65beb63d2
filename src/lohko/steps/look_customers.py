"""Looking at people: finding customers by what is known of them, and one customer with everything that happened."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError
from lohko.base.text import fold
from lohko.base.times import naive
from lohko.engine import figures, scores
from lohko.model.normal import plain_number
from lohko.model.orders import ORDER, ORDER_LINE
from lohko.state.workspace import note
from lohko.steps.explored import explored
from lohko.steps.figures import amount, full_name, people_rows, rfm_row, utc
from lohko.steps.question import Question, ask, iso
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from lohko.model.schema import Attribute, Type

SEARCHED = ("email", "first_name", "last_name", "name", "phone", "company")
"""The attributes by whose texts people are looked for."""
_MANY_WORDS = 6
MOST = 500
"""How many people or events one answer may hold."""


def customers(work: Work, progress: Progress, *, q: str = "", limit: int = 50, as_of: str | None = None) -> dict[str, Any]:
    """Customers whose number, e-mail, name or phone holds every word of `q`; without words, those who ordered last."""
    check_limit(limit)
    question = ask(work, as_of)
    cursor = question.engine.cursor
    instant = naive(question.as_of)
    words = fold(q).split()[:_MANY_WORDS]
    if words:
        attributes = [item for name in SEARCHED if (item := question.schema.attributes.get(name)) is not None and item.type == "text"]
        found = question.engine.people_with(attributes, words[0])
        for word in words[1:]:
            found &= question.engine.people_with(attributes, word)
        keys, total = list(found[:limit]), len(found)
    else:
        found_last = explored(work, ("latest", limit), iso(question.as_of), _latest_of(limit), of=())
        if found_last["data_version"] != question.data_version:  # data came in between the two: whom it tells of may be nobody here
            found_last = _latest_of(limit)(question)
        keys, total = found_last["people"], len(question.engine.everyone())
    question.engine.need_traits()
    return {
        **question.stamp(),
        "q": q,
        "total": total,
        "currency": work.settings.currency,
        "customers": people_rows(cursor, question.schema, keys, instant),
    }


def _latest_of(limit: int) -> Callable[[Question], dict[str, Any]]:
    """Those who ordered last, by key."""
    return lambda question: {"people": figures.latest_buyers(question.engine.cursor, question.schema, naive(question.as_of), limit)}


def customer(work: Work, progress: Progress, *, person_id: str, limit: int = 40, as_of: str | None = None) -> dict[str, Any]:
    """One customer: attributes with their source and age, consents, RFM, and the last events, the latest first."""
    check_limit(limit)
    question = ask(work, as_of)
    cursor = question.engine.cursor
    person, instant = figures.find_person(cursor, person_id), naive(question.as_of)
    if person is None:
        raise InputError("unknown_customer", "There is no such customer.", hint="look the customer up by number, e-mail or name.")
    question.engine.need_traits()
    with work.state.begin() as connection:
        note(connection, "person_seen", {}, [person.person_id])
    attributes = _attributes(cursor, question, person.person, instant)
    events, more = events_of(cursor, question, person.person, instant, limit)
    return {
        **question.stamp(),
        "person_id": person.person_id,
        "customer": person.label,
        "name": full_name({item["name"]: item["value"] for item in attributes}),
        "currency": work.settings.currency,
        "rfm": rfm_row(scores.scores_of(cursor, [person.person]).get(person.person)),
        "attributes": attributes,
        "consents": [
            {"purpose": item.purpose, "given": item.given, "since": utc(item.since), "dated": item.dated}
            for item in figures.consents_of(cursor, person.person, instant)
        ],
        "timeline": events,
        "more": more,
    }


def check_limit(limit: int) -> None:
    """InputError when an answer may not hold so many."""
    if not 1 <= limit <= MOST:
        raise InputError("bad_limit", f"A limit is 1 to {MOST}.", place="limit")


def _attributes(cursor: DuckDBPyConnection, question: Question, person: int, instant: dt.datetime) -> list[dict[str, Any]]:
    found = []
    for item in question.schema.attributes.values():
        if item.trait:
            continue
        value = figures.values_of(cursor, item, [person], instant).get(person)
        if value is not None:
            found.append(_attribute(item, value))
    return found


def _attribute(item: Attribute, value: figures.Value) -> dict[str, Any]:
    return {
        "name": item.name,
        "type": item.type,
        "codes": item.codes,
        "value": _told(item.type, value.text),
        "since": utc(value.since),
        "assumed": value.assumed,
        "source": value.source,
    }


def _told(kind: Type, text: str) -> str | list[str] | None:
    """A value as JSON has it: times in UTC, sets of texts as lists, everything else as its text (5 and not 5.0000)."""
    match kind:
        case "text_set":
            return [str(item) for item in json.loads(text)]
        case "time":
            return utc(dt.datetime.fromisoformat(text))
        case "decimal" | "money":
            return format(plain_number(Decimal(text)), "f")
    return text


def events_of(
    cursor: DuckDBPyConnection, question: Question, person: int, instant: dt.datetime, limit: int, *, of_each: bool = False
) -> tuple[list[dict[str, Any]], bool]:
    """The last events of a person before an instant, and whether there are more; of all types together, or so many `of_each`. Lines stand inside their orders."""
    schema, found = question.schema, []
    for event in schema.events.values():
        if event.name != ORDER_LINE:
            found += figures.happenings(cursor, event, person, instant, limit + 1)
    found.sort(key=lambda item: item.at, reverse=True)
    shown = found if of_each else found[:limit]
    keys = [item.order_key for item in shown if item.event == ORDER and item.order_key]
    lines = figures.lines_of(cursor, schema.event(ORDER_LINE), person, keys) if keys and ORDER_LINE in schema.events else {}
    return [
        {
            "event": item.event,
            "at": utc(item.at),
            "day": item.day.isoformat(),
            "properties": {name: plain(value) for name, value in item.properties.items()},
            **({"lines": [_plain(line) for line in lines.get(item.order_key or "", [])]} if item.event == ORDER else {}),
        }
        for item in shown
    ], len(found) > limit


def _plain(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in properties.items()}


def plain(value: Any) -> Any:
    """A value of the store as JSON can hold it."""
    match value:
        case dt.datetime():
            return utc(value)
        case dt.date():
            return value.isoformat()
        case bool() | int() | str() | float() | None:
            return value
        case list():
            return [plain(item) for item in value]
    return amount(value)
