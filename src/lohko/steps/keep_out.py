"""Those who were erased stay out: their rows are taken from a staged file before anything is compared, counted and kept."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lohko.engine import kept_out
from lohko.engine.severed import deal_rows
from lohko.landing import log
from lohko.landing.sought import Sought
from lohko.state.suppression import Digests, any_suppressed, read_key, suppressed
from lohko.steps.work import Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlglot import exp

OF_COMPANIES = ("accounts", "deals")
"""The kinds of lists that say what companies are and do."""
_ADDRESS = re.compile(r"[^\s,;\"'<>()\[\]{}:]+@[^\s,;\"'<>()\[\]{}]+")


@dataclass(frozen=True)
class KeptOut:
    """How many rows of a file were of people who stay out, and how many texts in the rows of companies named them."""

    rows: int = 0
    cells: int = 0


def keep_out(work: Work, scratch: Path, source: str, report: dict[str, Any]) -> KeptOut:
    """Take the rows of suppressed people out of a staged file and correct what its report says was rejected.

    The rows of a list of companies are not theirs: there the cells go that hold an address of theirs, and of a deal whose it was.
    """
    with work.state.connect() as connection:
        if not any_suppressed(connection):
            return KeptOut()
        out = suppressed(connection)
    made = Digests(read_key(work.folder.key), work.settings.country)
    cursor = work.store.cursor()
    try:
        accepted = scratch / log.ACCEPTED
        rows = _accepted(cursor, accepted, source, report, made, out)
        gone, cells = (0, 0) if rows is None else _taken_out(cursor, accepted, report, rows)
        gone += _rejected(cursor, scratch / log.REJECTED, source, report, made, out)
        return KeptOut(gone, cells + (_cells(cursor, accepted, made, out) if report["kind"] in OF_COMPANIES else 0))
    finally:
        cursor.close()


def _accepted(cursor: DuckDBPyConnection, path: Path, source: str, report: dict[str, Any], made: Digests, out: set[str]) -> exp.Expr | None:
    whose = [
        (kind, value)
        for kind, value in kept_out.identities(cursor, path)
        if made.identity(source, kind, value) in out or ("@" in value and made.email(value) in out)
    ]
    says = {}
    for item in report["columns"]:
        if item["name"] in ("email", "phone"):
            told = made.email if item["name"] == "email" else made.phone
            if found := [text for text in kept_out.said(cursor, path, item["column"]) if told(text) in out]:
                says[item["column"]] = found
    return kept_out.rows_of(cursor, whose, says)


def _taken_out(cursor: DuckDBPyConnection, path: Path, report: dict[str, Any], rows: exp.Expr) -> tuple[int, int]:
    """Take out rows of theirs: how many, and how many cells of deals of companies, which stay without them."""
    if report["kind"] != "deals":
        return kept_out.take_out(cursor, path, rows), 0
    deals = deal_rows(cursor, path, report["columns"])
    gone = kept_out.take_out(cursor, path, deals.of_nobody_else(rows))
    stay = deals.of_company(rows)
    named = Sought(texts=sorted(deals.said(cursor, path, stay)))
    if not named.texts:
        return gone, 0
    cells = dict.fromkeys(deals.people, stay)
    for name in deals.others:
        if found := [text for text in kept_out.said(cursor, path, name) if named.in_text(text)]:
            cells[name] = kept_out.that_say(name, found)
    kept_out.blank(cursor, path, cells)
    return gone, len(named.texts)


def _cells(cursor: DuckDBPyConnection, path: Path, made: Digests, out: set[str]) -> int:
    says = {
        name: found
        for name in kept_out.texts(cursor, path)
        if (found := [text for text in kept_out.said(cursor, path, name) if _addressed(text, made, out)])
    }
    if says:
        kept_out.blank(cursor, path, {name: kept_out.that_say(name, found) for name, found in says.items()})
    return sum(map(len, says.values()))


def _rejected(cursor: DuckDBPyConnection, path: Path, source: str, report: dict[str, Any], made: Digests, out: set[str]) -> int:
    """Rejected rows too: by any address in them, or the number in the column that says whose they are."""
    label, records, reasons = report["mapping"].get("customer_id"), [], report["rejected_by_reason"]
    for record, reason, raw in kept_out.rejected(cursor, path):
        if raw is not None and (_addressed(raw, made, out) or (label and made.identity(source, "id", _cell(raw, label)) in out)):
            records.append(record)
            reasons[reason] -= 1
            if not reasons[reason]:
                del reasons[reason]
    if records:
        kept_out.take_records(cursor, path, records)
        report["rejected"] = report.get("rejected", 0) - len(records)
    return len(records)


def _addressed(raw: str, made: Digests, out: set[str]) -> bool:
    return any(made.email(address) in out for address in _ADDRESS.findall(raw))


def _cell(raw: str, label: str) -> str:
    try:
        body = json.loads(raw)
    except ValueError:
        return ""
    return str(body.get(label, "")).strip() if isinstance(body, dict) else ""
