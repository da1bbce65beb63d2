"""Stripe: payments, of which those that were paid are orders. Times are UTC, as their header says; amounts are as charged."""

from __future__ import annotations

from lohko.formats.format import Format

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
    },
    spellings={"Created (UTC)": ("Created date (UTC)",)},
    never=("Description", "Converted Amount", "Converted Amount Refunded", "Card ID", "Invoice ID"),
    where="Payments > Export > All columns",
)  # fmt: skip
