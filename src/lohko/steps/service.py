"""For those who serve customers: finding one quickly by whatever they say, and what is open.

What means somebody exactly comes first (number, e-mail address, phone, the number of an
order, booking or ticket), then names of which the words are a part, then, where
these find nobody, names that are alike. Every search is noted in the audit: how many were found and who was shown, never what was typed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pyroaring import BitMap

from lohko.base.text import fold
from lohko.base.times import naive
from lohko.engine import finding
from lohko.engine.erasure import Subject
from lohko.model.orders import ORDER
from lohko.state.workspace import note
from lohko.steps.call_notes import calls_of
from lohko.steps.figures import people_rows, utc
from lohko.steps.look_customers import SEARCHED, check_limit, events_of
from lohko.steps.question import Question, ask
from lohko.steps.work import Progress, Work

TICKET = "ticket"
MOST_WORDS = 6
_OPEN, _LAST = 20, 3


def find_customer(work: Work, progress: Progress, *, q: str, limit: int = 20, as_of: str | None = None) -> dict[str, Any]:
    """The customers whom a text means, the surest first, each with `how` they were found and, of those that are alike, how much.

    `how` is number, email, phone or the name of an event's number for exact matches, `words` for parts of names, `alike` for similar ones.
    """
    check_limit(limit)
    question = ask(work, as_of)
    cursor, instant = question.engine.cursor, naive(question.as_of)
    text = q.strip()[:200]
    with work.answers.turn():
        found = _found(question, text, work.settings.country, limit) if text else Found()
    keys = list(found.first)
    question.engine.need_traits()
    rows = people_rows(cursor, question.schema, keys, instant)
    with work.state.begin() as connection:
        note(connection, "customers_searched", {"found": found.total}, sorted(row["person_id"] for row in rows))
    return {
        **question.stamp(),
        "q": q,
        "total": found.total,
        "exact": found.exact,
        "currency": work.settings.currency,
        "customers": [row | {"how": found.first[key][0], "alike": found.first[key][1]} for key, row in zip(keys, rows, strict=True)],
    }


@dataclass(frozen=True)
class Found:
    """How each of the first was found, by key, the surest first; how many there are in all, and how many of them are meant exactly."""

    first: dict[int, tuple[str, float | None]] = field(default_factory=dict)
    total: int = 0
    exact: int = 0


def _found(question: Question, text: str, country: str, limit: int) -> Found:
    cursor, instant = question.engine.cursor, naive(question.as_of)
    exact = finding.exactly(cursor, question.schema, text, instant, country)
    first: dict[int, tuple[str, float | None]] = {person: (how, None) for person, how in list(exact.items())[:limit]}
    words = fold(text).split()[:MOST_WORDS]
    attributes = [item for name in SEARCHED if (item := question.schema.attributes.get(name)) is not None and item.type == "text"]
    parts = question.engine.everyone()
    for word in words:
        parts = parts & question.engine.people_with(attributes, word)
    parts -= BitMap(exact)
    by_name = [item for item in attributes if item.name != "phone" and (item.name == "email") == ("@" in text)]
    total = len(exact) + len(parts)
    if parts and len(first) < limit:  # whose whole name it is comes before whose name it is a part of
        first |= dict.fromkeys(finding.likest(cursor, parts, by_name, words, instant, limit - len(first)), ("words", None))
    elif not total:
        near, total = finding.alike(cursor, by_name, words, instant, limit)
        first = {person: ("alike", how) for person, how in near}
    return Found(first, total, len(exact))


def service(work: Work, progress: Progress, *, as_of: str | None = None) -> dict[str, Any]:
    """What is open: tickets that are not solved, those who wait longest first, each with whose it is."""
    question = ask(work, as_of)
    cursor, instant, ticket = question.engine.cursor, naive(question.as_of), question.schema.events.get(TICKET)
    matters = [] if ticket is None else finding.open_matters(cursor, ticket, instant, _OPEN)
    question.engine.need_traits()
    people = dict.fromkeys(item.person for item in matters)
    rows = dict(zip(people, people_rows(cursor, question.schema, list(people), instant), strict=True))
    with work.state.begin() as connection:
        if rows:
            note(connection, "open_matters_shown", {"people": len(rows)}, sorted(row["person_id"] for row in rows.values()))
    return {
        **question.stamp(),
        "tickets_known": ticket is not None,
        "people": question.engine.size(question.engine.everyone()),
        "open": [rows[item.person] | _matter(question, item) for item in matters],
        "open_total": 0 if ticket is None else finding.how_many_open(cursor, ticket, instant),
    }


def _matter(question: Question, item: finding.Matter) -> dict[str, Any]:
    days = (naive(question.as_of) - item.at).days
    said = {"number": item.number, "subject": item.subject, "status": item.status, "priority": item.priority}
    return {"at": utc(item.at), "days": days, **said}


def glance(work: Work, question: Question, found: Subject) -> dict[str, Any]:
    """What whoever speaks with a customer needs first: their last orders, open matters, and calls that were noted."""
    cursor, instant, ticket = question.engine.cursor, naive(question.as_of), question.schema.events.get(TICKET)
    matters = [] if ticket is None else finding.open_matters(cursor, ticket, instant, _OPEN, found.person)
    orders = [row for row in events_of(cursor, question, found.person, instant, _LAST, of_each=True)[0] if row["event"] == ORDER]
    return {"orders": orders[:_LAST], "open": [_matter(question, item) for item in matters], "calls": calls_of(work, found.nodes)[:_LAST]}
