"""PayPal's list of activity and Square's list of sold items.

PayPal lists everything that moves on the account: payments and what was paid back are orders and refunds, transfers to the bank and fees are
not. Who pays is `From`, who is paid back is `To`. Square's net sales are after discounts and without tax; what is given back is a row below nothing.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import FirstOf, Joined, When

_BACK = ("payment refund", "refund", "payment reversal", "reversal", "chargeback", "maksun palautus", "hyvitys")
_PAYMENTS = (
    "express checkout payment", "website payment", "mobile payment", "general payment", "payment", "payment received", "web accept payment received",
    "shopping cart payment received", "subscription payment", "preapproved payment bill user payment", "preapproved payment", "invoice payment",
    "invoice payment received", "checkout payment", "virtual terminal payment", "donation payment", "paypal here payment", "maksu", "pikakassamaksu",
)  # fmt: skip
_FAILED = ("denied", "canceled", "cancelled", "failed", "expired", "voided", "pending", "on hold", "hylätty", "peruutettu", "kesken")

PAYPAL_ACTIVITY = Format(
    key="paypal-activity",
    title="PayPal activity",
    source="paypal",
    kind="orders",
    headers=(
        "Date", "Time", "TimeZone", "Name", "Type", "Status", "Currency", "Gross", "Fee", "Net", "From Email Address", "To Email Address",
        "Transaction ID", "Shipping Address", "Address Status", "Item Title", "Item ID", "Shipping and Handling Amount", "Sales Tax",
        "Invoice Number", "Custom Number", "Quantity", "Receipt ID", "Balance", "Contact Phone Number", "Subject", "Note", "Country Code", "Balance Impact",
    ),
    needs=("Transaction ID", "From Email Address", "To Email Address", "Gross", "Type"),
    fields={
        "order_id": "Transaction ID",
        "ordered_at": "Date, time and zone",
        "total": "Gross",
        "currency": "Currency",
        "status": "Status",
        "cancelled_at": "No sale",
        "email": "Buyer",
        "name": "Name",
        "phone": "Contact Phone Number",
        "country": "Country Code",
    },
    spellings={
        "Date": ("Päivämäärä",), "Time": ("Aika",), "TimeZone": ("Time Zone", "Aikavyöhyke"), "Name": ("Nimi",), "Type": ("Tyyppi",), "Status": ("Tila",),
        "Currency": ("Valuutta",), "Gross": ("Brutto",), "Fee": ("Maksu", "Kulu"), "Net": ("Netto",), "From Email Address": ("Lähettäjän sähköpostiosoite",),
        "To Email Address": ("Vastaanottajan sähköpostiosoite",), "Transaction ID": ("Tapahtumatunnus",), "Country Code": ("Maakoodi",),
    },
    never=("Fee", "Net", "Sales Tax", "Balance", "Invoice Number", "Receipt ID", "Shipping and Handling Amount", "Quantity", "Shipping Address", "Note"),
    whole=True,
    where="Activity > Download > Balance affecting, as CSV",
    reshape=(
        Joined("Date, time and zone", ("Date", "Time", "TimeZone")),
        When("No sale", "Type", (*_PAYMENTS, *_BACK), others=True, also=("Status", _FAILED)),
        When("Paid by", "Type", _PAYMENTS, at="From Email Address", dated=True),
        When("Paid back to", "Type", _BACK, at="To Email Address", dated=True),
        FirstOf("Buyer", ("Paid by", "Paid back to")),
    ),
)  # fmt: skip

_WITHOUT_TAX = "Net Sales excluding tax"

SQUARE_ITEMS = Format(
    key="square-items",
    title="Square item sales",
    source="square",
    kind="order-lines",
    headers=(
        "Date", "Time", "Time Zone", "Category", "Item", "Qty", "Price Point Name", "SKU", "Modifiers Applied", "Gross Sales", "Discounts", "Net Sales",
        "Tax", "Transaction ID", "Payment ID", "Device Name", "Notes", "Details", "Event Type", "Location", "Dining Option", "Customer ID",
        "Customer Name", "Customer Reference ID", "Unit", "Count",
    ),
    needs=("Transaction ID", "Net Sales", "Gross Sales", "Item", "Customer ID"),
    fields={
        "order_id": "Transaction ID",
        "ordered_at": "Date and time",
        "customer_id": "Customer ID",
        "name": "Customer Name",
        "product_id": "SKU",
        "product_name": "Item",
        "category": "Category",
        "quantity": "Qty",
        "line_total": _WITHOUT_TAX,
        "tax": "Tax",
        "channel": "Location",
    },
    never=("Gross Sales", "Discounts", "Net Sales", "Event Type", "Unit", "Count", "Notes", "Details"),
    whole=True,
    where="Reports > Sales > Transactions > Export > Items Detail CSV",
    reshape=(Joined("Date and time", ("Date", "Time")), FirstOf(_WITHOUT_TAX, ("Net Sales",))),
)  # fmt: skip

SQUARE_CUSTOMERS = Format(
    key="square-customers",
    title="Square customers",
    source="square",
    kind="customers",
    headers=(
        "Reference ID", "First Name", "Last Name", "Email Address", "Phone Number", "Nickname", "Company Name", "Street Address 1", "Street Address 2",
        "City", "State", "Postal Code", "Birthday", "Memo", "Square Customer ID", "Creation Source", "First Visit", "Last Visit", "Transaction Count",
        "Lifetime Spend", "Email Subscription Status", "Instant Profile",
    ),
    needs=("Square Customer ID", ("Email Address", "Phone Number")),
    fields={
        "customer_id": "Square Customer ID",
        "email": "Email Address",
        "phone": "Phone Number",
        "address": "Street Address 1",
        "region": "State",
        "consent_email": "Email Subscription Status",
    },
    where="Customers > Directory > Import/Export > Export customers",
)  # fmt: skip
