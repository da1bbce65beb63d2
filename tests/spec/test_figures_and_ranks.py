"""Numbers of a person, and their place among others.

Times between events, shares, what is usual, one number against another, and where a person stands among everyone who has the number.
"""

_ORDERS = """
        | at         | total | channel | brand  | coupon
    ----+------------+-------+---------+--------+-------
    ana | 2026-01-10 | 10    | web     | Nike   | SAVE
    ana | 2026-01-20 | 20    | web     | Nike   |
    ana | 2026-02-09 | 60    | store   | Puma   | SAVE
    bob | 2026-02-20 | 50    | store   | Puma   |
    cai | 2026-02-20 | 30    | web     | Adidas |
    cai | 2026-02-20 | 10    | store   | Adidas | SAVE
    """


def test_when_the_first_and_last_were(spec):
    """The first and the last event are compared as times: before a day, in the last days, so long ago."""
    spec(
        order=_ORDERS,
        product_view="""
                | at
            ----+-----------
            dee | 2026-02-01
            """,
        members={
            "first order is before 2026-02-01": "ana",
            "last order is in the last 10 days": "bob cai",
            "10-30 days have passed since the last order": "ana",
            "more than 40 days have passed since the first order": "ana",
            "not (last order is in the last 10 days)": "ana dee",
        },
    )


def test_how_many_different_days(spec):
    """Local days on which there is an event; two on one day are one day."""
    spec(order=_ORDERS, members={"did order on at least 2 different days": "ana", "did order on exactly 1 day": "bob cai"})


def test_the_most_frequent_value(spec):
    """The value that most events have; when several tie, a comparison holds when it holds for one of them."""
    spec(
        order=_ORDERS,
        members={
            "most frequent channel of order is web": "ana cai",
            "most frequent channel of order is store": "bob cai",
            "most frequent brand of order is Adidas": "cai",
            "most frequent channel of order in last 10 days is not web": "ana bob",
        },
    )


def test_a_share_of_events(spec):
    """How many in a hundred of the counted events have something; without events there is no share."""
    spec(
        order=_ORDERS,
        product_view="""
                | at
            ----+-----------
            dee | 2026-02-01
            """,
        members={
            "at least 50 % of orders used a discount code": "ana cai",
            "at most 50 % of orders used a discount code": "bob cai",
            "at least 70 % of orders in the last 30 days used a discount code": "ana",
        },
    )


def test_the_usual_time_between(spec):
    """The mean time between a person's events, in days: last minus first over one less than their number; of one event it is nothing."""
    spec(
        order=_ORDERS,
        members={
            "usual time between orders is 15": "ana",
            "usual time between orders < 1": "cai",
        },
    )


def test_against_the_persons_own(spec):
    """One number of the person against another: so many times it, more than it, less than it. Nothing is never compared."""
    spec(
        order=_ORDERS,
        members={
            "time since last order is more than 1 times the usual time between orders": "ana cai",
            "time since last order is more than 2 times the usual time between orders": "cai",
            "time since first order is more than 3 times the usual time between orders": "ana cai",
        },
    )


def test_trend_against_the_period_before(spec):
    """More than in the time before: the sum of the last 30 days against that of the 30 days before them."""
    spec(
        order=_ORDERS,
        members={
            "sum of total of order in the last 30 days is more than 1.5 times the sum of total of order between 31 and 60 days ago": "ana bob cai",
            "sum of total of order in the last 30 days is more than 2 times the sum of total of order between 31 and 60 days ago": "bob cai",
            "number of orders in the last 30 days is less than the number of orders between 31 and 60 days ago": "ana",
            "number of orders in the last 5 days is at least the number of orders between 31 and 60 days ago": "",
        },
    )


_PEOPLE = """
        | points | level
    ----+--------+------
    ana | 10     | gold
    bob | 20     | gold
    cai | 20     | blue
    dee | 30     | blue
    eve | 40     | blue
    fay |        | gold
    """


def test_top_and_bottom(spec):
    """The N greatest or smallest, and all that tie with the last of them; people without the number are in neither."""
    spec(
        people=_PEOPLE,
        members={
            "in the top 1 by points": "eve",
            "in the top 3 by points": "bob cai dee eve",
            "in the bottom 1 by points": "ana",
            "in the bottom 2 by points": "ana bob cai",
            "in the top 40 % by points": "dee eve",
            "in the bottom 20 % by points": "ana",
        },
    )


def test_quintiles_and_deciles(spec):
    """1 + (5 x the number strictly smaller) // how many have it: 5 are the greatest values, and equal values are always together."""
    spec(
        people=_PEOPLE,
        members={
            "in quintile 5 by points": "eve",
            "in quintile 2 by points": "bob cai",
            "in quintile 3 by points": "",
            "in decile 1 by points": "ana",
        },
    )


def test_above_and_below_the_mean_and_the_median(spec):
    """Strictly above or below; the median of an even number is halfway between the two in the middle."""
    spec(
        people=_PEOPLE,
        members={
            "above average by points": "dee eve",
            "below average by points": "ana bob cai",
            "above median by points": "dee eve",
            "below median by points": "ana",
        },
    )
    spec(
        people="""
                | points
            ----+-------
            ana | 10
            bob | 20
            cai | 30
            dee | 40
            """,
        members={"below median by points": "ana bob", "above median by points": "cai dee"},
    )


def test_the_erased_count_in_no_rank(spec):
    """The mean, the median and the places are those of the living."""
    spec(
        people=_PEOPLE,
        gone="eve",
        members={"above average by points": "dee", "below average by points": "ana", "in the top 1 by points": "dee"},
    )


def test_ranks_by_what_people_did(spec):
    """By a number of events: only people with at least one counted event have it."""
    spec(
        order=_ORDERS,
        product_view="""
                | at
            ----+-----------
            dee | 2026-02-01
            """,
        members={
            "in the top 1 by sum of total of order": "ana",
            "in the bottom 1 by sum of total of order": "cai",
            "below average by number of orders": "bob",
        },
    )


def test_ranks_among_a_segment(spec):
    """Among the members of a segment: they alone are counted, and they alone can be in."""
    spec(
        people=_PEOPLE,
        segments={"golden": "level is gold"},
        members={
            "in the top 1 by points among segment golden": "bob",
            "in the top 1 by points": "eve",
        },
    )
