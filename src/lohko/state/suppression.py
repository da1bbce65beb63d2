"""Whom an erasure keeps from coming back: keyed hashes of their identifiers, and nothing else.

Without the workspace's key nobody can tell from a digest whose it is, nor try
out addresses until one fits.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select

from lohko.base import contacts
from lohko.base.errors import StoreError
from lohko.base.text import fold
from lohko.state.tables import suppression

EMAIL, PHONE = "email", "phone"
FEWEST_DIGITS = 7
"""A text with fewer digits is no phone number."""
_NUMBERS = ("id", "email", "anonymous", "phone")
"""The kinds of a record's own identifier that somebody can name."""


def read_key(path: Path, *, make: bool = False) -> bytes:
    """The workspace's key; made when there is none yet and `make` says so, else StoreError."""
    if not path.exists():
        if not make:
            raise StoreError(
                "no_key",
                "The workspace's key is missing: those who were erased could not be kept out.",
                place=str(path),
                hint="restore this file from a backup.",
            )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(32))
            stream.flush()
            os.fsync(stream.fileno())
    return path.read_bytes()


class Digests:
    """Identifiers as keyed hashes: an address or number is the same whatever its source, a number of a source only there."""

    def __init__(self, key: bytes, country: str) -> None:
        self._key, self._country = key, country

    def identity(self, source: str, kind: str, value: str) -> str:
        """A record's own identifier in its source."""
        return self._of("identity", source, kind, value)

    def email(self, text: str) -> str:
        """An e-mail address, however it is written."""
        return self._of(EMAIL, contacts.email(text) or fold(text))

    def phone(self, text: str) -> str | None:
        """A phone number, however it is written; None when it is none."""
        number = contacts.phone(text, self._country)
        return None if number is None else self._of(PHONE, number)

    def of_text(self, text: str, sources: Iterable[str]) -> set[str]:
        """Whatever a text may be: an address, a phone number, a number of one of these sources."""
        found = {self.identity(source, kind, text) for source in sources for kind in _NUMBERS}
        if "@" in text:
            found.add(self.email(text))
        elif sum(sign.isdigit() for sign in text) >= FEWEST_DIGITS and (number := self.phone(text)):
            found.add(number)
        return found

    def _of(self, *parts: str) -> str:
        return hmac.digest(self._key, "\x1f".join(parts).encode(), "sha256").hex()


def suppress(connection: Connection, digests: Iterable[str], at: str) -> None:
    """Keep whoever has one of these out from now on."""
    known = suppressed(connection)
    rows = [{"digest": item, "at": at} for item in sorted(set(digests) - known)]
    if rows:
        connection.execute(insert(suppression), rows)


def release(connection: Connection, digests: Iterable[str]) -> int:
    """Let them in again; how many of the digests there were."""
    return int(connection.execute(delete(suppression).where(suppression.c.digest.in_(list(digests)))).rowcount)


def suppressed(connection: Connection) -> set[str]:
    """Every digest that is kept out."""
    return set(connection.execute(select(suppression.c.digest)).scalars())


def kept_out_since(connection: Connection) -> list[tuple[str, str]]:
    """Every digest with the time from which it is kept out, the latest first."""
    rows = connection.execute(select(suppression.c.digest, suppression.c.at).order_by(suppression.c.at.desc(), suppression.c.digest))
    return [(row.digest, row.at) for row in rows]


def any_suppressed(connection: Connection) -> bool:
    """Whether anybody is kept out."""
    return bool(connection.execute(select(func.count()).select_from(suppression)).scalar())
