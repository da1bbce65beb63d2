"""The demo shop's orders: web orders and till sales, discounts, coupons, cancellations, returns, samples.

A campaign lowers prices on the lines; a coupon is a line of its own with a
negative price. What comes back is an order of its own with negative quantities.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from random import Random

from lohko.demo import basket
from lohko.demo.behaviour import ANYONE, Habits, newcomer_season
from lohko.demo.products import SAMPLE, Product
from lohko.demo.season import Calendar, moment

WEB, STORE = "Verkkokauppa", "Myymälä"
DELIVERED, UNDER_WAY, CANCELLED, RETURNED = "Toimitettu", "Käsittelyssä", "Peruttu", "Palautus"
WELCOME = "TERVETULOA10"
_CLUB = "KLUBI15"
_CENT = Decimal("0.01")
_WEB_PAYMENTS = ("Verkkopankki", "MobilePay", "Kortti", "Lasku")
_STORE_PAYMENTS = ("Kortti", "MobilePay", "Käteinen")
_CANCELLED_SHARE, _SAMPLE_SHARE, _ANONYMOUS_SHARE = 0.018, 0.03, 0.09
_RETURNS = {"Vaatteet": 0.1, "Jalkineet": 0.12}
_OTHER_RETURNS = 0.025


@dataclass(frozen=True)
class Line:
    """One line of an order; a coupon's line has no product."""

    product: Product | None
    name: str
    quantity: Decimal
    price: Decimal
    discount: Decimal = Decimal(0)


@dataclass(frozen=True)
class Order:
    """One order or receipt. `customer` is the place of the customer in the list of all, None at the till."""

    at: dt.datetime
    customer: int | None
    channel: str
    payment: str
    status: str
    lines: tuple[Line, ...]
    coupon: str = ""
    number: str = ""


@dataclass(frozen=True)
class Campaign:
    """Lowered prices between two days of every year, both included; of some categories, or of all."""

    first: tuple[int, int]
    last: tuple[int, int]
    percent: int
    categories: frozenset[str] = field(default_factory=frozenset)


_CAMPAIGNS = (
    Campaign((1, 2), (1, 18), 30, frozenset({"Vaatteet", "Jalkineet", "Tekstiilit"})),
    Campaign((4, 15), (4, 24), 15, frozenset({"Puutarha", "Tarvikkeet"})),
    Campaign((6, 10), (6, 18), 20, frozenset({"Retkeily", "Puutarha"})),
    Campaign((8, 20), (8, 31), 15, frozenset({"Jalkineet", "Keittiö"})),
    Campaign((11, 22), (11, 29), 20),
)


def orders(random: Random, customers: Sequence[Habits], calendar: Calendar) -> list[Order]:
    """Everything that was ordered, bought and returned before the calendar's end, in the order of time, numbered."""
    made = [order for place, habits in enumerate(customers) for order in _of_customer(random, place, habits, calendar)]
    receipts = round(len(made) * _ANONYMOUS_SHARE)
    made += [_till_sale(random, calendar) for _ in range(receipts)]
    made.sort(key=lambda order: (order.at, order.customer or -1))
    return _numbered(made)


def _of_customer(random: Random, place: int, habits: Habits, calendar: Calendar) -> Iterator[Order]:
    if habits.wants_mail and random.random() < _SAMPLE_SHARE:
        day = habits.joined + dt.timedelta(days=random.randrange(2, 40))
        if calendar.first <= day < calendar.until:
            yield Order(moment(random, day), place, WEB, "", DELIVERED, (Line(SAMPLE, SAMPLE.name, Decimal(1), Decimal(0)),))
    for nth, day in enumerate(habits.bought):
        order = _purchase(random, place, habits, day, first=nth == 0 and (day - habits.joined).days < 90)
        if order.channel == WEB and (calendar.until - day).days <= 2:
            order = replace(order, status=UNDER_WAY)
        if order.channel == WEB and random.random() < _CANCELLED_SHARE:
            yield replace(order, status=CANCELLED)
            continue
        yield order
        back = _return(random, order)
        if back is not None and back.at.date() < calendar.until:
            yield back


def _purchase(random: Random, place: int, habits: Habits, day: dt.date, *, first: bool) -> Order:
    on_web = random.random() < habits.web
    chosen = basket.fill(random, habits, day.month, habits.basket(random))
    lines = [Line(item, item.name, quantity, item.price, _campaign_discount(item, quantity, day)) for item, quantity in chosen]
    coupon = _coupon(random, habits, first=first) if on_web else ""
    if coupon:
        lines.append(_coupon_line(coupon, lines))
    elif random.random() < 0.01:
        lines.append(Line(SAMPLE, SAMPLE.name, Decimal(1), Decimal(0)))
    return Order(
        at=moment(random, day, in_shop=not on_web),
        customer=place,
        channel=WEB if on_web else STORE,
        payment=_payment(random, on_web=on_web),
        status=DELIVERED,
        lines=tuple(lines),
        coupon=coupon,
    )


def _payment(random: Random, *, on_web: bool) -> str:
    return random.choices(_WEB_PAYMENTS, (44, 26, 20, 10))[0] if on_web else random.choices(_STORE_PAYMENTS, (81, 9, 10))[0]


def _campaign_discount(item: Product, quantity: Decimal, day: dt.date) -> Decimal:
    for campaign in _CAMPAIGNS:
        if campaign.first <= (day.month, day.day) <= campaign.last and (not campaign.categories or item.category in campaign.categories):
            return _cents(item.price * quantity * campaign.percent / 100)
    return Decimal(0)


def _coupon(random: Random, habits: Habits, *, first: bool) -> str:
    if habits.bargains and random.random() < 0.9:
        return WELCOME if first else _CLUB
    if first:
        return WELCOME if habits.wants_mail and random.random() < 0.2 else ""
    return _CLUB if habits.wants_mail and random.random() < 0.06 else ""


def _coupon_line(coupon: str, lines: Sequence[Line]) -> Line:
    percent = int(coupon[-2:])
    total = sum((line.price * line.quantity - line.discount for line in lines), Decimal(0))
    return Line(None, f"Alennuskoodi {coupon}", Decimal(1), -max(_cents(total * percent / 100), _CENT))


def _return(random: Random, order: Order) -> Order | None:
    """What came back of an order, one to three weeks later, at the price that was paid for it; nothing for most."""
    share = 1.0 if order.channel == WEB else 0.4
    back = [
        Line(line.product, line.name, Decimal(-1), line.price - line.discount)
        for line in order.lines
        if line.product is not None
        and line.quantity == 1
        and line.price > 0
        and random.random() < share * _RETURNS.get(line.product.category, _OTHER_RETURNS)
    ]
    if not back:
        return None
    day = order.at.date() + dt.timedelta(days=random.randrange(5, 24))
    return replace(order, at=moment(random, day, in_shop=True), status=RETURNED, lines=tuple(back), coupon="")


_PASSER_BY = Habits(
    joined=dt.date.min,
    bought=(),
    last_seen=dt.date.min,
    level=38.0,
    tastes=ANYONE,
    tiers=tuple(accumulate((4, 5, 1))),
    web=0.0,
    tracked=False,
    browses=0.0,
    reads=0.0,
    bargains=False,
    wants_mail=False,
)


def _till_sale(random: Random, calendar: Calendar) -> Order:
    """A receipt without a customer: nobody showed a card."""
    day = calendar.day(newcomer_season(random, calendar)) or calendar.days[-1]
    chosen = basket.fill(random, _PASSER_BY, day.month, _PASSER_BY.basket(random))
    lines = tuple(Line(item, item.name, quantity, item.price, _campaign_discount(item, quantity, day)) for item, quantity in chosen)
    return Order(moment(random, day, in_shop=True), None, STORE, _payment(random, on_web=False), DELIVERED, lines)


def _numbered(made: Sequence[Order]) -> list[Order]:
    """Orders and receipts each have their own row of numbers."""
    web, till, numbered = 20_417, 5_203, []
    for order in made:
        if order.channel == WEB:
            web += 1
        else:
            till += 1
        numbered.append(replace(order, number=f"{web}" if order.channel == WEB else f"K-{till}"))
    return numbered


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
