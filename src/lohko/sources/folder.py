"""A folder in which files arrive: each is taken once it has stopped growing, and again when it has changed.

Nothing in the folder is touched. Which files were taken, with their size and time,
is the cursor; a file that cannot be used is remembered too, and is tried again when
it has changed. Hidden files and those still being written (`.part`, `.tmp` ...) wait.
"""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from lohko.base.errors import InputError
from lohko.sources.files import READING, SHEET, stream_of
from lohko.sources.kind import REFUSED, Arrived, Kind, Page, Reach, Setting, taken

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", "~")


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    stream = stream_of(reach.settings, "the files of the folder")
    cursor = reach.cursor(stream)
    found = _files(reach)
    known = taken(cursor, found)
    if known != cursor.get("taken", {}):
        yield Page(stream, (), {"taken": dict(known)})
    for name, (path, status) in sorted(found.items(), key=lambda item: (item[1][1].st_mtime_ns, item[0])):
        mark = f"{status.st_size}:{status.st_mtime_ns}"
        quiet = reach.now.timestamp() - status.st_mtime
        if known.get(name, "").removeprefix(REFUSED) == mark or quiet < float(reach.settings["quiet_seconds"]):
            continue
        used, refused = {**known, name: mark}, {**known, name: REFUSED + mark}
        arrived = Arrived(stream, path, name, {"taken": used}, {"taken": refused})
        yield arrived
        known = refused if arrived.left_out else used


def _files(reach: Reach) -> dict[str, tuple[Path, os.stat_result]]:
    """The plain files of the folder that match; links are not followed."""
    folder = _folder(reach)
    found = {}
    with os.scandir(folder) as items:
        for item in items:
            if item.name.startswith(".") or item.name.endswith(_UNFINISHED) or not fnmatch.fnmatch(item.name, reach.settings["pattern"]):
                continue
            status = item.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) and status.st_size:
                found[item.name] = (Path(item.path), status)
    return found


def _folder(reach: Reach) -> Path:
    path = Path(reach.settings["path"])
    if not path.is_absolute() or not path.is_dir():
        raise InputError("no_folder", "There is no such folder.", place=str(path), hint="name it with its whole path, from / on.")
    return path


def _check(reach: Reach) -> str:
    return f"{len(_files(reach)):,} files"


KIND = Kind(
    key="folder",
    title="A folder in which files arrive",
    settings=(
        Setting("path", "the folder, with its whole path"),
        *READING,
        SHEET,
        Setting("pattern", "which files, such as orders-*.csv", required=False, default="*"),
        Setting("quiet_seconds", "how long a file must have been left alone before it is taken", required=False, default="10"),
    ),
    streams=(),
    scopes="Lohko must be able to read the folder; it changes nothing in it.",
    pull=_pull,
    check=_check,
)
