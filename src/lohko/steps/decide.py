"""What people and rules decide about the data is kept in the log like what arrives: as a numbered batch.

So it has a data version, is made again by a rebuild, counts once it is registered
and never before, and whatever is cached of an earlier version is left behind. The
kinds of decisions are the keys of `engine.load.LOADERS` that are no kind of file.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from lohko.base.clock import now
from lohko.engine.incoming import write_columns
from lohko.landing import log
from lohko.state import batches
from lohko.state.workspace import note
from lohko.steps.load import load_lacking, load_registered
from lohko.steps.work import Work


def keep_decision(
    work: Work,
    kind: str,
    columns: Mapping[str, np.ndarray[Any, Any]],
    *,
    source: str = "lohko",
    detail: dict[str, Any] | None = None,
    plan: list[dict[str, Any]] | None = None,
) -> int:
    """Write a decision's rows to the log, register them and load them; the number of their batch.

    `columns` are arrays of one length, one a column of `accepted.parquet`, of which
    `node` says whom each row is about; `detail` holds counts and names, nothing
    personal. Call it with `work.guard` held. What stands in `state` beside the batch
    is written by the caller, who reads it from the log again should the two part.
    """
    load_lacking(work)
    scratch = log.scratch_folder(work.folder.scratch)
    try:
        folder = scratch / "batch"
        folder.mkdir()
        cursor = work.store.cursor()
        rows = write_columns(cursor, columns, folder / log.ACCEPTED)
        cursor.close()
        with work.state.begin() as connection:
            row = _register(work, connection, folder, kind, source, rows, detail or {}, plan or [])
        load_registered(work.store, work.state, work.folder, row, work.expect(row["number"]), work.settings.currency)
        return int(row["number"])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _register(
    work: Work,
    connection: Connection,
    folder: Path,
    kind: str,
    source: str,
    rows: int,
    detail: dict[str, Any],
    plan: list[dict[str, Any]],
) -> dict[str, Any]:
    number = batches.next_number(connection)
    body = {"batch": number, "source": source, "kind": kind, "sha256": "", "plan": plan, "report": detail}
    digest = log.write_manifest(folder, body)
    name = f"batch-{number:06}"
    log.publish(folder, work.folder.landing, name)
    row = {
        "number": number,
        "source": source,
        "kind": kind,
        "file_name": "",
        "sha256": "",
        "received_at": now().isoformat(),
        "folder": name,
        "manifest_sha256": digest,
        "replaces": False,
        "plan": plan,
        "report": detail,
        "received": rows,
        "accepted": rows,
        "duplicate": 0,
        "rejected": 0,
        "anonymous": 0,
    }
    batches.register(connection, row)
    note(connection, kind, {"batch": number, "rows": rows, **detail})
    return row
