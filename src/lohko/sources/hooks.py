"""Webhooks that shops send by themselves: is the signature true, which delivery is it, and what rows does it make.

A signature is compared in constant time over the body as it came, before anything of
it is read. Where the scheme signs a time, only the last five minutes count.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lohko.base.times import instant
from lohko.formats import shopify_records, woocommerce_records
from lohko.sources import shopify, woocommerce
from lohko.sources.kind import Row, Setting, Stream

WINDOW = dt.timedelta(minutes=5)
_NOTHING_AFTER = "9999"
"""The change after which a record has no other: it was deleted."""


@dataclass(frozen=True)
class Told:
    """What one delivery says: rows of a stream, about one record as it was changed at a time."""

    stream: Stream
    key: str
    changed: str
    rows: tuple[Row, ...]
    deleted: int = 0

    @property
    def says(self) -> tuple[str, ...]:
        """Of what its rows tell. Rows that tell of less are not to stand in one file with those: there what they lack would be a blank, which ends what is known."""
        return tuple(sorted({name for row in self.rows for name in row}))


@dataclass(frozen=True)
class Scheme:
    """How one shop signs, names and fills its deliveries."""

    true: Callable[[Mapping[str, str], bytes, str, dt.datetime], bool]
    """Whether the headers' signature fits the body and the secret, now."""
    delivery: Callable[[Mapping[str, str], bytes], str]
    """The delivery's own id, the same when it is sent again."""
    topic: Callable[[Mapping[str, str], bytes], str]
    told: Callable[[str, Mapping[str, Any], str], Told | None]
    """What a body of that topic, come at that time, says; None when it is of no use."""


SECRET = Setting("hook_secret", "what webhooks are signed with", required=False, secret=True)


def _moment(text: Any) -> str:
    """A time in a form whose order is that of time, whatever its zone; ValueError when it is none."""
    found = instant(text)
    if found is None:
        raise ValueError("no time")
    return found.isoformat(timespec="microseconds")


def _signed(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


def _base64_header(name: str) -> Callable[[Mapping[str, str], bytes, str, dt.datetime], bool]:
    def true(headers: Mapping[str, str], body: bytes, secret: str, _now: dt.datetime) -> bool:
        given = headers.get(name, "").encode("utf-8", "replace")
        return bool(secret) and hmac.compare_digest(base64.b64encode(_signed(secret, body)), given)

    return true


def _named(header: str) -> Callable[[Mapping[str, str], bytes], str]:
    """The delivery's id of its header, or of its body where there is none."""

    def delivery(headers: Mapping[str, str], body: bytes) -> str:
        return headers.get(header, "")[:200] or hashlib.sha256(body).hexdigest()

    return delivery


def _woocommerce_delivery(headers: Mapping[str, str], body: bytes) -> str:
    """WooCommerce makes its id of the webhook and the second: two orders of one second have the same, and differ in their body alone."""
    return f"{headers.get('x-wc-webhook-delivery-id', '')[:100]} {hashlib.sha256(body).hexdigest()}"


def _topic(header: str) -> Callable[[Mapping[str, str], bytes], str]:
    return lambda headers, _body: headers.get(header, "")[:100]


# --- Shopify ------------------------------------------------------------------------------


def _shopify(topic: str, body: Mapping[str, Any], received_at: str) -> Told | None:
    match topic:
        case "orders/create" | "orders/updated" | "orders/paid" | "orders/cancelled" | "orders/edited" | "orders/fulfilled":
            if "line_items" not in body:
                return None
            return Told(shopify.ORDERS, f"order {body['id']}", _moment(body["updated_at"]), tuple(shopify_records.order_rows_of_rest(body)))
        case "customers/create" | "customers/update" | "customers/enable" | "customers/disable":
            return Told(
                shopify.CUSTOMERS, f"customer {body['id']}", _moment(body["updated_at"]), (shopify_records.customer_row_of_rest(body),)
            )
        case "customers_email_marketing_consent/update" | "customers_marketing_consent/update":
            consent = shopify_records.consent_row_of_rest(body)
            if consent is None:
                return None
            at = next(value for name, value in consent.items() if name != "customer_id")
            changed = _moment(received_at if at == "yes" else at)
            return Told(shopify.CUSTOMERS, f"{topic.partition('/')[0]} {consent['customer_id']}", changed, (consent,))
        case "customers/delete" | "customers/redact":
            customer = body.get("customer") or body
            row = {"customer_id": str(customer["id"]), "shopify_deleted_at": received_at}
            return Told(shopify.CUSTOMERS, f"customer {customer['id']}", _NOTHING_AFTER, (row,), 1)
        case "customers/merge" if body["status"] == "completed":
            gone = str(body["admin_graphql_api_customer_deleted_id"]).rpartition("/")[2]
            return Told(
                shopify.CUSTOMERS, f"customer {gone}", _NOTHING_AFTER, ({"customer_id": gone, "shopify_deleted_at": received_at},), 1
            )
    return None


# --- WooCommerce --------------------------------------------------------------------------


def _woocommerce(topic: str, body: Mapping[str, Any], received_at: str) -> Told | None:
    match topic:
        case "order.created" | "order.updated" | "order.restored":
            return Told(
                woocommerce.ORDERS, f"order {body['id']}", _moment(body["date_modified_gmt"]), tuple(woocommerce_records.order_rows(body))
            )
        case "customer.created" | "customer.updated":
            return Told(
                woocommerce.CUSTOMERS,
                f"customer {body['id']}",
                _moment(body["date_modified_gmt"]),
                (woocommerce_records.customer_row(body),),
            )
        case "customer.deleted":
            row = {"customer_id": str(body["id"]), "woocommerce_deleted_at": received_at}
            return Told(woocommerce.CUSTOMERS, f"customer {body['id']}", _NOTHING_AFTER, (row,), 1)
    return None


# --- Stripe -------------------------------------------------------------------------------

PAYMENTS = Stream("payments", "orders", "payments that succeeded, and what was given back of them", replace=True)
_UNITS = dict.fromkeys("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(), 1) | dict.fromkeys(
    "BHD JOD KWD OMR TND".split(), 1000
)
"""How many of the units that Stripe counts in make one of a currency; a hundred of all others, even of ISK and UGX, which have no cents."""
_RELEASED_APART = "2025-03-31"
"""The version of Stripe's API from which on what was reserved and never taken is not told as given back."""


def _stripe_true(headers: Mapping[str, str], body: bytes, secret: str, now: dt.datetime) -> bool:
    """`Stripe-Signature: t=TIME,v1=HEX[,v1=HEX]` over `TIME.body`; two of them while a secret is changed."""
    parts = [part.partition("=") for part in headers.get("stripe-signature", "").split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    if not secret or len(times) != 1 or not times[0].isascii() or not times[0].isdecimal() or len(times[0]) > 12:
        return False
    wanted = _signed(secret, times[0].encode() + b"." + body).hex().encode()
    found = [hmac.compare_digest(wanted, value.strip().encode("utf-8", "replace")) for name, _, value in parts if name.strip() == "v1"]
    return any(found) and abs(now.timestamp() - int(times[0])) <= WINDOW.total_seconds()


def _stripe_event(body: bytes) -> Mapping[str, Any]:
    found = json.loads(body)
    return found if isinstance(found, dict) else {}


def _stripe(topic: str, body: Mapping[str, Any], _received_at: str) -> Told | None:
    charge = (body.get("data") or {}).get("object") or {}
    if (
        topic not in ("charge.succeeded", "charge.refunded", "charge.updated", "charge.captured")
        or charge.get("object") != "charge"
        or not charge.get("paid")
    ):
        return None
    taken = charge.get("amount_captured") or (charge["amount"] if charge.get("captured", True) else 0)
    if not taken:  # reserved only: it may be let go, which nothing of this tells
        return None
    back = charge.get("amount_refunded") or 0
    if str(body.get("api_version") or "") < _RELEASED_APART:
        back = max(0, back - max(0, charge["amount"] - taken))
    currency = str(charge["currency"]).upper()
    units = _UNITS.get(currency, 100)
    person = charge.get("billing_details") or {}
    row = {
        "order_id": charge["id"],
        "customer_id": charge.get("customer"),
        "email": person.get("email") or charge.get("receipt_email"),
        "name": person.get("name"),
        "ordered_at": dt.datetime.fromtimestamp(int(charge["created"]), dt.UTC).isoformat(),
        "total": str(Decimal(taken) / units),
        "refunded": str(Decimal(back) / units),
        "currency": currency,
        "status": "paid",
        "payment_method": (charge.get("payment_method_details") or {}).get("type"),
    }
    return Told(PAYMENTS, f"charge {charge['id']}", f"{int(body['created']):012}", (row,))


SCHEMES: dict[str, Scheme] = {
    "shopify": Scheme(_base64_header("x-shopify-hmac-sha256"), _named("x-shopify-webhook-id"), _topic("x-shopify-topic"), _shopify),
    "woocommerce": Scheme(_base64_header("x-wc-webhook-signature"), _woocommerce_delivery, _topic("x-wc-webhook-topic"), _woocommerce),
    "stripe": Scheme(
        _stripe_true,
        lambda _headers, body: str(_stripe_event(body).get("id") or hashlib.sha256(body).hexdigest())[:200],
        lambda _headers, body: str(_stripe_event(body).get("type") or "")[:100],
        _stripe,
    ),
}
"""How each kind of source is told by webhooks."""


def understood(scheme: Scheme, hooks: list[dict[str, Any]]) -> Iterator[tuple[int, Told | None]]:
    """What each kept delivery says; None for one that is of no use or not what it should be."""
    for item in hooks:
        try:
            body = json.loads(item["body"], parse_float=Decimal)
            yield item["id"], scheme.told(item["topic"], body, item["received_at"])
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
            yield item["id"], None
