"""Backups: the state, the log and the key, consistent with each other, with a checksum of every file; and bringing one back.

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
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from lohko.base.clock import now
from lohko.base.errors import InputError, StoreError
from lohko.engine.erasure import Subject, subject
from lohko.engine.links import identities
from lohko.engine.store import sync
from lohko.landing import log
from lohko.model.consent import FLAGS, PURPOSE_TABLE
from lohko.state import batches, past, runs
from lohko.state.audit import verify
from lohko.state.erasures import ERASE, RightUsed
from lohko.state.suppression import Digests, read_key, suppress
from lohko.state.workspace import note
from lohko.steps.consents import consent_withdraw, set_flag
from lohko.steps.person_erase import person_erase
from lohko.steps.question import iso
from lohko.steps.rights_ledger import forget_folders, remember_folder, write_rights
from lohko.steps.work import Progress, Work, silent

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


# --- bringing one back -------------------------------------------------------------------------


def unpack(made: Path, target: Path) -> dict[str, Any]:
    """Copy a backup to a new folder, every file checked; its manifest. StoreError when a file is not what it was."""
    try:
        body: dict[str, Any] = json.loads((made / MANIFEST).read_text(encoding="utf-8"))
        files = dict(body["files"])
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(
            "no_backup", "There is no whole backup here.", place=str(made), hint=f"name the folder that holds {MANIFEST}."
        ) from error
    if target.exists() and any(target.iterdir()):
        raise InputError("folder_not_empty", "The folder is not empty.", place=str(target), hint="name a new folder.")
    for name, digest in files.items():
        source = made / name
        if not source.is_file() or log.file_sha256(source) != digest:
            raise StoreError(
                "backup_damaged", "A file of the backup is missing or has changed.", place=str(source), hint="take another backup."
            )
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(source, copy)
        copy.chmod(0o600)
    for part in ("landing", "ledger", "run"):
        (target / part).mkdir(parents=True, exist_ok=True, mode=0o700)
    target.chmod(0o700)
    return body


def replay_rights(work: Work, rights: Iterable[RightUsed], since: str) -> dict[str, int]:
    """Use the rights again that were used after a backup was made: erasures, flags and withdrawals; how many people each kind met."""
    with work.state.begin() as connection:
        forget_folders(connection)
    later = [item for item in rights if item.at >= since]
    if not later:
        return {}
    made = Digests(read_key(work.folder.key, make=True), work.settings.country)
    found: dict[str, int] = {}
    with work.guard:
        for item in later:
            people = _people_with(work, made, set(item.digests))
            if item.what == ERASE:
                with work.state.begin() as connection:
                    suppress(connection, item.digests, item.at)
                if people:
                    person_erase(work, silent, customers=[one.person_id for one in people])
            elif item.what in FLAGS and people:
                set_flag(
                    work,
                    people,
                    item.what,
                    holds=item.holds,
                    at=dt.datetime.fromisoformat(item.at),
                    reason="restored from a backup",
                )
            elif item.what in {purpose.key for purpose in PURPOSE_TABLE}:
                for one in people:
                    consent_withdraw(
                        work, silent, customer=one.person_id, purpose=item.what, since=item.at, source="restored from a backup"
                    )
            found[item.what] = found.get(item.what, 0) + len(people)
    return found


def _people_with(work: Work, made: Digests, digests: set[str]) -> list[Subject]:
    """Whose record has one of these digests."""
    cursor, _, schema = work.snapshot()
    rows = identities(cursor)
    ids = {
        person_id
        for source, kind, value, person_id in rows
        if made.identity(source, kind, value) in digests or ("@" in value and made.email(value) in digests)
    }
    return [subject(cursor, schema, person_id) for person_id in sorted(ids)]
