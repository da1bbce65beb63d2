"""The page of management: the business on one sheet of paper, and every table of it as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lohko.base import formats
from lohko.base.errors import InputError
from lohko.steps.management import management
from lohko.steps.work import Work, silent
from lohko.web.downloads import SVG, download
from lohko.web.explore_charts import alone
from lohko.web.explore_words import Saying, View
from lohko.web.language import N_, language_of, texts
from lohko.web.overview_files import months_view
from lohko.web.render import Pages
from lohko.web.words import Words

SPANS = {"month": N_("This month"), "quarter": N_("This quarter"), "year": N_("12 months")}
MEASURES = {
    "revenue": N_("Revenue"),
    "orders": N_("Orders"),
    "active": N_("Customers who bought"),
    "new": N_("First-time buyers"),
    "average_order": N_("Average order"),
}
VERDICTS = {
    "met": N_("reached"),
    "missed": N_("missed"),
    "on_the_way": N_("on the way"),
    "no_nearer": N_("no nearer"),
    "too_few": N_("too few to say"),
    "unknown": N_("not known"),
}
SEGMENTS_SHOWN, GOALS_SHOWN, AUDIENCES_SHOWN = 12, 6, 4
"""So that the page stays one sheet; all of them are in the CSV."""


def router(work: Work, pages: Pages) -> APIRouter:
    """The page and its files."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/management")
    def page(request: Request, as_of: str | None = None) -> Response:
        found = management(work, silent, as_of=as_of or None)
        return pages.answer(
            request, "management.html", data=found, spans=SPANS, measures=MEASURES, verdicts=VERDICTS,
            segments_shown=SEGMENTS_SHOWN, goals_shown=GOALS_SHOWN, audiences_shown=AUDIENCES_SHOWN,
        )  # fmt: skip

    @routes.get("/management/months.svg")
    def picture(request: Request, as_of: str | None = None) -> Response:
        found = management(work, silent, as_of=as_of or None)["months"]
        return download(
            alone(months_view(found, language_of(request), work.settings.currency).pictures[0].wide), "management-months.svg", SVG
        )

    @routes.get("/management/{name}.csv")
    def table(request: Request, name: str, as_of: str | None = None) -> Response:
        language = language_of(request)
        said = Tables(texts(language), Words(texts(language), language, work.settings.zone), language, work.settings.currency)
        if name not in said.names:
            raise InputError("not_found", "There is no such page.")
        return said.of(name, management(work, silent, as_of=as_of or None)).file(f"management-{name}.csv")

    return routes


@dataclass(frozen=True)
class Tables(Saying):
    """The tables of the page, for programs and spreadsheets."""

    @property
    def names(self) -> tuple[str, ...]:
        """What tables there are."""
        return ("business", "months", "segments", "moves", "goals", "audiences")

    def of(self, name: str, found: Mapping[str, Any]) -> View:
        """The table of that name."""
        made: View = getattr(self, f"_{name}")(found)
        return made

    def _view(self, columns: list[str], rows: list[tuple[Any, ...]]) -> View:
        return View("", [(self.say(title), True) for title in columns], (), rows)

    def _business(self, found: Mapping[str, Any]) -> View:
        rows = [
            (self.say(SPANS[span["span"]]), span["since"], span["until"], self.say(title), span["now"][key],
             (span["before"] or {}).get(key), (span["change"] or {}).get(key))
            for span in found["spans"]
            for key, title in MEASURES.items()
        ]  # fmt: skip
        return self._view([N_("Time"), N_("Since"), N_("Until"), N_("Measure"), N_("Value"), N_("A year before"), N_("Change")], rows)

    def _months(self, found: Mapping[str, Any]) -> View:
        return months_view(found["months"], self.language, self.currency)

    def _segments(self, found: Mapping[str, Any]) -> View:
        keys = ("size", "share", "month", "year", "revenue", "revenue_share", "reach", "reach_share")
        columns = [
            N_("Segment"), N_("Size"), N_("Share"), N_("Change in a month"), N_("Change in a year"), N_("Revenue, 12 months"),
            N_("Share of the revenue"), N_("May be contacted"), N_("Share of them"),
        ]  # fmt: skip
        return self._view(columns, [(self.title(item), *(item[key] for key in keys)) for item in found["segments"]])

    def _moves(self, found: Mapping[str, Any]) -> View:
        rows = [
            (self.words.group(item["group"]), item["before"], item["came"], item["left"], item["now"]) for item in found["moves"]["groups"]
        ]
        return self._view([N_("Group"), N_("Before"), N_("Came"), N_("Left"), N_("Now")], rows)

    def _goals(self, found: Mapping[str, Any]) -> View:
        rows = [
            (self.title(item), self.own(item["metric_title"]), item["baseline"], item["value"], item["target"], item["by"],
             self.say(VERDICTS[item["verdict"]]))
            for item in found["goals"]
        ]  # fmt: skip
        return self._view(
            [N_("Segment"), N_("What is measured"), N_("Baseline"), N_("Now"), N_("Goal"), N_("By when"), N_("Where it stands")], rows
        )

    def _audiences(self, found: Mapping[str, Any]) -> View:
        rows = [
            (self.title(item), item["to"], item["at"], item["people"], item["days"], item["bought"]["people"], item["bought"]["share"],
             item["revenue"])
            for item in found["audiences"]
        ]  # fmt: skip
        return self._view(
            [N_("Segment"), N_("Sent to"), N_("When"), N_("People"), N_("Days since"), N_("Bought"), N_("Share"), N_("Revenue")], rows
        )

    def title(self, item: Mapping[str, Any]) -> str:
        """A segment's title in the page's language."""
        return self.own(item["title"]) or str(item.get("id") or item.get("segment"))

    def own(self, titles: Mapping[str, str]) -> str:
        """A text by language."""
        return titles.get(self.language) or next(iter(titles.values()), "")


def shown(value: float | None, unit: str, currency: str, language: str) -> str:
    """A value of a goal with its unit; percent are of a hundred."""
    match unit:
        case "money":
            return formats.money(value, currency, language, whole=True)
        case "percent":
            return formats.percent(None if value is None else value / 100, language)
        case "number":
            return formats.number(value, language, 1)
    return formats.number(value, language)
