"""Who entered and left a segment along time, by cause, as a picture in the page's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lohko.base import formats
from lohko.base.times import period_of
from lohko.web import figure_charts
from lohko.web.charts import ticks_around
from lohko.web.data_words import CAUSES
from lohko.web.explore_words import Picture, Saying
from lohko.web.figure_charts import Stack
from lohko.web.language import N_

if TYPE_CHECKING:
    from markupsafe import Markup

    from lohko.base.times import CalendarUnit

_WIDE, _NARROW = 720, 340
MOST_BARS = 45
"""More days than these are drawn by week, more weeks by month."""


def unit_of(days: Sequence[dt.date]) -> CalendarUnit:
    """The shortest calendar unit of which the days make no more bars than can be told apart.

    >>> unit_of([dt.date(2026, 11, 1), dt.date(2026, 11, 28)]), unit_of([dt.date(2025, 11, 1), dt.date(2026, 11, 28)])
    ('day', 'month')
    """
    spread = (max(days) - min(days)).days + 1
    return "day" if spread <= MOST_BARS else "week" if spread <= 7 * MOST_BARS else "month"


def flow_picture(said: Saying, heading: str, rows: Sequence[Mapping[str, Any]]) -> list[Picture]:
    """The picture of the rows of `segment_flow`; none where nobody has moved since the first refresh."""
    moved = [row for row in rows if row["cause"] != "first" and row["people"]]
    if not moved:
        return []
    days = [dt.date.fromisoformat(row["day"]) for row in moved]
    unit = unit_of(days)
    causes = [cause for cause in CAUSES if any(row["cause"] == cause for row in moved)]
    times, time, end = [], period_of(min(days), "this", unit)[0], max(days)
    while time <= end:
        times.append(time)
        time = period_of(time, "this", unit)[1]
    piles = {time: ([0] * len(causes), [0] * len(causes)) for time in times}
    for row, day in zip(moved, days, strict=True):
        piles[period_of(day, "this", unit)[0]][0 if row["entered"] else 1][causes.index(row["cause"])] += row["people"]
    names = [said.say(CAUSES[cause]) for cause in causes]
    most, least = max(sum(came) for came, _ in piles.values()), max(sum(left) for _, left in piles.values())
    ticks = [(tick, formats.number(abs(tick), said.language)) for tick in ticks_around(-least, most)]
    came, gone = (sum(row["people"] for row in moved if row["entered"] is way) for way in (True, False))
    since = formats.date(min(days), said.language)
    desc = said.say(N_("%(came)s entered and %(left)s left since %(day)s."), came=said.n(came), left=said.n(gone), day=since)

    def draw(which: str, width: int, most_labels: int) -> Markup:
        every = max(1, -(-len(times) // most_labels))
        stacks = [
            Stack(
                said.short(time.isoformat(), unit) if n % every == 0 else "", *piles[time], tip=_tip(said, time, unit, names, piles[time])
            )
            for n, time in enumerate(times)
        ]
        return figure_charts.diverging(f"flow-{which}", names, stacks, ticks, title=heading, desc=desc, width=width, height=300)

    return [Picture(heading, draw("wide", _WIDE, 9), draw("narrow", _NARROW, 4))]


def _tip(said: Saying, time: dt.date, unit: CalendarUnit, names: Sequence[str], pile: tuple[list[int], list[int]]) -> str:
    lines = [said.period(time.isoformat(), unit)]
    for title, values in zip((said.say(N_("Entered")), said.say(N_("Left"))), pile, strict=True):
        told = ", ".join(f"{name} {said.n(n)}" for name, n in zip(names, values, strict=True) if n)
        lines += [f"{title}: {told}"] if told else []
    return "\n".join(lines)
