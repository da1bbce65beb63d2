"""Who entered and left a segment, when, and why, as the refreshes said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.engine.membership import changes_of_person, changes_of_segment, recorded
from lohko.engine.profiles import find
from lohko.state import segments as kept
from lohko.steps.question import ask, iso
from lohko.steps.special import refuse_special, refused_versions
from lohko.steps.work import Progress, Work


def changes(work: Work, progress: Progress, *, segment: str, limit: int = 1000) -> dict[str, Any]:
    """The latest enterings and leavings of a segment, newest first; none by a rule of which nothing may be told."""
    with work.state.connect() as connection:
        names = kept.versions(connection)
        refuse_special(connection, segment)
        current = {name: item.definition for name, item in kept.current(connection).items()}
        unsaid = {number for _, number in refused_versions(connection, current, [segment])}
    if segment not in names:
        raise InputError("unknown_segment", f"No segment is called {segment!r}.", hint=did_you_mean(segment, names))
    rows = changes_of_segment(work.store.cursor(), segment, limit, unsaid)
    return {
        "segment": segment,
        "data_version": work.data_version(),
        "changes": [
            {"at": _at(at), "customer": label, "person_id": person_id, "entered": entered, "cause": cause, "run": run}
            for at, label, person_id, entered, cause, run in rows
        ],
    }


def fewest(work: Work, found: Mapping[str, Any]) -> int:
    """The fewest people that an answer of `changes` singles out: those in it, those last recorded in the segment, those in it now; 0 for nobody."""
    question, segment = ask(work), found["segment"]
    sizes = [len({row["person_id"] for row in found["changes"]}), len(recorded(question.engine.cursor, segment))]
    with suppress(LohkoError):  # no segment any more, or one that cannot be told now
        sizes.append(len(question.people(segment)))
    return min(filter(None, sizes), default=0)


def memberships(work: Work, progress: Progress, *, customer: str) -> dict[str, Any]:
    """Every segment a customer was ever recorded in, as intervals: from when, until when (None: still), and both causes."""
    cursor, version, schema = work.snapshot()
    key, label, person_id = find(cursor, schema, customer)
    found: list[dict[str, Any]] = []
    open_ones: dict[str, dict[str, Any]] = {}
    for segment, at, entered, cause, version, _run in changes_of_person(cursor, key):
        if entered:
            row = {"segment": segment, "version": version, "from": _at(at), "entered_by": cause, "until": None, "left_by": None}
            open_ones[segment] = row
            found.append(row)
        elif segment in open_ones:
            open_ones.pop(segment).update({"until": _at(at), "left_by": cause})
    return {"customer": label, "person_id": person_id, "data_version": version, "memberships": found}


def _at(moment: dt.datetime) -> str:
    return iso(moment.replace(tzinfo=dt.UTC))
