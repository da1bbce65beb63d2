"""What one message holds never stops the others: values at the edges of their types are left beside, and whatever fails besides is kept as rejected."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal

import pytest

from intake.posting import rows, send, shop, track
from lohko.engine.store import fingerprint
from lohko.landing.told import fit
from lohko.state import schema
from lohko.steps import message_columns, taking
from lohko.steps.event_books import events_books
from lohko.steps.intake import events_rejected, events_retry
from lohko.steps.work import silent
from lohko.wiring import open_work


@contextmanager
def _own_shop(path):
    """A workspace that knows the event `Visit` with a sum of money and an instant, as a file of events makes them."""
    with shop(path) as work:
        with work.state.begin() as connection:
            number, _ = schema.ensure_event(connection, "Visit")
            schema.ensure_property(connection, number, "fee", "money")
            schema.ensure_property(connection, number, "tried_at", "time")
            schema.ensure_property(connection, number, "weight", "decimal")
        yield work


@pytest.mark.parametrize(
    ("type_", "value", "kept"),
    [
        ("money", 1e15, None),
        ("money", "99999999999999.99995", None),  # would be rounded up to one digit too many
        ("money", -1e14, None),
        ("money", "99999999999999.9999", "99999999999999.9999"),
        ("decimal", 1e15, "1000000000000000"),
        ("decimal", 1e17, None),
        ("time", "0001-01-01T00:00:00+14:00", None),
        ("time", "9999-12-31T23:59:59-14:00", None),
    ],
)
def test_a_value_that_its_column_cannot_hold_fits_it_not(type_, value, kept):
    assert fit(type_, value) == kept


def test_values_beyond_their_types_are_left_beside_by_whatever_key(tmp_path):
    with _own_shop(tmp_path / "shop") as work:
        for kind in ("public", "server"):
            sent = send(
                work,
                track("Visit", anonymous="x", fee=1e15, weight=99999999999999984),
                track("Visit", anonymous="x", fee=99999999999999.5, tried_at="0001-01-01T00:00:00+14:00"),
                track("Visit", anonymous="x", fee=-1e300, tried_at="9999-12-31T23:59:59-14:00"),
                kind=kind,
            )
            assert (sent["stored"], sent["rejected"]) == (3, 0)
        found = [fee for _, fee in rows(work, "Visit", "fee")]
        assert sorted(found, key=str) == sorted([None, Decimal("99999999999999.5000"), None] * 2, key=str)


def test_a_message_that_cannot_be_written_is_kept_as_rejected_and_the_others_go_on(tmp_path, monkeypatch):
    """Where a mistake of ours lets through what a column cannot hold, or fails at it."""
    path = tmp_path / "shop"
    with _own_shop(path) as work:
        with monkeypatch.context() as mistaken:
            real = message_columns.fit
            mistaken.setattr(message_columns, "fit", lambda type_, value: value if type_ == "money" else real(type_, value))
            sent = send(
                work,
                *[track("Visit", user=f"u{place}", number=f"n{place}", weight=1.5) for place in range(9)],
                track("Visit", user="bad", number="b1", fee="12 euros"),
                track("Other", user="u3", number="o1"),
                track("Visit", user="bad", number="b2", fee="9" * 15),
            )
            assert (sent["received"], sent["stored"], sent["rejected"]) == (12, 10, 2)
            assert events_rejected(work, silent)["by_reason"] == {"failed": 2}
            assert send(work, track("Visit", user="u1", number="n99"))["stored"] == 1  # and the way is free
            assert events_retry(work, silent)["used"] == 0  # nothing is mended yet, and nothing lost
            assert events_rejected(work, silent)["by_reason"] == {"failed": 2}
            assert events_books(work, silent, recount=True)["total"]["balanced"]
        assert events_retry(work, silent)["used"] == 2
        assert (len(rows(work, "Visit")), events_rejected(work, silent)["rejected"]) == (12, 0)
        assert events_books(work, silent, recount=True)["total"]["balanced"]
        before = fingerprint(work.store)
    with open_work(path, silent, again=True) as work:
        assert fingerprint(work.store) == before


def test_a_failing_disk_makes_no_message_rejected(tmp_path, monkeypatch):
    with _own_shop(tmp_path / "shop") as work:
        with monkeypatch.context() as broken:

            def full(*_):
                raise OSError(28, "no space")

            broken.setattr(taking.log, "publish", full)
            with pytest.raises(OSError, match="no space"):
                send(work, track("Visit", user="u1", number="n1"))
        assert send(work)["stored"] == 1
        assert events_rejected(work, silent)["rejected"] == 0
