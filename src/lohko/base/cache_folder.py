"""Where what can be made again is kept between commands: the user's own cache folder."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path | None:
    """`$XDG_CACHE_HOME/lohko`, else `~/.cache/lohko`; None when it cannot be made, or another user could write in it.

    What lies here is loaded as it is, so nobody else may have put it there.
    """
    home = os.environ.get("XDG_CACHE_HOME")
    try:
        folder = (Path(home) if home and Path(home).is_absolute() else Path.home() / ".cache") / "lohko"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = folder.lstat()
    except (OSError, RuntimeError):  # Path.home() raises RuntimeError where there is no home
        return None
    return folder if held.st_uid == os.getuid() and not held.st_mode & 0o022 and folder.is_dir() and not folder.is_symlink() else None
