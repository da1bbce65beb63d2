"""Whom an erasure looks for: whether a text, a row, a JSON or a file of any kind says them, and a JSON without them."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from duckdb import DuckDBPyConnection

from lohko.base.text import fold
from lohko.engine.erasure import SHORTEST
from lohko.landing.needles import SHORTEST as FEWEST_BYTES
from lohko.landing.needles import Needles

GONE = "(erased)"
_BLOCK = 1 << 20
_KEY = re.compile(r"[a-z][a-z0-9_]*")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a source may say what is no letter


@dataclass(frozen=True)
class Sought:
    """By what people are found: the keys of their records, their public ids, and texts.

    texts     long enough to be looked for anywhere
    numbers   short ones, which mean the person only in a cell of their own
    """

    nodes: Sequence[int] = ()
    person_ids: Sequence[str] = ()
    texts: Sequence[str] = ()
    numbers: Sequence[str] = ()
    _words: Needles = field(init=False, repr=False, compare=False)
    """The texts, folded: of thousands together few stand in a text at all, and only those are looked at word by word."""
    _short: Sequence[str] = field(init=False, repr=False, compare=False)
    """Those too short for it, such as `a@b`."""

    def __post_init__(self) -> None:
        words = {fold(text) for text in self.texts if len(text) >= SHORTEST or "@" in text}
        short = [word for word in words if len(_bytes(word)) < FEWEST_BYTES]
        object.__setattr__(self, "_short", short)
        object.__setattr__(self, "_words", Needles(_bytes(word) for word in words.difference(short)))

    def in_text(self, text: str) -> bool:
        """Whether one of the texts stands in running text, in any case."""
        folded = fold(text)
        found = [word.decode("utf-8", "surrogatepass") for word in self._words.found_in(_bytes(folded))]
        return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded) for word in (*found, *self._short))

    def in_body(self, body: Any) -> bool:
        """Whether one of the texts stands anywhere in a JSON."""
        match body:
            case str():
                return self.in_text(body)
            case list():
                return any(map(self.in_body, body))
            case dict():
                return any((not _KEY.fullmatch(key) and self.in_text(key)) or self.in_body(value) for key, value in body.items())
        return False

    def in_row(self, raw: str, labels: Sequence[str]) -> bool:
        """Whether a row as it came is about them: a text in it, or a number in a column that says whose it is."""
        if self.in_text(raw):
            return True
        try:
            body = json.loads(raw)
        except ValueError:
            return False
        return isinstance(body, dict) and any(str(body.get(label, "")).strip() in self.numbers for label in labels)

    def in_bytes(self) -> list[bytes]:
        """What to look for in a file whose encoding is not known."""
        found: set[bytes] = set()
        for text in (*self.texts, *self.person_ids):
            for form in {text, text.lower(), text.upper(), fold(text)}:
                for encoding in ("utf-8", "latin-1", "cp1252", "utf-16-le", "utf-16-be"):
                    try:
                        found.add(form.encode(encoding))
                    except UnicodeEncodeError:
                        continue
        return [item for item in found if len(item) >= SHORTEST]


def holds(cursor: DuckDBPyConnection, item: Path, sought: Sought) -> bool:
    """Whether a file holds one of the texts, also packed: gzip, XLSX and Parquet are looked into."""
    wanted = Needles(sought.in_bytes())
    with item.open("rb") as stream:
        head = stream.read(4)
    if head == b"PAR1":
        return _in_parquet(cursor, item, sought)
    opened: Callable[[], Iterator[IO[bytes]]] = lambda: _unpacked(item, head)  # noqa: E731 - read twice: by text and by cell
    try:
        return any(wanted.found_in_stream(stream) for stream in opened()) or any(_in_lines(stream, sought) for stream in opened())
    except (OSError, EOFError, zipfile.BadZipFile):
        return True  # what cannot be looked into is not kept


def _unpacked(item: Path, head: bytes) -> Iterator[IO[bytes]]:
    if head[:2] == b"\x1f\x8b":
        with gzip.open(item) as stream:
            yield cast(IO[bytes], stream)
    elif head == b"PK\x03\x04":
        with zipfile.ZipFile(item) as archive:
            for name in archive.namelist():
                with archive.open(name) as part:
                    yield part
    else:
        with item.open("rb") as plain:
            yield plain


def _in_lines(stream: IO[bytes], sought: Sought) -> bool:
    """Whether a short number stands in a line of its own cell; lines are cut at the signs that separate cells anywhere."""
    wanted = {number.encode() for number in sought.numbers}
    if not wanted:
        return False
    cut = re.compile(rb"[,;\t|<>\"'\s:{}\[\]]+")
    kept = b""
    while block := stream.read(_BLOCK):
        cells = cut.split(kept + block.replace(b"\x00", b""))
        kept = cells.pop()
        if wanted.intersection(cells):
            return True
    return kept in wanted


def _in_parquet(cursor: DuckDBPyConnection, item: Path, sought: Sought) -> bool:
    answer = cursor.execute("SELECT CAST(t AS VARCHAR) FROM read_parquet(?) AS t", [str(item)])
    numbers = [re.compile(rf"(?<!\w){re.escape(number)}(?!\w)") for number in sought.numbers]
    while rows := answer.fetchmany(10_000):
        if any(sought.in_text(text) or any(number.search(text) for number in numbers) for (text,) in rows):
            return True
    return False


_OURS = frozenset({"column", "name", "role", "type", "codes", "events", "kind", "source"})
"""What Lohko itself needs of a plan: names of the schema and its own words, which are nobody's even where someone said the same word."""


def redacted(body: Any, sought: Sought) -> Any:
    """The same JSON with every text in which one of the texts stands blanked, but for Lohko's own vocabulary."""
    match body:
        case str():
            return GONE if sought.in_text(body) else body
        case list():
            return [redacted(item, sought) for item in body]
        case dict():
            return {
                key if _KEY.fullmatch(key) or not sought.in_text(key) else GONE: value if key in _OURS else redacted(value, sought)
                for key, value in body.items()
            }
    return body
