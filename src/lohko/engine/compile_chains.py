"""Leaves about events and other events: what followed what, and what belongs to what."""

from __future__ import annotations

from sqlglot import exp

from lohko.base.times import back
from lohko.engine.asked import Asked, Query
from lohko.engine.compile_events import compared_column, counted, of_number
from lohko.engine.sql import column, expression, query
from lohko.model.condition import Followed, Step, Tied
from lohko.model.edges import window_range
from lohko.model.operand import Span
from lohko.model.resolve import link_of

# An event is asked about the first later one alone: when that one is too late, so are all after it.
_OF_THEM = 'SELECT person, "at", local_day FROM __later AS l WHERE person IN (SELECT person FROM __earlier AS e)'
_NEXT = """
SELECT e.person, e."at", e.local_day FROM __earlier AS e ASOF JOIN __later AS l ON e.person = l.person AND e."at" < l."at" WHERE __within
"""
_NO_NEXT = """
SELECT e.person, e."at", e.local_day FROM __earlier AS e ASOF LEFT JOIN __later AS l ON e.person = l.person AND e."at" < l."at"
WHERE e."at" < __over AND (l."at" IS NULL OR NOT __within)
"""
_EVER = """
SELECT e.person, e."at", e.local_day FROM __earlier AS e
JOIN (SELECT person, max("at") AS latest FROM __later AS l GROUP BY person) AS f ON f.person = e.person WHERE e."at" < f.latest
"""
_NEVER = """
SELECT e.person, e."at", e.local_day FROM __earlier AS e
LEFT JOIN (SELECT person, max("at") AS latest FROM __later AS l GROUP BY person) AS f ON f.person = e.person
WHERE f.latest IS NULL OR e."at" >= f.latest
"""
_ROLLING = 'e."at" >= l."at" - to_microseconds(__length)'
_CALENDAR = "e.local_day >= CAST(l.local_day - to_months(__months) AS DATE) - __days"
_MICROSECONDS = {"minute": 60_000_000, "hour": 3_600_000_000}
_DAYS, _MONTHS = {"day": 1, "week": 7}, {"month": 1, "quarter": 3, "year": 12}


def followed(leaf: Followed, asked: Asked) -> Query:
    """The people with a chain: from its end, each step keeps the events that what comes after them follows."""
    starts = [(leaf.event, leaf.where, leaf.window), *((step.event, step.where, None) for step in leaf.then)]
    sources = [counted(asked, asked.schema.event(event), where, window) for event, where, window in starts]
    low = window_range(leaf.window, asked.as_of, asked.zone)[0]
    if low is not None:
        # What follows an event of the window is not before the window: most of a long table need not be read.
        for later in sources[1:]:
            later.where(exp.GTE(this=column("at"), expression=asked.begin_of(leaf.window)), copy=False)
    good = sources[-1]
    for earlier, step in zip(reversed(sources[:-1]), reversed(leaf.then), strict=True):
        good = _kept(earlier, good, step, asked)
    return asked.query(query("SELECT person FROM __good AS good", nodes={"__good": good}))


def _kept(earlier: exp.Select, later: exp.Select, step: Step, asked: Asked) -> exp.Select:
    # Only what those did who have an earlier event has to be put in order.
    nodes: dict[str, exp.Expr] = {"__earlier": earlier, "__later": query(_OF_THEM, nodes={"__earlier": earlier, "__later": later})}
    if step.within is None:
        return query(_EVER if step.did else _NEVER, nodes=nodes)
    nodes["__within"] = _within(step.within, asked)
    within = step.within
    back(asked.as_of, within.n, within.unit, asked.zone)  # refuses a length that no time is long enough for
    if step.did:
        return query(_NEXT, nodes=nodes)
    return query(_NO_NEXT, nodes=nodes | {"__over": asked.instant(lambda as_of: back(as_of, within.n, within.unit, asked.zone))})


def _within(span: Span, asked: Asked) -> exp.Expr:
    """Whether the earlier event lies in `in last SPAN` as asked at the later one."""
    if span.unit in _MICROSECONDS:
        return expression(_ROLLING, nodes={"__length": asked.bind(span.n * _MICROSECONDS[span.unit], "BIGINT")})
    months, days = span.n * _MONTHS.get(span.unit, 0), span.n * _DAYS.get(span.unit, 0)
    return expression(_CALENDAR, nodes={"__months": asked.bind(months, "INTEGER"), "__days": asked.bind(days, "INTEGER")})


_LINKED = """
SELECT e.person, count(*) AS value FROM __events AS e SEMI JOIN __others AS o ON o.person = e.person AND o.link = e.link GROUP BY e.person
"""
_NOT_LINKED = """
SELECT e.person, count(*) AS value FROM __events AS e ANTI JOIN __others AS o ON o.person = e.person AND o.link = e.link GROUP BY e.person
"""


def tied(leaf: Tied, asked: Asked) -> Query:
    """The people by how many of their events have, or do not have, one of another kind tied to them."""
    one, two = link_of(asked.schema, leaf)
    nodes: dict[str, exp.Expr] = {
        "__events": counted(asked, asked.schema.event(leaf.event), leaf.where, leaf.window, link=compared_column(one)),
        "__others": counted(asked, asked.schema.event(leaf.other), leaf.other_where, None, link=compared_column(two)),
    }
    return of_number(leaf.test, query(_LINKED if leaf.linked else _NOT_LINKED, nodes=nodes), asked)
