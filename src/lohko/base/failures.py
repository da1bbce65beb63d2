"""What may be said of an error that is none of `errors.py`: that a disk is full, whoever says so, and else its kind and its place in the code."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator
from pathlib import Path

from lohko.base.errors import StoreError

_SQLITE_FULL = (13, 4874)
"""SQLITE_FULL, and SQLITE_IOERR_SHMSIZE, which is what opening a database says where there is no room for what its connections share."""
_SAID = ("No space left on device", "database or disk is full", "Disk quota exceeded")


def disk_full(error: BaseException) -> StoreError | None:
    """What to say of an error behind which is a full disk; None of any other."""
    if not any(_says(one) for one in _behind(error)):
        return None
    return StoreError(
        "disk_full",
        "The disk is full. Nothing half-done was kept, and nothing that was taken before is lost.",
        hint="make room on the disk of the workspace, then do it again; a server that runs goes on by itself.",
    )


def _behind(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it was made of."""
    found: BaseException | None = error
    for _ in range(8):
        if found is None:
            return
        yield found
        found = getattr(found, "orig", None) or found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _says(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return getattr(error, "sqlite_errorcode", None) in _SQLITE_FULL or any(text in str(error) for text in _SAID)


def kind_of(error: BaseException) -> str:
    """What the log may hold of a failure: its kind and its place in the code, not its text, which may hold a customer's data."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "lohko" in Path(frame.filename).parts] or frames
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return type(error).__name__ + place
