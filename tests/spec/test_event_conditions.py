"""Events.

What people did: whether, how often, how much, where the event's properties are such, and when.
"""


def test_did_and_did_not(spec):
    """`did EVENT` is at least once; `did not EVENT` is everyone else."""
    spec(
        people="ana bob",
        product_view="""
                | at
            ----+-----------
            ana | 2026-02-01
            """,
        members={"did product_view": "ana", "did not product_view": "bob"},
    )


def test_how_many_times(spec):
    """`at least`, `at most`, `exactly`, `over` and `under` N times; `once` and `twice` are exactly 1 and 2."""
    spec(
        people="ana bob cai dee",
        product_view="""
                | at
            ----+-----------
            bob | 2026-02-01
            cai | 2026-02-01
            cai | 2026-02-02
            dee | 2026-02-01
            dee | 2026-02-02
            dee | 2026-02-03
            """,
        members={
            "did product_view at least 2 times": "cai dee",
            "did product_view at most 2 times": "ana bob cai",
            "did product_view exactly 2 times": "cai",
            "did product_view twice": "cai",
            "did product_view exactly once": "bob",
            "did product_view over 2 times": "dee",
            "did product_view more than 2 times": "dee",
            "did product_view fewer than 2 times": "ana bob",
            "did not product_view at least 2 times": "ana bob",
            "count of product_view is between 2 and 3": "cai dee",
            "count of product_view >= 1.5": "cai dee",
        },
    )


def test_sum_average_min_and_max(spec):
    """Sum, average, smallest and largest of a property over the person's events."""
    spec(
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 10
            ana | 2026-02-02 | 40
            bob | 2026-02-01 | 25
            """,
        members={
            "sum of total of order is 50": "ana",
            "average of total of order is 25": "ana bob",
            "min of total of order is 10": "ana",
            "max of total of order > 30": "ana",
            "minimum of total of order > 20": "bob",
        },
    )


def test_min_and_max_of_dates_and_times(spec):
    """The smallest and largest of a date or a time are compared with days."""
    spec(
        order="""
                | at         | total | delivered  | paid_at
            ----+------------+-------+------------+-----------------
            ana | 2026-02-01 | 10    | 2026-02-05 | 2026-02-03 10:00
            ana | 2026-02-10 | 10    | 2026-02-15 | 2026-02-12 10:00
            bob | 2026-02-01 | 10    |            | 2026-01-05 10:00
            """,
        members={
            "max of delivered of order is after 2026-02-10": "ana",
            "min of delivered of order is before 2026-02-10": "ana",
            "max of delivered of order is unknown": "bob",
            "max of paid_at of order is in last 30 days": "ana",
            "min of paid_at of order is 2026-01-05": "bob",
        },
    )


def test_distinct_count(spec):
    """`distinct count` counts different values: texts by their fold, sets by their texts."""
    spec(
        people="cai",
        product_view="""
                | at         | brand
            ----+------------+------
            ana | 2026-02-01 | Nike
            ana | 2026-02-02 | NIKE
            ana | 2026-02-03 | Puma
            bob | 2026-02-01 | Nike
            """,
        order="""
                | at         | total | brand
            ----+------------+-------+------------
            bob | 2026-02-01 | 10    | Nike, Puma
            bob | 2026-02-02 | 10    | Puma, Fila
            """,
        members={
            "distinct count of brand of product_view is 2": "ana",
            "distinct count of brand of order is 3": "bob",
            "distinct count of brand of order < 1": "ana cai",
        },
    )


def test_where_with_one_comparison(spec):
    """`where` takes one comparison of the event's properties; whatever comes after it is not about the property."""
    spec(
        order="""
                | at         | total | channel
            ----+------------+-------+--------
            ana | 2026-02-01 | 100   | web
            bob | 2026-02-01 | 100   | store
            cai | 2025-01-01 | 100   | web
            """,
        members={
            "did order where channel is web": "ana cai",
            "did order where channel is web in last 60 days": "ana",
            "did order where channel is web and did order in last 60 days": "ana",
            "sum of total of order where channel is store >= 100": "bob",
        },
    )


def test_where_with_a_group(spec):
    """A parenthesised group may join comparisons with and, or and not; all of them are about one and the same event."""
    spec(
        order="""
                | at         | total | channel | coupon
            ----+------------+-------+---------+-------
            ana | 2026-02-01 | 100   | web     | SPRING
            ana | 2026-02-02 | 10    | store   |
            bob | 2026-02-01 | 10    | web     | SPRING
            bob | 2026-02-02 | 100   | store   |
            """,
        members={
            "did order where (channel is web and total >= 100)": "ana",
            "did order where channel is web and did order where total >= 100": "ana bob",
            "did order where (channel is store or coupon is SPRING) at least 2 times": "ana bob",
            "did order where (not coupon is known and total < 50)": "ana",
            "did order where ((channel is web or channel is store) and total = 10) exactly once": "ana bob",
        },
    )


def test_where_on_every_kind_of_property(spec):
    """Yes or no, dates, times and numbers of an event are compared as a person's are."""
    spec(
        order="""
                | at         | total | lines | gift | delivered  | paid_at
            ----+------------+-------+-------+------+------------+-----------------
            ana | 2026-02-01 | 10    | 3     | yes  | 2026-02-05 | 2026-02-28 23:00
            bob | 2026-02-01 | 10    | 1     | no   | 2026-01-05 | 2026-01-28 23:00
            cai | 2026-02-01 | 10    |       |      |            |
            """,
        members={
            "did order where gift is yes": "ana",
            "did order where gift is not yes": "bob cai",
            "did order where lines > 2": "ana",
            "did order where lines is one of 1, 2": "bob",
            "did order where delivered is since 2026-02-01": "ana",
            "did order where delivered is not in last 30 days": "bob cai",
            "did order where paid_at is in last 2 hours": "ana",
            "did order where paid_at is unknown": "cai",
        },
    )


def test_every_comparison_in_where(spec):
    """All comparisons stand in `where`; a negative one keeps the events that do not have the property."""
    spec(
        order="""
                | at         | total | lines | channel | delivered
            ----+------------+-------+-------+---------+-----------
            ana | 2026-02-01 | 10    | 1     | web     | 2026-02-03
            bob | 2026-02-01 | 20    | 2     | store   | 2026-02-04
            cai | 2026-02-01 | 30    |       |         |
            """,
        members={
            "did order where channel is none of web, phone": "bob cai",
            "did order where channel contains e": "ana bob",
            "did order where channel does not contain w": "bob cai",
            "did order where lines >= 2": "bob",
            "did order where lines < 2": "ana",
            "did order where lines <= 2": "ana bob",
            "did order where lines is not 2": "ana cai",
            "did order where total is between 20 and 30": "bob cai",
            "did order where lines is not between 2 and 3": "ana cai",
            "did order where lines is known": "ana bob",
            "did order where delivered is before 2026-02-04": "ana",
            "did order where delivered is after 2026-02-03": "bob",
            "did order where delivered is 2026-02-04": "bob",
        },
    )


def test_windows_of_every_unit(spec):
    """A window is the last N minutes, hours, days, weeks, months or years; without a number it is the last one."""
    spec(
        product_view="""
                | at
            ----+-----------------
            ana | 2026-02-28 23:50
            bob | 2026-02-28 20:00
            cai | 2026-02-25 12:00
            dee | 2026-02-10 12:00
            eve | 2025-06-01 12:00
            """,
        members={
            "did product_view in last 15 minutes": "ana",
            "did product_view in last 6 hours": "ana bob",
            "did product_view in the last day": "ana bob",
            "did product_view in last 2 weeks": "ana bob cai",
            "did product_view in last month": "ana bob cai dee",
            "did product_view in last 1 year": "ana bob cai dee eve",
        },
    )


def test_windows_by_day(spec):
    """A window may lie between two days, or before, after or since one; without a window it is ever."""
    spec(
        product_view="""
                | at
            ----+-----------
            ana | 2026-01-10
            bob | 2026-02-10
            """,
        members={
            "did product_view": "ana bob",
            "did product_view between 2026-01-01 and 2026-01-31": "ana",
            "did product_view before 2026-02-01": "ana",
            "did product_view after 2026-01-10": "bob",
            "did product_view since 2026-01-10": "ana bob",
            "did not product_view before 2026-02-01": "bob",
        },
    )


def test_bought_once_but_not_lately(spec):
    """The most used rule of win-back: has bought, but not in the last 180 days."""
    spec(
        people="cai",
        order="""
                | at         | total
            ----+------------+------
            ana | 2025-06-01 | 600
            bob | 2026-02-01 | 600
            """,
        members={
            "did order and did not order in last 180 days": "ana",
            "sum of total of order in last 730 days > 500 and did not order in last 180 days": "ana",
        },
    )


def test_a_property_belongs_to_its_event(spec):
    """Each event has its own properties: the price of a view is not the total of an order."""
    spec(
        product_view="""
                | at         | price
            ----+------------+------
            ana | 2026-02-01 | 10
            """,
        members={"max of price of product_view is 10": "ana"},
    )
    spec.refused({"max of price of order is 10": "no property called 'price'"})


def test_every_comparison_of_texts_in_where(spec):
    """Whatever is asked of a person's texts is asked of an event's too; a view without a brand is in the negatives."""
    spec(
        product_view="""
                | at         | brand
            ----+------------+------------
            ana | 2026-02-01 | North Face
            bob | 2026-02-01 | Nike
            cai | 2026-02-01 |
            """,
        members={
            "did product_view where (not (brand is Nike))": "ana cai",
            "did product_view where (not (brand is Nike and brand is known))": "ana cai",
            'did product_view where brand starts with "no"': "ana",
            'did product_view where brand does not start with "no"': "bob cai",
            'did product_view where brand ends with "e"': "ana bob",
            'did product_view where brand does not end with "e"': "cai",
            'did product_view where brand matches "n*e"': "ana bob",
            'did product_view where brand does not match "n?ke"': "ana cai",
            'did product_view where brand contains any of "ik", "zz"': "bob",
            'did product_view where brand contains none of "ik", "zz"': "ana cai",
            'did product_view where brand contains all of "north", "face"': "ana",
        },
        order="""
                | at         | brand
            ----+------------+-----------
            ana | 2026-02-01 | Nike, Puma
            bob | 2026-02-01 | Nike
            """,
    )


def test_sets_of_texts_in_where(spec):
    """An order's brands: all of them, or not all."""
    spec(
        order="""
                | at         | brand
            ----+------------+-----------
            ana | 2026-02-01 | Nike, Puma
            bob | 2026-02-01 | Nike
            """,
        members={
            "did order where brand has all of Nike, Puma": "ana",
            "did order where brand does not have all of Nike, Puma": "bob",
        },
    )


def test_every_comparison_of_dates_in_where(spec):
    """A date or time that an event carries is compared as one of a person is."""
    spec(
        order="""
                | at         | delivered
            ----+------------+-----------
            ana | 2026-02-01 | 2026-02-10
            bob | 2026-02-01 | 2026-03-05
            cai | 2025-02-01 | 2025-03-02
            dee | 2026-02-01 |
            """,
        members={
            "did order where delivered is on or before 2026-02-10": "ana cai",
            "did order where delivered is more than 30 days ago": "cai",
            "did order where delivered is between 10 and 20 days ago": "ana",
            "did order where delivered is in the next 7 days": "bob",
            "did order where delivered is not in the next 7 days": "ana cai dee",
            "did order where delivered is this month": "bob",
            "did order where delivered is not this month": "ana cai dee",
            "did order where delivered anniversary is in the next 7 days": "cai",
            "did order where delivered anniversary is this month": "cai",
        },
    )
