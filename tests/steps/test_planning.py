"""All segments together: coverage, groups that share nobody, hierarchies, needs, goals; and what a failure stops."""

from __future__ import annotations

import io

import pytest

from lohko.base.errors import InputError
from lohko.model.parse import parse
from lohko.model.segment import Segment
from lohko.state import segments as kept
from lohko.steps.changes import changes
from lohko.steps.coverage import coverage, tree
from lohko.steps.explain import explain
from lohko.steps.goals import goals
from lohko.steps.ingest import ingest
from lohko.steps.needs import needs
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply, export, members, segments
from lohko.steps.work import silent
from steps.rows import bring_in

ORDERS = "ann,1,2026-01-05,50\nbo,2,2026-03-01,20\nbo,3,2026-03-05,20\ncy,4,2026-03-20,70\ndan,5,2025-01-01,5\n"
AS_OF = "2026-04-01"


def five(rows: str) -> str:
    """Five people for each, under numbers of their own: fewer are not told apart."""
    split = [line.split(",", 2) for line in rows.splitlines()]
    return "".join(f"{who}{n},{number}{n},{rest}\n" for who, number, rest in split for n in range(5))


FIVES = five(ORDERS)

SHOP = """
id: buyers
where: did order
---
id: recent
where: did order in last 60 days
parent: buyers
---
id: dear
where: did order where total >= 50
parent: buyers
"""
LISTS = """
- {id: gold, where: did order where total >= 70, group: mail, priority: 1}
- {id: silver, where: did order where total >= 20, group: mail, priority: 2}
- {id: rest, where: did order, group: mail, priority: 3}
"""


def take(work, text, **more):
    return apply(work, silent, files={"all.yaml": text}, **more)


def names(work, segment):
    return [row["customer"] for row in members(work, silent, segment=segment, as_of=AS_OF)["members"]]


def test_a_child_lives_inside_its_parent(work):
    """Who leaves the parent's rule leaves the child too, whatever the child's own rule says."""
    bring_in(work, ORDERS)
    take(work, "id: north\nwhere: did order where total >= 50\n---\nid: recent\nwhere: did order in last 60 days\nparent: north\n")
    assert names(work, "recent") == ["cy"]


def test_lists_of_a_group_share_nobody(work):
    """Each person is in the first list of the group, by priority, that fits."""
    bring_in(work, ORDERS)
    take(work, LISTS)
    assert [names(work, name) for name in ("gold", "silver", "rest")] == [["cy"], ["ann", "bo"], ["dan"]]
    group = coverage(work, silent, as_of=AS_OF)["groups"][0]
    assert (group["segments"], group["listed"], group["people"], group["in_two"]) == (["gold", "silver", "rest"], None, None, False)


def test_equal_priorities_follow_the_ids(work):
    """Without priorities the lists of a group come in the order of their ids."""
    bring_in(work, ORDERS)
    take(work, "- {id: b, where: did order, group: g}\n- {id: a, where: did order where total >= 50, group: g}\n")
    assert [names(work, name) for name in ("a", "b")] == [["ann", "cy"], ["bo", "dan"]]


def test_a_group_that_turns_round_is_a_change_of_the_rule(work):
    """Another priority in a list before this one, or another parent, is why people moved."""
    bring_in(work, ORDERS)
    take(work, LISTS)
    refresh(work, silent, as_of=AS_OF)
    take(work, LISTS.replace("priority: 1", "priority: 9"))
    refresh(work, silent, as_of=AS_OF)
    moved = {(row["customer"], row["entered"], row["cause"]) for row in changes(work, silent, segment="silver")["changes"]}
    assert ("cy", True, "rule") in moved


@pytest.mark.parametrize(
    ("text", "circle"),
    [
        ("- {id: a, where: did order, parent: a}\n", "a -> a"),
        ("- {id: a, where: did order, parent: b}\n- {id: b, where: in segment a}\n", "a -> b -> a"),
        ("- {id: a, where: in segment b, group: g}\n- {id: b, where: did order, group: g}\n", "a -> b -> a"),
    ],
)
def test_circles_through_parents_and_groups_are_refused(work, text, circle):
    """A parent, and the lists before one in its group, are needed as much as a segment that the rule names."""
    bring_in(work, ORDERS)
    with pytest.raises(InputError, match="circle") as caught:
        take(work, text)
    assert caught.value.place == circle


def test_an_unknown_parent_or_need_is_told_with_line_and_candidates(work):
    """The file and line of the segment, and the names that look like it."""
    bring_in(work, ORDERS)
    take(work, SHOP + "---\nneeds: [{id: speed, title: Speed}]\n")
    with pytest.raises(InputError, match="buyer") as caught:
        take(work, "id: new\nwhere: did order\nparent: buyer\n")
    assert (caught.value.place, caught.value.hint) == ("all.yaml, line 1, segment new", "did you mean buyers?")
    with pytest.raises(InputError, match="sped") as caught:
        take(work, "\nid: new\nwhere: did order\nneeds: [speed, sped]\n")
    assert (caught.value.place, caught.value.hint) == ("all.yaml, line 2, segment new", "did you mean speed?")


def test_coverage_counts_people_by_how_many_segments_hold_them(work):
    """Nobody is left out: no segment, one, two and more add up to everyone; each segment says whom only it holds."""
    bring_in(work, FIVES)
    bring_in(work, "".join(f"eve{n},FI,yes\n" for n in range(5)), kind="customers", name="customers.csv")
    take(work, SHOP)
    found = coverage(work, silent, as_of=AS_OF)
    assert [(item["segments"], item["people"]) for item in found["in"]] == [(0, 5), (1, 5), (2, 10), (3, 5)]
    assert sum(item["people"] for item in found["in"]) == found["population"] == 25
    assert {item["id"]: (item["size"], item["alone"]) for item in found["segments"]} == {
        "buyers": (20, 5),
        "dear": (10, 0),
        "recent": (10, 0),
    }


def test_coverage_of_some_segments_counts_only_those(work):
    """Named ones are counted; one that does not exist is answered with candidates."""
    bring_in(work, FIVES)
    take(work, SHOP)
    found = coverage(work, silent, as_of=AS_OF, segments=["recent", "dear", "recent"])
    assert [(item["segments"], item["people"]) for item in found["in"]] == [(0, 5), (1, 10), (2, 5)]
    with pytest.raises(InputError, match="No segment"):
        coverage(work, silent, segments=["recnt"])


def test_coverage_counts_many_segments_together_at_the_end(work):
    """Those in ten or more segments are one line."""
    bring_in(work, FIVES)
    take(work, "".join(f"- {{id: s{n}, where: did order where total >= {n}}}\n" for n in range(12)))
    found = coverage(work, silent, as_of=AS_OF)["in"]
    assert [(item["segments"], item["or_more"], item["people"]) for item in found if item["people"]] == [(6, False, 5), (10, True, 15)]


def test_coverage_tells_of_no_few_and_not_what_they_are_found_by(work):
    """One of 21 is in both: she is found neither by the sum of people nor by that of memberships, nor by who is in only one."""
    bring_in(work, FIVES + "gil,93,2026-03-25,900\n")
    take(work, "id: buyers\nwhere: did order\n---\nid: rich\nwhere: did order where total >= 500\nparent: buyers\n")
    found = coverage(work, silent, as_of=AS_OF)
    assert [item["people"] for item in found["in"]] == [0, None, None]
    assert {item["id"]: (item["size"], item["alone"]) for item in found["segments"]} == {"buyers": (21, None), "rich": (None, None)}
    (root,) = tree(work, silent, as_of=AS_OF)["segments"]
    assert (root["size"], root["in_no_child"], root["children"][0]["size"]) == (21, None, None)


def test_coverage_without_segments_or_people_is_no_error(work):
    """A new workspace has everyone in no segment."""
    assert [(item["segments"], item["people"], item["share"]) for item in coverage(work, silent)["in"]] == [(0, 0, None)]
    assert tree(work, silent)["segments"] == []


def test_the_tree_says_shares_of_the_parent_and_whom_no_child_holds(work):
    """Half of the buyers are in each child, a quarter of them in both and a quarter in none."""
    bring_in(work, FIVES)
    take(work, SHOP)
    (root,) = tree(work, silent, as_of=AS_OF)["segments"]
    assert (root["id"], root["size"], root["in_no_child"], root["in_several"]) == ("buyers", 20, 5, 5)
    assert [(item["id"], item["size"], item["share_of_parent"], item["in_no_child"]) for item in root["children"]] == [
        ("dear", 10, 0.5, None),
        ("recent", 10, 0.5, None),
    ]


def test_the_failure_of_one_stops_only_those_that_need_it_and_is_named(work):
    """Child, later list of the group and referring rule say which segment cannot be told; the others go on."""
    bring_in(work, FIVES)
    take(work, "id: fine\nwhere: did order\n")
    with work.state.begin() as connection:  # a definition that the schema no longer answers, as after a restored state
        kept.save(connection, Segment("broken", parse("did never_seen").condition, group="g"))
        kept.save(connection, Segment("child", parse("did order").condition, parent="broken"))
        kept.save(connection, Segment("grandchild", parse("did order").condition, parent="child"))
        kept.save(connection, Segment("later", parse("did order").condition, group="g", priority=1))
        kept.save(connection, Segment("referring", parse("not in segment broken").condition))
    found = {row["id"]: row for row in refresh(work, silent, as_of=AS_OF)["segments"]}
    assert found["fine"]["size"] == 20
    assert found["broken"]["error"]["code"] == "unknown_event"
    for name in ("child", "grandchild", "later", "referring"):
        assert found[name]["error"]["code"] == "segment_behind" and "'broken'" in found[name]["error"]["message"]
    counted = coverage(work, silent, as_of=AS_OF)
    assert counted["segments_counted"] == 1 and [item["people"] for item in counted["in"]] == [0, 20]
    assert {item["id"] for item in counted["segments"] if item["error"]} == {"broken", "child", "grandchild", "later", "referring"}
    assert [item["id"] for item in tree(work, silent, as_of=AS_OF)["segments"]] == ["broken", "fine", "later", "referring"]


NEEDS = """
needs:
- id: speed
  title: {en: Fast delivery, fi: Nopea toimitus}
  evidence:
  - {text: 38 of 120 answers name delivery time, source: Survey, date: 2026-03-12}
- id: unused
"""


def test_needs_are_shared_by_segments_and_come_out_as_they_went_in(work):
    """The catalogue says who serves a need; the export holds it, and taking it again changes nothing."""
    bring_in(work, ORDERS)
    taken = take(
        work,
        NEEDS
        + "---\nid: a\nwhere: did order\nneeds: [speed]\n---\nid: b\nwhere: did order\nneeds: [speed]\n---\nid: c\nwhere: did order\n",
    )
    assert taken["needs"] == [{"need": "speed", "change": "new"}, {"need": "unused", "change": "new"}]
    found = needs(work, silent)
    assert {item["id"]: item["segments"] for item in found["needs"]} == {"speed": ["a", "b"], "unused": []}
    assert found["needs"][0]["evidence"] == [{"text": "38 of 120 answers name delivery time", "source": "Survey", "date": "2026-03-12"}]
    assert found["segments_without"] == ["c"]
    again = apply(work, silent, files=export(work, silent)["files"])
    assert {item["change"] for item in again["plan"] + again["needs"]} == {"same"}
    changed = take(work, NEEDS.replace("38", "40"))
    assert [item["change"] for item in changed["needs"]] == ["changed", "same"]
    assert needs(work, silent)["needs"][0]["evidence"][0]["text"].startswith("40")


def test_a_dry_run_keeps_no_need(work):
    """What would change is shown, and nothing is kept."""
    assert take(work, NEEDS, dry_run=True)["needs"][0]["change"] == "new"
    assert needs(work, silent)["needs"] == []


def test_a_need_is_defined_once_in_the_files(work):
    """The same id twice is refused: nobody could say which one counts."""
    with pytest.raises(InputError, match="Need 'speed' is defined twice"):
        apply(work, silent, files={"a.yaml": NEEDS, "b.yaml": NEEDS})


def goal(metric, baseline, target, by, **more):
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    return f"goal: {{metric: {metric}, baseline: {baseline}, target: {target}, by: {by}{extra}}}\n"


CROWD = "".join(f"p{n},a{n},2026-03-{1 + n % 28:02},10\n" for n in range(40)) + "".join(f"p{n},b{n},2026-03-30,30\n" for n in range(10))


@pytest.mark.parametrize(
    ("metric", "value", "counted"),
    [
        ("members", 40, None),
        ("share", 100, None),
        ("revenue", 700, None),
        ("revenue_per_head", 17.5, 40),
        ("orders_per_head", 1.25, 40),
        ("buying_rate", 100, 40),
        ("repeat_rate", 25, 40),
        ("average_order", 14, 50),
    ],
)
def test_every_metric_is_the_one_that_its_name_says(work, metric, value, counted):
    """40 people with an order of 10, ten of them with another of 30."""
    bring_in(work, CROWD)
    take(work, "id: crowd\nwhere: did order\n" + goal(metric, 0, value, "2026-12-31"))
    (row,) = goals(work, silent, as_of=AS_OF)["goals"]
    assert (row["value"], row["counted"], row["verdict"], row["way_made"]) == (value, counted, "met", 1)


def test_orders_count_in_the_time_that_the_goal_names(work):
    """`over: 5 days` counts the last orders only; refunds of that time are taken off."""
    bring_in(work, CROWD)
    stated = b"customer_id,order_id,ordered_at,total,refunded_amount\np1,r1,2026-03-31,20,5\n"
    ingest(work, silent, stream=io.BytesIO(stated), name="refunded.csv", kind="orders")
    take(work, "id: crowd\nwhere: did order\n" + goal("revenue", 0, 1000, "2026-12-31", over="5 days"))
    (row,) = goals(work, silent, as_of=AS_OF)["goals"]
    assert row["value"] == 10 + 10 + 300 + 20 - 5  # of the 27th, the 28th and the 30th, and the one of which 5 was refunded
    assert (row["over"], row["verdict"]) == ("5 days", "on_the_way")


def test_a_value_that_cannot_be_known_is_never_zero(work):
    """Nobody in it, no buyers, no orders at all, a segment that cannot be told: there is no value, and that is said."""
    bring_in(work, "eve,FI,yes\n", kind="customers", name="customers.csv")
    take(work, 'id: all\nwhere: country is "Finland"\n' + goal("revenue", 0, 10, "2026-12-31"))
    (row,) = goals(work, silent)["goals"]
    assert (row["value"], row["verdict"], row["way_made"]) == (None, "unknown", None)
    bring_in(work, ORDERS)
    take(
        work,
        "id: nobody\nwhere: did order at least 99 times\n"
        + goal("revenue_per_head", 0, 10, "2026-12-31")
        + "---\nid: all\nwhere: did order\n"
        + goal("repeat_rate", 0, 10, "2026-12-31"),
    )
    rows = {row["segment"]: row for row in goals(work, silent, as_of=AS_OF)["goals"]}
    assert (rows["nobody"]["value"], rows["nobody"]["counted"], rows["nobody"]["verdict"]) == (None, 0, "unknown")
    assert (rows["all"]["value"], rows["all"]["verdict"]) == (33.3333, "too_few")
    with work.state.begin() as connection:
        segment = kept.current(connection)["all"]
        kept.save(connection, Segment("broken", parse("did never_seen").condition, goal=segment.goal))
    broken = {row["segment"]: row for row in goals(work, silent, as_of=AS_OF)["goals"]}["broken"]
    assert (broken["value"], broken["verdict"], broken["error"]["code"]) == (None, "unknown", "unknown_event")


def test_after_its_day_a_goal_is_decided_by_the_value_at_its_end(work):
    """A goal that was reached in time stays met when the value falls later, and one reached too late was missed."""
    bring_in(work, CROWD)
    recent = "where: did order in last 10 days\n"
    take(
        work,
        f"id: in-time\n{recent}"
        + goal("members", 0, 10, "2026-03-31")
        + f"---\nid: too-late\n{recent}"
        + goal("members", 0, 10, "2026-03-02"),
    )
    rows = {row["segment"]: row for row in goals(work, silent, as_of="2026-06-01")["goals"]}
    assert [(rows[name]["value"], rows[name]["verdict"]) for name in ("in-time", "too-late")] == [(0, "met"), (0, "missed")]
    assert (rows["too-late"]["decided_at"], rows["too-late"]["decided_value"]) == ("2026-03-02T22:00:00Z", 4)
    on_the_last_day = {row["segment"]: row for row in goals(work, silent, as_of="2026-03-02T12:00")["goals"]}
    assert on_the_last_day["too-late"]["verdict"] == "on_the_way"
    at_its_end = {row["segment"]: row for row in goals(work, silent, as_of="2026-03-03")["goals"]}
    assert at_its_end["too-late"]["verdict"] == "missed"


def test_segments_without_a_goal_are_named(work):
    """A list of goals says which segments have none."""
    bring_in(work, ORDERS)
    take(work, SHOP)
    assert goals(work, silent)["goals"] == [] and goals(work, silent)["without"] == ["buyers", "dear", "recent"]


def test_what_a_limit_counts_by_is_checked_like_a_rule(work):
    """An unknown attribute is answered with candidates and the place in the file; one that is no number is refused."""
    bring_in(work, "eve,FI,yes\n", kind="customers", name="customers.csv")
    bring_in(work, ORDERS)
    with pytest.raises(InputError, match="monetry") as caught:
        take(work, "id: best\nwhere: did order\nlimit: {n: 2, by: monetry}\n")
    assert caught.value.place == "all.yaml, line 1, segment best"
    assert "did you mean monetary" in (caught.value.hint or "")
    with pytest.raises(InputError, match="no number"):
        take(work, "id: best\nwhere: did order\nlimit: {n: 2, by: country}\n")


def test_a_limit_takes_the_best_and_says_that_others_moved_someone(work):
    """A new spender takes the last place: who loses it has done nothing, so the cause is `others`."""
    bring_in(work, ORDERS)
    take(work, "id: best\nwhere: did order\nlimit: {n: 2, best: highest, by: monetary}\n")
    refresh(work, silent, as_of=AS_OF)
    assert names(work, "best") == ["ann", "cy"]
    bring_in(work, "zed,9,2026-03-30,900\n", name="more.csv")
    refresh(work, silent, as_of=AS_OF)
    assert names(work, "best") == ["cy", "zed"]
    moved = {(row["customer"], row["entered"], row["cause"]) for row in changes(work, silent, segment="best")["changes"]}
    assert moved == {("ann", True, "first"), ("cy", True, "first"), ("ann", False, "others"), ("zed", True, "data")}


def test_what_the_ledger_tells_is_told_when_its_segment_cannot_be(work):
    """Who was in a segment is on record; whether it can be decided today does not matter."""
    bring_in(work, ORDERS)
    take(work, "id: old\nwhere: did order\n")
    refresh(work, silent, as_of="2026-03-25")
    take(work, "id: entered\nwhere: entered segment old in the last 30 days\n")
    with work.state.begin() as connection:
        kept.save(connection, Segment("old", parse("did never_seen").condition))
    found = {row["id"]: row for row in refresh(work, silent, as_of=AS_OF)["segments"]}
    assert found["old"]["error"]["code"] == "unknown_event"
    assert (found["entered"]["size"], found["entered"]["error"]) == (4, None)


def test_the_list_of_segments_says_what_decides_besides_the_rule(work):
    """Parent, earlier lists of the group and limit, in both languages; nothing where there is nothing."""
    bring_in(work, ORDERS)
    take(work, LISTS.replace("priority: 3", "priority: 3, parent: all, limit: {n: 5, by: monetary}") + "---\nid: all\nwhere: did order\n")
    rows = {row["id"]: row for row in segments(work, silent)["segments"]}
    assert rows["rest"]["beside"]["en"] == [
        "inside segment all",
        "not in an earlier list of group mail: gold, silver",
        "at most 5: those with the highest monetary",
    ]
    assert len(rows["rest"]["beside"]["fi"]) == 3
    assert rows["gold"]["beside"] == rows["all"]["beside"] == {"en": [], "fi": []}


def test_an_explanation_says_the_same_as_the_membership(work):
    """The reference engine, which explains, and the planner agree about parents, groups and limits of every customer."""
    bring_in(work, ORDERS)
    best = (
        "id: best\nwhere: in segment silver or did order\nparent: buyers\nlimit: {n: 2, by: sum of total of orders in the last 365 days}\n"
    )
    take(work, f"{SHOP}---\n{best}---\nid: first\nwhere: did order\nlimit: {{n: 2}}\n---{LISTS}")
    for segment in ("recent", "gold", "silver", "rest", "best", "first"):
        inside = names(work, segment)
        for customer in ("ann", "bo", "cy", "dan"):
            assert explain(work, silent, segment=segment, customer=customer, as_of=AS_OF)["holds"] is (customer in inside)
    assert names(work, "best") == ["ann", "cy"] and len(names(work, "first")) == 2
