"""What one message holds never stops the others: values at the edges of their types are left beside, and whatever fails besides is kept as rejected."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal

import pytest

from commanding import command
from intake.posting import people, put_body, rows, send, shop, track
from lohko.engine.store import fingerprint
from lohko.landing.told import fit
from lohko.state import schema
from lohko.steps import message_columns, taking
from lohko.steps.event_books import events_books
from lohko.steps.intake import events_rejected, events_retry, events_take
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


def test_a_number_of_thousands_of_digits_keeps_its_own_message_out_alone(tmp_path):
    """Python reads none of more than 4,300 digits; the rest of the batch is worth keeping, and its digits stay as they came."""
    long = b"9" * 5_000
    with shop(tmp_path / "shop") as work:
        put_body(
            work,
            b'{"batch": [{"type": "track", "userId": "u1", "event": "Visit", "properties": {"fee": [{"n": -%b}]}},'
            b' {"type": "track", "userId": "u2", "event": "Visit", "properties": {"fee": 9}}], "context": {"odd": %b}}' % (long, long),
        )
        taken = events_take(work, silent)
        assert (taken["received"], taken["stored"], taken["rejected"]) == (2, 1, 1)
        assert events_retry(work, silent)["used"] == 0
        held = events_rejected(work, silent)
        assert held["by_reason"] == {"long_number": 1}
        assert long.decode() in str(held)
        assert rows(work, "Visit", "fee") == [("u2", 9)]
        assert events_books(work, silent, recount=True)["total"]["balanced"]


@pytest.mark.parametrize("bad", ["ä" * 256, 10**255, 1.5, True, ["u1"], {"id": "u1"}])
def test_a_message_with_an_id_that_is_none_is_kept_as_rejected_and_not_as_anybodys(tmp_path, bad):
    """Were it left out, a purchase of a known customer would be one of somebody unknown, and nobody would see it."""
    with shop(tmp_path / "shop") as work:
        sent = send(work, track("Visit", user=bad, anonymous="x"), track("Visit", user="u1", anonymous=bad), track("Visit", user="ä" * 255))
        assert (sent["stored"], sent["rejected"]) == (1, 2)
        assert events_rejected(work, silent)["by_reason"] == {"bad_id": 2}


def test_words_for_nothing_make_nobody_one_person(tmp_path):
    """A page that writes `undefined` where nobody is signed in must not make all visitors one customer."""
    with shop(tmp_path / "shop") as work:
        sent = send(
            work,
            *[
                track("Visit", user=word, anonymous=f"x{place}")
                for place, word in enumerate(["undefined", " NULL ", "guest", "", False, 0])
            ],
            track("Visit", user="undefined"),
        )
        assert (sent["stored"], sent["rejected"]) == (6, 1)
        assert people(work) == [f"x{place}" for place in range(6)]
        assert events_rejected(work, silent)["by_reason"] == {"no_customer": 1}


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


def test_long_rejected_messages_are_cut_short_unless_they_are_asked_for_whole(tmp_path):
    """One may have 32 kB, and twenty of them filled the terminal."""
    with shop(tmp_path / "shop") as work:
        send(work, {"type": "buy", "userId": "1", "note": "n" * 9_000 + "end"}, {"type": "buy", "userId": "2"})
    told = command("events", "rejected", "--workspace", str(tmp_path / "shop"))
    assert len(told.stdout) < 1_500 and '"userId": "2"' in told.stdout and "characters)" in told.stdout
    assert "--whole" in told.stderr
    whole = command("events", "rejected", "--whole", "--workspace", str(tmp_path / "shop"))
    assert "nnend" in whole.stdout and not whole.stderr
