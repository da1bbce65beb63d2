"""The benchmark of the live path runs at small size: every change comes once, and nothing acknowledged is lost."""

from __future__ import annotations

import pytest
from benchmarks.live import measure, prepare


@pytest.mark.slow
def test_events_become_published_changes_while_others_come_in(tmp_path):
    key = prepare(tmp_path / "shop", "small")
    found = measure(tmp_path / "shop", key, rate=60, seconds=2)
    assert found["acknowledged"] > 0 and found["changes"] > 0
    assert (found["not_stored"], found["changes_missing"], found["changes_told_twice"]) == (0, 0, 0)
    assert 0 < found["event_to_change_s"]["p50"] <= found["event_to_change_s"]["p99"]
