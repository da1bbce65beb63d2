"""RFM.

Recency is how many whole days ago the last purchase was, frequency how many purchases there are, monetary value their sum. Each
becomes a score from 1 to 5 that compares a customer with all customers who have bought; the three scores together name a group.
"""

from lohko.maths.rfm import Cuts


def test_recency_frequency_and_monetary_value(spec):
    """Recency counts whole days of 24 hours, unlike windows; frequency counts orders above 0; monetary value is their sum."""
    spec.scores(
        order="""
                | at               | total
            ----+------------------+------
            ana | 2026-01-01 12:00 | 10
            ana | 2026-02-27 12:00 | 20
            bob | 2026-02-28 23:00 | 5
            """,
        as_of="2026-03-01T12:00",
        scores="""
                | recency_days | frequency | monetary
            ----+--------------+-----------+---------
            ana | 2            | 2         | 30
            bob | 0            | 1         | 5
            """,
    )


def test_scores_compare_with_all_buyers(spec):
    """Score = 1 + 5 × (number of buyers strictly worse) ÷ (number of buyers), rounded down, for each of the three."""
    spec.scores(
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-28 | 500
            bob | 2026-02-20 | 100
            cai | 2026-01-01 | 50
            dee | 2025-06-01 | 20
            eve | 2024-01-01 | 10
            """,
        scores="""
                | recency_days | r | f | m | group
            ----+--------------+---+---+---+--------------
            ana | 1            | 5 | 1 | 5 | promising
            bob | 9            | 4 | 1 | 4 | promising
            cai | 59           | 3 | 1 | 3 | promising
            dee | 273          | 2 | 1 | 2 | hibernating
            eve | 790          | 1 | 1 | 1 | lost
            """,
    )


def test_equal_values_score_equal(spec):
    """Ties share one score, whatever the order of the rows: most customers have bought once, and all of them get the same frequency score."""
    spec.scores(
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 10
            bob | 2026-02-01 | 10
            cai | 2026-02-01 | 10
            dee | 2026-02-01 | 10
            dee | 2026-02-10 | 10
            """,
        scores="""
                | frequency | r | f | m
            ----+-----------+---+---+---
            ana | 1         | 1 | 1 | 1
            bob | 1         | 1 | 1 | 1
            cai | 1         | 1 | 1 | 1
            dee | 2         | 4 | 4 | 4
            """,
    )


def test_a_shop_with_one_buyer(spec):
    """A single buyer is worse than no one and better than no one: 111."""
    spec.scores(
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 10
            """,
        scores="""
                | r | f | m | group
            ----+---+---+---+------
            ana | 1 | 1 | 1 | lost
            """,
    )


def test_refunds_are_taken_off_the_sum(spec):
    """Refunds lower the monetary value, not the number of orders; with `--refunds ignore` they are left out."""
    drawn = {
        "order": """
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 100
            """,
        "refund": """
                | at         | total
            ----+------------+------
            ana | 2026-02-10 | 30
            """,
    }
    spec.scores(
        **drawn,
        scores="""
                | frequency | monetary
            ----+-----------+---------
            ana | 1         | 70
            """,
    )
    spec.scores(
        **drawn,
        refunds="ignore",
        scores="""
                | frequency | monetary
            ----+-----------+---------
            ana | 1         | 100
            """,
    )


def test_people_without_a_purchase_are_prospects(spec):
    """Someone who has not bought has no scores and is in the group Prospects; a free order does not change that."""
    spec.scores(
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 100
            bob | 2026-02-01 | 0
            """,
        product_view="""
                | at         | brand
            ----+------------+------
            cai | 2026-02-01 | Nike
            """,
        scores="""
                | recency_days | r | group
            ----+--------------+---+----------
            ana | 28           | 1 | lost
            bob |              |   | prospects
            cai |              |   | prospects
            """,
    )


def test_a_free_order_is_no_purchase(spec):
    """A free order moves neither recency nor frequency."""
    spec.scores(
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-01 | 10
            ana | 2026-02-20 | 0
            """,
        scores="""
                | recency_days | frequency | monetary
            ----+--------------+-----------+---------
            ana | 28           | 1         | 10
            """,
    )


def test_orders_at_the_instant_asked_about_are_not_there_yet(spec):
    """RFM of a day is what was so as the day began."""
    spec.scores(
        order="""
                | at               | total
            ----+------------------+------
            ana | 2026-02-28 23:59 | 10
            ana | 2026-03-01 00:00 | 10
            """,
        as_of="2026-03-01",
        scores="""
                | recency_days | frequency | monetary
            ----+--------------+-----------+---------
            ana | 0            | 1         | 10
            """,
    )


def test_a_window_leaves_out_what_is_older(spec):
    """With a window only its orders and refunds count; who bought only before it has no scores."""
    spec.scores(
        order="""
                | at         | total
            ----+------------+------
            ana | 2025-01-01 | 500
            ana | 2026-02-01 | 10
            bob | 2025-01-01 | 500
            """,
        refund="""
                | at         | total
            ----+------------+------
            ana | 2025-01-10 | 5
            """,
        days=365,
        scores="""
                | recency_days | frequency | monetary | group
            ----+--------------+-----------+----------+----------
            ana | 28           | 1         | 10       | lost
            bob |              |           |          | prospects
            """,
    )


def test_the_erased_are_not_compared_with(spec):
    """Scores compare with living buyers: someone erased makes no one better."""
    spec(
        people="ana",
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-20 | 500
            bob | 2025-01-01 | 10
            """,
        gone="bob",
        members={'rfm_score is "111"': "ana", "rfm_r > 1": ""},
    )


def test_fixed_cut_points(spec):
    """With cut points of its own a shop says where each score begins; a value at a cut point has the better score, for recency the worse."""
    spec.scores(
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-28 | 500
            bob | 2026-01-30 | 50
            bob | 2026-01-30 | 49.99
            """,
        cuts=Cuts([30, 90, 180, 365], [2, 3, 4, 6], [50, 100, 250, 500]),
        scores="""
                | recency_days | frequency | monetary | r | f | m
            ----+--------------+-----------+----------+---+---+---
            ana | 1            | 1         | 500      | 5 | 1 | 5
            bob | 30           | 2         | 99.99    | 4 | 2 | 2
            """,
    )


def test_rfm_values_can_be_asked_about(spec):
    """recency_days, frequency, monetary, the scores and the group stand in rules like any attribute."""
    spec(
        people="ana bob cai",
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-28 | 500
            ana | 2026-02-20 | 500
            bob | 2025-01-01 | 10
            """,
        members={
            "recency_days <= 30": "ana",
            "frequency is at least 2": "ana",
            "monetary > 500": "ana",
            "rfm_r is 3 and rfm_f is 3 and rfm_m is 3": "ana",
            'rfm_score is "333"': "ana",
            "RFM score is 111": "bob",
            "recency_days is unknown": "cai",
            "monetary <= 0": "",
        },
    )


def test_the_group_goes_by_any_of_its_names(spec):
    """A group may be named by its English or Finnish title or its id, in any case; "is not" includes those who have not bought."""
    spec(
        people="ana bob cai",
        order="""
                | at         | total
            ----+------------+------
            ana | 2026-02-28 | 500
            ana | 2026-02-20 | 500
            bob | 2025-01-01 | 10
            """,
        members={
            'RFM group is "Lost"': "bob",
            "rfm_group is Menetetyt": "bob",
            'rfm_group is "ei vielä ostaneet"': "cai",
            'rfm_group is one of lost, "Prospects"': "bob cai",
            "rfm_group is not Lost": "ana cai",
        },
    )
