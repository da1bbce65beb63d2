"""Refreshing writes who entered and left, and why; a crash in between is made good; the past stays as it was said."""

from __future__ import annotations

import pytest

from lohko.base.errors import InputError, StoreError
from lohko.engine.store import fingerprint
from lohko.state import runs
from lohko.steps import refresh as refreshing
from lohko.steps.changes import changes, memberships
from lohko.steps.history import history, reconstruct
from lohko.steps.read import rfm_rules
from lohko.steps.refresh import refresh
from lohko.steps.segments import members, segments
from lohko.steps.work import silent
from lohko.wiring import open_work
from steps.rows import bring_in, define

ORDERS = "ann,1,2026-01-05,50\nbo,2,2026-03-01,20\ncy,3,2026-03-20,70\n"


def causes(work, segment):
    return {(row["customer"], row["entered"], row["cause"]) for row in changes(work, silent, segment=segment)["changes"]}


def names(work, segment, **asked):
    return [row["customer"] for row in members(work, silent, segment=segment, **asked)["members"]]


def test_the_first_refresh_finds_who_is_in_and_the_second_only_what_changed(work):
    """Everyone in at the start entered as `first`; a second refresh at once changes nothing and needs no file."""
    bring_in(work, ORDERS)
    define(work, recent="did order in last 60 days")
    first = refresh(work, silent, as_of="2026-04-01")
    assert [(row["size"], row["entered"], row["left"]) for row in first["segments"]] == [(2, 2, 0)]
    assert causes(work, "recent") == {("bo", True, "first"), ("cy", True, "first")}
    second = refresh(work, silent, as_of="2026-04-01")
    assert [(row["size"], row["entered"], row["left"]) for row in second["segments"]] == [(2, 0, 0)]
    with work.state.connect() as connection:
        assert [run.file for run in runs.runs(connection)] == ["run-000001.parquet", ""]


def test_the_cause_of_a_move_is_data_time_or_the_rule(work):
    """An order brings its buyer in, passing days take people out, and an edited rule is named as such."""
    bring_in(work, ORDERS)
    define(work, recent="did order in last 60 days", of_recent="in segment recent")
    refresh(work, silent, as_of="2026-04-01")
    bring_in(work, "ann,9,2026-04-20,5\n", name="more.csv")
    refresh(work, silent, as_of="2026-05-05")
    assert {("ann", True, "data"), ("bo", False, "time")} < causes(work, "recent")
    define(work, recent="did order in last 600 days")
    refresh(work, silent, as_of="2026-05-05")
    assert ("bo", True, "rule") in causes(work, "recent")
    assert ("bo", True, "rule") in causes(work, "of_recent")


def test_a_score_that_others_moved_is_told_apart_from_ones_own_data(work):
    """New big spenders push someone down a level who did nothing: `others`, not `data`."""
    bring_in(work, "".join(f"p{n},{n},2026-03-{n:02},{n * 10}\n" for n in range(1, 11)))
    define(work, top="rfm_m >= 5")
    refresh(work, silent, as_of="2026-04-01")
    assert names(work, "top", as_of="2026-04-01") == ["p10", "p9"]
    bring_in(work, "".join(f"new{n},n{n},2026-03-15,{1000 + n}\n" for n in range(10)), name="more.csv")
    refresh(work, silent, as_of="2026-04-01")
    moved = causes(work, "top")
    assert {("p9", False, "others"), ("p10", False, "others")} < moved
    assert ("new9", True, "data") in moved


def test_changing_how_rfm_is_counted_is_a_change_of_the_rule(work):
    """Segments that ask about RFM are decided by the new rules, and the ledger says why people moved."""
    bring_in(work, "".join(f"p{n},{n},2026-03-{n:02},{n * 10}\n" for n in range(1, 11)))
    define(work, top="rfm_m >= 5", all="did order")
    refresh(work, silent, as_of="2026-04-01")
    rfm_rules(work, silent, text="cuts: {recency_days: [1, 2, 3, 4], frequency: [2, 3, 4, 5], monetary: [1, 2, 3, 50]}")
    refresh(work, silent, as_of="2026-04-01")
    assert ("p5", True, "rule") in causes(work, "top")
    assert {cause for _, _, cause in causes(work, "all")} == {"first"}


def test_the_two_pasts_are_two_answers(work):
    """What was true of a day follows the data of now; what was said of it stays as it was said."""
    bring_in(work, ORDERS)
    define(work, buyers="did order")
    refresh(work, silent, as_of="2026-04-01")
    bring_in(work, "late,4,2026-03-30,10\n", name="late.csv")
    refresh(work, silent, as_of="2026-04-02")
    assert names(work, "buyers", as_of="2026-04-01") == ["ann", "bo", "cy", "late"]
    assert names(work, "buyers", recorded_at="2026-04-01") == ["ann", "bo", "cy"]
    assert names(work, "buyers", recorded_at="2026-03-31") == []
    with pytest.raises(InputError, match="two different questions"):
        members(work, silent, segment="buyers", as_of="2026-04-01", recorded_at="2026-04-01")


def test_a_refresh_never_goes_back_in_time(work):
    """An instant before the last refresh is refused, with what to do instead."""
    bring_in(work, ORDERS)
    define(work, buyers="did order")
    refresh(work, silent, as_of="2026-04-01")
    with pytest.raises(InputError, match="later") as caught:
        refresh(work, silent, as_of="2026-03-01")
    assert "--as-of" in (caught.value.hint or "")


def test_nothing_is_recorded_about_the_future(work):
    """A refresh about a day to come is refused: it would keep every true one from being written."""
    bring_in(work, ORDERS)
    define(work, buyers="did order")
    with pytest.raises(InputError, match="still to come"):
        refresh(work, silent, as_of="2999-01-01")


def test_one_segment_that_cannot_be_told_does_not_stop_the_others(work):
    """Its error is kept with the run, its members stay as they were, and the others are refreshed."""
    bring_in(work, ORDERS)
    define(work, buyers="did order", empty="did order at least 9 times")
    with work.state.begin() as connection:  # a definition that the schema no longer answers, as after a restored state
        from lohko.model.parse import parse
        from lohko.model.segment import Segment
        from lohko.state.segments import save

        save(connection, Segment("broken", parse("did never_seen").condition))
    found = {row["id"]: row for row in refresh(work, silent, as_of="2026-04-01")["segments"]}
    assert found["broken"]["error"]["code"] == "unknown_event" and found["broken"]["size"] is None
    assert (found["buyers"]["size"], found["empty"]["size"]) == (3, 0)


def test_intervals_of_a_person_have_both_causes(work):
    """From when until when, and why it began and ended; an open one has no end."""
    bring_in(work, ORDERS)
    define(work, recent="did order in last 60 days", buyers="did order")
    refresh(work, silent, as_of="2026-04-01")
    refresh(work, silent, as_of="2026-06-01")
    found = memberships(work, silent, customer="bo")["memberships"]
    assert [(row["segment"], row["until"] is None, row["entered_by"], row["left_by"]) for row in found] == [
        ("buyers", True, "first", None),
        ("recent", False, "first", "time"),
    ]


def test_the_size_in_the_list_is_of_the_last_refresh_until_data_or_rule_change(work):
    """A list that is no longer true is decided anew, and says of when it is."""
    bring_in(work, ORDERS)
    define(work, buyers="did order")
    assert [(row["size"], row["last_refreshed"]) for row in segments(work, silent)["segments"]] == [(3, None)]
    refresh(work, silent, as_of="2026-04-01")
    listed = segments(work, silent)["segments"][0]
    assert (listed["size"], listed["as_of"]) == (3, "2026-03-31T21:00:00Z")
    bring_in(work, "dan,4,2026-04-02,10\n", name="more.csv")
    listed = segments(work, silent)["segments"][0]
    assert listed["size"] == 4 and listed["as_of"] > "2026-04"


def test_days_are_recorded_and_earlier_ones_filled_in_and_marked(work):
    """The recorded day stands as it was said; the days before it follow the rule, one by one."""
    bring_in(work, ORDERS)
    define(work, recent="did order in last 10 days")
    refresh(work, silent, as_of="2026-03-25T12:00")
    reconstruct(work, silent, days=6)
    days = history(work, silent, segment="recent")["days"]
    assert [(day["day"][-2:], day["size"], day["entered"], day["left"], day["kind"][:3]) for day in days] == [
        ("19", 0, 0, 0, "rec"),
        ("20", 1, 1, 0, "rec"),
        ("21", 1, 0, 0, "rec"),
        ("22", 1, 0, 0, "rec"),
        ("23", 1, 0, 0, "rec"),
        ("24", 1, 0, 0, "rec"),
        ("25", 1, 1, 0, "rec"),
    ]
    assert [day["kind"] for day in days] == ["reconstructed"] * 6 + ["recorded"]


@pytest.mark.parametrize("where", ["before the state", "before the store"])
def test_a_refresh_that_is_cut_off_is_wholly_there_or_not_at_all(place, monkeypatch, where):
    """Before it is registered nothing counts and the file is swept; after that the store catches up when it is opened."""
    with open_work(place, silent) as work:
        bring_in(work, ORDERS)
        define(work, buyers="did order")

        def cut(*_arguments, **_named):
            raise KeyboardInterrupt

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            if where == "before the state":
                patched.setattr(refreshing.runs, "register", cut)
            else:
                patched.setattr(refreshing, "load_run", cut)
            refresh(work, silent, as_of="2026-04-01")
    with open_work(place, silent) as work:
        said = names(work, "buyers", recorded_at="2026-05-01")
        assert said == ([] if where == "before the state" else ["ann", "bo", "cy"])
        assert len(list((place / "ledger").iterdir())) == (0 if where == "before the state" else 1)
        refresh(work, silent, as_of="2026-04-02")
        assert names(work, "buyers", recorded_at="2026-05-01") == ["ann", "bo", "cy"]


def test_the_store_is_made_again_from_archive_and_ledger(place):
    """Same tables, same hashes, membership included; a ledger file that was changed is refused."""
    with open_work(place, silent) as work:
        bring_in(work, ORDERS)
        define(work, buyers="did order")
        refresh(work, silent, as_of="2026-04-01")
        before = fingerprint(work.store)
    with open_work(place, silent, again=True) as work:
        assert fingerprint(work.store) == before
        assert names(work, "buyers", recorded_at="2026-04-01") == ["ann", "bo", "cy"]
    file = place / "ledger" / "run-000001.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match="has changed"), open_work(place, silent, again=True):
        pass
