"""What is made from order rows: orders, their lines, refunds and cancelled orders.

The rules are in the manual's page on meaning; the SQL is in `engine/orders.py`.
"""

from __future__ import annotations

from lohko.model.schema import Type

ORDER = "order"
ORDER_LINE = "order_line"
REFUND = "refund"
CANCELLED_ORDER = "cancelled_order"

DERIVED: dict[str, dict[str, Type]] = {
    ORDER: {
        "order_id": "text",
        "total": "money",
        "quantity": "decimal",
        "lines": "integer",
        "discount": "money",
        "currency": "text",
    },
    ORDER_LINE: {"order_id": "text", "quantity": "decimal", "total": "money"},
    REFUND: {"order_id": "text", "total": "money"},
    CANCELLED_ORDER: {"order_id": "text", "total": "money"},
}
"""The properties that each of them always has, and that no column of a file replaces."""

MARGIN = "margin"
"""What an order, a line of it or a refund brought, or took, beyond what the goods cost: a property where any cost is known."""
WITH_COSTS: dict[str, dict[str, Type]] = {
    ORDER: {MARGIN: "money", "costed_lines": "integer"},
    ORDER_LINE: {MARGIN: "money"},
    REFUND: {MARGIN: "money"},
}
"""What they have besides, once anything tells what goods cost."""

SETS = ("product_id", "product_name", "category", "brand")
"""Texts of lines that an order carries as a set: `did order where brand is "Tunturi"`."""
OF_WHOLE_ORDER = ("channel", "coupon", "payment_method", "shipping_method", "status", "device", "store")
"""Texts on lines that are the same for the whole order, so the order carries them too."""

CANCELLED_STATES = (
    "cancelled", "canceled", "cancel", "voided", "void", "failed", "declined", "expired", "abandoned", "trash", "draft", "incomplete",
    "requires_payment_method", "requires payment method", "requires payment", "blocked", "wc-cancelled", "wc-failed", "wc-checkout-draft",
    "checkout-draft", "peruttu", "peruutettu", "mitätöity", "epäonnistui", "epäonnistunut", "hylätty", "keskeytetty", "vanhentunut",
)  # fmt: skip
"""States of orders that did not come about."""
REFUNDED_STATES = ("refunded", "wc-refunded", "palautettu", "hyvitetty")
"""States of orders that were given back in full, where no column says how much."""
NOT_CANCELLED = ("no", "ei", "false", "0")
"""What a column of cancellations says of an order that was not cancelled."""
