"""What shops do that no other system does: tokens for a day, codes that make a line cheaper, consents that end by themselves."""

from __future__ import annotations

from sources.local_server import serving
from sources.playing_shops import Shopify
from sources.pulling import Taken


def test_what_a_code_takes_off_a_line_is_off_that_line(tmp_path):
    """Else Shopify tells the line as dear as without its code, and the others bear a part of it."""
    shop = Shopify()
    shop.deeds[1].more = {"off_by_code": 20}
    with serving(shop.answer) as server:
        taken = Taken(shop, server, tmp_path)
        taken.sync()
    lines = [row for row in taken.rows["orders"] if row["coupon"] == "SPRING"]
    assert [row["line_total"] for row in lines] == ["42.75", "62.75"] and lines[0]["order_subtotal"] == "105.50"
