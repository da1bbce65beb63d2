"""Making the analytical store again while it is in use, and putting the new one in its place."""

from __future__ import annotations

import gc
import shutil
import time
from pathlib import Path

from lohko.base.errors import PartialError
from lohko.engine.leaf_cache import LeafCache
from lohko.engine.store import new_store, open_store
from lohko.state.jobs import forget_jobs_over
from lohko.steps.load import catch_up
from lohko.steps.work import Progress, Work

_WAIT_SECONDS = 20.0


def renew(work: Work, progress: Progress) -> None:
    """Make the store from the log and open it instead of the present one, of which nothing is left; hold `work.guard`.

    PartialError when somebody goes on reading the old one: it is then replaced when the workspace is next opened.
    """
    readable = [work.folder.landing, work.folder.ledger]
    with new_store(work.folder.store, readable, work.settings.zone, work.memory) as made:
        catch_up(made, work.state, work.folder, work.settings.currency, progress)
    waited = 0.0
    while not work.close_store() or _is_open(work.folder.store):
        if waited >= _WAIT_SECONDS:
            work.store = open_store(work.folder.store, readable, work.memory)
            raise PartialError(
                "still_read",
                "The old store is still being read, so what was taken out of the log is still in it.",
                hint="end the other question, or end and start the server.",
            )
        gc.collect()
        time.sleep(0.1)
        waited += 0.1
    work.store = open_store(work.folder.store, readable, work.memory)
    work.leaves = LeafCache()
    work.answers.clear()
    work.kept_tables.forget()
    work.orders.forget()
    work.rows.forget()
    work.expect(work.data_version())
    # Files that wait for being imported may hold those who were taken out, and so may what is known of imports.
    shutil.rmtree(work.folder.uploads, ignore_errors=True)
    for let_go in list(work.after_erasing):
        let_go()
    with work.state.begin() as connection:
        forget_jobs_over(connection)
    # Stores that would not open are copies too.
    shutil.rmtree(work.folder.broken, ignore_errors=True)


def _is_open(path: Path) -> bool:
    """Whether this process has a file of that name open, also one that was replaced."""
    name, descriptors = str(path.resolve()), Path("/proc/self/fd")
    for item in descriptors.iterdir():
        try:
            if str(item.readlink()) == f"{name} (deleted)":
                return True
        except OSError:
            continue
    return False
