"""Time.

Days begin and end where the workspace is, here in Helsinki; hours are the same everywhere. A window has a first instant
that counts and an end that does not. What happened at or after the instant asked about does not exist for the question.
"""

import datetime as dt

import pytest

from lohko.base.errors import InputError
from lohko.base.times import midnight, parse_as_of, zone
from spec.shop import ZONE


def test_events_on_the_edge_of_the_window(spec):
    """The first instant of the window counts, the instant asked about does not."""
    spec(
        order="""
                | at                         | total
            ----+----------------------------+------
            ana | 2026-02-27 00:00           | 10
            bob | 2026-02-26 23:59:59.999999 | 10
            cai | 2026-03-01 00:00           | 10
            dee | 2026-02-28 23:59:59.999999 | 10
            """,
        members={"did order in last 2 days": "ana dee", "did order": "ana bob dee"},
    )


def test_days_are_counted_from_a_local_midnight(spec):
    """ "In last 2 days" at noon begins at 00:00 two days before, not 48 hours before."""
    spec(
        order="""
                | at               | total
            ----+------------------+------
            ana | 2026-02-27 00:00 | 10
            bob | 2026-02-26 23:00 | 10
            cai | 2026-03-01 11:59 | 10
            """,
        as_of="2026-03-01T12:00",
        members={"did order in last 2 days": "ana cai", "did order in last 48 hours": "cai"},
    )


def test_hours_and_minutes_roll(spec):
    """Hours and minutes are counted back from the very instant that is asked about."""
    spec(
        order="""
                | at               | total
            ----+------------------+------
            ana | 2026-03-01 10:00 | 10
            bob | 2026-03-01 09:59 | 10
            """,
        as_of="2026-03-01T12:00",
        members={
            "did order in last 2 hours": "ana",
            "did order in last 120 minutes": "ana",
            "did order in last 3 hours": "ana bob",
        },
    )


def test_a_date_as_the_instant_is_its_first_instant(spec):
    """`--as-of 2026-03-01` asks at 00:00 local time of that day: that day's own orders are not there yet."""
    spec(
        order="""
                | at               | total
            ----+------------------+------
            ana | 2026-02-28 23:59 | 10
            bob | 2026-03-01 00:00 | 10
            """,
        as_of="2026-03-01",
        members={"did order": "ana", "did order between 2026-02-01 and 2026-03-31": "ana"},
    )


def test_midnight_is_local(spec):
    """Midnight is the workspace's: in Helsinki in winter it is 22:00 UTC of the day before."""
    spec(
        order="""
                | at                   | total
            ----+----------------------+------
            ana | 2026-02-27T22:00:00Z | 10
            bob | 2026-02-27T21:59:59Z | 10
            """,
        members={"did order since 2026-02-28": "ana", "did order before 2026-02-28": "bob"},
    )


def test_weeks_months_and_years(spec):
    """Weeks are 7 days; months and years go back by the calendar and stop at the end of a shorter month."""
    spec(
        order="""
                | at               | total
            ----+------------------+------
            ana | 2026-02-28 00:00 | 10
            bob | 2026-02-27 23:59 | 10
            cai | 2025-03-31 00:00 | 10
            dee | 2026-03-17 00:00 | 10
            """,
        as_of="2026-03-31",
        members={
            "did order in last 1 month": "ana dee",
            "did order in last year": "ana bob cai dee",
            "did order in last 2 weeks": "dee",
            "did order in last 12 months": "ana bob cai dee",
        },
    )


def test_a_leap_day_clamps(spec):
    """A year before 29 February is 28 February."""
    spec(
        order="""
                | at               | total
            ----+------------------+------
            ana | 2023-02-28 00:00 | 10
            bob | 2023-02-27 23:59 | 10
            """,
        as_of="2024-02-29",
        members={"did order in last 1 year": "ana"},
    )


def test_between_includes_its_last_day(spec):
    """A range of days includes the whole of its last day."""
    spec(
        order="""
                | at                         | total
            ----+----------------------------+------
            ana | 2026-01-01 00:00           | 10
            bob | 2026-01-31 23:59:59.999999 | 10
            cai | 2026-02-01 00:00           | 10
            dee | 2025-12-31 23:59           | 10
            """,
        members={"did order between 2026-01-01 and 2026-01-31": "ana bob", "did order between 1.2.2026 and 1.2.2026": "cai"},
    )


def test_before_after_and_since(spec):
    """`before` a day ends as it begins, `since` starts as it begins, `after` starts when it is over."""
    spec(
        order="""
                | at                         | total
            ----+----------------------------+------
            ana | 2026-01-14 23:59:59.999999 | 10
            bob | 2026-01-15 00:00           | 10
            cai | 2026-01-15 23:59:59.999999 | 10
            dee | 2026-01-16 00:00           | 10
            """,
        members={
            "did order before 2026-01-15": "ana",
            "did order since 2026-01-15": "bob cai dee",
            "did order after 2026-01-15": "dee",
        },
    )


def test_the_night_when_clocks_go_forward(spec):
    """On 29 March 2026 Helsinki has 23 hours. Days are still days; 24 hours reach an hour further back by the clock."""
    spec(
        order="""
                | at               | total
            ----+------------------+------
            ana | 2026-03-29 00:00 | 10
            bob | 2026-03-28 23:00 | 10
            cai | 2026-03-28 22:59 | 10
            """,
        as_of="2026-03-30",
        members={"did order in last 1 day": "ana", "did order in last 24 hours": "ana bob", "did order since 2026-03-29": "ana"},
    )


def test_the_night_when_clocks_go_back(spec):
    """On 25 October 2026 Helsinki has 25 hours: the day's first hour is more than 24 hours ago when it ends."""
    spec(
        order="""
                | at               | total
            ----+------------------+------
            ana | 2026-10-25 00:30 | 10
            bob | 2026-10-25 01:00 | 10
            cai | 2026-10-24 23:59 | 10
            """,
        as_of="2026-10-26",
        members={"did order in last 1 day": "ana bob", "did order in last 24 hours": "bob"},
    )


def test_a_day_whose_midnight_never_occurs_begins_with_its_first_instant():
    """In São Paulo on 4 November 2018 clocks went from 00:00 to 01:00: the day began at 03:00 UTC."""
    assert midnight(dt.date(2018, 11, 4), zone("America/Sao_Paulo")) == dt.datetime(2018, 11, 4, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "2026-02-30", "yesterday"])
def test_an_instant_that_cannot_be_is_refused(text):
    """What is no date or time, or lies outside the calendar, is answered with a sentence."""
    with pytest.raises(InputError) as caught:
        parse_as_of(text, ZONE)
    assert caught.value.code == "bad_as_of"


def test_an_hour_that_occurs_twice_and_one_that_never_does(spec):
    """When a file's time occurs twice that night, the first is meant; one that never occurs moves forward by the gap. Both are counted."""
    spec.imported(
        """
        customer_id,ordered_at,total
        ana,2026-10-25 03:30,10
        bob,2026-03-29 03:30,10
        """,
        kind="orders",
        as_of="2026-12-01",
        books={"times": {"twice": 1, "missing": 1}},
        members={"did order between 2026-03-29 and 2026-03-29": "bob", "did order between 2026-10-25 and 2026-10-25": "ana"},
    )


def test_a_time_with_an_offset_keeps_it(spec):
    """A file's time that states its offset is that instant, whatever the zone of the file."""
    spec.imported(
        """
        customer_id,ordered_at,total
        ana,2026-01-01T00:30:00+02:00,10
        bob,2026-01-01T00:30:00+00:00,10
        cai,2025-12-31T22:30:00Z,10
        """,
        kind="orders",
        members={"did order since 2026-01-01": "ana bob cai", "did order before 2026-01-01": ""},
    )
    spec.imported(
        """
        customer_id,ordered_at,total
        ana,2026-01-01 01:30,10
        """,
        kind="orders",
        timezone="Asia/Tokyo",
        members={"did order before 2026-01-01": "ana"},
    )


def test_attributes_have_a_past(spec):
    """An attribute is asked as it was at the instant: a value holds from the moment it took effect until the next."""
    had = """
                | from       | city
            ----+------------+--------
            ana | 2025-01-01 | Turku
            ana | 2026-02-01 | Oulu
            bob | 2026-02-01 | Turku
            """
    spec(people=had, as_of="2026-01-01", members={'city is "Turku"': "ana", "city is unknown": "bob"})
    spec(people=had, as_of="2026-03-01", members={'city is "Turku"': "bob", 'city is "Oulu"': "ana"})


def test_a_value_holds_after_the_instant_it_took_effect(spec):
    """At the very instant of a change the old value still holds: what happens at the instant asked about does not exist yet."""
    spec(
        people="""
                | from       | city
            ----+------------+--------
            ana | 2025-01-01 | Turku
            ana | 2026-02-01 | Oulu
            """,
        as_of="2026-02-01",
        members={'city is "Turku"': "ana"},
    )


def test_the_first_value_without_a_time_also_holds_before(spec):
    """The first value from a list that states no times is taken to have held always; it is marked as assumed."""
    spec.imported(
        """
        customer_id,city
        ana,Turku
        """,
        kind="customers",
        as_of="2001-01-01",
        members={'city is "Turku"': "ana"},
    )


def test_a_value_on_an_order_row_takes_effect_with_the_order(spec):
    """A customer's city on an order row holds from the order's own time, and before it nothing is known."""
    rows = """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price,city
        ana,1,2026-01-10,P1,1,10,Turku
        ana,2,2026-02-10,P1,1,10,Oulu
        """
    spec.imported(rows, as_of="2026-02-01", members={'city is "Turku"': "ana"})
    spec.imported(rows, as_of="2026-03-01", members={'city is "Oulu"': "ana"})
    spec.imported(rows, as_of="2026-01-01", members={"city is unknown": "ana"})


def test_a_value_with_its_own_time_holds_from_it(spec):
    """A list of customers that says when each row was updated gives each value its own moment; nothing is assumed before it."""
    spec.imported(
        """
        customer_id,city,updated_at
        ana,Turku,2026-01-10
        ana,Oulu,2026-02-10
        """,
        kind="customers",
        as_of="2026-02-01",
        members={'city is "Turku"': "ana"},
    )
    spec.imported(
        """
        customer_id,city,updated_at
        ana,Turku,2026-01-10
        """,
        kind="customers",
        as_of="2026-01-01",
        members={"city is unknown": "ana"},
    )


def test_an_empty_cell_in_a_later_list_ends_a_value(spec):
    """In a list of customers an empty cell means that the value is no longer known; in an order row it says nothing."""
    spec.imported(
        """
        customer_id,city
        ana,Turku
        """,
        """
        customer_id,city
        ana,
        """,
        kind="customers",
        as_of="2100-01-01",
        members={"city is unknown": "ana"},
    )
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price,city
        ana,1,2026-01-10,P1,1,10,Turku
        ana,2,2026-02-10,P1,1,10,
        """,
        members={'city is "Turku"': "ana"},
    )


def test_dates_of_attributes_may_lie_ahead(spec):
    """A window of events ends at the instant asked about; a date that a person has, such as the end of a contract, may lie ahead of it."""
    spec(
        people="""
                | contract_ends
            ----+--------------
            ana | 2026-12-31
            bob | 2026-02-01
            """,
        members={"contract_ends is after 2026-03-01": "ana", "contract_ends is before 2026-03-01": "bob"},
    )


def test_days_of_times_and_of_dates_agree(spec):
    """A date and a time are compared with a day alike: the whole local day counts."""
    spec(
        people="""
                | birthday   | joined
            ----+------------+----------------------
            ana | 2000-05-05 | 2026-01-15 23:59
            bob | 2000-05-06 | 2026-01-16 00:00
            cai | 2000-05-05 | 2026-01-14T22:00:00Z
            """,
        members={"birthday is 2000-05-05": "ana cai", "joined is 2026-01-15": "ana cai", "joined is on 16.1.2026": "bob"},
    )


def test_a_date_of_today_counts_once_the_day_has_begun(spec):
    """A date is a whole day: at noon today's date is in the last day, at its midnight not yet."""
    drawn = """
                | birthday
            ----+-----------
            ana | 2026-03-01
            bob | 2026-02-28
            cai | 2026-02-27
            """
    spec(people=drawn, as_of="2026-03-01T12:00", members={"birthday is in last 1 day": "ana bob"})
    spec(people=drawn, as_of="2026-03-01", members={"birthday is in last 1 day": "bob"})
