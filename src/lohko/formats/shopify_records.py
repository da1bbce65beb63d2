"""Shopify's customers and orders as the Admin API writes them, in GraphQL and in REST, become rows of files.

The source asks GraphQL; webhooks, and files that were saved from the API or an app, have the older REST.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]


def customer_row(node: Mapping[str, Any]) -> Row:
    """A customer as a row of customers."""
    address, mail, phone = (node.get(name) or {} for name in ("defaultAddress", "defaultEmailAddress", "defaultPhoneNumber"))
    return {
        "customer_id": node["legacyResourceId"],
        "email": mail.get("emailAddress"),
        "phone": phone.get("phoneNumber"),
        "first_name": node.get("firstName"),
        "last_name": node.get("lastName"),
        "company": address.get("company"),
        "address": address.get("address1"),
        "postcode": address.get("zip"),
        "city": address.get("city"),
        "region": address.get("provinceCode"),
        "country": address.get("countryCodeV2"),
        "language": node.get("locale"),
        "tags": ", ".join(node.get("tags") or ()),
        "joined": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        **_consent("email", mail),
        **_consent("sms", phone),
    }


def _consent(channel: str, given: Mapping[str, Any]) -> Row:
    """A consent or its withdrawal, with its time where Shopify knows it."""
    at = given.get("marketingUpdatedAt")
    match (given.get("marketingState") or "").upper():
        case "SUBSCRIBED":
            return {f"consent_{channel}": at or "yes"}
        case "UNSUBSCRIBED":
            return {f"optout_{channel}": at or "yes"}
        case "INVALID" | "REDACTED":  # the time is still that of the consent, which this ends
            return {f"optout_{channel}": "yes"}
    return {}


def order_rows(order: Mapping[str, Any], lines: list[Mapping[str, Any]]) -> list[Row]:
    """An order as its lines, each with what belongs to the whole order; one without lines is one row of its total."""

    def money(holder: Mapping[str, Any], name: str) -> Any:
        return ((holder.get(name) or {}).get("shopMoney") or {}).get("amount")

    total = order.get("totalPriceSet") or {}
    whole = {
        "order_id": order["name"],
        "customer_id": (order.get("customer") or {}).get("legacyResourceId"),
        "email": order.get("email"),
        "ordered_at": order["createdAt"],
        "status": (order.get("displayFinancialStatus") or "").lower(),
        "cancelled_at": order.get("cancelledAt"),
        "currency": (total.get("shopMoney") or {}).get("currencyCode"),
        "channel": order.get("sourceName"),
        "coupon": ", ".join(order.get("discountCodes") or ()),
        "payment_method": ", ".join(order.get("paymentGatewayNames") or ()),
        "order_subtotal": money(order, "subtotalPriceSet"),
        "order_shipping": money(order, "totalShippingPriceSet"),
        "order_tax": money(order, "totalTaxSet"),
        "order_total": money(order, "totalPriceSet"),
        "refunded": money(order, "totalRefundedSet"),
        "test_order": "yes" if order.get("test") else None,
    }
    if not lines:
        return [
            {**whole, "quantity": 1, "unit_price": whole["order_subtotal"] or whole["order_total"], "line_total": whole["order_subtotal"]}
        ]
    return [
        {
            **whole,
            "product_id": line.get("sku") or (line.get("product") or {}).get("legacyResourceId"),
            "product_name": line.get("name"),
            "brand": line.get("vendor"),
            "category": (line.get("product") or {}).get("productType"),
            "quantity": line["quantity"],
            "unit_price": money(line, "originalUnitPriceSet"),
            "line_total": money(line, "discountedTotalSet"),
        }
        for line in lines
    ]


def order_rows_with_lines(order: Mapping[str, Any]) -> list[Row]:
    """An order of GraphQL that holds its lines; ValueError when it says that there are more of them."""
    part = order["lineItems"]
    if (part.get("pageInfo") or {}).get("hasNextPage"):
        raise ValueError("the order has more lines than are here")
    return order_rows(order, list(part["nodes"]))


def _money(amount: Any, currency: Any) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": currency}}


def order_rows_of_rest(body: Mapping[str, Any]) -> list[Row]:
    """An order as the older REST API and the webhooks write it, as the GraphQL API would give it."""
    currency = body.get("currency")
    shipping = ((body.get("total_shipping_price_set") or {}).get("shop_money") or {}).get("amount")
    order = {
        "name": body["name"],
        "email": body.get("email") or None,
        "createdAt": body["created_at"],
        "cancelledAt": body.get("cancelled_at"),
        "displayFinancialStatus": body.get("financial_status"),
        "sourceName": body.get("source_name"),
        "test": body.get("test"),
        "discountCodes": [one.get("code") for one in body.get("discount_codes") or ()],
        "paymentGatewayNames": body.get("payment_gateway_names"),
        "customer": {"legacyResourceId": str(body["customer"]["id"])} if (body.get("customer") or {}).get("id") else None,
        "subtotalPriceSet": _money(body.get("subtotal_price"), currency),
        "totalShippingPriceSet": _money(shipping, currency),
        "totalTaxSet": _money(body.get("total_tax"), currency),
        "totalPriceSet": _money(body.get("total_price"), currency),
        "totalRefundedSet": _money(str(_given_back(body)), currency),
    }
    return order_rows(order, [_line_of_rest(line, currency) for line in body["line_items"]])


def _given_back(body: Mapping[str, Any]) -> Decimal:
    """What was given back, in the shop's own currency: it is told in the one in which the customer paid."""
    total = body.get("total_price_set") or {}
    own, paid = (Decimal(str((total.get(name) or {}).get("amount") or 0)) for name in ("shop_money", "presentment_money"))
    back = Decimal(0)
    for refund in body.get("refunds") or ():
        for one in refund.get("transactions") or ():
            if one.get("kind") != "refund" or one.get("status", "success") != "success":
                continue
            amount = Decimal(str(one.get("amount") or 0))
            foreign = one.get("currency") not in (None, body.get("currency")) and paid
            back += (amount * own / paid).quantize(Decimal("0.01")) if foreign else amount
    return back


def _line_of_rest(line: Mapping[str, Any], currency: Any) -> dict[str, Any]:
    whole = Decimal(str(line["price"])) * int(line["quantity"])
    off = sum((Decimal(str(one.get("amount") or 0)) for one in line.get("discount_allocations") or ()), Decimal(0))
    return {
        "sku": line.get("sku"),
        "name": line.get("name") or line.get("title"),
        "vendor": line.get("vendor"),
        "quantity": line["quantity"],
        "product": {"legacyResourceId": line.get("product_id"), "productType": None},
        "originalUnitPriceSet": _money(line["price"], currency),
        "discountedTotalSet": _money(str(whole - off), currency),
    }


def customer_row_of_rest(body: Mapping[str, Any]) -> Row:
    """A customer as the older REST API and the webhooks write it."""
    address, mail, sms = (body.get(name) or {} for name in ("default_address", "email_marketing_consent", "sms_marketing_consent"))

    row = customer_row(
        {
            "legacyResourceId": str(body["id"]),
            "firstName": body.get("first_name"),
            "lastName": body.get("last_name"),
            "tags": [part.strip() for part in (body.get("tags") or "").split(",") if part.strip()],
            "createdAt": body.get("created_at"),
            "updatedAt": body["updated_at"],
            "defaultEmailAddress": {"emailAddress": body.get("email"), **_marketing(mail)},
            "defaultPhoneNumber": {"phoneNumber": body.get("phone"), **_marketing(sms)},
            "defaultAddress": {
                "company": address.get("company"),
                "address1": address.get("address1"),
                "zip": address.get("zip"),
                "city": address.get("city"),
                "provinceCode": address.get("province_code"),
                "countryCodeV2": address.get("country_code"),
            },
        }
    )
    # It never tells the language, and since version 2025-01 no tags either: what is not told is no blank, which would end what is known.
    return {name: value for name, value in row.items() if name != "language" and (name != "tags" or "tags" in body)}


def consent_row_of_rest(body: Mapping[str, Any]) -> Row | None:
    """What a customer's consent to e-mail or text messages has become, as webhooks of their own tell it; None where it is neither given nor taken back.

    Since version 2025-01 nothing else tells it: customers come without their consents.
    """
    consents = {
        **_consent("email", _marketing(body.get("email_marketing_consent") or {})),
        **_consent("sms", _marketing(body.get("sms_marketing_consent") or {})),
    }
    return {"customer_id": str(body.get("customer_id") or body["id"]), **consents} if consents else None


def _marketing(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"marketingState": given.get("state"), "marketingUpdatedAt": given.get("consent_updated_at")}
