"""What a segment's people did next: whoever it would have held at a past instant, against everyone else who was known then.

**The segment** is its present rule, asked as of the instant D: rows at or after D do not exist for it.

**Who is compared.** Everyone living of whom anything was known before D: an event, a value of an attribute from a time
that is known of it, a consent, or a day of joining. People first seen after D are in neither group, even where the rule
holds for them (such as `not did order`, or a country that is assumed for all earlier time): they are in the data only
because they did something after D, and would lend that to the group that they fall into. `size` is what `members --as-of D`
gives; `people` are those of them who are compared.

**The outcome** is a condition asked as of the end, D + `within`:
- what it asks about events, entering and leaving is asked of [D, end) alone, as if nothing had happened before D. `did order`
  is an order in that time; `first order ...` the first of that time; a chain, a tie, a period, a rank or a number made of events likewise;
- what it asks about attributes, traits, consent, reachability, place and other segments is their whole state at the end: `in segment
  vip` is who is in it then, also those who were in it at D.

**Too early.** When the end is later than now, or than the end of the day of the last event in the data, what happened next is not
over: then there is no rate, only what is known so far.

**Assumed values.** A first value without a time of its own holds for all earlier instants. `assumed` is the share of the segment's people who
would not be in it without such values; with `no_assumed` they are left out everywhere.

**Few people.** Numbers of 1 to 4 people are not told, nor what gives one away: neither who did it nor their money where so few did
or did not, and not `size` where so few were first seen later.

Rows of a series share people, and where `within` is longer than the step also days: they are not independent of each other.
Where others count, as in ranks and accounts, people first seen later are among them only by values that are assumed.
Data that came in later counts as what it says: an order imported today and dated before D was there at D. People who have
since been merged are one person at D too.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

from lohko.base.errors import InputError
from lohko.base.times import CalendarUnit, Unit, later, local_day, next_midnight, parse_as_of
from lohko.engine import cuts, outcomes
from lohko.engine.afterwards import afterwards as came_after
from lohko.engine.duckdb import DuckEngine
from lohko.maths import intervals
from lohko.model.condition import Condition
from lohko.model.limits import MAX_SPAN
from lohko.model.operand import Span
from lohko.model.parse import Remark, parse
from lohko.model.walk import attribute_names
from lohko.steps.backtest_told import Counted, Side, row
from lohko.steps.question import Question, ask, iso
from lohko.steps.saying import said
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from pyroaring import BitMap

    from lohko.model.segment import Segment

MOST_ROWS = 240
_WITHIN = re.compile(r"\s*(\d{1,9})\s*([a-z]+)\s*\Z", re.IGNORECASE)
_SHORT: dict[str, Unit] = {"h": "hour", "d": "day", "w": "week", "mo": "month", "q": "quarter", "y": "year"}


def backtest(
    work: Work,
    progress: Progress,
    *,
    segment: str,
    at: str,
    outcome: str,
    within: str = "90d",
    every: str | None = None,
    until: str | None = None,
    no_assumed: bool = False,
) -> dict[str, Any]:
    """One row for the instant `at`, or one for each day, week, month, quarter or year from it to `until`."""
    span, parsed = span_of(within), parse(outcome)
    question = ask(work)
    found = question.segment(segment)
    resolved = question.catalogue.resolve(parsed.condition)
    covered = covered_until(cuts.last_event(question.engine.cursor, question.schema, question.as_of), question.as_of, work.settings.zone)
    moments = moments_of(work.settings.zone, covered, at, every, until, span)
    assumed = not no_assumed and cuts.any_assumed(question.engine.cursor, question.schema)
    rows = []
    with ExitStack() as stack:
        if no_assumed:
            stack.enter_context(cuts.without_assumed(question.engine.cursor, question.schema))
        asked = _Asked(found.id, resolved, span, covered, assumed, cuts.first_seen(question.engine.cursor, question.schema))
        for place, moment in enumerate(moments):
            progress(place / len(moments), f"{place + 1} of {len(moments)}")
            rows.append(_row(work, question, asked, moment))
    progress(1.0, "done")
    return {
        **question.stamp(),
        "sentence": said(work, question.schema, resolved, "en"),
        **about(work, found, outcome, parsed.warnings, span, no_assumed, covered),
        "rows": rows,
    }


def about(
    work: Work, segment: Segment, outcome: str, warnings: Iterable[Remark], span: Span, no_assumed: bool, covered: dt.datetime | None
) -> dict[str, Any]:
    """What an answer says of its rows, whichever engine counted them."""
    return {
        "segment": segment.id,
        "title": dict(segment.title),
        "outcome": outcome,
        "within": {"n": span.n, "unit": span.unit},
        "no_assumed": no_assumed,
        "confidence": intervals.CONFIDENCE,
        "currency": work.settings.currency,
        "timezone": work.settings.timezone,
        "data_until": iso(covered) if covered else None,
        "warnings": [{"code": item.code, "message": item.message} for item in warnings],
    }


def span_of(text: str) -> Span:
    """A length of time as an option: 90d, 12w, 3mo, 1q, 1y, 24h, or in words; InputError otherwise."""
    found = _WITHIN.match(text)
    if found is not None:
        number, word = int(found[1]), found[2].lower()
        unit = _SHORT.get(word) or next((unit for unit in get_args(Unit) if word in (unit, unit + "s")), None)
        if unit is not None and 1 <= number <= MAX_SPAN:
            return Span(number, unit)
    raise InputError("bad_within", f"{text!r} is no length of time.", hint="such as 90d, 12w, 3 months or 1y.")


def moments_of(zone: ZoneInfo, covered: dt.datetime | None, at: str, every: str | None, until: str | None, span: Span) -> list[dt.datetime]:
    """The instants asked about: one, or a series by the calendar that ends with the last whose outcome can be over."""
    first = parse_as_of(at, zone)
    if every is None:
        if until is not None:
            raise InputError("until_alone", "--until is the end of a series, so it needs --every.", hint="such as --every month.")
        return [first]
    if every not in get_args(CalendarUnit):
        raise InputError("bad_every", f"{every!r} is no period of a series.", hint=", ".join(get_args(CalendarUnit)) + ".")
    last = parse_as_of(until, zone) if until is not None else None
    found: list[dt.datetime] = []
    for moment in _series(first, every, zone):
        over = moment > last if last is not None else covered is None or later(moment, span.n, span.unit, zone) > covered
        if over:
            break
        if len(found) == MOST_ROWS:
            raise InputError("too_many_rows", f"A series has at most {MOST_ROWS} rows.", hint="take a longer period, or a nearer end.")
        found.append(moment)
    return found or [first]


def _series(first: dt.datetime, every: str, zone: ZoneInfo) -> Iterator[dt.datetime]:
    """From the first, by whole periods of the calendar: from 31 January, the ends of the months."""
    n = 0
    while True:
        yield later(first, n, every, zone) if n else first  # type: ignore[arg-type]  # checked against CalendarUnit
        n += 1


def covered_until(last: dt.datetime | None, as_of: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    """Until when what happened can be known: the end of the day of the last event, or now; None without any event."""
    return None if last is None else min(as_of, next_midnight(local_day(last, zone), zone))


def last_told(moment: dt.datetime, end: dt.datetime, covered: dt.datetime | None) -> dt.datetime:
    """Until when is told what came after: its end, or as far as can be known when it is not over."""
    return end if covered is not None and end <= covered else max(moment, covered or moment)


# --- one row ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """What is the same in every row."""

    segment: str
    outcome: Condition
    within: Span
    covered: dt.datetime | None
    any_assumed: bool
    first_seen: cuts.FirstSeen


def _row(work: Work, question: Question, asked: _Asked, moment: dt.datetime) -> dict[str, Any]:
    zone = work.settings.zone
    end = later(moment, asked.within.n, asked.within.unit, zone)
    until = last_told(moment, end, asked.covered)
    then = _at(question, zone, moment)
    held = then.people(asked.segment)
    known = asked.first_seen.before(moment) & then.engine.everyone()
    members, others = held & known, known - held
    did = afterwards(question, zone, asked.outcome, since=moment, until=until)
    outcomes.take_groups(question.engine.cursor, [members, others])
    spent = outcomes.spent(question.engine.cursor, question.schema, moment, until)
    sides = (Side(len(people), len(did & people), spent.get(mask)) for mask, people in ((1, members), (2, others)))
    return row(moment, end, until, Counted(len(held), len(held - known), _unsure(work, question, asked, moment, held), *sides))


def _at(question: Question, zone: ZoneInfo, moment: dt.datetime) -> Question:
    """The same question at another instant, of the same data."""
    before = question.engine
    engine = DuckEngine(before.cursor, question.schema, moment, zone, question.rfm_rules, before.everyone())
    return replace(question, as_of=moment, engine=engine)


def _unsure(work: Work, question: Question, asked: _Asked, moment: dt.datetime, held: BitMap) -> int | None:
    """How many are in only by values that are assumed."""
    if not asked.any_assumed:
        return None
    with cuts.without_assumed(question.engine.cursor, question.schema):
        return len(held - _at(question, work.settings.zone, moment).people(asked.segment))


def afterwards(question: Question, zone: ZoneInfo, outcome: Condition, *, since: dt.datetime, until: dt.datetime) -> BitMap:
    """The people of a resolved condition as of `until`, with its events, entering and leaving only from `since` on."""
    whole, cut = _at(question, zone, until).engine, _at(question, zone, until).engine
    if any(question.schema.attribute(name).trait for name in attribute_names(outcome)):
        cut.need_traits()  # while all events are there: a trait is a state
    return came_after(whole, cut, question.catalogue, outcome, cuts.only_since(whole.cursor, question.schema, since))
