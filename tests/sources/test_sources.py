"""Sources in a workspace: added, listed, tested, synced, removed; and what stands of them where."""

from __future__ import annotations

import datetime as dt
import json
import os
from zoneinfo import ZoneInfo

import pytest

from commanding import command
from lohko.base.errors import InputError
from lohko.base.times import written
from lohko.outgoing import Outgoing
from lohko.sources.kind import Arrived, Reach, checked_settings, read_secret
from lohko.sources.registry import KINDS
from lohko.sources.since import Since
from lohko.state import sources as kept
from lohko.steps.accounts import accounts
from lohko.steps.read import count, status
from lohko.steps.schedule import check_schedule, is_due, judge
from lohko.steps.sources import source_add, source_list, source_remove, source_sync, source_test
from lohko.steps.work import silent
from sources.local_server import serving, told
from sources.playing import KEY, Deed
from sources.playing_crms import HubSpot, Pipedrive
from sources.playing_shops import Shopify
from sources.pulling import small_pages

HELSINKI = ZoneInfo("Europe/Helsinki")


def sync(work, name="it", **more):
    return source_sync(work, silent, name=name, **more)["synced"][0]


def test_a_shop_comes_into_the_workspace_as_its_files_would(work, monkeypatch, tmp_path):
    """Customers, consents, orders with lines, refunds and a cancellation; then nothing; and the key is nowhere."""
    shop = Shopify()
    small_pages(shop, monkeypatch)
    shop.deeds[1].more = {"lines": 30, "refunded": 10.0}
    shop.deeds[2].state = "cancelled"
    with serving(shop.answer) as server:
        monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", server.host)
        source_add(work, silent, name="it", kind="shopify", settings=shop.settings(server))
        done = sync(work)
        assert done["error"] is None and done["rejected"] == 0
        assert done["received"] == done["accepted"] == 13 + 30 + 10 * 2
        before = work.data_version()
        assert sync(work)["accepted"] == 0 and work.data_version() == before
        server.wrong.append(told({"errors": KEY}, 400))
        assert sync(work, again=True)["error"]["code"] == "source_failed"
        assert source_list(work, silent)["sources"][0]["state"] == "failing"
    for rule, people in {
        'city is "Oulu" and first_name is "Anna"': 13,
        "did order": 7,
        "did cancelled_order": 1,
        'did order_line where brand is "Halti" at least 30 times': 1,
        "sum of total of refund is at least 7.9 and sum of total of refund is at most 8": 1,
        'tags has all of ("vip", "uusi")': 1,
    }.items():
        assert count(work, silent, condition=rule)["count"] == people, rule
    for path in (tmp_path / "ws").rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_deals_of_hubspot_that_were_merged_or_deleted_are_open_no_longer(work, monkeypatch):
    """A merged deal has a number of its own, and those it was made of are in no list; one that was deleted is with the archived ones. All are of the primary company."""
    crm = HubSpot()
    small_pages(crm, monkeypatch)
    with serving(crm.answer) as server:
        monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", server.host)
        source_add(work, silent, name="it", kind="hubspot", settings=crm.settings(server))
        assert sync(work)["error"] is None

        def figures():
            return [(row["name"], row["open_deals"], row["open_deal_value"], row["lost_deals"]) for row in accounts(work, silent)["rows"]]

        assert figures() == [("Yritys 70 Oy", 11, "13205.5", 0), ("Yritys 71 Oy", 0, 0, 0)]
        crm.deeds[1].state = crm.deeds[2].state = "merged"
        crm.deeds[20] = Deed(20, 3, crm.time(20), crm.time(20), more={"hs_merged_object_ids": "1;2"})
        crm.deeds[21] = Deed(21, 3, crm.time(21), crm.time(21), more={"hs_merged_object_ids": "900"})
        crm.deeds[3].state, crm.deeds[3].changed = "deleted", crm.time(22)
        done = sync(work)
        assert (done["error"], done["rejected"]) == (None, 0)
        assert figures() == [("Yritys 70 Oy", 10, "12005", 3), ("Yritys 71 Oy", 0, 0, 0)], "one that was never known is none that was lost"
        assert sync(work)["accepted"] == 0


def test_a_crash_after_the_import_and_before_the_cursor_brings_the_same_again_and_changes_nothing(work, monkeypatch):
    class Crash(BaseException):
        pass

    crm = Pipedrive()
    small_pages(crm, monkeypatch)
    with serving(crm.answer) as server:
        monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", server.host)
        source_add(work, silent, name="it", kind="pipedrive", settings=crm.settings(server))
        with monkeypatch.context() as broken:

            def crash(*_arguments):
                raise Crash

            broken.setattr(kept, "advance", crash)
            with pytest.raises(Crash):
                sync(work)
        assert source_list(work, silent)["sources"][0]["accepted"] == 0
        done = sync(work)
        assert done["error"] is None
        assert status(work, silent)["people"] == 13


def test_files_of_a_folder_come_once_each_and_a_bad_one_keeps_no_other(work, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    settings = {"path": str(folder), "as": "customers", "quiet_seconds": "0", "pattern": "*.csv"}
    source_add(work, silent, name="it", kind="folder", settings=settings)
    (folder / "a.csv").write_text("customer_id,city\n1,Oulu\n")
    (folder / "b.csv").write_text("nothing,of,use\nx,y,z\n")
    (folder / "c.csv").write_text("customer_id,city\n2,Turku\n")
    for name in (".hidden.csv", "d.csv.part", "e.txt"):
        (folder / name).write_text("customer_id\n9\n")
    (folder / "link.csv").symlink_to("/etc/passwd")
    first = sync(work)
    assert first["accepted"] == 2 and first["error"]["code"] == "files_refused" and "b.csv" in first["error"]["message"]
    again = source_sync(work, silent)
    assert again["synced"][0]["error"] is None, "what was refused is not tried again as it is"
    assert again["synced"][0]["left_out"] == ["b.csv"] and not again["ok"], "but it is not forgotten that it is not in"
    assert source_list(work, silent)["sources"][0]["left_out"] == ["b.csv"]
    (folder / "b.csv").write_text("customer_id,city\n3,Pori\n")
    mended = source_sync(work, silent)
    assert mended["synced"][0]["accepted"] == 1 and mended["ok"] and not mended["synced"][0]["left_out"]
    os.utime(folder / "a.csv")
    assert sync(work)["accepted"] == 0


def test_a_command_that_syncs_a_folder_ends_with_4_until_its_bad_file_is_gone(tmp_path):
    """Whoever looks at nothing but the exit status learns of it, however often the folder was synced since; the other file is in."""
    shop, folder = str(tmp_path / "shop"), tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text("nothing,of,use\nx,y,z\n")
    (folder / "b.csv").write_text("customer_id,city\n1,Oulu\n")
    assert command("init", shop).status == 0
    settings = (f"path={folder}", "as=customers", "quiet_seconds=0")
    assert command("source", "add", "it", "--kind", "folder", *(f"--set={item}" for item in settings), "-w", shop).status == 0
    first = command("source", "sync", "it", "-w", shop)
    assert first.status == 4 and "1 accepted" in first.stdout and "could not be used: a.csv" in first.stdout
    for asked in (("it",), ()):
        again = command("source", "sync", *asked, "-w", shop)
        assert again.status == 4 and "still left out: a.csv" in again.stdout
    assert "still left out: a.csv" in command("source", "list", "-w", shop).stdout
    (folder / "a.csv").unlink()
    assert command("source", "sync", "it", "-w", shop).status == 0


def test_a_file_that_still_grows_waits(tmp_path):
    (tmp_path / "a.csv").write_text("customer_id\n1\n")
    settings = checked_settings(KINDS["folder"], {"path": str(tmp_path), "as": "customers"})
    written_at = (tmp_path / "a.csv").stat().st_mtime
    for after, n in ((5, 0), (15, 1)):
        with Outgoing(()) as client:
            reach = Reach(settings, client, dt.datetime.fromtimestamp(written_at + after, dt.UTC), tmp_path)
            assert len(list(KINDS["folder"].pull(reach))) == n


def test_a_file_at_an_address_is_fetched_when_it_has_changed(tmp_path):
    text, mark = b"customer_id,city\n1,Oulu\n", '"v1"'

    def answer(asked):
        if asked.headers["if-none-match"] == mark:
            return 304, {"etag": mark}, b""
        return 200, {"etag": mark}, text

    with serving(answer) as server, Outgoing({server.host}) as client:
        settings = checked_settings(
            KINDS["address"], {"address": f"{server.url}/some/customers.csv?key=x", "as": "customers", "token": "env:PLAYED_KEY"}
        )
        found = list(KINDS["address"].pull(Reach(settings, client, dt.datetime.now(dt.UTC), tmp_path)))  # noqa: TID251
        assert isinstance(found[0], Arrived) and found[0].path.read_bytes() == text and found[0].file_name == "customers.csv"
        assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
        reach = Reach(settings, client, dt.datetime.now(dt.UTC), tmp_path, {"rows": found[0].cursor})  # noqa: TID251
        assert list(KINDS["address"].pull(reach)) == []
        mark = '"v2"'
        assert len(list(KINDS["address"].pull(reach))) == 1


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"shop": "x.myshopify.com", "token": "shpat_0123456789"}, "secret_in_clear"),
        ({"shop": "x.myshopify.com"}, "missing_setting"),
        ({"shop": "x.myshopify.com", "token": "env:A", "tokn": "1"}, "unknown_setting"),
    ],
)
def test_settings_are_looked_at_when_a_source_is_added(work, settings, code):
    with pytest.raises(InputError) as caught:
        source_add(work, silent, name="it", kind="shopify", settings=settings)
    assert caught.value.code == code and "shpat" not in str(caught.value)
    assert source_list(work, silent)["sources"] == []


def test_names_kinds_and_schedules_are_looked_at_too(work, tmp_path):
    good = {"path": str(tmp_path), "as": "customers"}
    for name, kind, schedule, code in (
        ("It!", "folder", "", "bad_source_name"),
        ("it", "foldr", "", "unknown_source_kind"),
        ("it", "folder", "every hour", "bad_schedule"),
        ("it", "folder", "0 0 30 2 *", "bad_schedule"),
    ):
        with pytest.raises(InputError) as caught:
            source_add(work, silent, name=name, kind=kind, settings=good, schedule=schedule)
        assert caught.value.code == code
    source_add(work, silent, name="it", kind="folder", settings=good)
    with pytest.raises(InputError):
        source_add(work, silent, name="it", kind="folder", settings=good)
    with pytest.raises(InputError):
        source_sync(work, silent, name="itt")
    source_remove(work, silent, name="it")
    assert source_list(work, silent)["sources"] == []


def test_a_secret_is_read_from_a_variable_or_from_a_file_that_nobody_else_may_read(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_text("s3cret\n")
    path.chmod(0o644)
    with pytest.raises(InputError) as caught:
        read_secret("token", f"file:{path}")
    assert caught.value.code == "open_secret" and "s3cret" not in str(caught.value)
    path.chmod(0o600)
    assert read_secret("token", f"file:{path}") == "s3cret"
    for text in ("", "two\nlines"):
        path.write_text(text)
        with pytest.raises(InputError):
            read_secret("token", f"file:{path}")
    monkeypatch.setenv("A_KEY", " x ")
    assert read_secret("token", "env:A_KEY") == "x"
    with pytest.raises(InputError):
        read_secret("token", f"file:{tmp_path / 'none'}")


def test_a_source_that_stops_is_late_and_the_test_says_so(work, tmp_path):
    """Two times of its schedule have passed without a success."""
    source_add(work, silent, name="it", kind="folder", settings={"path": str(tmp_path), "as": "customers"}, schedule="0 * * * *")
    with work.state.connect() as connection:
        row = kept.find(connection, "it")
    at = dt.datetime(2026, 3, 29, 12, 30, tzinfo=HELSINKI)

    def seen(success: str | None, error=None):
        return judge({**row, "added_at": "2026-01-01T00:00:00+00:00", "last_success": success, "last_error": error}, HELSINKI, at)["state"]

    assert seen("2026-03-29T12:05:00+03:00") == "ok" == seen("2026-03-29T11:05:00+03:00")
    assert seen("2026-03-29T10:59:00+03:00") == "late" == seen(None)
    assert seen("2026-03-29T12:05:00+03:00", {"code": "x"}) == "failing"
    assert judge({**row, "schedule": "", "last_success": None}, HELSINKI, at) == {"state": "new", "lag_seconds": None}
    assert source_test(work, silent)["ok"]
    from sqlalchemy import update

    from lohko.state.tables import source

    with work.state.begin() as connection:
        connection.execute(update(source).values(added_at="2026-01-01T00:00:00+00:00"))
    found = source_test(work, silent)
    assert not found["ok"] and found["tested"][0]["ok"] and found["tested"][0]["state"] == "late"


def test_a_source_is_due_when_its_time_has_come_since_it_was_asked():
    row = {"schedule": "30 3 * * *", "added_at": "2026-03-01T00:00:00+00:00", "last_attempt": None}
    at = dt.datetime(2026, 3, 29, 9, 0, tzinfo=HELSINKI)  # the night had no 3:30
    assert is_due(row, HELSINKI, at)
    assert is_due({**row, "last_attempt": "2026-03-28T12:00:00+02:00"}, HELSINKI, at)
    assert not is_due({**row, "last_attempt": "2026-03-29T04:30:00+03:00"}, HELSINKI, at)
    assert not is_due({**row, "schedule": ""}, HELSINKI, at)
    check_schedule("*/15 * * * *")


def test_every_kind_says_what_it_needs():
    for kind in KINDS.values():
        assert kind.title and kind.scopes and len({item.name for item in kind.settings}) == len(kind.settings)
        assert all(item.meaning for item in kind.settings)
        with pytest.raises(InputError):
            checked_settings(kind, {"no such setting": "1"})


def test_the_place_in_a_stream_is_small_and_survives_being_written(tmp_path):
    now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    since = Since({}, now)
    for n in range(50_000):
        since.fresh(n, written(now - dt.timedelta(seconds=50_000 - n)))
    cursor = json.loads(json.dumps(since.cursor()))
    assert len(cursor["seen"]) <= 302
    again = Since(cursor, now)
    assert again.start == since.latest - dt.timedelta(minutes=5)
    assert not again.fresh(49_999, written(now - dt.timedelta(seconds=1))) and again.fresh(49_999, written(now))
