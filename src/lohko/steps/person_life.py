"""One time line of a person: what they did, what they allowed and refused, segments they came into and left, and what was decided about their data."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from lohko.base.errors import InputError
from lohko.base.times import naive
from lohko.engine.erasure import Subject, subject
from lohko.engine.links import history_of
from lohko.engine.membership import changes_of_person
from lohko.engine.rights import corrections_of
from lohko.state.batches import batches
from lohko.state.workspace import note
from lohko.steps.consents import consents_of, flags_of
from lohko.steps.figures import utc
from lohko.steps.look_customers import MOST, check_limit, events_of
from lohko.steps.question import Question, ask
from lohko.steps.work import Progress, Work

TOPICS = ("orders", "bookings", "visits", "messages", "answers", "support", "deals", "others", "consents", "segments", "data")
"""What a time line is filtered by; `data` is what was merged, parted, corrected and flagged."""

_OF_EVENT = {
    "order": "orders",
    "refund": "orders",
    "cancelled_order": "orders",
    "booking": "bookings",
    "survey": "answers",
    "ticket": "support",
    "note": "support",
    "deal": "deals",
}
_VISITS = ("page", "product", "search", "cart", "checkout", "session", "view", "add_to", "remove_from")
_MESSAGES = ("email", "sms", "push", "newsletter")


def topic_of(event: str) -> str:
    """Which part of a time line an event is shown in.

    >>> topic_of("refund"), topic_of("email_opened"), topic_of("product_view"), topic_of("quiz_done")
    ('orders', 'messages', 'visits', 'others')
    """
    if event in _OF_EVENT:
        return _OF_EVENT[event]
    for topic, beginnings in (("answers", ("survey", "answer", "nps", "csat")), ("messages", _MESSAGES), ("visits", _VISITS)):
        if event.startswith(beginnings):
            return topic
    return "others"


def person_life(
    work: Work, progress: Progress, *, customer: str, topic: str = "", limit: int = 40, as_of: str | None = None
) -> dict[str, Any]:
    """What happened to a customer until an instant, the latest first, at most `limit` rows of one topic or of all; and how many rows each topic has.

    A row has `topic`, `what` (`event`, `consent`, `segment`, `merge`, `unmerge`, `correction`, `flag`), `at` in UTC, and `day`, the
    workspace's. `at` is null where it is not known when. Of each kind of event the latest `MOST` are looked at.
    """
    check_limit(limit)
    question = ask(work, as_of)
    found = subject(question.engine.cursor, question.schema, customer)
    if not found.living:
        raise InputError("set_aside", "This customer is set aside: only their records and rights are shown.", hint="`lohko person show`.")
    told = life_of(work, question, found, topic, limit)
    with work.state.begin() as connection:
        note(connection, "person_seen", {"what": "time line"}, [found.person_id])
    return {**question.stamp(), "customer": found.label, "person_id": found.person_id, **told}


def life_of(work: Work, question: Question, found: Subject, topic: str, limit: int) -> dict[str, Any]:
    """The rows of a person's time line, and whether there are more."""
    rows = [
        *_events(question, found),
        *_consents(question, found),
        *_segments(question, found),
        *_decisions(work, question, found),
    ]
    rows = [row for row in rows if row["at"] is None or dt.datetime.fromisoformat(row["at"]) <= question.as_of]
    counts = Counter(row["topic"] for row in rows)
    chosen = sorted((row for row in rows if topic in ("", row["topic"])), key=lambda row: row["at"] or "", reverse=True)
    zone = work.settings.zone
    for row in chosen[:limit]:
        row["day"] = None if row["at"] is None else dt.datetime.fromisoformat(row["at"]).astimezone(zone).date().isoformat()
    return {
        "topic": topic,
        "topics": {name: counts[name] for name in TOPICS if counts[name]},
        "total": len(rows),
        "rows": chosen[:limit],
        "more": len(chosen) > limit,
    }


def _events(question: Question, found: Subject) -> list[dict[str, Any]]:
    events = events_of(question.engine.cursor, question, found.person, naive(question.as_of), MOST, of_each=True)[0]
    return [{"topic": topic_of(row["event"]), "what": "event", **row} for row in events]


def _consents(question: Question, found: Subject) -> list[dict[str, Any]]:
    keys = ("purpose", "given", "basis", "source", "wording", "proof")
    rows = consents_of(question.engine.cursor, found)
    # A withdrawal is kept with each record of a person: told once.
    once = {(row["purpose"], row["given"], row["since"], row["source"]): row for row in rows}
    return [
        {"topic": "consents", "what": "consent", "at": row["since"] if row["dated"] else None, **{key: row[key] for key in keys}}
        for row in once.values()
    ]


def _segments(question: Question, found: Subject) -> list[dict[str, Any]]:
    titles = {name: dict(item.title) for name, item in question.segments.items()}
    return [
        {
            "topic": "segments",
            "what": "segment",
            "at": utc(at),
            "segment": segment,
            "title": titles.get(segment, {}),
            "entered": entered,
            "why": why,
        }
        for segment, at, entered, why, _version, _run in changes_of_person(question.engine.cursor, found.person)
        if 1 < at.year < 9999
    ]


def _decisions(work: Work, question: Question, found: Subject) -> list[dict[str, Any]]:
    cursor = question.engine.cursor
    with work.state.connect() as connection:
        received = {row["number"]: row["received_at"] for row in batches(connection)}
    moved: dict[tuple[int, str], dict[str, Any]] = {}
    for link, batch in history_of(cursor, found.person):
        if link.cause in ("merge", "unmerge"):
            said = {"topic": "data", "what": link.cause, "at": received.get(batch), "how": link.how, "by": link.by, "records": 0}
            moved.setdefault((batch, link.cause), said)["records"] += 1
    corrected = [
        {"topic": "data", "what": "correction", "at": utc(at), "attribute": attribute, "was": was}
        for attribute, was, at in corrections_of(cursor, question.schema, found.nodes)
    ]
    flags = [
        {"topic": "data", "what": "flag", "at": row["since"], "flag": row["flag"], "holds": row["holds"], "reason": row["reason"]}
        for row in flags_of(cursor, found)["history"]
    ]
    once = {(row["at"], row["flag"], row["holds"]): row for row in flags}
    return [*moved.values(), *corrected, *once.values()]
