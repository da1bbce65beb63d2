"""What is under way in the same process is not taken for what a crash left."""

from __future__ import annotations

from lohko.landing import log
from lohko.steps.person_erase import person_erase
from lohko.steps.retention import retention_run
from lohko.steps.work import silent
from steps.rows import bring_in


def test_a_file_that_is_being_read_stays_while_others_erase_and_retire(work):
    """An import stages its rows without holding anybody up; an erasure or the daily retention meanwhile must not take them away."""
    bring_in(work, "ann,1,2026-01-05,50\nbo,2,2026-03-01,20\n")
    staged = log.scratch_folder(work.folder.scratch) / "accepted.parquet"
    staged.write_bytes(b"half")
    person_erase(work, silent, customers=["ann"])
    retention_run(work, silent)
    assert staged.exists()
