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

from lohko.remote import call
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
    position = after
    while True:
        found = call(Path(workspace), "changes_after", {"after": position, "limit": _PAGE, "segment": segment}, silent)
        yield from found["changes"]
        position = found["next"]
        if not found["more"]:
            if not wait:
                return
            time.sleep(every_seconds)
