"""Customers and orders as systems' own APIs write them as JSON: told by what each object says, and read as the source of that system reads them.

A file of them and the source give the same rows, for both call the same function. Where
an object says less than that needs, it is a record like any other, told by its names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lohko.formats import shopify_records, woocommerce_records
from lohko.formats.fields import Kind
from lohko.formats.format import Format
from lohko.formats.plain import PLAIN

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ApiRecords:
    """Objects of one kind that a system's API gives."""

    format: Format
    told: Callable[[Mapping[str, Any]], bool]
    """Whether an object is such a one."""
    rows: Callable[[Mapping[str, Any]], list[Row]]
    """Its rows, with the fields of files; an object that lacks what it should have ends in one of `UNREADABLE`."""
    lines: tuple[str, ...] = ()
    """Under which names within one another its lines are, each of which is a row; empty for what is one row."""


UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What comes of an object that is not what it should be."""


def _format(key: str, title: str, source: str, kind: Kind, where: str) -> Format:
    """The rows have the names of plain files, so they are read as those are."""
    plain = next(item for item in PLAIN if item.kind == kind)
    return replace(plain, key=key, title=title, source=source, where=where)


def _says(*names: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda item: all(name in item for name in names)


def _rest_customer_of_shopify(item: Mapping[str, Any]) -> bool:
    """An old API's customers say `accepts_marketing` alone, which is told by its name as in any file."""
    marketing = "email_marketing_consent" in item or "accepts_marketing" not in item
    return _says("id", "updated_at", "verified_email", "tags")(item) and marketing


def _customer_of_woocommerce(item: Mapping[str, Any]) -> bool:
    return _says("id", "email", "billing", "date_created_gmt")(item) and "line_items" not in item


_SHOPIFY_ORDERS = _format(
    "shopify-api-orders", "Shopify API orders", "shopify", "order-lines", "the Admin API, or an app that saves its JSON"
)
_SHOPIFY_CUSTOMERS = _format(
    "shopify-api-customers", "Shopify API customers", "shopify", "customers", "the Admin API, or an app that saves its JSON"
)
_WOO_ORDERS = _format("woocommerce-api-orders", "WooCommerce API orders", "woocommerce", "order-lines", "the REST API (`wc/v3/orders`)")
_WOO_CUSTOMERS = _format(
    "woocommerce-api-customers", "WooCommerce API customers", "woocommerce", "customers", "the REST API (`wc/v3/customers`)"
)

API_RECORDS: tuple[ApiRecords, ...] = (
    ApiRecords(
        _WOO_ORDERS, _says("id", "billing", "date_created_gmt", "line_items", "total"), woocommerce_records.order_rows, ("line_items",)
    ),
    ApiRecords(_WOO_CUSTOMERS, _customer_of_woocommerce, lambda item: [woocommerce_records.customer_row(item)]),
    ApiRecords(
        _SHOPIFY_ORDERS,
        _says("id", "name", "created_at", "total_price", "line_items"),
        shopify_records.order_rows_of_rest,
        ("line_items",),
    ),
    ApiRecords(_SHOPIFY_CUSTOMERS, _rest_customer_of_shopify, lambda item: [shopify_records.customer_row_of_rest(item)]),
    ApiRecords(
        _SHOPIFY_ORDERS,
        _says("name", "createdAt", "totalPriceSet", "lineItems"),
        shopify_records.order_rows_with_lines,
        ("lineItems", "nodes"),
    ),
    ApiRecords(
        _SHOPIFY_CUSTOMERS, _says("legacyResourceId", "updatedAt", "defaultEmailAddress"), lambda item: [shopify_records.customer_row(item)]
    ),
)
API_FORMATS: tuple[Format, ...] = tuple({item.format.key: item.format for item in API_RECORDS}.values())


def api_records(item: Mapping[str, Any], kind: str | None, name: str | None) -> ApiRecords | None:
    """What an object is, where it is a record of a system's API and may be read as the kind and the format that are asked for."""
    for one in API_RECORDS:
        if kind in (None, one.format.kind) and name in (None, one.format.key) and one.told(item):
            return one
    return None
