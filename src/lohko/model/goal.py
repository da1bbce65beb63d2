"""A segment's goal: what is measured, what it was, what it shall be and by when; and whether it is reached."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from lohko.base.errors import InputError, did_you_mean
from lohko.model.documents import only_keys, plain_number, read_number
from lohko.model.limits import MAX_SPAN, day_fits
from lohko.model.operand import CalendarUnit, Span

MeasuredIn = Literal["people", "percent", "money", "number"]
Counted = Literal["members", "buyers", "orders"]


@dataclass(frozen=True)
class Metric:
    """What can be measured of a segment's members.

    of        what it is an average or a share of: with none of these there is no value, with a few it says little; None for plain counts
    bought    it is of orders in a stretch of time before the instant asked about
    """

    key: str
    unit: MeasuredIn
    en: str
    fi: str
    of: Counted | None = None
    bought: bool = True


METRICS: Mapping[str, Metric] = {
    item.key: item
    for item in (
        Metric("members", "people", "people in the segment", "henkilöitä segmentissä", bought=False),
        Metric("share", "percent", "share of everyone", "osuus kaikista", bought=False),
        Metric("revenue", "money", "revenue, refunds taken off", "liikevaihto, palautukset vähennettynä"),
        Metric("revenue_per_head", "money", "revenue per head", "liikevaihto henkeä kohti", "members"),
        Metric("orders_per_head", "number", "orders per head", "tilauksia henkeä kohti", "members"),
        Metric("buying_rate", "percent", "share of members who bought", "ostaneiden osuus jäsenistä", "members"),
        Metric("repeat_rate", "percent", "share of buyers who bought at least twice", "vähintään kahdesti ostaneiden osuus", "buyers"),
        Metric("average_order", "money", "average order", "keskitilaus", "orders"),
    )
}

YEAR = Span(365, "day")
"""The stretch of time that orders are counted over when a goal names none."""

FEW = 30
"""An average or a share of fewer than this says little: a rule of thumb."""

_KEYS = ("metric", "baseline", "target", "by", "over")
_SHAPE = "goal: {metric: repeat_rate, baseline: 22, target: 30, by: 2026-12-31}."
_OVER = re.compile(r"([1-9][0-9]{0,5}) (day|week|month|quarter|year)s?\Z")


@dataclass(frozen=True)
class Goal:
    """What a segment shall reach. Shares are in percent: 30 is 30 %."""

    metric: str
    baseline: Decimal
    target: Decimal
    by: dt.date
    over: Span | None = None

    @property
    def measure(self) -> Metric:
        """What is measured."""
        return METRICS[self.metric]


Verdict = Literal["met", "missed", "on_the_way", "no_nearer", "too_few", "unknown"]
"""Where a goal stands.

met         the value is the target or beyond it
missed      the goal's day has ended, and at its end the value was short of the target
on_the_way  there is time left, and the value is nearer to the target than the baseline is
no_nearer   there is time left, and it is not
too_few     the average or share is of fewer than FEW
unknown     there is no value
"""


def verdict(goal: Goal, value: Decimal | None, counted: int | None, *, ended: bool) -> Verdict:
    """Where a goal stands with a value that is of `counted` members, buyers or orders (None where it is a plain count)."""
    if value is None:
        return "unknown"
    if counted is not None and counted < FEW:
        return "too_few"
    if way_made(goal, value) >= 1:
        return "met"
    if ended:
        return "missed"
    return "on_the_way" if way_made(goal, value) > 0 else "no_nearer"


def way_made(goal: Goal, value: Decimal) -> Decimal:
    """The part of the way from the baseline (0) to the target (1) that a value has made; below 0 it has gone the other way."""
    return (value - goal.baseline) / (goal.target - goal.baseline)


def read_goal(item: Any, place: str) -> Goal:
    """The goal that a file gives; InputError that says what is wrong in it."""
    if not isinstance(item, dict):
        raise InputError("bad_goal", "`goal` is a set of keys: metric, baseline, target and by.", place=place, hint=_SHAPE)
    only_keys(item, _KEYS, "A goal", place)
    metric = str(item.get("metric"))
    if metric not in METRICS:
        raise InputError("unknown_metric", f"No metric is called {metric!r}.", place=place, hint=did_you_mean(metric, METRICS))
    numbers = {key: read_number(item.get(key)) for key in ("baseline", "target")}
    for key, number in numbers.items():
        if number is None:
            raise InputError("bad_goal", f"A goal's `{key}` is a number.", place=place, hint=_SHAPE)
    baseline, target = numbers["baseline"], numbers["target"]
    assert baseline is not None and target is not None
    if baseline == target:
        raise InputError("bad_goal", "The goal's target is its baseline: there is nothing to reach.", place=place)
    return Goal(metric, baseline, target, _day(item.get("by"), place), _over(item.get("over"), METRICS[metric], place))


def _day(value: Any, place: str) -> dt.date:
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value.strip())
        except ValueError:
            value = None
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime) or not day_fits(value):
        raise InputError("bad_goal", "A goal's `by` is the last day it counts, such as 2026-12-31.", place=place, hint=_SHAPE)
    return dt.date(value.year, value.month, value.day)


def _over(value: Any, metric: Metric, place: str) -> Span | None:
    if value is None:
        return None
    if not metric.bought:
        raise InputError("bad_goal", f"`over` is for metrics of orders; {metric.key} is counted at an instant.", place=place)
    found = _OVER.match(str(value))
    if found is None or int(found[1]) > MAX_SPAN:
        units = ", ".join(f"{unit}s" for unit in get_args(CalendarUnit))
        raise InputError("bad_goal", "A goal's `over` is a length of time.", place=place, hint=f"such as 90 days; the units are {units}.")
    return Span(int(found[1]), found[2])  # type: ignore[arg-type]


def goal_to_yaml(goal: Goal) -> dict[str, Any]:
    """The keys that `read_goal` reads back to an equal goal."""
    body: dict[str, Any] = {
        "metric": goal.metric,
        "baseline": plain_number(goal.baseline),
        "target": plain_number(goal.target),
        "by": goal.by,
    }
    if goal.over is not None:
        body["over"] = span_text(goal.over)
    return body


def span_text(span: Span) -> str:
    """`1 month`, `90 days`."""
    return f"{span.n} {span.unit}" + ("" if span.n == 1 else "s")


def goal_to_json(goal: Goal) -> dict[str, Any]:
    """What is stored of a goal: the keys of the file, with plain values."""
    return {**goal_to_yaml(goal), "baseline": str(goal.baseline), "target": str(goal.target), "by": goal.by.isoformat()}


def goal_from_json(body: Any) -> Goal:
    """The goal that `goal_to_json` described."""
    return read_goal(body, "the stored goal")
