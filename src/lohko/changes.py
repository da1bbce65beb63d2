"""Following changes from Python: who enters and leaves segments, as it happens.

    from lohko.changes import follow

    for change in follow("shop", after=where_i_was()):
        ...                                  # change["id"] is the same whenever it is told again
        remember(change["position"])         # go on behind it the next time

It asks the process that has the workspace open, such as `lohko serve`, else opens the
workspace itself for each look. From another machine use the API: `docs/guide/changes.md`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lohko.remote import call, is_open
from lohko.state.workspace import last_written
from lohko.steps.work import silent

_PAGE = 1000


def follow(
    workspace: Path | str, after: str | None = None, *, segment: str | None = None, wait: bool = True, every_seconds: float = 0.5
) -> Iterator[dict[str, Any]]:
    """Each entering and leaving after a position, in order: `id`, `position`, `at`, `segment`, `customer`, `person_id`, `entered`, `cause`.

    Without `after` from the oldest that is kept; `after="end"` from now on. It waits for
    more, looking every so many seconds, unless `wait` is off. Each change is told at least
    once; after a crash of either side, go on with the `position` that you kept last.
    InputError `changes_gone` when that is so old that changes after it are not served any more.
    """
    position, seen, more, path = after, None, True, Path(workspace)
    while True:
        # Where nobody has the workspace open nobody moves: it is opened again only once something has been written there.
        written = None if is_open(path) else last_written(path)
        if more or written is None or written != seen:
            seen = written
            found = call(path, "changes_after", {"after": position, "limit": _PAGE, "segment": segment}, silent)
            yield from found["changes"]
            position, more = found["next"], found["more"]
        if not more:
            if not wait:
                return
            time.sleep(every_seconds)
