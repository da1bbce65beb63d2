"""Shopify's Admin API (GraphQL): customers, and orders with their lines and refunds.

Queries cost points that come back with time. What a query may cost is told with each
answer, so the next one waits until there is enough; a query that is too dear is made
smaller. Deleted customers and orders are told by webhooks alone, not here.

An app that was made in a shop's admin has a token that lasts. Since 2026 apps are made
in the Dev Dashboard: they ask for a token with their id and secret, and it lasts a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lohko.base.errors import InputError, PartialError
from lohko.base.times import written
from lohko.formats.shopify_records import customer_row, order_rows
from lohko.sources.kind import Arrived, Kind, Page, Reach, Row, Setting, Stream, onward
from lohko.sources.since import Since

CUSTOMERS = Stream("customers", "customers", "customers with address, tags and consents")
ORDERS = Stream("orders", "order-lines", "orders with their lines, discounts, refunds and cancellations", replace=True)
VERSION = "2026-07"
_SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
_MONEY = "{ shopMoney { amount currencyCode } }"
_LINES = f"""pageInfo {{ hasNextPage endCursor }}
nodes {{ sku name vendor quantity product {{ legacyResourceId productType }} originalUnitPriceSet {_MONEY}
  discountedTotalSet(withCodeDiscounts: true) {_MONEY} }}"""
_CUSTOMERS = """query ($n: Int!, $after: String, $changed: String) {
customers(first: $n, after: $after, query: $changed, sortKey: UPDATED_AT) { pageInfo { hasNextPage endCursor } nodes {
  legacyResourceId firstName lastName locale tags createdAt updatedAt
  defaultEmailAddress { emailAddress marketingState marketingUpdatedAt }
  defaultPhoneNumber { phoneNumber marketingState marketingUpdatedAt }
  defaultAddress { company address1 zip city provinceCode countryCodeV2 } } } }"""
_ORDERS = f"""query ($n: Int!, $after: String, $changed: String) {{
orders(first: $n, after: $after, query: $changed, sortKey: UPDATED_AT) {{ pageInfo {{ hasNextPage endCursor }} nodes {{
  id name email createdAt updatedAt cancelledAt displayFinancialStatus sourceName test discountCodes paymentGatewayNames
  customer {{ legacyResourceId }}
  subtotalPriceSet {_MONEY} totalShippingPriceSet {_MONEY} totalTaxSet {_MONEY} totalPriceSet {_MONEY} totalRefundedSet {_MONEY}
  lineItems(first: 25) {{ {_LINES} }} }} }} }}"""
_MORE_LINES = f"query ($id: ID!, $after: String) {{ order(id: $id) {{ lineItems(first: 100, after: $after) {{ {_LINES} }} }} }}"
_SIZES = (50, 20, 8, 3, 1)


class _TooDear(Exception):
    """The query costs more than the shop has."""


@dataclass(frozen=True)
class _Shop:
    """A shop, and the token that it is asked with."""

    reach: Reach
    address: str
    token: str


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    shop = _shop(reach)
    yield from _changed(shop, CUSTOMERS, _CUSTOMERS, "customers", "legacyResourceId", lambda node: [customer_row(node)])
    yield from _changed(shop, ORDERS, _ORDERS, "orders", "name", lambda node: order_rows(node, _lines(shop, node)))


def _changed(
    shop: _Shop, stream: Stream, query: str, name: str, key: str, rows: Callable[[Mapping[str, Any]], list[Row]]
) -> Iterator[Page]:
    since = Since(shop.reach.cursor(stream), shop.reach.now)
    asked = f"updated_at:>='{written(since.start)}'" if since.start else None
    after: str | None = None
    sizes = list(_SIZES)
    while True:
        try:
            found = _ask(shop, query, {"n": sizes[0], "after": after, "changed": asked})[name]
        except _TooDear as error:
            sizes.pop(0)
            if not sizes:
                raise PartialError("source_failed", "The shop's limit is too low for a single order.") from error
            continue
        fresh = [node for node in found["nodes"] if since.fresh(node[key], node["updatedAt"])]
        yield Page(stream, [row for node in fresh for row in rows(node)], since.cursor())
        if not found["pageInfo"]["hasNextPage"]:
            return
        after = onward(found["pageInfo"]["endCursor"], after)


def _lines(shop: _Shop, order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The lines of an order, also those that the first answer had no room for."""
    part = order["lineItems"]
    found = list(part["nodes"])
    while part["pageInfo"]["hasNextPage"]:
        answer = _ask(shop, _MORE_LINES, {"id": order["id"], "after": part["pageInfo"]["endCursor"]})
        if answer["order"] is None:  # deleted in between
            break
        part = answer["order"]["lineItems"]
        found += part["nodes"]
    return found


def _ask(shop: _Shop, query: str, variables: Mapping[str, Any]) -> Any:
    reach = shop.reach
    url = f"{shop.address}/admin/api/{reach.settings['version']}/graphql.json"
    headers = {"x-shopify-access-token": shop.token}
    for _ in range(30):
        body = reach.client.ask(url, method="POST", headers=headers, body={"query": query, "variables": dict(variables)}).json()
        cost = (body.get("extensions") or {}).get("cost") or {}
        codes = {(item.get("extensions") or {}).get("code") for item in body.get("errors") or ()}
        if "THROTTLED" in codes:
            reach.client.wait(_pause(cost, cost.get("requestedQueryCost") or 100))
            continue
        if "MAX_COST_EXCEEDED" in codes:
            raise _TooDear
        if "ACCESS_DENIED" in codes:
            raise InputError(
                "source_forbidden", "Shopify does not let this token read that.", hint="give it read_customers and read_orders."
            )
        if codes or not body.get("data"):
            raise PartialError(
                "source_answer", "Shopify could not answer the query.", hint="is the API version in the settings still served?"
            )
        if (pause := _pause(cost, cost.get("actualQueryCost") or 0)) > 0:
            reach.client.wait(pause)
        return body["data"]
    raise PartialError("source_busy", "Shopify asks to come back later.", hint="sync less often; the next sync goes on from here.")


def _pause(cost: Mapping[str, Any], wanted: Any) -> float:
    """How long until there are as many points as the next query wants."""
    status = cost.get("throttleStatus") or {}
    lacking = float(wanted) - float(status.get("currentlyAvailable", wanted))
    return max(0.0, lacking / max(float(status.get("restoreRate", 50)), 1.0))


def _shop(reach: Reach) -> _Shop:
    """The shop with the token that is set, or with one that the app of the Dev Dashboard is given for a day."""
    address, secret = _address(reach), reach.secret("token")
    app = reach.settings.get("client_id")
    if not app:
        return _Shop(reach, address, secret)
    form = {"grant_type": "client_credentials", "client_id": app, "client_secret": secret}
    answer = reach.client.ask(f"{address}/admin/oauth/access_token", method="POST", form=form, also=(400,))
    token = answer.json().get("access_token") if answer.status == 200 else None
    if not token:
        raise InputError(
            "source_unauthorised",
            "Shopify gives this app no access token.",
            hint="are client_id and token its id and secret, is it installed in this shop, and are both of the same organisation?",
        )
    return _Shop(reach, address, token)


def _address(reach: Reach) -> str:
    if given := reach.settings.get("address"):
        return given.rstrip("/")
    shop = reach.settings["shop"]
    if not _SHOP.fullmatch(shop):
        raise InputError("bad_setting", f"{shop!r} is no shop's address at Shopify.", hint="such as my-shop.myshopify.com.")
    return f"https://{shop}"


def _check(reach: Reach) -> str:
    data = _ask(_shop(reach), "query { shop { name } customersCount { count } }", {})
    return f"the shop {data['shop']['name']}, {data['customersCount']['count']:,} customers"


KIND = Kind(
    key="shopify",
    title="Shopify, by its Admin API",
    settings=(
        Setting("shop", "its address, my-shop.myshopify.com"),
        Setting("token", "the Admin API access token of a custom app, or with client_id the app's client secret", secret=True),
        Setting("client_id", "the client id of an app of the Dev Dashboard, which has no lasting token", required=False),
        Setting("version", "the version of the API", required=False, default=VERSION),
        Setting("address", "another address than https://SHOP", required=False),
        Setting("hook_secret", "what its webhooks are signed with", required=False, secret=True),
    ),
    streams=(CUSTOMERS, ORDERS),
    scopes="Scopes: read_customers, read_orders; read_all_orders as well for orders older than 60 days.",
    pull=_pull,
    check=_check,
)
