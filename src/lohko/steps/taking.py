"""Messages on their way from the inbox into the log: understood, compared with what is known, given their nodes, written as one batch a source.

A batch counts in the transaction that also moves the inbox's position, so that each
delivery is taken once, however often this is cut short.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from lohko.base.clock import now
from lohko.base.text import fold
from lohko.engine.message_ids import Seen, known_messages
from lohko.engine.messages import CLAIMED, FIXED, MadeColumn, as_json, write_accepted, write_raw
from lohko.landing import log
from lohko.landing.messages import Message, Refused
from lohko.landing.told import Identity, Told, account_values, understand
from lohko.landing.visitor_token import read_token
from lohko.landing.well_known import EVENTS
from lohko.model.account import DEAL
from lohko.model.orders import DERIVED
from lohko.model.schema import Schema
from lohko.state import batches, people, schema
from lohko.state.suppression import Digests, any_suppressed, read_key, suppressed
from lohko.state.workspace import note
from lohko.state.write_keys import WriteKey, token_secret, write_keys
from lohko.steps.message_columns import Columns
from lohko.steps.unify import may_be_known
from lohko.steps.work import Work

KIND = batches.MESSAGES
COUNTED = ("received", "stored", "duplicate", "rejected", "suppressed")
_LONGEST_NAME = 200
_RESERVED = frozenset({*DERIVED, DEAL})
"""What is made of files of orders and of deals: the company's figures are read from it, so no message may say it."""
_MAPPING = {"customer_id": "userId", "anonymous_id": "anonymousId", "email": "previousId"}
"""Where a rejected message says whose it is: for an erasure, which looks for short numbers there alone."""


@dataclass(frozen=True)
class Arrived:
    """One message as it came: by which key, when, and what of it could be read."""

    key: WriteKey
    received_at: dt.datetime
    told: Told | str
    """What it means, or why it cannot be used: known without the store, so that it is found out while somebody else has that."""
    again: Callable[[], str]
    """As it is kept when it cannot be used: the message with whatever is needed to read it again."""


@dataclass
class Sorted:
    """What became of the messages of a source."""

    accepted: list[tuple[int, Arrived, Told]] = field(default_factory=list)
    rejected: list[tuple[int, Arrived, str]] = field(default_factory=list)
    outcomes: list[tuple[Arrived, str]] = field(default_factory=list)
    """Of every message, which of COUNTED it is."""


@dataclass(frozen=True)
class Batch:
    """A batch that was registered: its row, and whether by it people may have to be joined."""

    row: dict[str, Any]
    identifies: bool


class Understanding:
    """What messages mean, by the key that each came by; nothing that is known of anybody is asked for."""

    def __init__(self, work: Work) -> None:
        self._country = work.settings.country
        self._key = read_key(work.folder.key, make=True)
        self._secrets: dict[str, bytes] = {}

    def of(self, key: WriteKey, received_at: dt.datetime, item: Message | Refused) -> Told | str:
        """A message, understood; or the reason why it cannot be used."""
        if isinstance(item, Refused):
            return item.reason
        try:
            return understand(item, server=key.kind == "server", token=self._token(key, received_at, item), country=self._country)
        except Exception as error:
            # A mistake of ours must not keep everybody else's events waiting: it is told, and the message is kept until it is mended.
            _log.error("a message could not be understood: %s", type(error).__name__)
            return "failed"

    def _token(self, key: WriteKey, received_at: dt.datetime, message: Message) -> dict[str, Any] | None:
        """What the token of a page's message says, when it is true."""
        given = message.context.get("token")
        if given is None or key.kind != "public":
            return None
        secret = self._secrets.setdefault(key.id, token_secret(self._key, key.id))
        return read_token(given, secret, received_at)


class Kept:
    """Who was erased, when a chunk of messages is taken."""

    def __init__(self, work: Work) -> None:
        with work.state.connect() as connection:
            self._out = suppressed(connection) if any_suppressed(connection) else set()
        self._digests = Digests(read_key(work.folder.key, make=True), work.settings.country)

    def erased(self, source: str, told: Told) -> bool:
        """Whether a message is about somebody who was erased."""
        if not self._out:
            return False
        ids = [told.who, *([told.other] if told.other else [])]
        if told.previous:
            ids += [("id", told.previous), ("anonymous", told.previous)]
        found = {self._digests.identity(source, *one) for one in ids}
        found |= {self._digests.email(value) for _, value in ids if "@" in value}
        for item in told.values:
            if item.role == "attribute" and item.name == "email":
                found.add(self._digests.email(str(item.value)))
            elif item.role == "attribute" and item.name == "phone" and (number := self._digests.phone(str(item.value))):
                found.add(number)
        return not self._out.isdisjoint(found)

    def claimed(self, source: str, told: Told) -> Mapping[str, Any]:
        """What a page claimed, without what names somebody who was erased."""
        named = told.claimed.get("userId")
        gone = self._out and named and self._digests.identity(source, "id", named) in self._out
        return {} if gone else told.claimed


_log = logging.getLogger("lohko.events")
Resolved = dict[str, list[int]]
"""Per batch, the records of rejected messages that became something else since."""


def keep_messages(
    work: Work,
    connection: Connection,
    kept: Kept,
    source: str,
    arrived: Sequence[Arrived],
    scratch: Path,
    *,
    retried: Callable[[set[int]], Resolved] | None = None,
    failed: Container[int] = (),
) -> list[Batch]:
    """Write the messages of a source as one batch and register it, and what they say of companies as another; call it with `work.guard` held. It counts when the transaction does.

    With `retried` they were rejected before: what is not so any more is counted, what
    still is stays where it was, and `retried` tells of the latter's places which the others are.
    Those at the places `failed` are rejected whatever they are (`steps/culprits.py`).
    """
    found = _sorted(work, connection, kept, source, arrived, failed)
    number = batches.next_number(connection)
    nodes, new = _nodes(connection, source, found, number)
    columns = Columns(connection)
    cursor = work.store.cursor()
    folder = scratch / f"batch-{source}"
    folder.mkdir()
    made, extras = columns.of([(item.key, told) for _, item, told in found.accepted])
    _write_rows(cursor, found, nodes, made, extras, folder)
    claims = [(record, body) for record, _, told in found.accepted if (body := as_json(kept.claimed(source, told)))]
    if claims:
        write_raw(cursor, claims, folder / CLAIMED, rejected=False)
    rejects = [] if retried is not None else [(record, reason, None, item.again()) for record, item, reason in found.rejected]
    write_raw(cursor, rejects, folder / log.REJECTED, rejected=True)
    cursor.close()
    still = {record for record, _, _ in found.rejected}
    report = _report(found, len(new), None if retried is None else retried(still))
    row = _register(connection, work, folder, number, source, KIND, columns.plan, report)
    told_of = any(item["role"] == "attribute" for item in columns.plan)
    identifies = told_of or may_be_known(connection, new)
    if told_of:
        schema.ensure_of_accounts(connection)  # what companies have without being told, once somebody is told to be of one
    companies = _keep_accounts(work, connection, source, found, scratch)
    return [Batch(row, identifies), *([Batch(companies, False)] if companies is not None else [])]


def _keep_accounts(work: Work, connection: Connection, source: str, found: Sorted, scratch: Path) -> dict[str, Any] | None:
    """What messages say of companies, as a batch of its own; None when they say nothing."""
    said = [(record, item, told) for record, item, told in found.accepted if told.account is not None]
    if not said:
        return None
    columns = Columns(connection)
    told_of = [
        (item.key, told._replace(event=None, values=account_values(*told.account, work.settings.country)))
        for _, item, told in said
        if told.account is not None
    ]
    made, _ = columns.of(told_of)
    fixed: dict[str, list[Any]] = {name: [None] * len(said) for name in FIXED}
    fixed["record"] = [record for record, _, _ in said]
    fixed["at"] = [_naive(told.message.at) for _, _, told in said]
    fixed["message_id"] = [fold(told.account[0]) for _, _, told in said if told.account is not None]
    fixed["digest"] = [told.message.digest for _, _, told in said]
    folder = scratch / f"accounts-{source}"
    folder.mkdir()
    cursor = work.store.cursor()
    write_accepted(cursor, fixed, made, folder / log.ACCEPTED)
    cursor.close()
    number = batches.next_number(connection)
    return _register(connection, work, folder, number, source, "accounts", columns.plan, dict.fromkeys(COUNTED, 0))


# --- what becomes of each message --------------------------------------------------------------


def _sorted(work: Work, connection: Connection, kept: Kept, source: str, arrived: Sequence[Arrived], failed: Container[int]) -> Sorted:
    found, there = Sorted(), schema.read_schema(connection)
    known = _known(work, source, arrived)
    names = _Names(there)
    for record, item in enumerate(arrived):
        outcome = "failed" if record in failed else _outcome(kept, source, item, known, names)
        if isinstance(outcome, Told):
            found.accepted.append((record, item, outcome))
            number = outcome.message.message_id
            if number is not None:
                known[number] = outcome.message.digest
        elif outcome not in COUNTED:
            found.rejected.append((record, item, outcome))
        found.outcomes.append((item, "stored" if isinstance(outcome, Told) else outcome if outcome in COUNTED else "rejected"))
    return found


def look_back(work: Work) -> None:
    """Read which messages are known, so that the first that come do not wait for it: some seconds where there are many millions."""
    with work.guard, work.state.connect() as connection:
        sources = {key.source for key in write_keys(connection)}
    for source in sorted(sources):
        with work.guard:
            _known(work, source, [])


def _known(work: Work, source: str, arrived: Iterable[Arrived]) -> dict[str, str]:
    ids = {number for item in arrived if isinstance(item.told, Told) and (number := item.told.message.message_id) is not None}
    seen = work.seen_messages.setdefault(source, Seen())
    cursor = work.store.cursor()
    try:
        return known_messages(cursor, seen, source, work.schema(), sorted(ids), work.data_version())
    finally:
        cursor.close()


def _outcome(kept: Kept, source: str, item: Arrived, known: dict[str, str], names: _Names) -> Told | str:
    """The message as it is stored; else one of COUNTED, or the reason why it is rejected."""
    told = item.told
    if isinstance(told, str):
        return told
    if kept.erased(source, told):
        return "suppressed"
    before = known.get(told.message.message_id or "")
    if before is not None:
        return "duplicate" if before == told.message.digest else "changed_message"
    return names.refusal(item.key, told) or told


class _Names:
    """Which kinds of event there may be."""

    def __init__(self, there: Schema) -> None:
        self._there = there
        self._added: set[str] = set()
        self._met: set[str] = set()

    def refusal(self, key: WriteKey, told: Told) -> str | None:
        """Why an event of that name cannot be kept; None when it can."""
        if told.event is None or told.event in self._met:
            return None
        if fold(told.event) in _RESERVED:
            return "reserved_event"
        if fold(told.event) in self._there.events or fold(told.event) in self._added:
            self._met.add(told.event)
            return None
        if len(told.event) > _LONGEST_NAME or not fold(told.event):
            return "bad_name"
        if key.kind == "public" and not key.new_names and told.event not in EVENTS:
            return "unknown_event"
        if len(self._there.events) + len(self._added) >= schema.MOST_EVENT_TYPES:
            return "too_many_names"
        self._added.add(fold(told.event))
        return None


def _nodes(connection: Connection, source: str, found: Sorted, number: int) -> tuple[dict[Identity, int], list[people.Node]]:
    """The node of every identity that is spoken of, and those that are new."""
    wanted: set[Identity] = set()
    for _, _, told in found.accepted:
        wanted |= {told.who, *([told.other] if told.other else [])}
        if told.previous is not None:
            wanted |= {("id", told.previous), ("anonymous", told.previous)}
    nodes = people.known(connection, source, sorted(wanted))
    fresh = people.allocate(connection, source, sorted(wanted - nodes.keys()), number)
    return nodes | {(node.kind, node.value): node.node for node in fresh}, fresh


# --- the rows ----------------------------------------------------------------------------------


def _write_rows(
    cursor: Any, found: Sorted, nodes: dict[Identity, int], made: list[MadeColumn], extras: dict[int, dict[str, Any]], folder: Path
) -> None:
    told = [one for _, _, one in found.accepted]
    previous = [one.previous for one in told]
    fixed: dict[str, list[Any]] = {
        "record": [record for record, _, _ in found.accepted],
        "node": [nodes[one.who] for one in told],
        "other": [nodes[one.other] if one.other else None for one in told],
        "previous": [None if one is None else nodes["anonymous", one] for one in previous],
        "former": [None if one is None else nodes["id", one] for one in previous],
        "at": [_naive(one.message.at) for one in told],
        "received_at": [_naive(item.received_at) for _, item, _ in found.accepted],
        "event": [one.event for one in told],
        "message_id": [one.message.message_id for one in told],
        "digest": [one.message.digest for one in told],
        "write_key": [item.key.id for _, item, _ in found.accepted],
        "extra": [as_json({**extras[place], **one.unfit} if place in extras else one.unfit) for place, one in enumerate(told)],
    }
    write_accepted(cursor, {name: fixed[name] for name in FIXED}, made, folder / log.ACCEPTED)


@lru_cache(maxsize=1 << 12)
def _naive(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")


@lru_cache(maxsize=1 << 12)
def _hour(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%dT%H}"


# --- what is said of it ------------------------------------------------------------------------


def _report(found: Sorted, new: int, retried: Resolved | None) -> dict[str, Any]:
    hours: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: Counter[str] = Counter()
    for item, outcome in found.outcomes:
        hour = hours[_hour(item.received_at)]
        if retried is None:
            hour["received"] += 1
        elif outcome != "rejected":
            hour["rejected"] -= 1
        if retried is None or outcome != "rejected":
            hour[outcome] += 1
    for _, _, reason in found.rejected:
        reasons[reason] += 1
    totals = {name: sum(hour[name] for hour in hours.values()) for name in COUNTED}
    return {
        **totals,
        "hours": {hour: {name: counts[name] for name in COUNTED} for hour, counts in sorted(hours.items()) if any(counts.values())},
        "rejected_by_reason": dict(sorted(reasons.items())) if retried is None else {},
        "new_customers": new,
        "mapping": _MAPPING,
        **({"resolved": retried} if retried is not None else {}),
    }


def _register(
    connection: Connection,
    work: Work,
    folder: Path,
    number: int,
    source: str,
    kind: str,
    plan: list[dict[str, Any]],
    report: dict[str, Any],
) -> dict[str, Any]:
    body = {"batch": number, "source": source, "kind": kind, "sha256": "", "plan": plan, "report": report}
    digest = log.write_manifest(folder, body)
    name = f"batch-{number:06}"
    log.publish(folder, work.folder.landing, name)
    row = {
        "number": number,
        "source": source,
        "kind": kind,
        "file_name": "",
        "sha256": "",
        "received_at": now().isoformat(),
        "folder": name,
        "manifest_sha256": digest,
        "replaces": False,
        "plan": plan,
        "report": report,
        "received": report["received"],
        "accepted": report["stored"],
        "duplicate": report["duplicate"],
        "rejected": report["rejected"],
        "anonymous": 0,
    }
    batches.register(connection, row)
    if kind == KIND:
        note(connection, "events_taken", {"batch": number, "source": source, **{name: report[name] for name in COUNTED}})
    return row
