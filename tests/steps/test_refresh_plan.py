"""What a refresh would read, and a refresh that is watched, ended or broken between two conditions."""

from __future__ import annotations

import duckdb
import pytest

from lohko.base.errors import InputError
from lohko.engine.duckdb import DuckEngine
from lohko.state import runs
from lohko.steps.refresh import refresh
from lohko.steps.refresh_plan import refresh_plan
from lohko.steps.segments import members
from lohko.steps.work import silent
from steps.rows import bring_in, define

ORDERS = "ann,1,2026-01-05,50\nbo,2,2026-03-01,20\ncy,3,2026-03-20,70\n"
RULES = {
    "recent": "did order in last 60 days",
    "big": "sum of total of order >= 60",
    "both": "did order in last 60 days and sum of total of order >= 60",
    "inside": "in segment both and did order at least 1 time",
}


def _shared(found):
    return {row["condition"]: row["segments"] for row in found["leaves"]}


def test_a_condition_that_segments_share_is_in_the_plan_once(work):
    """Each different condition is a row with the segments that ask it; what another segment tells is asked of nobody."""
    bring_in(work, ORDERS)
    define(work, **RULES)
    found = refresh_plan(work, silent, as_of="2026-04-01")
    assert sorted(map(sorted, _shared(found).values())) == [["big", "both"], ["both", "recent"], ["inside"]]
    assert found["uses"] == 5 and found["traits"] == []
    order = [row["segment"] for row in found["order"]]
    assert order.index("both") < order.index("inside") and found["order"][order.index("inside")]["after"] == ["both"]


def test_the_cost_is_rows_times_columns_and_sharing_lowers_it(work):
    """Three orders: a plain condition reads the person and the instant of each, a sum the total too."""
    bring_in(work, ORDERS)
    define(work, **RULES)
    found = refresh_plan(work, silent, as_of="2026-04-01")
    costs = {row["condition"]: (row["cost"], row["reads"][0]["rows"]) for row in found["leaves"]}
    assert {rows for _, rows in costs.values()} == {3}
    summed = next(row["cost"] for row in found["leaves"] if "big" in row["segments"])
    assert summed > min(cost for cost, _ in costs.values()) >= 6
    assert found["cost"] == sum(cost for cost, _ in costs.values())
    assert found["cost_unshared"] == sum(row["cost"] * len(row["segments"]) for row in found["leaves"]) > found["cost"]
    assert found["leaves"][0]["cost"] == max(cost for cost, _ in costs.values())


def test_scores_are_planned_once_for_all_who_ask_about_them(work):
    """RFM reads every order and refund, however many segments are about it."""
    bring_in(work, ORDERS)
    define(work, top_ones='rfm_group is "Champions"', returning="frequency >= 2", plain="did order")
    found = refresh_plan(work, silent, as_of="2026-04-01")
    [traits] = found["traits"]
    assert sorted(traits["segments"]) == ["returning", "top_ones"] and traits["cost"] >= 9


def test_a_plan_of_some_segments_holds_those_behind_them_and_no_others(work):
    """What is named is planned with what it needs."""
    bring_in(work, ORDERS)
    define(work, **RULES)
    found = refresh_plan(work, silent, segments=["inside"], as_of="2026-04-01")
    assert {row["segment"] for row in found["order"]} == {"inside", "both"}
    with pytest.raises(InputError, match="No segment is called 'insid'"):
        refresh_plan(work, silent, segments=["insid"])


def test_planning_records_nothing(work):
    """A plan is no run."""
    bring_in(work, ORDERS)
    define(work, **RULES)
    refresh_plan(work, silent)
    with work.state.connect() as connection:
        assert runs.last_run(connection) is None


def test_progress_is_told_for_each_condition(work):
    """Four segments of three different conditions are three steps of progress."""
    bring_in(work, ORDERS)
    define(work, **RULES)
    told = []
    refresh(work, lambda done, what: told.append((round(done, 2), what)), as_of="2026-04-01")
    assert [what for _, what in told if what.startswith("asking condition")] == [f"asking condition {n} of 3" for n in (1, 2, 3)]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


class _Ended(Exception):
    pass


def test_a_refresh_that_is_ended_between_two_conditions_leaves_nothing(work):
    """Whoever watches may stop it: nothing is recorded, and the next refresh is as the first would have been."""
    bring_in(work, ORDERS)
    define(work, **RULES)

    def stop_at_the_second(done, what):
        if what == "asking condition 2 of 3":
            raise _Ended

    with pytest.raises(_Ended):
        refresh(work, stop_at_the_second, as_of="2026-04-01")
    with work.state.connect() as connection:
        assert runs.last_run(connection) is None
    assert {row["id"]: row["entered"] for row in refresh(work, silent, as_of="2026-04-01")["segments"]} == {
        "recent": 2,
        "big": 1,
        "both": 1,
        "inside": 1,
    }


@pytest.mark.parametrize(
    ("sql", "kind"),
    [("SELECT CAST('x' || person AS INTEGER) AS person FROM person", "Conversion"), ("SELECT person FROM not_there", "Catalog")],
)
def test_a_condition_that_fails_fails_only_the_segments_that_use_it(work, monkeypatch, sql, kind):
    """The others are decided as ever, scores too, although a failed query ends the snapshot that it was asked in; the reason holds no values."""
    bring_in(work, ORDERS)
    define(work, **RULES, lately="sum of total of order in last 100 days >= 60", scored="frequency >= 1", others="not in segment lately")
    asked, real = [], DuckEngine.ask

    def ask(engine, leaf, among=None):
        window = getattr(leaf, "window", None)
        if leaf.node == "events" and leaf.measure == "sum" and window is not None:
            asked.append(leaf)
            engine.cursor.execute(sql).fetchall()
        return real(engine, leaf, among)

    monkeypatch.setattr(DuckEngine, "ask", ask)
    found = {row["id"]: row for row in refresh(work, silent, as_of="2026-04-01")["segments"]}
    assert found["lately"]["error"]["code"] == "leaf_failed" and kind in found["lately"]["error"]["message"]
    assert found["others"]["error"]["code"] == "segment_behind"
    assert {name: row["size"] for name, row in found.items() if not row["error"]} == {
        "scored": 3,
        "big": 1,
        "both": 1,
        "inside": 1,
        "recent": 2,
    }
    assert len(asked) == 1, "it was asked again for another segment"
    assert [row["customer"] for row in members(work, silent, segment="big", as_of="2026-04-01")["members"]] == ["cy"]


def test_a_damaged_store_is_not_taken_for_a_condition_that_fails(work, monkeypatch):
    """A store that cannot be read ends the run: it has to be made again, and no segment is to blame."""
    bring_in(work, ORDERS)
    define(work, **RULES)

    def damaged(engine, leaf, among=None):
        raise duckdb.IOException("Corrupt database file: computed checksum does not match stored checksum")

    monkeypatch.setattr(DuckEngine, "ask", damaged)
    with pytest.raises(duckdb.IOException):
        refresh(work, silent, as_of="2026-04-01")
