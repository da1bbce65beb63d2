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

GOOGLE_MERCHANT = Format(
    key="google-merchant",
    title="a product feed for Google Merchant Center",
    source="google-merchant",
    kind="products",
    headers=(
        "id", "title", "description", "link", "image_link", "availability", "price", "sale_price", "brand", "gtin", "mpn", "google_product_category",
        "product_type", "condition",
    ),
    needs=("id", "title", "price", ("image_link", "image link"), ("availability", "gtin", "google_product_category")),
    fields={"sku": "id", "name": "title", "brand": "brand", "category": ("product_type", "google_product_category"), "price": "price"},
    never=("description", "link", "image_link"),
    where="the feed's own address, or Products > Feeds > Download",
)  # fmt: skip
