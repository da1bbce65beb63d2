"""Two processes that start at once on one workspace: one waits, or is told that it is in use."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crash import checking
from crash.road import SETTINGS, create, perform, road
from crash.two_starters import both, pair

_PAIRS = 3  # `make crash` does twenty


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> tuple[Path, list]:
    """A workspace with one import, and the steps."""
    folder = tmp_path_factory.mktemp("base")
    steps = road(folder / "files", 100, with_refresh=False)
    create(folder / "shop", SETTINGS)
    perform(folder / "shop", steps[0])
    return folder / "shop", steps


def test_two_imports_at_once_wait_for_each_other(base, tmp_path):
    """With time to wait both files come in, in either order, and the store equals its rebuild."""
    shop, steps = base
    copy = Path(shutil.copytree(shop, tmp_path / "shop"))
    ended = both(copy, steps[1], steps[3], wait_seconds=60)
    assert [item.status for item in ended] == [0, 0], [item.stderr for item in ended]
    found = checking.look(copy)
    assert {book["kind"] for book in found.books[1:]} == {"customers", "events"}
    assert checking.look(copy, again=True).exact == found.exact


@pytest.mark.slow
def test_whoever_comes_second_is_told_and_nothing_is_lost(base, tmp_path):
    """Pairs of equal imports without patience: one does it, the other hears `in_use` or finds it done."""
    shop, steps = base
    pairs = [pair(shop, tmp_path / "shop", steps[2]) for _ in range(_PAIRS)]
    assert [item.problem for item in pairs if item.problem] == []
    assert any(item.refused for item in pairs)
