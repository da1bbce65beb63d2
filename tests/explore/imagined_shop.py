"""A shop of 160 customers drawn by chance, as files and as rows: the tests count over the rows what the steps count over the store."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from lohko.state.workspace import Settings, create
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent
from lohko.wiring import open_work
from web.small_shop import bring_in

ZONE = ZoneInfo("Europe/Helsinki")
AS_OF = "2026-11-11"
TOWNS = ("Helsinki",) * 6 + ("Tampere",) * 4 + ("Turku",) * 2 + ("",)


@dataclass
class Customer:
    """What the files say of one customer."""

    town: str
    visits: int | None
    joined: dt.date
    orders: list[tuple[dt.datetime, int]] = field(default_factory=list)
    events: list[tuple[dt.datetime, str]] = field(default_factory=list)
    """Every event, orders too; instants in UTC."""


def draw(seed: int = 7, many: int = 160) -> dict[str, Customer]:
    """The customers by their numbers. Orders and events lie at whole minutes, some at the same one."""
    chance, found = random.Random(seed), {}
    for n in range(many):
        joined = dt.date(2023, 1, 1) + dt.timedelta(days=chance.randrange(1300))
        item = Customer("Utö" if n < 3 else chance.choice(TOWNS), chance.choice((None, *range(8), 40)), joined)
        for _ in range(chance.choice((0, 0, 1, 1, 2, 3, 6, 15))):
            at = dt.datetime(2024, 1, 5, tzinfo=dt.UTC) + dt.timedelta(minutes=chance.randrange(60 * 24 * 1040))
            item.orders.append((at, chance.randrange(5, 300)))
            item.events.append((at, "order"))
        for _ in range(chance.choice((0, 2, 5, 12))):
            at = dt.datetime(2026, 1, 5, tzinfo=dt.UTC) + dt.timedelta(hours=chance.randrange(24 * 309))
            item.events.append((at, chance.choice(("product_view", "add_to_cart", "support_ticket", "wish"))))
        found[f"c{n:03}"] = item
    return found


@contextmanager
def shop(folder: Path, customers: dict[str, Customer]) -> Iterator[Work]:
    """The workspace of these customers, with two segments: those of Tampere, and the three of a small island."""
    create(folder, Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(folder, silent) as work:
        rows = [
            f"{key},{key}@example.fi,{item.town},{'' if item.visits is None else item.visits},{item.joined}"
            for key, item in customers.items()
        ]
        bring_in(work, "customer_id,email,city,shop_visits,joined\n" + "\n".join(rows) + "\n", "customers", "customers.csv")
        orders = [
            f"{key},{key}-{n},{at:%Y-%m-%dT%H:%M:%SZ},{total}"
            for key, item in customers.items()
            for n, (at, total) in enumerate(item.orders)
        ]
        bring_in(work, "customer_id,order_id,ordered_at,total\n" + "\n".join(orders) + "\n", "orders", "orders.csv")
        events = [f"{key},{kind},{at:%Y-%m-%dT%H:%M:%SZ}" for key, item in customers.items() for at, kind in item.events if kind != "order"]
        bring_in(work, "customer_id,event,occurred_at\n" + "\n".join(events) + "\n", "events", "events.csv")
        rules = {"tampere": 'city is "Tampere"', "island": 'city is "Utö"'}
        apply(work, silent, files={f"{name}.yaml": f"id: {name}\nwhere: '{rule}'\n" for name, rule in rules.items()})
        yield work


def local(at: dt.datetime) -> dt.date:
    """The day of an instant on the workspace's wall."""
    return at.astimezone(ZONE).date()
