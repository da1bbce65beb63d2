"""Keys of programs: made once and shown once, with scopes; listed without their secret; revoked at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.model.roles import WHAT_SCOPES_ARE, check_scopes
from lohko.state import keys as kept
from lohko.state import users
from lohko.state.acting import acting_user
from lohko.state.workspace import note
from lohko.steps.work import Progress, Work

_LONGEST_DAYS = 3650


def key_add(
    work: Work, progress: Progress, *, name: str, scopes: list[str], user: str | None = None, days: int | None = None
) -> dict[str, Any]:
    """A new key, whose text (`key`) is told this once; it may do what its scopes say and its owner may.

    It belongs to `user` (address or id), else to whoever is signed in, else to nobody,
    and then its scopes alone decide.
    """
    wanted, named = check_scopes(scopes), name.strip()
    if not named or len(named) > 100:
        raise InputError("bad_name", "A key has a name of 1 to 100 characters, such as the program's.")
    if days is not None and not 1 <= days <= _LONGEST_DAYS:
        raise InputError("bad_days", f"A key holds for 1 to {_LONGEST_DAYS} days.")
    until = None if days is None else (now() + dt.timedelta(days=days)).isoformat()
    with work.state.begin() as connection:
        owner = acting_user() if user is None else users.find(connection, user).id
        text, made = kept.add(connection, named, wanted, owner, until)
        note(connection, "key_added", {"key": made.id, "scopes": list(wanted), "user": owner})
        return {"key": text, **_shown(made, _emails(work))}


def key_list(work: Work, progress: Progress) -> dict[str, Any]:
    """Every key with what it may do, whose it is, and when it was last used."""
    emails = _emails(work)
    with work.state.connect() as connection:
        return {"keys": [_shown(item, emails) for item in kept.keys(connection)], "scopes": dict(WHAT_SCOPES_ARE)}


def key_revoke(work: Work, progress: Progress, *, key: str) -> dict[str, Any]:
    """A key (its id, or its beginning as shown) does not hold any more, from the next request on."""
    with work.state.begin() as connection:
        found = kept.revoke(connection, key)
        note(connection, "key_revoked", {"key": found.id})
    return {"id": found.id, "name": found.name}


def _emails(work: Work) -> dict[str, str]:
    with work.state.connect() as connection:
        return {item.id: item.email for item in users.users(connection)}


def _shown(key: kept.Key, emails: dict[str, str]) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "begins": key.shown,
        "scopes": list(key.scopes),
        "user": emails.get(key.user or ""),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used": key.last_used,
        "revoked_at": key.revoked_at,
        "holds": key.holds,
    }
