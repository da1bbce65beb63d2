"""What shops do that no other system does: tokens for a day, codes that make a line cheaper, consents that end by themselves."""

from __future__ import annotations

import pytest

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.formats.shopify_records import customer_row, customer_row_of_rest, order_rows_of_rest
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


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("SUBSCRIBED", {"consent_email": "2026-01-01T10:00:00Z"}),
        ("UNSUBSCRIBED", {"optout_email": "2026-01-01T10:00:00Z"}),
        ("INVALID", {"optout_email": "yes"}),
        ("REDACTED", {"optout_email": "yes"}),
        ("PENDING", {}),
        ("NOT_SUBSCRIBED", {}),
    ],
)
def test_an_address_that_is_no_good_or_erased_ends_its_consent(state, said):
    """The time beside it is still that at which the consent was given."""
    mail = {"emailAddress": "anna@example.fi", "marketingState": state, "marketingUpdatedAt": "2026-01-01T10:00:00Z"}
    rest = {"state": state.lower(), "consent_updated_at": "2026-01-01T10:00:00Z"}
    for row in (
        customer_row({"legacyResourceId": "7", "defaultEmailAddress": mail}),
        customer_row_of_rest({"id": 7, "updated_at": "2026-03-01T10:00:00Z", "email_marketing_consent": rest}),
    ):
        assert {name: value for name, value in row.items() if name.startswith(("consent_", "optout_"))} == said


def test_what_is_given_back_in_the_customers_currency_counts_in_the_shops():
    total = {"shop_money": {"amount": "100.00", "currency_code": "EUR"}, "presentment_money": {"amount": "1150.00", "currency_code": "SEK"}}
    back = [{"kind": "refund", "status": "success", "amount": "460.00", "currency": "SEK"}]
    order = {"name": "#1", "created_at": "2026-03-01T12:00:00Z", "currency": "EUR", "total_price": "100.00", "total_price_set": total}
    line = {"sku": "T1", "quantity": 1, "price": "100.00"}
    rows = order_rows_of_rest({**order, "line_items": [line], "refunds": [{"transactions": back}]})
    assert rows[0]["refunded"] == "40.00" and rows[0]["currency"] == "EUR"
    own = [{"kind": "refund", "amount": "30.00", "currency": "EUR"}, {"kind": "refund", "status": "failure", "amount": "9.00"}]
    assert order_rows_of_rest({**order, "line_items": [line], "refunds": [{"transactions": own}]})[0]["refunded"] == "30.00"
