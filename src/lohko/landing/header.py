"""Where a table begins: title lines above it, the row of headers, or no headers at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lohko.landing.table import distinct

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?|\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})( .*)?|(19|20)\d{6}")
_NUMBER = re.compile(r"[-+(]?\s?[\d\s.,\u00a0]*\d\s?[)%€$£]?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Header:
    """The headers, how many rows come before the data, and whether the file named its columns at all."""

    labels: list[str]
    rows_before: int
    named: bool


def find_header(rows: Sequence[Sequence[object]]) -> Header:
    """The header among a table's first rows: the first that is as full as the rows are, unless it holds values."""
    cells = [[_text(cell) for cell in row] for row in rows]
    table = _table(cells)
    width = max(_usual(table), 1)
    filled = sorted(sum(map(bool, row)) for row in table if any(row))
    usual = filled[len(filled) // 2] if filled else 1
    for place, row in enumerate(cells):
        if sum(map(bool, row)) >= max(min(2, usual), (usual + 1) // 2):
            if _is_data(row):
                return Header(distinct([None] * width), place, named=False)
            return Header(distinct(_fitted(row, width)), place + 1, named=True)
    return Header(distinct([None] * width), 0, named=False)


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip().strip("'")


def _table(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """The rows with more than one cell in them, where they are a third or more: those around them are titles."""
    several = [row for row in rows if sum(map(bool, row)) > 1]
    return several if len(several) > 1 and len(several) * 3 >= sum(map(any, rows)) else rows


def _usual(rows: Sequence[Sequence[str]]) -> int:
    """The width that most rows have."""
    widths = Counter(len(row) for row in rows if any(row))
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def _fitted(row: Sequence[str], width: int) -> list[str]:
    """Headers for the usual width: empty ones behind it are cut, lacking ones added; names are never cut."""
    while len(row) > width and not row[-1]:
        row = row[:-1]
    return [*row, *[""] * (width - len(row))]


def _is_data(row: Sequence[str]) -> bool:
    """Whether a row holds values and not names of columns: a date, an address, or mostly numbers."""
    found = [cell for cell in row if cell]
    if any(_DATE.fullmatch(cell) or _EMAIL.fullmatch(cell) for cell in found):
        return True
    return sum(_NUMBER.fullmatch(cell) is not None for cell in found) * 2 > len(found)
