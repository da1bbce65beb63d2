"""Rows that could not be used: kept as they came, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lohko.base.errors import InputError
from lohko.base.text import slug
from lohko.engine.incoming import read_rejected, sample_rejected
from lohko.landing import log
from lohko.state.batches import imports, retries
from lohko.state.workspace import note
from lohko.steps.work import Progress, Work


def rejected(
    work: Work, progress: Progress, *, batch: int | None = None, limit: int = 200, reason: str | None = None, each: int = 0
) -> dict[str, Any]:
    """The rows of one import (the latest when none is named) that are rejected still, in the order of the file, at most `limit` of them.

    With `reason` only those; with `each` the first so many of every reason. `headers` are the columns of the file, `mapping` what
    each field was read from; `value` of a row is what stood in the field that its reason is about.
    """
    with work.state.connect() as connection:
        known, tried = {row["number"]: row for row in imports(connection)}, retries(connection)
    if not known:
        raise InputError("no_imports", "Nothing has been imported yet.")
    row = known.get(max(known) if batch is None else batch)
    if row is None:
        raise InputError(
            "unknown_import", f"There is no import {batch}.", hint=f"`lohko status` lists them, from {min(known)} to {max(known)}."
        )
    last = tried.get(row["number"], [row])[-1]
    path = work.folder.landing / last["folder"] / log.REJECTED
    cursor, labels = work.store.cursor(), last["report"].get("mapping", {})
    headers = {slug(label): label for label in row["report"].get("unmatched", [])} | labels
    rows = sample_rejected(cursor, path, each) if each else read_rejected(cursor, path, limit, reason)
    with work.state.begin() as connection:
        note(connection, "rejected_seen", {"batch": row["number"], "rows": min(limit, last["rejected"])})
    return {
        "batch": row["number"],
        "file": row["file_name"],
        "rejected": last["rejected"],
        "by_reason": last["report"]["rejected_by_reason"],
        "source": row["source"],
        "kind": row["kind"],
        "mapping": labels,
        "headers": [*row["report"].get("mapping", {}).values(), *row["report"].get("unmatched", [])],
        "rows": [row | {"value": _there(row, headers)} for row in rows],
    }


def _there(row: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
    """What stands in the field that a row's reason is about; None where nothing does, or where the row could not be cut into cells."""
    return row["raw"].get(headers.get(row["field"])) if isinstance(row["raw"], dict) else None
