"""Cohorts and trends as a page shows them: what lies along time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lohko.base import formats
from lohko.steps.explore import COHORT_UNITS
from lohko.web import explore_charts
from lohko.web.charts import Cell, ticks_around
from lohko.web.explore_charts import Series
from lohko.web.explore_words import MEASURES, SEASONS, UNITS, Picture, Saying, View
from lohko.web.language import N_

_WIDE, _NARROW = 1000, 340


class TimeViews(Saying):
    """Views along time."""

    def cohorts(self, found: dict[str, Any]) -> View:
        """The share of each cohort who bought again, period by period; a grid for each group."""
        unit = found["unit"]
        heading = self.texts.gettext("Who came back, by the time of the first purchase")
        columns = [
            (self.texts.gettext("Group"), False),
            (self.texts.gettext("First purchase"), False),
            (self.texts.gettext("Periods later"), True),
        ]
        columns += [
            (self.texts.gettext("Customers"), True),
            (self.texts.gettext("Bought"), True),
            (self.texts.gettext("Share"), True),
            (self.texts.gettext("95 % interval"), True),
        ]
        rows, raw, pictures = [], [], []
        unknown = self.texts.gettext("not known yet")
        for place, item in enumerate(group for group in found["groups"] if not group["few"]):
            squares: list[tuple[str, list[Cell]]] = []
            for line in item["cohorts"]:
                label = self.period(line["cohort"], unit)
                if line["few"]:
                    squares.append((f"{label} ({self.few})", []))
                    continue
                cells = []
                for cell in line["cells"]:
                    shown = self.n(cell["people"]) if cell["known"] else unknown
                    interval = self.interval(cell)
                    cells.append(self._came_back(cell, f"{label}, +{cell['offset']}: {shown}", interval))
                    rows.append(
                        [self.group(item), label, str(cell["offset"]), self.n(line["people"]), shown, self.share(cell["share"]), interval]
                    )
                    raw.append([self.group(item), line["cohort"], cell["offset"], line["people"], *self.raw(cell)])
                squares.append((f"{label} · {self.n(line['people'])}", cells))
            if item["all"]:
                cells = [self._came_back(cell | {"known": True}, f"+{cell['offset']}", "", counted=False) for cell in item["all"]]
                squares.append((self.texts.gettext("All together"), cells))
            longest = max((len(line) for _, line in squares), default=0)
            title = f"{heading}: {self.group(item)}"
            desc = self.texts.gettext("Rows are those who first bought in a period, columns the periods after it.")
            if longest:
                heads = [f"+{n}" for n in range(longest)]
                pictures.append(
                    Picture(title, explore_charts.grid(f"cohorts-{place}", squares, heads, title=title, desc=desc, cell_width=68))
                )
        notes = [
            *self.too_few(found["groups"]),
            self.texts.gettext("All together counts every cohort, also those older than the ones shown."),
            self.texts.gettext(
                "Squares with a question mark are of the present period, which is not over: they are not known yet, and are not 0."
            ),
        ]
        if unit != COHORT_UNITS[-1] and _mostly_hidden(found["groups"]):
            notes.insert(0, self.texts.gettext("Most squares are of too few people to be told: longer periods show more."))
        return View(heading, columns, rows, raw, pictures, notes)

    def _came_back(self, cell: dict[str, Any], said: str, interval: str, *, counted: bool = True) -> Cell:
        """A square: the share who bought, and how many; darker for more, and plain where it is not known or not told."""
        if not cell["known"]:
            return Cell("?", "", said, -1)
        if cell["people"] is None:
            return Cell(self.few, "", said, -1)
        tip = f"{said}: {self.share(cell['share'])}" if not counted else f"{said}, {self.share(cell['share'])}"
        level = 5 if not cell["offset"] else max(1, min(4, round((cell["share"] or 0) * 10))) if cell["people"] else 0
        return Cell(
            self.share(cell["share"]), self.n(cell["people"]) if counted else "", tip + (f" ({interval})" if interval else ""), level
        )

    def trend(self, found: dict[str, Any]) -> View:
        """A measure along time; of one group also the year before and, where the season could be taken out, the trend."""
        unit, measure = found["unit"], self.say(MEASURES[found["measure"]])
        shown = [item for item in found["groups"] if not item["few"] and item["points"]]
        days = sorted({point["period"] for item in shown for point in item["points"]})
        labels = [self.short(day, unit) for day in days]
        series, alone = [], len(shown) == 1
        for item in shown:
            points = {point["period"]: point for point in item["points"]}
            series.append(self._line(measure if alone else self.group(item), days, points, "value", unit, found["measure"], open_last=True))
            if alone:
                for key, text, kind in (
                    ("year_before", N_("A year before"), "before"),
                    ("without_season", N_("Without the season"), "s1"),
                    ("trend", N_("Trend"), "trend"),
                ):
                    line = self._line(self.say(text), days, points, key, unit, found["measure"], kind=kind)
                    series += [line] if any(value is not None for value in line.values) else []
        names = [
            (N_("Value"), "value"),
            (N_("A year before"), "year_before"),
            (N_("Change"), "change"),
            (N_("Season"), "season"),
            (N_("Without the season"), "without_season"),
            (N_("Trend"), "trend"),
        ]
        columns = [(self.texts.gettext("Group"), False), (self.say(UNITS[unit]), False), *((self.say(text), True) for text, _ in names)]
        rows, raw = [], []
        for item in shown:
            for point in reversed(item["points"]):
                label = self.period(point["period"], unit)
                open_ = "" if point["complete"] else " " + self.texts.gettext("(not over)")
                rows.append([self.group(item), label + open_, *(self._figure(point[key], key, found["measure"]) for _, key in names)])
                raw.append([self.group(item), point["period"], *(point[key] for _, key in names)])
        heading = self.say(N_("%(measure)s along time"), measure=measure)
        notes = [
            *self.too_few(found["groups"]),
            *(self.say(SEASONS[why]) for why in sorted({item["season"] for item in shown} - {"taken_out"})),
        ]
        if any(item["season"] == "taken_out" for item in shown):
            notes.append(
                self.texts.gettext(
                    "The season is taken out by STL, a decomposition by local lines; single unusual periods do not bend it. Of few years it is the same in each."
                )
            )
        pictures = []
        if days:
            low = min((value for line in series for value in line.values if value is not None), default=0)
            high = max((value for line in series for value in line.values if value is not None), default=0)
            ticks = [(float(tick), self._figure(tick, "value", found["measure"])) for tick in ticks_around(min(low, 0), high)]
            desc = self.say(N_("From %(first)s to %(last)s."), first=self.period(days[0], unit), last=self.period(days[-1], unit))
            wide, narrow = (
                explore_charts.lines(f"trend-{width}", labels, series, ticks, title=heading, desc=desc, width=width, height=340)
                for width in (_WIDE, _NARROW)
            )
            pictures.append(Picture(heading, wide, narrow))
        return View(heading, columns, rows, raw, pictures, notes)

    def _line(
        self,
        name: str,
        days: Sequence[str],
        points: dict[str, dict[str, Any]],
        key: str,
        unit: str,
        measure: str,
        *,
        open_last: bool = False,
        kind: str = "",
    ) -> Series:
        values = [points[day][key] if day in points else None for day in days]
        tips = [
            "" if value is None else f"{self.period(day, unit)} · {name}: {self._figure(value, key, measure)}"
            for day, value in zip(days, values, strict=True)
        ]
        return Series(name, values, tips, open_last, kind)

    def _figure(self, value: float | None, key: str, measure: str) -> str:
        if value is None:
            return ""
        if key == "change":
            return formats.signed_percent(value, self.language)
        if measure == "revenue":
            return formats.money(value, self.currency, self.language, whole=True)
        return formats.number(value, self.language, 0 if key in ("value", "year_before") else 1)


def _mostly_hidden(groups: list[dict[str, Any]]) -> bool:
    """Whether more squares of later periods hide their number than tell it."""
    later = [
        cell for item in groups if not item["few"] for line in item["cohorts"] for cell in line["cells"] if cell["known"] and cell["offset"]
    ]
    return sum(cell["people"] is None for cell in later) * 2 > len(later)
