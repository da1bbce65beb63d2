"""A source's own totals against Lohko's: each line is a count that can be checked, and together they are the difference."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lohko.base.errors import InputError
from lohko.steps.not_customers import exclude_customers
from lohko.steps.reconcile import reconcile
from lohko.steps.work import silent
from quality.bringing import bring

HEADER = "customer_id,email,order_id,ordered_at,total,status,currency,refunded"
ORDERS = """c1,,o1,2026-01-05,100,paid,EUR,
c2,,o2,2026-01-15,50,paid,EUR,10
c3,,o3,2026-02-05,30,cancelled,EUR,
c4,,o4,2026-02-06,7,paid,XTS,
,guest@x.fi,o5,2026-02-07,20,paid,EUR,
,,o6,2026-02-08,5,paid,EUR,
c9,,o7,2026-02-09,1000,paid,EUR,
c1,,o8,2026-02-30,60,paid,EUR,
c1,,o9,2026-02-10,0,paid,EUR,
"""
CUSTOMERS = "".join(f"c{n},u{n}@x.fi,Turku\n" for n in range(1, 10)) + ",,Nowhere\n"


@pytest.fixture
def filled(work):
    bring(work, CUSTOMERS, "customers")
    bring(work, ORDERS, header=HEADER)
    exclude_customers(work, silent, entries=["c9"], reason="test")
    return work


def lines(part):
    """The lines of a total, after it was seen that they make the difference."""
    total = sum((Decimal(str(line["value"])) for line in part["lines"]), Decimal(0))
    assert Decimal(str(part["stated"])) + total == Decimal(str(part["lohko"]))
    assert Decimal(str(part["difference"])) == total
    assert part["lines"][-1]["code"] == "not_explained"
    return {line["code"]: line["value"] for line in part["lines"]}


def test_customers_orders_and_revenue(filled):
    """Guests, those who are no customers, cancelled, anonymous, free, rejected and foreign orders each have their line; nothing is left over."""
    found = reconcile(filled, silent, source="shop", customers=10, orders=9, revenue="1265", holds=["cancelled", "refunds"])
    customers, orders, revenue = found["compared"]
    assert lines(customers) == {"guests": 1, "not_customers:test": -1, "rejected": -1, "not_explained": 0} and customers["lohko"] == 9
    assert lines(orders) == {
        "cancelled": -1, "anonymous": -1, "not_customers:test": -1, "free": -1, "other_currency": -1, "rejected": -1, "not_explained": 0,
    }  # fmt: skip
    assert orders["lohko"] == 3
    assert lines(revenue) == {
        "refunds": -10,
        "cancelled": -30,
        "anonymous": -5,
        "not_customers:test": -1000,
        "rejected": -60,
        "not_explained": 0,
    }
    assert revenue["lohko"] == 160


WHOLE = """customer_id,order_id,ordered_at,status,order shipping,order tax,order total,refunded,quantity,unit_price,product_name
a,1,2026-01-05,paid,6.00,21.57,106.00,,1,60.00,Mug
a,1,2026-01-05,,,,,,1,40.00,Bowl
b,2,2026-01-06,paid,0.00,10.16,50.00,,1,50.00,Gift card
a,3,2026-01-07,paid,5.00,7.11,35.00,12.00,1,30.00,Mug
c,4,2026-01-08,cancelled,5.00,7.11,35.00,,1,30.00,Mug
d,5,2026-01-09,paid,5.00,10.16,50.00,,1,45.00,Mug
e,6,2026-01-10,paid,5.00,10.20,55.20,20.00,1,40.00,Mug
"""


@pytest.mark.parametrize(
    ("holds", "stated", "names"),
    [
        (None, "214.20", {"vat", "shipping", "gift_cards"}),
        (("vat", "shipping", "gift-cards"), "264.20", {"vat", "shipping"}),
        (("vat", "shipping", "gift-cards", "refunds"), "296.20", {"vat", "shipping", "refunds"}),
        (("vat", "shipping", "gift-cards", "refunds", "cancelled"), "331.20", {"vat", "shipping", "refunds", "cancelled"}),
        (("shipping", "gift-cards", "refunds"), "237.00", {"shipping", "refunds"}),
    ],
)
def test_a_shops_sales_are_explained_to_the_cent(work, holds, stated, names):
    """VAT, shipping and refunds of whole orders, in whatever of them the shop counts: of prices with VAT, and of one order without."""
    bring(work, WHOLE.split("\n", 1)[1], "order-lines", header=WHOLE.split("\n", 1)[0])
    [revenue] = reconcile(work, silent, source="shop", revenue=stated, holds=holds)["compared"]
    found = lines(revenue)
    assert found.pop("not_explained") == 0 and found.keys() == names


@pytest.mark.parametrize(
    ("holds", "worth"),
    [(None, -98), (["vat"], -92), (["shipping"], -78.08), (["vat", "shipping", "refunds"], -106)],
)
def test_of_a_rejected_order_its_own_total_is_what_is_missing(work, holds, worth):
    """Shipping and what was refunded are in what the shop states of it, and lines are not; an order of lines alone is worth its lines."""
    header, rows = WHOLE.split("\n", 1)
    for line in (
        "f,9,2026-01-11,paid,6.00,19.92,98.00,8.00,x,46.00,Mug",
        "f,9,2026-01-11,,,,,,y,46.00,Mug",
        "g,10,2026-01-12,paid,,,,,z,8.00,Mug",
    ):
        rows += line + "\n"
    bring(work, rows, "order-lines", header=header)
    [revenue] = reconcile(work, silent, source="shop", revenue="500", holds=holds)["compared"]
    assert lines(revenue)["rejected"] == worth


OF_LINES = """c1,o1,2026-01-05,2,20,paid
c1,o1,2026-01-05,x,7.50,paid
c1,o1,2026-01-05,y,2.50,paid
c2,o2,2026-02-03,1,30,paid
c3,o3,2026-02-04,1,40,cancelled
c3,o3,2026-02-04,x,5,cancelled
"""


def test_rejected_lines_of_orders_that_are_in_have_their_line(work):
    """Orders are not missing, but some of their goods are: counted in the order's window, and once, in however many files they are rejected."""
    header = "customer_id,order_id,ordered_at,quantity,line_total,status"
    bring(work, OF_LINES, "order-lines", header=header)
    bring(work, OF_LINES + "c4,o4,2026-02-05,1,1,paid\n", "order-lines", header=header, name="again.csv")
    orders, revenue = reconcile(work, silent, source="shop", orders=3, revenue="61")["compared"]
    assert lines(orders) == {"not_explained": 0} and lines(revenue) == {"rejected_lines": -10, "not_explained": 0}
    [revenue] = reconcile(work, silent, source="shop", revenue="31", since="2026-02-01")["compared"]
    assert lines(revenue) == {"not_explained": 0}
    [revenue] = reconcile(work, silent, source="shop", revenue="76", since="2026-02-01", holds=["cancelled"])["compared"]
    assert lines(revenue) == {"cancelled": -40, "rejected_lines": -5, "not_explained": 0}


def test_rejected_lines_that_came_in_mended_are_missing_no_more(work):
    """The corrected file brings the line; of an order that another file tells of as a whole no line is missing at all."""
    header = "customer_id,order_id,ordered_at,quantity,line_total,status"
    bring(work, OF_LINES, "order-lines", header=header)
    bring(work, OF_LINES.replace(",x,", ",1,").replace(",y,", ",1,"), "order-lines", header=header, name="mended.csv")
    [revenue] = reconcile(work, silent, source="shop", revenue="60")["compared"]
    assert lines(revenue) == {"not_explained": 0}


def test_of_an_order_that_is_told_as_a_whole_no_line_is_missing(work):
    """Its total is what the file of orders says, whichever of its lines are in."""
    bring(work, OF_LINES, "order-lines", header="customer_id,order_id,ordered_at,quantity,line_total,status")
    bring(work, "c1,o1,2026-01-05,30\n", header="customer_id,order_id,ordered_at,total")
    [revenue] = reconcile(work, silent, source="shop", revenue="60")["compared"]
    assert lines(revenue) == {"not_explained": 0}


TIPPED = """customer_id,order_id,ordered_at,order subtotal,order shipping,order tax,order total,refunded,quantity,unit_price,product_name
a,1,2026-01-05,100.00,6.00,21.54,106.00,,1,60.00,Mug
a,1,2026-01-05,,,,,,1,40.00,Bowl
b,2,2026-01-06,40.00,0.00,8.13,43.00,,1,40.00,Mug
c,3,2026-01-07,100.00,20.00,0.00,132.00,,1,100.00,Mug
d,4,2026-01-09,50.00,0.00,10.16,55.00,11.00,1,50.00,Mug
"""


@pytest.mark.parametrize(("holds", "stated", "charges"), [(None, "325.00", -19), (["vat", "shipping"], "306.00", None)])
def test_tips_and_duties_have_a_line_of_their_own(work, holds, stated, charges):
    """Tips of 3 and 5, duties of 12, and a fifth of the second tip paid back: they are paid and are no revenue of goods."""
    header, rows = TIPPED.split("\n", 1)
    bring(work, rows, "order-lines", header=header)
    [revenue] = reconcile(work, silent, source="shop", revenue=stated, holds=holds)["compared"]
    found = lines(revenue)
    assert (found["not_explained"], found.get("charges")) == (0, charges)


def test_totals_that_hold_their_shipping(work):
    """Where orders say what of their total was shipping it is in Lohko's revenue too; tax of a column is the VAT."""
    bring(work, "c1,o1,2026-01-05,124,24,6.20\nc2,o2,2026-01-06,62,12,0\n", header="customer_id,order_id,ordered_at,total,tax,shipping")
    for stated, holds, expected in (
        ("186", None, {"vat": -36, "not_explained": 0}),
        ("179.80", ["vat"], {"vat": -36, "shipping_held": 6.2, "not_explained": 0}),
        ("150", ["shipping"], {"not_explained": 0}),
    ):
        [revenue] = reconcile(work, silent, source="shop", revenue=stated, holds=holds)["compared"]
        assert lines(revenue) == expected


def test_what_is_rejected_in_file_after_file_is_one(work):
    """And nothing, once another row brought it in; sums are read as the file's numbers are."""
    kept = "".join(f"c{n},u{n}@x.fi,2026-01-01\n" for n in range(9))
    header = {"orders": "customer_id,order_id,ordered_at,total", "customers": "customer_id,email,updated_at"}
    for name, more in (("a", ""), ("b", "c99,late@x.fi,2026-01-02\n")):
        bring(
            work,
            kept + "c10,x@x.fi,2026-13-45\nc99,late@x.fi,2026-14-01\n" + more,
            "customers",
            header=header["customers"],
            name=f"{name}.csv",
        )
        bring(work, f'c1,{name},2026-01-05,"10,50"\nc1,bad,32.1.2026,"1 234,50 €"\n', header=header["orders"], name=f"{name}-orders.csv")
    found = reconcile(work, silent, source="shop", customers=11, orders=3, revenue="1255.50")["compared"]
    assert [lines(part) for part in found] == [
        {"rejected": -1, "not_explained": 0},
        {"rejected": -1, "not_explained": 0},
        {"rejected": -1234.5, "not_explained": 0},
    ]


def test_what_is_left_over_is_named(filled):
    """A figure that the data does not explain stands as not explained."""
    [customers] = reconcile(filled, silent, source="shop", customers=312_408)["compared"]
    assert lines(customers)["not_explained"] == 9 - 312_408 - (1 - 1 - 1)


def test_months_and_windows(filled):
    """Each month by itself; rows whose day cannot be read belong to none."""
    months = [{"month": "2026-01", "orders": "2", "revenue": "150"}, {"month": "2026-02", "orders": "7", "revenue": ""}]
    january, february = reconcile(filled, silent, source="shop", months=months, holds=["cancelled"])["months"]
    assert [lines(part) for part in january["compared"]] == [{"not_explained": 0}, {"not_explained": -10}]
    assert lines(february["compared"][0])["not_explained"] == -1
    [orders] = reconcile(filled, silent, source="shop", orders=2, since="2026-01-01", until="2026-02-01")["compared"]
    assert orders["lohko"] == 2 and lines(orders) == {"not_explained": 0}


def test_what_cannot_be_compared(filled):
    """A mistake is a sentence."""
    for asked, code in (
        ({"source": "shop"}, "nothing_stated"),
        ({"source": "sohp", "orders": 1}, "unknown_source"),
        ({"source": "shop", "revenue": "much"}, "bad_number"),
        ({"source": "shop", "orders": 1, "holds": ["vatt"]}, "unknown_total"),
        ({"source": "shop", "months": [{"month": "January"}]}, "bad_month"),
    ):
        with pytest.raises(InputError) as refused:
            reconcile(filled, silent, **asked)
        assert refused.value.code == code


def test_orders_that_the_shop_has_changed_since_have_their_line(work):
    """Given back, cancelled or of another sum: as the last file says it, until it is said to replace; what is equal in both is no part of it."""
    header = "customer_id,order_id,ordered_at,total,status,refunded"
    rows = "c1,o1,2026-01-05,100,paid,\nc2,o2,2026-01-15,50,paid,10\nc3,o3,2026-02-05,30,paid,\nc4,o4,2026-02-06,7,paid,\n"
    bring(work, rows, header=header)
    turned = (
        rows.replace("o1,2026-01-05,100,paid,", "o1,2026-01-05,100,paid,25")
        .replace("30,paid", "30,cancelled")
        .replace(",7,paid", ",9,paid")
    )
    bring(work, turned.replace(",9,paid", ",8,paid"), header=header, name="between.csv")
    bring(work, turned, header=header, name="later.csv")
    orders, revenue = reconcile(work, silent, source="shop", orders=3, revenue="124")["compared"]
    assert lines(orders) == {"changed_order": 1, "not_explained": 0}
    assert lines(revenue) == {"changed_order": 53, "not_explained": 0}
    orders, revenue = reconcile(work, silent, source="shop", orders=4, revenue="189", holds=["refunds", "cancelled"])["compared"]
    assert lines(orders) == {"not_explained": 0} and lines(revenue) == {"refunds": -10, "changed_order": -2, "not_explained": 0}
    [revenue] = reconcile(work, silent, source="shop", revenue="115", until="2026-02-01")["compared"]
    assert lines(revenue) == {"changed_order": 25, "not_explained": 0}
    bring(work, turned, header=header, name="later.csv", replace=True)
    orders, revenue = reconcile(work, silent, source="shop", orders=3, revenue="124")["compared"]
    assert lines(orders) == lines(revenue) == {"not_explained": 0}


def test_changed_lines_are_set_against_the_lines_of_their_product(work):
    """Of an order whose other lines are as they were; with VAT and shipping where the file says them."""
    header = "customer_id,order_id,ordered_at,order subtotal,order shipping,order tax,order total,refunded,quantity,unit_price,product_name"
    rows = "a,1,2026-01-05,100.00,6.00,21.54,106.00,,1,60.00,Mug\na,1,2026-01-05,,,,,,1,40.00,Bowl\nb,2,2026-01-06,40.00,0.00,8.13,40.00,,1,40.00,Mug\n"
    bring(work, rows, "order-lines", header=header)
    bring(work, rows.replace("40.00,,1,40.00,Mug", "40.00,20.00,1,40.00,Mug"), "order-lines", header=header, name="later.csv")
    [revenue] = reconcile(work, silent, source="shop", revenue="126")["compared"]
    found = lines(revenue)
    assert (found["changed_order"], found["not_explained"]) == (20, 0)
    plain = "customer_id,order_id,ordered_at,quantity,line_total,product_name"
    bring(work, "d,9,2026-03-01,1,10,Mug\nd,9,2026-03-01,1,5,Bowl\n", "order-lines", header=plain, name="third.csv")
    found = bring(work, "d,9,2026-03-01,2,20,Mug\nd,9,2026-03-01,1,5,Bowl\n", "order-lines", header=plain, name="fourth.csv")
    assert found["rejected_by_reason"] == {"changed_order": 1}
    [revenue] = reconcile(work, silent, source="shop", revenue="25", since="2026-03-01")["compared"]
    assert lines(revenue) == {"changed_order": -10, "not_explained": 0}


def test_an_order_in_another_currency_is_named_beside_what_is_not_explained(work):
    """Its worth is not known, so it can be no line of money."""
    bring(work, "c1,o1,2026-01-05,100,EUR\nc2,o2,2026-01-05,100,XTS\n", header="customer_id,order_id,ordered_at,total,currency")
    [revenue] = reconcile(work, silent, source="shop", revenue="110")["compared"]
    assert revenue["lines"][-1]["text"].startswith("not explained, among it 1 in another currency")
