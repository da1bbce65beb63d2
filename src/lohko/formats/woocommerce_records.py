"""WooCommerce's orders and customers as its REST API and its webhooks write them become rows of files."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lohko.base.times import instant, written

Row = Mapping[str, Any]


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
