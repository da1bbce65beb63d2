"""What is said of a file that was staged: counts, how it was read, and what a person should know of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from duckdb import DuckDBPyConnection

from lohko.engine.sql import column, render
from lohko.formats.fields import EVENT_OF, NO_PERSON, Kind
from lohko.landing import judge
from lohko.landing.columns import Column
from lohko.landing.fields import Guess
from lohko.landing.raw import Told
from lohko.landing.table import Records
from lohko.landing.values import Reader
from lohko.landing.words import put

_UNFIT = """
SELECT label, count(*) FROM (SELECT unnest(json_keys(extra)) AS label FROM accepted WHERE NOT extra IS NULL) GROUP BY label ORDER BY label
"""


_NAMED = 5


class Notes:
    """Decisions that could have been taken otherwise, each with a code for programs and a sentence for people."""

    def __init__(self) -> None:
        self.items: list[dict[str, str]] = []
        self.basis = "as given"

    def add(self, code: str, message: str, column: str | None = None) -> None:
        """Keep one."""
        self.items.append({"code": code, "message": message, **({"column": column} if column else {})})

    def undecided_decimal(self, label: str, *, comma: bool) -> None:
        """A column whose marks may set thousands or decimals apart."""
        read, other = (",", ".") if comma else (".", ",")
        self.add(
            "decimal_undecided",
            f"The numbers of column {label!r} can be read in two ways; {read} was taken as the decimal mark and {other} as the thousands mark.",
            label,
        )

    def no_value(self, words: Mapping[str, Sequence[str]]) -> None:
        """Per column of numbers, days or the like, the words in it that were taken to say that there is no value."""
        if words:
            written = _some(sorted({word for found in words.values() for word in found}))
            self.add("no_value", f"{written} was taken to say that there is no value, in: {_some(list(words))}.", _some(list(words)))

    def tax(self, label: str, *, rates: bool, beside: bool = False) -> None:
        """How a tax column was taken off, or that it stands beside totals without it."""
        self.basis = "net"
        if beside:
            self.add(
                "tax_beside",
                f"The totals do not hold the tax in column {label!r}, so they are net as they are; gross stands beside them.",
                label,
            )
            return
        what = "as a rate in per cent that the prices hold" if rates else "as an amount that the total holds"
        self.add("tax_taken_off", f"Column {label!r} was taken {what}, so totals are net of it.", label)

    def tax_of_orders(self, label: str) -> None:
        """How the tax of whole orders was taken off their lines."""
        self.basis = "net"
        message = f"The tax in column {label!r} was taken off the lines of orders whose total holds it, in proportion to their prices."
        self.add("order_tax_taken_off", message, label)

    def vat_by_table(self) -> None:
        """That the file does not tell the VAT that its prices hold."""
        self.basis = "net"
        self.add(
            "vat_by_table",
            "The VAT that the prices hold was taken off by the Finnish rate of each row's class of goods and day; gross stands beside net.",
        )

    def refunded_by_status(self, label: str) -> None:
        """That only a status says what was given back."""
        self.add(
            "refunded_by_status",
            f"No column holds refunded amounts; a row that column {label!r} calls refunded was given back in full.",
            label,
        )


def _some(items: Sequence[str]) -> str:
    """The first of some, and how many more there are."""
    return ", ".join(items[:_NAMED]) + (f" and {len(items) - _NAMED} more" if len(items) > _NAMED else "")


def describe(
    connection: DuckDBPyConnection,
    kind: Kind,
    records: Records,
    found: Mapping[str, Guess],
    columns: Sequence[Column],
    reader: Reader,
    comma: Mapping[str, bool],
    notes: Notes,
) -> dict[str, Any]:
    """The report of a staged file."""
    counts = connection.execute(
        'SELECT count(*), count(*) FILTER (WHERE node_value IS NULL), min("at"), max("at") FROM accepted'
    ).fetchall()[0]
    reasons = dict(connection.execute("SELECT reason, count(*) FROM rejected GROUP BY reason ORDER BY reason").fetchall())
    used = {item.label for item in found.values()}
    if records.detected.get("ends_open"):
        notes.add("ends_open", "The file's last line has no line end; if it was cut there, its last row is not whole.")
    if records.detected.get("sheets", 1) > 1:
        notes.add("other_sheets", _sheets(records.detected))
    return {
        "received": records.received,
        "accepted": counts[0],
        "rejected": sum(reasons.values()),
        "rejected_by_reason": reasons,
        "anonymous": 0 if kind in NO_PERSON else counts[1],
        "masked": records.masked or records.elsewhere,
        "first_at": _iso(counts[2]),
        "last_at": _iso(counts[3]),
        "detected": _detected(records, reader, comma),
        "mapping": {name: item.label for name, item in found.items()},
        "unmatched": [label for label in records.labels if label not in used and records.told.get(label, Told()).role != "left"],
        "times": _odd_hours(connection, reader),
        "unfit": _unfit(connection, columns),
        "unknown_codes": reader.unknown_codes,
        "money": notes.basis,
        "notes": notes.items,
        "columns": [_column(item) for item in columns],
        "events": _events(connection, kind, columns),
        "original": None,
    }


def _sheets(detected: Mapping[str, Any]) -> str:
    """Which of several sheets was read, which were not, and how to read another."""
    others, hidden = detected["not_read"], ", which is hidden," if detected.get("hidden_sheet") else ""
    left = f"; not read: {', '.join(others)}. Name one with --sheet to read it" if others else ""
    return f"Only the sheet {detected['sheet']!r}{hidden} was read{left}."


def _detected(records: Records, reader: Reader, comma: Mapping[str, bool]) -> dict[str, Any]:
    body = {key: value for key, value in records.detected.items() if key != "ends_open"}
    orders = list(reader.orders.values())
    if orders:
        body["date_order"] = orders[0]
    kinds = set(comma.values())
    if kinds:
        body["decimal"] = "both" if len(kinds) == 2 else "," if kinds == {True} else "."
    return body


def _column(item: Column) -> dict[str, Any]:
    return {
        "column": item.staged,
        "name": item.name,
        "label": item.label,
        "role": item.role,
        "type": "boolean" if item.role == "consent" else item.type,
        "codes": item.codes,
    }


def _odd_hours(connection: DuckDBPyConnection, reader: Reader) -> dict[str, int]:
    """How many times fell in an hour that occurs twice or never."""
    found = {"twice": 0, "missing": 0}
    for name in reader.odd:
        sql = render("SELECT __k, count(*) FROM judged WHERE NOT __k IS NULL GROUP BY 1", {"__k": name})
        for kind, count in connection.execute(sql).fetchall():
            found[kind] += count
    return found


def _unfit(connection: DuckDBPyConnection, columns: Sequence[Column]) -> dict[str, int]:
    """Per header, how many texts did not fit their column."""
    if not judge.unfit_columns(columns):
        return {}
    return dict(connection.execute(_UNFIT).fetchall())


def _events(connection: DuckDBPyConnection, kind: Kind, columns: Sequence[Column]) -> dict[str, list[str]]:
    """Per event name, the columns that hold something."""
    if kind != "events" and kind not in EVENT_OF:
        return {}
    staged = [c.staged for c in columns if c.role == "property"]
    counts = [put("count(__v)", v=column(name)) for name in staged]
    sql = render("SELECT event, __counts FROM accepted WHERE NOT event IS NULL GROUP BY event ORDER BY event", lists={"__counts": counts})
    return {row[0]: [name for name, n in zip(staged, row[1:], strict=True) if n] for row in connection.execute(sql).fetchall()}


def _iso(instant: dt.datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds") + "Z"
