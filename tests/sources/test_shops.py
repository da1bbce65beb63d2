"""What shops do that no other system does: tokens for a day, codes that make a line cheaper, consents that end by themselves."""

from __future__ import annotations

import pytest

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.outgoing import Outgoing
from lohko.sources.kind import Reach
from sources.local_server import serving
from sources.playing import KEY
from sources.playing_shops import Shopify, ShopifyOfToday
from sources.pulling import Taken


def test_an_app_of_the_dev_dashboard_asks_once_a_sync_for_a_token_of_its_own(tmp_path, monkeypatch):
    shop = ShopifyOfToday()
    with serving(shop.answer) as server:
        taken = Taken(shop, server, tmp_path)
        assert taken.sync() > 20
        shop.today = "shpat_of_tomorrow"
        assert taken.sync() == 0
        assert [asked.path for asked in server.asked].count("/admin/oauth/access_token") == 1
        with Outgoing({server.host}) as client:
            reach = Reach(taken.settings, client, now(), tmp_path)
            assert "13 customers" in taken.kind.check(reach)
            monkeypatch.setenv("PLAYED_KEY", KEY + "wrong")
            with pytest.raises(InputError) as caught:
                taken.kind.check(reach)
    assert caught.value.code == "source_unauthorised" and KEY not in str(caught.value)


def test_what_a_code_takes_off_a_line_is_off_that_line(tmp_path):
    """Else Shopify tells the line as dear as without its code, and the others bear a part of it."""
    shop = Shopify()
    shop.deeds[1].more = {"off_by_code": 20}
    with serving(shop.answer) as server:
        taken = Taken(shop, server, tmp_path)
        taken.sync()
    lines = [row for row in taken.rows["orders"] if row["coupon"] == "SPRING"]
    assert [row["line_total"] for row in lines] == ["42.75", "62.75"] and lines[0]["order_subtotal"] == "105.50"
