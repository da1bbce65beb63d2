"""The short form of `make crash`: a few kills -9 of imports and refreshes, and what is left."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from crash import checking, killing
from crash.campaign import SHORT, Campaign
from crash.road import SETTINGS, create, perform, road
from crash.run import table

KILLS = 8
"""A sample on every run; `make crash` makes hundreds."""


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_by_kills_at_random_points(tmp_path):
    """After kill -9 the workspace opens, the step is wholly there or not at all, and repeating it ends as if nothing had been."""
    campaign = Campaign(tmp_path, rows=200, seed=random.randrange(1 << 30), only=SHORT)
    places, verdicts = campaign.killable(), []
    while sum(verdict.kills for verdict in verdicts) < KILLS:
        number = len(verdicts)
        verdicts.append(campaign.kill(places[number % len(places)], with_rebuild=number % 4 == 0))
    print(table(verdicts))
    assert [verdict for verdict in verdicts if verdict.problems] == []


@pytest.fixture
def imported(tmp_path) -> tuple[Path, list]:
    """A workspace with the first file in it, and the steps of the road."""
    steps = road(tmp_path / "files", 200, with_refresh=False)
    create(tmp_path / "shop", SETTINGS)
    perform(tmp_path / "shop", steps[0])
    return tmp_path / "shop", steps


def test_a_correction_repeated_at_once_changes_nothing(imported):
    """Whoever did not hear that `--replace` was done may do it again; after other files it is done anew."""
    shop, steps = imported
    correction = next(step for step in steps if step.name == "import corrected")
    assert perform(shop, correction)["already_imported"] is False
    before = checking.look(shop)
    assert perform(shop, correction)["already_imported"] is True
    assert checking.look(shop).exact == before.exact
    perform(shop, steps[1])
    assert perform(shop, correction)["already_imported"] is False


def test_a_killed_parser_is_a_sentence_and_leaves_nothing(imported):
    """The child that parses is all that a bad file can hurt: the import says so, with status 2, and the workspace is as before."""
    shop, steps = imported
    before = checking.look(shop)
    victim = killing.start(shop, steps[2], {})
    child = _child_of(victim)
    os.kill(child, signal.SIGKILL)
    ended = killing.follow(victim)
    assert (ended.status, ended.error and ended.error["code"]) == (2, "unreadable_file"), ended.stderr
    after = checking.look(shop)
    assert (after.exact, after.left_over) == (before.exact, [])


def _child_of(victim: subprocess.Popen[bytes]) -> int:
    """The parser's process id, as soon as there is one."""
    children = Path(f"/proc/{victim.pid}/task/{victim.pid}/children")
    for _ in range(3000):
        found = children.read_text().split() if children.exists() else []
        if found:
            return int(found[0])
        time.sleep(0.01)
    raise AssertionError("the parser was never started")
