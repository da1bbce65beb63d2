"""A rule is counted exactly: each part, each step, who can be reached, beside others and against the saved rule."""

from __future__ import annotations

import pytest

from lohko.base.errors import InputError
from lohko.steps.counting import count_in_full
from lohko.steps.read import count
from lohko.steps.segments import apply, members
from lohko.steps.work import silent
from steps.rows import bring_in, define

ORDERS = "ann,1,2026-01-05,50\nbo,2,2026-03-01,20\ncy,3,2026-03-20,70\nann,4,2026-03-21,30\n"
CUSTOMERS = "ann,FI,yes\nbo,SE,yes\ncy,FI,no\ndi,FI,yes\n"
DAY = "2026-04-01"


@pytest.fixture
def shop(work):
    bring_in(work, ORDERS)
    bring_in(work, CUSTOMERS, kind="customers", name="customers.csv")
    define(work, finns="country is Finland", spenders="sum of total of order >= 60")
    return work


def test_every_part_is_counted_by_itself_and_the_steps_narrow_down(shop):
    """The parts are a tree like the rule; after each step are left those who passed all before it too."""
    rule = "country is Finland and (sum of total of order >= 60 or did order at least 2 times) and did order in last 12 days"
    found = count_in_full(shop, silent, condition=rule, as_of=DAY)
    assert (found["count"], found["population"]) == (2, 4)
    tree = found["parts"]
    assert (tree["text"], tree["count"]) == ("and", 2)
    assert [(part["text"], part["count"]) for part in tree["parts"]][1] == ("or", 2)
    assert [part["count"] for part in tree["parts"]] == [3, 2, 2]
    assert [part["count"] for part in tree["parts"][1]["parts"]] == [2, 1]
    assert [(step["kind"], step["count"]) for step in found["steps"]] == [
        ("everyone", 4),
        ("condition", 3),
        ("condition", 2),
        ("condition", 2),
    ]
    assert [step["of_step_before"] for step in found["steps"]] == [1.0, 0.75, pytest.approx(2 / 3, abs=1e-6), 1.0]
    assert found["as_of"] == "2026-03-31T21:00:00Z" and found["data_version"] == 2


def test_the_count_is_that_of_the_quick_question_and_of_the_members(shop):
    """However it is asked, the number is the same."""
    rule = "did order and country is Finland"
    found = count_in_full(shop, silent, condition=rule, as_of=DAY)
    quick = count(shop, silent, condition=rule, as_of=DAY)
    assert {key: found[key] for key in quick} == quick
    whole = count_in_full(shop, silent, segment="finns", as_of=DAY)
    assert whole["count"] == len(members(shop, silent, segment="finns", as_of=DAY)["members"]) == 3


def test_consent_reach_and_minimums_are_counted_among_the_matches(shop):
    """Who consented is told per purpose; a channel that no file told of is unknown, not 0; too few for a platform is said with how many."""
    found = count_in_full(shop, silent, condition="country is Finland", as_of="2027-01-01")
    assert found["consented"] == {"email": 0, "sms": 0, "phone": 0, "post": 0, "ads": 2, "personalisation": 0, "profiling": 0}
    assert found["reachable"]["email"] is None
    assert {item["to"]: (item["minimum"], item["enough"], item["people"]) for item in found["platforms"]} == {
        "google-ads": (100, False, 0),
        "meta": (100, False, 0),
    }


def test_overlap_with_named_segments(shop):
    """How many are in both, as a part of the rule's people and of the segment's."""
    found = count_in_full(shop, silent, condition="did order", beside=["finns", "spenders"], as_of=DAY)
    assert [(row["segment"], row["size"], row["both"], row["share_of_segment"]) for row in found["overlap"]] == [
        ("finns", 3, 2, pytest.approx(2 / 3, abs=1e-6)),
        ("spenders", 2, 2, 1.0),
    ]
    with pytest.raises(InputError, match="No segment"):
        count_in_full(shop, silent, condition="did order", beside=["finn"], as_of=DAY)


def test_an_edited_rule_is_held_against_the_saved_version(shop):
    """Whom it adds and whom it loses; a saved rule alone is held against the version before it, if there is one."""
    found = count_in_full(shop, silent, condition="did order", segment="finns", as_of=DAY)
    assert found["against"] == {"version": 1, "size": 3, "added": 1, "lost": 1}
    assert count_in_full(shop, silent, segment="finns", as_of=DAY)["against"] is None
    define(shop, finns="country is Sweden")
    assert count_in_full(shop, silent, segment="finns", as_of=DAY)["against"] == {"version": 1, "size": 3, "added": 1, "lost": 3}
    with pytest.raises(InputError, match="nothing to count"):
        count_in_full(shop, silent)


def test_what_stands_beside_the_condition_are_steps_of_their_own(shop):
    """A rule tried as a segment's keeps its parent, its group and its limit, each a step that narrows down."""
    files = {
        "a.yaml": "id: first\nwhere: country is Sweden\ngroup: mail\npriority: 1\n",
        "b.yaml": "id: best\nwhere: did order\nparent: buyers\ngroup: mail\npriority: 2\nlimit: {n: 1, by: monetary}\n",
        "c.yaml": "id: buyers\nwhere: did order\n",
    }
    apply(shop, silent, files=files)
    found = count_in_full(shop, silent, segment="best", as_of=DAY)
    assert [(step["kind"], step["count"]) for step in found["steps"]] == [
        ("everyone", 4),
        ("condition", 3),
        ("parent", 3),
        ("group", 2),
        ("limit", 1),
    ]
    assert found["count"] == 1
    tried = count_in_full(shop, silent, condition="did order where total > 60", segment="best", as_of=DAY)
    assert (tried["count"], tried["against"]) == (1, {"version": 1, "size": 1, "added": 1, "lost": 1})


def test_what_is_wrong_with_a_rule_is_told_where_it_is_written(shop):
    """Counting and applying both say that parts exclude each other, and that a child does not fit into its parent."""
    found = count(shop, silent, condition="did order in last 30 days and did not order in last 60 days", as_of=DAY)
    assert found["warnings"][0]["code"] == "contradiction" and found["count"] == 0
    files = {"a.yaml": "id: child\nwhere: country is Sweden\nparent: finns\n"}
    warnings = apply(shop, silent, files=files, dry_run=True)["warnings"]
    assert [(item["segment"], item["code"]) for item in warnings] == [("child", "cannot_fit_parent")]
