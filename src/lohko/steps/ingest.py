"""Bringing a file in: received, parsed, compared with what is known, archived, registered, loaded.

The import counts from the moment its row stands in `state`; a crash before that
leaves nothing, one after it is made good when the workspace is next opened.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from sqlalchemy import Connection

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import zone
from lohko.engine.repeats import judge
from lohko.landing import log
from lohko.landing.fields import KINDS
from lohko.landing.parse import parse
from lohko.landing.stage import Request
from lohko.model.orders import CANCELLED_ORDER, DERIVED, OF_WHOLE_ORDER, ORDER, ORDER_LINE, REFUND, SETS
from lohko.state import batches, people, schema
from lohko.state.workspace import note
from lohko.steps.load import load_registered
from lohko.steps.work import Progress, Work


def ingest(
    work: Work,
    progress: Progress,
    *,
    stream: BinaryIO,
    name: str,
    kind: str,
    columns: dict[str, str] | None = None,
    source: str = "shop",
    event: str | None = None,
    timezone: str | None = None,
    currency: str | None = None,
    date_order: str | None = None,
    replace: bool = False,
) -> dict[str, Any]:
    """Import one file; what was received, accepted, known already and rejected, and why."""
    if kind not in KINDS:
        raise InputError("unknown_kind", f"No kind of file is called {kind!r}.", hint=did_you_mean(kind, KINDS))
    if date_order not in (None, "dmy", "mdy", "ymd"):
        raise InputError("bad_date_order", f"{date_order!r} is no order of day, month and year.", hint="dmy, mdy or ymd.")
    zone(timezone or work.settings.timezone)
    scratch = log.scratch_folder(work.folder.scratch)
    try:
        progress(0.0, "receiving")
        incoming = log.receive(stream, name, scratch)
        with work.state.connect() as connection:
            seen = batches.same_file(connection, source, kind, incoming.sha256)
        if seen is not None and not replace:
            return _already(work, seen)
        request = Request(
            file=str(incoming.path),
            kind=kind,
            map=columns or {},
            event=event,
            file_zone=timezone or work.settings.timezone,
            currency=(currency or work.settings.currency).upper(),
            workspace_currency=work.settings.currency,
            country=work.settings.country,
            date_order=date_order,  # type: ignore[arg-type]
            out=str(scratch),
        )
        report = parse(request, lambda done, what: progress(done * 0.6, what))
        with work.guard:
            return _keep(work, progress, incoming, report, kind, source, replace, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _already(work: Work, seen: dict[str, Any]) -> dict[str, Any]:
    return {
        **seen["report"],
        "accepted": 0,
        "duplicate": seen["received"],
        "rejected": 0,
        "rejected_by_reason": {},
        "new_customers": 0,
        "already_imported": True,
        "batch": seen["number"],
        "data_version": work.data_version(),
    }


def _keep(
    work: Work,
    progress: Progress,
    incoming: log.Incoming,
    report: dict[str, Any],
    kind: str,
    source: str,
    replace: bool,
    scratch: Path,
) -> dict[str, Any]:
    progress(0.65, "comparing with what is known")
    received_at = now()
    cursor = work.store.cursor()
    cursor.execute("CREATE OR REPLACE TEMP TABLE incoming AS SELECT * FROM read_parquet(?)", [str(scratch / log.ACCEPTED)])
    judge(cursor, kind, source, work.schema(), replaces=replace)
    verdicts = dict(cursor.execute("SELECT what, count(*) FROM verdict GROUP BY what").fetchall())
    changed = {what: n for what, n in verdicts.items() if what not in ("new", "duplicate")}
    with work.state.begin() as connection:
        number = batches.next_number(connection)
        new_nodes = _allocate(cursor, connection, source, number)
        plan = _plan(connection, report, kind)
        folder = scratch / "batch"
        folder.mkdir()
        progress(0.75, "writing the archive")
        _write(cursor, folder, scratch / log.REJECTED, source)
        counts = _counts(cursor, kind, report, verdicts, changed, new_nodes)
        _keep_original(report, incoming, scratch, folder)
        manifest = {"batch": number, "source": source, "kind": kind, "sha256": incoming.sha256, "plan": plan, "report": counts}
        digest = log.write_manifest(folder, manifest)
        name = f"batch-{number:06}"
        log.publish(folder, work.folder.landing, name)
        row = {
            "number": number,
            "source": source,
            "kind": kind,
            "file_name": incoming.name,
            "sha256": incoming.sha256,
            "received_at": received_at.isoformat(),
            "folder": name,
            "manifest_sha256": digest,
            "replaces": replace,
            "plan": plan,
            "report": {**counts, "file": incoming.name, "kind": kind},
            **{key: counts[key] for key in ("received", "accepted", "duplicate", "rejected", "anonymous")},
        }
        batches.register(connection, row)
        note(connection, "imported", {"batch": number, "kind": kind, "accepted": counts["accepted"]})
    cursor.close()
    progress(0.8, "loading")
    load_registered(work.store, work.state, work.folder, row, work.schema(), work.settings.currency)
    progress(1.0, "done")
    return {**_described(work, row), "already_imported": False}


def _described(work: Work, row: dict[str, Any]) -> dict[str, Any]:
    return {**row["report"], "batch": row["number"], "data_version": work.data_version()}


def _allocate(cursor: Any, connection: Connection, source: str, number: int) -> int:
    """Nodes and people for the customers seen for the first time, in the order of their values."""
    rows = cursor.execute(
        """SELECT DISTINCT s.node_kind, s.node_value FROM incoming AS s JOIN verdict AS v ON v.record = s.record
        WHERE v.what = 'new' AND s.node_value IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM node AS n WHERE n.source = ? AND n.kind = s.node_kind AND n.value = s.node_value)
        ORDER BY s.node_kind, s.node_value""",
        [source],
    ).fetchall()
    nodes = people.allocate(connection, source, rows, number)
    cursor.execute("CREATE OR REPLACE TEMP TABLE fresh (node INTEGER, kind VARCHAR, value VARCHAR)")
    if nodes:
        arrays: dict[str, Any] = {
            "node": np.array([n.node for n in nodes], dtype=np.int32),
            "kind": np.array([n.kind for n in nodes], dtype=object),
            "value": np.array([n.value for n in nodes], dtype=object),
        }
        cursor.register("fresh_rows", arrays)
        cursor.execute("INSERT INTO fresh SELECT node, kind, value FROM fresh_rows")
        cursor.unregister("fresh_rows")
    return len(nodes)


def _plan(connection: Connection, report: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Where every staged column goes; the schema is widened by what is new."""
    columns = [dict(item) for item in report["columns"]]
    for item in columns:
        if item["role"] == "attribute":
            item["name"] = schema.ensure_attribute(connection, item["name"], item["type"], item["codes"]).name
    if kind in ("orders", "order-lines"):
        _ensure_orders(connection, columns, kind)
    if kind == "events":
        for event, staged in report["events"].items():
            number, _ = schema.ensure_event(connection, event)
            for item in columns:
                if item["column"] in staged:
                    schema.ensure_property(connection, number, item["name"], item["type"], item["codes"])
                    item.setdefault("events", []).append(event)
    return columns


def _ensure_orders(connection: Connection, columns: list[dict[str, Any]], kind: str) -> None:
    numbers = {}
    for event in (ORDER, ORDER_LINE, REFUND, CANCELLED_ORDER):
        numbers[event], _ = schema.ensure_event(connection, event)
        for name, type_ in DERIVED[event].items():
            schema.ensure_property(connection, numbers[event], name, type_)
    target = ORDER_LINE if kind == "order-lines" else ORDER
    for item in columns:
        if item["role"] != "property" or item["name"] in DERIVED[target]:
            continue
        schema.ensure_property(connection, numbers[target], item["name"], item["type"], item["codes"])
        if kind == "order-lines" and item["name"] in SETS:
            schema.ensure_property(connection, numbers[ORDER], item["name"], "text_set")
        elif kind == "order-lines" and item["name"] in OF_WHOLE_ORDER:
            schema.ensure_property(connection, numbers[ORDER], item["name"], "text")


def _write(cursor: Any, folder: Path, rejected: Path, source: str) -> None:
    cursor.execute(
        """CREATE OR REPLACE TEMP TABLE kept AS
        SELECT s.* EXCLUDE (node_kind, node_value), coalesce(f.node, n.node)::INTEGER AS node
        FROM incoming AS s JOIN verdict AS v ON v.record = s.record AND v.what = 'new'
        LEFT JOIN fresh AS f ON f.kind = s.node_kind AND f.value = s.node_value
        LEFT JOIN node AS n ON n.source = ? AND n.kind = s.node_kind AND n.value = s.node_value""",
        [source],
    )
    cursor.sql('SELECT * FROM kept ORDER BY node, "at", record').write_parquet(str(folder / log.ACCEPTED), compression="zstd")
    cursor.execute("CREATE OR REPLACE TEMP TABLE refused AS SELECT * FROM read_parquet(?)", [str(rejected)])
    cursor.execute(
        """INSERT INTO refused SELECT s.record, v.what, CASE v.what WHEN 'changed_order' THEN 'order_id' ELSE 'message_id' END,
            coalesce(s.order_id, s.message_id)
        FROM incoming AS s JOIN verdict AS v ON v.record = s.record WHERE v.what NOT IN ('new', 'duplicate')"""
    )
    cursor.sql("SELECT * FROM refused ORDER BY record").write_parquet(str(folder / log.REJECTED), compression="zstd")


def _counts(
    cursor: Any, kind: str, report: dict[str, Any], verdicts: dict[str, int], changed: dict[str, int], new_nodes: int
) -> dict[str, Any]:
    kept = cursor.execute(
        'SELECT count(*), count(*) FILTER (WHERE node IS NULL), count(DISTINCT node), min("at"), max("at") FROM kept'
    ).fetchall()[0]
    reasons = dict(report["rejected_by_reason"])
    for what, n in changed.items():
        reasons[what] = reasons.get(what, 0) + n
    body = {key: value for key, value in report.items() if key not in ("columns", "events", "original")}
    return {
        **body,
        "accepted": kept[0],
        "duplicate": verdicts.get("duplicate", 0),
        "rejected": sum(reasons.values()),
        "rejected_by_reason": dict(sorted(reasons.items())),
        "anonymous": kept[1],
        "customers": kept[2],
        "new_customers": new_nodes,
        **_accounted(cursor, kind),
    }


def _accounted(cursor: Any, kind: str) -> dict[str, Any]:
    """What the accepted order rows of known customers are: lines of orders, of refunds, or cancelled."""
    if kind not in ("orders", "order-lines"):
        return {}
    row = cursor.execute(
        """WITH sign AS (
            SELECT node, cancelled, coalesce(order_id, concat(node, epoch_us("at"), CASE WHEN ? = 'orders' THEN record END)) AS k,
                amount > 0 AS positive, amount < 0 OR (amount = 0 AND coalesce(quantity, 0) < 0) AS negative FROM kept
        ), judged AS (
            SELECT *, bool_or(positive AND NOT cancelled) OVER (PARTITION BY node, k) AS bought,
                bool_or(negative AND NOT cancelled) OVER (PARTITION BY node, k) AS gave_back FROM sign
        )
        SELECT count(*) FILTER (WHERE node IS NOT NULL AND NOT cancelled AND gave_back AND NOT bought),
            count(*) FILTER (WHERE node IS NOT NULL AND cancelled),
            count(*) FILTER (WHERE node IS NOT NULL AND NOT cancelled AND (bought OR NOT gave_back)) FROM judged""",
        [kind],
    ).fetchall()[0]
    return {"refunds": row[0], "cancelled": row[1], "used": row[2]}


def _keep_original(report: dict[str, Any], incoming: log.Incoming, scratch: Path, folder: Path) -> None:
    """The original, for *retry*; in its masked form when it held personal identity codes, or not at all."""
    masked = scratch / "original.masked"
    if masked.exists():
        masked.rename(folder / "original.masked")
    elif report["masked"] == 0:
        incoming.path.rename(folder / "original")
