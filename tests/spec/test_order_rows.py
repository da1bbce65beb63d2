"""Orders.

Whatever the source, its rows become orders, order lines, refunds and cancelled orders. These examples are files, brought in as a
user brings them.
"""

import pytest


def test_lines_with_one_order_id_are_one_order(spec):
    """The lines of an order id are one order: its total is their sum, its time is its earliest line's."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,brand,quantity,unit_price
        ana,1,2026-02-01 12:05,P1,Nike,2,10
        ana,1,2026-02-01 12:00,P2,Puma,1,5
        bob,2,2026-02-01 12:00,P1,Nike,1,10
        bob,3,2026-02-02 12:00,P1,Nike,1,15
        """,
        members={
            "did order exactly once where total = 25": "ana",
            "did order exactly twice": "bob",
            "max of lines of order is 2": "ana",
            "sum of quantity of order is 3": "ana",
            'did order where (brand is "Nike" and brand is "Puma")': "ana",
        },
    )


def test_the_time_of_an_order_is_its_earliest_lines(spec):
    """A later line does not move the order."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price
        ana,1,2026-02-02 00:01,P1,1,10
        ana,1,2026-02-01 23:59,P2,1,5
        """,
        members={"did order since 2026-02-02": "", "did order between 2026-02-01 and 2026-02-01": "ana"},
    )


def test_where_on_a_line_is_about_one_line(spec):
    """A `where` on order_line holds for one and the same line; an order has only the sum and the set of its lines."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,brand,quantity,unit_price
        ana,1,2026-02-01,P1,Nike,1,100
        ana,1,2026-02-01,P2,Puma,1,5
        bob,2,2026-02-01,P1,Nike,1,5
        bob,2,2026-02-01,P2,Puma,1,100
        """,
        members={
            'did order_line where (brand is "Puma" and total > 50)': "bob",
            'did order where (brand is "Puma" and total > 50)': "ana bob",
        },
    )


def test_a_negative_line_beside_positive_ones_is_a_discount(spec):
    """A negative line in an order that also sells something lowers the order's total and is its discount."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price
        ana,1,2026-02-01,P1,1,100
        ana,1,2026-02-01,COUPON,-1,10
        bob,2,2026-02-01,P1,1,100
        """,
        members={
            "did order where discount > 0": "ana",
            "sum of total of order is 90": "ana",
            "sum of discount of order is 10": "ana",
            "did refund": "",
        },
        books={"refunds": 0},
    )


def test_a_list_of_orders_may_state_the_discount(spec):
    """Where a file has one row per order, its discount is a column; the total is what was paid."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,total,discount
        ana,1,2026-02-01,90,10
        bob,2,2026-02-01,100,
        """,
        kind="orders",
        members={"did order where discount > 0": "ana", "sum of total of order is 90": "ana", "sum of discount of order is 0": "bob"},
    )


def test_lines_may_state_their_discount(spec):
    """A line's discount is taken off its price, and the order's discount is the sum of its lines'."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price,discount
        ana,1,2026-02-01,P1,2,50,10
        ana,1,2026-02-01,P2,1,20,0
        bob,2,2026-02-01,P1,1,50,
        """,
        members={"sum of total of order is 110": "ana", "sum of discount of order is 10": "ana", "did order where discount = 0": "bob"},
    )


def test_only_negative_lines_are_a_refund(spec):
    """Negative lines of an order that sells nothing are a refund, dated when it occurred; they are not an order."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price
        ana,1,2026-01-10,P1,1,100
        ana,C1,2026-02-20,P1,-1,100
        bob,2,2026-01-10,P1,1,100
        """,
        members={
            "did refund": "ana",
            "did refund in last 30 days": "ana",
            "sum of total of refund is 100": "ana",
            "did order exactly once": "ana bob",
            "sum of total of order is 100": "ana bob",
        },
        books={"refunds": 1},
    )


def test_a_return_under_the_orders_own_number_lowers_that_order(spec):
    """Where the shop writes a return into the order itself, the order is smaller; when all came back, its total is 0 and it is no purchase."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price
        ana,1,2026-01-10,P1,2,50
        bob,2,2026-01-10,P1,1,50
        """,
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price
        ana,1,2026-02-10,P1,-1,50
        bob,2,2026-02-10,P1,-1,50
        """,
        members={"sum of total of order is 50": "ana", "did order where total > 0": "ana", "did refund": "", "frequency is known": "ana"},
    )


def test_lines_without_an_order_number(spec):
    """Without order numbers, what a customer bought at the same moment is one order."""
    spec.imported(
        """
        customer_id,ordered_at,product_id,quantity,unit_price
        ana,2026-02-01 12:00,P1,1,10
        ana,2026-02-01 12:00,P2,1,20
        bob,2026-02-01 12:00,P1,1,10
        bob,2026-02-01 12:01,P2,1,20
        """,
        members={"did order exactly once": "ana", "did order exactly twice": "bob", "max of total of order is 30": "ana"},
    )


def test_numbers_of_another_source_are_others(spec):
    """Customer and order numbers belong to their source: order 1 of the till is not order 1 of the web shop, nor is customer 7."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,total
        7,1,2026-02-01,10
        """,
        """
        customer_id,order_id,ordered_at,total
        7,1,2026-02-01,10
        """,
        kind="orders",
        source="till",
        books={"accepted": 1, "duplicate": 0, "new_customers": 1},
    )


def test_a_free_order_is_an_order_but_not_a_purchase(spec):
    """An order whose total is 0 is an order, but RFM counts only orders with a total above 0."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price
        ana,1,2026-02-01,SAMPLE,1,0
        bob,2,2026-02-01,P1,1,10
        """,
        members={
            "did order": "ana bob",
            "did order where total > 0": "bob",
            "frequency is unknown": "ana",
            'rfm_group is "Prospects"': "ana",
        },
    )


def test_a_cancelled_order_is_not_an_order(spec):
    """A cancelled order is kept as such, and is no order."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,total,status
        ana,1,2026-02-01,100,cancelled
        bob,2,2026-02-01,100,paid
        cai,3,2026-02-01,100,Peruttu
        """,
        kind="orders",
        members={"did order": "bob", "did cancelled_order": "ana cai"},
    )


def test_a_stated_refund_is_taken_off_once(spec):
    """A column that states what was refunded makes one refund; the order's total stays as it was."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,total,refunded_amount
        ana,1,2026-02-01,100,30
        bob,2,2026-02-01,100,0
        """,
        kind="orders",
        members={
            "sum of total of order is 100": "ana bob",
            "sum of total of refund is 30": "ana",
            "monetary is 70": "ana",
            "monetary is 100": "bob",
        },
    )


def test_the_same_rows_again_add_nothing(spec):
    """Rows that are known already are counted as duplicates, in any file and any order, and also when numbers and dates are written otherwise."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price
        ana,1,2026-02-01,P1,1,2.50
        bob,2,2026-02-02,P1,1,10
        """,
        """
        customer_id;order_id;ordered_at;product_id;quantity;unit_price
        bob;2;2.2.2026;P1;1;10,00
        ana;1;1.2.2026;P1;1;2,5
        ana;3;3.2.2026;P1;1;5
        """,
        books={"received": 3, "accepted": 1, "duplicate": 2},
        members={"did order exactly twice": "ana", "did order exactly once": "bob", "sum of total of order is 7.5": "ana"},
    )


def test_equal_lines_in_one_file_stay(spec):
    """Two equal lines in one file are two lines: the customer bought the thing twice."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price
        ana,1,2026-02-01,P1,1,10
        ana,1,2026-02-01,P1,1,10
        """,
        books={"accepted": 2, "duplicate": 0},
        members={"sum of total of order is 20": "ana", "did order_line exactly twice": "ana"},
    )


def test_a_changed_order_is_kept_out_until_it_is_said_to_replace(spec):
    """An order row that comes again with another content is rejected as `changed_order`; with `--replace` it takes the old one's place."""
    before = """
        customer_id,order_id,ordered_at,total
        ana,1,2026-02-01,100
        """
    after = """
        customer_id,order_id,ordered_at,total
        ana,1,2026-02-01,80
        """
    spec.imported(
        before,
        after,
        kind="orders",
        books={"accepted": 0, "rejected_by_reason": {"changed_order": 1}},
        members={"sum of total of order is 100": "ana"},
    )
    spec.imported(before, after, kind="orders", replace=True, books={"accepted": 1}, members={"sum of total of order is 80": "ana"})


LINES = "customer_id,order_id,ordered_at,product_id,quantity,unit_price,refunded_amount,status"


@pytest.mark.parametrize(
    "after",
    [
        "ana,1,2026-02-01,P1,1,10,4,paid",
        "ana,1,2026-02-01,P1,1,10,0,cancelled",
        "ana,1,2026-02-01,P1,1,8,0,paid",
        ",1,2026-02-01,P1,1,10,0,paid",
    ],
)
def test_a_line_that_changed_is_kept_out_until_it_is_said_to_replace(spec, after):
    """A line that comes again as given back, as cancelled or with another sum is no second line: its order is rejected as `changed_order`, until `--replace`."""
    before = f"{LINES}\nana,1,2026-02-01,P1,1,10,0,paid\nana,1,2026-02-01,P2,2,5,0,paid"
    again = f"{LINES}\n{after}\nana,1,2026-02-01,P2,2,5,0,paid\nbob,2,2026-02-02,P1,1,7,0,paid"
    spec.imported(
        before,
        again,
        books={"accepted": 1, "duplicate": 1, "rejected_by_reason": {"changed_order": 1}},
        members={"sum of total of order is 20": "ana", "did refund": "", "did order exactly once": "ana bob"},
    )


def test_lines_of_an_order_may_come_in_several_files(spec):
    """Lines that were not there before are added to their order: other products, more of one, what came back; the same number of another customer is another order."""
    spec.imported(
        f"{LINES}\nana,1,2026-02-01,P1,1,10,0,paid",
        f"{LINES}\nana,1,2026-02-01,P1,1,10,0,paid\nana,1,2026-02-01,P1,1,9,0,paid\nana,1,2026-02-01,P2,1,10,0,paid",
        f"{LINES}\nana,1,2026-02-01,P1,-1,10,0,paid\nbob,1,2026-02-01,P1,1,12,0,paid",
        books={"accepted": 2, "duplicate": 0, "rejected_by_reason": {}},
        members={"sum of total of order is 19": "ana", "sum of total of order is 12": "bob"},
    )


def test_an_order_row_goes_before_its_lines(spec):
    """When both a list of orders and the lines of the same orders come in, the order row gives the total and the time, the lines the brands."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,brand,quantity,unit_price
        ana,1,2026-02-01,P1,Nike,1,100
        """,
        """
        customer_id,order_id,ordered_at,total
        ana,1,2026-02-02,95
        """,
        first_kind="order-lines",
        kind="orders",
        members={
            "did order exactly once": "ana",
            "sum of total of order is 95": "ana",
            "did order since 2026-02-02": "ana",
            "did order where brand is Nike": "ana",
        },
    )


def test_events_bring_their_own_properties(spec):
    """A file of events may have any columns: each becomes a property of the events that have it. The same message again is a duplicate."""
    spec.imported(
        """
        customer_id,event,at,message_id,brand,quiz_score
        ana,product_view,2026-02-01 10:00,m1,Nike,
        ana,product_view,2026-02-01 10:00,m1,Nike,
        bob,quiz_done,2026-02-02 10:00,m2,,7
        """,
        kind="events",
        books={"received": 3, "accepted": 2, "duplicate": 1},
        members={"did product_view where brand is Nike": "ana", "max of quiz_score of quiz_done > 5": "bob", "did not quiz_done": "ana"},
    )


def test_rows_without_a_customer_are_kept_and_counted(spec):
    """An order line without a customer is nobody's: it is kept and counted as anonymous."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price
        ana,1,2026-02-01,P1,1,10
        ,2,2026-02-01,P1,1,10
        """,
        books={"accepted": 2, "anonymous": 1, "customers": 1},
        members={"did order": "ana"},
    )


def test_rows_that_cannot_be_used_are_rejected_with_the_reason(spec):
    """A row without a time, or with a number that cannot be read, is kept apart with the reason; the others come in."""
    spec.imported(
        """
        customer_id,order_id,ordered_at,product_id,quantity,unit_price
        ana,1,2026-02-01,P1,1,10
        bob,2,,P1,1,10
        cai,3,2026-02-31,P1,1,10
        dee,4,2026-02-01,P1,1,ten
        """,
        books={"received": 4, "accepted": 1, "rejected": 3, "rejected_by_reason": {"bad_number": 1, "bad_time": 1, "no_time": 1}},
        members={"did order": "ana"},
    )


def test_a_personal_identity_code_is_masked(spec):
    """A Finnish personal identity code anywhere in a file is masked before anything is kept, and counted."""
    spec.imported(
        """
        customer_id,note
        ana,hetu 131052-308T
        bob,hetu 131052-308A
        """,
        kind="customers",
        as_of="2030-01-01",
        books={"masked": 1},
        members={'note contains "308T"': "", 'note contains "131052*****"': "ana", 'note contains "308A"': "bob"},
    )
