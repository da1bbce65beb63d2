"""Looking at the data before anything is asked of it: how an attribute lies, two crossed, cohorts, ways and trends.

Everything is for everyone, for one segment or for several beside each other
(`segments`; `*` is everyone). What fewer than five people have is not told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from lohko.base.times import local_day, period_of
from lohko.engine import explore, explore_time
from lohko.engine.explore import Cut
from lohko.engine.figures import take_members
from lohko.maths.bins import steps_between
from lohko.maths.cohorts import LeftOut, left_out
from lohko.maths.crossed import told_crossed
from lohko.maths.few import FEW, told
from lohko.model.masking import tells
from lohko.model.orders import ORDER_LINE
from lohko.model.schema import NUMERIC
from lohko.steps.explored import EVERYONE, attribute_of, between, explored, groups, one_of, share_of
from lohko.steps.question import Question, ask
from lohko.steps.shown import ratio
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from lohko.model.schema import Attribute

COHORT_UNITS = ("week", "month", "quarter")
MOST_PERIODS = 60
MOST_PARTS = 14
CROSSED_PARTS = 12


def explore_fields(work: Work, progress: Progress) -> dict[str, Any]:
    """What can be explored: attributes and traits that many people share, kinds of events, segments."""
    question = ask(work)
    marked = question.catalogue.special.marked
    fields = [item for key, item in sorted(question.schema.attributes.items()) if not tells(item.name) and key not in marked]
    return {
        "attributes": [{"name": item.name, "type": item.type, "trait": item.trait} for item in fields],
        "events": [item.name for key, item in sorted(question.schema.events.items()) if key != ORDER_LINE],
        "segments": {name: dict(item.title) for name, item in question.segments.items()},
        **question.stamp(),
    }


def _of(segments: Sequence[str] | None) -> list[str]:
    """The segments that an answer is about."""
    return [name for name in segments or () if name != EVERYONE]


# --- one attribute ------------------------------------------------------------------------


def explore_distribution(
    work: Work, progress: Progress, *, attribute: str, segments: Sequence[str] | None = None, as_of: str | None = None
) -> dict[str, Any]:
    """How the values of an attribute or trait lie among people: the same parts for every group, and how many have none.

    Numbers and days lie in parts of round width from the first to the last hundredth of
    everyone's; texts are the commonest. Shares are of those who have a value, or of everyone in the group where `known` is not told.
    """

    def make(question: Question) -> dict[str, Any]:
        found = attribute_of(question, attribute)
        cursor, zone = question.engine.cursor, work.settings.zone
        take_members(cursor, question.engine.everyone())
        explore.take_values(cursor, found, question.as_of, "explore_a")
        cut = explore.cut(cursor, found, zone, "explore_a", MOST_PARTS)
        rows = []
        for group, few in groups(question, segments):
            explore.take_values(cursor, found, question.as_of, "explore_a")
            rows.append(group | ({} if few else _lies(question, found, cut, zone, group["people"])))
        return _about(found) | {"parts": parts_of(cut), "kind": cut.kind, "step": cut.step if cut.kind == "day" else None, "groups": rows}

    return explored(work, ("distribution", attribute, tuple(segments or ())), as_of, make, of=_of(segments))


def _lies(question: Question, attribute: Attribute, cut: Cut, zone: Any, people: int) -> dict[str, Any]:
    cursor = question.engine.cursor
    counted = explore.counts(cursor, explore.take_parts(cursor, attribute, zone, cut, "explore_a"))
    known = explore.known(cursor, "explore_a")
    numbers = [counted.get(part, 0) for part in range(cut.parts + 1)]
    *shown, missing = told([*numbers, people - known], apart=attribute.type != "text_set")
    low, middle, high = explore.quarters(cursor, "explore_a") if attribute.type in NUMERIC and known >= FEW else (None, None, None)
    return {
        "known": known if missing is not None else None,
        "missing": missing,
        "missing_share": ratio(missing, people) if missing is not None else None,
        # How many have a value could be found by a share of them: where that is not told, shares are of everyone in the group.
        "counts": [share_of(n, known if missing is not None else people) for n in shown],
        "quarter": low,
        "median": middle,
        "three_quarters": high,
    }


def _about(attribute: Attribute) -> dict[str, Any]:
    return {"attribute": attribute.name, "type": attribute.type, "codes": attribute.codes}


def parts_of(cut: Cut) -> list[dict[str, Any]]:
    """What each part is, part 0 first: `low` is in it, `high` is not; None is without end. `other` are all other texts."""
    none: dict[str, Any] = {"low": None, "high": None, "text": None, "other": False}
    if cut.kind == "text":
        return [none | {"other": True}, *(none | {"text": text} for _, text in cut.texts)]
    edges = [float(edge) for edge in cut.edges] if cut.kind == "number" else [day.isoformat() for day in cut.days]
    return [none | {"low": low, "high": high} for low, high in zip([None, *edges], [*edges, None], strict=True)]


# --- two of them --------------------------------------------------------------------------


def explore_cross(
    work: Work, progress: Progress, *, rows: str, columns: str, segments: Sequence[str] | None = None, as_of: str | None = None
) -> dict[str, Any]:
    """How two attributes lie beside each other, of those who have both: people in each cell, and its share of its row with the 95 % interval.

    Turned round (rows for columns), the same numbers are not told.
    """

    def make(question: Question) -> dict[str, Any]:
        sides = (attribute_of(question, rows), attribute_of(question, columns))
        cursor, zone = question.engine.cursor, work.settings.zone
        take_members(cursor, question.engine.everyone())
        cuts = []
        for side, found in zip(("explore_a", "explore_b"), sides, strict=True):
            explore.take_values(cursor, found, question.as_of, side)
            cuts.append(explore.cut(cursor, found, zone, side, CROSSED_PARTS))
        tables = []
        for group, few in groups(question, segments):
            if not few:
                names = []
                for side, found, cut in zip(("explore_a", "explore_b"), sides, cuts, strict=True):
                    explore.take_values(cursor, found, question.as_of, side)
                    names.append(explore.take_parts(cursor, found, zone, cut, side))
                cells, *sums = explore.crossed(cursor, *names)
                whole = [[of.get(part, 0) for part in range(cut.parts + 1)] for of, cut in zip(sums, cuts, strict=True)]
                apart = [found.type != "text_set" for found in sides]
                group["rows"] = _crossed(cells, *whole, rows_apart=apart[0], columns_apart=apart[1])
            tables.append(group)
        return {
            "rows": _about(sides[0]) | {"kind": cuts[0].kind, "step": cuts[0].step, "parts": parts_of(cuts[0])},
            "columns": _about(sides[1]) | {"kind": cuts[1].kind, "step": cuts[1].step, "parts": parts_of(cuts[1])},
            "groups": tables,
        }

    return explored(work, ("cross", rows, columns, tuple(segments or ())), as_of, make, of=_of(segments))


def _crossed(
    cells: dict[tuple[int, int], int], rows: Sequence[int], columns: Sequence[int], *, rows_apart: bool, columns_apart: bool
) -> list[dict[str, Any]]:
    shown = told_crossed(cells, rows, columns, rows_apart=rows_apart, columns_apart=columns_apart)
    found: list[dict[str, Any]] = []
    for row in range(len(rows)):
        whole = shown[row, len(columns)]
        # A share beside its number would tell the sum of the row.
        found.append({"people": whole, "cells": [share_of(shown[row, column], whole or 0) for column in range(len(columns))]})
    return found


# --- cohorts ------------------------------------------------------------------------------


def explore_cohorts(
    work: Work,
    progress: Progress,
    *,
    unit: str = "month",
    periods: int = 12,
    segments: Sequence[str] | None = None,
    as_of: str | None = None,
) -> dict[str, Any]:
    """Of those whose first purchase was in a period, the share who bought in each period after it, up to the present one.

    A cell of a period that is not over is not known yet: it has no number, which is not 0. A cell that is known and has
    no number is not told: it is of fewer than five people, or would give such a one away.
    `all` is every cohort together, also the older ones, each where its cell is known.
    """
    one_of(unit, COHORT_UNITS, "unit")
    between(periods, 2, MOST_PERIODS, "periods")

    def make(question: Question) -> dict[str, Any]:
        cursor, this = question.engine.cursor, period_of(local_day(question.as_of, work.settings.zone), "this", unit)[0]  # type: ignore[arg-type]
        tables = []
        for group, few in groups(question, segments):
            known = not few and explore_time.take_bought(cursor, question.schema, question.as_of, unit)  # type: ignore[arg-type]
            found = explore_time.cohorts(cursor) if known else {}
            tables.append(group | _cohorts(found, this, unit, periods))
        return {"unit": unit, "periods": periods, "groups": tables}

    return explored(work, ("cohorts", unit, periods, tuple(segments or ())), as_of, make, of=_of(segments))


def _cohorts(found: dict[tuple[dt.date, dt.date], int], this: dt.date, unit: str, periods: int) -> dict[str, Any]:
    """The table of one group; of a cohort of fewer than five people nothing is told."""
    between_them = partial(steps_between, step=unit)  # type: ignore[arg-type]
    sizes = {cohort: people for (cohort, period), people in found.items() if cohort == period}
    if not sizes:
        return {"cohorts": [], "all": []}
    known, began = {pair: n for pair, n in found.items() if pair[1] < this or pair[0] == pair[1]}, min(sizes)
    # What is left out is the same however many periods are looked at: else two looks beside each other would tell it.
    places = {(between_them(began, cohort), between_them(cohort, period)): n for (cohort, period), n in known.items()}
    out = left_out(places, MOST_PERIODS)
    rows = []
    for cohort in sorted(sizes):
        if between_them(cohort, this) >= periods:
            continue
        few, cells, period = sizes[cohort] < FEW, [], cohort
        for offset in range(between_them(cohort, this) + 1):
            is_known = period < this or not offset
            people = found.get((cohort, period), 0) if is_known and (between_them(began, cohort), offset) not in out.cells else None
            cells.append({"offset": offset, "period": period.isoformat(), "known": is_known} | share_of(people, sizes[cohort]))
            period = period_of(period, "this", unit)[1]  # type: ignore[arg-type]
        size = None if few else sizes[cohort]
        rows.append({"cohort": cohort.isoformat(), "people": size, "few": few, "over": cohort < this, "cells": [] if few else cells})
    return {"cohorts": rows, "all": _together(places, between_them(began, this), periods, out)}


def _together(cells: dict[tuple[int, int], int], this: int, periods: int, out: LeftOut) -> list[dict[str, Any]]:
    """All cohorts of five or more together, of each so many periods later as are over."""
    whole = []
    for offset in range(periods):
        cohorts = [place for place, later in cells if not later and cells[place, 0] >= FEW and place + offset < this]
        people = sum(cells.get((place, offset), 0) for place in cohorts)
        size = sum(cells[place, 0] for place in cohorts)
        if size:
            whole.append({"offset": offset} | share_of(None if offset in out.sums else people, size))
    return whole


def unit_of(given: str) -> explore_time.Unit:
    """A calendar unit of a trend; InputError with candidates."""
    one_of(given, get_args(explore_time.Unit), "unit")
    return given  # type: ignore[return-value]
