"""Webhooks: true signatures alone are kept, once each, and what they tell comes in whatever the order."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import io
import itertools
import json
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from lohko.base.clock import now
from lohko.sources.hooks import SCHEMES
from lohko.state import sources as kept
from lohko.steps.ingest import ingest
from lohko.steps.read import count
from lohko.steps.sources import source_add, source_list, take_waiting
from lohko.steps.work import Work, silent
from lohko.web.app import create_app
from sources.playing import KEY

HOOKED = {
    "shopify": {"shop": "demo.myshopify.com", "token": "env:PLAYED_KEY", "hook_secret": "env:PLAYED_KEY"},
    "woocommerce": {
        "address": "https://shop.example",
        "key": "env:PLAYED_NAME",
        "secret": "env:PLAYED_KEY",
        "hook_secret": "env:PLAYED_KEY",
    },
    "stripe": {"hook_secret": "env:PLAYED_KEY"},
}


def shopify(body: bytes, topic: str = "orders/updated", delivery: str = "d1", key: str = KEY) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
    return {"X-Shopify-Hmac-Sha256": signature, "X-Shopify-Topic": topic, "X-Shopify-Webhook-Id": delivery}


def woocommerce(body: bytes, topic: str = "order.updated", delivery: str = "d1", key: str = KEY) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
    return {"X-WC-Webhook-Signature": signature, "X-WC-Webhook-Topic": topic, "X-WC-Webhook-Delivery-ID": delivery}


def stripe(body: bytes, at: float | None = None, key: str = KEY, more: str = "") -> dict[str, str]:
    stamp = str(int(now().timestamp() if at is None else at))
    signature = hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},{more}v1={signature}"}


SIGNERS = {"shopify": shopify, "woocommerce": woocommerce, "stripe": stripe}


@pytest.fixture
def client(work: Work) -> Iterator[TestClient]:
    for kind, settings in HOOKED.items():
        source_add(work, silent, name=kind, kind=kind, settings=settings)
    yield TestClient(create_app(work), base_url="https://lohko.shop.example")  # without its lifespan: the tests take what waits by hand


def waiting(work: Work) -> dict[str, int]:
    with work.state.connect() as connection:
        return kept.waiting_hooks(connection)


def order(number: int, changed: str, total: str, **more: object) -> dict:
    line = {"sku": "T1", "name": "Tent", "vendor": "Halti", "quantity": 1, "price": total, "product_id": 9, "discount_allocations": []}
    whole = {
        "id": number,
        "name": f"#{number}",
        "email": "anna@example.fi",
        "created_at": "2026-03-01T12:00:00+02:00",
        "updated_at": changed,
    }
    money = {"currency": "EUR", "subtotal_price": total, "total_tax": "0.00", "total_price": total, "financial_status": "paid"}
    return {**whole, **money, "customer": {"id": 7}, "line_items": [line], "refunds": [], **more}


@pytest.mark.parametrize("kind", HOOKED)
def test_only_a_true_signature_over_the_very_bytes_is_kept(client, work, kind):
    body, sign = b'{"id": 1}', SIGNERS[kind]
    wrong = [{}, sign(body, key="other"), sign(b'{"id": 1} '), {name: value[:-2] for name, value in sign(body).items()}]
    wrong += [dict.fromkeys(sign(body), "x=, t=1"), dict.fromkeys(sign(body), "")]
    for headers in wrong:
        assert client.post(f"/hooks/{kind}", content=body, headers=headers).status_code == 401
    assert waiting(work) == {}
    assert client.post(f"/hooks/{kind}", content=body, headers=sign(body)).json() == {"kept": True}
    assert waiting(work) == {kind: 1}


def test_a_stranger_cannot_tell_a_source_that_is_there_from_one_that_is_not(client):
    there, not_there = (client.post(f"/hooks/{name}", content=b"{}") for name in ("shopify", "nothing-here"))
    assert (there.status_code, there.content) == (not_there.status_code, not_there.content)
    assert client.get("/hooks/shopify").status_code in (404, 405)
    assert client.get("/").status_code == 421, "everything else still answers to this machine alone"


def test_stripes_signature_counts_for_five_minutes_and_one_of_two_is_enough(client, work):
    body = b'{"id": "evt_1", "type": "charge.succeeded"}'
    late, early = now().timestamp() - 301, now().timestamp() + 900
    for headers in (stripe(body, late), stripe(body, early), {"Stripe-Signature": "t=,v1=x"}, {"Stripe-Signature": "t=1,t=2,v1=x"}):
        assert client.post("/hooks/stripe", content=body, headers=headers).status_code == 401
    assert client.post("/hooks/stripe", content=body, headers=stripe(body, more="v1=0000,v0=abc,")).status_code == 200
    assert waiting(work) == {"stripe": 1}


@given(
    st.binary(max_size=80),
    st.dictionaries(st.sampled_from(["x-shopify-hmac-sha256", "x-wc-webhook-signature", "stripe-signature"]), st.text(max_size=60)),
)
def test_whatever_comes_is_no_signature_and_no_failure(body, headers):
    for scheme in SCHEMES.values():
        assert scheme.true(headers, body, "secret", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)) is False


def test_too_much_is_refused(client):
    assert client.post("/hooks/shopify", content=b"x" * (5 << 20)).status_code == 413


def test_orders_come_in_once_and_the_latest_state_stands_whatever_the_order_of_arrival(client, work):
    """Three states of one order arrive late first, twice each; then a refund; then an older state again."""

    def send(body: dict, delivery: str) -> None:
        raw = json.dumps(body).encode()
        for _ in range(2):
            assert client.post("/hooks/shopify", content=raw, headers=shopify(raw, delivery=delivery)).status_code == 200

    send(order(1001, "2026-03-01T14:00:00+02:00", "100.00"), "b")
    send(order(1001, "2026-03-01T11:30:00Z", "50.00"), "a")  # earlier, though its hour looks later in no zone
    send(order(1002, "2026-03-01T14:00:00+02:00", "30.00"), "c")
    send({"nonsense": True}, "d")
    assert waiting(work) == {"shopify": 4}
    done = take_waiting(work, silent)
    assert done[0]["error"] is None and done[0]["accepted"] == 2 and waiting(work) == {}
    assert count(work, silent, condition="sum of total of order is 130")["count"] == 1
    refund = {"transactions": [{"kind": "refund", "status": "success", "amount": "40.00"}]}
    send(order(1001, "2026-03-02T09:00:00+02:00", "100.00", refunds=[refund]), "e")
    send(order(1001, "2026-03-01T13:00:00Z", "77.00"), "f")
    take_waiting(work, silent)
    assert count(work, silent, condition="sum of total of order is 130 and sum of total of refund is 40")["count"] == 1
    listed = {item["name"]: item for item in source_list(work, silent)["sources"]}
    assert listed["shopify"]["last_success"] and listed["shopify"]["waiting"] == 0
    send(order(1001, "2026-03-01T14:00:00+02:00", "100.00"), "b")
    assert waiting(work) == {}, "a delivery that was taken is known when it comes again"


def test_who_unsubscribes_is_out_at_once_and_nothing_else_of_them_is_forgotten(client, work):
    """As Shopify tells since 2025-01: customers without tags and consents, and each consent in a delivery of its own."""
    customer = {"id": 7, "email": "anna@example.fi", "phone": "+358401234567", "first_name": "Anna", "last_name": "Aho"}
    customer |= {"created_at": "2026-01-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "default_address": {"city": "Oulu"}}
    deliveries = itertools.count(1)

    def send(topic: str, body: dict) -> None:
        raw = json.dumps(body).encode()
        assert client.post("/hooks/shopify", content=raw, headers=shopify(raw, topic, f"d{next(deliveries)}")).status_code == 200

    def mail(state: str, at: str | None) -> None:
        consent = {"state": state, "opt_in_level": "single_opt_in", "consent_updated_at": at}
        send(
            "customers_email_marketing_consent/update",
            {"customer_id": 7, "email_address": "anna@example.fi", "email_marketing_consent": consent},
        )

    known = {"customer_id": "7", "email": "anna@example.fi", "tags": "vip", "language": "fi", "updated_at": "2026-02-01T10:00:00Z"}
    ingest(work, silent, stream=io.BytesIO(json.dumps(known).encode()), name="synced.ndjson", kind="customers", source="shopify")
    mail("subscribed", "2026-03-01T09:00:00Z")
    text = {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": None, "consent_collected_from": "SHOPIFY"}
    send("customers_marketing_consent/update", {"id": 7, "phone": "+358401234567", "sms_marketing_consent": text})
    send("customers/update", customer)
    assert take_waiting(work, silent)[0]["error"] is None
    may = "has consented to email and has consented to sms and first_name is Anna and city is Oulu and tags contains vip and language is fi"
    assert count(work, silent, condition=may)["count"] == 1

    mail("unsubscribed", "2026-03-02T09:00:00Z")
    mail("subscribed", "2026-03-01T12:00:00Z")  # late, and of before
    mail("not_subscribed", None)
    send("customers/update", customer | {"updated_at": "2026-03-02T09:00:01Z", "default_address": {"city": "Turku"}})
    take_waiting(work, silent)
    assert count(work, silent, condition="has consented to email")["count"] == 0
    assert count(work, silent, condition=may.removeprefix("has consented to email and ").replace("Oulu", "Turku"))["count"] == 1


def test_of_two_merged_customers_one_is_no_more(client, work):
    for n, state in enumerate(("in_progress", "completed")):
        body = {"admin_graphql_api_customer_kept_id": "gid://shopify/Customer/1", "status": state}
        raw = json.dumps({**body, "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/2"}).encode()
        assert client.post("/hooks/shopify", content=raw, headers=shopify(raw, "customers/merge", f"d{n}")).status_code == 200
        assert take_waiting(work, silent)[0]["error"] is None
        assert source_list(work, silent)["sources"][0]["deleted"] == n
    assert count(work, silent, condition="shopify_deleted_at is known")["count"] == 1


def test_two_orders_of_one_second_are_two_deliveries(client, work):
    """WooCommerce makes the id of a delivery of the webhook and the second alone."""
    from sources.playing_shops import WooCommerce

    shop = WooCommerce()
    for n in (3, 4, 4):
        raw = json.dumps(shop.order(shop.deeds[n])).encode()
        assert client.post("/hooks/woocommerce", content=raw, headers=woocommerce(raw, delivery="of-this-second")).status_code == 200
    assert waiting(work) == {"woocommerce": 2}


def test_whoever_saves_a_webhook_in_woocommerce_is_not_told_that_the_address_is_wrong(client, work):
    """It asks unsigned whether anybody is there; the answer is the same for a source that is not."""
    answers = [client.post(f"/hooks/{name}", data={"webhook_id": "12"}) for name in ("woocommerce", "nothing-here")]
    assert {answer.status_code for answer in answers} == {200} and answers[0].content == answers[1].content
    assert waiting(work) == {}


@pytest.mark.parametrize(
    ("charge", "version", "said"),
    [
        ({}, "2025-09-30.clover", ("125.5", "0")),
        ({"currency": "jpy"}, "2025-09-30.clover", ("12550", "0")),
        ({"currency": "kwd"}, "2025-09-30.clover", ("12.55", "0")),
        ({"currency": "ugx"}, "2025-09-30.clover", ("125.5", "0")),
        ({"captured": False, "amount_captured": 0}, "2025-09-30.clover", None),
        ({"captured": False, "amount_captured": 0, "amount_refunded": 12550, "refunded": True}, "2024-06-20", None),
        ({"amount_captured": 10000, "amount_refunded": 0}, "2025-09-30.clover", ("100", "0")),
        ({"amount_captured": 10000, "amount_refunded": 1000}, "2025-09-30.clover", ("100", "10")),
        ({"amount_captured": 10000, "amount_refunded": 2550}, "2024-06-20", ("100", "0")),
        ({"amount_captured": 10000, "amount_refunded": 3550}, "2024-06-20", ("100", "10")),
    ],
)
def test_a_payment_is_what_was_taken_and_not_what_was_reserved(charge, version, said):
    """Until 2025-03-31 Stripe told what was reserved and let go as given back."""
    whole = {"object": "charge", "id": "ch_1", "paid": True, "captured": True, "amount": 12550, "amount_captured": 12550}
    whole |= {"amount_refunded": 0, "currency": "eur", "created": 1772366400, **charge}
    told = SCHEMES["stripe"].told("charge.updated", {"created": 1772366500, "api_version": version, "data": {"object": whole}}, "")
    assert (told and (told.rows[0]["total"], told.rows[0]["refunded"])) == said


def test_payments_and_woocommerces_orders_come_in(client, work):
    charge = {
        "object": "charge",
        "id": "ch_1",
        "paid": True,
        "amount": 12550,
        "amount_captured": 12550,
        "amount_refunded": 2000,
        "currency": "eur",
    }
    charge |= {"created": 1772366400, "customer": "cus_1", "billing_details": {"email": "bo@example.fi", "name": "Bo"}}
    event = {"id": "evt_1", "type": "charge.refunded", "created": 1772366500, "data": {"object": charge}}
    raw = json.dumps(event).encode()
    assert client.post("/hooks/stripe", content=raw, headers=stripe(raw)).status_code == 200
    from sources.playing_shops import WooCommerce

    shop = WooCommerce()
    raw = json.dumps(shop.order(shop.deeds[3])).encode()
    assert client.post("/hooks/woocommerce", content=raw, headers=woocommerce(raw)).status_code == 200
    assert [item["error"] for item in take_waiting(work, silent)] == [None, None]
    assert count(work, silent, condition="sum of total of order is 125.50 and sum of total of refund is 20")["count"] == 1
    assert count(work, silent, condition='did order where payment_method is "paytrail"')["count"] == 1


def test_the_running_server_takes_what_comes_by_itself(work, monkeypatch):
    monkeypatch.setattr("lohko.steps.keeping._A_MOMENT", 0.05)
    source_add(work, silent, name="shopify", kind="shopify", settings=HOOKED["shopify"])
    with TestClient(create_app(work), base_url="http://127.0.0.1:8000") as running:
        raw = json.dumps(order(1001, "2026-03-01T14:00:00+02:00", "100.00")).encode()
        assert running.post("/hooks/shopify", content=raw, headers=shopify(raw)).status_code == 200
        for _ in range(600):
            if not waiting(work):
                break
            time.sleep(0.1)
    assert waiting(work) == {}
    assert count(work, silent, condition="did order")["count"] == 1
