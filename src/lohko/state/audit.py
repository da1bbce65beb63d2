"""The audit: who saw, changed or exported what, as a chain of hashes that shows when an entry was altered.

An entry's `payload` is an HMAC of what it says, with a salt of its own; its `hash`
is taken over the entry before it, its time, its action, who did it, and the
payload. So what an entry says about a person can be blanked when they are erased
(`people`, `detail` and `salt` go) and the chain still holds: what the payload was
can then not be guessed by anybody. A blanked entry has to be named by a later one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from lohko.base.clock import now
from lohko.state.acting import actor
from lohko.state.tables import audit, audit_link

START = "0" * 64
ERASED = "person_erased"
"""The action of the entry that names those that were blanked."""


@dataclass(frozen=True)
class Entry:
    """One entry; people and detail are empty when it was blanked, hash is None when it is older than the chain."""

    id: int
    at: str
    action: str
    by: str
    people: tuple[str, ...]
    detail: dict[str, Any]
    blanked: bool
    hash: str | None


def append(connection: Connection, action: str, detail: dict[str, Any], people: Sequence[str] = ()) -> int:
    """Add an entry to the chain; it counts when the caller's transaction commits. Detail holds counts and names, `people` public ids."""
    at, by, salt = now().isoformat().replace("+00:00", "Z"), actor(), secrets.token_hex(16)
    # Inserted first: that takes SQLite's one place for writers, so nobody else can add to the same end of the chain.
    number = int(connection.execute(insert(audit).values(at=at, action=action, detail=detail)).inserted_primary_key[0])  # type: ignore[index]
    before = connection.execute(
        select(audit_link.c.hash).where(audit_link.c.id < number).order_by(audit_link.c.id.desc()).limit(1)
    ).scalar()
    payload = _payload(salt, people, detail)
    link = _hash(before or START, at, action, by, payload)
    connection.execute(insert(audit_link).values(id=number, by=by, people=list(people), salt=salt, payload=payload, hash=link))
    return number


def entries(connection: Connection, limit: int | None = None, action: str | None = None) -> list[Entry]:
    """The entries, the oldest first; with a limit the latest ones of them, and of one action where it is named."""
    wanted = (
        select(audit, audit_link.c.by, audit_link.c.people, audit_link.c.salt, audit_link.c.hash)
        .outerjoin(audit_link, audit_link.c.id == audit.c.id)
        .order_by(audit.c.id.desc())
    )
    wanted = wanted if action is None else wanted.where(audit.c.action == action)
    rows = connection.execute(wanted if limit is None else wanted.limit(limit)).all()
    return [
        Entry(
            row.id,
            row.at,
            row.action,
            row.by or "",
            tuple(row.people or ()),
            row.detail,
            row.hash is not None and row.salt is None,
            row.hash,
        )
        for row in reversed(rows)
    ]


@dataclass(frozen=True)
class Verdict:
    """What looking through the chain found: `broken` is the first entry that is not as it was written."""

    entries: int
    blanked: int
    before_the_chain: int
    head: str
    broken: int | None
    why: str | None


def verify(connection: Connection, head: str | None = None) -> Verdict:
    """Walk the chain; with `head`, a hash noted earlier and elsewhere, also look whether it still stands in it."""
    rows = connection.execute(select(audit, audit_link).outerjoin(audit_link, audit_link.c.id == audit.c.id).order_by(audit.c.id)).all()
    lost = connection.execute(select(audit_link.c.id).where(audit_link.c.id.not_in(select(audit.c.id)))).first()
    before, count, older, seen = START, 0, 0, {START}
    blanked: list[int] = []
    named = {number for row in rows if row.action == ERASED for number in row.detail.get("audit_entries_blanked", ())}

    def broken(number: int, why: str) -> Verdict:
        return Verdict(count, len(blanked), older, before, number, why)

    if lost is not None:
        return broken(int(lost[0]), "it was removed")
    last = None
    for row in rows:
        if row.hash is None:
            if count:
                return broken(row.id, "it was added without a hash")
            older += 1
            continue
        if last is not None and row.id != last + 1:
            return broken(last + 1, "it was removed")
        if row.hash != _hash(before, row.at, row.action, row.by, row.payload):
            return broken(row.id, "it is not what was written, or the one before it is not")
        if row.salt is None:
            if row.id not in named:
                return broken(row.id, "it was blanked, and no erasure names it")
            blanked.append(row.id)
        elif row.payload != _payload(row.salt, row.people, row.detail):
            return broken(row.id, "what it says was altered")
        before, last, count = row.hash, row.id, count + 1
        seen.add(before)
    if head is not None and head not in seen:
        return Verdict(
            count,
            len(blanked),
            older,
            before,
            last,
            "the hash noted earlier is not in the chain: its end was cut off, or all was written anew",
        )
    return Verdict(count, len(blanked), older, before, None, None)


def blank(connection: Connection, people: Iterable[str], is_theirs: Callable[[str], bool] = lambda _text: False) -> list[int]:
    """Take out what entries say of these people (public ids), or in which a text is theirs; the numbers of the entries."""
    ids = set(people)
    rows = connection.execute(select(audit.c.id, audit.c.detail, audit_link.c.people).join(audit_link, audit_link.c.id == audit.c.id)).all()
    found = [row.id for row in rows if ids & set(row.people) or _says(row.detail, is_theirs)]
    for number in found:
        connection.execute(update(audit).where(audit.c.id == number).values(detail={}))
        connection.execute(update(audit_link).where(audit_link.c.id == number).values(people=[], salt=None))
    return found


def _says(value: Any, is_theirs: Callable[[str], bool]) -> bool:
    match value:
        case str():
            return is_theirs(value)
        case list():
            return any(_says(item, is_theirs) for item in value)
        case dict():
            return any(_says(item, is_theirs) for item in value.values())
    return False


def _payload(salt: str, people: Sequence[str], detail: dict[str, Any]) -> str:
    said = json.dumps([list(people), detail], sort_keys=True, ensure_ascii=False)
    return hmac.digest(bytes.fromhex(salt), said.encode(), "sha256").hex()


def _hash(before: str, at: str, action: str, by: str, payload: str) -> str:
    return hashlib.sha256("\x1f".join((before, at, action, by, payload)).encode()).hexdigest()
