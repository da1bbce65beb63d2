"""Backups: the state, the log and the key, consistent with each other, with a checksum of every file; `steps/restore.py` brings one back.

The store is never copied: it is made again. Files of the log never change once they
have their name, so they are linked where the disk allows it. A backup states until
when it may be kept; those that are older are removed when the next one is made.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.engine.store import sync
from lohko.landing import log
from lohko.state import batches, past, runs
from lohko.state.audit import verify
from lohko.state.suppression import read_key
from lohko.state.workspace import note
from lohko.steps.intake import events_take
from lohko.steps.question import iso
from lohko.steps.rights_ledger import remember_folder, write_rights
from lohko.steps.work import Progress, Work

MANIFEST = "backup.json"
KEEP_DAYS = 35
_STATE, _KEY = "state.sqlite", "privacy.key"


def backup(work: Work, progress: Progress, *, folder: str, keep_days: int = KEEP_DAYS) -> dict[str, Any]:
    """Make a backup in a new folder under `folder`, to be kept so many days, and remove those there whose days are over."""
    if keep_days < 1:
        raise InputError("bad_days", "A backup is kept for a day at least.")
    place = Path(folder).resolve()
    if place.is_relative_to(work.folder.path.resolve()):
        raise InputError(
            "backup_inside", "A backup inside the workspace is lost with it.", place=str(place), hint="name a folder elsewhere."
        )
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with work.guard:
        events_take(work, progress)  # the inbox is not copied
        read_key(work.folder.key, make=True)  # by this key the rights that are used later are known again
        at = now()
        made = place / f"lohko-{at:%Y%m%dT%H%M%S}-{at.microsecond:06}Z"
        unfinished = made.with_name(f"{made.name}.unfinished")
        with work.state.begin() as connection:
            remember_folder(connection, place)
            note(connection, "backup_made", {"keep_days": keep_days})
        unfinished.mkdir(mode=0o700)
        files = _copy(work, unfinished, progress)
        with work.state.connect() as connection:
            head = verify(connection).head
        body = {
            "made_at": iso(at),
            "keep_until": iso(at + dt.timedelta(days=keep_days)),
            "data_version": work.data_version(),
            "audit_head": head,
            "files": files,
        }
        (unfinished / MANIFEST).write_text(json.dumps(body, indent=1), encoding="utf-8")
        sync(unfinished / MANIFEST)
        sync(unfinished)
        unfinished.rename(made)
        sync(place)
        missed = write_rights(work)
    gone = _remove_old(place, at)
    progress(1.0, "done")
    size = sum((made / name).stat().st_size for name in files)
    return {
        "backup": str(made),
        **{key: body[key] for key in ("made_at", "keep_until", "data_version", "audit_head")},
        "files": len(files),
        "bytes": size,
        "removed": gone,
        "ledger_missing_in": missed,
    }


def _copy(work: Work, target: Path, progress: Progress) -> dict[str, str]:
    """The state by SQLite's own backup, and of the log what that state counts; the checksums by name."""
    with closing(sqlite3.connect(work.folder.state)) as source, closing(sqlite3.connect(target / _STATE)) as copy:
        source.backup(copy)
    with work.state.connect() as connection:
        folders = [row["folder"] for row in batches.batches(connection)]
        ledger = [run.file for run in runs.runs(connection)] + [item.file for item in past.pasts(connection)]
    wanted = [Path("landing") / name / item.name for name in folders for item in (work.folder.landing / name).iterdir()]
    wanted += [Path("ledger") / name for name in ledger if name]
    if work.folder.key.exists():
        wanted.append(Path(_KEY))
    for place, name in enumerate(wanted):
        progress(place / len(wanted), "copying")
        _link(work.folder.path / name, target / name)
    for item in target.rglob("*"):
        item.chmod(0o700 if item.is_dir() else 0o600)
        if item.is_file():
            sync(item)
    return {str(item.relative_to(target)): log.file_sha256(item) for item in sorted(target.rglob("*")) if item.is_file()}


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        os.link(source, target)
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(source, target)


def _remove_old(place: Path, at: dt.datetime) -> list[str]:
    gone = []
    for item in sorted(place.glob("lohko-*Z.unfinished")):
        # Another workspace may be making one just now.
        if at - dt.datetime.fromtimestamp(item.stat().st_mtime, dt.UTC) > dt.timedelta(days=1):
            shutil.rmtree(item)
            gone.append(item.name)
    for item in sorted(place.glob("lohko-*Z")):
        try:
            until = dt.datetime.fromisoformat(json.loads((item / MANIFEST).read_text(encoding="utf-8"))["keep_until"])
        except (OSError, ValueError, KeyError):
            continue
        if until < at:
            shutil.rmtree(item)
            gone.append(item.name)
    return gone
