"""WooCommerce's REST API, version 3: orders in the order of change, and customers.

Customers cannot be asked for by change, so they are gone through in full once a day
at most; what an order says of its customer comes with the order in between. An order
in the bin counts as cancelled; nothing tells of one that is deleted for good and was not
in the bin when it was looked at (the webhook order.deleted gives a number alone, and is
sent when an order goes to the bin, which the next sync sees).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lohko.base.times import instant, written
from lohko.formats.woocommerce_records import customer_row, order_rows
from lohko.sources.kind import Arrived, Kind, Page, Reach, Setting, Stream
from lohko.sources.since import Since, in_order

ORDERS = Stream("orders", "order-lines", "orders with their lines, refunds and cancellations", replace=True)
TRASHED = Stream("trashed", "order-lines", "orders in the bin, which count as cancelled", replace=True)
CUSTOMERS = Stream("customers", "customers", "registered customers with address")
_SIZE = 100
_EVERY = dt.timedelta(hours=23)


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    yield from _orders(reach, ORDERS, "any")
    yield from _orders(reach, TRASHED, "trash")
    yield from _customers(reach)


def _orders(reach: Reach, stream: Stream, status: str) -> Iterator[Page]:
    since = Since(reach.cursor(stream), reach.now)

    def ask(start: dt.datetime | None, page: int) -> Sequence[Mapping[str, Any]]:
        query = {"status": status, "orderby": "modified", "order": "asc", "per_page": _SIZE, "page": page + 1, "dates_are_gmt": "true"}
        if start is not None:  # what changed after it, so a second is taken off
            query["modified_after"] = written((start - dt.timedelta(seconds=1)).replace(microsecond=0))
        found: Sequence[Mapping[str, Any]] = _ask(reach, "orders", query)
        return found

    for orders in in_order(since, ask, lambda order: order["id"], lambda order: order["date_modified_gmt"], _SIZE):
        rows = [row for order in orders for row in order_rows(order)]
        yield Page(stream, rows, since.cursor(), len(orders) if stream is TRASHED else 0)


def _customers(reach: Reach) -> Iterator[Page]:
    """All of them, of which those that changed since the last time are new."""
    cursor = reach.cursor(CUSTOMERS)
    last, page = instant(cursor.get("looked_at")), int(cursor.get("page", 1))
    if page == 1 and last is not None and reach.now - last < _EVERY:
        return
    before = Since(cursor, reach.now)
    start = before.start
    since = Since(cursor.get("so_far") or cursor, reach.now)
    while True:
        found = _ask(reach, "customers", {"orderby": "id", "order": "asc", "role": "all", "per_page": _SIZE, "page": page})
        dated = [(item, instant(item.get("date_modified_gmt"))) for item in found]
        late = [(item, changed and written(changed)) for item, changed in dated if start is None or changed is None or changed >= start]
        new = [item for item, changed in late if not before.saw(item["id"], changed) and since.fresh(item["id"], changed)]
        rows = [customer_row(item) for item in new]
        page += 1
        if len(found) < _SIZE:
            yield Page(CUSTOMERS, rows, {**since.cursor(), "looked_at": written(reach.now)})
            return
        yield Page(CUSTOMERS, rows, {**cursor, "page": page, "so_far": since.cursor()})


def _ask(reach: Reach, what: str, query: Mapping[str, Any]) -> Any:
    url = f"{reach.settings['address'].rstrip('/')}/wp-json/wc/v3/{what}"
    return reach.client.ask(url, params=query, auth=(reach.secret("key"), reach.secret("secret"))).json()


def _check(reach: Reach) -> str:
    _ask(reach, "customers", {"per_page": 1, "role": "all"})
    return "orders and customers" if _ask(reach, "orders", {"per_page": 1}) else "no orders yet"


KIND = Kind(
    key="woocommerce",
    title="WooCommerce, by its REST API",
    settings=(
        Setting("address", "the shop's address, https://shop.example"),
        Setting("key", "the consumer key (ck_...)", secret=True),
        Setting("secret", "the consumer secret (cs_...)", secret=True),
        Setting("hook_secret", "what its webhooks are signed with", required=False, secret=True),
    ),
    streams=(ORDERS, TRASHED, CUSTOMERS),
    scopes="A REST API key with the permission Read, of a user who may see orders and customers.",
    pull=_pull,
    check=_check,
)
