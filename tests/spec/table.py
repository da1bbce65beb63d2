"""Tables as people draw them: a name, then cells under headers.

    | at         | total
----+------------+------
ana | 2026-02-28 |    10
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line: whose it is, and its cells by header."""

    person: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The rows under their headers."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def people(self) -> tuple[str, ...]:
        """Who is in it, in the order of the lines."""
        return tuple(dict.fromkeys(row.person for row in self.rows))


def read(text: str) -> Table:
    """The table that a text draws; one without any `|` only names people."""
    if "|" not in text:
        return Table((), tuple(Row(name, {}) for name in text.split()))
    lines = [line for line in text.splitlines() if line.strip() and not re.fullmatch(r"[\s+-]+", line)]
    cut = [[cell.strip() for cell in line.split("|")] for line in lines]
    headers = tuple(cut[0][1:])
    for cells in cut[1:]:
        if len(cells) != len(headers) + 1:
            raise ValueError(f"this line has not {len(headers) + 1} cells: {' | '.join(cells)}")
    return Table(headers, tuple(Row(cells[0], dict(zip(headers, cells[1:], strict=True))) for cells in cut[1:]))
