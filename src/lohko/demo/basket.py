"""What goes into one basket: things of the customer's taste and of the season, up to what is to be spent."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import accumulate
from random import Random

from lohko.demo.behaviour import Habits
from lohko.demo.products import PRODUCTS, Product

_TIERS = 3
_IN_SEASON, _OFF_SEASON = 8, 1


def product(random: Random, habits: Habits, month: int) -> Product:
    """One product that this customer would look at in this month."""
    first, sums = _of_category(habits.category(random), month)
    place = random.choices(first, cum_weights=sums)[0]
    return PRODUCTS[place + random.choices(range(_TIERS), cum_weights=habits.tiers)[0]]


def fill(random: Random, habits: Habits, month: int, target: float) -> list[tuple[Product, Decimal]]:
    """Products with quantities that cost about as much as the customer means to spend; at least one, and no kind of thing twice."""
    chosen: dict[str, tuple[Product, Decimal]] = {}
    room, cheapest = target, None
    for _ in range(14):
        item = product(random, habits, month)
        quantity = random.choice(item.packs)
        cost = float(item.price * quantity)
        if cheapest is None or cost < cheapest[0]:
            cheapest = (cost, item, quantity)
        if item.name not in chosen and cost <= max(1.25 * room, 15):
            chosen[item.name] = (item, quantity)
            room -= cost
            if room < 0.2 * target or len(chosen) == 7:
                break
    if not chosen and cheapest is not None:
        return [cheapest[1:]]
    return list(chosen.values())


@cache
def _of_category(category: str, month: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where the kinds of things of a category begin in `PRODUCTS`, and cumulative weights for a month."""
    places = tuple(n for n in range(0, len(PRODUCTS), _TIERS) if PRODUCTS[n].category == category)
    return places, tuple(accumulate(_IN_SEASON if month in PRODUCTS[n].months else _OFF_SEASON for n in places))
