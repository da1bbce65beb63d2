"""Stripe: payments. Those that were paid are orders, net of what was refunded; all others, and those of its test mode, did not come about.

Times are UTC, as their header says. Columns of metadata follow the others under
their own names. Amounts converted to the account's currency are not used.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import When

_PAID = ("paid", "refunded", "partially refunded", "partial refund")

STRIPE_PAYMENTS = Format(
    key="stripe-payments",
    title="Stripe payments",
    source="stripe",
    kind="orders",
    headers=(
        "id", "Description", "Seller Message", "Created (UTC)", "Amount", "Amount Refunded", "Currency", "Converted Amount",
        "Converted Amount Refunded", "Fee", "Tax", "Converted Currency", "Mode", "Status", "Statement Descriptor", "Customer ID",
        "Customer Description", "Customer Email", "Captured", "Card ID", "Invoice ID", "PaymentIntent ID",
    ),
    needs=("id", "Amount", "Amount Refunded", "Status", "Currency"),
    fields={
        "order_id": "id",
        "ordered_at": "Created (UTC)",
        "total": "Amount",
        "refunded": "Amount Refunded",
        "currency": "Currency",
        "status": "Status",
        "customer_id": "Customer ID",
        "email": "Customer Email",
        "tax": "Tax",
        "cancelled_at": "Not paid",
    },
    spellings={"Created (UTC)": ("Created date (UTC)",)},
    never=("Description", "Converted Amount", "Converted Amount Refunded", "Card ID", "Invoice ID"),
    where="Payments > Export > All columns",
    reshape=(When("Not paid", "Status", _PAID, others=True, also=("Mode", ("test",))),),
)  # fmt: skip

STRIPE_CUSTOMERS = Format(
    key="stripe-customers",
    title="Stripe customers",
    source="stripe",
    kind="customers",
    headers=(
        "id", "Description", "Email", "Name", "Created (UTC)", "Delinquent", "Card ID", "Card Last4", "Card Brand", "Plan", "Status", "Total Spend",
        "Payment Count", "Average Order", "Refunded Volume", "Dispute Losses",
    ),
    needs=("id", "Email", ("Delinquent", "Payment Count", "Card Last4"), ("Total Spend", "Dispute Losses", "Plan")),
    fields={"customer_id": "id", "email": "Email", "name": "Name", "joined": "Created (UTC)"},
    spellings={"Created (UTC)": ("Created date (UTC)",)},
    never=("Description", "Card ID", "Card Last4", "Status"),
    where="Customers > Export > All columns",
)  # fmt: skip
