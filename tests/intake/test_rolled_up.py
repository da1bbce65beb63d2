"""Small batches of messages become one: nothing that anybody can ask changes, and made again from the archive it is the same."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from intake.posting import NOON, identify, put, send, shop, track
from lohko.engine.sql import render
from lohko.engine.store import fingerprint
from lohko.state import batches
from lohko.steps import intake, roll_messages
from lohko.steps.event_books import events_books
from lohko.steps.history import history
from lohko.steps.intake import events_rejected, events_retry, events_take
from lohko.steps.person_erase import person_erase
from lohko.steps.refresh import refresh
from lohko.steps.roll_messages import events_roll_up
from lohko.steps.segments import apply
from lohko.steps.work import silent
from lohko.steps.write_keys import event_key_allow, event_key_list
from lohko.wiring import open_work


def filled(work):
    """Nine batches of two sources: events, traits, claims, rejected ones, an id vouched for in the middle, columns that come later."""
    for n in range(3):
        at = NOON + dt.timedelta(minutes=n)
        more = {"colour": "Red"} if n > 1 else {}
        send(
            work,
            track("Product Viewed", anonymous="b1", at=at, number=f"v{n}", price=n, **more),
            identify(f"u{n % 2}", at=at, number=f"i{n}", plan="gold" if n % 3 else "Silver", consent_email=True),
            identify("u0", anonymous="b1", at=at, number=f"w{n}") if n == 1 else track("joined", user="u1", at=at, number=f"s{n}"),
            at=at,
        )
        send(
            work,
            track("Nobody Knows This", anonymous="b2", number=f"p{n}"),
            track("Product Viewed", anonymous="b2", number=f"q{n}"),
            kind="public",
            at=at,
        )
        send(work, identify("x", at=at, number=f"o{n}", plan="other"), source="app", at=at)
    send(work, track("joined", user="u9", number="last"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rolled") / "shop"
    with shop(folder, "web", "app") as work:
        filled(work)
    return folder


@pytest.fixture
def place(made, tmp_path):
    return shutil.copytree(made, tmp_path / "shop")


def asked(work):
    """Every row of what questions read, but for the number of its batch and record."""
    cursor = work.store.cursor()
    rows = "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal AND NOT column_name IN ('batch', 'record') GROUP BY table_name"
    found = {}
    for table, names in cursor.execute(rows).fetchall():
        if table not in ("loaded_batch", "batch_person"):
            held = cursor.execute(render("SELECT * FROM __table", {"__table": table}))
            places = [place for place, item in enumerate(held.description) if item[0] in names]
            found[table] = sorted(repr([row[place] for place in places]) for row in held.fetchall())
    cursor.close()
    # What was said in two batches with the same words and time is seen once in one.
    return {table: sorted(set(rows)) if table.startswith("o_") or table == "consent" else rows for table, rows in found.items()}


def numbers(work):
    with work.state.connect() as connection:
        return [(row["number"], row["kind"], row["source"]) for row in batches.batches(connection)]


def test_late_messages_are_still_the_reason_where_a_day_differs(place):
    """A message about a time before the refresh comes after it; that it came is told by the archive once its batch is rolled up."""
    with open_work(place, silent) as work:
        apply(work, silent, files={"joiners.yaml": "id: joiners\nwhere: did joined"})
        refresh(work, silent, as_of=NOON.isoformat())
        for n in range(3):
            send(
                work,
                track("joined", user=f"u{7 + n}", at=NOON - dt.timedelta(hours=1), number=f"late{n}"),
                at=NOON + dt.timedelta(hours=1),
            )
        refresh(work, silent)  # until each segment has been told of them nothing is rolled up
        before = history(work, silent, segment="joiners", recompute=True)["days"][0]
        assert events_roll_up(work, silent)["rolled_up"] >= 2
        after = history(work, silent, segment="joiners", recompute=True)["days"][0]
        assert before == after and after["differs"] == [{"why": "data", "added": 3, "lost": 0}]


def test_the_same_is_asked_said_and_made_again(place):
    with open_work(place, silent) as work:
        apply(work, silent, files={"a.yaml": 'id: gold\nwhere: plan is "gold"'})
        refresh(work, silent)
        before, books, said = asked(work), events_books(work, silent, recount=True), events_rejected(work, silent)
        version, many = work.data_version(), len(numbers(work))
        done = events_roll_up(work, silent)
        assert done["rolled_up"] >= 5 and len(numbers(work)) == many - done["rolled_up"]
        assert work.data_version() == version
        assert asked(work) == before
        after = events_books(work, silent, recount=True)
        assert (after["hours"], after["total"], after["found"]) == (books["hours"], books["total"], books["found"])
        assert {item["message"]["messageId"] for item in events_rejected(work, silent)["messages"]} == {
            i["message"]["messageId"] for i in said["messages"]
        }
        assert events_roll_up(work, silent)["rolled_up"] == 0
        assert refresh(work, silent)["changes"] == 0
        live = fingerprint(work.store)
    with open_work(place, silent, again=True) as work:
        made = fingerprint(work.store)
        assert {table for table in live if live[table] != made[table]} == set()
        assert (
            send(work, track("joined", user="u1", number="s1"), track("joined", user="u1", number="new"))["duplicate"] == 0
        )  # s1 has other words
        assert (
            send(work, track("Product Viewed", anonymous="b2", number="new2"), track("Product Viewed", anonymous="b2", number="new2"))[
                "duplicate"
            ]
            == 1
        )
        key = next(item for item in event_key_list(work, silent)["keys"] if item["kind"] == "public" and item["source"] == "web")
        event_key_allow(work, silent, key=key["id"])
        assert events_retry(work, silent)["used"] == 3
        assert events_books(work, silent, recount=True)["total"]["balanced"]
        person_erase(work, silent, customers=["u1"])
        assert events_books(work, silent, recount=True)["total"]["balanced"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_who_is_erased_while_the_files_are_written_stays_erased(place, tmp_path, monkeypatch, when):
    """Others have their turn meanwhile, and what was written of what is so no more is thrown away."""
    other = shutil.copytree(place, tmp_path / "other")
    written = roll_messages.write_together

    def beside(*given):
        monkeypatch.setattr(roll_messages, "write_together", written)
        if when == "after":
            written(*given)
        erasing = threading.Thread(target=person_erase, args=(work, silent), kwargs={"customers": ["u1"]})
        erasing.start()
        erasing.join(60)
        assert not erasing.is_alive()
        if when == "before":
            written(*given)

    with open_work(place, silent) as work:
        monkeypatch.setattr(roll_messages, "write_together", beside)
        assert events_roll_up(work, silent)["rolled_up"] >= 5
        found, held = asked(work), numbers(work)
        assert events_books(work, silent, recount=True)["total"]["balanced"]
    with open_work(other, silent) as work:
        person_erase(work, silent, customers=["u1"])
        events_roll_up(work, silent)
        assert (asked(work), numbers(work)) == (found, held)


def test_only_what_everybody_has_seen_is_rolled_up(tmp_path):
    """What a refresh has not looked at yet stays as it came, so that it is known whom it is about; and the newest batch always does."""
    with shop(tmp_path / "shop") as work:
        for n in range(3):
            send(work, *(track("joined", user=f"u{n}-{m}", number=f"a{n}-{m}") for m in range(10)))
        apply(work, silent, files={"a.yaml": "id: signed\nwhere: did joined"})
        refresh(work, silent)
        for n in range(3):
            send(work, track("joined", user=f"z{n}", number=f"b{n}"))
        seen = work.data_version() - 3
        assert events_roll_up(work, silent)["rolled_up"] == seen - 1
        assert refresh(work, silent)["asked_again"]["people"] >= 3
        assert events_roll_up(work, silent)["rolled_up"] == 1  # not with the large one: a row is written again only when its batch doubles


def test_what_could_not_be_told_to_the_store_is_told_when_it_is_opened(place, monkeypatch):
    with open_work(place, silent) as work:
        before = asked(work)
        with monkeypatch.context() as patch:
            patch.setattr(roll_messages, "renumber", lambda *_: (_ for _ in ()).throw(OSError("cut short")))
            with pytest.raises(OSError, match="cut short"):
                events_roll_up(work, silent)
    with open_work(place, silent) as work:
        assert asked(work) == before
        events_roll_up(work, silent)
        assert asked(work) == before


_VICTIM = """
import os, signal, sys
from pathlib import Path
from lohko.state import batches
from lohko.steps import intake, roll_messages
from lohko.steps.work import silent
from lohko.wiring import open_work

def dies(*_arguments, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

where = {"state": (batches, "roll_up"), "store": (roll_messages, "renumber")}
place, name = where[sys.argv[2]]
setattr(place, name, dies)
with open_work(Path(sys.argv[1]), silent) as work:
    roll_messages.events_roll_up(work, silent)
"""


def test_killed_anywhere_nothing_is_lost_or_doubled(place):
    with open_work(place, silent) as work:
        before, books = asked(work), events_books(work, silent)["total"]
    for point in ("state", "store"):  # with its files on disk but not counted; counted, but the store not told
        done = subprocess.run([sys.executable, "-c", _VICTIM, str(place), point], env=os.environ, capture_output=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        with open_work(place, silent) as work:
            assert asked(work) == before
            assert events_books(work, silent, recount=True)["total"] == books
    with open_work(place, silent) as work:
        events_roll_up(work, silent)
        live = fingerprint(work.store)
        assert len(list(Path(work.folder.landing).glob("batch-*"))) == len(numbers(work))
    with open_work(place, silent, again=True) as work:
        assert fingerprint(work.store) == live


def test_what_waits_meanwhile_comes_in_after_it(tmp_path):
    with shop(tmp_path / "shop") as work:
        for n in range(4):
            send(work, track("joined", user="u", number=f"a{n}"))
        put(work, track("joined", user="u", number="a1"), track("joined", user="u", number="b"))
        events_roll_up(work, silent)
        assert events_take(work, silent)["stored"] == 1


def test_rejected_messages_are_looked_at_some_at_a_time(place, monkeypatch):
    """However few are held at once, all are counted, shown and tried again, each once; and what they said together still holds."""
    monkeypatch.setattr(intake, "AT_ONCE", 2)
    with open_work(place, silent) as work:
        for n in range(2):
            send(work, *(track("Nobody Knows This", anonymous="b9", number=f"r{n}-{m}") for m in range(3)), kind="public")
        found = events_rejected(work, silent, limit=7)
        assert (found["rejected"], found["by_reason"], len(found["messages"])) == (9, {"unknown_event": 9}, 7)
        assert events_retry(work, silent)["tried"] == 9
        key = next(item for item in event_key_list(work, silent)["keys"] if item["kind"] == "public" and item["source"] == "web")
        event_key_allow(work, silent, key=key["id"])
        done = events_retry(work, silent)
        assert (done["tried"], done["used"], done["rejected"]) == (9, 9, 0)
        assert events_rejected(work, silent)["rejected"] == 0
        assert events_books(work, silent, recount=True)["total"]["balanced"]
