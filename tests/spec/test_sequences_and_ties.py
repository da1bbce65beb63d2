"""One after another.

What came first, what followed within a time and what did not, and events of one kind that belong to those of another.
"""

_CARTS = """
        | at
    ----+-----------------
    ana | 2026-02-26 10:00
    bob | 2026-02-26 10:00
    cai | 2026-02-28 20:00
    dee | 2026-02-01 10:00
    """


def test_one_then_another(spec):
    """`and ordered within T of that`: an order later than the cart, at most that long after it, to the instant with hours."""
    spec(
        add_to_cart=_CARTS,
        order="""
                | at
            ----+-----------------
            ana | 2026-02-27 10:00
            bob | 2026-02-27 10:01
            cai | 2026-02-28 19:00
            dee | 2026-02-01 10:00
            """,
        members={
            "did add_to_cart and did order within 24 hours of that": "ana",
            "did add_to_cart and did order within 1441 minutes of that": "ana bob",
            "did add_to_cart and did order after that": "ana bob",
        },
    )


def test_days_within_are_local_dates(spec):
    """`within 1 day`: on the same local date or the next."""
    spec(
        add_to_cart=_CARTS,
        order="""
                | at
            ----+-----------------
            ana | 2026-02-27 23:59
            bob | 2026-02-28 00:00
            """,
        members={
            "did add_to_cart and did order within 1 day of that": "ana",
            "did add_to_cart and did order within 2 days of that": "ana bob",
        },
    )


def test_one_and_not_another(spec):
    """`and did not order within T of that`: a cart whose time is over, and no order in it. One that may still be followed does not count yet."""
    spec(
        add_to_cart=_CARTS,
        order="""
                | at
            ----+-----------------
            ana | 2026-02-26 12:00
            """,
        members={
            "did add_to_cart in last 3 days and did not order within 24 hours of that": "bob",
            "did add_to_cart and did not order within 24 hours of that": "bob dee",
            "did add_to_cart in last 3 days and did not order within 1 hour of that": "ana bob cai",
            "did add_to_cart and did not order after that": "bob cai dee",
        },
    )


def test_a_chain_of_three(spec):
    """Steps follow one another: each within its time of the one before it."""
    spec(
        product_view="""
                | at
            ----+-----------------
            ana | 2026-02-26 09:00
            bob | 2026-02-26 09:00
            """,
        add_to_cart=_CARTS,
        order="""
                | at
            ----+-----------------
            ana | 2026-02-26 10:30
            """,
        members={
            "did product_view and did add_to_cart within 2 hours of that and did order within 1 hour of that": "ana",
            "did product_view and did add_to_cart within 2 hours of that and did not order within 1 hour of that": "bob",
        },
    )


def test_a_chain_in_a_window_with_where(spec):
    """The window is of the first event; each step may have a `where` of its own."""
    spec(
        add_to_cart="""
                | at         | brand
            ----+------------+------
            ana | 2026-02-26 | Nike
            bob | 2026-02-26 | Puma
            cai | 2026-01-26 | Nike
            """,
        order="""
                | at               | channel
            ----+------------------+--------
            ana | 2026-02-26 12:00 | web
            bob | 2026-02-26 12:00 | web
            cai | 2026-01-26 12:00 | web
            """,
        members={
            "did add_to_cart where brand is Nike in last 7 days and did order where channel is web within 1 day of that": "ana",
            "did add_to_cart where brand is Nike in last 7 days and did order where channel is store within 1 day of that": "",
        },
    )


def test_the_first_and_the_last_event(spec):
    """What the first or the last event had; of several at one instant it is enough that one has it."""
    spec(
        order="""
                | at         | channel
            ----+------------+--------
            ana | 2026-02-01 | web
            ana | 2026-02-20 | store
            bob | 2026-02-01 | store
            cai | 2026-02-01 | web
            cai | 2026-02-01 | store
            """,
        members={
            "first order has channel is web": "ana cai",
            "first order has channel is store": "bob cai",
            "last order has channel is store": "ana bob cai",
            "last order has channel is web": "cai",
            "last order in last 10 days has channel is store": "ana",
            "first order has (channel is web and channel is store)": "",
        },
    )


_LETTERS = """
        | at         | campaign
    ----+------------+---------
    ana | 2026-02-01 | spring
    ana | 2026-02-08 | shoes
    bob | 2026-02-01 | spring
    bob | 2026-02-08 | shoes
    cai | 2026-02-08 | shoes
    """


def test_events_tied_to_those_of_another_kind(spec):
    """Clicks belong to the newsletters they name: how many of those that came were clicked, or were not."""
    spec(
        email_received=_LETTERS,
        email_clicked="""
                | at         | campaign
            ----+------------+---------
            ana | 2026-02-09 | SHOES
            bob | 2026-02-09 | autumn
            """,
        members={
            "did email_received at least 2 times and clicked none of them": "bob",
            "did email_received at least 2 times and clicked at least 1 of them": "ana",
            "did email_received and clicked all of them": "",
            "did email_received in last 28 days and clicked none of them": "bob cai",
        },
    )


def test_the_latest_events(spec):
    """`in the latest N` are the person's last ones of those that count, and all that share the instant of the N-th."""
    spec(
        order="""
                | at         | channel
            ----+------------+--------
            ana | 2026-02-01 | web
            ana | 2026-02-02 | store
            ana | 2026-02-03 | store
            bob | 2026-02-01 | store
            bob | 2026-02-02 | web
            cai | 2026-02-01 | store
            cai | 2026-02-02 | web
            cai | 2026-02-02 | store
            """,
        members={
            "count of order in the latest 1 is 2": "cai",
            "share of order in the latest 2 that has channel is store is at least 100 %": "ana",
            "share of order that has channel is web is at least 50 %": "bob",
        },
    )
