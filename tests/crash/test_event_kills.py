"""The short form of what `make crash` does to events: a few kills -9 while they come in and while they are taken."""

from __future__ import annotations

import random

import pytest

from crash import events


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost_or_doubled_by_kills_of_the_intake(tmp_path):
    hit = events.kill_intake(tmp_path / "shop", random.Random(), 2)
    print(events.told([hit]))
    assert hit.problems == []


@pytest.mark.slow
def test_taking_events_ends_as_if_it_had_not_been_killed(tmp_path):
    taken = events.Taken(tmp_path, messages=60, seed=random.randrange(1 << 30))
    hits = [taken.kill(with_rebuild=number == 0) for number in range(2)]
    print(events.told(hits))
    assert [hit for hit in hits if hit.problems] == []
