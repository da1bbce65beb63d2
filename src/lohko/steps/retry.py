"""Rows that were rejected, read again from the kept original: with a corrected mapping, another contract, or a rate that there is now.

What comes in is a batch of its own that says which import it retries. The whole file
is read again, since what a row means can depend on the others, but only the records
that were rejected are looked at, so nothing that came in before comes in twice.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from lohko.base.errors import InputError
from lohko.base.times import zone
from lohko.engine.incoming import still_rejected
from lohko.landing import log
from lohko.landing.parse import parse
from lohko.landing.request import Request
from lohko.state.batches import imports, retries
from lohko.steps.beside import lay_beside
from lohko.steps.books import book
from lohko.steps.ingest import Arrival, keep
from lohko.steps.work import Progress, Work

_ORIGINALS = ("original", "original.masked")


def retry(
    work: Work,
    progress: Progress,
    *,
    batch: int | None = None,
    columns: dict[str, str] | None = None,
    event: str | None = None,
    timezone: str | None = None,
    currency: str | None = None,
    date_order: str | None = None,
) -> dict[str, Any]:
    """Read the rejected rows of an import again and bring in those that can be used now; the latest import that has any when none is named.

    What is given here stands instead of what was said at the import; the contract and
    whatever else the workspace knows are those of now. What is rejected still stays so.
    """
    row, earlier = _import_of(work, batch)
    before = book(row, earlier)
    if not before["rejected"]:
        return _said(work, row, before, before, None)
    original = _original(work, row)
    scratch = log.scratch_folder(work.folder.scratch)
    try:
        request = _request(work, row, original, scratch, columns or {}, event, timezone, currency, date_order)
        lay_beside(work, scratch)
        report = parse(request, lambda done, what: progress(done * 0.6, what))
        with work.guard:
            row, earlier = _import_of(work, row["number"])
            before = book(row, earlier)
            found = _bring_in(work, progress, row, earlier, request, report, scratch)
        row, earlier = _import_of(work, row["number"])
        return _said(work, row, before, book(row, earlier), found)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _import_of(work: Work, number: int | None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An import and its retries so far."""
    with work.state.connect() as connection:
        known, tried = {row["number"]: row for row in imports(connection)}, retries(connection)
    if not known:
        raise InputError("no_imports", "Nothing has been imported yet.")
    if number is None:
        open_ones = [n for n in known if book(known[n], tried.get(n, []))["rejected"]]
        number = max(open_ones, default=max(known))
    if number not in known:
        raise InputError("unknown_import", f"There is no import {number}.", hint="`lohko status` lists them.")
    row = known[number]
    if row["replaces"]:
        raise InputError(
            "retry_of_correction",
            "The rows of a file that corrected others (--replace) cannot be retried one by one.",
            hint="mend the file and import it again with --replace.",
        )
    return row, tried.get(number, [])


def _original(work: Work, row: Mapping[str, Any]) -> Path:
    for name in _ORIGINALS:
        path = work.folder.landing / str(row["folder"]) / name
        if path.exists():
            return path
    raise InputError(
        "no_original",
        "The file itself is not kept any more, so its rejected rows cannot be read again.",
        hint=f"`lohko rejected --batch {row['number']} --format csv` gives them; mend them and import that file.",
    )


def _request(
    work: Work,
    row: Mapping[str, Any],
    original: Path,
    scratch: Path,
    columns: dict[str, str],
    event: str | None,
    timezone: str | None,
    currency: str | None,
    date_order: str | None,
) -> Request:
    """How the file was asked to be read, with what is said now instead."""
    if date_order not in (None, "dmy", "mdy", "ymd"):
        raise InputError("bad_date_order", f"{date_order!r} is no order of day, month and year.", hint="dmy, mdy or ymd.")
    if timezone is not None:
        zone(timezone)
    asked = row["report"].get("request") or {"map": row["report"]["mapping"], "file_zone": work.settings.timezone}
    said: dict[str, Any] = {"event": event, "file_zone": timezone, "date_order": date_order, "currency": currency and currency.upper()}
    now = {"workspace_currency": work.settings.currency, "country": work.settings.country, "file": str(original), "out": str(scratch)}
    base = Request(kind=row["kind"], **{"currency": work.settings.currency, **asked, **now})
    return changed(base, map={**base.map, **columns}, **{name: value for name, value in said.items() if value is not None})


_AGAIN = "again.parquet"


def _bring_in(
    work: Work,
    progress: Progress,
    row: Mapping[str, Any],
    earlier: list[dict[str, Any]],
    request: Request,
    report: dict[str, Any],
    scratch: Path,
) -> dict[str, Any] | None:
    """Keep what can be used now as a batch; None when that is nothing."""
    again = work.folder.landing / (earlier[-1] if earlier else row)["folder"] / log.REJECTED
    still = scratch / _AGAIN
    cursor = work.store.cursor()
    reasons, received = still_rejected(cursor, scratch / log.REJECTED, again, still)
    cursor.close()
    if sum(reasons.values()) == received:
        return None
    still.replace(scratch / log.REJECTED)
    report = {**report, "received": received, "rejected_by_reason": reasons}
    incoming = log.Incoming(Path(request.file), row["file_name"], "", 0)
    received_at = dt.datetime.fromisoformat(row["received_at"])  # what has no time of its own held from when it arrived first
    return keep(work, progress, Arrival(incoming, request, report, row["source"], False, scratch, received_at, row["number"], again))


def _said(
    work: Work, row: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], found: dict[str, Any] | None
) -> dict[str, Any]:
    """What a retry brought, and the books of its import as they are now."""
    return {
        "retries": row["number"],
        "file": row["file_name"],
        "batch": None if found is None else found["batch"],
        "tried": before["rejected"],
        "accepted": after["accepted"] - before["accepted"],
        "duplicate": after["duplicate"] - before["duplicate"],
        "rejected": after["rejected"],
        "suppressed": after["suppressed"] - before["suppressed"],
        "rejected_by_reason": after["rejected_by_reason"],
        "new_customers": 0 if found is None else found["new_customers"],
        "book": dict(after),
        "data_version": work.data_version(),
    }
