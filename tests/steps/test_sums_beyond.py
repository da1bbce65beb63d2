"""Numbers beyond any money, and the same file twice at once: a batch that counts can always be loaded, and counts once."""

from __future__ import annotations

import io
import threading

import pytest

from lohko.engine.store import fingerprint
from lohko.steps.ingest import ingest
from lohko.steps.work import silent
from lohko.wiring import open_work

LINES = "Order ID,Date,Customer ID,SKU,Quantity,Line total\n"
BARCODE = ("order-lines", LINES + "o1,2026-01-02 10:00,c1,A1,6414893000012,10.00\no2,2026-01-03 10:00,c2,A1,2,100.00\n")
COSTS = ("products", "SKU,Name,Cost\nA1,One,40.00\n")


def bring(work, kind, text):
    return ingest(work, silent, stream=io.BytesIO(text.encode()), name=f"{kind}.csv", kind=kind, source="web")


def of_orders(work, name):
    event = work.schema().event("order")
    item = event.property(name).column
    return [value for (value,) in work.store.cursor().execute(f'SELECT "{item}" FROM "{event.table}" ORDER BY order_key').fetchall()]


@pytest.mark.parametrize(
    "files",
    [
        [COSTS, BARCODE],
        [BARCODE, COSTS],
        [("order-lines", LINES + "o1,2026-01-02,c1,A1,1,60000000000000\no1,2026-01-02,c1,A2,2,60000000000000\n")],
        [("order-lines", LINES + "o1,2026-01-02,c1,A1,600000000000000000,1\no1,2026-01-02,c1,A2,600000000000000000,1\n")],
        [
            (
                "deals",
                "Deal ID,Company,Value,Status,Stage,Updated at\nd1,Firm 1,60000000000000,open,new,2026-01-01\nd2,Firm 1,60000000000000,open,new,2026-01-01\n",
            )
        ],
    ],
    ids=["costs, barcode", "barcode, costs", "total", "quantity", "deals"],
)
def test_what_no_money_holds_keeps_no_workspace_shut(place, files):
    """A barcode among the quantities, or a sum of many millions of millions, is not known; the other rows are, and a rebuild is the same."""
    with open_work(place, silent) as work:
        for kind, text in files:
            assert bring(work, kind, text)["rejected"] == 0
        if COSTS in files:
            assert [None if value is None else int(value) for value in of_orders(work, "margin")] == [None, 20]
        elif files[0][0] == "order-lines":
            assert (None in of_orders(work, "total")) is ("60000000000000\n" in files[0][1])
        before = fingerprint(work.store)
    with open_work(place, silent, again=True) as again:
        assert fingerprint(again.store) == before


def test_of_how_many_lines_the_cost_is_known_does_not_depend_on_when_it_was_told(place):
    """Orders without any known cost say the same before and after a rebuild."""
    with open_work(place, silent) as work:
        bring(work, "order-lines", LINES + "".join(f"o{n},2026-01-0{n},c{n},A{n},1,10\n" for n in (1, 2, 3)))
        bring(work, *COSTS)
        assert of_orders(work, "costed_lines") == [1, 0, 0]
    with open_work(place, silent, again=True) as again:
        assert of_orders(again, "costed_lines") == [1, 0, 0]


def test_the_same_file_twice_at_once_is_taken_once(work):
    """Rows of nobody are repeats only by their file, so the file itself has to be."""
    text = LINES + "o1,2026-01-02,,A1,1,10\no2,2026-01-02,,A1,1,10\no3,2026-01-02,c1,A1,1,10\n"
    found: list[int] = []
    both = [threading.Thread(target=lambda: found.append(bring(work, "order-lines", text)["accepted"])) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(found) == [0, 3]
