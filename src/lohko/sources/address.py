"""A file at an https address: fetched again when it has changed.

Whether it has is asked with what the server said of it the last time (ETag,
Last-Modified); a server that says neither is asked for the whole file, and the same
file again changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from lohko.base.errors import PartialError
from lohko.sources.files import READING, SHEET, stream_of
from lohko.sources.kind import Arrived, Kind, Page, Reach, Setting


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    stream = stream_of(reach.settings, "the file at the address")
    cursor = reach.cursor(stream)
    asked = {name: cursor[mark] for name, mark in (("if-none-match", "etag"), ("if-modified-since", "modified")) if cursor.get(mark)}
    with reach.client.reading(reach.settings["address"], {**_headers(reach), **asked}) as (headers, pieces):
        marks = {"etag": headers.get("etag", ""), "modified": headers.get("last-modified", "")}
        path, size = reach.scratch / "fetched", 0
        with path.open("wb") as target:
            for piece in pieces:
                target.write(piece)
                size += len(piece)
    promised = headers.get("content-length", "")
    if promised.isdecimal() and "content-encoding" not in headers and int(promised) != size:
        raise PartialError("source_cut", "The file was cut off on its way.", hint="the next sync fetches it again.")
    if size:  # nothing has changed when there is nothing
        yield Arrived(stream, path, _name(reach.settings["address"]), marks)


def _headers(reach: Reach) -> dict[str, str]:
    """What the server is told of who asks."""
    token = reach.secret("token")
    return {"authorization": f"Bearer {token}"} if token else {}


def _name(url: str) -> str:
    """A file's name for the list of imports: the last part of the address, without what comes after it."""
    name = unquote(PurePosixPath(urlsplit(url).path).name)
    return re.sub(r"[^\w.-]+", "_", name)[:80] or "fetched"


def _check(reach: Reach) -> str:
    with reach.client.reading(reach.settings["address"], _headers(reach)) as (headers, pieces):
        first = next(iter(pieces), b"")
    return f"{headers.get('content-length') or f'at least {len(first)}'} bytes"


KIND = Kind(
    key="address",
    title="A file at an https address",
    settings=(
        Setting("address", "https://host/path"),
        *READING,
        SHEET,
        Setting("token", "what is sent as Authorization: Bearer", required=False, secret=True),
    ),
    streams=(),
    scopes="The right to read that one file.",
    pull=_pull,
    check=_check,
)
