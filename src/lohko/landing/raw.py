"""The table `raw` as a shape sees it, and what a shape answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duckdb import DuckDBPyConnection
from sqlglot import exp


@dataclass(frozen=True)
class Raw:
    """The table `raw` while it is changed: its cells by label, and the labels by the tool's own headers."""

    connection: DuckDBPyConnection
    cells: Mapping[str, str]
    by_header: Mapping[str, str]

    def cell(self, header: str) -> str | None:
        """The column of a header; None when the file lacks it."""
        return self.cells.get(self.by_header.get(header, header))


Changed = dict[str, exp.Expr]
"""Label to what is in its column now; a label that is new is a new column at the end."""
