"""The books of events: of every message that was acknowledged it is known what became of it, per source and hour of its arrival."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from lohko.engine.books import rows_in_archive
from lohko.landing import inbox, log
from lohko.landing.inbox import Position
from lohko.state import batches
from lohko.state import inbox as inbox_state
from lohko.steps.taking import COUNTED, KIND
from lohko.steps.work import Progress, Work


def events_books(work: Work, progress: Progress, *, source: str | None = None, recount: bool = False) -> dict[str, Any]:
    """Per source and hour: received = stored + duplicate + rejected + suppressed (of people who were erased).

    `received` is what the process counted that acknowledged it. With `recount` what is
    stored and rejected is counted again in the archive's files.
    """
    with work.guard, work.state.connect() as connection:
        rows = [row for row in batches.batches(connection) if row["kind"] == KIND and source in (None, row["source"])]
        position = Position(*inbox_state.read_through(connection))
        hours: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for row in rows:
            for hour, counts in row["report"]["hours"].items():
                hours[row["source"], hour].update({name: counts[name] for name in COUNTED})
        counted = _recounted(work, rows) if recount else None
    lines = [{"source": name, "hour": f"{hour}:00Z", **_line(counts)} for (name, hour), counts in sorted(hours.items())]
    totals = Counter[str]()
    for counts in hours.values():
        totals.update(counts)
    total = _line(totals)
    agrees = counted is None or (
        counted["stored"] + counted["erased"] >= total["stored"] >= counted["stored"]
        and counted["rejected"] + counted["erased"] >= total["rejected"] >= counted["rejected"]
    )
    return {
        "hours": lines,
        "total": {**total, "balanced": total["balanced"] and all(line["balanced"] for line in lines) and agrees},
        "found": counted,
        "waiting_bytes": inbox.waiting_bytes(work.folder.inbox, position),
        "data_version": work.data_version(),
    }


def _line(counts: Mapping[str, int]) -> dict[str, Any]:
    body = {name: counts.get(name, 0) for name in COUNTED}
    return {**body, "balanced": body["received"] == sum(body[name] for name in COUNTED[1:])}


def _recounted(work: Work, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What the archive's files hold, and how much of it was erased."""
    cursor, found = work.store.cursor(), Counter(dict.fromkeys(("stored", "rejected", "erased"), 0))
    for row in rows:
        folder = work.folder.landing / row["folder"]
        found["stored"] += rows_in_archive(cursor, folder / log.ACCEPTED)
        found["rejected"] += rows_in_archive(cursor, folder / log.REJECTED)
        found["rejected"] -= sum(map(len, row["report"].get("resolved", {}).values()))
        found["erased"] += int(row["report"].get("erased", 0))
    cursor.close()
    return dict(found)
