"""Bookings: an event at the time of booking, with the stay, how long before it was booked, and what became of it."""

from __future__ import annotations

import pytest

from formats.bringing import FIXTURES, bring, people, twice, workspace
from lohko.steps.changes import changes
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply
from lohko.steps.work import silent

HEADER = "Booking ID,Booked at,Arrival,Departure,Guests,Total,Status,Email\n"
FIRST = (
    HEADER
    + "B1,2026-01-02 10:00,2026-02-14,2026-02-17,2,459,Confirmed,a@example.fi\nB2,2026-01-03 11:00,2026-03-01,2026-03-02,1,80,Confirmed,b@example.fi\n"
)
LATER = (
    HEADER
    + "B1,2026-01-02 10:00,2026-02-14,2026-02-17,2,459,Cancelled,a@example.fi\nB2,2026-01-03 11:00,2026-03-01,2026-03-02,1,80,Confirmed,b@example.fi\n"
)


@pytest.fixture
def work(tmp_path, request):
    with workspace(tmp_path, again="later" in request.node.name) as opened:
        yield opened


def test_a_finnish_list_of_bookings(work):
    """Windows-1252, semicolons, decimal commas; nights are counted where no column says them."""
    found = twice(work, "bookings.csv")
    assert (found["format"], found["accepted"], found["customers"]) == ("booking-list", 4, 3)
    assert people(work, "did booking where (nights is 3 and lead_days is 43)") == 1
    assert people(work, "did booking where cancelled is true") == 1
    assert people(work, "did booking where (no_show is true and guests is 4)") == 1
    assert people(work, "did booking where (cancelled is false and no_show is false)") == 2
    assert people(work, "sum of total of booking > 2000") == 1
    assert people(work, "did booking where arrival between 2026-03-01 and 2026-03-31") == 1
    assert people(work, "did booking in last 7 days", as_of="2026-01-04") == 2, "it happened when it was booked"
    assert people(work, "did booking where lead_days is 2") == 1, "booked late in the evening of the 3rd, for the 5th"


def test_bookings_that_know_guests_by_phone_only(work):
    """Booking.com: amounts with their currency, a cancellation with its date, people told apart by their phone number."""
    found = twice(work, "booking-com.csv")
    assert (found["format"], found["accepted"], found["customers"], found["anonymous"]) == ("booking-com", 2, 2, 0)
    assert people(work, "did booking where (cancelled is true and guests is 3)") == 1
    assert people(work, "sum of total of booking > 250.4") == 2


def test_another_currency_waits_for_a_rate(work):
    """A price in crowns is not added up with euros."""
    text = (FIXTURES / "booking-com.csv").read_text(encoding="utf-8").replace("420 EUR", "4200 SEK")
    found = bring(work, "booking-com.csv", text)
    assert (found["accepted"], found["rejected_by_reason"]) == (1, {"no_rate": 1})


def test_a_later_row_takes_the_place_of_the_earlier(work):
    """What was confirmed is cancelled in the next export; the booking is one event, and segments follow."""
    bring(work, "first.csv", FIRST)
    apply(work, silent, files={"s.yaml": "id: coming\nwhere: did booking where cancelled is false\n"})
    refresh(work, silent, as_of="2026-01-10")
    found = bring(work, "later.csv", LATER)
    assert (found["accepted"], found["duplicate"]) == (1, 1)
    assert people(work, "did booking exactly 1 time") == 2
    assert people(work, "did booking where cancelled is true") == 1
    refresh(work, silent, as_of="2026-01-20")
    moved = changes(work, silent, segment="coming")["changes"]
    assert [item["entered"] for item in moved].count(False) == 1


def test_a_booking_that_passes_to_another_person(work):
    """Neither keeps what is not theirs."""
    bring(work, "first.csv", FIRST)
    apply(work, silent, files={"s.yaml": "id: booked\nwhere: did booking\n"})
    refresh(work, silent, as_of="2026-01-10")
    bring(work, "later.csv", FIRST.replace("a@example.fi", "c@example.fi"))
    assert people(work, "did booking") == 2
    refresh(work, silent, as_of="2026-01-20")
    moved = changes(work, silent, segment="booked")["changes"]
    assert sorted(item["entered"] for item in moved) == [False, True, True, True]


def test_the_rooms_of_one_booking_are_rows_of_their_own(work):
    """Two equal rows of one number are two rooms, also when the file comes again."""
    text = HEADER + "B9,2026-01-02,2026-02-14,2026-02-17,2,100,ok,a@example.fi\n" * 2
    assert bring(work, "rooms.csv", text)["accepted"] == 2
    assert bring(work, "rooms.csv", text + "\n")["accepted"] == 0
    assert people(work, "sum of total of booking is 200") == 1
