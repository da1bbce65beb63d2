"""The small ledger beside the backups: rights that people used, as keyed hashes, so that no older backup brings them back.

A line is one right: when, what (`erase`, a flag, or a purpose that was withdrawn),
whether it holds, and the digests of the person's identifiers. It is written anew
whenever a right is used, in every folder that a backup was made into.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from lohko.base.errors import InputError
from lohko.engine.store import sync
from lohko.state.erasures import RightUsed, rights_used
from lohko.state.tables import setting
from lohko.steps.work import Work

FILE = "rights.jsonl"
_SETTING = "backup_folders"


def folders(connection: Connection) -> list[str]:
    """Where backups were made into."""
    return list(connection.execute(select(setting.c.value).where(setting.c.name == _SETTING)).scalar() or [])


def remember_folder(connection: Connection, folder: Path) -> None:
    """Keep the ledger in this folder too from now on."""
    known = folders(connection)
    if str(folder) not in known:
        connection.execute(delete(setting).where(setting.c.name == _SETTING))
        connection.execute(insert(setting).values(name=_SETTING, value=[*known, str(folder)]))


def forget_folders(connection: Connection) -> None:
    """A workspace that was restored is another one: the ledger of the first is not its to write."""
    connection.execute(delete(setting).where(setting.c.name == _SETTING))


def write_rights(work: Work) -> list[str]:
    """Write the ledger beside all backups; the folders that could not be written to."""
    with work.state.connect() as connection:
        known, used = folders(connection), rights_used(connection)
    missed = []
    for name in known:
        try:
            _write(Path(name) / FILE, used)
        except (OSError, InputError):
            missed.append(name)
    return missed


def _write(path: Path, used: list[RightUsed]) -> None:
    """Add to what stands there: the folder may hold backups of another workspace, or of the one that this was restored from."""
    before = read_rights(path) if path.exists() else []
    lines = {json.dumps(asdict(item)): item.at for item in (*before, *used)}
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.write_text("".join(f"{line}\n" for line in sorted(lines, key=lambda line: lines[line])), encoding="utf-8")
    unfinished.chmod(0o600)
    sync(unfinished)
    unfinished.replace(path)
    sync(path.parent)


def read_rights(path: Path) -> list[RightUsed]:
    """The rights of a ledger; InputError when it is none."""
    try:
        return [RightUsed(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            "bad_rights", "This is no ledger of rights.", place=str(path), hint=f"it is called {FILE} and lies beside the backups."
        ) from error
