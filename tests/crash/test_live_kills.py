"""The short form of what `make crash` does to the live path: a few kills -9 from the inbox to what is published."""

from __future__ import annotations

import random

import pytest

from crash.live import live


@pytest.mark.slow
def test_kills_along_the_live_path_lose_nothing_double_nothing_and_change_no_id(tmp_path):
    found = live(tmp_path, random.randrange(1 << 30), 3)
    print(found.told())
    assert found.wrong == 0 and found.acknowledged and found.published, found.told()
