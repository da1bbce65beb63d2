"""Coverage, hierarchy, needs and goals through the real command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commanding import Done, command

FILES = {
    "segments.yaml": """
id: buyers
where: did order
goal: {metric: members, baseline: 5, target: 50, by: 2026-12-31}
needs: [speed]
---
id: recent
where: did order in last 60 days
parent: buyers
goal: {metric: repeat_rate, baseline: 10, target: 20, by: 2026-12-31, over: 90 days}
---
- {id: gold, where: did order where total >= 60, group: mail, priority: 1}
- {id: rest, where: did order, group: mail, priority: 2}
""",
    "needs.yaml": "needs:\n- id: speed\n  title: Fast delivery\n  evidence: [{text: 38 of 120 said so, source: Survey, date: 2026-03-12}]\n- id: unused\n",
}
FIVE = "ann{n},1{n},2026-01-05,50\nbo{n},2{n},2026-03-01,20\ncy{n},3{n},2026-03-20,70\n"
ORDERS = "customer_id,order_id,ordered_at,total\n" + "".join(FIVE.format(n=n) for n in range(5))


def lohko(*arguments: str, status: int = 0) -> Done:
    done = command(*arguments)
    assert done.status == status, done.stderr
    return done


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("planning")
    lohko("init", str(folder / "shop"))
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    lohko("import", str(folder / "orders.csv"), "--as", "orders", "-w", str(folder / "shop"))
    (folder / "files").mkdir()
    for name, text in FILES.items():
        (folder / "files" / name).write_text(text, encoding="utf-8")
    applied = lohko("apply", str(folder / "files"), "-w", str(folder / "shop")).stdout
    assert "4 of 4 segments" in applied and "2 of 2 needs" in applied and "need speed" in applied
    return folder / "shop"


def test_coverage_is_told_as_a_table_and_as_json(shop):
    """How many are in none, one, two ... , whom a segment has alone, and that nobody is in two lists of a group."""
    asked = ("coverage", "--as-of", "2026-04-01", "-w", str(shop))
    said = lohko(*asked).stdout
    assert "no segment" in said and "3 segments" in said
    assert "Group mail (gold, rest): 15 places, 15 different people: nobody is in two." in said
    found = json.loads(lohko(*asked, "--segment", "gold", "--segment", "recent", "--json").stdout)
    assert [(item["segments"], item["people"]) for item in found["in"]] == [(0, 5), (1, 5), (2, 5)]
    assert found["as_of"] == "2026-03-31T21:00:00Z" and found["data_version"] == 1


def test_the_tree_is_indented_and_says_whom_no_child_holds(shop):
    """A child stands under its parent with its share of it; those left over are a line of their own."""
    asked = ("tree", "--as-of", "2026-04-01", "-w", str(shop))
    lines = lohko(*asked).stdout.splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("buyers"))
    assert lines[at + 1].split() == ["recent", "10", "66.7%", "66.7%"] and lines[at + 1].startswith("  ")
    assert lines[at + 2].split() == ["(in", "none", "of", "these)", "5", "33.3%"]
    (buyers,) = [item for item in json.loads(lohko(*asked, "--json").stdout)["segments"] if item["id"] == "buyers"]
    assert buyers["in_no_child"] == 5 and buyers["children"][0]["share_of_parent"] == 0.666667


def test_needs_are_listed_with_segments_and_evidence(shop):
    """Each need with who shares it and what is known of it; one that nobody has says so."""
    said = lohko("needs", "-w", str(shop)).stdout
    assert "speed: Fast delivery\n  segments: buyers\n  evidence: 38 of 120 said so (Survey, 2026-03-12)\n" in said
    assert "unused\n  segments: none has this need\n  evidence: none is given\n" in said
    assert "Segments without a need: gold, recent, rest" in said
    assert json.loads(lohko("needs", "-w", str(shop), "--json").stdout)["needs"][1]["segments"] == []


def test_goals_say_where_they_stand_and_when_there_are_too_few(shop):
    """A count is on its way; a rate of ten buyers cannot be told."""
    asked = ("goals", "--as-of", "2026-04-01", "-w", str(shop))
    said = lohko(*asked).stdout
    assert "on the way (22%)" in said and "too few to tell (10 buyers)" in said
    assert "share of buyers who bought at least twice in 90 days" in said
    rows = {row["segment"]: row for row in json.loads(lohko(*asked, "--json").stdout)["goals"]}
    assert (rows["buyers"]["value"], rows["buyers"]["verdict"]) == (15, "on_the_way")
    assert (rows["recent"]["value"], rows["recent"]["counted"], rows["recent"]["verdict"]) == (0, 10, "too_few")


def test_a_goal_is_set_and_taken_away(shop):
    """Where it starts is the value of now when none is given; a goal without anything measured is refused, and so is half a one."""
    place = ("-w", str(shop))
    said = lohko("goal", "gold", "members", "--target", "400", "--by", "2027-12-31", *place).stdout
    assert "gold: members from " in said and said.endswith("to 400 by 2027-12-31.\n")
    assert "400" in lohko("goals", *place).stdout
    for half in ((), ("members",), ("members", "--none")):
        lohko("goal", "gold", *half, *place, status=2)
    assert lohko("goal", "gold", "--none", *place).stdout == "gold has no goal.\n"
    assert "400" not in lohko("goals", *place).stdout


def test_the_export_holds_what_stands_beside_conditions(shop, tmp_path):
    """What is exported and taken again is the same: parent, group, needs, goal, and the catalogue of needs."""
    lohko("export", str(tmp_path), "-w", str(shop))
    assert (tmp_path / "_needs.yaml").is_file()
    plan = json.loads(lohko("apply", str(tmp_path), "--dry-run", "--json", "-w", str(shop)).stdout)
    assert {item["change"] for item in plan["plan"] + plan["needs"]} == {"same"}


def test_a_wrong_key_is_told_with_file_line_and_candidate(shop, tmp_path):
    """The whole folder is refused with exit status 2, and the message says where and what was meant."""
    (tmp_path / "a.yaml").write_text("id: a\nwhere: did order\nlimit: {n: 5, best: hihgest, by: points}\n", encoding="utf-8")
    said = lohko("apply", str(tmp_path), "-w", str(shop), status=2).stderr
    assert "a.yaml, line 3" in said and "did you mean highest?" in said
