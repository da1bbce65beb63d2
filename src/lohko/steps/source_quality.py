"""How each source does: how fresh it is, what of it was rejected, and whether what it says has shifted since its earlier files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from lohko.base.clock import now
from lohko.engine import shifts
from lohko.engine.contracts import cells
from lohko.landing import log
from lohko.maths.drift import LARGE, Drift, drift
from lohko.state.batches import imports, retries
from lohko.state.sources import sources as kept_sources
from lohko.steps.books import book
from lohko.steps.schedule import judge
from lohko.steps.shown import ratio

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from lohko.steps.work import Work

_DAYS_AT_LEAST = {"customers": 30.0}
_DAYS = 7.0
"""A source whose files are about what happens is looked for weekly, a list of customers monthly; or twice as long as it usually takes."""
_MOST_FILES = 12
_NEVER = frozenset({"customer_id", "order_id", "message_id", "email", "phone", "name", "first_name", "last_name", "address"})


def sources(work: Work, cursor: DuckDBPyConnection, as_of: dt.datetime, only: str | None = None) -> list[dict[str, Any]]:
    """Every source and kind of file: its books, its freshness, and its fields whose values have shifted in the latest file."""
    with work.state.connect() as connection:
        rows, tried = imports(connection), retries(connection)
    by_source: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if only in (None, row["source"]):
            by_source.setdefault((row["source"], row["kind"]), []).append(row)
    found = []
    for (source, kind), files in by_source.items():
        books = [book(row, tried.get(row["number"], [])) for row in files]
        totals = {name: sum(item[name] for item in books) for name in ("received", "accepted", "duplicate", "rejected")}
        found.append(
            {
                "source": source,
                "kind": kind,
                "files": len(files),
                "brings": sorted({item["name"] for row in files for item in row["plan"] if item["role"] in ("attribute", "property")}),
                **totals,
                "rejected_share": ratio(totals["rejected"], totals["received"]),
                "rejected_by_reason": _summed(item["rejected_by_reason"] for item in books),
                "unfit": _summed(_unfit(row) for row in files),
                "contract": _summed(row["report"].get("contract", {}) for row in files),
                **_freshness(files, kind, as_of),
                "shifted": _shifted(work, cursor, files),
            }
        )
    return found


def stopped_sources(work: Work) -> frozenset[str]:
    """The sources that should come in by themselves and do not: the last sync went wrong, or is overdue."""
    with work.state.connect() as connection:
        rows = kept_sources(connection)
    return frozenset(row["name"] for row in rows if judge(row, work.settings.zone, now())["state"] in ("failing", "late"))


def _unfit(row: dict[str, Any]) -> dict[str, int]:
    """Per field, the texts of a file that could not be what the field is; they are kept beside it as they came."""
    names = {item.get("label"): item["name"] for item in row["plan"]}
    return {names.get(label, label): n for label, n in row["report"].get("unfit", {}).items()}


def _summed(counts: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in counts:
        for name, n in item.items():
            found[name] = found.get(name, 0) + n
    return dict(sorted(found.items()))


def _freshness(files: Sequence[dict[str, Any]], kind: str, as_of: dt.datetime) -> dict[str, Any]:
    """The age of what the source last told, beside how long it is usually silent."""
    arrived = sorted(dt.datetime.fromisoformat(row["received_at"]) for row in files)
    events = [dt.datetime.fromisoformat(row["report"]["last_at"]) for row in files if row["report"].get("last_at") and kind != "customers"]
    last = max(events, default=arrived[-1])
    gaps = [(after - before).total_seconds() / 86400 for before, after in pairwise(arrived)]
    usual = max(_DAYS_AT_LEAST.get(kind, _DAYS), 2 * median(gaps) if len(gaps) > 1 else 0)
    age = max(0.0, (as_of - last).total_seconds() / 86400)
    return {
        "last_import": arrived[-1].isoformat(),
        "last_event": max(events).isoformat() if events else None,
        "age_days": round(age, 1),
        "expected_days": round(usual, 1),
        "stale": age > usual,
        "freshness": round(min(1.0, usual / age), 6) if age else 1.0,
    }


def _shifted(work: Work, cursor: DuckDBPyConnection, files: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fields whose values in the latest file are spread otherwise than in the files before it, the most shifted first."""
    filled = [row for row in files if row["accepted"] >= shifts.FEWEST]
    if len(filled) < 2:
        return []
    *earlier, latest = filled[-_MOST_FILES - 1 :]
    columns = [(row, cells(row["kind"], row["plan"])) for row in (*earlier, latest)]
    names: Collection[str] = [name for name in columns[-1][1] if name not in _NEVER and any(name in there for _, there in columns[:-1])]
    found = []
    for name in names:
        before = [_column(work, row, there[name]) for row, there in columns[:-1] if name in there]
        moved = _drift_of(cursor, (*before, _column(work, latest, columns[-1][1][name])))
        if moved is not None and moved.moved:
            found.append({"field": name, "psi": round(moved.psi, 4), "by_chance": round(moved.by_chance, 4), "large": moved.psi >= LARGE})
    return sorted(found, key=lambda item: -item["psi"])


_KNOWN: dict[tuple[shifts.Column, ...], Drift | None] = {}
"""Files of the archive do not change, so what they say together is found once."""
_MOST_KNOWN = 2000


def _drift_of(cursor: DuckDBPyConnection, columns: tuple[shifts.Column, ...]) -> Drift | None:
    if columns not in _KNOWN:
        counted = shifts.counts(cursor, columns[:-1], columns[-1])
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[columns] = None if counted is None else drift(*counted)
    return _KNOWN[columns]


def _column(work: Work, row: dict[str, Any], cell: Any) -> shifts.Column:
    return shifts.Column(work.folder.landing / str(row["folder"]) / log.ACCEPTED, cell)
