"""WooCommerce's REST API, version 3: orders in the order of change, and customers.

Customers cannot be asked for by change, so they are gone through in full once a day
at most; what an order says of its customer comes with the order in between. An order
in the bin counts as cancelled; one deleted for good is told by a webhook alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lohko.sources.kind import Arrived, Kind, Page, Reach, Row, Setting, Stream
from lohko.sources.since import Since, in_order, instant, written

ORDERS = Stream("orders", "order-lines", "orders with their lines, refunds and cancellations", replace=True)
TRASHED = Stream("trashed", "order-lines", "orders in the bin, which count as cancelled", replace=True)
CUSTOMERS = Stream("customers", "customers", "registered customers with address")
_SIZE = 100
_EVERY = dt.timedelta(hours=23)


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    yield from _orders(reach, ORDERS, "any")
    yield from _orders(reach, TRASHED, "trash")
    yield from _customers(reach)


def _orders(reach: Reach, stream: Stream, status: str) -> Iterator[Page]:
    since = Since(reach.cursor(stream), reach.now)

    def ask(start: dt.datetime | None, page: int) -> Sequence[Mapping[str, Any]]:
        query = {"status": status, "orderby": "modified", "order": "asc", "per_page": _SIZE, "page": page + 1, "dates_are_gmt": "true"}
        if start is not None:  # what changed after it, so a second is taken off
            query["modified_after"] = written((start - dt.timedelta(seconds=1)).replace(microsecond=0))
        found: Sequence[Mapping[str, Any]] = _ask(reach, "orders", query)
        return found

    for orders in in_order(since, ask, lambda order: order["id"], lambda order: order["date_modified_gmt"], _SIZE):
        rows = [row for order in orders for row in order_rows(order)]
        yield Page(stream, rows, since.cursor(), len(orders) if stream is TRASHED else 0)


def _customers(reach: Reach) -> Iterator[Page]:
    """All of them, of which those that changed since the last time are new."""
    cursor = reach.cursor(CUSTOMERS)
    last, page = instant(cursor.get("looked_at")), int(cursor.get("page", 1))
    if page == 1 and last is not None and reach.now - last < _EVERY:
        return
    before = Since(cursor, reach.now)
    start = before.start
    since = Since(cursor.get("so_far") or cursor, reach.now)
    while True:
        found = _ask(reach, "customers", {"orderby": "id", "order": "asc", "role": "all", "per_page": _SIZE, "page": page})
        dated = [(item, instant(item.get("date_modified_gmt"))) for item in found]
        late = [(item, changed and written(changed)) for item, changed in dated if start is None or changed is None or changed >= start]
        new = [item for item, changed in late if not before.saw(item["id"], changed) and since.fresh(item["id"], changed)]
        rows = [customer_row(item) for item in new]
        page += 1
        if len(found) < _SIZE:
            yield Page(CUSTOMERS, rows, {**since.cursor(), "looked_at": written(reach.now)})
            return
        yield Page(CUSTOMERS, rows, {**cursor, "page": page, "so_far": since.cursor()})


def _ask(reach: Reach, what: str, query: Mapping[str, Any]) -> Any:
    url = f"{reach.settings['address'].rstrip('/')}/wp-json/wc/v3/{what}"
    return reach.client.ask(url, params=query, auth=(reach.secret("key"), reach.secret("secret"))).json()


def order_rows(order: Mapping[str, Any]) -> list[Row]:
    """An order as its lines, without VAT, each with what belongs to the whole order."""
    billing = order.get("billing") or {}
    back = sum((abs(Decimal(str(item.get("total") or 0))) for item in order.get("refunds") or ()), Decimal(0))
    lines = order.get("line_items") or ()
    subtotal = sum((Decimal(str(line.get("total") or 0)) for line in lines), Decimal(0))
    fees = sum((Decimal(str(fee.get("total") or 0)) for fee in order.get("fee_lines") or ()), Decimal(0))
    whole = {
        "order_id": str(order["id"]),
        "customer_id": order.get("customer_id") or None,
        "email": billing.get("email"),
        "phone": billing.get("phone"),
        "first_name": billing.get("first_name"),
        "last_name": billing.get("last_name"),
        "company": billing.get("company"),
        "address": billing.get("address_1"),
        "postcode": billing.get("postcode"),
        "city": billing.get("city"),
        "country": billing.get("country"),
        "ordered_at": _utc(order.get("date_created_gmt")),
        "status": order.get("status"),
        "cancelled_at": "not paid" if order.get("status") == "pending" else None,  # as in the shop's own reports
        "currency": order.get("currency"),
        "channel": order.get("created_via"),
        "coupon": ", ".join(str(item.get("code")) for item in order.get("coupon_lines") or ()),
        "payment_method": order.get("payment_method"),
        "order_subtotal": str(subtotal + fees),
        "order_shipping": order.get("shipping_total"),
        "order_tax": order.get("total_tax"),
        "order_total": order.get("total"),
        "refunded": str(back) if back else None,
    }
    if not lines:
        return [{**whole, "order_subtotal": order.get("total"), "quantity": 1, "line_total": order.get("total")}]
    return [
        {
            **whole,
            "product_id": line.get("sku") or line.get("product_id"),
            "product_name": line.get("name"),
            "quantity": line.get("quantity"),
            "line_total": line.get("total"),
        }
        for line in lines
    ]


def customer_row(item: Mapping[str, Any]) -> Row:
    """A registered customer as a row of customers."""
    billing = item.get("billing") or {}
    return {
        "customer_id": item["id"],
        "email": item.get("email"),
        "phone": billing.get("phone"),
        "first_name": item.get("first_name") or billing.get("first_name"),
        "last_name": item.get("last_name") or billing.get("last_name"),
        "company": billing.get("company"),
        "address": billing.get("address_1"),
        "postcode": billing.get("postcode"),
        "city": billing.get("city"),
        "country": billing.get("country"),
        "joined": _utc(item.get("date_created_gmt")),
        "updated_at": _utc(item.get("date_modified_gmt")),
    }


def _utc(text: Any) -> str | None:
    """A time that WooCommerce writes without a zone, though it is UTC."""
    at = instant(text)
    return None if at is None else written(at)


def _check(reach: Reach) -> str:
    _ask(reach, "customers", {"per_page": 1, "role": "all"})
    return "orders and customers" if _ask(reach, "orders", {"per_page": 1}) else "no orders yet"


KIND = Kind(
    key="woocommerce",
    title="WooCommerce, by its REST API",
    settings=(
        Setting("address", "the shop's address, https://shop.example"),
        Setting("key", "the consumer key (ck_...)", secret=True),
        Setting("secret", "the consumer secret (cs_...)", secret=True),
        Setting("hook_secret", "what its webhooks are signed with", required=False, secret=True),
    ),
    streams=(ORDERS, TRASHED, CUSTOMERS),
    scopes="A REST API key with the permission Read, of a user who may see orders and customers.",
    pull=_pull,
    check=_check,
)
