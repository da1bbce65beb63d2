"""The firm of two trades with a user of every role, made once; what is noted in it is noted in the tests of calls, which come in one order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from access.people_who_use import Doors, add_one_of_each, open_doors
from lohko.steps.work import Work
from roles_views.two_trades import fill
from web.small_shop import browsing, new_workspace, opened


@pytest.fixture(scope="package")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("views") / "firm")) as work:
        fill(work)
        add_one_of_each(work)
        yield work


@pytest.fixture(scope="package")
def doors(firm: Work) -> Iterator[Doors]:
    with browsing(firm) as client:
        yield open_doors(firm, client)


@pytest.fixture
def empty_client(tmp_path) -> Iterator[TestClient]:
    with opened(new_workspace(tmp_path / "empty")) as work, browsing(work) as client:
        yield client
