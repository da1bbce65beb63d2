"""Nothing, ties, shares.

What a number is when there is nothing to count: 0 for counts and sums, and no number at all for the others.
"""


def test_count_and_sum_of_nothing_are_zero(spec):
    """A person without events has a count of 0 and a sum of 0, and `at most 3 times` includes none at all."""
    spec(
        people="ana bob cai",
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 10
            ana | 2026-02-02 | 10
            ana | 2026-02-03 | 10
            ana | 2026-02-04 | 10
            bob | 2026-02-01 | 10
            """,
        members={
            "did order at most 3 times": "bob cai",
            "did order under 2 times": "bob cai",
            "did order exactly 0 times": "cai",
            "count of order is 0": "cai",
            "did order at least 0 times": "ana bob cai",
            "sum of total of order < 20": "bob cai",
            "sum of total of order is between -5 and 5": "cai",
            "did order over 0 times": "ana bob",
        },
    )


def test_average_minimum_and_maximum_of_nothing_match_no_comparison(spec):
    """Without orders there is no average, smallest or largest order, so no comparison holds, neither `< 100` nor `> 100`."""
    spec(
        people="ana bob",
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 10
            """,
        members={
            "average of total of order < 100": "ana",
            "average of total of order > 100": "",
            "min of total of order < 100": "ana",
            "max of total of order <= 100": "ana",
            "average of total of order is known": "ana",
            "average of total of order is unknown": "bob",
            "max of total of order is unknown": "bob",
        },
    )


def test_the_negative_of_a_measure_of_nothing_includes_it(spec):
    """`not` of such a comparison is everyone else, so people without orders are in it."""
    spec(
        people="ana bob",
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 10
            """,
        members={
            "not (average of total of order > 100)": "ana bob",
            "average of total of order is not 10": "bob",
            "min of total of order is not between 5 and 15": "bob",
        },
    )


def test_events_without_the_property_are_skipped(spec):
    """Sum, average, smallest, largest and distinct look only at events that have the property; the count looks at all."""
    spec(
        product_view="""
                | at         | price | brand
            ----+------------+-------+------
            ana | 2026-02-01 | 10    | Nike
            ana | 2026-02-02 |       |
            ana | 2026-02-03 | 30    | Nike
            bob | 2026-02-01 |       |
            """,
        members={
            "count of product_view is 3": "ana",
            "average of price of product_view is 20": "ana",
            "sum of price of product_view is 40": "ana",
            "sum of price of product_view is 0": "bob",
            "min of price of product_view is 10": "ana",
            "distinct count of brand of product_view is 1": "ana",
            "distinct count of brand of product_view is 0": "bob",
        },
    )


def test_the_average_is_exact(spec):
    """An average is compared without rounding: 10 / 3 is neither 3.33 nor 3.34."""
    spec(
        product_view="""
                | at         | price
            ----+------------+------
            ana | 2026-02-01 | 3
            ana | 2026-02-02 | 3
            ana | 2026-02-03 | 4
            """,
        members={
            "average of price of product_view > 3.3333333333": "ana",
            "average of price of product_view < 3.3333333334": "ana",
            "average of price of product_view is 3.33": "",
        },
    )


def test_empty_text_and_not_a_number_are_no_value(spec):
    """An empty cell, a cell of spaces and `NaN` in a column of numbers are no value."""
    spec.imported(
        """
        customer_id,city,age
        ana,Tampere,38
        bob,,NaN
        cai,"   ",
        """,
        kind="customers",
        as_of="2030-01-01",
        members={"city is known": "ana", "city is unknown": "bob cai", "age is unknown": "bob cai", "age > 0": "ana"},
    )


def test_answers_do_not_depend_on_the_order_of_rows(spec):
    """The same orders drawn in another order find the same people."""
    drawn = """
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 10
            bob | 2026-02-02 | 20
            ana | 2026-02-03 | 20
            """
    lines = drawn.splitlines()
    turned = "\n".join([*lines[:3], *reversed(lines[3:])])
    for table in (drawn, turned):
        spec(order=table, members={"sum of total of order >= 30": "ana", "average of total of order >= 20": "bob"})
