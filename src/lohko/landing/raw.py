"""The table `raw` as a shape sees it, and what a shape answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.formats.fields import Kind, fields_of, key
from lohko.landing.personal_code import mask
from lohko.model.schema import Type


@dataclass(frozen=True)
class Told:
    """What a shape found out about a column: the type of its values, and what it is when it is no known field (`left`: it is not kept)."""

    type: Type | None = None
    role: Literal["attribute", "left"] | None = None


@dataclass(frozen=True)
class Raw:
    """The table `raw` while it is changed: its cells by label, and the labels by the tool's own headers."""

    connection: DuckDBPyConnection
    cells: Mapping[str, str]
    by_header: Mapping[str, str]
    kind: Kind
    told: dict[str, Told] = field(default_factory=dict)
    """What shapes found out, by label."""
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    """What a person should know of it: code, sentence, label."""

    def cell(self, header: str) -> str | None:
        """The column of a header; None when the file lacks it."""
        return self.cells.get(self.label_of(header))

    def label_of(self, header: str) -> str:
        """The file's own header for one of the format's."""
        return self.by_header.get(header, header)

    def is_known(self, label: str) -> bool:
        """Whether a label is a column of the format, or by its header a field of files of this kind."""
        if label in self.by_header.values():
            return True
        return any(item.rank(label) is not None for item in fields_of(self.kind).values())

    def free(self, name: str, family: str, changed: Mapping[str, object]) -> str:
        """A label for a new column: its name, with that of its family before it where there is such a column already.

        The name comes from the rows, so a personal identity code in it is masked like one in a header.
        """
        clean = mask(name)[0]
        taken = {key(label) for label in (*self.cells, *changed)}
        return clean if key(clean) not in taken else f"{family} {clean}"


Changed = dict[str, exp.Expr]
"""Label to what is in its column now; a label that is new is a new column at the end."""
