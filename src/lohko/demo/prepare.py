"""The demo shop's workspace: files are made, and come in by the same road as anybody's.

What is there already is used again: a second run does nothing, and a run that was
stopped goes on where it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from lohko.base.clock import now
from lohko.base.times import local_day
from lohko.demo.shop import write_shop
from lohko.state.batches import batches
from lohko.state.workspace import Folder, Settings, create
from lohko.steps.history import reconstruct
from lohko.steps.ingest import ingest
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply
from lohko.steps.work import Progress, Work
from lohko.wiring import open_work

_SETTINGS = Settings("Europe/Helsinki", "EUR", "FI")
_DAYS_OF_PAST = 60


def prepare(folder: Path, *, customers: int, seed: int, say: Callable[[str], None], progress: Progress) -> None:
    """Make the demo shop in `folder`, or make sure that it is whole."""
    if not Folder(folder).state.exists():
        create(folder, _SETTINGS)
    with open_work(folder, progress) as work:
        if _is_whole(work):
            say(f"Using the demo shop in {folder}.")
            return
        say(f"Making a demo shop of {customers:,} customers in {folder} ...")
        _bring_in(work, customers, seed, say, progress)
        apply(work, progress)
        reconstruct(work, progress, days=_DAYS_OF_PAST)
        refresh(work, progress)


def _is_whole(work: Work) -> bool:
    """The refresh is the last thing that is made."""
    from lohko.state.runs import last_run

    with work.state.connect() as connection:
        return last_run(connection) is not None


def _bring_in(work: Work, customers: int, seed: int, say: Callable[[str], None], progress: Progress) -> None:
    place = work.folder.path / "files"
    place.mkdir(exist_ok=True, mode=0o700)
    with work.state.connect() as connection:
        known = {(row["kind"], row["file_name"]) for row in batches(connection)}
    for file in write_shop(place, customers=customers, until=_until(place), seed=seed):
        if (file.kind, file.path.name) in known:
            continue
        with file.path.open("rb") as stream:
            found = ingest(work, progress, stream=stream, name=file.path.name, kind=file.kind, source=file.source, **file.arguments)
        say(
            f"  {file.path.name}: {found['received']:,} rows = {found['accepted']:,} accepted"
            f" + {found['duplicate']:,} known already + {found['rejected']:,} rejected"
        )


def _until(place: Path) -> dt.date:
    """The day on which the shop was first made, so that a run that goes on makes the same files."""
    kept = place / "until"
    if not kept.exists():
        kept.write_text(local_day(now(), _SETTINGS.zone).isoformat())
    return dt.date.fromisoformat(kept.read_text())
