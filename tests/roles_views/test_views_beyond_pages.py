"""What the three views show, over the API and on the command line: the same as on their pages, to the same roles and scopes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from access.people_who_use import Doors
from commanding import Done, command
from lohko.steps.work import Work
from roles_views.two_trades import fill
from web.small_shop import new_workspace, opened


def test_a_key_sees_the_business_and_whom_to_call_masked_and_names_with_the_scope_of_people(doors: Doors) -> None:
    found: dict[str, Any] = doors.by_key("read", "GET", "/api/v1/management").json()
    assert found["spans"] and found["segments"]
    masked = doors.by_key("read", "GET", "/api/v1/sales")
    assert masked.status_code == 200 and "Hiipunut" not in masked.text and "Uudet koneet" not in masked.text
    named = doors.by_key("read people", "GET", "/api/v1/sales?owner=Oona+Omistaja").json()
    assert named["owner"] == "Oona Omistaja" and {row["owner"] for row in named["accounts"]} == {"Oona Omistaja"}
    every = doors.by_key("read people", "GET", "/api/v1/sales").json()["calls"]
    assert all(row["name"] and "*" not in row["name"] for row in every) and every
    assert doors.by_key("read", "GET", "/api/v1/service").status_code == 403
    waiting = doors.by_key("read people", "GET", "/api/v1/service").json()
    assert [row["subject"] for row in waiting["open"]] == ["Takki hukassa", "Vaihto"]
    one = doors.by_key("read people", "GET", "/api/v1/service/customers?q=9001").json()
    assert [(row["name"], row["how"]) for row in one["customers"]] == [("Laila Lento", "ticket_id")]
    assert doors.by_key("read people", "GET", "/api/v1/sales?limit=0").status_code == 400


def test_a_call_is_noted_by_a_key_that_may_write(doors: Doors) -> None:
    said = {"account": "kahvila oy", "outcome": "later", "note": "Soitetaan syksyllä", "rest_days": 30}
    assert doors.by_key("read people", "POST", "/api/v1/sales/calls", json=said).status_code == 403
    noted = doors.by_key("read write", "POST", "/api/v1/sales/calls", json=said)
    assert noted.status_code == 200 and noted.json()["outcome"] == "later" and noted.json()["until"]
    assert doors.by_key("read write", "POST", "/api/v1/sales/calls", json=said | {"outcome": "sang"}).status_code == 400
    assert doors.by_key("read write", "POST", "/api/v1/sales/calls", json=said | {"customer": "1"}).status_code == 400, (
        "to one or the other"
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("beyond") / "firm"
    with opened(new_workspace(path)) as work:
        fill(work)
    return path


def said(place: Path, *arguments: str) -> Done:
    done = command("--workspace", str(place), *arguments)
    assert done.status == 0, done.stderr
    return done


def test_the_command_line_says_what_the_pages_show(place: Path, firm: Work) -> None:
    business = said(place, "business").stdout
    assert "12 months" in business and "Buyers" in business and "Goal of goal" in business and "Hiipunut" not in business
    before = said(place, "calls").stdout
    assert "usually orders every 22 days, last 35 days ago" in before and "deal d1 has not changed for 45 days" in before
    assert "Noted" in said(place, "call-note", "called", "--customer", "late", "--note", "Soitetaan jouluna").stdout
    after = json.loads(said(place, "calls", "--json").stdout)
    assert "Laila Lento" in before and "Laila Lento" not in [row["name"] for row in after["calls"]] and after["counts"]["resting"] == 1
    assert "Takki hukassa" in said(place, "waiting").stdout
    assert "Laila Lento" in said(place, "find", "9001").stdout
    refused = command("--workspace", str(place), "calls", "--owner", "Ona")
    assert refused.status == 2 and "Oona Omistaja" in refused.stderr
