"""Publishing what look-ups are answered from (`engine/served.py`): after every refresh, and whenever who may be told what changes.

Only what changed is written: the identifiers of people about whom something came, who
moved, which segments are served. Where that cannot be told from the log (after an
erasure, for one), all of it is written anew. Nothing is published as long as nobody
may look up anything.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from pyroaring import BitMap

from lohko.base.clock import now
from lohko.engine import served
from lohko.engine.consents import consented
from lohko.engine.load import LOADERS
from lohko.engine.membership import recorded, touched_since
from lohko.engine.served import NOBODY, QUIET, Head, Marks, Part, Served
from lohko.engine.served_rows import as_moves, began, leads, leads_of, moved_since, quiet, sources_of_identifiers
from lohko.model.identity import write_identity
from lohko.state import about, batches, keys, runs, segments
from lohko.state.identity_rules import read_identity
from lohko.state.suppression import read_key
from lohko.steps.special import of_special, refused_by_category
from lohko.steps.work import Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from lohko.model.segment import Segment

_LIVE = "live"
_ANYONE = frozenset({"erasure", "retention", "not-customers"})
"""Kinds of batches after which anybody's identifiers may lead elsewhere. After any other only those of the people it is about (`batch_person`)."""
_TELLS_WHOM = frozenset(LOADERS) - _ANYONE


def publish(work: Work) -> bool:
    """Bring what look-ups are answered from up to date; whether anything was written.

    The one function that is called where a refresh becomes current; cheap when nothing has changed.
    """
    with work.guard:
        wanted = _wanted(work)
        if wanted is None:
            served.forget_all(work.folder.served)
            work.served = None
            return False
        before = _before(work, wanted)
        if before is not None and before.head == wanted:
            return False
        if before is None or not _tells_whom(work, before):
            work.served = served.write_base(work.folder.served, _all(work, wanted))
        else:
            served.append(before, _changed(work, before, wanted))
            if before.is_long():
                work.served = served.write_base(work.folder.served, before.whole())
        return True


def is_due(work: Work) -> bool:
    """Whether there is something to publish; no lock is waited for.

    Who has the store may be putting a new one in its place, so that it is not looked at: there may be something, which `publish` sees in its turn.
    """
    if not work.guard.acquire(blocking=False):
        return True
    try:
        wanted, before = _wanted(work), work.served
        return wanted != (None if before is None else before.head)
    finally:
        work.guard.release()


def forget_people(work: Work, people: Iterable[int]) -> None:
    """Let every identifier of these people lead to nobody from now on, before they are erased."""
    with work.guard:
        before = _opened(work)
        if before is not None:
            marks = before.marks_of(BitMap(people))
            served.append(before, Part(before.head, marks, np.full(len(marks), NOBODY, np.int32)))


# --- what is to be published -----------------------------------------------------------------


def _wanted(work: Work) -> Head | None:
    """What a publication would say of itself now; None when nobody may look up anything."""
    with work.state.connect() as connection:
        definitions = segments.current(connection)
        shown = in_shop(connection, definitions)
        may = any(keys.LOOKUP in key.scopes and key.holds for key in keys.keys(connection))
        if not may and not shown:
            return None
        told = runs.last_refreshes(connection)
        names = _served(connection, definitions) & told.keys()
        last, rules = runs.last_run(connection), write_identity(read_identity(connection))
    as_of = max((told[name].as_of for name in names), default=None)
    key = read_key(work.folder.key, make=True)
    return Head(
        None if as_of is None else as_of.isoformat(),
        0 if last is None else last.number,
        work.data_version(),
        {name: name in shown for name in sorted(names)},
        sources_of_identifiers(work.store.cursor()),
        Marks(key).check,
        rules=hashlib.sha256(rules.encode()).hexdigest(),
        at=now().isoformat(),
    )


def _served(connection: Connection, definitions: Mapping[str, Segment]) -> set[str]:
    """The segments of which is told: those that are live, and that may be told at all."""
    said = about.about(connection)
    refused = refused_by_category(connection, {name: item.definition for name, item in definitions.items()})
    return {name for name in definitions if said.get(name, {"status": about.USUAL})["status"] == _LIVE and name not in refused}


def in_shop(connection: Connection, definitions: Mapping[str, Segment]) -> set[str]:
    """The segments that may be shown in the shop: those of which it is said, but for what uses a special category, on whatever basis."""
    shown = {name for name, item in definitions.items() if item.in_shop}
    return shown - of_special(connection, {name: item.definition for name, item in definitions.items()}) if shown else shown


def _opened(work: Work) -> Served | None:
    if work.served is None and (work.folder.served.exists()):
        work.served = served.read_served(work.folder.served, Marks(read_key(work.folder.key, make=True)).check)
    return work.served


def _before(work: Work, wanted: Head) -> Served | None:
    """What is published, when that can be followed up: made with the same key and by the same rules of identity, and not of a later time, as after a restore."""
    before = _opened(work)
    if before is None or (before.head.check, before.head.rules) != (wanted.check, wanted.rules) or not before.head.at:
        return None
    return before if before.head.run <= wanted.run and before.head.data_version <= wanted.data_version else None


def _tells_whom(work: Work, before: Served) -> bool:
    with work.state.connect() as connection:
        return batches.kinds_after(connection, before.head.data_version) <= _TELLS_WHOM


# --- its parts -------------------------------------------------------------------------------


def _all(work: Work, wanted: Head) -> Part:
    cursor, version, schema = work.snapshot()
    with work.state.connect() as connection:
        rules = read_identity(connection)
    hashes, people = served.sorted_by_hash(*leads(cursor, schema, rules, _marks(work), dt.datetime.fromisoformat(wanted.at)))
    members = {name: recorded(cursor, name) for name in wanted.segments}
    members[QUIET] = quiet(cursor, consented(cursor, "personalisation", now()))
    cursor.close()
    assert version == wanted.data_version
    return Part(wanted, hashes, people, as_moves(members))


def _changed(work: Work, before: Served, wanted: Head) -> Part:
    cursor, _, schema = work.snapshot()
    moves = {}
    if wanted.run != before.head.run:
        moves = {
            name: both
            for name, both in moved_since(cursor, before.head.run).items()
            if name in before.head.segments and name in wanted.segments
        }
    moves |= as_moves({name: recorded(cursor, name) for name in wanted.segments if name not in before.head.segments})
    hashes, people = np.empty(0, np.uint64), np.empty(0, np.int32)
    with work.state.connect() as connection:
        rules = read_identity(connection)
    at = dt.datetime.fromisoformat(wanted.at)
    touched = began(cursor, schema, rules, dt.datetime.fromisoformat(before.head.at), at)
    if wanted.data_version != before.head.data_version:
        touched |= touched_since(cursor, before.head.data_version)
    if touched:
        hashes, people = leads_of(cursor, schema, rules, _marks(work), touched, at)
    if wanted.data_version != before.head.data_version:
        silent, was = quiet(cursor, consented(cursor, "personalisation", now())), before.members(QUIET)
        moves[QUIET] = (silent - was, was - silent)
    cursor.close()
    return Part(wanted, hashes, people, moves)


def _marks(work: Work) -> Marks:
    return Marks(read_key(work.folder.key, make=True))
