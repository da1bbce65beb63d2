"""How a text table is laid out: its separator, where it begins, and the names of its columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lohko.base.errors import InputError
from lohko.formats.fields import is_known_header
from lohko.landing.header import find_header

_SAMPLE = 1 << 18
_ROWS = 400
_SAID = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
_COMMENTS = re.compile(r"(?:#[^\n]*\n){2,}(?:[ \t\r]*\n)*")
"""Lines above a table that say what it is, as reports of analytics have them; one such line alone may be the header."""
BLANKS = " "
"""The separator of tables whose columns are set apart by runs of blanks."""


@dataclass(frozen=True)
class Layout:
    """Separator, headers, and how many physical lines come before the first data record."""

    separator: str
    labels: tuple[str, ...]
    lines_before: int = 0
    named: bool = True

    @property
    def columns(self) -> int:
        """How many cells a record has."""
        return len(self.labels)


def find_layout(path: Path) -> Layout:
    """The layout of a UTF-8 text table; InputError when no separator makes a table of it."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        sample = stream.read(_SAMPLE)
        said = _SAID.match(sample)
        above = said or _COMMENTS.match(sample)
        start = above.end() if above else 0
        cut = sample.rfind("\n") + 1
        if len(sample) == _SAMPLE and cut > start:
            sample = sample[:cut]
    separator = said[1] if said else _separator(sample[start:])
    rows, ends = _rows(sample[start:], separator)
    if not rows:
        raise _one_column()
    header = find_header(rows)
    before = ends[header.rows_before - 1] if header.rows_before else 0
    return Layout(separator, tuple(header.labels), before + sample.count("\n", 0, start), header.named)


def _separator(sample: str) -> str:
    """The separator that cuts most of the first records into equally many cells, at least two."""
    best: tuple[float, int, str] | None = None
    for separator in ";,\t|":
        every = Counter(len(row) for row in _rows(sample, separator)[0])
        widths = {width: times for width, times in every.items() if width >= 2}  # a short table may have as many title lines above it
        if widths:
            width = max(widths, key=lambda w: (widths[w], w))
            score = (round(widths[width] / every.total(), 1), width, separator)
            best = score if best is None or score[:2] > best[:2] else best
    if best is not None and best[0] >= 0.3:
        return best[2]
    if _is_blank_separated(sample):
        return BLANKS
    if best is not None:
        return best[2]
    if is_known_header(next(iter(sample.splitlines()), "").strip('"')):
        return ","
    raise _one_column()


def _one_column() -> InputError:
    return InputError(
        "one_column",
        "No separator was found: every row looks like a single column.",
        hint="a table has a header row and columns set apart by comma, semicolon, tab or |.",
    )


def _is_blank_separated(sample: str) -> bool:
    """Whether every line has the same number of words, at least three, most of them with digits."""
    lines = [line.split() for line in sample.splitlines() if line.strip()]
    widths = {len(words) for words in lines}
    if len(widths) != 1 or widths.pop() < 3 or '"' in sample:
        return False
    words = [word for line in lines for word in line]
    return sum(any(sign.isdigit() for sign in word) for word in words) * 2 > len(words)


def _rows(sample: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """The first records that are not blank, and for each the physical line where it ends."""
    if separator == BLANKS:
        lines = [(n, line.split()) for n, line in enumerate(sample.splitlines(), start=1)]
        kept = [(words, n) for n, words in lines if words][:_ROWS]
        return [words for words, _ in kept], [n for _, n in kept]
    rows: list[list[str]] = []
    ends: list[int] = []
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    try:
        for row in reader:
            if row:
                rows.append(row)
                ends.append(reader.line_num)
            if len(rows) == _ROWS:
                break
    except csv.Error:
        pass
    return rows, ends
