"""Goals: what each segment shall reach, and where it stands. A value that cannot be known is none, and never 0."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.base.times import next_midnight
from lohko.engine.goals import Bought, bought
from lohko.engine.plan import evaluate_all
from lohko.model.edges import window_range
from lohko.model.goal import METRICS, YEAR, Goal, goal_to_json, read_goal, span_text, verdict, way_made
from lohko.model.segment import Segment, write_segment
from lohko.model.window import InLast
from lohko.steps.question import Question, ask, iso
from lohko.steps.segments import apply
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from pyroaring import BitMap

Told = Mapping[str, "BitMap | LohkoError"]
Value = tuple[Decimal | None, int | None]
"""A metric's value, and of how many members, buyers or orders it is an average or a share (None for plain counts)."""


def goals(work: Work, progress: Progress, *, as_of: str | None = None) -> dict[str, Any]:
    """Every segment's goal with its value now, and whether it is met, missed, on the way or cannot be told.

    Once the goal's day has ended, the value at its end decides.
    """
    question = ask(work, as_of)
    having = {name: (item, item.goal) for name, item in question.segments.items() if item.goal is not None}
    ends = {name: next_midnight(goal.by, work.settings.zone) for name, (_, goal) in having.items()}
    names: dict[dt.datetime, list[str]] = {question.as_of: list(having)} if having else {}
    for name, end in ends.items():
        if end < question.as_of:
            names.setdefault(end, []).append(name)
    values: dict[tuple[str, dt.datetime], Value | LohkoError] = {}
    for instant, asked in sorted(names.items()):
        at = question if instant == question.as_of else ask(work, instant)
        told = evaluate_all(at.engine, at.catalogue, asked)
        values |= {(name, instant): _value(work, at, having[name][1], told[name]) for name in asked}
    rows = [_row(question, item, goal, ends[name], values) for name, (item, goal) in having.items()]
    return {"goals": rows, "without": sorted(set(question.segments) - set(having)), "currency": work.settings.currency, **question.stamp()}


def goal_set(
    work: Work,
    progress: Progress,
    *,
    segment: str,
    metric: str = "",
    target: str = "",
    by: str = "",
    baseline: str | None = None,
    over: str | None = None,
) -> dict[str, Any]:
    """Give a segment a goal in place of the one it has; without a metric it has none.

    Numbers are texts with a decimal point, shares in percent; `by` is the last day that counts, `over` a length such as `90 days`
    for metrics of orders. Where no baseline is given, it is the value of now. A goal is of the definition: another one is its next version.
    """
    question = ask(work)
    if segment not in question.segments:
        raise InputError("unknown_segment", f"No segment is called {segment!r}.", hint=did_you_mean(segment, question.segments))
    found, goal = question.segments[segment], None
    if metric:
        given = {"metric": metric, "baseline": baseline or "", "target": target, "by": by} | ({"over": over} if over else {})
        if not baseline and metric in METRICS:
            given["baseline"] = _of_now(work, question, read_goal(given | {"baseline": "1", "target": "2"}, segment), segment)
        goal = read_goal(given, segment)
    if goal != found.goal:
        apply(work, progress, files={f"{segment}.yaml": write_segment(replace(found, goal=goal))})
    return {"segment": segment, "goal": None if goal is None else goal_to_json(goal)}


def _of_now(work: Work, question: Question, goal: Goal, segment: str) -> str:
    """The value of now, rounded as people write it."""
    value = _value(work, question, goal, evaluate_all(question.engine, question.catalogue, [segment])[segment])
    if isinstance(value, LohkoError):
        raise value
    if value[0] is None:
        raise InputError("no_baseline", "What the goal measures has no value now.", hint="give a baseline.")
    return f"{value[0]:.2f}"


def _row(
    question: Question, item: Segment, goal: Goal, end: dt.datetime, values: Mapping[tuple[str, dt.datetime], Value | LohkoError]
) -> dict[str, Any]:
    ended, decided = end <= question.as_of, min(end, question.as_of)
    now, then = values[item.id, question.as_of], values[item.id, decided]
    deciding, counted = (None, None) if isinstance(then, LohkoError) else then
    shown = None if isinstance(now, LohkoError) else now[0]
    return {
        "segment": item.id,
        "title": dict(item.title),
        "metric": goal.metric,
        "metric_title": {"en": goal.measure.en, "fi": goal.measure.fi},
        "unit": goal.measure.unit,
        "over": span_text(goal.over or YEAR) if goal.measure.bought else None,
        "baseline": _plain(goal.baseline),
        "target": _plain(goal.target),
        "by": goal.by.isoformat(),
        "value": _plain(shown),
        "decided_at": iso(decided),
        "decided_value": _plain(deciding),
        "counted": counted,
        "counted_what": goal.measure.of,
        "way_made": None if deciding is None else round(float(way_made(goal, deciding)), 4),
        "verdict": verdict(goal, deciding, counted, ended=ended),
        "error": then.as_json() if isinstance(then, LohkoError) else None,
    }


def _value(work: Work, question: Question, goal: Goal, answer: BitMap | LohkoError) -> Value | LohkoError:
    if isinstance(answer, LohkoError):
        return answer
    size = question.engine.size(answer)
    if not goal.measure.bought:
        population = question.engine.size(question.engine.everyone())
        if goal.metric == "members":
            return Decimal(size), None
        return _ratio(100 * Decimal(size), population)[0], None
    since, until = window_range(InLast(goal.over or YEAR), question.as_of, work.settings.zone)
    assert since is not None
    found = bought(question.engine.cursor, question.schema, answer, since, until)
    return (None, None) if found is None else _of_orders(goal, size, found)


def _of_orders(goal: Goal, members: int, found: Bought) -> Value:
    net = found.ordered - found.refunded
    match goal.metric:
        case "revenue":
            return net, None
        case "revenue_per_head":
            return _ratio(net, members)
        case "orders_per_head":
            return _ratio(Decimal(found.orders), members)
        case "buying_rate":
            return _ratio(100 * Decimal(found.buyers), members)
        case "repeat_rate":
            return _ratio(100 * Decimal(found.repeated), found.buyers)
        case "average_order":
            return _ratio(found.ordered, found.orders)
    raise ValueError(goal.metric)


def _ratio(whole: Decimal, parts: int) -> Value:
    return (whole / parts if parts else None), parts


def _plain(value: Decimal | None) -> float | None:
    return None if value is None else float(round(value, 4))
