"""A segment's goal on its page: set in either language's numbers, refused with a sentence, taken away; every other part of the definition stays."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from lohko.base.errors import InputError
from lohko.state import segments
from lohko.steps.goals import goal_set, goals
from lohko.steps.work import Work, silent
from web.conftest import client as client
from web.conftest import shop as shop


def defined(shop: Work, name: str) -> segments.Segment:
    with shop.state.connect() as connection:
        return segments.current(connection)[name]


def test_a_goal_is_set_shown_and_taken_away(client: TestClient, shop: Work) -> None:
    before = defined(shop, "twice")
    sent = {"metric": "buying_rate", "baseline": "22,5", "target": "30 %", "by": "2099-12-31", "over": "90 days"}
    assert client.post("/segments/twice/goal", data=sent, follow_redirects=False).status_code == 303
    goal = defined(shop, "twice").goal
    assert goal is not None
    assert (goal.metric, goal.baseline, goal.target, goal.by) == ("buying_rate", Decimal("22.5"), Decimal(30), dt.date(2099, 12, 31))
    page = client.get("/segments/twice?view=about&lang=fi").text
    assert "lähtöarvo 22,5\xa0%, tavoite 30,0\xa0% viimeistään 31.12.2099" in page and 'value="22,5"' in page
    client.post("/segments/twice/goal", data={"metric": ""})
    assert defined(shop, "twice") == before


def test_without_a_baseline_it_is_the_value_of_now(shop: Work) -> None:
    goal_set(shop, silent, segment="twice", metric="members", target="5000", by="2099-12-31")
    (row,) = goals(shop, silent)["goals"]
    assert row["baseline"] == row["value"] > 0 and row["way_made"] == 0
    goal_set(shop, silent, segment="twice")
    assert goals(shop, silent)["goals"] == []


@pytest.mark.parametrize("wrong", [{"target": "many"}, {"by": ""}, {"baseline": "10", "target": "10"}, {"metric": "luck"}])
def test_what_is_no_goal_is_said_and_what_was_typed_stays(client: TestClient, shop: Work, wrong: dict[str, str]) -> None:
    sent = {"metric": "members", "baseline": "1", "target": "7", "by": "2099-12-31"} | wrong
    answer = client.post("/segments/twice/goal?lang=fi", data=sent)
    assert answer.status_code == 400 and 'role="alert"' in answer.text
    assert f'name="target" inputmode="decimal" autocomplete="off" value="{sent["target"]}"' in answer.text
    assert defined(shop, "twice").goal is None
    with pytest.raises(InputError):
        goal_set(shop, silent, segment="twice", **sent)
