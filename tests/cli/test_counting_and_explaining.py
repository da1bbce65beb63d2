"""Counting a rule in full, explaining a membership and filling in the past, through the real command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commanding import Done, command

ORDERS = "customer_id,order_id,ordered_at,total\nann,1,2026-01-05,50\nbo,2,2026-03-01,20\ncy,3,2026-03-20,70\n"
SEGMENTS = "- {id: recent, where: did order in last 60 days}\n- {id: big, where: sum of total of order > 60}\n"


def lohko(*arguments: str, status: int = 0) -> Done:
    done = command(*arguments)
    assert done.status == status, done.stderr
    return done


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> str:
    folder: Path = tmp_path_factory.mktemp("counting")
    place = str(folder / "shop")
    lohko("init", place)
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "segments.yaml").write_text(SEGMENTS, encoding="utf-8")
    lohko("import", str(folder / "orders.csv"), "--as", "orders", "-w", place)
    lohko("apply", str(folder / "segments.yaml"), "-w", place)
    return place


def test_a_count_shows_parts_steps_overlap_and_what_an_edit_changes(shop):
    """First the rule and its number, as ever; then each part, each step, and what was asked beside."""
    rule = "did order in last 90 days and sum of total of order >= 50"
    said = lohko("count", rule, "--segment", "recent", "--with", "big", "--as-of", "2026-04-01", "-w", shop).stdout
    lines = said.splitlines()
    assert lines[1] == "2 of 3 people"
    assert "Each part by itself" in said and "Step by step" in said
    assert "Against version 1 of recent (2 people): 1 added, 1 lost" in said
    assert ["big", "1", "1", "50.0%", "100.0%"] in [line.split() for line in lines]
    found = json.loads(lohko("count", rule, "--as-of", "2026-04-01", "--json", "-w", shop).stdout)
    assert [step["count"] for step in found["steps"]] == [3, 3, 2]
    assert found["as_of"] == "2026-03-31T21:00:00Z" and found["data_version"] == 1
    assert json.loads(lohko("count", "--segment", "big", "--json", "-w", shop).stdout)["count"] == 1


def test_notes_say_where_in_the_rule_and_what_to_do(shop):
    """A contradiction is a note on standard error, with its place; the count is there all the same."""
    done = lohko("count", "did order in last 30 days and did not order in last 60 days", "--as-of", "2026-04-01", "-w", shop)
    assert "Note: These parts exclude each other" in done.stderr and "0 of 3 people" in done.stdout
    assert "There is nothing to count" in lohko("count", "-w", shop, status=2).stderr


def test_an_explanation_shows_rows_ways_and_the_turn(shop):
    """Every condition with its value and rows, what would change it, and when it changes by itself, in either language."""
    asked = ("explain", "recent", "bo", "--as-of", "2026-04-01", "-w", shop)
    said = lohko(*asked).stdout
    assert "bo is in recent:" in said and "· 2026-03-01 00:00  order" in said
    assert "What would take them out" in said
    assert "If nothing more happens they leave at 2026-05-01 00:00." in said
    found = json.loads(lohko(*asked, "--json").stdout)
    assert (found["turns"], found["turns_at"], found["holds"]) == ("time", "2026-04-30T21:00:00Z", True)
    assert "on tilannut" in lohko(*asked, "--language", "fi").stdout
    said = lohko("explain", "big", "bo", "--as-of", "2026-04-01", "-w", shop).stdout
    assert "over 40 more in total of orders" in said and "Time alone never changes this." in said


def test_a_past_is_filled_in_and_recorded_days_are_decided_again(shop):
    """--from begins with the first day of data; --recompute adds what is decided now."""
    lohko("refresh", "recent", "--as-of", "2026-03-10", "-w", shop)
    days = json.loads(lohko("history", "recent", "--from", "2025-01-01", "--json", "-w", shop).stdout)["days"]
    assert (days[0]["day"], days[0]["kind"], days[-1]["kind"], len(days)) == ("2026-01-05", "reconstructed", "recorded", 65)
    again = lohko("history", "recent", "--recompute", "-w", shop).stdout
    assert "Decided now" in again and "reconstructed" in again
    assert "not a date" in lohko("history", "recent", "--from", "soon", "-w", shop, status=2).stderr
