"""After a load that failed once nothing comes in twice: what counts is loaded before anything is compared with it."""

from __future__ import annotations

import io

import pytest

from intake.posting import put, rows, send, shop, track
from lohko.engine.links import columns_of
from lohko.engine.store import fingerprint
from lohko.steps import decide, ingest, intake
from lohko.steps.intake import events_retry, events_take, finish_joining
from lohko.steps.work import silent
from lohko.steps.write_keys import event_key_allow, event_key_list
from lohko.wiring import open_work

_HEAD = "Order ID,Date,Customer ID,SKU,Quantity,Unit price\n"


@pytest.fixture
def work(tmp_path):
    """A workspace that, made again from the log, is the same in the end."""
    path = tmp_path / "shop"
    with shop(path) as opened:
        send(opened, track("Thing", user="u0", n=1))
        yield opened
        events_take(opened, silent)
        before = fingerprint(opened.store)
    with open_work(path, silent, again=True) as again:
        assert fingerprint(again.store) == before


def _failing(monkeypatch, module):
    """The next load of that module fails; those after it do not."""
    real = module.load_registered

    def once(*_):
        monkeypatch.setattr(module, "load_registered", real)
        raise MemoryError

    monkeypatch.setattr(module, "load_registered", once)


def _csv(work, text: str, **how):
    return ingest.ingest(work, silent, stream=io.BytesIO(text.encode()), name="orders.csv", kind="order-lines", source="web", **how)


def test_events_that_were_not_loaded_are_known_when_they_come_again(work, monkeypatch):
    said = [track("Thing", user="u0", number="same", n=2), track("Thing", user="new", number="other", n=3)]
    _failing(monkeypatch, intake)
    with pytest.raises(MemoryError):
        send(work, *said)
    sent = send(work, *said, track("Thing", user="new", number="third", n=4))
    assert (sent["duplicate"], sent["stored"]) == (2, 1)
    assert len(rows(work, "Thing")) == 4


def test_a_decision_or_an_import_after_it_leaves_no_batch_out(work, monkeypatch):
    _failing(monkeypatch, intake)
    with pytest.raises(MemoryError):
        send(work, track("Thing", user="u1", number="one"))
    assert _csv(work, _HEAD + "o1,2026-01-02 10:00,u1,A1,2,10.00\n")["accepted"] == 1
    assert len(rows(work, "Thing")) == 2
    _failing(monkeypatch, ingest)
    with pytest.raises(MemoryError):
        _csv(work, _HEAD + "o2,2026-01-02 11:00,u2,A1,2,10.00\n")
    with work.guard:
        decide.keep_decision(work, "links", columns_of([]))
    assert len(rows(work, "order")) == 2


def test_a_source_that_fails_keeps_no_other_from_being_looked_at_again(tmp_path, monkeypatch):
    with shop(tmp_path / "two", "a", "b") as work:
        for source in ("a", "b"):
            send(work, track("Own", anonymous="x", number=source), kind="public", source=source)
        for key in event_key_list(work, silent)["keys"]:
            if key["kind"] == "public":
                event_key_allow(work, silent, key=key["id"])
        real = intake.keep_messages

        def broken(work, connection, kept, source, *rest, **how):
            if source == "b":
                raise OSError(5, "broken")
            return real(work, connection, kept, source, *rest, **how)

        with monkeypatch.context() as patched:
            patched.setattr(intake, "keep_messages", broken)
            with pytest.raises(OSError, match="broken"):
                events_retry(work, silent)
        assert len(rows(work, "Own")) == 1
        assert events_retry(work, silent)["used"] == 1
        assert len(rows(work, "Own")) == 2


def test_the_taking_itself_goes_on_from_there(work, monkeypatch):
    _failing(monkeypatch, intake)
    put(work, track("Thing", user="u5", number="five"))
    with pytest.raises(MemoryError):
        intake.take_some(work)
    finish_joining(work)
    assert len(rows(work, "Thing")) == 2
