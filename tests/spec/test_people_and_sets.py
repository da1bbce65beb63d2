"""People and sets.

A condition is a question about one customer at one instant. Its smallest parts, the leaves, are each a set of
living people; `and`, `or` and `not` are intersection, union and complement of sets. So nothing is ever
"unknown": a person is in or out, and `not` is always safe.
"""


def test_a_leaf_is_a_set_of_people(spec):
    """A condition that asks one thing is the set of the people for whom it is so."""
    spec(
        people="""
                | city
            ----+---------
            ana | Tampere
            bob | Oulu
            """,
        members={'city is "Tampere"': "ana"},
    )


def test_and_or_not(spec):
    """`and` keeps those who are in all parts, `or` those who are in at least one, `not` those who are not in it."""
    spec(
        people="""
                | city    | points
            ----+---------+-------
            ana | Tampere | 50
            bob | Tampere | 5
            cai | Oulu    | 50
            dee | Oulu    | 5
            """,
        members={
            'city is "Tampere" and points > 10': "ana",
            'city is "Tampere" or points > 10': "ana bob cai",
            'not (city is "Tampere")': "cai dee",
            'not (city is "Tampere" or points > 10)': "dee",
        },
    )


def test_not_binds_before_and_and_and_before_or(spec):
    """Without parentheses `not` is done first, then `and`, then `or`; parentheses say otherwise."""
    spec(
        people="""
                | city    | points | subscribed
            ----+---------+--------+-----------
            ana | Tampere | 50     | no
            bob | Oulu    | 50     | yes
            cai | Oulu    | 5      | yes
            """,
        members={
            'city is "Tampere" or points > 10 and subscribed is yes': "ana bob",
            '(city is "Tampere" or points > 10) and subscribed is yes': "bob",
            'not city is "Tampere" and subscribed is yes': "bob cai",
        },
    )


def test_a_condition_and_its_opposite_part_everyone(spec):
    """Everyone is either in a condition or in its `not`: no one is in both, no one falls between, value or not."""
    spec(
        people="""
                | points
            ----+-------
            ana | 5
            bob | 50
            cai |
            """,
        members={"points > 10": "bob", "not (points > 10)": "ana cai", "points <= 10": "ana"},
    )


def test_negatives_include_people_without_a_value(spec):
    """ "Is not", "none of", "does not contain", "not between" and "not in last" are each NOT of their positive: people without the value are in."""
    spec(
        people="""
                | city    | points | joined
            ----+---------+--------+-----------
            ana | Tampere | 50     | 2026-02-20
            bob | Oulu    | 5      | 2020-01-01
            cai |         |        |
            """,
        members={
            'city is not "Tampere"': "bob cai",
            'city is none of "Tampere", "Turku"': "bob cai",
            'city does not contain "tam"': "bob cai",
            "points is not between 10 and 100": "bob cai",
            "joined is not in last 30 days": "bob cai",
            "city is unknown": "cai",
        },
    )


def test_negatives_inside_where_include_events_without_a_value(spec):
    """The same holds of events: `where brand is not "Nike"` keeps the views that have no brand."""
    spec(
        product_view="""
                | at         | brand
            ----+------------+------
            ana | 2026-02-01 | Nike
            bob | 2026-02-01 | Puma
            cai | 2026-02-01 |
            """,
        members={
            'did product_view where brand is not "Nike"': "bob cai",
            'did product_view where brand is "Nike"': "ana",
            'did not product_view where brand is "Nike"': "bob cai",
        },
    )


def test_to_leave_the_unknown_out_ask_that_it_is_known(spec):
    """Who wants "another city than Tampere, and a known one" says both."""
    spec(
        people="""
                | city
            ----+---------
            ana | Tampere
            bob | Oulu
            cai |
            """,
        members={'city is known and city is not "Tampere"': "bob"},
    )


def test_the_erased_and_the_merged_are_in_no_answer(spec):
    """People who were erased or merged away are not living: they are in no condition, and not in its opposite either."""
    spec(
        people="""
                | city
            ----+---------
            ana | Tampere
            bob | Tampere
            """,
        gone="bob",
        members={'city is "Tampere"': "ana", "city is unknown": "", 'city is not "Oulu"': "ana"},
    )


def test_in_segment_asks_the_current_definition(spec):
    """`in segment X` is X's current definition at the same instant, never a stored list; segments may name segments."""
    spec(
        people="ana bob cai",
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-20 | 900
            bob | 2025-01-01 | 900
            cai | 2026-02-20 | 10
            """,
        segments={
            "buyers": "did order where total > 0",
            "big-spenders": "in segment buyers and sum of total of order > 500",
        },
        members={
            "in segment big-spenders": "ana bob",
            'in segment "big-spenders" and did order in last 30 days': "ana",
            "is not in segment big-spenders": "cai",
        },
    )


def test_a_segment_is_asked_at_the_same_instant(spec):
    """With an earlier `--as-of`, the segments that a rule names are asked at that earlier instant too."""
    spec(
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-01-10 | 10
            bob | 2026-02-10 | 10
            """,
        segments={"recent": "did order in last 30 days"},
        as_of="2026-01-20",
        members={"in segment recent": "ana", "is not in segment recent": "bob"},
    )
