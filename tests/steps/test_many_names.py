"""A column of free text that is taken for the event's name does not become a table for each text."""

from __future__ import annotations

import io

import pytest

from lohko.base.errors import InputError
from lohko.state.schema import MOST_EVENT_TYPES
from lohko.steps.ingest import ingest
from lohko.steps.read import status
from lohko.steps.work import silent


def test_too_many_kinds_of_event_are_refused_and_nothing_is_kept(work):
    """The sentence says how many there may be and shows none of the texts; the workspace is as it was."""
    rows = "".join(f"ann,wrote message number {n},2026-01-05T12:00:00Z\n" for n in range(MOST_EVENT_TYPES + 1))
    file = io.BytesIO(f"customer_id,event,occurred_at\n{rows}".encode())
    with pytest.raises(InputError, match="more than 500 kinds of event") as caught:
        ingest(work, silent, stream=file, name="e.csv", kind="events")
    assert "wrote message" not in str(caught.value)
    assert status(work, silent)["imports"] == [] and work.schema().events == {}
