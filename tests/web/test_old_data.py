"""A shop whose last order is long ago: the overview says so and leads to the time when there were some."""

from __future__ import annotations

import datetime as dt
import re

from starlette.testclient import TestClient

from lohko.steps.work import Work
from web.small_shop import ORDERS, bring_in


def test_an_overview_without_recent_orders_says_when_the_last_one_was(empty: Work, empty_client: TestClient) -> None:
    """All its figures of the last year are 0, which would look like a fault; the link leads to the day after the last order."""
    bring_in(empty, ORDERS, "orders", "orders.csv")
    page = empty_client.get("/").text
    last = max(_dates())
    assert "There are no orders in the last 12 months" in page
    link = re.search(r'href="(/\?as_of=[\d-]+)"', page)
    assert link is not None and link[1] == f"/?as_of={last + dt.timedelta(days=1)}"

    then = empty_client.get(link[1]).text
    assert "There are no orders in the last 12 months" not in then
    assert "<dd>€0<" in page and "<dd>€0<" not in then


def test_a_shop_with_orders_of_this_year_is_told_nothing_of_it(client: TestClient) -> None:
    """Asked about a day when orders had just come, the overview has nothing to explain."""
    assert "There are no orders in the last 12 months" not in client.get("/?as_of=2024-11-01").text


def _dates() -> list[dt.date]:
    return [dt.date(*map(int, row.split(",")[2].split("-"))) for row in ORDERS.splitlines()[1:]]
