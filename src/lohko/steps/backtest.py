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
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast, get_args
from zoneinfo import ZoneInfo

from lohko.base.errors import InputError
from lohko.base.times import CalendarUnit, Unit, later, local_day, next_midnight, parse_as_of
from lohko.engine import cuts, outcomes
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate, evaluate_all
from lohko.maths import intervals
from lohko.maths.few import is_few, told, unless_few
from lohko.model.condition import Condition, Moved
from lohko.model.limits import MAX_SPAN
from lohko.model.operand import Span
from lohko.model.parse import parse
from lohko.model.walk import attribute_names, event_names, leaves, segment_names
from lohko.steps.question import Question, ask, iso
from lohko.steps.saying import said
from lohko.steps.told import WITHHELD, shown
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from pyroaring import BitMap

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
    moments = _moments(work, question, at, every, until, span)
    covered = _covered(work, question)
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
        "segment": found.id,
        "title": dict(found.title),
        "outcome": outcome,
        "sentence": said(work, question.schema, resolved, "en"),
        "within": {"n": span.n, "unit": span.unit},
        "no_assumed": no_assumed,
        "confidence": intervals.CONFIDENCE,
        "currency": work.settings.currency,
        "timezone": work.settings.timezone,
        "data_until": iso(covered) if covered else None,
        "rows": rows,
        "warnings": [{"code": item.code, "message": item.message} for item in parsed.warnings],
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


def _moments(work: Work, question: Question, at: str, every: str | None, until: str | None, span: Span) -> list[dt.datetime]:
    """The instants asked about: one, or a series by the calendar that ends with the last whose outcome can be over."""
    zone = work.settings.zone
    first = parse_as_of(at, zone)
    if every is None:
        if until is not None:
            raise InputError("until_alone", "--until is the end of a series, so it needs --every.", hint="such as --every month.")
        return [first]
    if every not in get_args(CalendarUnit):
        raise InputError("bad_every", f"{every!r} is no period of a series.", hint=", ".join(get_args(CalendarUnit)) + ".")
    covered = _covered(work, question)
    last = parse_as_of(until, zone) if until is not None else None
    found: list[dt.datetime] = []
    for moment in _series(first, every, work):
        over = moment > last if last is not None else covered is None or later(moment, span.n, span.unit, zone) > covered
        if over:
            break
        if len(found) == MOST_ROWS:
            raise InputError("too_many_rows", f"A series has at most {MOST_ROWS} rows.", hint="take a longer period, or a nearer end.")
        found.append(moment)
    return found or [first]


def _series(first: dt.datetime, every: str, work: Work) -> Iterator[dt.datetime]:
    """From the first, by whole periods of the calendar: from 31 January, the ends of the months."""
    zone, n = work.settings.zone, 0
    while True:
        yield later(first, n, every, zone) if n else first  # type: ignore[arg-type]  # checked against CalendarUnit
        n += 1


def _covered(work: Work, question: Question) -> dt.datetime | None:
    """Until when what happened can be known: the end of the day of the last event, or now; None without any event."""
    last = cuts.last_event(question.engine.cursor, question.schema, question.as_of)
    if last is None:
        return None
    return min(question.as_of, next_midnight(local_day(last, work.settings.zone), work.settings.zone))


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
    end = later(moment, asked.within.n, asked.within.unit, work.settings.zone)
    then = _at(question, work.settings.zone, moment)
    held = then.people(asked.segment)
    known = asked.first_seen.before(moment) & then.engine.everyone()
    seen_later = len(held - known)
    row = {
        "at": iso(moment),
        "end": iso(end),
        "size": None if is_few(seen_later) else unless_few(len(held)),
        "first_seen_later": unless_few(seen_later),
        "assumed": _assumed(work, question, asked, moment, held),
    }
    members, others = held & known, known - held
    over = asked.covered is not None and end <= asked.covered
    until = end if over else max(moment, asked.covered or moment)
    did = afterwards(question, work.settings.zone, asked.outcome, since=moment, until=until)
    if not over:
        so_far = {"until": iso(until), "members_did": _did(did, members), "others_did": _did(did, others)}
        sides = ({"people": unless_few(len(side))} for side in (members, others))
        return {**row, "too_early": so_far, **dict(zip(("members", "others"), sides, strict=True))}
    return {**row, "too_early": None, **_compared(question, members, others, did, moment, end)}


def _did(did: BitMap, side: BitMap) -> int | None:
    """How many of a side did it; None where these, or those who did not, are a few."""
    return told([len(did & side), len(side - did)])[0]


def _at(question: Question, zone: ZoneInfo, moment: dt.datetime) -> Question:
    """The same question at another instant, of the same data."""
    before = question.engine
    engine = DuckEngine(before.cursor, question.schema, moment, zone, question.rfm_rules, before.everyone())
    return replace(question, as_of=moment, engine=engine)


def _assumed(work: Work, question: Question, asked: _Asked, moment: dt.datetime, held: BitMap) -> float | None:
    """The share of people who are in only by values that are assumed; None when the segment is empty, or it would tell of a few."""
    if not held:
        return None
    if not asked.any_assumed:
        return 0.0
    with cuts.without_assumed(question.engine.cursor, question.schema):
        sure = _at(question, work.settings.zone, moment).people(asked.segment)
    return None if told([len(held - sure), len(held & sure)])[0] is None else round(len(held - sure) / len(held), 6)


def afterwards(question: Question, zone: ZoneInfo, outcome: Condition, *, since: dt.datetime, until: dt.datetime) -> BitMap:
    """The people of a resolved condition as of `until`, with its events, entering and leaving only from `since` on."""
    whole, cut = _at(question, zone, until), _at(question, zone, until)
    named = evaluate_all(whole.engine, question.catalogue, segment_names(outcome))
    states = {leaf: evaluate(whole.engine, question.catalogue, leaf, named) for leaf in leaves(outcome) if not _of_events(leaf)}
    if any(question.schema.attribute(name).trait for name in attribute_names(outcome)):
        cut.engine.need_traits()  # while all events are there: a trait is a state
    with cuts.only_since(question.engine.cursor, question.schema, since):
        return evaluate(cast(DuckEngine, _Afterwards(cut.engine, states)), question.catalogue, outcome, named)


def _of_events(leaf: Condition) -> bool:
    return bool(event_names(leaf)) or isinstance(leaf, Moved)


class _Afterwards:
    """An engine over the events since an instant, which takes the answers about states as they were found in the whole data."""

    def __init__(self, cut: DuckEngine, states: dict[Any, BitMap]) -> None:
        self._cut, self._states = cut, states

    def ask(self, leaf: Any, *given: Any) -> BitMap:
        """The people of a leaf: known already, or asked of what came after."""
        return self._states[leaf] if leaf in self._states else self._cut.ask(leaf, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cut, name)


def _compared(question: Question, members: BitMap, others: BitMap, did: BitMap, since: dt.datetime, until: dt.datetime) -> dict[str, Any]:
    """Rates, their ratio and difference, and revenue per head of both groups in the time after."""
    cursor = question.engine.cursor
    outcomes.take_groups(cursor, [members, others])
    money = outcomes.bought(cursor, question.schema, since, until)
    groups = [(members, money.of([1])), (others, money.of([2]))]
    counts = (len(did & members), len(members), len(did & others), len(others))
    ours, theirs = (intervals.moments(bought.net, people=len(people)) for people, bought in groups)
    rates = [_did(did, people) is not None for people, _ in groups]
    revenues = [told([_size_of(bought), len(people) - _size_of(bought)])[0] is not None for people, bought in groups]
    sides = [
        {
            "people": unless_few(len(people)),
            "did": _did(did, people),
            "rate": shown(intervals.share, len(did & people), len(people)) if rate else WITHHELD,
            "revenue": round(float(bought.net.sum()), 4) if revenue else None,
            "revenue_per_head": shown(intervals.mean, moments) if revenue else WITHHELD,
        }
        for (people, bought), moments, rate, revenue in zip(groups, (ours, theirs), rates, revenues, strict=True)
    ]
    return {
        "members": sides[0],
        "others": sides[1],
        "lift": shown(intervals.lift, *counts) if all(rates) else WITHHELD,
        "rate_difference": shown(intervals.shares_apart, *counts) if all(rates) else WITHHELD,
        "revenue_per_head_difference": shown(intervals.means_apart, ours, theirs) if all(revenues) else WITHHELD,
    }


def _size_of(bought: outcomes.Bought) -> int:
    """How many people stand behind a sum of money."""
    return len(bought.mask)
