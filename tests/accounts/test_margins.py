"""What goods cost, and what is left: lines, orders, refunds and customers, by numbers made by hand; unknown stays unknown."""

from __future__ import annotations

import pytest

from formats import bringing
from formats.bringing import workspace
from lohko.base.errors import InputError
from lohko.steps.registry import STEPS
from lohko.steps.work import silent

# Cups cost 4 until the end of January and 5 then; a tin costs 2; nobody knows what a gift costs.
PRODUCTS = """SKU,Name,Cost price,Valid from
CUP,Cup,4,2026-01-01
cup,Cup,5,2026-02-01
TIN,Tin,2,2026-01-01
OLD,Old cup,,2026-01-01
"""
LINES = """customer_id,order_id,ordered_at,product_id,quantity,line_total
1,a,2026-01-10,CUP,3,30
1,a,2026-01-10,TIN,1,10
1,a,2026-01-10,,1,-5
2,b,2026-02-10,Cup,2,20
2,b,2026-02-10,GIFT,1,7
3,c,2025-12-10,CUP,1,10
4,d,2026-02-11,CUP,-1,-10
4,e,2026-02-10,CUP,2,24
"""
# a: 30 - 12, 10 - 2, and a discount of 5: 21.   b: 20 - 10, and a gift of unknown cost.   c: from before the first cost.
# e: 24 - 10 = 14.   d: a cup came back: 10 given back, less the cup's 5.


def of(work, event):
    """The margins of a kind of event, by order and total."""
    kind = work.schema().event(event)
    columns = ", ".join(kind.property(name).column for name in ("order_id", "total", "margin"))
    rows = work.store.cursor().execute(f"SELECT {columns} FROM {kind.table} ORDER BY 1, 2, 3").fetchall()
    return [(order, float(total), None if margin is None else float(margin)) for order, total, margin in rows]


def count(work, rule):
    return STEPS["count"](work, silent, condition=rule, as_of="2026-06-01")["count"]


WANTED_LINES = [
    ("a", -5.0, -5.0),
    ("a", 10.0, 8.0),
    ("a", 30.0, 18.0),
    ("b", 7.0, None),
    ("b", 20.0, 10.0),
    ("c", 10.0, None),
    ("e", 24.0, 14.0),
]
WANTED_ORDERS = [("a", 35.0, 21.0), ("b", 27.0, None), ("c", 10.0, None), ("e", 24.0, 14.0)]


@pytest.fixture(params=["products first", "orders first"], scope="module")
def work(request, tmp_path_factory):
    """The same either way; in the end the workspace is made again from its log and must be the same."""
    files = [(PRODUCTS, "products", "erp"), (LINES, "order-lines", "shop")]
    with workspace(tmp_path_factory.mktemp("margins")) as found:
        for text, kind, source in files if request.param == "products first" else reversed(files):
            assert bringing.bring(found, "file.csv", text, kind=kind, source=source)["rejected"] == 0
        yield found


def test_lines_orders_and_refunds(work):
    assert of(work, "order_line") == WANTED_LINES
    assert of(work, "order") == WANTED_ORDERS
    assert of(work, "refund") == [("d", 10.0, 5.0)]


def test_rules_ask_about_margins(work):
    """A sum is of the known margins; an order of unknown cost has none, and is not one of 0."""
    assert count(work, "sum of margin of order is over 20") == 1
    assert count(work, "sum of margin of order_line is 10") == 1
    assert count(work, "did order where margin is unknown") == 2
    assert count(work, "did order where margin is under 15") == 1
    assert count(work, "did order where costed_lines is 1") == 2
    assert count(work, "did order where costed_lines is 0") == 1


def test_coverage_is_told(work):
    """Of seven lines the cost of five is known, of four orders that of two; the known margin stands beside the revenue it is of."""
    found = STEPS["products"](work, silent, as_of="2026-06-01")["margin"]
    assert found == {
        "lines": 7, "costed_lines": 5, "orders": 4, "costed_orders": 2, "revenue": 96.0, "costed_revenue": 59.0, "margin": 35.0, "margin_share": 35 / 59,
    }  # fmt: skip


def test_rfm_by_margin(work):
    """Customer 1 left 21, customer 4 left 14 less the 5 of the cup that came back; 2 and 3 have no order of known margin, and no group."""
    found = STEPS["rfm"](work, silent, as_of="2026-06-01", value="margin")
    rows = {row["customer"]: (row["frequency"], row["monetary"], row["m"]) for row in found["customers"] if row["monetary"] is not None}
    assert sorted(rows.values()) == [(1, 9.0, 1), (1, 21.0, 3)]
    assert (found["buyers"], found["prospects"], found["of_unknown_margin"]) == (2, 0, 2)
    usual = STEPS["rfm"](work, silent, as_of="2026-06-01")
    assert (usual["buyers"], usual["of_unknown_margin"], sum(row["monetary"] for row in usual["customers"])) == (4, 0, 86.0)


def test_value_by_margin_without_any_cost(tmp_path):
    """Nothing tells what goods cost: that is said, and nobody is scored by 0."""
    with workspace(tmp_path) as found:
        bringing.bring(found, "file.csv", "customer_id,order_id,ordered_at,total\n1,a,2026-01-10,10\n", kind="orders")
        with pytest.raises(InputError) as error:
            STEPS["rfm"](found, silent, value="margin")
        assert error.value.code == "no_margins"
        assert STEPS["products"](found, silent)["margin"] is None


def test_a_cost_on_the_row_goes_first_and_a_later_list_changes_what_it_covers(tmp_path):
    """The row says 1 a piece; a list that comes later tells of the gift; what the order itself says was given back takes its share."""
    lines = "customer_id,order_id,ordered_at,product_id,quantity,line_total,unit_cost,refunded\n1,a,2026-01-10,CUP,2,20,1,5\n1,b,2026-01-10,GIFT,1,20,,10\n"
    with workspace(tmp_path) as found:
        assert bringing.bring(found, "file.csv", lines, kind="order-lines", source="shop")["rejected"] == 0
        assert of(found, "order") == [("a", 20.0, 18.0), ("b", 20.0, None)]
        assert of(found, "refund") == [("a", 5.0, 4.5), ("b", 10.0, None)]
        bringing.bring(found, "list.csv", "SKU,Name,Cost price\nCUP,Cup,9\nGIFT,Gift,12\n", kind="products", source="shop")
        assert of(found, "order") == [("a", 20.0, 18.0), ("b", 20.0, 8.0)]
        assert of(found, "refund") == [("a", 5.0, 4.5), ("b", 10.0, 4.0)]


def test_margins_are_net(tmp_path):
    """125.50 with VAT of 25.5 % is 100 net: cups of 30 leave 70."""
    lines = "customer_id,order_id,ordered_at,product_id,quantity,line_total\n1,a,2026-01-10,CUP,1,125.50\n"
    with workspace(tmp_path) as found:
        bringing.bring(found, "list.csv", "SKU,Name,Cost price\nCUP,Cup,30\n", kind="products", source="shop")
        bringing.bring(found, "file.csv", lines, kind="order-lines", source="shop", vat={"": "general"})
        assert of(found, "order") == [("a", 100.0, 70.0)]
