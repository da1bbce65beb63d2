"""The business on one page, for those who lead it: how it does beside a year before, its segments, how customers moved, goals, what audiences did, and how far the data can be trusted.

No person is in it; of 1 to 4 people no number is told, nor one that gives theirs away.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pyroaring import BitMap

from lohko.base.errors import LohkoError
from lohko.base.times import back, days_back, later, local_day, midnight, naive, period_of
from lohko.engine import business, figures, segment_figures
from lohko.engine.goals import bought
from lohko.engine.plan import evaluate_all
from lohko.maths.few import FEW, is_few, told, told_rows, unless_few
from lohko.model.rfm_map import BY_ID
from lohko.state import about, erasures
from lohko.state.segments import current
from lohko.steps.contactable import may_be_contacted
from lohko.steps.explored import explored, share_of
from lohko.steps.figures import months_of
from lohko.steps.goals import goals
from lohko.steps.history import sizes
from lohko.steps.quality import quality
from lohko.steps.question import Question, iso, moment
from lohko.steps.shown import amount, ratio
from lohko.steps.source_quality import stopped_sources
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

SPANS = ("month", "quarter", "year")
"""The calendar month and quarter so far, and the last twelve months; each beside the same time a year before."""
MONTHS_BACK = 3
"""How long ago the RFM groups are that those of now stand beside."""
AUDIENCES = 8
AFTER_DAYS = 30
"""How long after an audience was written its people's orders are looked at."""


def management(work: Work, progress: Progress, *, as_of: str | None = None) -> dict[str, Any]:
    """The whole page. A year before that the data does not cover is None, and is never 0; a size that nobody recorded too."""
    with work.state.connect() as connection:
        said = about.about(connection)
        live = tuple(name for name in sorted(current(connection)) if said.get(name, {"status": about.USUAL})["status"] == "live")
        receipts = erasures.receipts(connection)[-AUDIENCES:]
    days = sizes(work)
    recorded = tuple((name, days[name][-1]["day"]) for name in live if days.get(name))

    def make(question: Question) -> dict[str, Any]:
        progress(0.2, "counting orders")
        found = _business(question, work.settings.zone)
        progress(0.4, "deciding segments")
        found |= {"segments": _segments(question, live, days, work.settings.zone)}
        progress(0.6, "comparing RFM")
        reached = [item for item in goals(work, progress, as_of=as_of)["goals"] if item["segment"] in live]
        return found | {"moves": _moves(question, work.settings.zone), "audiences": _audiences(question, receipts), "goals": reached}

    key = ("management", live, recorded, tuple(item.id for item in receipts))
    return {
        **explored(work, key, as_of, make),
        "data": _data(work, progress, as_of),
        "currency": work.settings.currency,
    }


# --- the business beside a year before ----------------------------------------------------


def _business(question: Question, zone: ZoneInfo) -> dict[str, Any]:
    cursor, schema = question.engine.cursor, question.schema
    pairs = [pair for name in SPANS for pair in beside_year_before(question.as_of, name, zone)]
    ever = (dt.datetime(1, 1, 1), naive(question.as_of))
    then = (dt.datetime(1, 1, 1), naive(later(question.as_of, -1, "year", zone)))
    found = business.over(cursor, schema, [*((naive(since), naive(until)) for since, until in pairs), ever, then])
    first = figures.totals(cursor, schema, *ever).first_at
    spans = []
    for place, name in enumerate(SPANS):
        (since, until), (since_then, until_then) = pairs[2 * place], pairs[2 * place + 1]
        now, before = found[2 * place], found[2 * place + 1]
        begun = None if first is None else first.replace(tzinfo=dt.UTC)
        known = begun is not None and begun <= since_then + (until_then - since_then) / 12
        told_now, told_then = _span(now), _span(before)
        if begun is None or begun > since_then - dt.timedelta(days=365):
            told_then["new"] = None  # where the data begins, everybody who buys is new
        spans.append(
            {
                "span": name,
                "since": iso(since),
                "until": iso(until),
                "since_then": iso(since_then),
                "until_then": iso(until_then),
                "now": told_now,
                "before": told_then if known else None,
                "change": {key: _change(value, told_then[key]) for key, value in told_now.items()} if known else None,
            }
        )
    known = first is not None and first < then[1]
    return {
        "customers": question.engine.size(question.engine.everyone()),
        "ever_bought": unless_few(found[-2].buyers),
        "ever_bought_then": unless_few(found[-1].buyers) if known else None,
        "spans": spans,
        "months": months_of(question, zone),
    }


def beside_year_before(
    as_of: dt.datetime, span: str, zone: ZoneInfo
) -> tuple[tuple[dt.datetime, dt.datetime], tuple[dt.datetime, dt.datetime]]:
    """A span until an instant, and the same part of it a year before.

    >>> from zoneinfo import ZoneInfo
    >>> at = dt.datetime(2026, 11, 28, 10, tzinfo=dt.UTC)
    >>> [f"{moment:%Y-%m-%d %H}" for pair in beside_year_before(at, "quarter", ZoneInfo("UTC")) for moment in pair]
    ['2026-10-01 00', '2026-11-28 10', '2025-10-01 00', '2025-11-28 10']
    """
    day, then = local_day(as_of, zone), later(as_of, -1, "year", zone)
    first = days_back(day, 12, "month") if span == "year" else period_of(day, "this", span)[0]  # type: ignore[arg-type]
    return (midnight(first, zone), as_of), (midnight(days_back(first, 1, "year"), zone), then)


def _span(found: business.Span) -> dict[str, Any]:
    """What is told of a time; of few who bought nothing, and of few new ones, or few who are not new, not how many."""
    if is_few(found.buyers):
        return dict.fromkeys(("active", "new", "orders", "revenue", "average_order"))
    return {
        "active": found.buyers,
        "new": _part(found.new, found.buyers),
        "orders": found.orders,
        "revenue": amount(found.revenue),
        "average_order": ratio(found.revenue, found.orders, 4),
    }


def _part(part: int, whole: int) -> int | None:
    """How many of a number that is told; None when they, or all the others, are too few to tell."""
    return None if is_few(part) or is_few(whole - part) else part


def _change(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None or before <= 0 else round(now / before - 1, 6)


# --- segments ------------------------------------------------------------------------------


def _segments(question: Question, live: Sequence[str], days: Mapping[str, Any], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Each live segment, the one with the most revenue first: size, change, what its people spent in a year, and whom of them one may write or call to."""
    engine = question.engine
    answers = evaluate_all(engine, question.catalogue, live)
    amounts = business.spent(engine.cursor, question.schema, naive(back(question.as_of, 12, "month", zone)), naive(question.as_of))
    everyone, reach = int(amounts.sum()), may_be_contacted(question)
    today = local_day(question.as_of, zone)
    rows = []
    for name in live:
        answer = answers[name]
        row: dict[str, Any] = {"id": name, "title": dict(question.segments[name].title), "size": None, "few": False, "error": None}
        row |= dict.fromkeys(("share", "month", "year", "revenue", "revenue_share", "reach", "reach_share"))
        rows.append(row)
        if isinstance(answer, LohkoError):
            row["error"] = answer.as_json()
            continue
        size = engine.size(answer)
        if 0 < size < FEW:
            row["few"] = True
            continue
        members = int(amounts[np.array(answer.to_array(), dtype=np.int64)].sum()) if size else 0
        reached = _part(len(answer & reach), size)
        row |= {
            "size": size,
            "share": question.share(size),
            "month": _since(days.get(name, []), size, days_back(today, 1, "month")),
            "year": _since(days.get(name, []), size, days_back(today, 1, "year")),
            "revenue": members / business.PARTS,
            "revenue_share": ratio(members, everyone) if everyone > 0 else None,
            "reach": reached,
            "reach_share": None if reached is None else ratio(reached, size),
        }
    return sorted(rows, key=lambda row: (row["size"] is None, -(row["revenue"] or 0), -(row["size"] or 0), row["id"]))


def _since(days: Sequence[Mapping[str, Any]], size: int, day: dt.date) -> int | None:
    """By how many a segment has grown since a day: since the last size that is known until then, at most a week older."""
    known = [item for item in days if item["day"] <= day.isoformat()]
    if not known or dt.date.fromisoformat(known[-1]["day"]) < day - dt.timedelta(days=7):
        return None
    then = int(known[-1]["size"])
    return None if 0 < then < FEW else size - then


# --- how customers moved -------------------------------------------------------------------


def _moves(question: Question, zone: ZoneInfo) -> dict[str, Any]:
    """RFM groups of everyone some months ago and now: how many were in each, came to it and left it, and the largest moves."""
    engine, then = question.engine, back(question.as_of, MONTHS_BACK, "month", zone)
    figures.take_members(engine.cursor, engine.everyone())
    engine.at(then).need_traits()
    segment_figures.keep_groups(engine.cursor)
    engine.forget_traits()
    engine.need_traits()
    moved = segment_figures.moved(engine.cursor)
    ways = dict(zip(moved, told(list(moved.values())), strict=True))
    whole = sum(moved.values())
    groups = []
    sizes = [_coming_and_going(moved, group) for group in BY_ID]
    for group, row, open_ in zip(BY_ID, sizes, told_rows(sizes), strict=True):
        if any(row):
            # All of a row or nothing: of came and now, those who stayed can be told.
            before, came, left, now, _ = row if open_ else (None,) * 5
            share = share_of(now, whole)["share"]
            groups.append({"group": group, "before": before, "now": now, "came": came, "left": left, "share": share})
    largest = _largest(moved, ways)
    return {
        "then": then.isoformat(),
        "months": MONTHS_BACK,
        "people": whole,
        "groups": groups if whole >= FEW else [],
        "largest": [{"before": before, "after": after, "people": n} for n, (before, after) in largest[:6]],
    }


def _coming_and_going(moved: Mapping[tuple[str, str], int], group: str) -> tuple[int, int, int, int, int]:
    """How many were in a group, came to it, left it, are in it, and stayed."""
    came = sum(n for (one, other), n in moved.items() if other == group != one)
    left = sum(n for (one, other), n in moved.items() if one == group != other)
    stayed = moved.get((group, group), 0)
    return stayed + left, came, left, stayed + came, stayed


def _largest(moved: Mapping[tuple[str, str], int], ways: Mapping[tuple[str, str], int | None]) -> list[tuple[int, tuple[str, str]]]:
    """The moves that may be told, the largest first; of none that left a group or came to one so few remain that those are found."""
    rest = Counter[tuple[int, str]]()
    for way, n in moved.items():
        if way[0] != way[1]:
            rest.update({(0, way[0]): n, (1, way[1]): n})
    found = []
    for n, way in sorted(((n, way) for way, n in ways.items() if n and way[0] != way[1]), key=lambda item: (-item[0], item[1])):
        ends = ((0, way[0]), (1, way[1]))
        if not any(is_few(rest[end] - n) for end in ends):
            rest.subtract(dict.fromkeys(ends, n))
            found.append((n, way))
    return found


# --- what audiences did --------------------------------------------------------------------


def _audiences(question: Question, receipts: Sequence[erasures.Receipt]) -> list[dict[str, Any]]:
    """The audiences written last, the newest first: how many were in each, and what they bought in the thirty days after, as far as these have passed."""
    rows = []
    for item in reversed(receipts):
        at = dt.datetime.fromisoformat(item.at)
        people = BitMap.deserialize(item.people)
        if at >= question.as_of or len(people) < FEW:
            continue
        until = min(at + dt.timedelta(days=AFTER_DAYS), question.as_of)
        found = bought(question.engine.cursor, question.schema, people, at, until)
        buyers = None if found is None else _part(found.buyers, len(people))
        rows.append(
            {
                "segment": item.segment,
                "title": dict(question.segments[item.segment].title) if item.segment in question.segments else {},
                "to": item.destination,
                "at": item.at,
                "people": len(people),
                "days": (until - at).days,
                "over": until == at + dt.timedelta(days=AFTER_DAYS),
                "bought": share_of(buyers, len(people)),
                "revenue": None if found is None or buyers is None else amount(found.ordered - found.refunded),
            }
        )
    return rows


# --- how far the data can be trusted -------------------------------------------------------


def _data(work: Work, progress: Progress, as_of: str | None) -> dict[str, Any]:
    found = quality(work, progress, as_of=as_of)
    return {
        "score": found["score"],
        "stale": [
            {"source": item["source"], "kind": item["kind"], "age_days": item["age_days"], "expected_days": item["expected_days"]}
            for item in found["sources"]
            if item["stale"]
        ],
        "stopped": sorted(stopped_sources(work)),
        "sources": len(found["sources"]),
        "as_of": iso(moment(work, as_of)),
    }
