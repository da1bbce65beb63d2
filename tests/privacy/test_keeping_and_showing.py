"""Rows are kept as long as their rule says; the record of processing and the audit say what is so."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.engine.store import fingerprint
from lohko.landing.erase import scan
from lohko.steps import retention
from lohko.steps.accountability import audit_list, audit_verify, processing_record
from lohko.steps.backup import backup
from lohko.steps.books import books
from lohko.steps.consents import person_flag
from lohko.steps.history import history
from lohko.steps.person_erase import person_erase
from lohko.steps.person_rights import person_show
from lohko.steps.read import count, status
from lohko.steps.refresh import refresh
from lohko.steps.rejected import rejected
from lohko.steps.restore import restore
from lohko.steps.retention import retention_run, retention_set
from lohko.steps.segments import apply
from lohko.steps.work import silent
from lohko.wiring import open_work
from privacy.conftest import ORDERS, take

VIEWS = "customer_id,event,at,message_id\n1,page_view,2026-01-01T10:00:00Z,a\n1,page_view,2026-10-01T10:00:00Z,b\n1,search,2026-01-01T10:00:00Z,c\n"


def test_old_rows_go_from_the_archive_and_the_store_alike(work, place, monkeypatch):
    take(work, VIEWS, "events", name="views.csv")
    monkeypatch.setattr(retention, "now", lambda: dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    retention_set(work, silent, source="shop", event="page_view", days=100)
    retention_set(work, silent, source="shop", event="order", days=220)
    found = retention_run(work, silent)

    assert found["rows"] == 1 + 2, "one page view, and the orders of February and March"
    assert {rule: count(work, silent, condition=rule)["count"] for rule in ("did page_view", "did search", "did order")} == {
        "did page_view": 1, "did search": 1, "did order": 2,
    }  # fmt: skip
    made = fingerprint(work.store)
    assert not list(place.glob("landing/batch-000003*/original")), "the file as it came held them"
    assert retention_run(work, silent, only_when_due=True)["ran"] is False
    assert retention_run(work, silent)["rows"] == 0
    with open_work_again(work, place) as store:
        assert fingerprint(store) == made
    with pytest.raises(InputError, match="no number of days"):
        retention_set(work, silent, source="shop", days=0)


def test_of_whom_no_row_is_left_nothing_is(work, place, monkeypatch):
    """Neither their number nor their address, anywhere; but they are not kept out, and what was said by hand is kept."""
    apply(work, silent, files={"b.yaml": "{id: buyers, where: did order}"})
    refresh(work, silent)
    person_flag(work, silent, customer="2", flag="no_marketing", reason="asked by phone")
    gone = person_show(work, silent, customer="1")["person_id"]
    monkeypatch.setattr(retention, "now", lambda: dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    retention_set(work, silent, source="shop", days=220)
    told = retention_run(work, silent)

    assert (told["rows"], told["people"]) == (4 + 2, 1), "of the second one a prohibition is left, which has to be heeded"
    assert status(work, silent)["people"] == 3
    with pytest.raises(InputError, match="No customer"):
        person_show(work, silent, customer="1")
    assert scan(place, [b"aino@example.fi", gone.encode()])["found_in"] == []
    assert person_show(work, silent, customer="2")["flags"]
    assert audit_verify(work, silent)["holds"] and books(work, silent)["total"]["balanced"]
    assert retention_run(work, silent)["people"] == 0
    made = fingerprint(work.store)
    with open_work_again(work, place) as store:
        assert fingerprint(store) == made

    assert take(work, "customer_id,email,updated_at\n1,aino@example.fi,2026-10-30\n", "customers", name="again.csv")["accepted"] == 1
    assert status(work, silent)["people"] == 4 and person_show(work, silent, customer="1")["person_id"] != gone
    assert refresh(work, silent) and count(work, silent, condition="did order")["count"] == 2


def test_a_person_stays_while_any_of_their_records_has_a_row(work, monkeypatch):
    take(work, "customer_id,email,updated_at\nx1,aino@example.fi,2026-10-30\n", "customers", name="crm.csv", source="crm")
    monkeypatch.setattr(retention, "now", lambda: dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    retention_set(work, silent, source="shop", days=220)
    assert person_show(work, silent, customer="1")["person_id"] == person_show(work, silent, customer="x1")["person_id"]

    assert retention_run(work, silent)["people"] == 1, "the second one"
    assert person_show(work, silent, customer="1")["person_id"] == person_show(work, silent, customer="x1")["person_id"]


def test_the_books_balance_when_rows_were_kept_long_enough(work, monkeypatch):
    retention_set(work, silent, source="shop", event="order", days=220)
    monkeypatch.setattr(retention, "now", lambda: dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    retention_run(work, silent)
    found = books(work, silent)

    assert found["total"]["balanced"]
    assert found["imports"][1]["found"] == {"accepted": 2, "rejected": 0, "loaded": 2, "erased": 0, "retired": 2, "records": None}


def test_rejected_rows_are_kept_no_longer_than_those_that_came_in(work, place, monkeypatch):
    """Nobody knows a rejected row's own time, so its days are counted from when it came."""
    take(work, "customer_id,order_id,ordered_at,total\n8,x,never,10\n", "orders", name="odd.csv")
    retention_set(work, silent, source="shop", days=400)
    assert retention_run(work, silent)["rows"] == 0 and len(rejected(work, silent, batch=3)["rows"]) == 1

    monkeypatch.setattr(retention, "now", lambda: now() + dt.timedelta(days=401))
    retention_run(work, silent)
    assert rejected(work, silent, batch=3)["rows"] == []
    assert books(work, silent)["total"]["balanced"]


def test_what_was_taken_out_is_in_no_segment_when_an_export_of_all_times_brings_it_in_again(work, monkeypatch):
    """Else whoever it is of would enter segments with each export, and leave them the next day."""
    monkeypatch.setattr(retention, "now", lambda: dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    retention_set(work, silent, source="shop", event="order", days=220)
    apply(work, silent, files={"b.yaml": "{id: buyers, where: did order}"})
    refresh(work, silent)
    assert count(work, silent, condition="did order")["count"] == 2
    take(work, f"{ORDERS}4,e,2026-10-05,50\n", "orders", name="all-times.csv")
    refresh(work, silent)

    assert count(work, silent, condition="did order")["count"] == 2
    assert [(row["entered"], row["left"]) for row in history(work, silent, segment="buyers")["days"]][-1] == (2, 0)
    assert [(row["accepted"], row["found"]["accepted"]) for row in books(work, silent)["imports"]][-1] == (3, 1)
    assert retention_run(work, silent, only_when_due=True)["ran"] is False


def test_a_backup_that_is_restored_does_not_bring_back_what_was_to_go_since(work, place, tmp_path, monkeypatch):
    retention_set(work, silent, source="shop", event="order", days=220)
    monkeypatch.setattr(retention, "now", lambda: dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    retention_run(work, silent)
    made = backup(work, silent, folder=str(tmp_path / "backups"))["backup"]
    monkeypatch.setattr(retention, "now", lambda: dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    restore(open_work, silent, made=Path(made), target=tmp_path / "again")

    with open_work(tmp_path / "again", silent) as again:
        assert count(again, silent, condition="did order")["count"] == 2


def open_work_again(work, place):
    from contextlib import contextmanager

    from lohko.engine.store import new_store
    from lohko.steps.load import catch_up

    @contextmanager
    def made():
        with new_store(place / "again.duckdb", [work.folder.landing, work.folder.ledger], work.settings.zone) as store:
            catch_up(store, work.state, work.folder, work.settings.currency, silent)
            yield store

    return made()


def test_originals_go_after_ninety_days(work, place, monkeypatch):
    monkeypatch.setattr(retention, "now", lambda: now() + dt.timedelta(days=91))
    assert list(place.glob("landing/*/original"))
    found = retention_run(work, silent)

    assert (found["rows"], found["originals"]) == (0, 2)
    assert not list(place.glob("landing/*/original"))
    assert count(work, silent, condition="did order")["count"] == 4


def test_the_audit_tells_who_was_looked_at_and_forgets_who_was_erased(work):
    told = person_show(work, silent, customer="2")
    person_flag(work, silent, customer="2", flag="no_profiling", reason="asked by phone")
    about = [row["action"] for row in audit_list(work, silent, person_id=told["person_id"])["entries"]]
    person_erase(work, silent, customers=["2"])

    assert about == ["person_seen", "flag_set"]
    assert audit_list(work, silent, person_id=told["person_id"])["entries"] == []
    assert audit_verify(work, silent)["holds"]
    assert audit_verify(work, silent)["blanked"] == 2


def test_the_record_of_processing_says_what_is_configured(work):
    retention_set(work, silent, source="shop", event="order", days=3650)
    text = processing_record(work, silent)["markdown"]

    for said in ("| shop | customers |", "birthday", "| shop | order | 3650 |", "email: marketing", "People known: 4"):
        assert said in text


def test_the_books_still_balance_after_an_erasure(work):
    person_erase(work, silent, customers=["2"])
    take(work, "customer_id,email\n2,eino@example.fi\n9,uusi@example.fi\n", "customers", name="more.csv")
    found = books(work, silent)["total"]

    assert found["suppressed"] == 1
    assert found["received"] == found["accepted"] + found["duplicate"] + found["rejected"] + found["suppressed"]


def test_a_workspace_opens_while_people_are_erased_and_asked_about(work, place):
    person_erase(work, silent, customers=["1", "3"])
    assert count(work, silent, condition="did order")["count"] == 2
    with pytest.raises(InputError):
        person_show(work, silent, customer="1")
