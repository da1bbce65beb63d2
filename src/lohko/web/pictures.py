"""The pictures of the pages: what the charts are given, in words of the page's language.

Each is drawn twice, for wide and for narrow screens, so that its letters keep
their size; the style sheet shows one of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from lohko.base import formats
from lohko.base.text import Language
from lohko.web import charts, figure_charts

if TYPE_CHECKING:
    from babel.support import NullTranslations

_WIDE, _NARROW = 720, 340


@dataclass(frozen=True)
class Pictures:
    """Charts in one language and currency."""

    texts: NullTranslations
    language: Language
    currency: str

    def sizes(self, name: str, days: Sequence[dict[str, Any]], title: str) -> Markup:
        """A segment's size day by day, for wide and for narrow screens."""
        return _shown(self.sizes_pair(name, days, title))

    def sizes_pair(self, name: str, days: Sequence[dict[str, Any]], title: str) -> tuple[Markup, Markup]:
        """A segment's size day by day, with those who entered and left under it; days filled in afterwards are dashed."""
        first = next((place for place, day in enumerate(days) if day["kind"] == "recorded"), None)
        ticks = self._ticks(max((day["size"] for day in days), default=0))

        def draw(which: str, width: int, labels: int) -> Markup:
            step = max(1, -(-len(days) // labels))
            points = [self._point(day, place == first, place % step == 0) for place, day in enumerate(days)]
            return charts.line(f"{name}-{which}", points, ticks, title=title, desc=self._said(days), width=width, height=260)

        return _pair(draw, (9, 3), wide=1000)

    def _point(self, day: dict[str, Any], first: bool, labelled: bool) -> charts.Point:
        date = dt.date.fromisoformat(day["day"])
        # Those whom the first refresh found in the segment did not enter on that day.
        up, down = (0, 0) if first else (day["entered"], day["left"])
        tip = self.texts.gettext("%(day)s: %(size)s people, %(entered)s entered, %(left)s left") % {
            "day": formats.date(date, self.language),
            "size": self._n(day["size"]),
            "entered": self._n(up),
            "left": self._n(down),
        }
        label = formats.short_date(date, self.language) if labelled else ""
        return charts.Point(day["size"], label, tip, day["kind"] == "recorded", up, down)

    def _said(self, days: Sequence[dict[str, Any]]) -> str:
        if not days:
            return self.texts.gettext("There are no days yet.")
        return self.texts.gettext("From %(first)s on %(since)s to %(last)s on %(until)s.") % {
            "first": self._n(days[0]["size"]),
            "since": formats.date(dt.date.fromisoformat(days[0]["day"]), self.language),
            "last": self._n(days[-1]["size"]),
            "until": formats.date(dt.date.fromisoformat(days[-1]["day"]), self.language),
        }

    def revenue(self, name: str, months: Sequence[dict[str, Any]], title: str) -> Markup:
        """Revenue month by month, for wide and for narrow screens."""
        return _shown(self.revenue_pair(name, months, title))

    def revenue_pair(self, name: str, months: Sequence[dict[str, Any]], title: str) -> tuple[Markup, Markup]:
        """Revenue month by month; a month that is not over is hatched, and one of too few people has no bar."""
        amounts = [month["revenue"] or 0 for month in months]
        ticks = self._ticks(max(amounts, default=0), min(amounts, default=0))

        def draw(which: str, width: int, labels: int) -> Markup:
            step = max(1, -(-len(months) // labels))
            labelled = [place for place in range(len(months)) if (len(months) - 1 - place) % step == 0]
            # The first label has its year, unless one near it is a January, which has it anyway.
            bare = not any(months[place]["month"][5:7] == "01" for place in labelled[:2])
            items = [self._bar(month, place in labelled, year=bare and place == labelled[0]) for place, month in enumerate(months)]
            return charts.bars(
                f"{name}-{which}",
                items,
                ticks,
                title=title,
                desc=self._months_said(months),
                width=width,
                height=320 if width > 500 else 230,
            )

        return _pair(draw, (12, 5))

    def _bar(self, month: dict[str, Any], labelled: bool, *, year: bool) -> charts.Bar:
        date = dt.date.fromisoformat(month["month"])
        tip = self.texts.gettext("%(month)s: %(revenue)s, %(orders)s orders") % {
            "month": formats.month(date, self.language),
            "revenue": formats.money(month["revenue"], self.currency, self.language, whole=True),
            "orders": self._n(month["orders"]),
        }
        if month["revenue"] is None:
            tip = f"{formats.month(date, self.language)}: {self.texts.gettext('not told')}"
        if not month["complete"]:
            tip += " " + self.texts.gettext("(the month is not over)")
        return charts.Bar(
            month["revenue"] or 0, formats.short_month(date, self.language, year=year) if labelled else "", tip, month["complete"]
        )

    def _months_said(self, months: Sequence[dict[str, Any]]) -> str:
        if not months:
            return self.texts.gettext("There are no orders yet.")
        best = max(months, key=lambda month: month["revenue"] or 0)
        return self.texts.gettext("The best month was %(month)s with %(revenue)s.") % {
            "month": formats.month(dt.date.fromisoformat(best["month"]), self.language),
            "revenue": formats.money(best["revenue"], self.currency, self.language, whole=True),
        }

    def heat(self, name: str, grid: dict[str, Any], title: str) -> Markup:
        """Customers by recency and frequency score, for wide and for narrow screens."""
        return _shown(self.heat_pair(name, grid, title))

    def heat_pair(self, name: str, grid: dict[str, Any], title: str) -> tuple[Markup, Markup]:
        """Customers by recency and frequency score, with the money of each square."""
        said = self.texts.gettext("Rows are recency scores from 5 down to 1, columns frequency scores from 1 to 5.")
        axes = (self.texts.gettext("Recency"), self.texts.gettext("Frequency"))

        def draw(which: str, width: int, _labels: int) -> Markup:
            rows = [(str(row[0]["r"]), [self._cell(cell, money=width > _NARROW) for cell in row]) for row in grid["rows"]]
            columns = [str(number) for number in range(1, 6)]
            return charts.heat(f"{name}-{which}", rows, columns, axes=axes, title=title, desc=said, width=width, height=320)

        return _pair(draw, (0, 0), wide=520)

    def _cell(self, cell: dict[str, Any], *, money: bool) -> charts.Cell:
        if cell["customers"] is None:
            return charts.Cell(charts.NOT_TOLD, "", f"R {cell['r']}, F {cell['f']}: {self.texts.gettext('not told')}", 0)
        if not cell["customers"]:
            return charts.Cell("0", "", self.texts.gettext("R %(r)s, F %(f)s: nobody") % cell, 0)
        revenue = formats.money(cell["revenue"], self.currency, self.language, whole=True)
        tip = self.texts.gettext("R %(r)s, F %(f)s: %(customers)s customers, %(revenue)s") % {
            **cell,
            "customers": self._n(cell["customers"]),
            "revenue": revenue,
        }
        return charts.Cell(self._n(cell["customers"]), revenue if money else "", tip, cell["level"])

    def upset(
        self, name: str, names: Mapping[str, str], sizes: Mapping[str, int | None], combinations: Sequence[Mapping[str, Any]], title: str
    ) -> tuple[Markup, Markup]:
        """Segments and what they share: combinations with fewer than five people are not drawn."""
        keys = list(names)
        shown = [item for item in combinations if item["size"]]

        def draw(which: str, width: int, most: int) -> Markup:
            columns = [
                figure_charts.Sets(
                    frozenset(keys.index(key) for key in item["segments"]),
                    item["size"],
                    self._n(item["size"]),
                    f"{', '.join(names[key] for key in item['segments'])}: {self._n(item['size'])}",
                )
                for item in shown[:most]
            ]
            rows = [(names[key], self.texts.gettext("fewer than 5") if size is None else self._n(size)) for key, size in sizes.items()]
            return figure_charts.upset(f"{name}-{which}", rows, columns, title=title, desc=self._sets_said(names, shown), width=width)

        return _pair(draw, (16, 6))

    def _sets_said(self, names: Mapping[str, str], shown: Sequence[Mapping[str, Any]]) -> str:
        if not shown:
            return self.texts.gettext("No five people or more are in the same of these segments.")
        return self.texts.gettext("Most people, %(people)s, are in exactly these: %(segments)s.") % {
            "people": self._n(shown[0]["size"]),
            "segments": ", ".join(names[key] for key in shown[0]["segments"]),
        }

    def week(self, name: str, hours: Sequence[Sequence[int | None]], title: str) -> tuple[Markup, Markup]:
        """When events happen: days of the week down, hours of the day across; None is fewer than five."""
        days = formats.weekdays(self.language)
        most = max((n or 0 for row in hours for n in row), default=0) or 1
        few = self.texts.gettext("fewer than five people")
        cells = [
            [
                (0 if not n else min(5, 1 + int(4.999 * n / most)), f"{days[row]} {hour}: {few if n is None else self._n(n)}")
                for hour, n in enumerate(line)
            ]
            for row, line in enumerate(hours)
        ]
        said = self.texts.gettext("Rows are days of the week, columns hours of the day.")

        def draw(which: str, width: int, _labels: int) -> Markup:
            return figure_charts.week(f"{name}-{which}", days, cells, title=title, desc=said, width=width)

        return _pair(draw, (0, 0))

    def spark(self, days: Sequence[dict[str, Any]]) -> Markup:
        """A small line of a segment's sizes."""
        return charts.spark([day["size"] for day in days], self._said(days))

    def _ticks(self, most: float, least: float = 0) -> list[tuple[float, str]]:
        return [(value, formats.number(value, self.language, 1)) for value in charts.ticks_around(min(least, 0), most)]

    def _n(self, value: float) -> str:
        return formats.number(value, self.language)


def _pair(draw: Callable[[str, int, int], Markup], labels: tuple[int, int], wide: int = _WIDE) -> tuple[Markup, Markup]:
    """A picture for wide and one for narrow screens."""
    return draw("wide", wide, labels[0]), draw("narrow", _NARROW, labels[1])


def _shown(pair: tuple[Markup, Markup]) -> Markup:
    """Both in the page; the style sheet shows one of them."""
    return Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(*pair)
