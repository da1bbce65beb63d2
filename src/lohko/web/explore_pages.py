"""Exploring: one page for each way of looking, with its pictures, its table, and both as files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lohko.base.errors import InputError
from lohko.steps.explore import COHORT_UNITS, explore_cohorts, explore_cross, explore_distribution, explore_fields
from lohko.steps.explore_paths import explore_paths
from lohko.steps.explore_trend import MEASURES, SEASON, explore_trend
from lohko.steps.work import Work, silent
from lohko.web.downloads import SVG, download
from lohko.web.explore_charts import alone
from lohko.web.explore_views import Views
from lohko.web.explore_words import MEASURES as NAMES
from lohko.web.explore_words import UNITS, View
from lohko.web.language import N_, language_of, texts
from lohko.web.render import Pages
from lohko.web.words import Words

WAYS = {
    "distribution": (N_("Distribution"), N_("How one thing known of customers lies among them.")),
    "cross": (N_("Crossed"), N_("Two things known of customers beside each other.")),
    "cohorts": (N_("Cohorts"), N_("Who came back, by when they first bought.")),
    "paths": (N_("Ways"), N_("What customers do after what, and where they leave.")),
    "trend": (N_("Trends"), N_("A measure along time, without its season, and beside the year before.")),
}
"""Each way of looking: its name, and what it shows."""
_FIRST = ("rfm_group", "city", "country", "frequency")
_PERIODS = (6, 12, 18, 24, 36)


def router(work: Work, pages: Pages) -> APIRouter:
    """The pages, their tables as CSV and their pictures as SVG."""
    routes = APIRouter(include_in_schema=False)

    def asked(request: Request, way: str) -> tuple[dict[str, Any], dict[str, Any], View | None, Views]:
        """What can be chosen, what is chosen, and its view; none while there is nothing to look at."""
        if way not in WAYS:
            raise InputError("not_found", "There is no such page.")
        fields = explore_fields(work, silent)
        language = language_of(request)
        chosen = _chosen(request, way, fields)
        views = Views(texts(language), Words(texts(language), language, work.settings.zone), language, work.settings.currency)
        return fields, chosen, _view(work, views, way, chosen) if _something(way, fields, chosen) else None, views

    @routes.get("/explore")
    def first(request: Request) -> Response:
        return page(request, "distribution")

    @routes.get("/explore/{way}")
    def page(request: Request, way: str) -> Response:
        fields, chosen, view, views = asked(request, way)
        query = request.url.query
        return pages.answer(
            request, "explore.html", way=way, ways=WAYS, fields=fields, chosen=chosen, view=view, query=f"?{query}" if query else "",
            cohort_units=COHORT_UNITS, trend_units=[*SEASON, "year"], measures=MEASURES, periods=_PERIODS,
            explore_field=views.field, explore_units=UNITS, explore_measures=NAMES,
        )  # fmt: skip

    @routes.get("/explore/{way}/table.csv")
    def table(request: Request, way: str) -> Response:
        view = _there(asked(request, way)[2])
        return view.file(f"{way}.csv")

    @routes.get("/explore/{way}/picture/{number}")
    def picture(request: Request, way: str, number: int) -> Response:
        pictures = _there(asked(request, way)[2]).pictures
        if not 0 <= number < len(pictures):
            raise InputError("not_found", "There is no such picture.")
        return download(alone(pictures[number].wide), f"{way}-{number + 1}.svg", SVG)

    return routes


def _there(view: View | None) -> View:
    if view is None:
        raise InputError("not_found", "There is nothing to look at yet.", hint="bring customers and orders in first.")
    return view


def _something(way: str, fields: dict[str, Any], chosen: dict[str, Any]) -> bool:
    if way == "distribution":
        return chosen["attribute"] is not None
    if way == "cross":
        return chosen["rows"] is not None and chosen["columns"] is not None
    return bool(fields["events"])


def _chosen(request: Request, way: str, fields: dict[str, Any]) -> dict[str, Any]:
    """What the address asks for; the first sensible choice where it asks for nothing."""
    query = request.query_params
    names = [item["name"] for item in fields["attributes"]]
    liked = [name for name in _FIRST if name in names] + [name for name in names if name not in _FIRST]
    found: dict[str, Any] = {"as_of": query.get("as_of") or None, "segments": [item for item in query.getlist("segment") if item]}
    match way:
        case "distribution":
            found["attribute"] = query.get("attribute") or next(iter(liked), None)
        case "cross":
            found["rows"] = query.get("rows") or next(iter(liked), None)
            found["columns"] = query.get("columns") or next((name for name in liked if name != found["rows"]), None)
        case "cohorts":
            found |= {"unit": query.get("unit") or "month", "periods": _number(query.get("periods"), 12)}
        case "trend":
            found |= {"measure": query.get("measure") or "revenue", "unit": query.get("unit") or "month"}
        case "paths":
            events = [item for item in query.getlist("event") if item]
            found |= {
                "events": events,
                "start": query.get("start") or None,
                "depth": _number(query.get("depth"), 4),
                "days": _number(query.get("days"), 365),
            }
    return found


def _number(text: str | None, otherwise: int) -> int:
    if not text:
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise InputError("bad_input", "That is no whole number.", hint="for example 12.")
    return int(text)


def _view(work: Work, views: Views, way: str, chosen: dict[str, Any]) -> View:
    as_of, segments = chosen["as_of"], _or_none(chosen["segments"])
    match way:
        case "distribution":
            return views.distribution(explore_distribution(work, silent, attribute=chosen["attribute"], segments=segments, as_of=as_of))
        case "cross":
            return views.cross(explore_cross(work, silent, rows=chosen["rows"], columns=chosen["columns"], segments=segments, as_of=as_of))
        case "cohorts":
            return views.cohorts(
                explore_cohorts(work, silent, unit=chosen["unit"], periods=chosen["periods"], segments=segments, as_of=as_of)
            )
        case "trend":
            return views.trend(explore_trend(work, silent, measure=chosen["measure"], unit=chosen["unit"], segments=segments, as_of=as_of))
    one = segments[0] if segments else None
    return views.paths(
        explore_paths(
            work,
            silent,
            events=_or_none(chosen["events"]),
            start=chosen["start"],
            depth=chosen["depth"],
            days=chosen["days"],
            segment=None if one == "*" else one,
            as_of=as_of,
        )
    )


def _or_none(given: Sequence[str]) -> list[str] | None:
    return list(given) or None
