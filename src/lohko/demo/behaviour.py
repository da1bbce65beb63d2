"""How a customer of the demo shop behaves: when they buy, for how much, what, where, and what they read.

Buying follows BG/NBD, the usual model of shops without contracts (Fader, Hardie
and Lee 2005): each customer buys at a rate of their own, and after any purchase
may be gone for good with a chance of their own. Spending follows gamma-gamma:
baskets vary around a level of one's own. The draws are in season time, so the
year shows in the sales.

Python's own `random` and not numpy: its streams are the same in every version,
which the same bytes for the same seed need, and a customer is a few dozen
scalar draws.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from lohko.demo.people import Person
from lohko.demo.products import CATEGORIES
from lohko.demo.season import Calendar

# Rates are purchases a day of season time; the shares are of all customers in the file.
_RATE_SHAPE, _RATE_MEAN = 0.8, 0.0095
_LEAVES_A, _LEAVES_B = 0.8, 1.65
_BASKET_SHAPE, _LEVEL_SHAPE, _LEVEL_SCALE = 3.0, 3.0, 76.0
_USUAL_BASKET = _BASKET_SHAPE * _LEVEL_SCALE / (_LEVEL_SHAPE - 1)
_NEVER_BOUGHT, _FROM_BEFORE = 0.13, 0.14
_GROWTH = 0.7
_WITH_STORE = frozenset({"Helsinki", "Espoo", "Vantaa", "Tampere", "Nokia", "Turku", "Kaarina", "Oulu"})

# Weights in the order of CATEGORIES: clothes, shoes, hiking, kitchen, textiles, furnishing, garden, hardware.
TASTES: dict[str, tuple[float, ...]] = {
    "hiker": (4, 4, 9, 1, 0.5, 0.3, 0.5, 1),
    "decorator": (1, 0.5, 0.3, 4, 6, 7, 1, 0.5),
    "gardener": (1, 1.5, 0.5, 2, 1, 2, 9, 2),
    "cook": (0.5, 0.3, 0.5, 9, 3, 2, 1.5, 0.5),
    "dresser": (9, 6, 1, 1, 2, 1, 0.3, 0.2),
    "builder": (1, 1.5, 1.5, 0.5, 0.2, 0.3, 3, 9),
    "everything": (2, 2, 2, 2, 2, 2, 2, 2),
}
ANYONE = tuple(accumulate(TASTES["everything"]))


@dataclass(frozen=True)
class Habits:
    """One customer's ways. `bought` are the days of purchases; `tastes` and `tiers` are cumulative weights.

    `reads` is the chance that an e-mail is opened, `web` that a purchase is made
    in the web shop, `browses` the visits a day of season time that lead nowhere.
    """

    joined: dt.date
    bought: tuple[dt.date, ...]
    last_seen: dt.date
    level: float
    tastes: tuple[float, ...]
    tiers: tuple[float, ...]
    web: float
    tracked: bool
    browses: float
    reads: float
    bargains: bool
    wants_mail: bool

    def basket(self, random: Random) -> float:
        """What one purchase is meant to cost, in euros."""
        return random.gammavariate(_BASKET_SHAPE, self.level / _BASKET_SHAPE)

    def category(self, random: Random) -> str:
        """A category by taste."""
        return CATEGORIES[min(bisect_right(self.tastes, random.random() * self.tastes[-1]), len(CATEGORIES) - 1)]


def habits(random: Random, person: Person, calendar: Calendar) -> Habits:
    """Draw how a person behaves between the calendar's ends."""
    rate = random.gammavariate(_RATE_SHAPE, _RATE_MEAN / _RATE_SHAPE)
    kind = random.random()
    if kind < _NEVER_BOUGHT:
        joined, bought, last_seen = _onlooker(random, calendar)
    else:
        old = kind < _NEVER_BOUGHT + _FROM_BEFORE
        joined, bought, last_seen = _buyer(random, calendar, rate, old=old)
    never = not bought
    level = _BASKET_SHAPE / random.gammavariate(_LEVEL_SHAPE, 1 / _LEVEL_SCALE)
    web = random.betavariate(1.2, 1.4) if person.town in _WITH_STORE else random.betavariate(9, 0.6)
    tracked = (never or web > 0.1) and random.random() < 0.7
    return Habits(
        joined=joined,
        bought=bought,
        last_seen=last_seen,
        level=level,
        tastes=tuple(accumulate(TASTES[_taste(random, person)])),
        tiers=_tiers(level),
        web=web,
        tracked=tracked,
        browses=(0.009 if never else 0.006 + 1.3 * rate) * random.gammavariate(0.8, 1 / 0.8) if tracked else 0.0,
        reads=0.0 if random.random() < 0.16 else random.betavariate(2.2, 2.4),
        bargains=random.random() < 0.07,
        wants_mail=random.random() < (0.93 if never else 0.57),
    )


def newcomer_season(random: Random, calendar: Calendar) -> float:
    """A moment of season time at which someone new comes: more of them the longer the shop has been there."""
    g, u = _GROWTH, random.random()
    return calendar.length * (math.sqrt(1 + (2 * g + g * g) * u) - 1) / g


def _onlooker(random: Random, calendar: Calendar) -> tuple[dt.date, tuple[dt.date, ...], dt.date]:
    """Someone who joined, for the newsletter or with an account, and has not bought."""
    start = newcomer_season(random, calendar)
    gone = start + random.expovariate(1 / 200)
    return _day(calendar, start), (), _day(calendar, gone)


def _buyer(random: Random, calendar: Calendar, rate: float, *, old: bool) -> tuple[dt.date, tuple[dt.date, ...], dt.date]:
    """Joining, purchases and the last day in sight, by BG/NBD from the first purchase on.

    Customers from before the calendar are those who are still there: they buy
    more often than a newcomer does on average.
    """
    leaves = random.betavariate(_LEAVES_A, _LEAVES_B) * (0.7 if old else 1.0)
    if old:
        rate = max(rate, 0.004)
        at = random.expovariate(rate) % calendar.length
        joined = calendar.first - dt.timedelta(days=1 + int(random.random() * 4 * 365))
    else:
        at = newcomer_season(random, calendar)
        joined = _day(calendar, at)
        if random.random() < 0.35:
            joined = max(joined - dt.timedelta(days=int(random.expovariate(1 / 20))), calendar.first)
    bought = []
    while (day := calendar.day(at)) is not None:
        bought.append(day)
        if random.random() < leaves:
            return joined, tuple(bought), _day(calendar, at + random.expovariate(1 / 40))
        at += random.expovariate(rate)
    return joined, tuple(bought), calendar.days[-1]


def _day(calendar: Calendar, season: float) -> dt.date:
    return calendar.day(season) or calendar.days[-1]


def _tiers(level: float) -> tuple[float, ...]:
    """Cumulative weights of budget, middle and fine: who spends more also buys finer things."""
    if level < 0.6 * _USUAL_BASKET:
        return (6, 9, 10)
    return (3, 8, 10) if level < 1.3 * _USUAL_BASKET else (1, 5, 10)


def _taste(random: Random, person: Person) -> str:
    """Gardens and textiles with age, hiking with youth and the north, furnishing in the large towns."""
    young, old = person.birthday.year >= 1990, person.birthday.year <= 1965
    weights = {
        "hiker": 2.2 if young else 0.8 if old else 1.6,
        "decorator": 2.0 if person.town in _WITH_STORE else 1.1,
        "gardener": 2.0 if old else 0.4 if young else 1.0,
        "cook": 1.3,
        "dresser": 1.6 if young else 0.9,
        "builder": 0.5 if person.town in _WITH_STORE else 1.2,
        "everything": 0.8,
    }
    return random.choices(list(weights), list(weights.values()))[0]
