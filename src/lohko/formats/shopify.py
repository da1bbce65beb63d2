"""Shopify: its list of customers, and its orders with a row per line.

Of an order only the first row says what the lines share. Sums of the whole order
stay on that row. Values that spreadsheets would change come with a leading
apostrophe, which landing strips from every cell.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import FirstOf, ShareDown

_PHONE = "Phone, or that of the address"

SHOPIFY_CUSTOMERS = Format(
    key="shopify-customers",
    title="Shopify customers",
    source="shopify",
    kind="customers",
    headers=(
        "Customer ID", "First Name", "Last Name", "Email", "Accepts Email Marketing", "Default Address Company", "Default Address Address1",
        "Default Address Address2", "Default Address City", "Default Address Province Code", "Default Address Country Code",
        "Default Address Zip", "Default Address Phone", "Phone", "Accepts SMS Marketing", "Total Spent", "Total Orders", "Note", "Tax Exempt",
        "Tags",
    ),
    needs=("Email", "Accepts Email Marketing", ("Default Address Address1", "Default Address Zip", "Total Spent", "Accepts SMS Marketing")),
    fields={
        "customer_id": "Customer ID",
        "email": "Email",
        "first_name": "First Name",
        "last_name": "Last Name",
        "phone": _PHONE,
        "company": "Default Address Company",
        "address": "Default Address Address1",
        "city": "Default Address City",
        "region": "Default Address Province Code",
        "country": "Default Address Country Code",
        "postcode": "Default Address Zip",
        "tags": "Tags",
        "consent_email": "Accepts Email Marketing",
        "consent_sms": "Accepts SMS Marketing",
    },
    where="Customers > Export > Plain CSV file",
    reshape=(FirstOf(_PHONE, ("Phone", "Default Address Phone")),),
)  # fmt: skip

_ORDER = {
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
_LINE = {
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
_PLACE = ("Name", "Street", "Address1", "Address2", "Company", "City", "Zip", "Province", "Country", "Phone")

SHOPIFY_ORDERS = Format(
    key="shopify-orders",
    title="Shopify orders",
    source="shopify",
    kind="order-lines",
    headers=(
        "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing", "Currency", "Subtotal",
        "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method", "Created at", "Lineitem quantity", "Lineitem name",
        "Lineitem price", "Lineitem compare at price", "Lineitem sku", "Lineitem requires shipping", "Lineitem taxable",
        "Lineitem fulfillment status", *(f"Billing {part}" for part in _PLACE), *(f"Shipping {part}" for part in _PLACE), "Notes",
        "Note Attributes", "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount", "Vendor", "Outstanding Balance", "Employee",
        "Location", "Device ID", "Id", "Tags", "Risk Level", "Source", "Lineitem discount",
        *(f"Tax {n} {part}" for n in range(1, 6) for part in ("Name", "Value")),
    ),
    needs=("Name", "Created at", "Lineitem quantity", "Lineitem price", "Financial Status"),
    fields={**_ORDER, **_LINE},
    also={"orders": {**_ORDER, "total": "Total", "tax": "Taxes", "discount": "Discount Amount"}},
    whole=True,
    where="Orders > Export > Plain CSV file",
    reshape=(
        ShareDown(
            "Name",
            own=("Lineitem", "Vendor", "Subtotal", "Shipping", "Taxes", "Total", "Discount Amount", "Refunded Amount", "Outstanding Balance"),
        ),
    ),
)  # fmt: skip
