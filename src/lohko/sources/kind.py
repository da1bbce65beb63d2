"""What a kind of source is: its settings, how it is asked, and the pages of rows that it answers with.

A kind is one file and a row of `registry.py`. Its `pull` yields pages: some rows of
one stream, and the cursor from which to go on once they count. What the rows become
is the ordinary import's work, so they are objects with the fields of files
(`customer_id`, `ordered_at` ...), and everything else in them is kept under its own
name. Asked again from the same cursor, a source may give the same rows again.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import stat
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lohko.base.errors import InputError, PartialError, did_you_mean
from lohko.outgoing import Outgoing

Row = Mapping[str, Any]
Cursor = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """One thing that a source of this kind is told when it is added."""

    name: str
    meaning: str
    required: bool = True
    secret: bool = False
    """Where a secret is, `env:NAME` or `file:PATH`; the secret itself is never kept."""
    default: str = ""


@dataclass(frozen=True)
class Stream:
    """Rows of one kind that a source gives: what they are, and how the import is to take them."""

    name: str
    kind: str
    what: str
    replace: bool = False
    """Whether rows of an order replace what was known of that order."""
    columns: Mapping[str, str] = field(default_factory=dict)
    event: str | None = None
    timezone: str | None = None
    currency: str | None = None
    date_order: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Page:
    """Some rows of a stream, and where to go on after them."""

    stream: Stream
    rows: Sequence[Row]
    cursor: Cursor
    deleted: int = 0
    """How many of the rows say that something was deleted in the source."""


@dataclass
class Arrived:
    """A whole file of a stream, and where to go on after it. Whoever takes it says whether something of it could not be used."""

    stream: Stream
    path: Path
    file_name: str
    cursor: Cursor
    refused: Cursor | None = None
    """Where to go on when the file cannot be used; None when that ends the sync."""
    left_out: bool = False
    """Whether it, or a file of it when it is an archive, could not be used."""


REFUSED = "refused:"
"""What the mark of a file begins with that could not be used: it is not tried again until it changes, and is named until then."""


def taken(cursor: Cursor, there: Container[str]) -> dict[str, str]:
    """Which files were taken, and as what; those that are gone are forgotten, so the ledger does not grow."""
    return {name: mark for name, mark in cursor.get("taken", {}).items() if name in there}


def left_out(cursors: Mapping[str, Cursor]) -> list[str]:
    """The files that could not be used, or not whole, and lie there as they were."""
    return sorted(name for cursor in cursors.values() for name, mark in cursor.get("taken", {}).items() if str(mark).startswith(REFUSED))


@dataclass(frozen=True)
class Reach:
    """What a source is asked with."""

    settings: Mapping[str, str]
    client: Outgoing
    now: dt.datetime
    scratch: Path
    """A private folder for this sync alone."""
    cursors: Mapping[str, Cursor] = field(default_factory=dict)

    def cursor(self, stream: Stream) -> Cursor:
        """Where a stream is; empty at the very beginning."""
        return dict(self.cursors.get(stream.name, {}))

    def secret(self, name: str) -> str:
        """A secret, read from where its setting says; InputError when it is not there or others may read it."""
        return read_secret(name, self.settings[name]) if self.settings.get(name) else ""


@dataclass(frozen=True)
class Kind:
    """A kind of source."""

    key: str
    """Its name on the command line: `shopify`."""
    title: str
    settings: tuple[Setting, ...]
    streams: tuple[Stream, ...]
    """What it gives; empty where the settings say."""
    scopes: str
    """The smallest rights that its key needs, for the manual."""
    pull: Callable[[Reach], Iterator[Page | Arrived]]
    check: Callable[[Reach], str]
    """One small request that shows whether the settings are right; what was found, in a few words."""


_SECRET = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")


def checked_settings(kind: Kind, given: Mapping[str, str]) -> dict[str, str]:
    """The settings of a source of this kind, with defaults; InputError for unknown and missing ones and for secrets in the clear."""
    known = {item.name: item for item in kind.settings}
    for name in given:
        if name not in known:
            raise InputError("unknown_setting", f"Sources of kind {kind.key} have no setting {name!r}.", hint=did_you_mean(name, known))
    found = {name: given.get(name, item.default).strip() for name, item in known.items()}
    lacking = [name for name, item in known.items() if item.required and not found[name]]
    if lacking:
        about = "; ".join(f"{name}: {known[name].meaning}" for name in lacking)
        raise InputError("missing_setting", f"Sources of kind {kind.key} need {', '.join(lacking)}.", hint=f"--set NAME=VALUE; {about}.")
    for name, item in known.items():
        if item.secret and found[name] and not _SECRET.fullmatch(found[name]):
            raise InputError(
                "secret_in_clear",
                f"The setting {name} is a secret, and Lohko keeps no secret in the clear.",
                hint=f"put it in an environment variable or in a file of mode 600, and say --set {name}=env:NAME or {name}=file:/path.",
            )
    return {name: value for name, value in found.items() if value}


def read_secret(name: str, where: str) -> str:
    """A secret from an environment variable or a file that only its owner may read."""
    scheme, _, rest = where.partition(":")
    if scheme == "env":
        value = os.environ.get(rest, "").strip()
        if not value:
            raise InputError("no_secret", f"The environment variable {rest} ({name}) is not set.", hint="set it where Lohko runs.")
        return value
    path = Path(rest)
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            text = stream.read(65536)
    except OSError as error:
        raise InputError("no_secret", f"The file of the secret {name} cannot be read: {error.strerror}.", place=str(path)) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError("open_secret", f"Others may read the file of the secret {name}.", place=str(path), hint=f"chmod 600 {path}")
    try:
        value = text.decode().strip()
    except UnicodeDecodeError:
        value = ""
    if not value or "\n" in value:
        raise InputError("no_secret", f"The file of the secret {name} holds no single line.", place=str(path))
    return value


def onward(cursor: Any, before: Any) -> Any:
    """The cursor of the next page; PartialError when it is the one that was given, since that would never end."""
    if cursor is not None and cursor == before:
        raise PartialError("source_answer", "The system gives the same page again and again.", hint="try again later.")
    return cursor


def several(text: str) -> list[str]:
    """The parts of a setting that lists some.

    >>> several("a, b,,c ")
    ['a', 'b', 'c']
    """
    return [part.strip() for part in text.split(",") if part.strip()]
