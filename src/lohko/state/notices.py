"""What users are told: that a definition which they own, follow, or which stands behind one of theirs, has changed.

Written where a definition is saved, in the same transaction: so it does not matter by
which way it was changed, and a change that does not count tells nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from lohko.base.clock import now
from lohko.base.text import fold
from lohko.model.dependencies import behind
from lohko.model.segment import Segment
from lohko.state.acting import acting_user, actor
from lohko.state.tables import receipt
from lohko.state.user_tables import follow, notice
from lohko.state.users import User, users

Why = dict[str, str]
"""One reason to be told: `kind` is own, follow, behind or sent; `of` the segment or destination that it is about."""


def tell(connection: Connection, segments: Mapping[str, Segment], changed: str, version: int) -> int:
    """Tell of a segment that has changed, all definitions as they are now; how many were told. Who changed it is not."""
    using = _using(segments, changed)
    followed = {(row.user, row.segment) for row in connection.execute(select(follow))}
    sent = [row[0] for row in connection.execute(select(receipt.c.destination).where(receipt.c.segment == changed).distinct())]
    rows = []
    for user in users(connection):
        if user.disabled or user.id == acting_user():
            continue
        why = _why(user, segments, changed, using, followed)
        if sent and user.role in ("steward", "admin"):
            why += [{"kind": "sent", "of": name} for name in sorted(sent)]
        if why:
            at = now().isoformat()
            rows.append({"user": user.id, "at": at, "segment": changed, "version": version, "by": actor(), "why": why, "seen": False})
    if rows:
        connection.execute(insert(notice), rows)
    return len(rows)


def _using(segments: Mapping[str, Segment], changed: str) -> list[str]:
    """The segments that a segment stands behind, also by way of others."""
    definitions = {name: item.definition for name, item in segments.items()}
    directly = {name: behind(definitions, name) for name in definitions}
    found, new = set[str](), {changed}
    while new:
        new = {name for name, needed in directly.items() if new & set(needed)} - found - {changed}
        found |= new
    return sorted(found)


def _why(user: User, segments: Mapping[str, Segment], changed: str, using: list[str], followed: set[tuple[str, str]]) -> list[Why]:
    names = {user.id, user.email, fold(user.name)} - {""}

    def concerns(name: str) -> str | None:
        owner = segments[name].owner if name in segments else None
        if owner is not None and fold(owner) in names:
            return "own"
        return "follow" if (user.id, name) in followed else None

    own = concerns(changed)
    found = [{"kind": own, "of": changed}] if own is not None else []
    return found + [{"kind": "behind", "of": name} for name in using if concerns(name) is not None]


def of_user(connection: Connection, user: str, limit: int = 100) -> list[dict[str, Any]]:
    """What a user was told, the newest first."""
    rows = connection.execute(select(notice).where(notice.c.user == user).order_by(notice.c.id.desc()).limit(limit))
    return [dict(row._mapping) for row in rows]


def unseen(connection: Connection, user: str) -> int:
    """How much of it they have not looked at."""
    return int(connection.execute(select(func.count()).where(notice.c.user == user, notice.c.seen.is_(False))).scalar_one())


def mark_seen(connection: Connection, user: str) -> int:
    """They have looked at all of it; how much was new."""
    return int(connection.execute(update(notice).where(notice.c.user == user, notice.c.seen.is_(False)).values(seen=True)).rowcount)


def followed_by(connection: Connection, user: str) -> list[str]:
    """The segments that a user follows."""
    return [row[0] for row in connection.execute(select(follow.c.segment).where(follow.c.user == user).order_by(follow.c.segment))]


def set_following(connection: Connection, user: str, segment: str, following: bool) -> None:
    """A user follows a segment, or does not any more."""
    connection.execute(delete(follow).where(follow.c.user == user, follow.c.segment == segment))
    if following:
        connection.execute(insert(follow).values(user=user, segment=segment))
