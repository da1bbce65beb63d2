"""The one table of texts that a file of any format becomes: `raw(record, c0, c1, ...)`, and the records that broke."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

from lohko.base.errors import InputError
from lohko.engine.sql import expression, render
from lohko.formats.format import Format
from lohko.landing.personal_code import mask
from lohko.landing.raw import Told

MAX_RECORD = 1 << 20
MAX_COLUMNS = 500
_WHOLE = 10**15


@dataclass(frozen=True)
class Broken:
    """A record that could not be read."""

    record: int
    reason: str
    raw: str


@dataclass
class Records:
    """What a file holds: its headers, how it was read, and what broke. The rows are in the table `raw`."""

    labels: list[str]
    detected: dict[str, Any]
    received: int
    broken: list[Broken] = field(default_factory=list)
    masked: int = 0
    """Personal identity codes in the rows, also in those that broke."""
    elsewhere: int = 0
    """And those in the file but in none of its rows: headers, lines above them, other sheets."""
    spared: frozenset[str] = frozenset()
    """What only looks like one, for its column numbers something else."""
    told: dict[str, Told] = field(default_factory=dict)
    """What the file's format found out about columns, by label."""
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    """And what should be said of it: code, sentence, label."""
    export: Format | None = None
    """What its records are, where they say it themselves and not by their headers."""


def distinct(labels: Iterable[Any]) -> list[str]:
    """Headers as texts without personal identity codes, empty ones named by place and repeated ones numbered.

    >>> distinct(["Email", " ", "email", "Email"])
    ['Email', 'column 2', 'email', 'Email (2)']
    """
    found: dict[str, None] = {}
    for place, label in enumerate(labels, start=1):
        text = " ".join(mask(_printable(str(label)))[0].split()) if label is not None else ""
        base = text or f"column {place}"
        name, n = base, 1
        while name in found:
            n += 1
            name = f"{base} ({n})"
        found[name] = None
    if len(found) > MAX_COLUMNS:
        raise InputError("too_many_columns", f"The file has {len(found)} columns; at most {MAX_COLUMNS} can be read.")
    return list(found)


def names(count: int) -> list[str]:
    """The columns of the table `raw` but the record's number."""
    return [f"c{i}" for i in range(count)]


def number_rows(connection: DuckDBPyConnection) -> int:
    """Make `raw` from the table `texts`, whose rows lie in the file's order; how many there are."""
    connection.execute("CREATE OR REPLACE VIEW raw AS SELECT rowid + 1 AS record, * FROM texts")
    return int(connection.execute("SELECT count(*) FROM texts").fetchall()[0][0])


def fill(connection: DuckDBPyConnection, numbers: list[int], rows: Iterable[list[str | None]], width: int) -> None:
    """Make `raw` from rows that Python holds, with the records' own numbers."""
    import numpy as np  # the parser starts without it: most files are read by the engine alone

    arrays: dict[str, Any] = {"record": np.array(numbers, dtype=np.int64)}
    for name, values in zip(names(width), zip(*rows, strict=True), strict=True):
        arrays[name] = np.array(values, dtype=object)
    connection.register("cells", arrays)
    texts = [expression("CAST(__c AS VARCHAR)", {"__c": name}).as_(name, quoted=True) for name in names(width)]
    connection.execute(render("CREATE OR REPLACE TABLE texts AS SELECT record, __texts FROM cells", lists={"__texts": texts}))
    connection.execute("CREATE OR REPLACE VIEW raw AS SELECT * FROM texts")
    connection.unregister("cells")


def as_text(value: Any) -> str | None:
    """A cell's value as the one text that every format gives for it; None when it is empty."""
    match value:
        case None | "":
            return None
        case str():
            return _printable(value)
        case bool():
            return "true" if value else "false"
        case float() if value != value:
            return None
        case float() | Decimal() if -_WHOLE < value < _WHOLE and value == int(value):
            return str(int(value))
        case dt.datetime():
            return value.isoformat(sep=" ")
        case dt.date():
            return value.isoformat()
        case dict() | list():
            return _printable(json.dumps(value, ensure_ascii=False, default=str))
    return str(value)


def _printable(text: str) -> str:
    """The text with half characters, which no encoding can hold, replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
