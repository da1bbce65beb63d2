"""What the demo shop's customers look at, put in their carts and read: the events before, between and without orders.

Only customers who let themselves be recognised are seen looking. A web order
has its views and its cart just before it; most visits lead nowhere, some leave
a cart behind. E-mails go to those who agreed, from the day they did.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from lohko.demo import basket
from lohko.demo.behaviour import Habits
from lohko.demo.consents import Consents
from lohko.demo.orders import WEB, Order
from lohko.demo.products import Product
from lohko.demo.season import HELSINKI, Calendar, moment

VIEW, CART = "product_view", "add_to_cart"
RECEIVED, OPENED, CLICKED = "email_received", "email_opened", "email_clicked"
_EVERY_WEEKS, _MAIL_HOUR = 4, 9
_CLICKS, _LEAVES_CART = 0.1, 0.27
_SUBJECTS = (
    "Uusi vuosi, uudet reitit",
    "Hiihtolomalle",
    "Taimet ituun",
    "Kevään ensimmäiset",
    "Pihakausi alkaa",
    "Juhannukseksi mökille",
    "Kesän retket",
    "Syksyn uutuudet",
    "Villaa ja lämpöä",
    "Pimeän ajan valot",
    "Black Friday alkaa",
    "Pukin konttiin",
)


@dataclass(frozen=True)
class Event:
    """Something a customer did, at an instant. `customer` is the place of the customer in the list of all."""

    at: dt.datetime
    name: str
    customer: int
    properties: dict[str, Any] = field(hash=False)


def events(
    random: Random,
    customers: Sequence[Habits],
    agreed: Sequence[Consents],
    made: Iterable[Order],
    calendar: Calendar,
) -> list[Event]:
    """Every event before the calendar's end, in the order of time."""
    found: list[Event] = []
    for order in made:
        if order.channel == WEB and order.customer is not None and customers[order.customer].tracked:
            found += _before_order(random, order, order.customer, customers[order.customer])
    mailings = _mailings(calendar)
    for place, habits in enumerate(customers):
        found += _browsing(random, place, habits, calendar)
        start = agreed[place].mail_from
        if start is not None:
            found += _messages(random, place, habits, start, mailings)
    end = dt.datetime.combine(calendar.until, dt.time(), HELSINKI)
    begin = dt.datetime.combine(calendar.first, dt.time(), HELSINKI)
    inside = [event for event in found if begin <= event.at < end]
    inside.sort(key=lambda event: (event.at, event.customer, event.name))
    return inside


def _before_order(random: Random, order: Order, place: int, habits: Habits) -> Iterator[Event]:
    """The views and the cart of what was ordered, up to an hour before it, and what else was looked at."""
    wanted = [line for line in order.lines if line.product is not None and line.price and line.quantity > 0]
    if not wanted:
        return
    device = _device(random)
    others = [random.randrange(4) for _ in wanted]
    at = order.at - dt.timedelta(seconds=random.randrange(240, 3000))
    step = (order.at - at) / (2 * len(wanted) + sum(others) + 1)
    for line, more in zip(wanted, others, strict=True):
        assert line.product is not None
        looked_at = [basket.product(random, habits, at.month) for _ in range(more)]
        for item in (*looked_at, line.product):
            at += step
            yield Event(at, VIEW, place, _product(item, device))
        at += step
        yield Event(at, CART, place, {**_product(line.product, device), "quantity": float(line.quantity)})


def _browsing(random: Random, place: int, habits: Habits, calendar: Calendar) -> Iterator[Event]:
    """Visits without an order, while the customer is still interested."""
    if not habits.browses:
        return
    at = calendar.season(max(habits.joined, calendar.first)) + random.expovariate(habits.browses)
    while (day := calendar.day(at)) is not None and day <= habits.last_seen:
        yield from _visit(random, place, habits, moment(random, day))
        at += random.expovariate(habits.browses)


def _visit(random: Random, place: int, habits: Habits, at: dt.datetime) -> Iterator[Event]:
    device = _device(random)
    looked_at = None
    for _ in range(min(1 + int(random.expovariate(1 / 2.6)), 12)):
        looked_at = basket.product(random, habits, at.month)
        yield Event(at, VIEW, place, _product(looked_at, device))
        at += dt.timedelta(seconds=random.randrange(8, 150))
    if looked_at is not None and random.random() < _LEAVES_CART:
        yield Event(at, CART, place, {**_product(looked_at, device), "quantity": float(looked_at.packs[0])})


def _mailings(calendar: Calendar) -> list[tuple[dt.datetime, dict[str, Any]]]:
    """Every fourth Thursday a newsletter, and one as the sales of November begin."""
    thursday = calendar.first + dt.timedelta(days=(3 - calendar.first.weekday()) % 7)
    days = {thursday + dt.timedelta(weeks=n): "Uutiskirje" for n in range(0, len(calendar.days) // 7 + 1, _EVERY_WEEKS)}
    days |= {dt.date(year, 11, 22): "Black Friday" for year in range(calendar.first.year, calendar.until.year + 1)}
    return [
        (
            dt.datetime(day.year, day.month, day.day, _MAIL_HOUR, tzinfo=HELSINKI),
            {"campaign": f"{title} {day.day}.{day.month}.{day.year}", "subject": _SUBJECTS[day.month - 1]},
        )
        for day, title in sorted(days.items())
        if calendar.first <= day < calendar.until
    ]


def _messages(
    random: Random, place: int, habits: Habits, start: dt.date, mailings: Sequence[tuple[dt.datetime, dict[str, Any]]]
) -> Iterator[Event]:
    """The welcome and the newsletters since the consent, and what came of them."""
    welcome = moment(random, start) + dt.timedelta(minutes=2)
    yield from _message(random, place, habits, welcome, {"campaign": "Tervetuloa", "subject": "Mukavaa, että liityit"})
    for sent, properties in mailings:
        if sent > welcome:
            yield from _message(random, place, habits, sent + dt.timedelta(seconds=random.randrange(2400)), properties)


def _message(random: Random, place: int, habits: Habits, sent: dt.datetime, properties: dict[str, Any]) -> Iterator[Event]:
    yield Event(sent, RECEIVED, place, properties)
    # Who is gone still gets the messages, and seldom opens one.
    reads = habits.reads if sent.date() <= habits.last_seen else habits.reads * 0.5
    if random.random() >= reads:
        return
    opened = sent + dt.timedelta(minutes=1 + int(random.expovariate(1 / 420)))
    yield Event(opened, OPENED, place, properties)
    if random.random() < _CLICKS:
        clicked = opened + dt.timedelta(seconds=random.randrange(5, 90))
        yield Event(clicked, CLICKED, place, properties)
        if habits.tracked:
            yield from _visit(random, place, habits, clicked + dt.timedelta(seconds=3))


def _device(random: Random) -> str:
    return random.choices(("mobile", "desktop", "tablet"), (62, 31, 7))[0]


def _product(item: Product, device: str) -> dict[str, Any]:
    return {
        "product_id": item.id,
        "product_name": item.name,
        "category": item.category,
        "brand": item.brand,
        "price": float(item.price),
        "device": device,
    }
