"""Rows are kept as long as their rule says; the record of processing and the audit say what is so."""

from __future__ import annotations

import datetime as dt

import pytest

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.engine.store import fingerprint
from lohko.steps import retention
from lohko.steps.accountability import audit_list, audit_verify, processing_record
from lohko.steps.books import books
from lohko.steps.consents import person_flag
from lohko.steps.person_erase import person_erase
from lohko.steps.person_rights import person_show
from lohko.steps.read import count
from lohko.steps.retention import retention_run, retention_set
from lohko.steps.work import silent
from privacy.conftest import take

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
