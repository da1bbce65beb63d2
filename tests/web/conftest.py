"""The small shop, opened once for what only reads; and empty workspaces for what writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lohko.steps.work import Work
from web.small_shop import browsing, fill, new_workspace, opened


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("web") / "small-shop")) as work:
        fill(work)
        yield work


@pytest.fixture(scope="session")
def client(shop: Work) -> Iterator[TestClient]:
    with browsing(shop) as found:
        yield found


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Work]:
    with opened(new_workspace(tmp_path / "empty-shop")) as work:
        yield work


@pytest.fixture
def empty_client(empty: Work) -> Iterator[TestClient]:
    with browsing(empty) as found:
        yield found
