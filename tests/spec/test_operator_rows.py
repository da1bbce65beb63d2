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
    spec(people=_POINTS, members={"points > 10": "cai", "points is over 10": "cai", "points is more than 10": "cai"})


def test_op_at_least(spec):
    """The number or more."""
    spec(people=_POINTS, members={"points >= 10": "bob cai", "points is at least 10": "bob cai"})


def test_op_under(spec):
    """Less than the number; people without the value are not in it."""
    spec(people=_POINTS, members={"points < 10": "ana", "points is under 10": "ana", "points is less than 10": "ana"})


def test_op_at_most(spec):
    """The number or less; people without the value are not in it."""
    spec(people=_POINTS, members={"points <= 10": "ana bob", "points is at most 10": "ana bob"})


def test_op_between(spec):
    """From the first to the second, both included; a last day counts whole."""
    spec(people=_POINTS, members={"points is between 5 and 10": "ana bob", "points between 6 and 9": ""})
    spec(people=_JOINED, members={"joined is between 2026-01-14 and 2026-01-15": "ana bob"})


def test_op_not_between(spec):
    """Outside the range, or no value."""
    spec(people=_POINTS, members={"points is not between 5 and 10": "cai dee"})
    spec(people=_JOINED, members={"joined is not between 2026-01-14 and 2026-01-15": "cai dee"})


def test_op_known(spec):
    """There is a value."""
    spec(people=_POINTS, members={"points is known": "ana bob cai"})


def test_op_unknown(spec):
    """There is no value."""
    spec(people=_POINTS, members={"points is unknown": "dee", "points is not known": "dee"})


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
