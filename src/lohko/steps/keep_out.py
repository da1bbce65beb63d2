"""Those who were erased stay out: their rows are taken from a staged file before anything is compared, counted and kept."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lohko.engine.sql import column, expression, render
from lohko.landing import log
from lohko.state.suppression import Digests, any_suppressed, read_key, suppressed
from lohko.steps.work import Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlglot import exp

_ADDRESS = re.compile(r"[^\s,;\"'<>()\[\]{}:]+@[^\s,;\"'<>()\[\]{}]+")
_IDENTITIES = "SELECT DISTINCT node_kind, node_value FROM read_parquet(?) WHERE NOT node_value IS NULL"
_SAID = "SELECT DISTINCT CAST(__said AS VARCHAR) FROM read_parquet(?) WHERE NOT __said IS NULL"
_WITHOUT = "SELECT * FROM read_parquet($path) WHERE NOT coalesce(__out, false)"
_REJECTED = "SELECT record, reason, raw FROM read_parquet(?)"
_RECORDS = "SELECT * FROM read_parquet($path) WHERE NOT record IN (SELECT record FROM out_record)"


def keep_out(work: Work, scratch: Path, source: str, report: dict[str, Any]) -> int:
    """Take the rows of suppressed people out of a staged file and correct what its report says was rejected; how many rows went."""
    with work.state.connect() as connection:
        if not any_suppressed(connection):
            return 0
        out = suppressed(connection)
    made = Digests(read_key(work.folder.key), work.settings.country)
    cursor = work.store.cursor()
    try:
        return _accepted(cursor, scratch / log.ACCEPTED, source, report, made, out) + _rejected(
            cursor, scratch / log.REJECTED, source, report, made, out
        )
    finally:
        cursor.close()


def _accepted(cursor: DuckDBPyConnection, path: Path, source: str, report: dict[str, Any], made: Digests, out: set[str]) -> int:
    pairs = [
        (kind, value)
        for kind, value in cursor.execute(_IDENTITIES, [str(path)]).fetchall()
        if made.identity(source, kind, value) in out or ("@" in value and made.email(value) in out)
    ]
    conditions: list[exp.Expr] = []
    if pairs:
        _register(cursor, "out_identity", {"kind": [kind for kind, _ in pairs], "value": [value for _, value in pairs]})
        conditions.append(expression("(node_kind, node_value) IN (SELECT kind, value FROM out_identity)"))
    for item in report["columns"]:
        if item["name"] not in ("email", "phone"):
            continue
        told = made.email if item["name"] == "email" else made.phone
        said = [text for (text,) in cursor.execute(render(_SAID, {"__said": item["column"]}), [str(path)]).fetchall() if told(text) in out]
        if said:
            _register(cursor, f"out_{item['name']}", {"said": said})
            conditions.append(
                expression(
                    "CAST(__said AS VARCHAR) IN (SELECT said FROM __out)",
                    {"__out": f"out_{item['name']}"},
                    {"__said": column(item["column"])},
                )
            )
    if not conditions:
        return 0
    from sqlglot import exp

    before = _count(cursor, path)
    _write(cursor, expression(_WITHOUT, nodes={"__out": exp.or_(*conditions)}).sql("duckdb"), path)
    return before - _count(cursor, path)


def _rejected(cursor: DuckDBPyConnection, path: Path, source: str, report: dict[str, Any], made: Digests, out: set[str]) -> int:
    """Rejected rows too: by any address in them, or the number in the column that says whose they are."""
    label, records, reasons = report["mapping"].get("customer_id"), [], report["rejected_by_reason"]
    for record, reason, raw in cursor.execute(_REJECTED, [str(path)]).fetchall():
        if raw is not None and (_addressed(raw, made, out) or (label and made.identity(source, "id", _cell(raw, label)) in out)):
            records.append(record)
            reasons[reason] -= 1
            if not reasons[reason]:
                del reasons[reason]
    if records:
        cursor.register("out_record", {"record": np.array(records, dtype=np.int64)})
        _write(cursor, _RECORDS, path)
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


def _register(cursor: DuckDBPyConnection, name: str, columns: dict[str, list[str]]) -> None:
    cursor.register(name, {key: np.array(values, dtype=object) for key, values in columns.items()})


def _count(cursor: DuckDBPyConnection, path: Path) -> int:
    return int(cursor.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall()[0][0])


def _write(cursor: DuckDBPyConnection, sql: str, path: Path) -> None:
    left = path.with_name(f"{path.name}.left")
    cursor.sql(sql, params={"path": str(path)}).write_parquet(str(left), compression="snappy")
    left.replace(path)
