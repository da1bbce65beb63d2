"""Comparisons.

One example for every comparison. The person's attribute stands on the left; the same comparisons stand in `where` and after
`sum of`, `count of` and the like, where their type allows it.
"""

_CITIES = """
        | city
    ----+---------
    ana | Tampere
    bob | Turku
    cai |
    """
_POINTS = """
        | points
    ----+-------
    ana | 5
    bob | 10
    cai | 15
    dee |
    """
_JOINED = """
        | joined
    ----+-----------------
    ana | 2026-01-14 23:59
    bob | 2026-01-15 00:00
    cai | 2026-01-16 00:00
    dee |
    """


def test_op_is(spec):
    """The value is that one. A day means any time on it."""
    spec(people=_CITIES, members={"city is Tampere": "ana", 'city = "tampere"': "ana"})
    spec(people=_POINTS, members={"points is 10": "bob", "points = 10": "bob"})
    spec(people=_JOINED, members={"joined is 2026-01-15": "bob", "joined on 15.1.2026": "bob"})


def test_op_is_not(spec):
    """Not that value, or no value."""
    spec(people=_CITIES, members={"city is not Tampere": "bob cai", "city != Tampere": "bob cai"})
    spec(people=_JOINED, members={"joined is not on 2026-01-15": "ana cai dee"})


def test_op_one_of(spec):
    """The value is in the list."""
    spec(people=_CITIES, members={"city is one of Tampere, Oulu": "ana", 'city is any of ("Turku", "Tampere")': "ana bob"})
    spec(people=_POINTS, members={"points is one of 5, 15": "ana cai"})


def test_op_none_of(spec):
    """Not in the list, or no value."""
    spec(people=_CITIES, members={"city is none of Tampere, Oulu": "bob cai", "city is not one of Tampere, Oulu": "bob cai"})


def test_op_contains(spec):
    """The text is somewhere inside the value."""
    spec(people=_CITIES, members={'city contains "ampe"': "ana", "city contains t": "ana bob"})


def test_op_does_not_contain(spec):
    """The text is not inside it, or there is no value."""
    spec(people=_CITIES, members={'city does not contain "ampe"': "bob cai"})


def test_op_over(spec):
    """More than the number."""
    spec(
        people=_POINTS,
        members={"points > 9.5": "bob cai", "points > 10": "cai", "points is over 10": "cai", "points is more than 10": "cai"},
    )


def test_op_at_least(spec):
    """The number or more."""
    spec(people=_POINTS, members={"points >= 5.5": "bob cai", "points >= 10": "bob cai", "points is at least 10": "bob cai"})


def test_op_under(spec):
    """Less than the number; people without the value are not in it."""
    spec(
        people=_POINTS,
        members={"points < 10.5": "ana bob", "points < 10": "ana", "points is under 10": "ana", "points is less than 10": "ana"},
    )


def test_op_at_most(spec):
    """The number or less; people without the value are not in it."""
    spec(people=_POINTS, members={"points <= 9.5": "ana", "points <= 10": "ana bob", "points is at most 10": "ana bob"})


def test_op_between(spec):
    """From the first to the second, both included; a last day counts whole."""
    spec(
        people=_POINTS,
        members={"points is between 5 and 10": "ana bob", "points is between 4.5 and 10.5": "ana bob", "points between 6 and 9": ""},
    )
    spec(people=_JOINED, members={"joined is between 2026-01-14 and 2026-01-15": "ana bob"})


def test_op_not_between(spec):
    """Outside the range, or no value."""
    spec(people=_POINTS, members={"points is not between 5 and 10": "cai dee"})
    spec(people=_JOINED, members={"joined is not between 2026-01-14 and 2026-01-15": "cai dee"})


def test_op_known(spec):
    """There is a value."""
    spec(people=_POINTS, members={"points is known": "ana bob cai", "points is set": "ana bob cai"})


def test_op_unknown(spec):
    """There is no value."""
    spec(people=_POINTS, members={"points is unknown": "dee", "points is not known": "dee", "points is not set": "dee"})


def test_op_before(spec):
    """Earlier than the first instant of the day."""
    spec(people=_JOINED, members={"joined is before 2026-01-15": "ana"})


def test_op_after(spec):
    """From the first instant after the day."""
    spec(people=_JOINED, members={"joined is after 2026-01-15": "cai"})


def test_op_since(spec):
    """From the first instant of the day."""
    spec(people=_JOINED, members={"joined is since 2026-01-15": "bob cai"})


def test_op_in_last(spec):
    """In the last days, weeks, months or years, counted from a local midnight, or in the last hours or minutes."""
    spec(people=_JOINED, as_of="2026-01-16T12:00", members={"joined is in last 1 day": "bob cai", "joined is in last 12 hours": "cai"})


def test_op_not_in_last(spec):
    """Not in that time, or no value."""
    spec(people=_JOINED, as_of="2026-01-16T12:00", members={"joined is not in last 1 day": "ana dee"})


_TAGS = """
        | tags
    ----+---------------------
    ana | vip, Wholesale
    bob | vip
    cai | wholesale customer
    dee |
    """


def test_op_has_all(spec):
    """Every text of the list is among the values."""
    spec(people=_TAGS, members={"tags has all of vip, wholesale": "ana", "tags has all of vip": "ana bob"})


def test_op_does_not_have_all(spec):
    """At least one text of the list is missing, or there is no value."""
    spec(people=_TAGS, members={"tags does not have all of vip, wholesale": "bob cai dee"})


def test_op_contains_any(spec):
    """The text has at least one of those texts in it."""
    spec(people=_CITIES, members={'city contains any of "ampe", "oul"': "ana", 'city contains any of "t", "x"': "ana bob"})


def test_op_contains_none(spec):
    """None of those texts is in it, or there is no value."""
    spec(people=_CITIES, members={'city contains none of "ampe", "oul"': "bob cai"})


def test_op_contains_all(spec):
    """Every one of those texts is in it; of several values, one has them all."""
    spec(people=_CITIES, members={'city contains all of "t", "ku"': "bob"})
    spec(people=_TAGS, members={'tags contains all of "whole", "customer"': "cai"})


def test_op_starts_with(spec):
    """The text begins with that text; a postcode is a text, so its first digits are asked so."""
    spec(people=_CITIES, members={'city starts with "ta"': "ana", 'city starts with "T"': "ana bob"})
    spec(
        people="""
                | postcode
            ----+---------
            ana | 00100
            bob | 33100
            """,
        members={'postcode starts with "00"': "ana"},
    )


def test_op_does_not_start_with(spec):
    """The text begins otherwise, or there is no value."""
    spec(people=_CITIES, members={'city does not start with "ta"': "bob cai"})


def test_op_ends_with(spec):
    """The text ends with that text."""
    spec(people=_CITIES, members={'city ends with "KU"': "bob"})


def test_op_does_not_end_with(spec):
    """The text ends otherwise, or there is no value."""
    spec(people=_CITIES, members={'city does not end with "ku"': "ana cai"})


def test_op_matches(spec):
    """The whole text fits a pattern in which `*` is any text, also none, and `?` any one character."""
    spec(
        people=_CITIES,
        members={'city matches "t*"': "ana bob", 'city matches "tur?u"': "bob", 'city matches "tur?"': "", 'city matches "t%"': ""},
    )


def test_op_does_not_match(spec):
    """The text does not fit the pattern, or there is no value."""
    spec(people=_CITIES, members={'city does not match "t*ku"': "ana cai"})


def test_op_until(spec):
    """On that day or earlier."""
    spec(people=_JOINED, members={"joined is on or before 2026-01-15": "ana bob"})


def test_op_long_ago(spec):
    """Earlier than where `in the last` so many days begins; with hours and minutes, to the instant."""
    spec(
        people=_JOINED,
        as_of="2026-01-17T12:00",
        members={"joined is more than 1 day ago": "ana bob", "joined is more than 2 days ago": "ana"},
    )


def test_op_ago_between(spec):
    """From the longer to the shorter time ago, both days included; of equal lengths, exactly that long ago."""
    spec(
        people=_JOINED,
        as_of="2026-01-17T12:00",
        members={
            "joined is between 1 day and 2 days ago": "bob cai",
            "joined is exactly 2 days ago": "bob",
            "joined is between 3 and 4 days ago": "ana",
        },
    )


_ENDS = """
        | contract_ends
    ----+--------------
    ana | 2026-02-28
    bob | 2026-03-01
    cai | 2026-03-15
    dee | 2026-03-16
    eve |
    """


def test_op_in_next(spec):
    """From now to the end of the last of the next days; a date that is today is in it, whatever the hour."""
    spec(people=_ENDS, as_of="2026-03-01T12:00", members={"contract_ends is in the next 14 days": "bob cai"})


def test_op_not_in_next(spec):
    """Not in that time, or no value."""
    spec(people=_ENDS, as_of="2026-03-01T12:00", members={"contract_ends is not in the next 14 days": "ana dee eve"})


def test_op_during(spec):
    """In a calendar day, week (from Monday), month, quarter or year: this one, the one before or the next, the whole of it."""
    spec(
        people=_ENDS,
        as_of="2026-03-01T12:00",
        members={
            "contract_ends is today": "bob",
            "contract_ends is yesterday": "ana",
            "contract_ends is this week": "ana bob",
            "contract_ends is this month": "bob cai dee",
            "contract_ends is previous month": "ana",
            "contract_ends is next quarter": "",
            "contract_ends is this year": "ana bob cai dee",
        },
    )


def test_op_not_during(spec):
    """Not in that calendar period, or no value."""
    spec(people=_ENDS, members={"contract_ends is not this month": "ana eve"})


_BIRTHDAYS = """
        | birthday
    ----+-----------
    ana | 1980-03-01
    bob | 1991-03-14
    cai | 1996-02-29
    dee | 1970-12-31
    eve |
    fay | 2026-03-01
    """


def test_op_anniversary_in_next(spec):
    """The day of the year comes again today or on one of the next days, in a later year; 29 February comes on 28 February."""
    spec(people=_BIRTHDAYS, members={"birthday anniversary is in the next 13 days": "ana bob"})
    spec(people=_BIRTHDAYS, as_of="2026-02-28", members={"birthday anniversary is in the next 1 day": "ana cai"})
    spec(people=_BIRTHDAYS, as_of="2025-12-30", members={"birthday anniversary is in the next 61 days": "ana cai dee"})


def test_op_anniversary_during(spec):
    """The day of the year comes again in that calendar period, in a later year."""
    spec(
        people=_BIRTHDAYS,
        members={
            "birthday anniversary is today": "ana",
            "birthday anniversary is this month": "ana bob",
            "birthday anniversary is previous month": "cai",
        },
    )
