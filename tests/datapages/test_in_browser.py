"""The data pages and a customer's page in a real browser: the review by keyboard alone, and a sync that is watched."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from lohko.model.identity import parse_identity
from lohko.state.identity_rules import save_identity
from lohko.steps.ingest import ingest
from lohko.steps.refresh import refresh
from lohko.steps.review import review_list, review_merge
from lohko.steps.segments import apply
from lohko.steps.sources import source_add
from lohko.steps.work import Work, silent
from web.small_shop import bring_in, new_workspace, opened, serving
from web.test_browser import browser, looking, playwright

__all__ = ["browser"]
pytestmark = pytest.mark.slow

PEOPLE = "customer_id,email,name,birthday,city,consent_email\n" + "".join(
    f"{n},p{n // 2}@example.fi,Maija Meri,19{70 + n}-01-01,Turku,yes\n" for n in range(2, 10)
)
CRM = b"customer_id,email,name,city\n77,p1@example.fi,Maija Meri,Pori\n"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    folder = tmp_path_factory.mktemp("data-pages-seen")
    with opened(new_workspace(folder / "shop")) as work:
        with work.state.begin() as connection:
            save_identity(connection, parse_identity("automatic: false"))
        bring_in(work, PEOPLE, "customers", "people.csv")
        ingest(work, silent, stream=io.BytesIO(CRM), name="crm.csv", kind="customers", source="crm")
        bring_in(work, "customer_id,order_id,ordered_at,total\n2,a,2026-02-01,20\n2,b,2026-03-01,30\n2,c,then,3\n", "orders", "orders.csv")
        review_merge(work, silent, names=["2", "77"])
        apply(work, silent, files={"many.yaml": "id: many\nwhere: did order at least 2 times\n"})
        source_add(work, silent, name="till", kind="folder", settings={"path": str(folder), "as": "orders"}, schedule="0 3 * * *")
        refresh(work, silent)
        yield work


@pytest.fixture(scope="module")
def address(filled: Work) -> Iterator[str]:
    with serving(filled) as found:
        yield found


def test_the_review_is_done_by_keys_alone(browser: playwright.Browser, filled: Work, address: str) -> None:
    """The first pair is marked when the page opens: L puts it off, K keeps the next apart, M merges the one after, and Undo takes it back."""
    with looking(browser) as at:
        page, before = at.page, review_list(filled, silent, limit=50)["total"]
        page.goto(f"{address}/review")
        page.keyboard.press("l")
        page.wait_for_url("**/review?later=*")
        page.keyboard.press("k")
        at.see("kept apart")
        page.wait_for_load_state()
        assert review_list(filled, silent, limit=50)["total"] == before - 1
        page.keyboard.press("m")
        playwright.expect(page.get_by_role("button", name="Undo")).to_have_count(2)
        assert review_list(filled, silent, limit=50)["total"] == before - 2
        page.get_by_role("button", name="Undo").first.press("Enter")
        at.see("parted again")
        assert at.complaints == []


def test_a_sync_is_watched_to_its_end(browser: playwright.Browser, filled: Work, address: str, tmp_path: Path) -> None:
    """Without a script too, the button leads to what came in."""
    with looking(browser, script=False) as at:
        at.page.goto(f"{address}/sources/till")
        at.page.get_by_role("button", name="Sync now").click()
        at.see("Nothing new was there.")
