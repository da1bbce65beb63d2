"""What a view of something explored is, and how its fields, groups, shares and periods are said in the page's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from lohko.base import codes, formats
from lohko.base.text import Language
from lohko.web.charts import NOT_TOLD
from lohko.web.downloads import csv_file, csv_text
from lohko.web.language import N_
from lohko.web.words import Words

if TYPE_CHECKING:
    from babel.support import NullTranslations
    from starlette.responses import Response

MEASURES = {
    "revenue": N_("Revenue"),
    "orders": N_("Orders"),
    "active": N_("Customers who bought"),
    "new": N_("First-time buyers"),
    "size": N_("Size of the segment"),
}
UNITS = {"day": N_("Day"), "week": N_("Week"), "month": N_("Month"), "quarter": N_("Quarter"), "year": N_("Year")}
SEASONS = {
    "no_season": N_("Years have no season to take out."),
    "too_short": N_("The data does not yet hold two whole rounds of the season, so it is not taken out."),
    "gaps": N_("Some periods are not known, so the season is not taken out."),
}


@dataclass(frozen=True)
class Picture:
    """A picture for wide and for narrow screens; one that `scrolls` is the same on both."""

    title: str
    wide: Markup
    narrow: Markup | None = None


@dataclass(frozen=True)
class View:
    """What a page shows: the table's columns with whether they hold numbers, its rows as they are read, and as they are for programs."""

    heading: str
    columns: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[str]]
    raw: Sequence[Sequence[Any]]
    pictures: Sequence[Picture] = ()
    notes: Sequence[str] = field(default_factory=tuple)

    def csv(self) -> str:
        """The table for programs: numbers as they are, shares as parts of one; nothing where a number is not told."""
        return csv_text(self._table())

    def file(self, name: str) -> Response:
        """The same as a file to download."""
        return csv_file(self._table(), name)

    def _table(self) -> list[Sequence[Any]]:
        return [[title for title, _ in self.columns], *self.raw]


@dataclass(frozen=True)
class Saying:
    """How things are called in one language and currency."""

    texts: NullTranslations
    words: Words
    language: Language
    currency: str

    def say(self, text: str, **values: Any) -> str:
        """A text of the app in the page's language."""
        return self.texts.gettext(text) % values if values else self.texts.gettext(text)

    def field(self, name: str) -> str:
        """An attribute's or a trait's name as people read it."""
        return self.words.field(name)

    def group(self, item: dict[str, Any]) -> str:
        """A segment's title, or everyone."""
        if item["segment"] is None:
            return self.texts.gettext("Everyone")
        return str(item["title"].get(self.language) or next(iter(item["title"].values()), item["segment"]))

    def n(self, value: float | None) -> str:
        """A number of people; what is not told is said so."""
        return self.texts.gettext("not told") if value is None else formats.number(value, self.language)

    few = NOT_TOLD

    def share(self, value: float | None) -> str:
        """A share, or nothing."""
        return "" if value is None else formats.percent(value, self.language)

    def interval(self, item: dict[str, Any]) -> str:
        """The 95 % interval of a share, where there is one."""
        if item["low"] is None:
            return ""
        return f"{formats.percent(item['low'], self.language)} – {formats.percent(item['high'], self.language)}"

    def part(self, item: dict[str, Any], about: dict[str, Any]) -> str:
        """One part of an attribute's values, as people read it."""
        if about["kind"] == "text":
            if item["other"]:
                return self.texts.gettext("Others")
            if about["codes"] == "rfm_group":
                return str(self.words.group(item["text"]))
            if about["type"] == "boolean":
                return self.texts.gettext("yes") if item["text"] == "true" else self.texts.gettext("no")
            return codes.label_of(about["codes"], item["text"], self.language) if about["codes"] in codes.LISTS else str(item["text"])
        low, high = item["low"], item["high"]
        if about["kind"] == "day":
            return self.say(N_("before %(day)s"), day=self.period(high, about["step"])) if low is None else self.period(low, about["step"])
        if low is None:
            return self.say(N_("under %(n)s"), n=self.value(high, about))
        if high is None:
            return self.say(N_("%(n)s or more"), n=self.value(low, about))
        if about["type"] == "integer" and high - low == 1:
            return self.value(low, about)
        return f"{self.value(low, about)} – {self.value(high - 1 if about['type'] == 'integer' else high, about)}"

    def value(self, number: float, about: dict[str, Any]) -> str:
        """An edge of numbers, or of sums of money."""
        if about["type"] == "money":
            return formats.money(number, self.currency, self.language, whole=float(number).is_integer())
        return formats.number(number, self.language, places=4)

    def period(self, day: str, unit: str) -> str:
        """A calendar period by its first day: a day, a week by its Monday, a month, a quarter, a year."""
        date = dt.date.fromisoformat(day)
        match unit:
            case "year":
                return str(date.year)
            case "quarter":
                return f"Q{(date.month + 2) // 3}/{date.year}"
            case "month":
                return formats.short_month(date, self.language, year=True)
            case "week":
                return self.say(N_("week of %(day)s"), day=formats.date(date, self.language))
        return formats.date(date, self.language)

    def short(self, day: str, unit: str) -> str:
        """The same in few letters, for an axis."""
        date = dt.date.fromisoformat(day)
        return formats.short_date(date, self.language) if unit in ("day", "week") else self.period(day, unit)

    def too_few(self, groups: Sequence[dict[str, Any]]) -> list[str]:
        """The groups that are not broken down, each said so."""
        return [
            self.say(N_("%(group)s has fewer than five people, who are not broken down."), group=self.group(item))
            for item in groups
            if item["few"]
        ]

    def cells(self, item: dict[str, Any]) -> tuple[str, str, str]:
        """People, share and interval as they are read."""
        return self.n(item["people"]), self.share(item["share"]), self.interval(item)

    def raw(self, item: dict[str, Any]) -> tuple[Any, Any, Any]:
        """The same for programs."""
        return item["people"], item["share"], None if item["low"] is None else f"{item['low']} {item['high']}"
