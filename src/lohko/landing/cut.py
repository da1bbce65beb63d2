"""A CSV with broken records, cut so that each of them costs itself and nothing else."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from lohko.landing.layout import Layout
from lohko.landing.table import MAX_RECORD

_MANY_LINES = 200


def cut(path: Path, layout: Layout, lines_before: int) -> Iterator[tuple[list[str] | None, str, str]]:
    """Every data record in order: its cells, or None with the reason and the text of what broke.

    A line with an open quote is tried with the lines after it, for cells that hold
    line breaks. If that fails, the record ends where the next line that alone
    parses to the header's columns begins.
    """
    lines = _Ahead(path, lines_before)
    while (line := lines.take()) is not None:
        if not line.strip("\r\n"):
            continue
        cells = _cells(line, layout)
        if cells is None and line.count('"') % 2:
            extra = _closed_by(line, lines, layout)
            taken = [line, *(lines.take() or "" for _ in range(extra))]
            cells = _cells("".join(taken), layout) if extra else None
            while cells is None and (after := lines.peek(0)) is not None and _cells(after, layout) is None:
                taken.append(lines.take() or "")
            line = "".join(taken)
        if cells is None:
            yield None, _reason(line), line
        else:
            yield cells, "", ""


class _Ahead:
    """Physical lines with a look ahead."""

    def __init__(self, path: Path, skip: int) -> None:
        self._lines = physical_lines(path, skip)
        self._waiting: deque[str] = deque()

    def peek(self, place: int) -> str | None:
        while len(self._waiting) <= place:
            line = next(self._lines, None)
            if line is None:
                return None
            self._waiting.append(line)
        return self._waiting[place]

    def take(self) -> str | None:
        return self._waiting.popleft() if self._waiting else next(self._lines, None)


def physical_lines(path: Path, skip: int) -> Iterator[str]:
    """The lines of a UTF-8 text after the first `skip`; of one that is far too long, only its beginning."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        number = 0
        while line := stream.readline(MAX_RECORD + 2):
            if len(line) > MAX_RECORD:
                _to_line_end(stream, line)
            number += 1
            if number > skip:
                yield line


def _to_line_end(stream: io.TextIOWrapper, line: str) -> None:
    while line and not line.endswith(("\n", "\r")):
        line = stream.readline(MAX_RECORD)


def _closed_by(line: str, lines: _Ahead, layout: Layout) -> int:
    """How many lines further the open quote closes and the record is whole; 0 when it never does."""
    text = line
    for place in range(_MANY_LINES):
        after = lines.peek(place)
        if after is None or len(text) > MAX_RECORD:
            return 0
        text += after
        if after.count('"') % 2:
            return place + 1 if _cells(text, layout) is not None else 0
    return 0


def _cells(text: str, layout: Layout) -> list[str] | None:
    """The cells of exactly one record of the header's width, or None."""
    if len(text) > MAX_RECORD or "\x00" in text:
        return None
    if '"' not in text:
        cells = text.rstrip("\r\n").split(layout.separator)
        return cells if len(cells) == layout.columns else None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 and len(rows[0]) == layout.columns else None


def _reason(raw: str) -> str:
    if len(raw) > MAX_RECORD:
        return "too_long"
    return "nul_byte" if "\x00" in raw else "broken_record"
