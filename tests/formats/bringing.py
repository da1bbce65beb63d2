"""Bringing fixtures into a workspace, and asking it: for the tests of formats."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lohko.engine.store import fingerprint
from lohko.state.workspace import Settings, create
from lohko.steps.ingest import ingest
from lohko.steps.read import count
from lohko.steps.work import Work, silent
from lohko.wiring import open_work

FIXTURES = Path(__file__).parent / "fixtures"


@contextmanager
def workspace(folder: Path, *, again: bool = True) -> Iterator[Work]:
    """A new workspace, and in the end (unless not `again`) the check that it is made again from its log to the last row."""
    place = folder / "shop"
    create(place, Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(place, silent) as work:
        yield work
        before = fingerprint(work.store) if again else None
    if before is None:
        return
    with open_work(place, silent, again=True) as work:
        assert fingerprint(work.store) == before


def bring(work: Work, name: str, data: bytes | str | None = None, **more: Any) -> dict[str, Any]:
    """Import a fixture, or this content under its name; the books are checked."""
    content = (FIXTURES / name).read_bytes() if data is None else data.encode() if isinstance(data, str) else data
    found = ingest(work, silent, stream=io.BytesIO(content), name=name, **more)
    assert found["received"] == found["accepted"] + found["duplicate"] + found["rejected"]
    return found


def twice(work: Work, name: str, end: bytes = b"\n", **more: Any) -> dict[str, Any]:
    """Import a fixture; then the very same file, and one of other bytes with the same rows, which bring nothing new."""
    found = bring(work, name, **more)
    same = bring(work, name, **more)
    assert (same["already_imported"], same["accepted"], same["new_customers"]) == (True, 0, 0)
    copy = bring(work, name, (FIXTURES / name).read_bytes() + end, **more)
    assert (copy["already_imported"], copy["accepted"], copy["new_customers"]) == (False, 0, 0)
    return found


def people(work: Work, rule: str, as_of: str = "2026-12-01") -> int:
    """How many people a rule finds."""
    return int(count(work, silent, condition=rule, as_of=as_of)["count"])
