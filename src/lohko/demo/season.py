"""When people buy: days of the year and of the week, and hours of the day.

Buying is drawn in season time, where every day is alike on average; `Calendar`
bends it so that a December day holds more of it than a July day.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")

_MONTHS = (0.85, 0.8, 0.88, 0.98, 1.1, 0.98, 0.62, 0.85, 0.97, 1.0, 1.45, 1.55)
_WEEKDAYS = (1.06, 0.96, 0.95, 0.98, 0.9, 0.92, 1.23)  # Monday to Sunday
# No sale between 01 and 05: so no local time is one that a change of clocks skips or repeats.
_WEB_HOURS = (2, 0, 0, 0, 0, 1, 2, 4, 5, 6, 7, 7, 8, 7, 7, 7, 8, 9, 11, 14, 16, 15, 10, 5)
_SHOP_HOURS = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 7, 9, 8, 8, 9, 11, 12, 10, 6, 0, 0, 0, 0)


def weight(day: dt.date) -> float:
    """How much is bought on a day, about 1 on average."""
    made = _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()]
    if day.month == 12:
        made *= 1.25 if day.day <= 18 else 0.75 if day.day <= 22 else 0.25 if day.day <= 26 else 0.6
    elif day.month == 11 and 22 <= day.day <= 29:  # the week of Black Friday
        made *= 2.0
    elif day.month == 6 and 18 <= day.day <= 27 and day.weekday() >= 4:  # midsummer
        made *= 0.5
    return made


class Calendar:
    """The days from `first` up to, not including, `until`, and the way from season time to a local time."""

    def __init__(self, first: dt.date, until: dt.date) -> None:
        self.first, self.until = first, until
        count = (until - first).days
        self.days = [first + dt.timedelta(days=n) for n in range(count)]
        self._sums = list(accumulate(map(weight, self.days)))
        self.length = self._sums[-1]

    def day(self, season: float) -> dt.date | None:
        """The day that a moment of season time falls on; None when it is past the end."""
        place = bisect_right(self._sums, season)
        return self.days[place] if place < len(self.days) else None

    def season(self, day: dt.date) -> float:
        """The season time at which a day begins."""
        place = (day - self.first).days
        return self._sums[place - 1] if place > 0 else 0.0


def moment(random: Random, day: dt.date, *, in_shop: bool = False) -> dt.datetime:
    """A local time on a day: evenings in the web shop, afternoons in the store."""
    hour = random.choices(range(24), _SHOP_HOURS if in_shop else _WEB_HOURS)[0]
    return dt.datetime(day.year, day.month, day.day, hour, random.randrange(60), random.randrange(60), tzinfo=HELSINKI)
