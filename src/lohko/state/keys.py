"""Keys by which programs use the API: what each may do, whose it is, and the digest by which it is known again.

A key reads `lohko_ID_SECRET`: looked up by its id, then its digest is compared in
constant time, so what it takes tells nothing of how close a guess was.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.state.user_tables import api_key
from lohko.state.users import digest, secret

PREFIX = "lohko_"
LOOKUP = "lookup"
"""The scope of a key with which it is asked, at the events' port, which segments somebody is in."""
_TOUCH = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Key:
    """A key as it can be shown: never the secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    user: str | None
    created_at: str
    expires_at: str | None
    last_used: str | None
    revoked_at: str | None

    @property
    def shown(self) -> str:
        """The beginning of the key, by which its owner knows it again."""
        return f"{PREFIX}{self.id}_…"

    @property
    def holds(self) -> bool:
        """Whether it can be used now."""
        return self.revoked_at is None and (self.expires_at is None or dt.datetime.fromisoformat(self.expires_at) > now())


def keys(connection: Connection) -> list[Key]:
    """Every key, the newest first."""
    return [_key(dict(row._mapping)) for row in connection.execute(select(api_key).order_by(api_key.c.created_at.desc()))]


def _key(row: Mapping[str, Any]) -> Key:
    values: dict[str, Any] = {name: row[name] for name in Key.__dataclass_fields__}
    return Key(**(values | {"scopes": tuple(row["scopes"])}))


def add(connection: Connection, name: str, scopes: Sequence[str], user: str | None, expires_at: str | None) -> tuple[str, Key]:
    """A new key: the text that its owner gets once, and what is kept of it."""
    made, _ = secret()
    key = Key(secrets.token_hex(4), name, tuple(scopes), user, now().isoformat(), expires_at, None, None)
    text = f"{PREFIX}{key.id}_{made}"
    connection.execute(insert(api_key).values(**(key.__dict__ | {"scopes": list(scopes), "digest": digest(text)})))
    return text, key


def known(connection: Connection, given: str) -> Key | None:
    """The key that a text is, when it holds."""
    if not given.startswith(PREFIX):
        return None
    row = connection.execute(select(api_key).where(api_key.c.id == given.removeprefix(PREFIX).partition("_")[0])).first()
    same = hmac.compare_digest(digest(given), row.digest if row is not None else digest(""))
    found = _key(dict(row._mapping)) if row is not None and same else None
    return found if found is not None and found.holds else None


def by_digest(connection: Connection, scope: str) -> dict[str, Key]:
    """The keys that have a scope and are not revoked, by the digest of their text; whether one holds still is asked when it is used."""
    rows = connection.execute(select(api_key).where(api_key.c.revoked_at.is_(None)))
    return {row.digest: _key(dict(row._mapping)) for row in rows if scope in row.scopes}


def stale(key: Key) -> bool:
    """Whether its last use was so long ago that this one has to be written down."""
    return key.last_used is None or now() - dt.datetime.fromisoformat(key.last_used) > _TOUCH


def touch(connection: Connection, key: str) -> None:
    """Write down that a key was used just now."""
    connection.execute(update(api_key).where(api_key.c.id == key).values(last_used=now().isoformat()))


def revoke_all(connection: Connection) -> int:
    """No key holds any more; how many did not say so already."""
    return int(connection.execute(update(api_key).where(api_key.c.revoked_at.is_(None)).values(revoked_at=now().isoformat())).rowcount)


def revoke(connection: Connection, given: str) -> Key:
    """A key does not hold any more; InputError when there is none of that id."""
    wanted = given.removeprefix(PREFIX).partition("_")[0]
    all_keys = {item.id: item for item in keys(connection)}
    if wanted not in all_keys:
        raise InputError("unknown_key", "There is no such key.", hint=did_you_mean(wanted, all_keys) or "`lohko key list` shows them.")
    if all_keys[wanted].revoked_at is None:
        connection.execute(update(api_key).where(api_key.c.id == wanted).values(revoked_at=now().isoformat()))
    return all_keys[wanted]
