"""Refreshing all the time: each round moves exactly who has moved, writes nothing when nobody has, and what it publishes never changes."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time

import pytest
from pyroaring import BitMap

from current.rounds import Clock, comes, seen
from intake.posting import identify, put, send, shop, track
from lohko import changes
from lohko.base.errors import InputError, StoreError
from lohko.changes import follow
from lohko.engine.kept_rows import KeptRows
from lohko.engine.membership import recorded, write_rolled
from lohko.engine.store import fingerprint
from lohko.state import live, runs
from lohko.steps import live as taking_on
from lohko.steps import refresh_few, refreshing
from lohko.steps import refresh_live as refresh_live_steps
from lohko.steps.feed import changes_after, live_set, live_status
from lohko.steps.intake import events_take
from lohko.steps.load import catch_up
from lohko.steps.person_erase import person_erase
from lohko.steps.question import ask, iso
from lohko.steps.refresh import refresh
from lohko.steps.refresh_live import refresh_live
from lohko.steps.refreshing import Refreshing, check_live
from lohko.steps.renew import renew
from lohko.steps.roll_up import roll_up, roll_up_due
from lohko.steps.segments import apply
from lohko.steps.threads import GoingOn
from lohko.steps.work import Work, silent
from lohko.wiring import open_work


def number_of_runs(work: Work) -> int:
    with work.state.connect() as connection:
        return len(runs.runs(connection))


def as_everyone_says(work: Work, without: str = "most") -> bool:
    """Whether the ledger says what everyone's answers say; `most` is asked once an hour alone."""
    question = ask(work)
    return all(question.people(name) == recorded(question.engine.cursor, name) for name in question.segments if name != without)


def test_a_round_moves_who_has_moved_and_nobody_else_and_is_nothing_when_nobody_has(work, time_of):
    first = refresh_live(work)
    assert first == len(seen(work)) and {cause for *_, cause in seen(work)} == {"first"}
    made, end = number_of_runs(work), changes_after(work, silent, after="end")["next"]
    for _ in range(3):
        time_of.goes(seconds=70)
        assert refresh_live(work) is None
    assert number_of_runs(work) == made
    time_of.goes(seconds=5)
    comes(work, time_of, track("Looked", user="u2", at=time_of.at), identify("u3", plan="gold"))
    assert refresh_live(work) == 3
    assert sorted(seen(work, end)) == [("gold", "u3", True, "data"), ("often", "u2", True, "data"), ("viewers", "u2", True, "data")]
    end = changes_after(work, silent, after="end")["next"]
    time_of.goes(hours=1)
    refresh_live(work)  # everyone is asked about `most`
    time_of.goes(days=3)
    refresh_live(work)
    assert ("viewers", "u2", False, "time") in seen(work, end)
    assert as_everyone_says(work, without="")


def test_an_edited_rule_and_a_first_refresh_after_another_take_effect_at_once(work, time_of):
    refresh_live(work)
    end = changes_after(work, silent, after="end")["next"]
    apply(work, silent, files={"gold.yaml": "id: gold\nwhere: plan is basic\n"})
    time_of.goes(seconds=1)
    assert refresh_live(work) == 3
    assert {item[:1] + item[2:] for item in seen(work, end)} == {("gold", True, "rule")}
    refresh(work, silent, segments=["viewers"])
    time_of.goes(seconds=1)
    comes(work, time_of, track("Looked", user="u1", at=time_of.at))
    refresh_live(work)
    assert as_everyone_says(work)


def busy(work: Work, time_of: Clock, rounds: int) -> None:
    for number in range(rounds):
        time_of.goes(minutes=13)
        user = f"u{number % 3 + 1}"
        said = identify(user, plan="gold" if number % 2 else "basic")
        comes(work, time_of, said, track("Looked", user=user, at=time_of.at))
        refresh_live(work)


def test_what_is_published_is_the_same_after_a_roll_up_a_crash_in_it_and_a_rebuild(work, time_of, monkeypatch):
    busy(work, time_of, 12)
    published, many = changes_after(work, silent)["changes"], number_of_runs(work)
    with monkeypatch.context() as patch:
        patch.setattr("lohko.steps.roll_up.rolled", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            roll_up(work)
    assert number_of_runs(work) < many  # the first hour counts as rolled up, and the store has not been told
    catch_up(work.store, work.state, work.folder, work.settings.currency, silent)
    assert changes_after(work, silent)["changes"] == published
    roll_up(work)
    assert changes_after(work, silent)["changes"] == published
    with work.state.connect() as connection:
        days, waiting = runs.days(connection), live.without_file(connection, "9")
    assert sum(day.entered - day.left for day in days["gold"]) == len(recorded(work.store.cursor(), "gold"))
    assert len(waiting) < 6  # the runs of this hour, and the first of all
    before = fingerprint(work.store)
    renew(work, silent)
    assert fingerprint(work.store) == before
    assert changes_after(work, silent)["changes"] == published
    busy(work, time_of, 1)
    assert as_everyone_says(work)


def test_who_is_erased_while_a_roll_up_writes_its_file_is_not_in_it(work, time_of, monkeypatch):
    busy(work, time_of, 12)
    assert "u2" in {item["customer"] for item in changes_after(work, silent)["changes"]}

    def beside(*given):
        monkeypatch.setattr("lohko.steps.roll_up.write_rolled", write_rolled)
        write_rolled(*given)
        erasing = threading.Thread(target=person_erase, args=(work, silent), kwargs={"customers": ["u2"]})
        erasing.start()
        erasing.join(60)
        assert not erasing.is_alive(), "others have their turn meanwhile"

    monkeypatch.setattr("lohko.steps.roll_up.write_rolled", beside)
    assert 0 < roll_up(work) < (rest := 12)
    assert 0 < roll_up(work) < rest, "the hour that was left is for the next time"
    assert roll_up(work) == 0
    renew(work, silent)
    assert {item["customer"] for item in changes_after(work, silent)["changes"]} == {"u1", "u3"}


def test_many_changes_are_rolled_up_before_their_hour_is_over_and_no_file_has_many_more(work, time_of, monkeypatch):
    busy(work, time_of, 3)
    time_of.goes(hours=2)
    assert roll_up_due(work) > 0, "the hours that are over"
    time_of.at = time_of.at.replace(minute=1)
    for number in range(6):
        time_of.goes(minutes=2)
        comes(work, time_of, identify(f"u{number}", plan="gold"))
        refresh_live(work)
    published, many = changes_after(work, silent)["changes"], number_of_runs(work)
    assert roll_up_due(work) == 0, "few, of an hour that goes on"
    monkeypatch.setattr("lohko.steps.roll_up.MANY", 3)
    files = len(list(work.folder.ledger.iterdir()))
    assert roll_up_due(work) > 0
    assert number_of_runs(work) < many
    assert len(list(work.folder.ledger.iterdir())) > files + 1, "several files of three changes, and not one of all"
    assert changes_after(work, silent)["changes"] == published


def test_which_rows_are_asked_for_is_found_out_once_while_nothing_happens(work, time_of, monkeypatch):
    busy(work, time_of, 2)
    asked, alone = list[object](), refresh_live_steps.asked_alone
    monkeypatch.setattr(refresh_live_steps, "asked_alone", lambda *given: asked.append(given) or alone(*given))
    work.rows = KeptRows()
    for _ in range(3):
        time_of.goes(seconds=30)
        refresh_live(work)
    assert len(asked) == 1 and work.rows.is_of(work.store)


def test_one_goes_on_after_any_change_and_is_told_when_that_is_too_late(work, time_of):
    busy(work, time_of, 4)
    whole = changes_after(work, silent)["changes"]
    for place, item in enumerate(whole):
        assert changes_after(work, silent, after=item["position"])["changes"] == whole[place + 1 :]
    paged, after = [], None
    while (page := changes_after(work, silent, after=after, limit=2))["changes"]:
        paged, after = paged + page["changes"], page["next"]
    assert paged == whole and len({item["id"] for item in whole}) == len(whole)
    gold = [item for item in whole if item["segment"] == "gold"]
    assert changes_after(work, silent, segment="gold")["changes"] == gold
    for wrong in ("x", "1.2", "-1.2.a", "99.0.gold", "9" * 50 + ".1.a"):
        with pytest.raises(InputError) as caught:
            changes_after(work, silent, after=wrong)
        assert caught.value.code == "unknown_position"
    live_set(work, silent, changes_days=1)
    time_of.goes(days=2)
    with pytest.raises(InputError) as caught:
        changes_after(work, silent, after=whole[0]["position"])
    assert caught.value.code == "changes_gone"
    assert changes_after(work, silent)["changes"] == []


def test_whoever_is_erased_is_in_nothing_that_is_served_and_positions_stay_good(work, time_of):
    busy(work, time_of, 6)
    whole = changes_after(work, silent)["changes"]
    gone = {item["person_id"] for item in whole if item["customer"] == "u2"}
    held = next(item["position"] for item in whole if item["customer"] == "u2")
    with work.state.begin() as connection:
        live.tell(connection, check={"differences": [{"person_ids": sorted(gone)}]})
    person_erase(work, silent, customers=["u2"])
    left = [item for item in whole if item["customer"] != "u2"]
    assert changes_after(work, silent)["changes"] == left
    after = [item for item in left if whole.index(item) > [item["position"] for item in whole].index(held)]
    assert changes_after(work, silent, after=held)["changes"] == after
    with work.state.connect() as connection:
        assert not gone & {person_id for item in live.moves_of(connection, 0, 99) for person_id in item.person_ids}
    assert live_status(work, silent)["check"] == {"differences": [{"person_ids": []}]}
    time_of.goes(seconds=1)
    refresh_live(work)
    assert as_everyone_says(work)


def test_the_iterator_follows_from_another_thread_and_resumes(work, time_of):
    from lohko.remote import answering

    busy(work, time_of, 2)
    with answering(work):
        whole = list(follow(work.folder.path, wait=False))
        assert whole == changes_after(work, silent)["changes"]
        found = follow(work.folder.path, after=whole[-1]["position"], every_seconds=0.01)
        comes(work, time_of, identify("u1", plan="gold"))
        threading.Timer(0.05, refresh_live, args=(work,)).start()
        assert next(found)["segment"] == "gold"


def test_without_a_server_the_workspace_is_opened_again_only_when_something_was_written(tmp_path, monkeypatch):
    with shop(tmp_path / "shop"):
        pass
    looks, waits = [], iter(range(20))

    def wait(_seconds):
        if next(waits) == 15:
            with open_work(tmp_path / "shop", silent) as work:
                live_set(work, silent, changes_days=7)

    called = changes.call
    monkeypatch.setattr(changes, "call", lambda *asked: looks.append(1) or called(*asked))
    monkeypatch.setattr(changes.time, "sleep", wait)
    with pytest.raises(RuntimeError):  # the waits have come to their end
        next(follow(tmp_path / "shop"))
    assert 2 <= len(looks) <= 4


def until(what, seconds=20.0):
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_a_round_that_fails_is_said_and_tried_again_and_the_end_is_clean(work, time_of, monkeypatch):
    monkeypatch.setattr(refreshing, "_FIRST_RETRY", 0.02)
    real, failures = refreshing.refresh_live, [StoreError("disk", "no disk"), RuntimeError("x")]

    def sometimes(*arguments):
        if failures:
            raise failures.pop(0)
        return real(*arguments)

    monkeypatch.setattr(refreshing, "refresh_live", sometimes)
    told, going = [], Refreshing(work)
    monkeypatch.setattr(going, "_tell", lambda **said: told.append(said))
    going.start()
    until(lambda: len(seen(work)) > 0)
    until(lambda: told[-1] == {"error": None, "tries": 0})
    going.close()
    assert [item["error"] for item in told] == ["disk", "RuntimeError", None]
    assert not any(thread.name == "lohko-refresh" for thread in threading.enumerate())
    status = live_status(work, silent)
    assert (status["behind"], status["decided"], status["error"]) == (0, 4, None)
    send(work, track("Looked", user="u1", at=time_of.at), at=time_of.at)
    assert live_status(work, silent)["behind"] == 1


def test_refreshing_that_fails_is_said_also_where_nothing_can_be_written_down(work, monkeypatch):
    """As on a full disk, where it is most needed."""

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "x")

    monkeypatch.setattr(refreshing, "refresh_live", full)
    monkeypatch.setattr(live, "tell", full)
    Refreshing(work)._round()
    assert (live_status(work, silent)["error"], live_status(work, silent)["tries"]) == ("disk_full", 1)


def test_events_that_wait_to_be_taken_are_not_called_seen(work, time_of):
    """What is on disk and in no batch yet is in no segment either: how long it has waited is told, whatever has been read before."""
    comes(work, time_of, track("Looked", user="u1", at=time_of.at))
    refresh_live(work)
    assert live_status(work, silent)["lag_seconds"] == 0
    put(work, track("Looked", user="u2", at=time_of.at), at=time_of.at)
    time_of.goes(hours=2)
    put(work, track("Looked", user="u3", at=time_of.at), at=time_of.at)
    status = live_status(work, silent)
    assert (status["behind"], status["lag_seconds"]) == (0, 7200.0) and status["inbox_bytes"] > 0
    events_take(work, silent)
    refresh_live(work)
    status = live_status(work, silent)
    assert (status["behind"], status["lag_seconds"], status["inbox_bytes"]) == (0, 0.0, 0)


def test_segments_that_are_asked_once_an_hour_are_not_called_behind(work, time_of):
    """Else any workspace with a segment of scores or ranks would seem to fall behind for most of each hour."""
    refresh_live(work)
    first = time_of.at
    assert live_status(work, silent)["hourly"] is None
    time_of.goes(minutes=5)
    comes(work, time_of, track("Looked", user="u1", at=time_of.at))
    assert live_status(work, silent)["behind"] == 1
    refresh_live(work)
    status = live_status(work, silent)
    assert (status["behind"], status["lag_seconds"]) == (0, 0.0)
    assert status["hourly"] == {"segments": ["most"], "as_of": iso(first)}
    live_set(work, silent, on=False)
    assert (live_status(work, silent)["behind"], live_status(work, silent)["hourly"]) == (1, None), "nobody asks by the hour then"
    live_set(work, silent, on=True)
    time_of.goes(hours=1)
    refresh_live(work)
    status = live_status(work, silent)
    assert (status["behind"], status["hourly"]) == (0, None)


def test_events_that_cannot_be_taken_are_said_to_wait_and_why(work, time_of, monkeypatch):
    """As on a full disk: whoever looks reads that, and not only that events wait; it is forgotten once they are taken."""
    real, failures = taking_on.take_some, [OSError(errno.ENOSPC, "x"), KeyError("x")]
    monkeypatch.setattr(taking_on, "_AFTER_FAILURE_SECONDS", 0.01)
    monkeypatch.setattr(taking_on, "take_some", lambda work: (_ for _ in ()).throw(failures.pop(0)) if failures else real(work))
    told = []
    monkeypatch.setattr(taking_on, "finish_joining", lambda work: told.append(live_status(work, silent)["events_error"]))
    put(work, track("Looked", user="u1", at=time_of.at), at=time_of.at)
    taken = threading.Event()
    taking = taking_on.Taking(work, taken.set)
    taking.start()
    assert taken.wait(30)
    taking.close()
    assert told == [None, "disk_full", "KeyError"]
    assert live_status(work, silent)["events_error"] is None


def test_a_difference_between_both_ways_is_told_with_people_and_leaves(work, time_of, monkeypatch):
    """As if a round did not see who crosses an edge: the night's check says who and by which condition, where the operator looks."""
    comes(work, time_of, track("Looked", user="u1", at=time_of.at))
    refresh_live(work)
    live_set(work, silent, nightly_check=True)
    going = Refreshing(work)
    monkeypatch.setattr(refresh_few, "crossing", lambda *_: BitMap())
    time_of.goes(days=1, hours=-13)  # one in the morning: too early
    going._round()
    assert live_status(work, silent)["check"] is None
    time_of.goes(hours=3)
    going._round()
    assert live_status(work, silent)["check"]["differences"] == []
    time_of.goes(days=2, hours=12)
    found = check_live(work)["differences"]
    assert [(item["segment"], item["people"], len(item["person_ids"])) for item in found] == [("viewers", 1, 1)]
    assert live_status(work, silent)["check"]["differences"] == found
    assert as_everyone_says(work)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux alone")
def test_what_goes_on_gives_way_to_who_waits_for_an_answer(work):
    told: list[int] = []

    class Looking(GoingOn):
        name = "looking"

        def _run(self) -> None:
            told.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    going = Looking(work)
    going.start()
    going.close()
    assert told == [os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) + 5]
