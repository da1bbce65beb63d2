"""Exports of known shops and tools, told by their headers: what their columns mean where the headers alone mislead.

Everything else about them is read by the ordinary list of headers in `fields.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Export:
    """One export: the headers that give it away, and what its columns are in each kind of file."""

    name: str
    needs: tuple[str, ...]
    fields: Mapping[str, Mapping[str, str]]
    once_per: str | None = None
    """The column whose value groups rows of which only the first says what they share."""
    never: tuple[str, ...] = field(default=())
    """Columns that mean no known field, whatever their headers say."""


_SHOPIFY_ORDER = {
    "order_id": "Name",
    "email": "Email",
    "ordered_at": "Created at",
    "currency": "Currency",
    "status": "Financial Status",
    "cancelled_at": "Cancelled at",
    "refunded": "Refunded Amount",
    "coupon": "Discount Code",
    "payment_method": "Payment Method",
    "channel": "Source",
    "consent_email": "Accepts Marketing",
    "name": "Billing Name",
    "company": "Billing Company",
    "address": "Billing Address1",
    "postcode": "Billing Zip",
    "city": "Billing City",
    "region": "Billing Province",
    "country": "Billing Country",
    "phone": "Billing Phone",
}
_SHOPIFY_LINE = {
    "quantity": "Lineitem quantity",
    "unit_price": "Lineitem price",
    "discount": "Lineitem discount",
    "product_id": "Lineitem sku",
    "product_name": "Lineitem name",
    "brand": "Vendor",
    "order_subtotal": "Subtotal",
    "order_shipping": "Shipping",
    "order_tax": "Taxes",
    "order_total": "Total",
}

EXPORTS: tuple[Export, ...] = (
    Export(
        "Shopify orders",
        ("Name", "Created at", "Lineitem quantity", "Lineitem price", "Financial Status"),
        {
            "order-lines": {**_SHOPIFY_ORDER, **_SHOPIFY_LINE},
            "orders": {**_SHOPIFY_ORDER, "total": "Total", "tax": "Taxes", "discount": "Discount Amount"},
        },
        once_per="Name",
        never=("Id", "Location", "Device ID", "Outstanding Balance"),
    ),
    Export(
        "Stripe payments",
        ("id", "Amount", "Amount Refunded", "Status", "Currency"),
        {
            "orders": {
                "order_id": "id",
                "total": "Amount",
                "refunded": "Amount Refunded",
                "currency": "Currency",
                "status": "Status",
                "customer_id": "Customer ID",
                "email": "Customer Email",
                "tax": "Tax",
            }
        },
        never=("Description", "Converted Amount", "Converted Amount Refunded", "Card ID", "Invoice ID"),
    ),
)


def known_export(labels: Sequence[str]) -> Export | None:
    """The export that a file with these headers is; None when it is none that is known."""
    given = set(labels)
    return next((item for item in EXPORTS if given.issuperset(item.needs)), None)
