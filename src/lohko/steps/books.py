"""The books: of every record that was received it is known what became of it, and the sums are counted again from the files themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lohko.engine.books import rows_in_archive, rows_in_store
from lohko.landing import log
from lohko.landing.recount import records_of
from lohko.state.batches import imports, retries
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COUNTED = ("received", "accepted", "duplicate", "rejected", "suppressed")
"""What became of the records that were received; `suppressed` are of people who were erased, and are not kept."""


def book(row: Mapping[str, Any], tried: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The book of one import with all its retries: received = accepted + duplicate + rejected + suppressed."""
    last = tried[-1] if tried else row
    return {
        "batch": row["number"],
        "file": row["file_name"],
        "source": row["source"],
        "kind": row["kind"],
        "received": row["received"],
        "accepted": row["accepted"] + sum(item["accepted"] for item in tried),
        "duplicate": row["duplicate"] + sum(item["duplicate"] for item in tried),
        "rejected": last["rejected"],
        "suppressed": _suppressed(row) + sum(_suppressed(item) for item in tried),
        "rejected_by_reason": last["report"]["rejected_by_reason"],
        "retried_by": [item["number"] for item in tried],
    }


def _suppressed(row: Mapping[str, Any]) -> int:
    return int(row["report"].get("suppressed", 0))


def balanced(counts: Mapping[str, Any]) -> bool:
    """Whether all that was received is accounted for."""
    return bool(counts["received"] == sum(counts[name] for name in COUNTED[1:]))


def books(work: Work, progress: Progress, *, recount: bool = False) -> dict[str, Any]:
    """What became of every record of every import, and in total; whether the archive and the store hold as many.

    With `recount` the records of the kept originals are counted again too, without the
    engine that read them; None where there is no original, or it is no plain text table.
    """
    with work.state.connect() as connection:
        rows, tried = imports(connection), retries(connection)
    cursor = work.store.cursor()
    found = []
    for place, row in enumerate(rows):
        progress(place / len(rows), f"counting {row['file_name']}")
        corrected = any(later["replaces"] and later["source"] == row["source"] for later in rows[place:])
        found.append(_checked(work, cursor, row, tried.get(row["number"], []), corrected=corrected, recount=recount))
    cursor.close()
    totals = {name: sum(item[name] for item in found) for name in COUNTED}
    return {
        "data_version": work.data_version(),
        "imports": found,
        "total": {**totals, "balanced": balanced(totals) and all(item["balanced"] for item in found)},
    }


def _checked(
    work: Work, cursor: DuckDBPyConnection, row: Mapping[str, Any], tried: Sequence[Mapping[str, Any]], *, corrected: bool, recount: bool
) -> dict[str, Any]:
    """One import's book, held against the rows that its files and the store hold."""
    counts = book(row, tried)
    parts = [row, *tried]
    archived = [rows_in_archive(cursor, _part(work, part, log.ACCEPTED)) for part in parts]
    rejected = rows_in_archive(cursor, _part(work, parts[-1], log.REJECTED))
    of_parts = [rows_in_store(cursor, work.schema(), part["kind"], part["number"]) for part in parts]
    loaded = None if None in of_parts else sum(filter(None, of_parts))
    erased = sum(int(part["report"].get("erased", 0)) for part in parts)
    retired = sum(int(part["report"].get("retired", 0)) for part in parts)
    records = _records(work, row) if recount else None
    found = {"accepted": sum(archived), "rejected": rejected, "loaded": loaded, "erased": erased, "retired": retired, "records": records}
    # What an erasure took out, and what was kept long enough, is not in the files any more.
    gone = counts["accepted"] - sum(archived), counts["rejected"] - rejected
    agree = (
        min(gone) >= 0
        and sum(gone) <= erased + retired
        and (loaded in (None, sum(archived)) or (corrected and loaded is not None and loaded < sum(archived)))
        and records in (None, counts["received"])
    )
    return {**counts, "found": found, "balanced": balanced(counts) and agree}


def _part(work: Work, row: Mapping[str, Any], name: str) -> Path:
    return work.folder.landing / str(row["folder"]) / name


def _records(work: Work, row: Mapping[str, Any]) -> int | None:
    for name in ("original", "original.masked"):
        path = _part(work, row, name)
        if path.exists():
            return records_of(path, row["report"]["detected"])
    return None
