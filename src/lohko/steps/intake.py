"""Events that came in over HTTP: taken from the inbox into the log and the store, their books, and those that were rejected."""

from __future__ import annotations

import datetime as dt
import json
import logging
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from lohko.base.errors import InputError
from lohko.engine.incoming import read_rejected
from lohko.landing import inbox, log
from lohko.landing.delivery import Delivery
from lohko.landing.inbox import Position
from lohko.landing.messages import messages_of
from lohko.state import batches
from lohko.state import inbox as inbox_state
from lohko.state.identity_rules import read_through
from lohko.state.workspace import note
from lohko.state.write_keys import WriteKey, touch, write_keys
from lohko.steps.culprits import OF_CONTENT, culprits
from lohko.steps.load import load_lacking, load_registered
from lohko.steps.taking import COUNTED, KIND, Arrived, Batch, Kept, Resolved, Understanding, keep_messages
from lohko.steps.unify import pass_over, unify_touched
from lohko.steps.vouching import join_vouched
from lohko.steps.work import Progress, Work, silent

MOST_BYTES = 4 << 20
"""So much of the inbox becomes batches at once."""
_AGAIN_SECONDS = 0.05
AT_ONCE = 5_000
"""So many rejected messages are read, and tried again, at a time."""
Held = tuple[Mapping[str, Any], dict[str, Any]]
"""A rejected message with the row of its batch."""
_log = logging.getLogger("lohko.events")


def events_take(work: Work, progress: Progress) -> dict[str, Any]:
    """Take everything that waits in the inbox; what became of it."""
    sums: Counter[str] = Counter(dict.fromkeys((*COUNTED, "batches", "joined"), 0))
    finish_joining(work, progress)
    while (taken := take_some(work, progress)) is not None:
        sums.update(taken)
        progress(0.5, "taking events")
    progress(1.0, "done")
    return {**sums, "data_version": work.data_version()}


@dataclass(frozen=True)
class _Waiting:
    """What waits behind a position of the inbox, up to another: read and understood, by its source."""

    after: Position
    position: Position
    deliveries: list[Delivery]
    by_source: dict[str, list[Arrived]]
    damaged: int

    def then(self, more: _Waiting) -> _Waiting:
        """With what waits behind it."""
        both = {
            name: self.by_source.get(name, []) + more.by_source.get(name, []) for name in sorted(self.by_source.keys() | more.by_source)
        }
        return _Waiting(self.after, more.position, self.deliveries + more.deliveries, both, self.damaged + more.damaged)


def _through(work: Work) -> Position:
    with work.state.connect() as connection:
        return Position(*inbox_state.read_through(connection))


def _waiting(work: Work, after: Position) -> _Waiting:
    got = inbox.read(work.folder.inbox, after, MOST_BYTES)
    deliveries = [Delivery.unpack(data) for data in got.deliveries]
    with work.state.connect() as connection:  # later than the deliveries, so that their keys are there
        keys = {key.id: key for key in write_keys(connection)}
    return _Waiting(after, got.position, deliveries, _by_source(deliveries, keys, Understanding(work)), got.damaged)


def take_some(work: Work, progress: Progress = silent) -> dict[str, int] | None:
    """Take some of what waits; None when nothing does."""
    with _our_turn(work) as waiting:
        load_lacking(work)
        position = _through(work)
        if waiting is None or waiting.after != position:
            waiting = _waiting(work, position)
        if waiting.position == position:
            return None
        scratch = log.scratch_folder(work.folder.scratch)
        try:
            kept = Kept(work)
            try:
                made = _keep(work, kept, waiting, {}, scratch)
            except OF_CONTENT as error:
                _log.error("messages could not be kept: %s; those that fail are kept as rejected", type(error).__name__)
                failed = {source: culprits(work, kept, source, arrived, scratch) for source, arrived in waiting.by_source.items()}
                made = _keep(work, kept, waiting, failed, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        joined = _load(work, made, progress)
        inbox.forget(work.folder.inbox, waiting.position)
    sums: Counter[str] = Counter({"batches": len(made), "joined": joined})
    for item in made:
        sums.update({name: item.row["report"][name] for name in COUNTED})
    return dict(sums)


@contextmanager
def _our_turn(work: Work) -> Iterator[_Waiting | None]:
    """The store is ours in the block, and we have what waits in the inbox: it was read and understood while somebody else had the store, which is two thirds of the work."""
    waiting = _wait_for_our_turn(work)
    try:
        yield waiting
    finally:
        work.guard.release()


def _wait_for_our_turn(work: Work) -> _Waiting | None:
    waiting = None
    with suppress(FileNotFoundError):  # somebody else has taken it, and removed the file
        waiting = _waiting(work, _through(work))
        while not work.guard.acquire(timeout=_AGAIN_SECONDS):
            if sum(len(item.body) for item in waiting.deliveries) < MOST_BYTES:
                waiting = waiting.then(_waiting(work, waiting.position))
        return waiting
    work.guard.acquire()
    return waiting


def _keep(work: Work, kept: Kept, waiting: _Waiting, failed: Mapping[str, set[int]], scratch: Path) -> list[Batch]:
    """Make batches of what waits, and of `failed` what is kept as rejected, and move the inbox's position with them."""
    made, folder = list[Batch](), log.scratch_folder(scratch)
    with work.state.begin() as connection:
        for source, arrived in waiting.by_source.items():
            made += keep_messages(work, connection, kept, source, arrived, folder, failed=failed.get(source, ()))
        inbox_state.save_through(connection, waiting.position.file, waiting.position.offset)
        if waiting.deliveries:
            touch(connection, {item.key for item in waiting.deliveries}, waiting.deliveries[-1].received_at.isoformat())
        if waiting.damaged:
            note(connection, "inbox_damaged", {"bytes": waiting.damaged})
            _log.error("the inbox is damaged: %s bytes of it cannot be read", waiting.damaged)
    return made


def _load(work: Work, made: Sequence[Batch], progress: Progress) -> int:
    """Load batches that count, and join whom they say to be one; how many ids moved."""
    for item in made:
        load_registered(work.store, work.state, work.folder, item.row, work.expect(item.row["number"]), work.settings.currency)
        if item.row["source"] in work.seen_messages:
            work.seen_messages[item.row["source"]].through = item.row["number"]
    moved = join_vouched(work)
    if any(item.identifies for item in made):
        return moved + unify_touched(work, progress)
    if made:
        pass_over(work, made[0].row["number"])
    return moved


def finish_joining(work: Work, progress: Progress = silent) -> None:
    """Join what was left unjoined when something was cut short between a batch and this."""
    if not work.folder.inbox.exists():
        return
    with work.guard:
        load_lacking(work)
        join_vouched(work)
        with work.state.connect() as connection:
            through = read_through(connection)
            left = any(row["number"] > through and row["report"]["new_customers"] for row in _rows(connection))
        if left:
            unify_touched(work, progress)


def forget_taken(work: Work) -> None:
    """Leave no byte in the inbox of what was taken."""
    with work.state.connect() as connection:
        position = Position(*inbox_state.read_through(connection))
    inbox.forget(work.folder.inbox, position, wholly=True)


def _by_source(deliveries: Iterable[Delivery], keys: Mapping[str, WriteKey], understanding: Understanding) -> dict[str, list[Arrived]]:
    found: dict[str, list[Arrived]] = defaultdict(list)
    for item in deliveries:
        key = keys[item.key]
        found[key.source] += _arrived(json.loads(item.body), key, item, understanding)
    return dict(sorted(found.items()))


def _arrived(given: dict[str, Any], key: WriteKey, delivery: Delivery, understanding: Understanding) -> list[Arrived]:
    """The messages of a delivery in their order."""
    at, kind = delivery.received_at, delivery.kind
    decoded = messages_of(given, at, kind, len(delivery.body))
    both: list[Any] = sorted([*decoded.messages, *decoded.refused], key=lambda item: item.place)
    return [Arrived(key, at, understanding.of(key, at, item), partial(_again, given, item, key, at, kind)) for item in both]


def _again(given: Mapping[str, Any], item: Any, key: WriteKey, received_at: dt.datetime, kind: str | None) -> str:
    """A message as it is kept when it cannot be used: with what its batch said of all, so that it can be read again alone."""
    body = json.loads(item.raw)
    if not isinstance(body, dict):
        body = {"message": body}
    shared = given.get("context")
    if given.get("batch") is not None:
        body.setdefault("sentAt", given.get("sentAt"))
        body["context"] = {
            **(shared if isinstance(shared, dict) else {}),
            **(body["context"] if isinstance(body.get("context"), dict) else {}),
        }
    body |= {"receivedAt": received_at.isoformat(), "lohkoKey": key.id, **({"type": kind} if kind else {})}
    return json.dumps(body, ensure_ascii=False)


# --- rejected ----------------------------------------------------------------------------------


def _rows(connection: Connection) -> list[dict[str, Any]]:
    return [row for row in batches.batches(connection) if row["kind"] == KIND]


def _still_rejected(work: Work, rows: Sequence[Mapping[str, Any]]) -> Iterator[Held]:
    """The messages that are rejected still, each with the row of its batch; no more than some thousands are held at a time."""
    resolved: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        for number, records in row["report"].get("resolved", {}).items():
            resolved[int(number)].update(records)
    cursor = work.store.cursor()
    for row in rows:
        path, after = work.folder.landing / row["folder"] / log.REJECTED, -1
        while row["report"]["rejected"] > 0 and (held := read_rejected(cursor, path, AT_ONCE, after=after)):
            after = held[-1]["record"]
            yield from ((row, item) for item in held if item["record"] not in resolved[row["number"]])
    cursor.close()


def events_rejected(work: Work, progress: Progress, *, limit: int = 20, reason: str | None = None) -> dict[str, Any]:
    """The messages that could not be used and are kept, with their reasons: how many of each, and some of them as they came."""
    if limit < 0:
        raise InputError("bad_limit", "A limit is a number from 0 on.")
    reasons: Counter[str] = Counter()
    shown: list[Held] = []
    with work.guard:
        with work.state.connect() as connection:
            rows = _rows(connection)
        for row, item in _still_rejected(work, rows):
            reasons[item["reason"]] += 1
            if len(shown) < limit and reason in (None, item["reason"]):
                shown.append((row, item))
    return {
        "rejected": reasons.total(),
        "by_reason": dict(sorted(reasons.items())),
        "messages": [
            {"batch": row["number"], "source": row["source"], "record": item["record"], "reason": item["reason"], "message": item["raw"]}
            for row, item in shown
        ],
    }


def events_retry(work: Work, progress: Progress) -> dict[str, Any]:
    """Look again at every rejected message: those that can be used now are, the others stay with their reason."""
    tried = used = 0
    with work.guard:
        load_lacking(work)
        with work.state.connect() as connection:
            rows, keys = _rows(connection), {key.id: key for key in write_keys(connection)}
        for source in sorted({row["source"] for row in rows}):
            held = _still_rejected(work, [row for row in rows if row["source"] == source])
            while group := list(islice(held, AT_ONCE)):
                made = _retry_some(work, source, group, keys)
                _load(work, made, progress)  # what was kept before something fails counts
                tried, used = tried + len(group), used + sum(-item.row["report"]["rejected"] for item in made)
                progress(0.5, "trying again")
    return {"tried": tried, "used": used, "rejected": tried - used, "data_version": work.data_version()}


def _retry_some(work: Work, source: str, group: Sequence[Held], keys: Mapping[str, WriteKey]) -> list[Batch]:
    scratch = log.scratch_folder(work.folder.scratch)
    try:
        return _retry(work, source, group, keys, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _retry(work: Work, source: str, group: Sequence[Held], keys: Mapping[str, WriteKey], scratch: Any) -> list[Batch]:
    understanding = Understanding(work)
    arrived = [_from_rejected(item["raw"], keys, understanding) for _, item in group]

    def resolved(still: set[int]) -> Resolved:
        if len(still) == len(group):
            raise _NothingNew
        found: Resolved = defaultdict(list)
        for place, (row, item) in enumerate(group):
            if place not in still:
                found[str(row["number"])].append(item["record"])
        return found

    def keep(failed: set[int]) -> list[Batch]:
        with work.state.begin() as connection:
            return keep_messages(work, connection, kept, source, arrived, log.scratch_folder(scratch), retried=resolved, failed=failed)

    kept = Kept(work)
    try:
        try:
            return keep(set())
        except OF_CONTENT:
            return keep(culprits(work, kept, source, arrived, scratch))
    except _NothingNew:
        return []


class _NothingNew(Exception):
    """All of them are rejected as before: nothing is kept."""


def _from_rejected(body: Any, keys: Mapping[str, WriteKey], understanding: Understanding) -> Arrived:
    raw = json.dumps(body, ensure_ascii=False)
    given = dict(body)
    key, received_at = keys[given.pop("lohkoKey")], dt.datetime.fromisoformat(given.pop("receivedAt"))
    again = messages_of({"batch": [given.get("message", given)]}, received_at)
    item = again.messages[0] if again.messages else again.refused[0]
    return Arrived(key, received_at, understanding.of(key, received_at, item), lambda: raw)
