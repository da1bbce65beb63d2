"""Bringing a backup back as a new workspace: whole, checked, and with the rights that people used since; or not at all.

It is made in a folder beside the new one and takes its name when it is ready. What a
restore leaves behind that was cut short is no workspace; the next one takes it away.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from lohko.base.clock import now
from lohko.base.errors import InputError, StoreError
from lohko.engine.erasure import Subject, subject
from lohko.engine.links import identities
from lohko.engine.profiles import population
from lohko.engine.store import sync, take_lock
from lohko.landing import log
from lohko.model.consent import FLAGS, PURPOSE_TABLE
from lohko.state import keys, reports, runs, users
from lohko.state.erasures import ERASE, RightUsed, rights_used, use_right
from lohko.state.suppression import Digests, read_key, release, suppress
from lohko.state.workspace import note
from lohko.steps.backup import MANIFEST
from lohko.steps.consents import consent_withdraw, set_flag
from lohko.steps.person_erase import erase_people
from lohko.steps.retention import retention_run
from lohko.steps.rights_ledger import FILE, forget_folders, read_rights
from lohko.steps.work import Progress, Work, silent

_MARK = "being-restored"
OpenWork = Callable[[Path, Progress], AbstractContextManager[Work]]


def restore(open_work: OpenWork, progress: Progress, *, made: Path, target: Path, ledger: Path | None = None) -> dict[str, Any]:
    """A backup as the new workspace `target`, with the rights used since by the ledger named, else by the one beside the backup.

    It opens a workspace that is not there yet, so it is given how (`wiring.open_work`) and is no step of the registry.
    """
    beside = ledger or made.parent / FILE
    rights = read_rights(beside) if ledger or beside.exists() else []
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise _not_empty(target)
    with _unfinished(target) as unfinished:
        body = unpack(made, unfinished)
        with open_work(unfinished, progress) as work:
            closed = close_ways_in(work)
            _leave_out_runs(work, body["made_at"])
            again = replay_rights(work, rights, body["made_at"])
            retention_run(work, silent)  # what has been kept long enough since
            people = population(work.store.cursor())
        if target.exists():
            target.rmdir()
        unfinished.rename(target)
        sync(target.parent)
    return {
        "workspace": str(target),
        "made_at": body["made_at"],
        "people": people,
        "rights_used_again": again,
        "closed": closed,
        "ledger": bool(ledger) or beside.exists(),
    }


def close_ways_in(work: Work) -> dict[str, int]:
    """End what let somebody in when the backup was made, since it may have been taken back later; how many of each."""
    with work.state.begin() as connection:
        closed = {**users.close_every_way_in(connection), "keys": keys.revoke_all(connection), "links": reports.revoke_links(connection)}
        note(connection, "ways_in_closed", {**closed})
    return closed


_RUNS_A_SECOND = 20
"""Live refreshing rests for a twentieth of a second at least."""


def _leave_out_runs(work: Work, made_at: str) -> None:
    """Let no run have a number that one may have had that was made after the backup: whoever follows changes knows those, and their ids."""
    passed = max((now() - dt.datetime.fromisoformat(made_at)).total_seconds(), 0.0)
    with work.state.begin() as connection:
        runs.leap(connection, 1000 + int(passed * _RUNS_A_SECOND))


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """A folder in which the workspace is made, gone again afterwards whatever happens; what an earlier restore left there goes first."""
    outer = target.with_name(f"{target.name}.restoring")
    if outer.exists() and not (outer / _MARK).exists() and any(outer.iterdir()):
        raise _not_empty(outer)
    outer.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = take_lock(outer / _MARK)
    if lock is None:
        raise InputError("restoring", "Another restore is making this workspace.", place=str(target), hint="wait until it is done.")
    inner = outer / "workspace"
    try:
        shutil.rmtree(inner, ignore_errors=True)
        yield inner
    finally:
        shutil.rmtree(inner, ignore_errors=True)
        (outer / _MARK).unlink()
        outer.rmdir()
        os.close(lock)


def _not_empty(folder: Path) -> InputError:
    return InputError("folder_not_empty", "The folder is not empty.", place=str(folder), hint="name a new folder.")


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
        raise _not_empty(target)
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
                use_erasure(work, item, people)
            elif item.what in FLAGS and people:
                set_flag(
                    work,
                    people,
                    item.what,
                    holds=item.holds,
                    at=dt.datetime.fromisoformat(item.at),
                    reason="restored from a backup",
                )
            elif item.what.partition(" ")[0] in {purpose.key for purpose in PURPOSE_TABLE}:
                for one in people:
                    _withdraw_again(work, one, item)
            found[item.what] = found.get(item.what, 0) + len(people)
    return found


def _withdraw_again(work: Work, one: Subject, item: RightUsed) -> None:
    """A withdrawal as it was: in its capacity, or of the whole person where the backup knows no record of theirs that speaks in it."""
    purpose, _, capacity = item.what.partition(" ")
    said: dict[str, Any] = {"customer": one.person_id, "purpose": purpose, "since": item.at, "source": "restored from a backup"}
    try:
        consent_withdraw(work, silent, **said, capacity=capacity or None)
    except InputError as error:
        if error.code != "unknown_capacity":
            raise
        consent_withdraw(work, silent, **said)


def use_erasure(work: Work, item: RightUsed, people: Sequence[Subject]) -> None:
    """An erasure as it was, or one that was lifted: those it was of are here once more, but what was erased stays so."""
    with work.state.begin() as connection:
        if item not in rights_used(connection):
            use_right(connection, item)
        if item.holds:
            suppress(connection, item.digests, item.at)
        else:
            release(connection, item.digests)
    if item.holds and people:
        erase_people(work, silent, people, item.at, frozenset(item.digests))


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
