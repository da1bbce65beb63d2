"""Audience files: the members of a segment who may be reached for a purpose, as a platform matches them.

People without the purpose's consent are left out and counted, and so are those to whom marketing is prohibited and those
who are too young. There is no way around it. Who was in a file is remembered as long as they are known (its receipt), for the day on which
one of them is erased.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from pyroaring import BitMap

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.destinations.contact import Contact, Destination
from lohko.destinations.registry import DESTINATIONS
from lohko.engine.consents import consented
from lohko.engine.profiles import agreed_to, held
from lohko.engine.rights import too_young, unmarketed
from lohko.model.consent import OF_AGE, OLD_ENOUGH
from lohko.model.schema import PURPOSES
from lohko.state.erasures import give_receipt
from lohko.state.people import erased
from lohko.state.workspace import note
from lohko.steps.question import Question, ask, iso
from lohko.steps.work import Progress, Work

_PARTS = ("email", "phone", "first_name", "last_name", "city", "postcode", "country")
_ADDRESSES = ("email", "phone")


def audience(work: Work, progress: Progress, *, segment: str, to: str, purpose: str = "ads", as_of: str | None = None) -> dict[str, Any]:
    """The file as text, and the funnel: members, with identifiers, consented, written."""
    refuse_unknown(to, purpose)
    question = ask(work, as_of)
    return audience_of(work, question, segment, question.people(segment), to, purpose)


def audience_of(work: Work, question: Question, segment: str, people: BitMap, to: str, purpose: str) -> dict[str, Any]:
    """The file of these members of a segment, with its receipt; who may be in it is what the workspace knows."""
    told, allowed, lines = _chosen(work, question, segment, people, to, purpose)
    with work.state.begin() as connection:
        note(connection, "audience_written", {"segment": segment, "to": to, "purpose": purpose, "written": len(lines)})
        # Asked once nobody else can write: an erasure finds the receipt, or is found here.
        if not allowed.isdisjoint(BitMap(erased(connection))):
            raise InputError("erased_meanwhile", "Somebody was erased while the file was written.", hint="write it again.")
        sent = {"segment": segment, "destination": to, "purpose": purpose, "written": len(lines)}
        give_receipt(connection, {"at": iso(now()), **sent, "people": BitMap(allowed).serialize()})
    return {**told, "csv": _csv(DESTINATIONS[to].header, lines)}


def audience_plan(
    work: Work, progress: Progress, *, segment: str, to: str, purpose: str = "ads", as_of: str | None = None
) -> dict[str, Any]:
    """The funnel of the file that would be written now. Nothing is written, so there is no receipt."""
    refuse_unknown(to, purpose)
    question = ask(work, as_of)
    return _chosen(work, question, segment, question.people(segment), to, purpose)[0]


def refuse_unknown(to: str, purpose: str) -> None:
    """InputError for a destination or a purpose that is not there."""
    if to not in DESTINATIONS:
        raise InputError("unknown_destination", f"No destination is called {to!r}.", hint=did_you_mean(to, DESTINATIONS))
    if purpose not in PURPOSES:
        raise InputError("unknown_purpose", f"No purpose is called {purpose!r}.", hint=did_you_mean(purpose, PURPOSES))


def _chosen(
    work: Work, question: Question, segment: str, people: BitMap, to: str, purpose: str
) -> tuple[dict[str, Any], BitMap, list[list[str]]]:
    """The funnel, the people who may be in the file, and their rows in an order that tells nothing."""
    destination = DESTINATIONS[to]
    titles = [segment, *question.segment(segment).title.values()]
    rows = rows_of(work, question, list(people), destination, purpose)
    matched = BitMap(person for person, row in rows.items() if row is not None)
    agreed = matched & agreeing(question, purpose)
    unprohibited = agreed - unmarketed(question.engine.cursor)
    allowed = unprohibited - young(work, question, purpose)
    lines = sorted(row for person in allowed if (row := rows[person]) is not None)
    warnings = destination.title_warnings(titles)
    if len(lines) < destination.minimum:
        warnings.append(
            {"code": "below_minimum", "message": f"{len(lines)} people are fewer than the {destination.minimum} that {to} needs."}
        )
    told = {
        "segment": segment,
        "to": to,
        "purpose": purpose,
        "members": len(rows),
        "with_identifiers": len(matched),
        "consented": len(agreed),
        "prohibited": len(agreed) - len(unprohibited),
        "too_young": len(unprohibited) - len(allowed),
        "written": len(lines),
        "minimum": destination.minimum,
        "enough": len(lines) >= destination.minimum,
        "warnings": warnings,
        **question.stamp(),
    }
    return told, allowed, lines


def rows_of(work: Work, question: Question, people: Sequence[int], destination: Destination, purpose: str) -> dict[int, list[str] | None]:
    """Each person's row there: by the addresses of the record on which they agreed; None who has nothing to be matched by."""
    cursor = question.engine.cursor
    contacts = held(cursor, question.schema, _PARTS, people, question.as_of)
    theirs = agreed_to(cursor, question.schema, _ADDRESSES, people, purpose, question.as_of, _today(question))
    return {
        person: destination.row(Contact(**contacts.get(person, {}) | theirs.get(person, {})), work.settings.country) for person in people
    }


def sendable(work: Work, question: Question, purpose: str) -> BitMap:
    """Whom an audience for a purpose may hold, as far as they have something to be matched by."""
    return agreeing(question, purpose) - unmarketed(question.engine.cursor) - young(work, question, purpose)


def agreeing(question: Question, purpose: str) -> BitMap:
    """Those whose consent stood then and stands today."""
    cursor = question.engine.cursor
    return BitMap(consented(cursor, purpose, question.as_of)) & BitMap(consented(cursor, purpose, _today(question)))


def young(work: Work, question: Question, purpose: str) -> BitMap:
    """Those who are too young for it."""
    age = OF_AGE if purpose == "ads" else OLD_ENOUGH
    return too_young(question.engine.cursor, question.schema, question.as_of, work.settings.zone, age, purpose)


def _today(question: Question) -> dt.datetime:
    """A file of how things were on a past day goes out today: who has withdrawn since is not in it, nor an address for which they have."""
    return max(question.as_of, now())


def _csv(header: tuple[str, ...], lines: list[list[str]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return stream.getvalue()
