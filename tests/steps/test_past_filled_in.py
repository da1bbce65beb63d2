"""Days before a segment was refreshed are filled in, with their members, apart from what was said; and what differs now is named."""

from __future__ import annotations

import datetime as dt

import pytest

from lohko.base.errors import InputError, StoreError
from lohko.engine.store import fingerprint
from lohko.model.condition import InSegment, Moved
from lohko.model.operand import Day
from lohko.model.segment import Segment
from lohko.model.window import Since, Until
from lohko.state.segments import save
from lohko.steps import history as filling
from lohko.steps.changes import changes, memberships
from lohko.steps.history import history, reconstruct
from lohko.steps.refresh import refresh
from lohko.steps.segments import members
from lohko.steps.work import silent
from lohko.wiring import open_work
from steps.rows import bring_in, define

ORDERS = "ann,1,2026-01-05T12:00,50\nbo,2,2026-01-20T12:00,20\ncy,3,2026-02-27T12:00,70\nann,4,2026-02-01T12:00,5\n"


def names(work, segment, **asked):
    return [row["customer"] for row in members(work, silent, segment=segment, **asked)["members"]]


def filled(work):
    bring_in(work, ORDERS)
    define(work, recent="did order in last 10 days")
    refresh(work, silent, as_of="2026-03-01")
    return reconstruct(work, silent, since="2025-01-01", segments=["recent"])


def asks(work, **conditions) -> dict[str, list[str]]:
    with work.state.begin() as connection:
        for name, condition in conditions.items():
            save(connection, Segment(name, condition))
    return {name: names(work, name, as_of="2026-03-01") for name in conditions}


def test_the_past_begins_with_the_first_day_of_data(work):
    """A day before any data is asked for: the first day filled in is that of the first order, the last the one before the refresh."""
    assert filled(work) == {"days": 55, "segments": ["recent"], "members_kept": ["recent"]}
    days = history(work, silent, segment="recent")["days"]
    assert (days[0]["day"], days[-2]["day"], days[-1]["day"]) == ("2026-01-05", "2026-02-28", "2026-03-01")
    assert [day["kind"] for day in days] == ["reconstructed"] * 55 + ["recorded"]
    assert (days[0]["size"], days[0]["entered"], sum(day["left"] for day in days)) == (1, 1, 3)
    by_day = {day["day"]: day["size"] for day in days}
    assert (by_day["2026-01-14"], by_day["2026-01-15"], by_day["2026-01-19"], by_day["2026-01-20"]) == (1, 0, 0, 1)


def test_sizes_filled_in_are_those_of_that_day(work):
    """Each filled-in size is what `members --as-of` says of the midnight with which the day ends."""
    filled(work)
    for day in history(work, silent, segment="recent")["days"][:-1:6]:
        following = (dt.date.fromisoformat(day["day"]) + dt.timedelta(days=1)).isoformat()
        assert len(names(work, "recent", as_of=following)) == day["size"]


def test_entered_left_and_was_in_read_the_days_filled_in(work):
    """Who was in on a day, entered in a window and left in one, before Lohko had said anything."""
    filled(work)
    day = dt.date(2026, 1, 25)
    found = asks(
        work,
        was_in=InSegment("recent", Day(day)),
        entered_early=Moved("recent", "entered", Until(day)),
        left=Moved("recent", "left"),
        entered_late=Moved("recent", "entered", Since(dt.date(2026, 2, 20))),
    )
    assert found == {"was_in": ["bo"], "entered_early": ["ann", "bo"], "left": ["ann", "bo"], "entered_late": ["cy"]}


def test_the_first_refresh_is_no_entering_for_those_who_were_in_before(work):
    """cy entered on 27 February by the days filled in; the first refresh on 1 March found cy in, and that is told as it was said."""
    filled(work)
    found = asks(
        work,
        on_first=Moved("recent", "entered", Since(dt.date(2026, 3, 1))),
        before=Moved("recent", "entered", Until(dt.date(2026, 2, 28))),
    )
    assert found == {"on_first": [], "before": ["ann", "bo", "cy"]}
    assert [(row["customer"], row["cause"]) for row in changes(work, silent, segment="recent")["changes"]] == [("cy", "first")]
    assert [row["entered_by"] for row in memberships(work, silent, customer="cy")["memberships"]] == ["first"]


def test_what_was_said_never_looks_at_days_filled_in(work):
    """Members as recorded before the first refresh are none, and the next refresh writes only what moved since."""
    filled(work)
    assert names(work, "recent", recorded_at="2026-02-28") == []
    assert names(work, "recent", recorded_at="2026-03-01") == ["cy"]
    row = refresh(work, silent, segments=["recent"], as_of="2026-03-02")["segments"][0]
    assert (row["size"], row["entered"], row["left"]) == (1, 0, 0)
    row = refresh(work, silent, segments=["recent"], as_of="2026-04-02")["segments"][0]
    assert (row["entered"], row["left"]) == (0, 1)


def test_whoever_the_first_refresh_did_not_find_left_by_then(work):
    """In by the last filled-in day, out at the first refresh: was in is no longer true afterwards."""
    bring_in(work, "ann,1,2026-02-20T12:00,50\n")
    define(work, recent="did order in last 10 days")
    refresh(work, silent, as_of="2026-03-03T12:00")
    reconstruct(work, silent, days=30, segments=["recent"])
    assert history(work, silent, segment="recent")["days"][-2]["size"] == 0
    define(work, recent="did order in last 11 days")  # the past is filled in by the present rule; the first refresh had another
    reconstruct(work, silent, days=30, segments=["recent"])
    assert history(work, silent, segment="recent")["days"][-2]["size"] == 1
    found = asks(work, was=InSegment("recent", Day(dt.date(2026, 3, 3))), still=InSegment("recent", Day(dt.date(2026, 3, 4))))
    assert found["was"] == ["ann"]
    assert asks_later(work, "still") == []


def asks_later(work, name):
    return names(work, name, as_of="2026-03-06")


def test_filling_in_again_replaces_all_of_it(work, place):
    """One file a segment, the old one gone; rows of days that are no longer filled in are gone too."""
    filled(work)
    assert [file.name for file in sorted((place / "ledger").glob("past-*"))] == ["past-000001.parquet"]
    reconstruct(work, silent, since="2026-02-20", segments=["recent"])
    assert [file.name for file in sorted((place / "ledger").glob("past-*"))] == ["past-000002.parquet"]
    assert asks(work, was=InSegment("recent", Day(dt.date(2026, 1, 25)))) == {"was": []}
    assert history(work, silent, segment="recent")["days"][0]["day"] == "2026-02-20"


def test_a_segment_that_was_never_refreshed_has_sizes_but_no_members_kept(work):
    """Its chart has a past; entered and left begin with its first refresh."""
    bring_in(work, ORDERS)
    define(work, recent="did order in last 10 days")
    found = reconstruct(work, silent, since="2026-01-01", segments=["recent"])
    assert found["members_kept"] == [] and found["days"] > 100
    assert asks(work, moved=Moved("recent", "entered")) == {"moved": []}


@pytest.mark.parametrize("where", ["midway", "before the state", "before the store"])
def test_filling_in_that_is_cut_off_is_wholly_there_or_not_at_all(place, monkeypatch, where):
    """Ended between two days or before it is registered, nothing is kept; after that the store catches up."""
    with open_work(place, silent) as work:
        bring_in(work, ORDERS)
        define(work, recent="did order in last 10 days")
        refresh(work, silent, as_of="2026-03-01")

        def cut(*_arguments, **_named):
            raise KeyboardInterrupt

        def stop(done, _what):
            if done > 0.5:
                raise KeyboardInterrupt

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            if where == "before the state":
                patched.setattr(filling.kept_pasts, "replace", cut)
            elif where == "before the store":
                patched.setattr(filling, "load_past", cut)
            reconstruct(work, stop if where == "midway" else silent, since="2026-01-01", segments=["recent"])
    with open_work(place, silent) as work:
        kept = where == "before the store"
        assert len(list((place / "ledger").glob("past-*"))) == kept
        assert len(history(work, silent, segment="recent")["days"]) == (56 if kept else 1)
        assert asks(work, was=InSegment("recent", Day(dt.date(2026, 1, 25)))) == {"was": ["bo"] if kept else []}


def test_the_store_is_made_again_with_the_days_filled_in(place):
    """Same tables, same hashes; a file that was changed is refused; one that is not registered is swept."""
    with open_work(place, silent) as work:
        filled(work)
        refresh(work, silent, as_of="2026-03-20")
        before = fingerprint(work.store)
        (place / "ledger" / "past-000099.parquet").write_bytes(b"x")
    with open_work(place, silent, again=True) as work:
        assert fingerprint(work.store) == before
        assert not (place / "ledger" / "past-000099.parquet").exists()
    file = place / "ledger" / "past-000001.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match="has changed"), open_work(place, silent, again=True):
        pass


def test_a_size_that_would_be_another_now_is_named_with_why(work):
    """Late data and an edited rule: the recorded size stands, beside it what is decided now and how many moved for which reason."""
    bring_in(work, ORDERS)
    define(work, recent="did order in last 10 days", same="did order")
    refresh(work, silent, as_of="2026-03-01")
    bring_in(work, "dan,9,2026-02-25T10:00,10\n", name="late.csv")
    (day,) = history(work, silent, segment="recent", recompute=True)["days"]
    assert (day["size"], day["recomputed"], day["differs"]) == (1, 2, [{"why": "data", "added": 1, "lost": 0}])
    define(work, recent="did order in last 3 days")
    (day,) = history(work, silent, segment="recent", recompute=True)["days"]
    assert (day["size"], day["recomputed"], day["differs"]) == (1, 1, [])
    define(work, recent="did order in last 60 days")
    (day,) = history(work, silent, segment="recent", recompute=True)["days"]
    assert (day["recomputed"], day["differs"]) == (4, [{"why": "rule", "added": 3, "lost": 0}])


def test_a_score_moved_by_late_data_of_others_is_named_so(work):
    """New big spenders before the day push others out: `others`, theirs is `data`."""
    bring_in(work, "".join(f"p{n},{n},2026-02-{n:02},{n * 10}\n" for n in range(1, 11)))
    define(work, top="rfm_m >= 5")
    refresh(work, silent, as_of="2026-03-01")
    bring_in(work, "".join(f"new{n},n{n},2026-02-15,{1000 + n}\n" for n in range(10)), name="more.csv")
    (day,) = history(work, silent, segment="top", recompute=True)["days"]
    why = {item["why"]: (item["added"], item["lost"]) for item in day["differs"]}
    assert why == {"data": (4, 0), "others": (0, 2)} and (day["size"], day["recomputed"]) == (2, 4)


def test_days_that_cannot_be_filled_in_are_refused(work):
    """A wrong day, and more days than can be filled in at once."""
    bring_in(work, "ann,1,1999-01-05,50\n")
    define(work, buyers="did order")
    with pytest.raises(InputError, match="more than can be filled in"):
        reconstruct(work, silent, since="1999-01-01")
    with pytest.raises(InputError, match="not a date"):
        reconstruct(work, silent, since="soon")
