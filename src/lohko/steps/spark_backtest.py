"""`backtest` on a Spark cluster: every set of people stays there, and what comes back are the numbers of each row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from lohko.base.times import later, naive
from lohko.engine import cuts, outcomes
from lohko.engine.afterwards import afterwards
from lohko.engine.asked import Query
from lohko.engine.spark_sets import Both, People, Without, all_of
from lohko.model.condition import Condition
from lohko.model.operand import Span
from lohko.model.parse import parse
from lohko.model.walk import attribute_names
from lohko.steps.backtest import about, covered_until, last_told, moments_of, span_of
from lohko.steps.backtest_told import Counted, Side, row
from lohko.steps.saying import said
from lohko.steps.spark_there import There, asked_there
from lohko.steps.special import refuse_special
from lohko.steps.work import Progress, Work


@dataclass(frozen=True)
class _Asked:
    """What is the same in every row; `seen` is when each person was first seen."""

    segment: str
    outcome: Condition
    within: Span
    covered: dt.datetime | None
    asks_unsure: bool
    no_assumed: bool
    seen: exp.Select


def spark_backtest(
    work: Work,
    progress: Progress,
    *,
    segment: str,
    at: str,
    outcome: str,
    remote: str,
    location: str,
    within: str = "90d",
    every: str | None = None,
    until: str | None = None,
    no_assumed: bool = False,
) -> dict[str, Any]:
    """What `backtest` tells (`steps/backtest.py` says what that means), worked out on the cluster."""
    span, parsed, zone = span_of(within), parse(outcome), work.settings.zone
    with work.state.connect() as connection:
        refuse_special(connection, segment)
    with asked_there(work, remote, location, None) as there:
        found = there.segments[there.segment(segment)]
        resolved = there.catalogue.resolve(parsed.condition)
        covered = covered_until(_last_event(there), there.engine.as_of, zone)
        moments = moments_of(zone, covered, at, every, until, span)
        unsure = not no_assumed and _any_assumed(there)
        seen = there.engine.keep(
            "seen", there.engine.of_store(Query(cuts.SEEN, ()), {"given": _together(there, cuts.seen_asked(there.engine.schema))})
        )
        asked = _Asked(segment, resolved, span, covered, unsure, no_assumed, seen)
        rows = []
        for place, moment in enumerate(moments):
            progress(place / len(moments), f"{place + 1} of {len(moments)}")
            rows.append(_row(work, there, asked, moment))
        progress(1.0, "done")
        return {
            **there.stamp(),
            "sentence": said(work, there.engine.schema, resolved, "en"),
            **about(work, found, outcome, parsed.warnings, span, no_assumed, covered),
            "rows": rows,
        }


def _row(work: Work, there: There, asked: _Asked, moment: dt.datetime) -> dict[str, Any]:
    end = later(moment, asked.within.n, asked.within.unit, work.settings.zone)
    until = last_told(moment, end, asked.covered)
    then, values = there.at(moment), cuts.of_values(there.engine.schema)
    engine = then.engine
    with ExitStack() as stack:
        if asked.no_assumed:
            stack.enter_context(engine.cut(values, cuts.known_for_sure()))
        held = engine.taken(engine.keep("held", engine.keys(then.people(asked.segment))))
        did = engine.taken(_did(there, asked, moment, until))
        known = engine.taken(asked.seen, cuts.SEEN_BEFORE, (naive(moment),))
        sides = {"1": Both((held, known)), "2": Both((known, Without(held)))}
        wanted: dict[str, People] = {**sides, "size": held, "later": Both((held, Without(known)))}
        wanted |= {f"{name} did": Both((people, did)) for name, people in sides.items()}
        if asked.asks_unsure:
            with engine.cut(values, cuts.known_for_sure()):
                wanted["unsure"] = Both((held, Without(then.people(asked.segment))))
        counts = engine.counts(wanted)
        spent = _spent(then, sides, moment, until)
    members, others = (Side(counts[name], counts[f"{name} did"], spent.get(int(name))) for name in sides)
    return row(moment, end, until, Counted(counts["size"], counts["later"], counts.get("unsure"), members, others))


def _did(there: There, asked: _Asked, since: dt.datetime, until: dt.datetime) -> exp.Select:
    """Who did the outcome, kept on the cluster."""
    engine, schema = there.at(until).engine, there.engine.schema
    with ExitStack() as stack:
        if asked.no_assumed:
            stack.enter_context(engine.cut(cuts.of_values(schema), cuts.known_for_sure()))
        if any(schema.attribute(name).trait for name in attribute_names(asked.outcome)):
            engine.need_traits()  # while all events are there: a trait is a state
        cut = engine.cut(cuts.of_time(schema), cuts.since_then(since))
        return engine.keep("did", engine.keys(afterwards(engine, engine, there.catalogue, asked.outcome, cut)))


def _spent(then: There, sides: Mapping[str, People], since: dt.datetime, until: dt.datetime) -> dict[int, outcomes.Spent]:
    engine = then.engine
    asked = outcomes.spent_asked(engine.schema, since, until)
    if asked is None:
        return {}
    grouped = engine.of_store(Query(outcomes.MASKED, ()), {"given": engine.members(sides)})
    return outcomes.spent_of(
        tuple(found.values()) for found in then.session.rows(engine.statement(engine.of_store(asked, {"grouped": grouped})))
    )


def _together(there: There, texts: Sequence[str], parameters: tuple[Any, ...] = ()) -> exp.Select:
    """The rows of several queries."""
    parts = [there.engine.of_store(Query(text, parameters)) for text in texts]
    return exp.select("*").from_(all_of(parts).subquery("parts", copy=False))


def _last_event(there: There) -> dt.datetime | None:
    asked = _together(there, cuts.last_asked(there.engine.schema), (naive(there.engine.as_of),))
    found = [row["last"] for row in there.session.rows(there.engine.statement(asked)) if row["last"] is not None]
    return max(found).replace(tzinfo=dt.UTC) if found else None


def _any_assumed(there: There) -> bool:
    asked = _together(there, cuts.assumed_asked(there.engine.schema))
    return any(row["n"] for row in there.session.rows(there.engine.statement(asked)))
