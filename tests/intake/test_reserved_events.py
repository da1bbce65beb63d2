"""What files of orders and deals become is not to be told by a message, by whatever key: the company's figures are read from it."""

from __future__ import annotations

import io

import pytest

from intake.posting import rows, send, shop, track
from lohko.steps.event_books import events_books
from lohko.steps.ingest import ingest
from lohko.steps.intake import events_rejected, events_retry
from lohko.steps.work import silent

_ORDERS = "Order ID,Date,Customer ID,SKU,Quantity,Unit price\no1,2026-01-02 10:00,c1,A1,2,10.00\n"
_RESERVED = ("order", " Order ", "order_line", "REFUND", "cancelled_order", "deal")


@pytest.mark.parametrize("known", [False, True])
def test_no_message_says_an_order_a_refund_or_a_deal(tmp_path, known):
    with shop(tmp_path / "shop") as work:
        if known:
            ingest(work, silent, stream=io.BytesIO(_ORDERS.encode()), name="o.csv", kind="order-lines", source="web")
            before = rows(work, "order", "total")
        for kind in ("public", "server"):
            sent = send(work, *[track(name, anonymous="x", total=99999, order_id="o1") for name in _RESERVED], kind=kind)
            assert (sent["stored"], sent["rejected"]) == (0, len(_RESERVED))
        assert events_rejected(work, silent)["by_reason"] == {"reserved_event": 2 * len(_RESERVED)}
        assert events_retry(work, silent)["used"] == 0
        assert send(work, track("Order Completed", anonymous="x", total=5), kind="public")["stored"] == 1
        assert events_books(work, silent, recount=True)["total"]["balanced"]
        if known:
            assert rows(work, "order", "total") == before
