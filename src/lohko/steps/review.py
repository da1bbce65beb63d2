"""Deciding who is one person: what stands for review, joining, keeping apart, splitting, and undoing a merge.

Every decision is a batch of links in the log. What was kept apart, split or undone is
remembered: no later import joins it again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.engine import review
from lohko.engine.identity import OTHER_NAMES
from lohko.engine.links import Link, Record, columns_of, names_of, persons_of, records_of
from lohko.engine.profiles import find, held
from lohko.state.audit import entries
from lohko.state.batches import batches
from lohko.state.identity_rules import read_identity
from lohko.state.scored_pairs import read_scored
from lohko.state.users import named
from lohko.state.workspace import note
from lohko.steps.decide import keep_decision
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlalchemy import Connection

_SHOWN = ("first_name", "last_name", "name", "birthday", "email", "phone", "address", "postcode", "city")
_ITEM = re.compile(r"[0-9a-f]{10}")


def review_list(work: Work, progress: Progress, *, limit: int = 20, different_names: bool = False) -> dict[str, Any]:
    """People who may be one and were not joined, each pair with what they share and why they were not; the likely first.

    Pairs whose names clearly differ, such as of one household, are shown only with `different_names`.
    """
    cursor = work.store.cursor()
    found = _candidates(work, cursor)
    usual = [item for item in found if item.reason != OTHER_NAMES]
    shown = (found if different_names else usual)[:limit]
    sides = _sides(work, cursor, [person for item in shown for person in (item.first, item.second)])
    if shown:
        with work.state.begin() as connection:
            note(connection, "person_seen", {"what": "review", "pairs": len(shown)}, sorted(side["person_id"] for side in sides.values()))
    return {
        "total": len(usual),
        "by_reason": dict(sorted(Counter(item.reason for item in found).items())),
        "different_names": len(found) - len(usual),
        "data_version": work.data_version(),
        "items": [
            {
                "item": item.item,
                "shared": list(item.shared),
                "reason": item.reason,
                "probability": item.probability,
                "customers": [sides[item.first], sides[item.second]],
            }
            for item in shown
        ],
    }


def who_decided(connection: Connection, action: str = "links") -> dict[int, str]:
    """By batch, the person who decided what is in it, as people call them."""
    return {item.detail["batch"]: named(connection, item.by) for item in entries(connection, action=action) if "batch" in item.detail}


def review_decided(work: Work, progress: Progress, *, limit: int = 30) -> dict[str, Any]:
    """What was decided about who is one person, the newest first: by whom, when, about whom, and for whom a merge still holds and can be undone.

    What rules joined in one go, for more than ten people, is not listed.
    """
    cursor = work.store.cursor()
    found = review.decided(cursor, limit)
    names = {
        key: {"person_id": person_id, "customer": label}
        for key, person_id, label in names_of(cursor, [key for item in found for key in item.people])
    }
    with work.state.connect() as connection:
        received = {row["number"]: row["received_at"] for row in batches(connection)}
        who = who_decided(connection)
    rows: list[dict[str, Any]] = [
        {
            "batch": item.batch,
            "cause": item.cause,
            "how": item.how,
            "by": who.get(item.batch, "") if item.by == "person" else "",
            "at": received.get(item.batch),
            "records": item.records,
            "customers": [names[key] for key in item.people],
            "standing": [names[key]["person_id"] for key in item.standing],
        }
        for item in found
    ]
    told = sorted({side["person_id"] for row in rows for side in row["customers"]})
    if told:
        with work.state.begin() as connection:
            note(connection, "person_seen", {"what": "decisions"}, told)
    return {"decided": rows, "timezone": work.settings.timezone, "data_version": work.data_version()}


def review_merge(work: Work, progress: Progress, *, names: Sequence[str]) -> dict[str, Any]:
    """Make one person of a pair that stands for review, or of the customers named."""
    with work.guard:
        cursor, people = _named(work, names)
        return _keep(work, cursor, review.joined(cursor, people, "review"), people)


def review_keep_apart(work: Work, progress: Progress, *, names: Sequence[str]) -> dict[str, Any]:
    """Keep a pair that stands for review, or the customers named, apart for ever."""
    with work.guard:
        cursor, people = _named(work, names)
        return _keep(work, cursor, review.kept_apart(cursor, people), people)


def review_split(work: Work, progress: Progress, *, customer: str, records: Sequence[str]) -> dict[str, Any]:
    """Take records out of a person: together they become another one, and are kept apart from the rest."""
    with work.guard:
        cursor = work.store.cursor()
        person, _, _ = find(cursor, work.schema(), customer)
        known = records_of(cursor, person)
        chosen = {_record(known, name).node for name in records}
        sides = [[item for item in known if (item.node in chosen) is way] for way in (True, False)]
        if not all(sides):
            raise InputError("nothing_left", "A split needs some of the records, and not all of them.", hint=_records_said(known))
        return _keep(work, cursor, review.parted(person, sides, "split"), [person])


def review_undo(work: Work, progress: Progress, *, customer: str, merge: int | None = None) -> dict[str, Any]:
    """Undo a merge that made this person, named by its batch, or the last one: everyone is again who they were before it, and they are kept apart."""
    with work.guard:
        cursor = work.store.cursor()
        person, _, _ = find(cursor, work.schema(), customer)
        sides = review.before_merge(cursor, person, merge)
        if len(sides) < 2:
            raise InputError("never_merged", "This customer was not merged.", hint="`lohko person links CUSTOMER` shows the records.")
        return _keep(work, cursor, review.parted(person, sides, "undo"), [person])


def _candidates(work: Work, cursor: DuckDBPyConnection) -> list[review.Candidate]:
    with work.state.connect() as connection:
        rules, scored = read_identity(connection), read_scored(connection)
    return review.candidates(cursor, work.schema(), rules, work.settings.country, scored)


def _named(work: Work, names: Sequence[str]) -> tuple[DuckDBPyConnection, list[int]]:
    """The people that are meant: the pair of an item, or several customers."""
    cursor = work.store.cursor()
    if len(names) == 1 and _ITEM.fullmatch(names[0]):
        for item in _candidates(work, cursor):
            if item.item == names[0]:
                return cursor, [item.first, item.second]
        raise InputError("unknown_item", "Nothing that stands for review is called that.", hint="`lohko review list` shows what does.")
    people = list(dict.fromkeys(find(cursor, work.schema(), name)[0] for name in names))
    if len(people) < 2:
        raise InputError("too_few_people", "This needs an item of the review, or two customers or more who are not one person yet.")
    return cursor, people


def _keep(work: Work, cursor: DuckDBPyConnection, links: list[Link], people: Sequence[int]) -> dict[str, Any]:
    cursor.close()
    batch = keep_decision(
        work, "links", columns_of(links), detail={"records": len({link.node for link in links if link.person}), "how": links[0].how}
    )
    nodes = sorted({link.node for link in links} | {link.other for link in links if link.other})
    cursor = work.store.cursor()
    sides = _sides(work, cursor, persons_of(cursor, nodes))
    return {"batch": batch, "data_version": work.data_version(), "customers": list(sides.values())}


def _sides(work: Work, cursor: DuckDBPyConnection, people: Sequence[int]) -> dict[int, dict[str, Any]]:
    """People as they are shown beside each other."""
    values = held(cursor, work.schema(), _SHOWN, people, now())
    return {
        person: {
            "person_id": person_id,
            "customer": label,
            "records": [said(record) for record in records_of(cursor, person)],
            "values": values.get(person, {}),
        }
        for person, person_id, label in names_of(cursor, people)
    }


def said(record: Record) -> str:
    """A record as people name it: its source and its value there.

    >>> said(Record(1, "shop", "id", "17", 1))
    'shop:17'
    """
    return f"{record.source}:{record.value}"


def _record(known: Sequence[Record], name: str) -> Record:
    found = [record for record in known if name in (said(record), record.value)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            "ambiguous_record", "Several records of this customer are called that.", hint="name it with its source: source:number."
        )
    raise InputError("unknown_record", "This customer has no such record.", hint=did_you_mean(name, map(said, known)))


def _records_said(known: Sequence[Record]) -> str:
    return f"there are {len(known)}; `lohko person links CUSTOMER` shows them."
