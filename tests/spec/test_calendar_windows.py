"""The calendar.

Windows that end in the past, calendar periods, days of the week and hours, and periods counted one by one.
"""

_VISITS = """
        | at
    ----+-----------------
    ana | 2026-02-28 12:00
    bob | 2026-02-23 00:00
    cai | 2026-01-31 23:59
    dee | 2025-12-31 12:00
    eve | 2025-11-15 12:00
    """


def test_up_to_and_more_than_some_time_ago(spec):
    """`more than 28 days ago` ends where `in the last 28 days` begins; `on or before` a day ends with it."""
    spec(
        product_view=_VISITS,
        members={
            "did product_view more than 28 days ago": "cai dee eve",
            "did product_view in the last 28 days": "ana bob",
            "did product_view on or before 2026-01-31": "cai dee eve",
            "did product_view before 2026-01-31": "dee eve",
        },
    )


def test_between_two_times_ago(spec):
    """`between 6 and 29 days ago` is those local days, whole; `exactly 6 days ago` is one of them."""
    spec(
        product_view=_VISITS,
        members={
            "did product_view between 6 and 29 days ago": "bob cai",
            "did product_view between 1 and 6 days ago": "ana bob",
            "did product_view exactly 6 days ago": "bob",
        },
    )


def test_calendar_periods(spec):
    """Weeks begin on Monday; `this` is to date, `previous` is the whole one before; quarters are of three months."""
    spec(
        product_view=_VISITS,
        as_of="2026-02-28T18:00",
        members={
            "did product_view today": "ana",
            "did product_view yesterday": "",
            "did product_view this week": "ana bob",
            "did product_view this month": "ana bob",
            "did product_view previous month": "cai",
            "did product_view this quarter": "ana bob cai",
            "did product_view previous quarter": "dee eve",
            "did product_view this year": "ana bob cai",
            "did product_view previous year": "dee eve",
        },
    )


def test_quarters_back(spec):
    """A quarter back is three months back by the calendar."""
    spec(product_view=_VISITS, as_of="2026-03-31", members={"did product_view in last 1 quarter": "ana bob cai dee"})


def test_weekday_month_day_and_hour_of_an_event(spec):
    """In `where`, the local weekday, month, day of the month and hour at which the event happened."""
    spec(
        product_view=_VISITS,
        members={
            "did product_view where weekday is Monday": "bob",
            "did product_view where weekday is one of Saturday, Sunday": "ana cai eve",
            "did product_view where month is December": "dee",
            "did product_view where hour is between 0 and 11": "bob",
            "did product_view where hour >= 23": "cai",
            "did product_view where day of month is 31": "cai dee",
        },
    )


def test_weekday_and_month_of_an_attribute(spec):
    """Dates and times of people have a weekday, a month and a day, times also an hour, all local."""
    spec(
        people="""
                | birthday   | joined
            ----+------------+-----------------
            ana | 1990-06-05 | 2026-01-14 23:59
            bob | 1991-12-01 | 2026-01-15 08:00
            cai |            |
            """,
        members={
            "month of birthday is June": "ana",
            "month of birthday is not June": "bob cai",
            "weekday of joined is Wednesday": "ana",
            "hour of joined < 12": "bob",
            "hour of joined is 8": "bob",
            "day of birthday is 1": "bob",
        },
    )


def test_in_some_of_the_last_periods(spec):
    """The last 3 years, or 6 months, cut into years or months that begin at a local midnight: in how many of them it was done."""
    spec(
        order="""
                | at
            ----+-----------
            ana | 2023-12-10
            ana | 2025-12-20
            bob | 2025-12-01
            bob | 2025-12-02
            cai | 2026-01-15
            cai | 2026-02-15
            cai | 2025-11-15
            dee | 2026-02-01
            dee | 2026-02-15
            eve | 2025-12-01
            eve | 2026-02-15
            """,
        members={
            "ordered in December in at least 2 of the last 3 years": "ana",
            "ordered in at least 2 of the last 3 years": "ana",
            "ordered in at least 2 of the last 3 months": "cai eve",
            "ordered in at least 2 of the last 4 quarters": "cai",
            "ordered in at least 3 of the last 4 months": "cai",
            "ordered in at most 1 of the last 3 months": "ana bob dee",
        },
    )
