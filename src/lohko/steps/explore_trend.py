"""Trends: a measure per day, week, month, quarter or year, its season taken out, and beside the year before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lohko.base.errors import InputError
from lohko.base.times import local_day, period_of
from lohko.engine import explore_time
from lohko.maths.trend import ROUNDS_THAT_CHANGE, SEASONAL, stl
from lohko.steps.explore import unit_of
from lohko.steps.explored import EVERYONE, between, explored, groups, one_of
from lohko.steps.history import sizes
from lohko.steps.question import Question
from lohko.steps.shown import amount
from lohko.steps.work import Progress, Work

Value = float | None

BOUGHT: Mapping[str, Callable[[explore_time.Bought], float]] = {
    "revenue": lambda found: float(amount(found.revenue) or 0),
    "orders": lambda found: float(found.orders),
    "active": lambda found: float(found.buyers),
    "new": lambda found: float(found.new),
}
MEASURES = (*BOUGHT, "size")
"""revenue, orders; active: customers who bought; new: those who bought for the first time; size: members of a segment at the end."""
SEASON = {"day": 7, "week": 52, "month": 12, "quarter": 4}
"""After how many of a unit its season comes again."""
SHOWN = {"day": 92, "week": 104, "month": 36, "quarter": 20, "year": 10}
MOST_POINTS = 1100


def explore_trend(
    work: Work,
    progress: Progress,
    *,
    measure: str = "revenue",
    unit: str = "month",
    periods: int | None = None,
    segments: Sequence[str] | None = None,
    as_of: str | None = None,
) -> dict[str, Any]:
    """A measure along time. The season is told by STL of the periods that are over, when these are two of its rounds or more; of fewer than five rounds it is the same in all.

    `year_before` is the same period a year earlier; of days and weeks the one 52 weeks
    before, so that a Saturday stands beside a Saturday. The last period is not over:
    it has a value so far, and nothing else is told of it.
    """
    step = unit_of(unit)
    one_of(measure, MEASURES, "measure")
    wanted = between(periods or SHOWN[step], 2, MOST_POINTS, "periods")
    if measure == "size" and not [name for name in segments or () if name != EVERYONE]:
        raise InputError("no_segment", "The size of a segment needs a segment.", hint="name one or several.")

    def make(question: Question) -> dict[str, Any]:
        this = period_of(local_day(question.as_of, work.settings.zone), "this", step)[0]
        known = sizes(work) if measure == "size" else {}
        today = local_day(question.as_of, work.settings.zone)
        rows = []
        for group, few in groups(question, segments):
            if group["segment"] is None and measure == "size":
                continue
            found = (
                {}
                if few
                else _sizes(known.get(group["segment"], []), step, today)
                if measure == "size"
                else _bought(question, measure, step)
            )
            rows.append(group | _points(found, this, step, wanted, nothing=None if measure == "size" else 0.0))
        return {"measure": measure, "unit": unit, "periods": wanted, "season_of": SEASON.get(unit), "groups": rows}

    return explored(
        work, ("trend", measure, unit, wanted, tuple(segments or ())), as_of, make, of=[name for name in segments or () if name != EVERYONE]
    )


def _bought(question: Question, measure: str, unit: explore_time.Unit) -> dict[dt.date, Value]:
    cursor = question.engine.cursor
    if not explore_time.take_bought(cursor, question.schema, question.as_of, unit):
        return {}
    found = explore_time.bought_by_period(cursor, question.schema, question.as_of, unit)
    return {period: BOUGHT[measure](item) for period, item in found.items()}


def _sizes(days: Sequence[Mapping[str, Any]], unit: explore_time.Unit, today: dt.date) -> dict[dt.date, Value]:
    """A segment's size on the last day until today that is known of each period."""
    ordered = sorted((dt.date.fromisoformat(day["day"]), float(day["size"])) for day in days)
    return {period_of(day, "this", unit)[0]: size for day, size in ordered if day <= today}


def _points(found: Mapping[dt.date, Value], this: dt.date, unit: explore_time.Unit, wanted: int, *, nothing: Value) -> dict[str, Any]:
    """Every period from the first that has a value to the present one; those without have `nothing`. None at all when nothing is known."""
    if not found:
        return {"points": [], "season": "too_short"}
    series: dict[dt.date, Value] = {}
    period = min(found)
    while period <= this:
        series[period] = found.get(period, nothing)
        period = period_of(period, "this", unit)[1]
    # The first period is left out of the season, and nothing is compared with it: the data may begin in its middle.
    first = min(series)
    over = [period for period in series if first < period < this][-MOST_POINTS:]
    parts, why = _season({period: series[period] for period in over}, unit)
    rows = []
    for period in list(series)[-wanted:]:
        earlier = _year_before(period, unit)
        value, before = series[period], series.get(earlier) if earlier > first else None
        told = period < this
        rows.append(
            {
                "period": period.isoformat(),
                "value": value,
                "complete": told,
                **parts.get(period, {"trend": None, "season": None, "without_season": None}),
                "year_before": before,
                "change": round(value / before - 1, 6) if told and value is not None and before is not None and before > 0 else None,
            }
        )
    return {"points": rows, "season": why}


def _season(series: Mapping[dt.date, Value], unit: str) -> tuple[dict[dt.date, dict[str, Value]], str]:
    """The parts of each period, and `taken_out` or why there are none: `no_season`, `too_short`, `gaps`."""
    around = SEASON.get(unit)
    if around is None:
        return {}, "no_season"
    if len(series) < 2 * around:
        return {}, "too_short"
    values = [value for value in series.values() if value is not None]
    if len(values) < len(series):
        return {}, "gaps"
    import numpy as np

    parts = stl(np.array(values), around, seasonal=SEASONAL if len(values) >= ROUNDS_THAT_CHANGE * around else None)
    columns = (parts.trend, parts.season, parts.without_season)
    named = ("trend", "season", "without_season")
    return {
        period: {name: round(float(column[place]), 4) for name, column in zip(named, columns, strict=True)}
        for place, period in enumerate(series)
    }, "taken_out"


def _year_before(period: dt.date, unit: str) -> dt.date:
    """The same period a year earlier; of days and weeks the one 52 weeks before.

    >>> _year_before(dt.date(2026, 11, 28), "day"), _year_before(dt.date(2026, 11, 1), "month")
    (datetime.date(2025, 11, 29), datetime.date(2025, 11, 1))
    """
    return period - dt.timedelta(days=364) if unit in ("day", "week") else period.replace(year=period.year - 1)
