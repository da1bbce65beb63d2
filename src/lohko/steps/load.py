"""Keeping the analytical store level with what counts: loading what it lacks, making it again, comparing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lohko.engine.load import Batch, load_batch, loaded_batches, staged_columns
from lohko.engine.membership import latest_loaded, load_run, loaded_runs, rolled
from lohko.engine.past import forget_past, load_past, loaded_pasts
from lohko.engine.rolled import renumber
from lohko.engine.store import is_of_this_lohko
from lohko.landing import log
from lohko.model.schema import Schema
from lohko.state import live
from lohko.state.batches import batches, next_number
from lohko.state.past import Past, pasts
from lohko.state.people import nodes_of_batch
from lohko.state.runs import Run, last_run, runs
from lohko.state.schema import read_schema
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlalchemy import Engine

    from lohko.state.workspace import Folder


class Behind(Exception):
    """The store lacks a batch before one that it has, or was made by another Lohko: it cannot be caught up and is made again."""


def catch_up(store: DuckDBPyConnection, state: Engine, folder: Folder, currency: str, progress: Progress) -> int:
    """Load every batch and run that counts and that the store lacks; how many. Raises Behind when that is not enough."""
    if not is_of_this_lohko(store):
        raise Behind
    with state.connect() as connection:
        rows, made, filled, schema = batches(connection), runs(connection), pasts(connection), read_schema(connection)
    _tell_of_rolling(store, rows)
    loaded = loaded_batches(store)
    wanted = {row["number"]: row["manifest_sha256"] for row in rows}
    lacking = [number for number in wanted if number not in loaded]
    if any(wanted.get(number) != manifest for number, manifest in loaded.items()):
        raise Behind
    if lacking and loaded and min(lacking) < max(loaded):
        raise Behind
    for place, row in enumerate(rows):
        if row["number"] in lacking:
            progress(place / len(rows), f"loading {row['file_name']}")
            load_registered(store, state, folder, row, schema, currency)
    return len(lacking) + _catch_up_runs(store, state, folder, made) + _catch_up_pasts(store, folder, filled)


def _tell_of_rolling(store: DuckDBPyConnection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Make rows of the store those of the batch that theirs became (`steps/roll_messages.py`), where it was not told of that."""
    loaded = loaded_batches(store)
    for row in rows:
        before = {int(number): moved for number, moved in row["report"].get("rolled", {}).items()}
        if len(before) > 1 and before.keys() <= loaded.keys():
            renumber(store, before, row["manifest_sha256"])


def load_lacking(work: Work) -> None:
    """Load the batches and runs that count and are not in the store, since loading them has failed; hold `work.guard`.

    Called before anything is compared with the store and before another batch or run is
    loaded: else what is known would come in twice, who moved would move again, and both in another order.
    """
    version = work.data_version()
    with work.state.connect() as connection:
        newest = last_run(connection)
        rows = [row for row in batches(connection) if row["number"] > version] if next_number(connection) - 1 > version else []
    for row in rows:
        load_registered(work.store, work.state, work.folder, row, work.expect(row["number"]), work.settings.currency)
    if newest is not None and newest.number > latest_loaded(work.store):
        with work.state.connect() as connection:
            made = runs(connection)
        _catch_up_runs(work.store, work.state, work.folder, made)


def _catch_up_runs(store: DuckDBPyConnection, state: Engine, folder: Folder, made: list[Run]) -> int:
    with state.connect() as connection:
        first = live.spans(connection)
    loaded, wanted = loaded_runs(store), {run.number: run.sha256 for run in made}
    spans = [run for run in made if run.number in first and loaded.get(run.number) != run.sha256]
    for run in spans:  # rolled up when the store was not told any more, or when it was not there
        path = _checked(folder, run)
        rolled(store, first[run.number], run.number, run.sha256, path)
    loaded = loaded_runs(store) if spans else loaded
    lacking = [run for run in made if run.number not in loaded]
    if any(wanted.get(number) != sha256 for number, sha256 in loaded.items()):
        raise Behind
    for run in lacking:
        with state.connect() as connection:
            rows = [] if run.file or not run.changes else live.moves_of(connection, run.number, run.number)
        load_run(store, run.number, run.sha256, _checked(folder, run), rows, dt.datetime.fromisoformat(run.as_of))
    return len(lacking) + len(spans)


def _checked(folder: Folder, run: Run) -> Path | None:
    """A run's file of the ledger, after looking whether it is what it was; None for a run without one."""
    if not run.file:
        return None
    log.check_file(folder.ledger / run.file, run.sha256)
    return folder.ledger / run.file


def _catch_up_pasts(store: DuckDBPyConnection, folder: Folder, filled: list[Past]) -> int:
    """After the runs, of which the first ones are read by them."""
    loaded, wanted = loaded_pasts(store), {past.segment: past.sha256 for past in filled}
    for segment in loaded.keys() - wanted.keys():
        forget_past(store, segment)
    lacking = [past for past in filled if loaded.get(past.segment) != past.sha256]
    for past in lacking:
        path = folder.ledger / past.file if past.file else None
        if path is not None:
            log.check_file(path, past.sha256)
        load_past(store, past.segment, past.sha256, path)
    return len(lacking)


def load_registered(store: DuckDBPyConnection, state: Engine, folder: Folder, row: dict[str, Any], schema: Schema, currency: str) -> None:
    """Load one batch that counts, after checking that its files are what they were."""
    place = folder.landing / row["folder"]
    log.check(place, row["manifest_sha256"])
    batch = Batch(
        number=row["number"],
        source=row["source"],
        kind=row["kind"],
        received_at=dt.datetime.fromisoformat(row["received_at"]),
        replaces=row["replaces"],
        columns=staged_columns(row["plan"]),
        accepted=Path(place / log.ACCEPTED),
        manifest=row["manifest_sha256"],
        rolled="rolled" in row["report"],
    )
    with state.connect() as connection:
        load_batch(store, batch, nodes_of_batch(connection, batch.number), schema, currency)
