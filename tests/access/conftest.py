"""A small shop with a user of every role, and a browser for each: made once, for tests that do not change it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from access.people_who_use import PASSWORD, Doors, add_one_of_each, open_doors
from lohko.steps import passwords
from lohko.steps.passwords import hashed
from lohko.steps.work import Work
from web.small_shop import bring_in, browsing, fill, new_workspace, opened


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """The same hashes with the smallest settings: what takes long here is meant to, and is not what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(passwords, "_hasher", lambda: quick)
        passwords._nobodys.cache_clear()
        yield
    passwords._nobodys.cache_clear()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("access") / "small-shop")) as work:
        fill(work)
        bring_in(
            work, "customer_id,email,phone,first_name\nz1,planted.person@example.fi,+358 40 765 4321,Plantagenet\n", "customers", "z.csv"
        )
        kept = hashed(PASSWORD)  # once: a hash is slow to make, and that is its worth
        add_one_of_each(work, kept)
        yield work


@pytest.fixture(scope="session")
def app_client(shop: Work) -> Iterator[TestClient]:
    with browsing(shop) as client:
        yield client


@pytest.fixture(scope="session")
def doors(shop: Work, app_client: TestClient) -> Doors:
    return open_doors(shop, app_client)
