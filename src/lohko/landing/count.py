"""How many data records a CSV has, counted without the engine that reads it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from lohko.landing.table import MAX_RECORD

if TYPE_CHECKING:
    import numpy as np

_BLOCK = 8 << 20
_LINE, _RETURN, _QUOTE = 10, 13, 34


def count_by_bytes(path: Path, lines_before: int) -> int:
    """Line ends outside quotes that end a line which is not blank; a stray quote makes it disagree, which is wanted."""
    import numpy as np  # the parser starts without it: what is small the standard library counts

    with path.open("rb") as stream:
        for _ in range(lines_before):
            stream.readline()
        lines, quotes = 0, 0
        before = np.array([_LINE, _LINE], dtype=np.uint8)  # the two bytes before the block
        block = b""
        while read := stream.read(_BLOCK):
            block = read
            data = np.frombuffer(block, dtype=np.uint8)
            ends = np.flatnonzero(data == _LINE)
            marks = np.flatnonzero(data == _QUOTE)
            if quotes or len(marks):
                ends = ends[(np.searchsorted(marks, ends) + quotes) % 2 == 0]
            quotes = (quotes + len(marks)) % 2
            lines += len(ends) - _blank(np.concatenate([before, data]), ends + 2)
            before = np.concatenate([before, data[-2:]])[-2:]
    return lines + (block[-1:] not in (b"", b"\n"))


def _blank(data: np.ndarray, ends: np.ndarray) -> int:
    """How many of the line ends follow at once on another one."""
    previous = data[ends - 1]
    bare = previous == _LINE
    returned = (previous == _RETURN) & (data[ends - 2] == _LINE)
    return int((bare | returned).sum())


def count_by_csv(path: Path, separator: str, lines_before: int) -> int | None:
    """How many records the standard library's csv sees that are not blank; None when it fails."""
    csv.field_size_limit(MAX_RECORD)
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        for _ in range(lines_before):
            stream.readline()
        try:
            return sum(1 for row in csv.reader(stream, delimiter=separator, strict=True) if row)
        except csv.Error:
            return None
