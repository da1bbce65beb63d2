"""Events that a page may tell without anybody having allowed them first: those of our own script, and of the common specification of shops.

Whoever reads a page has its public key, so what comes by one is held to this list and to
what there is already; else a stranger could fill the list of events and make texts of numbers.
"""

from __future__ import annotations

from lohko.model.schema import Type

_PRODUCT: dict[str, Type] = {
    "product_id": "text", "sku": "text", "name": "text", "brand": "text", "category": "text", "variant": "text", "price": "decimal",
    "quantity": "decimal", "value": "decimal", "currency": "text", "coupon": "text", "position": "decimal", "url": "text",
    "cart_id": "text", "list_id": "text",
}  # fmt: skip
_ORDER: dict[str, Type] = {
    "checkout_id": "text", "order_id": "text", "total": "decimal", "subtotal": "decimal", "revenue": "decimal", "value": "decimal",
    "shipping": "decimal", "tax": "decimal", "discount": "decimal", "coupon": "text", "currency": "text", "products": "text",
    "affiliation": "text", "step": "decimal", "cart_id": "text",
}  # fmt: skip
_PAGE: dict[str, Type] = {
    "name": "text", "category": "text", "path": "text", "url": "text", "title": "text", "referrer": "text", "search": "text",
}  # fmt: skip
ANYWHERE: dict[str, Type] = {
    **{f"page_{name}": kind for name, kind in _PAGE.items()},
    **dict.fromkeys(("utm_name", "utm_source", "utm_medium", "utm_term", "utm_content"), "text"),
}
"""What the page and the campaign say of any event."""
EVENTS: dict[str, dict[str, Type]] = {
    "Page Viewed": _PAGE,
    "Screen Viewed": _PAGE,
    "Page Left": {"seconds": "decimal"},
    "Products Searched": {"query": "text"},
    "Product List Viewed": {"list_id": "text", "category": "text", "products": "text"},
    "Product Clicked": _PRODUCT,
    "Product Viewed": _PRODUCT,
    "Product Added": _PRODUCT,
    "Product Removed": _PRODUCT,
    "Product Added to Wishlist": _PRODUCT,
    "Cart Viewed": _ORDER,
    "Checkout Started": _ORDER,
    "Checkout Step Completed": _ORDER,
    "Payment Info Entered": _ORDER,
    "Order Completed": _ORDER,
    "Coupon Entered": {"coupon_id": "text", "coupon": "text", "order_id": "text", "cart_id": "text"},
}


def allowed(event: str, name: str) -> Type | None:
    """The type that a property of a known event has when a page tells it; None when it is none of them."""
    return EVENTS.get(event, {}).get(name) or ANYWHERE.get(name)
