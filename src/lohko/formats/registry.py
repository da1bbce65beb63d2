"""Every recognised export: one row per format. `docs/guide/files.md` says how to add one."""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shopify import SHOPIFY_CUSTOMERS, SHOPIFY_ORDERS
from lohko.formats.stripe import STRIPE_PAYMENTS

FORMATS: tuple[Format, ...] = (
    SHOPIFY_CUSTOMERS,
    SHOPIFY_ORDERS,
    STRIPE_PAYMENTS,
)
