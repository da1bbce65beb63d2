"""What a system's API gives means the same as a file of its JSON, from a webhook, and when the source asks for it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lohko.base.errors import InputError
from lohko.sources.hooks import SCHEMES, understood
from lohko.sources.kind import Page
from lohko.state.workspace import Settings, create
from lohko.steps.books import books
from lohko.steps.ingest import ingest
from lohko.steps.sources import Intake, source_add, source_sync
from lohko.steps.work import Work, silent
from lohko.wiring import open_work
from sources.local_server import serving
from sources.playing_shops import Shopify, WooCommerce
from sources.pulling import small_pages

_PLACE = ("batch", "record", "person", "node")
"""Where a row came from, which differs by the way that it came."""


@contextmanager
def workspace(place: Path) -> Iterator[Work]:
    create(place, Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(place, silent) as work:
        yield work


def picture(work: Work) -> dict[str, list[str]]:
    """Every person with what is known of them: values, events with their money, consents; whatever their keys are."""
    cursor = work.store.cursor()
    whose = {node: (kind, value) for node, kind, value in cursor.execute("SELECT node, kind, value FROM node").fetchall()}
    found: dict[str, list[str]] = {}
    for (table,) in cursor.execute("SHOW TABLES").fetchall():
        if not re.match(r"(a|e)\d+_|consent$|line_row$|header_row$", table):
            continue
        answer = cursor.execute("SELECT * FROM query_table(?)", [table])
        names = [re.sub(r"^c\d+_", "", item[0]) for item in answer.description]
        rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
        said = [
            {"who": whose[row["node"]], **{name: row[name] for name in sorted(row) if name not in _PLACE and row[name] is not None}}
            for row in rows
        ]
        found[re.sub(r"^(a|e)\d+_", "", table)] = sorted(json.dumps(row, default=str) for row in said if row)
    return {table: rows for table, rows in found.items() if rows}


def bring(work: Work, text: str, name: str = "saved.json", **more: Any) -> dict[str, Any]:
    return ingest(work, silent, stream=io.BytesIO(text.encode()), name=name, **more)


def stirred(shop: Any) -> Any:
    """A shop with a refund, an order cancelled, one with many lines, and people who said yes, no and nothing."""
    shop.deeds[1].more = {"refunded": 10.0, "lines": 4}
    shop.deeds[2].state = "cancelled"
    for number, answer in ((1, True), (2, False), (3, None)):
        shop.people[number].subscribed = answer
    return shop


LISTED: dict[str, Callable[[str, list[Any]], str]] = {
    "enclosed": lambda name, items: json.dumps({name: items}),
    "on many lines": lambda name, items: json.dumps({"count": len(items), name: items}, indent=2),
    "a bare list": lambda _name, items: json.dumps(items),
    "a line each": lambda _name, items: "".join(json.dumps(item) + "\n" for item in items),
    "as GraphQL answers": lambda name, items: json.dumps({"data": {name: {"nodes": items, "pageInfo": {}}}, "extensions": {"cost": {}}}),
    "with edges": lambda name, items: json.dumps({"data": {name: {"edges": [{"cursor": "x", "node": item} for item in items]}}}),
}


@pytest.mark.parametrize("way", LISTED)
@pytest.mark.parametrize("system", [Shopify, WooCommerce], ids=lambda one: one.kind)
def test_a_file_of_the_api_is_what_the_source_brings(tmp_path, monkeypatch, system, way):
    """The same people, orders, lines, money and consents, however the objects are put together; saved again it is known."""
    shop = stirred(system())
    small_pages(shop, monkeypatch)
    with serving(shop.answer) as server, workspace(tmp_path / "asked") as work:
        monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", server.host)
        source_add(work, silent, name=system.kind, kind=system.kind, settings=shop.settings(server))
        assert source_sync(work, silent)["ok"]
        wanted = picture(work)
    customers, orders = [shop.customer(one) for one in shop.people.values()], [shop.order(one) for one in shop.deeds.values()]
    with workspace(tmp_path / "filed") as work:
        brought = [bring(work, LISTED[way]("customers", customers)), bring(work, LISTED[way]("orders", orders))]
        assert [item["format"] for item in brought] == [f"{system.kind}-api-customers", f"{system.kind}-api-orders"]
        assert [item["rejected"] for item in brought] == [0, 0]
        assert picture(work) == wanted
        told = books(work, silent, recount=True)
        assert told["total"]["balanced"] and all(item["found"]["records"] == item["received"] for item in told["imports"])
        again = bring(work, LISTED[way]("orders", orders) + "\n")
        assert (again["accepted"], again["duplicate"], again["new_customers"]) == (0, again["received"], 0)


ADDRESS = {"address1": "Katu 1", "zip": "90100", "city": "Oulu", "country_code": "FI", "company": None}


def customer(number: int, **more: Any) -> dict[str, Any]:
    """A customer of Shopify's REST, as its webhooks have them too."""
    return {
        "id": number,
        "email": f"person{number}@example.fi",
        "first_name": "Anna",
        "last_name": f"Mäki{number}",
        "phone": f"+35840123450{number}",
        "tags": "vip, uusi",
        "verified_email": True,
        "created_at": "2025-01-01T10:00:00+02:00",
        "updated_at": f"2026-03-0{number}T10:00:00+02:00",
        "default_address": ADDRESS,
        "email_marketing_consent": {"state": "subscribed", "consent_updated_at": "2026-01-02T10:00:00+02:00"},
        "sms_marketing_consent": {"state": "unsubscribed", "consent_updated_at": "2026-02-02T10:00:00+02:00"},
        **more,
    }


def order(number: int, **more: Any) -> dict[str, Any]:
    line = {"sku": "T1", "name": "Tent", "vendor": "Halti", "quantity": 2, "price": "62.75", "product_id": 9}
    return {
        "id": 900 + number,
        "name": f"#{number}",
        "email": "person1@example.fi",
        "created_at": "2026-03-01T12:00:00+02:00",
        "updated_at": "2026-03-01T12:00:00+02:00",
        "currency": "EUR",
        "financial_status": "partially_refunded",
        "subtotal_price": "178.25",
        "total_shipping_price_set": {"shop_money": {"amount": "5.00", "currency_code": "EUR"}},
        "total_tax": "37.24",
        "total_price": "183.25",
        "customer": customer(1),
        "line_items": [line, {**line, "sku": "M1", "quantity": 1, "discount_allocations": [{"amount": "10.00"}]}],
        "refunds": [{"transactions": [{"kind": "refund", "status": "success", "amount": "20.00"}]}],
        **more,
    }


CUSTOMERS, ORDERS = [customer(number) for number in (1, 2)], [order(1), order(2, cancelled_at="2026-03-02T12:00:00+02:00", refunds=[])]


def by_webhook(work: Work, told: Iterable[tuple[str, dict[str, Any]]], scratch: Path) -> None:
    """Bring in what webhooks of Shopify say."""
    hooks = [{"id": n, "topic": topic, "body": json.dumps(body), "received_at": ""} for n, (topic, body) in enumerate(told)]
    intake = Intake(
        work, silent, "shopify", scratch, {"received": 0, "accepted": 0, "duplicate": 0, "rejected": 0, "deleted": 0, "suppressed": 0}
    )
    with work.guard, work.state.begin() as connection:
        from lohko.state import sources as kept

        kept.add(connection, "shopify", "shopify", {}, "")
    for _, said in understood(SCHEMES["shopify"], hooks):
        assert said is not None
        intake.take(Page(said.stream, said.rows, {}))
    intake.flush()


def test_a_file_of_shopifys_rest_is_what_its_webhooks_say(tmp_path):
    """Lines with their discounts, what was given back, shipping and VAT, who cancelled, and the consents to both channels."""
    with workspace(tmp_path / "told") as work:
        by_webhook(work, [*(("customers/create", one) for one in CUSTOMERS), *(("orders/create", one) for one in ORDERS)], tmp_path)
        wanted = picture(work)
    with workspace(tmp_path / "filed") as work:
        bring(work, json.dumps({"customers": CUSTOMERS}))
        assert bring(work, json.dumps({"orders": ORDERS}))["received"] == 4
        assert picture(work) == wanted
    assert len(wanted["line_row"]) == 4 and len(wanted["consent"]) == 4 and len(wanted["refund"]) == 1


def test_an_order_that_cannot_be_read_costs_itself(work):
    """A line without a price, an order of which not all lines are here; the others are in, and the books hold."""
    bad = [order(3, line_items=[{"sku": "T1"}]), order(4, line_items="none"), {"customer": "other"}, order(5)]
    found = bring(work, json.dumps(ORDERS + bad))
    assert (found["received"], found["accepted"], found["rejected_by_reason"]) == (9, 6, {"broken_record": 3})
    assert books(work, silent, recount=True)["total"]["balanced"]
    half = Shopify()
    one = half.order(half.deeds[1])
    one["lineItems"]["pageInfo"]["hasNextPage"] = True
    assert bring(work, json.dumps([half.order(half.deeds[2]), one]))["rejected_by_reason"] == {"broken_record": 1}


def test_asked_for_as_another_kind_an_object_is_a_record_of_its_own_names(work):
    """As orders, of which its totals are; and what a file does not hold is refused, not read as something else."""
    found = bring(work, json.dumps(ORDERS), kind="orders")
    assert (found["received"], found["format"]) == (2, None)
    with pytest.raises(InputError) as caught:
        bring(work, "customer_id,city\n1,Oulu\n", "list.csv", file_format="shopify-api-customers")
    assert caught.value.code == "kind_of_format"
    with pytest.raises(InputError):  # it says less than the API does, and is asked about as before
        bring(work, json.dumps({"orders": [{"id": 1, "line_items": [{"sku": "m"}]}]}))
