"""The small shop, filled once for all tests of the builder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lohko.steps.work import Work
from web.small_shop import fill, new_workspace, opened


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("builder") / "shop")) as work:
        fill(work)
        yield work
