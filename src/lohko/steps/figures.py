"""Figures for the overview and for a segment's page: how the shop does, and how a segment differs from everyone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lohko.base.times import back, local_day, naive
from lohko.engine import figures, scores
from lohko.maths.few import Telling, is_few, told, told_rows, unless_few
from lohko.maths.rfm import few_buyers
from lohko.model.masking import names_people
from lohko.model.rfm_map import BY_ID
from lohko.state.batches import imports, next_number
from lohko.state.runs import last_run
from lohko.steps.explored import explored
from lohko.steps.quality import of_segment
from lohko.steps.question import Question, ask, iso
from lohko.steps.saying import check_language, said_in_lines
from lohko.steps.shown import amount as amount
from lohko.steps.shown import ratio as ratio
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from duckdb import DuckDBPyConnection

    from lohko.model.schema import Schema

FEW_PEOPLE = 20
"""Below this, a segment is not compared with everyone: one customer more would change the picture."""
_SAMPLE = 12
_MONTHS = 24


def overview(work: Work, progress: Progress, *, as_of: str | None = None) -> dict[str, Any]:
    """How the shop does: people, money, repeat rate, RFM, months, and how fresh the data is.

    Of fewer than five people neither their number nor their money is told, nor what would give these away.
    """
    return explored(work, ("overview",), as_of, lambda question: _overview(work, question), of=()) | {"freshness": freshness(work)}


def _overview(work: Work, question: Question) -> dict[str, Any]:
    instant, schema, cursor, zone = question.as_of, question.schema, question.engine.cursor, work.settings.zone
    until, year, two = naive(instant), naive(back(instant, 12, "month", zone)), naive(back(instant, 24, "month", zone))
    ever = figures.totals(cursor, schema, dt.datetime(1, 1, 1), until)
    now, before = figures.totals(cursor, schema, year, until), figures.totals(cursor, schema, two, year)
    # A year that the data covers only in part cannot be compared with.
    known = ever.first_at is not None and ever.first_at <= two + dt.timedelta(days=31)
    question.engine.need_traits()
    bought, repeated = figures.repeat_buyers(cursor, schema, until)
    again = None if is_few(repeated) or is_few(bought - repeated) else repeated
    of_few = is_few(now.buyers)
    known = known and not of_few and not is_few(before.buyers)
    return {
        **question.stamp(),
        "currency": work.settings.currency,
        "customers": len(figures.living(cursor)),
        "buyers": unless_few(bought),
        "repeat_buyers": again,
        "repeat_rate": None if again is None else ratio(again, bought),
        "first_order": utc(ever.first_at),
        "last_order": utc(ever.last_at),
        "year": {
            "since": utc(year),
            "orders": None if of_few else now.orders,
            "buyers": unless_few(now.buyers),
            "revenue": None if of_few else amount(now.revenue),
            "average_order": None if of_few else ratio(now.revenue, now.orders, 4),
            "anonymous_orders": figures.anonymous_orders(cursor, schema, year, until),
        },
        "year_before": {"orders": before.orders, "revenue": amount(before.revenue)} if known else None,
        "revenue_change": ratio(now.revenue - before.revenue, before.revenue) if known and before.revenue > 0 else None,
        "months": months_of(question, zone),
        "rfm": _rfm(cursor, bought),
    }


def months_of(question: Question, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Orders and revenue of the last two years, month by month; of a month of fewer than five people none is told, nor of one that gives it away."""
    first = local_day(back(question.as_of, _MONTHS - 1, "month", zone), zone).replace(day=1)
    since = dt.datetime.combine(first - dt.timedelta(days=1), dt.time())
    rows = _all_months(figures.months(question.engine.cursor, question.schema, since, naive(question.as_of)), question.as_of, zone, first)
    people = [row.pop("people") for row in rows]
    for row, n in zip(rows, told(people), strict=True):
        if n is None:
            row |= {"orders": None, "revenue": None}
    return rows


def _all_months(found: list[figures.Month], instant: dt.datetime, zone: dt.tzinfo, first: dt.date) -> list[dict[str, Any]]:
    """Every month from the first that has orders, also those without; the last one is not over yet."""
    by_month = {item.month: item for item in found if item.month >= first}
    if not by_month:
        return []
    month, last, rows = min(by_month), instant.astimezone(zone).date().replace(day=1), []
    while month <= last:
        item = by_month.get(month)
        rows.append(
            {
                "month": month.isoformat(),
                "orders": item.orders if item else 0,
                "revenue": amount(item.revenue) if item else 0.0,
                "people": item.people if item else 0,
                "complete": month < last,
            }
        )
        month = (month + dt.timedelta(days=32)).replace(day=1)
    return rows


def _rfm(cursor: DuckDBPyConnection, buyers: int) -> dict[str, Any]:
    groups, cells = group_rows(cursor), cell_rows(cursor)
    _hide_few(groups, cells, scores.rfm_parts(cursor))
    return {"few_buyers": few_buyers(buyers) is not None, "groups": groups, "cells": cells}


def _hide_few(groups: list[dict[str, Any]], cells: list[dict[str, Any]], parts: Mapping[tuple[int | None, int | None, str], int]) -> None:
    """Take numbers and money of 1 to 4 people out of groups and cells, and what would give them away in either or in both."""
    of = dict(enumerate(parts))
    telling = Telling({place: parts[part] for place, part in of.items()})
    buyers = {place for place, (r, _, _) in of.items() if r is not None}
    for all_ in (of.keys(), buyers):
        telling.tell(all_, given=True)
    inside = (
        (groups, [{place for place, part in of.items() if part[2] == row["group"]} for row in groups]),
        (cells, [{place for place, part in of.items() if part[:2] == (row["r"], row["f"])} for row in cells]),
    )
    for rows, people in inside:
        for row, n, within in zip(rows, told([row["customers"] for row in rows]), people, strict=True):
            if n is None or telling.tell(within) is None:
                row |= dict.fromkeys(row.keys() & {"customers", "share", "revenue"})


def group_rows(cursor: DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every RFM group, prospects too, with its people, their share of all and their money. Needs `trait_rfm`."""
    groups, none = scores.rfm_groups(cursor), scores.Rfm(0, None)
    people = sum(item.customers for item in groups.values())
    return [
        {
            "group": group.id,
            "title": {"en": group.en, "fi": group.fi},
            "customers": groups.get(group.id, none).customers,
            "share": ratio(groups.get(group.id, none).customers, people),
            "revenue": amount(groups.get(group.id, none).revenue),
        }
        for group in BY_ID.values()
    ]


def cell_rows(cursor: DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every recency and frequency score that has anyone, the best first. Needs `trait_rfm`."""
    cells = sorted(scores.rfm_cells(cursor).items(), reverse=True)
    return [{"r": r, "f": f, "customers": item.customers, "revenue": amount(item.revenue)} for (r, f), item in cells]


def freshness(work: Work) -> dict[str, Any]:
    """Per source and kind of file, the last event and the last import; and when segments were last refreshed."""
    with work.state.connect() as connection:
        rows, run, newest = imports(connection), last_run(connection), next_number(connection) - 1
    sources: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        item = sources.setdefault(
            (row["source"], row["kind"]),
            {"source": row["source"], "kind": row["kind"], "imports": 0, "rows": 0, "last_event": None, "last_import": None},
        )
        item["imports"] += 1
        item["rows"] += row["accepted"]
        item["last_event"] = max(filter(None, (item["last_event"], row["report"].get("last_at"))), default=None)
        item["last_import"] = row["received_at"]
    return {
        "sources": list(sources.values()),
        "last_refresh": run.recorded_at if run else None,
        "behind": run is not None and run.data_version < newest,
    }


def segment(
    work: Work, progress: Progress, *, segment: str, as_of: str | None = None, language: str = "en", sample: bool = True
) -> dict[str, Any]:
    """One segment: what it says (in English or Finnish), its size, some of its members (unless not `sample`), and how they differ from everyone.

    `names_people` is whether the rule itself may say who somebody is.
    """
    check_language(language)
    found = explored(work, ("segment", segment), as_of, lambda asked: _segment(work, asked, segment), of=(segment,))
    question = ask(work, dt.datetime.fromisoformat(found["as_of"]))
    definition, cursor = question.segment(segment), question.engine.cursor
    where = question.catalogue.definition(definition.id).where
    some = found["some"] if sample else []
    if some:
        question.engine.need_traits()
    return {name: value for name, value in found.items() if name != "some"} | {
        "id": definition.id,
        "title": dict(definition.title),
        "description": dict(definition.description),
        "rule": said_in_lines(work, question.schema, where, language),
        "names_people": names_people(where),
        "tags": list(definition.tags),
        "currency": work.settings.currency,
        "sample": people_rows(cursor, question.schema, some, naive(question.as_of)) if some else [],
        "quality": of_segment(work, question, definition.id),
    }


def _segment(work: Work, question: Question, segment: str) -> dict[str, Any]:
    """The figures of a segment; `some` of its members by key."""
    people, cursor = question.people(segment), question.engine.cursor
    size = question.engine.size(people)
    figures.take_members(cursor, people)
    question.engine.need_traits()
    return {
        "some": figures.sample(cursor, _SAMPLE),
        "size": size,
        "population": question.engine.size(question.engine.everyone()),
        "share": question.share(size),
        "few": size < FEW_PEOPLE,
        "compared": None if size < FEW_PEOPLE else compared(cursor),
        "groups": None if size < FEW_PEOPLE else member_groups(cursor, size),
        "places": {} if size < FEW_PEOPLE else _places(question, segment),
    }


def compared(cursor: DuckDBPyConnection) -> list[dict[str, Any]]:
    """Measure by measure: the members taken, everyone, and the index (members / everyone x 100). Needs `trait_rfm`."""
    ours, all_ = _measures(figures.buying(cursor, everyone=False)), _measures(figures.buying(cursor, everyone=True))
    return [{"measure": name, "segment": ours[name], "everyone": all_[name], "index": index(ours[name], all_[name])} for name in ours]


def _measures(found: figures.Buying) -> dict[str, float | None]:
    return {
        "buyers_share": ratio(found.buyers, found.people),
        "revenue_per_customer": ratio(found.revenue, found.people, 4),
        "orders_per_buyer": ratio(found.orders, found.buyers, 4),
        "average_order": ratio(found.revenue, found.orders, 4),
        "recency_days": None if found.recency_days is None else float(found.recency_days),
    }


def member_groups(cursor: DuckDBPyConnection, size: int) -> list[dict[str, Any]]:
    """Every RFM group that members are in: how many, their share, and the share of everyone; of few people none of it. Needs `trait_rfm`."""
    inside, everywhere = figures.member_groups(cursor), scores.rfm_groups(cursor)
    people = sum(item.customers for item in everywhere.values())
    found = [group for group in BY_ID.values() if inside.get(group.id)]
    open_ = told_rows([(inside[group.id], everywhere[group.id].customers) for group in found])
    rows = []
    for group, may in zip(found, open_, strict=True):
        n = inside[group.id] if may else None
        share, of_all = (None, None) if n is None else (ratio(n, size), ratio(everywhere[group.id].customers, people))
        rows.append(
            {
                "group": group.id,
                "title": {"en": group.en, "fi": group.fi},
                "customers": n,
                "share": share,
                "everyone": of_all,
                "index": index(share, of_all),
            }
        )
    return rows


def _places(question: Question, segment: str) -> dict[str, list[dict[str, Any]]]:
    """Towns and countries: the share of those whose place is known, against everyone's. None of 1 to 4 people, nor one by which such a one is found."""
    found = {}
    for name in ("city", "country"):
        attribute = question.schema.attributes.get(name)
        if attribute is None or not question.catalogue.may_show(name, segment):
            continue
        rows = figures.places(question.engine.cursor, attribute, naive(question.as_of))
        inside, everywhere = sum(row.inside for row in rows), sum(row.everywhere for row in rows)
        told = told_rows([(row.inside, row.everywhere) for row in rows])
        shown = [(row.value, row.inside, row.everywhere) for row, open_ in zip(rows, told, strict=True) if open_ and row.inside]
        found[name] = [
            {
                "value": value,
                "customers": here,
                "share": ratio(here, inside),
                "everyone": ratio(there, everywhere),
                "index": index(ratio(here, inside), ratio(there, everywhere)),
            }
            for value, here, there in shown[:8]
        ]
    return found


_NAMES = ("first_name", "last_name", "name", "email", "city")


def people_rows(cursor: DuckDBPyConnection, schema: Schema, keys: list[int], instant: dt.datetime) -> list[dict[str, Any]]:
    """People as a list shows them, in the order given: label, name, town, and how they buy. Needs `trait_rfm`."""
    people, scored = figures.people_of(cursor, keys), scores.scores_of(cursor, keys)
    texts: dict[int, dict[str, str]] = {key: {} for key in keys}
    for name in _NAMES:
        attribute = schema.attributes.get(name)
        if attribute is not None and not attribute.trait:
            for key, value in figures.values_of(cursor, attribute, keys, instant).items():
                texts[key][name] = value.text
    return [
        {
            "person_id": people[key].person_id,
            "customer": people[key].label,
            "name": full_name(texts[key]),
            "email": texts[key].get("email"),
            "city": texts[key].get("city"),
            **rfm_row(scored.get(key)),
        }
        for key in keys
    ]


def full_name(texts: Mapping[str, str]) -> str | None:
    """A person's name from its parts, or None when none is known."""
    return " ".join(filter(None, (texts.get("first_name"), texts.get("last_name")))) or texts.get("name")


def rfm_row(found: scores.Scores | None) -> dict[str, Any]:
    """One person's RFM as JSON."""
    if found is None:
        return dict.fromkeys(("recency_days", "orders", "revenue", "r", "f", "m", "group"))
    return {
        "recency_days": found.recency_days,
        "orders": found.frequency,
        "revenue": amount(found.monetary),
        "r": found.r,
        "f": found.f,
        "m": found.m,
        "group": found.group,
    }


def index(ours: float | None, everyone: float | None) -> float | None:
    """Ours / everyone's x 100: 100 is like everyone."""
    return None if ours is None or not everyone else round(100 * ours / everyone, 1)


def utc(instant: dt.datetime | None) -> str | None:
    """A naive instant of the engine as JSON shows it."""
    return None if instant is None else iso(instant.replace(tzinfo=dt.UTC))


def day_of(instant: dt.datetime, zone: Any) -> str:
    """The local day of an aware instant, as JSON shows it."""
    return local_day(instant, zone).isoformat()
