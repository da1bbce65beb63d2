"""Shopify's GraphQL and WooCommerce's REST API, played."""

from __future__ import annotations

import base64
import datetime as dt
import re
from urllib.parse import parse_qsl

from sources.local_server import Asked, Server, Told, told
from sources.playing import KEY, Deed, Person, Played, iso


def money(amount: float) -> dict:
    return {"shopMoney": {"amount": f"{amount:.2f}", "currencyCode": "EUR"}}


class Shopify(Played):
    """GraphQL with a bucket of points: 100 of them, a query of n records costs 2 + 3n, and none above 50 is served."""

    kind = "shopify"
    people_stream = "customers"
    points = 100.0
    with_codes = False
    """Whether the query asks for lines less what codes take off; without it they are told as dearer."""

    def settings(self, server: Server) -> dict[str, str]:
        return {"shop": "demo.myshopify.com", "token": "env:PLAYED_KEY", "address": server.url}

    def allowed(self, asked: Asked) -> bool:
        return asked.headers["x-shopify-access-token"] == KEY

    def right(self, asked: Asked) -> Told:
        assert re.fullmatch(r"/admin/api/\d{4}-\d{2}/graphql\.json", asked.path) and asked.method == "POST"
        body = asked.json()
        query, given = body["query"], body["variables"]
        wanted = 2 + 3 * given.get("n", 1)
        if wanted > 50:
            return told({"errors": [{"message": "too dear", "extensions": {"code": "MAX_COST_EXCEEDED"}}]})
        cost = {"requestedQueryCost": wanted, "actualQueryCost": wanted}
        if wanted > self.points:
            cost["throttleStatus"] = {"maximumAvailable": 100, "currentlyAvailable": self.points, "restoreRate": 50}
            self.points = 100.0  # by the time it is asked again
            return told({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], "extensions": {"cost": cost}})
        self.points -= wanted
        cost["throttleStatus"] = {"maximumAvailable": 100, "currentlyAvailable": self.points, "restoreRate": 50}
        return told({"data": self.data(query, given), "extensions": {"cost": cost}})

    def data(self, query: str, given: dict) -> dict:
        if "shop {" in query:
            return {"shop": {"name": "Demo"}, "customersCount": {"count": len(self.people)}}
        if "order(id" in query:
            deed = self.deeds[int(given["id"].rpartition("/")[2])]
            lines = self.lines(deed)
            begin = int(given["after"])
            return {"order": {"lineItems": {"nodes": lines[begin : begin + 100], "pageInfo": {"hasNextPage": False, "endCursor": None}}}}
        name = "customers" if "customers(" in query else "orders"
        self.with_codes = "discountedTotalSet(withCodeDiscounts: true)" in query
        found = self.of_people() if name == "customers" else self.of_deeds()
        if given["changed"]:
            start = dt.datetime.fromisoformat(re.fullmatch(r"updated_at:>='(.+)'", given["changed"])[1])
            found = [one for one in found if one.changed >= start]
        part, following = self.after(found, given["after"])
        nodes = [self.customer(one) if name == "customers" else self.order(one) for one in part]
        return {name: {"nodes": nodes, "pageInfo": {"hasNextPage": following is not None, "endCursor": str(following)}}}

    def customer(self, one: Person) -> dict:
        state = {True: "SUBSCRIBED", False: "UNSUBSCRIBED", None: "NOT_SUBSCRIBED"}[one.subscribed]
        return {
            "legacyResourceId": str(one.id),
            "firstName": "Anna",
            "lastName": f"Mäki{one.id}",
            "locale": "fi",
            "tags": ["vip", "uusi"] if one.id == 1 else [],
            "createdAt": iso(self.time(-1000)),
            "updatedAt": iso(one.changed),
            "defaultEmailAddress": {"emailAddress": one.email, "marketingState": state, "marketingUpdatedAt": iso(one.changed)},
            "defaultPhoneNumber": None,
            "defaultAddress": {
                "company": None,
                "address1": "Katu 1",
                "zip": "90100",
                "city": one.city,
                "provinceCode": None,
                "countryCodeV2": "FI",
            },
        }

    def lines(self, deed: Deed) -> list[dict]:
        product = {"legacyResourceId": "9", "productType": "Tents"}
        line = {"sku": "T1", "name": "Tent", "vendor": "Halti", "quantity": 1, "product": product, "originalUnitPriceSet": money(62.75)}
        off = [deed.more.get("off_by_code", 0) if self.with_codes and n == 0 else 0 for n in range(deed.more.get("lines", 2))]
        return [{**line, "discountedTotalSet": money(62.75 - part)} for part in off]

    def order(self, deed: Deed) -> dict:
        lines = self.lines(deed)
        goods = 62.75 * len(lines) - deed.more.get("off_by_code", 0)
        return {
            "id": f"gid://shopify/Order/{deed.id}",
            "name": f"#{1000 + deed.id}",
            "email": f"person{deed.person}@example.fi",
            "createdAt": iso(deed.at),
            "updatedAt": iso(deed.changed),
            "cancelledAt": iso(deed.changed) if deed.state == "cancelled" else None,
            "displayFinancialStatus": "PARTIALLY_REFUNDED" if "refunded" in deed.more else "PAID",
            "sourceName": "web",
            "test": False,
            "discountCodes": ["SPRING"] if "off_by_code" in deed.more else [],
            "paymentGatewayNames": ["klarna"],
            "customer": {"legacyResourceId": str(deed.person)},
            "subtotalPriceSet": money(goods),
            "totalShippingPriceSet": money(5),
            "totalTaxSet": money((goods + 5) * 25.5 / 125.5),
            "totalPriceSet": money(goods + 5),
            "totalRefundedSet": money(deed.more.get("refunded", 0)),
            "lineItems": {"nodes": lines[:25], "pageInfo": {"hasNextPage": len(lines) > 25, "endCursor": "25"}},
        }

    def delete(self, person: int) -> None:
        """Shopify tells of that by a webhook alone."""


class ShopifyOfToday(Shopify):
    """A shop whose app was made in the Dev Dashboard: its tokens last for a day, and it asks for them with its id and secret."""

    today = "shpat_of_today"

    def settings(self, server: Server) -> dict[str, str]:
        return {**super().settings(server), "client_id": "app-1"}

    def allowed(self, asked: Asked) -> bool:
        return asked.headers["x-shopify-access-token"] == self.today

    def answer(self, asked: Asked) -> Told:
        if asked.path != "/admin/oauth/access_token":
            return super().answer(asked)
        given = dict(parse_qsl(asked.body.decode()))
        if given != {"grant_type": "client_credentials", "client_id": "app-1", "client_secret": KEY}:
            return 400, {"content-type": "text/html"}, b"<p>Oauth error shop_not_permitted</p>"
        return told({"access_token": self.today, "scope": "read_customers,read_orders", "expires_in": 86399})


class WooCommerce(Played):
    """REST with numbered pages and a filter that takes what changed after an instant."""

    kind = "woocommerce"
    people_stream = "customers"
    sizes = ("_SIZE",)

    def settings(self, server: Server) -> dict[str, str]:
        return {"key": "env:PLAYED_NAME", "secret": "env:PLAYED_KEY", "address": server.url}

    def allowed(self, asked: Asked) -> bool:
        return asked.headers["authorization"] == "Basic " + base64.b64encode(f"ck_1:{KEY}".encode()).decode()

    def right(self, asked: Asked) -> Told:
        query = asked.query
        size, page = min(100, int(query.get("per_page", 10))), int(query.get("page", 1))
        if asked.path == "/wp-json/wc/v3/orders":
            wanted = query.get("status", "any")
            found = [one for one in self.of_deeds() if (one.state == "trash") == (wanted == "trash")]
            if "modified_after" in query:
                assert query["dates_are_gmt"] == "true"
                start = dt.datetime.fromisoformat(query["modified_after"])
                found = [one for one in found if one.changed > start]
            rows = [self.order(one) for one in found]
        elif asked.path == "/wp-json/wc/v3/customers":
            assert query["role"] == "all"
            rows = [self.customer(one) for one in sorted(self.people.values(), key=lambda one: one.id)]
        else:
            return told({"code": "rest_no_route"}, 404)
        pages = -(-len(rows) // size)
        return told(rows[(page - 1) * size : page * size], x_wp_total=str(len(rows)), x_wp_totalpages=str(pages))

    def gmt(self, at: dt.datetime) -> str:
        return at.strftime("%Y-%m-%dT%H:%M:%S")

    def billing(self, person: int) -> dict:
        return {
            "first_name": "Anna",
            "last_name": f"Mäki{person}",
            "email": f"person{person}@example.fi",
            "city": self.people[person].city,
            "country": "FI",
            "postcode": "90100",
            "address_1": "Katu 1",
            "company": "",
            "phone": "",
        }

    def customer(self, one: Person) -> dict:
        dates = {"date_created_gmt": self.gmt(self.time(-1000)), "date_modified_gmt": self.gmt(one.changed)}
        return {
            "id": one.id,
            "email": one.email,
            "first_name": "Anna",
            "last_name": f"Mäki{one.id}",
            "billing": self.billing(one.id),
            **dates,
        }

    def order(self, deed: Deed) -> dict:
        refunds = [{"id": 1, "reason": "", "total": f"-{deed.more['refunded']:.2f}"}] if "refunded" in deed.more else []
        status = {"cancelled": "cancelled", "trash": "trash"}.get(deed.state, "completed")
        line = {
            "id": 1,
            "name": "Tent",
            "product_id": 9,
            "sku": "T1",
            "quantity": 1,
            "subtotal": "50.00",
            "total": "50.00",
            "total_tax": "12.75",
        }
        return {
            "id": deed.id,
            "status": status,
            "currency": "EUR",
            "customer_id": deed.person,
            "billing": self.billing(deed.person),
            "created_via": "checkout",
            "payment_method": "paytrail",
            "date_created_gmt": self.gmt(deed.at),
            "date_modified_gmt": self.gmt(deed.changed),
            "prices_include_tax": True,
            "shipping_total": "3.98",
            "shipping_tax": "1.02",
            "total_tax": "26.52",
            "total": "130.50",
            "discount_total": "0.00",
            "line_items": [line, line],
            "fee_lines": [],
            "coupon_lines": [],
            "refunds": refunds,
        }

    def delete(self, person: int) -> None:
        """WooCommerce tells of that by a webhook alone."""
