"""Lists of products of known systems; about no person. Others are told by the headers of the kind `products`."""

from __future__ import annotations

from lohko.formats.format import Format

SHOPIFY_PRODUCTS = Format(
    key="shopify-products",
    title="Shopify products",
    source="shopify",
    kind="products",
    headers=("Handle", "Title", "Vendor", "Product Category", "Type", "Tags", "Variant SKU", "Variant Price", "Cost per item", "Status"),
    needs=("Handle", "Variant SKU", "Variant Price"),
    fields={"sku": "Variant SKU", "name": "Title", "brand": "Vendor", "category": ("Type", "Product Category"), "cost": "Cost per item", "price": "Variant Price"},
    where="Products > Export > CSV",
)  # fmt: skip
