"""The builder's pictures: how a rule would have grown, and how the values of a field lie."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from lohko.base import formats
from lohko.base.text import Language
from lohko.web import charts

if TYPE_CHECKING:
    from babel.support import NullTranslations

_WIDE, _HIGH, _LOW = 340, 190, 150


@dataclass(frozen=True)
class BuilderPictures:
    """Small charts in one language."""

    texts: NullTranslations
    language: Language
    currency: str

    def growth(self, days: Sequence[dict[str, Any]], title: str) -> Markup:
        """A size at each of some days."""
        points = []
        for n, day in enumerate(days):
            date = dt.date.fromisoformat(day["day"])
            said = self.texts.gettext("%(day)s: %(size)s people") % {"day": formats.date(date, self.language), "size": self._n(day["size"])}
            points.append(charts.Point(day["size"], formats.short_month(date, self.language) if n % 4 == 0 else "", said))
        first, last = days[0], days[-1]
        desc = self.texts.gettext("From %(first)s to %(last)s people.") % {"first": self._n(first["size"]), "last": self._n(last["size"])}
        return charts.line("growth", points, self._ticks([day["size"] for day in days]), title=title, desc=desc, width=_WIDE, height=_HIGH)

    def bins(self, bins: Sequence[dict[str, Any]], kind: str, title: str) -> Markup:
        """How many values lie in each of parts of one width; what lies before the first or after the last is in parts without an end."""
        items = []
        for n, item in enumerate(bins):
            low, high = self._edge(item["low"], kind), self._edge(item["high"], kind)
            said = f"{low}–{high}: {self.texts.gettext('not told') if item['rows'] is None else self._n(item['rows'])}"
            items.append(charts.Bar(item["rows"] or 0, low or f"< {high}" if n in (0, len(bins) // 2) else "", said))
        edges = [self._edge(edge, kind) for item in bins for edge in (item["low"], item["high"]) if edge is not None]
        desc = self.texts.gettext("From %(low)s to %(high)s.") % {"low": edges[0], "high": edges[-1]} if edges else ""
        ticks = self._ticks([item["rows"] or 0 for item in bins])
        return charts.bars("bins", items, ticks, title=title, desc=desc, width=_WIDE, height=_LOW)

    def _edge(self, value: Any, kind: str) -> str:
        if value is None:
            return ""
        if kind in ("date", "time"):
            return formats.date(dt.date.fromisoformat(value), self.language)
        if kind == "money":
            return formats.money(value, self.currency, self.language, whole=True)
        return formats.number(value, self.language, 0 if value == int(value) else 1)

    def _ticks(self, values: Sequence[float]) -> list[tuple[float, str]]:
        return [(value, formats.number(value, self.language, 1)) for value in charts.nice_ticks(max(values, default=0), 3)]

    def _n(self, value: float) -> str:
        return formats.number(value, self.language)
