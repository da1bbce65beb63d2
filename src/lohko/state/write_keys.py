"""Keys by which events come in. They only write: nothing of the workspace can be read with one.

A *server* key is a secret of the company's own programs, and what it says of people
takes effect. A *public* key stands in every page of the shop, so it is no secret and
proves nothing: its text is kept, for putting it into pages again.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.state.event_tables import write_key, write_key_origin
from lohko.state.users import digest, secret

Kind = Literal["server", "public"]
KINDS: tuple[Kind, ...] = ("server", "public")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?")
_BEGINS = {"server": "lohko_ws_", "public": "lohko_wp_"}


@dataclass(frozen=True)
class WriteKey:
    """A write key as it can be shown; `text` is that of a public key, and of no other."""

    id: str
    source: str
    kind: Kind
    text: str | None
    new_names: bool
    """Whether events and properties that nobody has seen before become ones that rules can ask about."""
    created_at: str
    last_used: str | None
    revoked_at: str | None

    @property
    def shown(self) -> str:
        """The beginning of the key, by which its owner knows it again."""
        return f"{_BEGINS[self.kind]}{self.id}_…"

    @property
    def holds(self) -> bool:
        """Whether it can be used now."""
        return self.revoked_at is None


def add(connection: Connection, source: str, kind: str, *, new_names: bool) -> tuple[str, WriteKey]:
    """A new key for events of a source: its text, and what is kept of it. InputError when the source or the kind is none."""
    if not _NAME.fullmatch(source):
        raise InputError(
            "bad_source_name", f"{source!r} is no name of a source.", hint="small letters a to z, digits, - and _, such as web-shop."
        )
    if kind not in KINDS:
        raise InputError("bad_key_kind", f"{kind!r} is no kind of write key.", hint="server or public.")
    number = secrets.token_hex(4)
    text = f"{_BEGINS[kind]}{number}_{secret()[0]}"
    made = WriteKey(number, source, kind, text if kind == "public" else None, new_names, now().isoformat(), None, None)
    connection.execute(insert(write_key).values(**made.__dict__, digest=digest(text)))
    return text, made


def write_keys(connection: Connection) -> list[WriteKey]:
    """Every key, the oldest first."""
    return [_key(row._mapping) for row in connection.execute(select(write_key).order_by(write_key.c.created_at, write_key.c.id))]


def by_digest(connection: Connection) -> dict[str, WriteKey]:
    """The keys that hold, by the digest of their text."""
    rows = connection.execute(select(write_key).where(write_key.c.revoked_at.is_(None)))
    return {row.digest: _key(row._mapping) for row in rows}


def _key(row: Any) -> WriteKey:
    return WriteKey(**{name: row[name] for name in WriteKey.__dataclass_fields__})


def find(connection: Connection, given: str) -> WriteKey:
    """The key of that id, or of that beginning; InputError when there is none."""
    wanted = given
    for begins in _BEGINS.values():
        wanted = wanted.removeprefix(begins)
    wanted = wanted.partition("_")[0]
    known = {item.id: item for item in write_keys(connection)}
    if wanted not in known:
        raise InputError("unknown_key", "There is no such key.", hint=did_you_mean(wanted, known) or "`lohko events keys` shows them.")
    return known[wanted]


def revoke(connection: Connection, given: str) -> WriteKey:
    """A key does not hold any more; what came by it and waits still counts."""
    found = find(connection, given)
    if found.holds:
        connection.execute(update(write_key).where(write_key.c.id == found.id).values(revoked_at=now().isoformat()))
    return found


def allow(connection: Connection, given: str, *, new_names: bool) -> WriteKey:
    """Whether new events and properties that come by a key become ones that rules can ask about."""
    found = find(connection, given)
    connection.execute(update(write_key).where(write_key.c.id == found.id).values(new_names=new_names))
    return find(connection, found.id)


def origins(connection: Connection) -> dict[str, frozenset[str]]:
    """By key, the sites whose pages may ask which segments their visitor is in."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(select(write_key_origin)):
        found[row.key].add(row.origin)
    return {key: frozenset(sites) for key, sites in found.items()}


def set_origins(connection: Connection, given: str, sites: Iterable[str]) -> WriteKey:
    """These sites, and no others, may ask with a public key; InputError when the key is none or a site is written wrongly."""
    found = find(connection, given)
    if found.kind != "public":
        raise InputError(
            "not_public", "A server key is a secret and stands in no page.", hint="name a public key: `lohko events keys` shows them."
        )
    wanted = {site.strip().casefold().rstrip("/") for site in sites}
    for site in sorted(wanted):
        if not _ORIGIN.fullmatch(site):
            raise InputError(
                "bad_origin", f"{site!r} is no site.", hint="https:// and the host's name, without a path: https://shop.example.fi."
            )
    connection.execute(delete(write_key_origin).where(write_key_origin.c.key == found.id))
    if wanted:
        connection.execute(insert(write_key_origin), [{"key": found.id, "origin": site} for site in sorted(wanted)])
    return found


def touch(connection: Connection, keys: set[str], at: str) -> None:
    """Write down when keys were used last."""
    connection.execute(update(write_key).where(write_key.c.id.in_(sorted(keys))).values(last_used=at))


def token_secret(workspace_key: bytes, key: str) -> bytes:
    """The secret by which a shop signs who its visitors are, for one public key. It follows from the workspace's own, and is kept nowhere."""
    return hmac.digest(workspace_key, f"visitor token\x1f{key}".encode(), "sha256").hex().encode()
