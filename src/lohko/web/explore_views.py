"""What was explored, as a page shows it: its pictures, its table, and what has to be said beside them, in the page's language."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from lohko.base import codes, formats
from lohko.base.spreadsheet import safe_cell
from lohko.base.text import Language
from lohko.web import explore_charts
from lohko.web.charts import Cell, nice_ticks
from lohko.web.explore_charts import Flow, Node, Series
from lohko.web.language import N_
from lohko.web.words import Words

if TYPE_CHECKING:
    from babel.support import NullTranslations

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
TRAITS = {
    "recency_days": N_("Days since the last order"),
    "frequency": N_("Number of orders"),
    "monetary": N_("Money spent"),
    "rfm_r": N_("Recency score"),
    "rfm_f": N_("Frequency score"),
    "rfm_m": N_("Money score"),
    "rfm_score": N_("RFM score"),
    "rfm_group": N_("RFM group"),
}
_WIDE, _NARROW = 1000, 340


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
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([title for title, _ in self.columns])
        writer.writerows([[safe_cell(cell) for cell in row] for row in self.raw])
        return out.getvalue()


@dataclass(frozen=True)
class Views:
    """Views in one language and currency."""

    texts: NullTranslations
    words: Words
    language: Language
    currency: str

    # --- words ---

    def say(self, text: str, **values: Any) -> str:
        """A text of the app in the page's language."""
        return self.texts.gettext(text) % values if values else self.texts.gettext(text)

    def field(self, name: str) -> str:
        """An attribute's or a trait's name as people read it."""
        return self.say(TRAITS[name]) if name in TRAITS else self.words.field(name)

    def group(self, item: dict[str, Any]) -> str:
        """A segment's title, or everyone."""
        if item["segment"] is None:
            return self.texts.gettext("Everyone")
        return str(item["title"].get(self.language) or next(iter(item["title"].values()), item["segment"]))

    def n(self, value: float | None) -> str:
        """A number of people; what is not told is said so."""
        return self.few if value is None else formats.number(value, self.language)

    @property
    def few(self) -> str:
        """What stands for 1 to 4 people."""
        return "< 5"

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
        """An edge of numbers."""
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

    def _too_few(self, groups: Sequence[dict[str, Any]]) -> list[str]:
        return [
            self.say(N_("%(group)s has fewer than five people, who are not broken down."), group=self.group(item))
            for item in groups
            if item["few"]
        ]

    # --- one attribute ---

    def distribution(self, found: dict[str, Any]) -> View:
        """How the values of an attribute lie."""
        shown = [item for item in found["groups"] if not item["few"]]
        used = [place for place in range(len(found["parts"])) if any(item["counts"][place]["people"] != 0 for item in shown)]
        labels = [self.part(found["parts"][place], found) for place in used]
        series = [
            Series(
                self.group(item),
                [item["counts"][place]["share"] for place in used],
                [
                    f"{self.group(item)} · {label}: {self.n(item['counts'][place]['people'])} ({self.share(item['counts'][place]['share'])})"
                    for place, label in zip(used, labels, strict=True)
                ],
            )
            for item in shown
        ]
        title = self.say(N_("How %(field)s lies"), field=self.field(found["attribute"]))
        desc = self._most(labels, series)
        columns: list[tuple[str, bool]] = [(self.field(found["attribute"]), False)]
        for item in shown:
            columns += [
                (self.group(item), True),
                (self.texts.gettext("Share of those known"), True),
                (self.texts.gettext("95 % interval"), True),
            ]
        rows = [
            [label, *(cell for item in shown for cell in self._cells(item["counts"][place]))]
            for place, label in zip(used, labels, strict=True)
        ]
        rows.append([self.texts.gettext("Not known"), *(cell for item in shown for cell in (self.n(item["missing"]), "", ""))])
        raw = [
            [label, *(cell for item in shown for cell in self._raw(item["counts"][place]))]
            for place, label in zip(used, labels, strict=True)
        ]
        raw.append([self.texts.gettext("Not known"), *(cell for item in shown for cell in (item["missing"], None, None))])
        notes = self._too_few(found["groups"])
        for item in shown:
            if item["missing_share"] is not None:
                notes.append(
                    self.say(N_("%(group)s: %(share)s have no value."), group=self.group(item), share=self.share(item["missing_share"]))
                )
            if item["median"] is not None:
                notes.append(
                    self.say(
                        N_("%(group)s: half have at most %(middle)s; the middle half lies from %(low)s to %(high)s."),
                        group=self.group(item),
                        middle=self.value(item["median"], found),
                        low=self.value(item["quarter"], found),
                        high=self.value(item["three_quarters"], found),
                    )
                )
        return View(title, columns, rows, raw, self._lying(found["kind"], title, desc, labels, series), notes)

    def _cells(self, item: dict[str, Any]) -> tuple[str, str, str]:
        return self.n(item["people"]), self.share(item["share"]), self.interval(item)

    def _raw(self, item: dict[str, Any]) -> tuple[Any, Any, Any]:
        return item["people"], item["share"], None if item["low"] is None else f"{item['low']} {item['high']}"

    def _most(self, labels: Sequence[str], series: Sequence[Series]) -> str:
        if not series or not labels:
            return self.texts.gettext("Nobody has a value.")
        best = max(range(len(labels)), key=lambda place: series[0].values[place] or 0)
        return self.say(N_("Most are in %(part)s: %(share)s."), part=labels[best], share=self.share(series[0].values[best]))

    def _lying(self, kind: str, title: str, desc: str, labels: Sequence[str], series: Sequence[Series]) -> list[Picture]:
        if not series or not labels:
            return []
        if kind == "text":
            ends = [[self.share(value) or self.few for value in item.values] for item in series]
            wide, narrow = (
                explore_charts.bars(f"lying-{width}", labels, series, ends, title=title, desc=desc, width=width)
                for width in (_WIDE, _NARROW)
            )
            return [Picture(title, wide, narrow)]
        most = max((value or 0 for item in series for value in item.values), default=0)
        ticks = [(tick / 100, formats.percent(tick / 100, self.language, places=0)) for tick in nice_ticks(most * 100)]
        wide, narrow = (
            explore_charts.columns(
                f"lying-{width}",
                labels,
                series,
                ticks,
                title=title,
                desc=desc,
                hidden=self.few if width > 500 else "",
                width=width,
                height=300,
            )
            for width in (_WIDE, _NARROW)
        )
        return [Picture(title, wide, narrow)]

    # --- two of them ---

    def cross(self, found: dict[str, Any]) -> View:
        """Two attributes crossed, a grid for each group."""
        one, other = found["rows"], found["columns"]
        heading = self.say(N_("%(rows)s by %(columns)s"), rows=self.field(one["attribute"]), columns=self.field(other["attribute"]))
        columns = [(self.texts.gettext("Group"), False), (self.field(one["attribute"]), False), (self.field(other["attribute"]), False)]
        columns += [
            (self.texts.gettext("People"), True),
            (self.texts.gettext("Share of the row"), True),
            (self.texts.gettext("95 % interval"), True),
        ]
        rows, raw, pictures = [], [], []
        heads = [self.part(part, other) for part in other["parts"]]
        for place, item in enumerate(group for group in found["groups"] if not group["few"]):
            used = [n for n in range(len(heads)) if any(row["cells"][n]["people"] != 0 for row in item["rows"])]
            most = max((cell["share"] or 0 for row in item["rows"] for cell in row["cells"]), default=0)
            squares = []
            for part, row in zip(one["parts"], item["rows"], strict=True):
                if row["people"] == 0:
                    continue
                label = self.part(part, one)
                squares.append((label, [self._square(label, heads[n], row["cells"][n], most) for n in used]))
                for n in used:
                    rows.append([self.group(item), label, heads[n], *self._cells(row["cells"][n])])
                    raw.append([self.group(item), label, heads[n], *self._raw(row["cells"][n])])
            title = f"{heading}: {self.group(item)}"
            desc = self.texts.gettext("Each square is the number of people and its share of its row.")
            if squares:
                pictures.append(
                    Picture(
                        title,
                        explore_charts.grid(f"cross-{place}", squares, [heads[n] for n in used], title=title, desc=desc, cell_width=86),
                    )
                )
        return View(heading, columns, rows, raw, pictures, self._too_few(found["groups"]))

    def _square(self, row: str, column: str, cell: dict[str, Any], most: float) -> Cell:
        tip = f"{row} · {column}: {self.n(cell['people'])}"
        if cell["share"] is not None:
            tip += f" ({self.share(cell['share'])}{'; ' + self.interval(cell) if cell['low'] is not None else ''})"
        if cell["people"] is None:
            return Cell(self.few, "", tip, -1)
        level = 0 if not cell["people"] or not most else max(1, min(5, round(5 * (cell["share"] or 0) / most)))
        return Cell(self.n(cell["people"]) if cell["people"] else "–", self.share(cell["share"]) if cell["people"] else "", tip, level)

    # --- cohorts ---

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
                    tip = f"{label}, +{cell['offset']}: {shown}" + (
                        f", {self.share(cell['share'])}" + (f" ({interval})" if interval else "") if cell["known"] else ""
                    )
                    first = self.share(cell["share"]) if cell["known"] else "?"
                    level = (
                        -1
                        if not cell["known"]
                        else 0
                        if not cell["people"]
                        else 5
                        if not cell["offset"]
                        else max(1, min(4, round(cell["share"] * 10)))
                    )
                    cells.append(Cell(first, self.n(cell["people"]) if cell["known"] else "", tip, level))
                    rows.append(
                        [self.group(item), label, str(cell["offset"]), self.n(line["people"]), shown, self.share(cell["share"]), interval]
                    )
                    raw.append([self.group(item), line["cohort"], cell["offset"], line["people"], *self._raw(cell)])
                squares.append((f"{label} · {self.n(line['people'])}", cells))
            if item["all"]:
                cells = [
                    Cell(
                        self.share(cell["share"]),
                        "",
                        f"+{cell['offset']}: {self.share(cell['share'])}",
                        5 if not cell["offset"] else max(1, min(4, round((cell["share"] or 0) * 10))),
                    )
                    for cell in item["all"]
                ]
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
            *self._too_few(found["groups"]),
            self.texts.gettext(
                "Squares with a question mark are of the present period, which is not over: they are not known yet, and are not 0."
            ),
        ]
        return View(heading, columns, rows, raw, pictures, notes)

    # --- trends ---

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
            *self._too_few(found["groups"]),
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
            ticks = [(float(tick), self._figure(tick, "value", found["measure"])) for tick in nice_ticks(high)]
            if low < 0:
                ticks = [(-tick, self._figure(-tick, "value", found["measure"])) for tick in reversed(nice_ticks(-low, 2)[1:])] + ticks
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
            return ("+" if value > 0 else "−" if value < 0 else "±") + formats.percent(abs(value), self.language)
        if measure == "revenue":
            return formats.money(value, self.currency, self.language, whole=True)
        return formats.number(value, self.language, 0 if key in ("value", "year_before") else 1)

    # --- ways ---

    def paths(self, found: dict[str, Any]) -> View:
        """Flows from step to step, with the places where people leave."""
        heading = self.texts.gettext("Ways from step to step")
        columns = [
            (self.texts.gettext("Step"), True),
            (self.texts.gettext("From"), False),
            (self.texts.gettext("To"), False),
            (self.texts.gettext("People"), True),
            (self.texts.gettext("Share of the step"), True),
        ]
        total = {(step["place"], step["kind"], step["event"]): step["people"] for step in found["steps"]}
        rows, raw, nodes, flows = [], [], dict[str, Node](), []
        kinds = {event: f"s{place % 6}" for place, event in enumerate(found["events"])}
        for step in found["steps"]:
            key = f"{step['place']}|{step['kind']}|{step['event']}"
            nodes[key] = Node(
                key,
                step["place"],
                step["people"],
                self._step(step),
                f"{self.n(step['people'])} · {self.share(step['share'])}",
                kinds.get(step["event"], "other"),
            )
        ends: dict[str, float] = {}
        for flow in found["flows"]:
            one, other = flow["from"], flow["to"]
            of = total.get((flow["place"], one["kind"], one["event"]), flow["people"])
            source, target = (f"{flow['place']}|{one['kind']}|{one['event']}", f"{flow['place'] + 1}|{other['kind']}|{other['event']}")
            said = [self._step(one), self._step(other)]
            rows.append([str(flow["place"] + 1), *said, self.n(flow["people"]), self.share(flow["people"] / of)])
            raw.append([flow["place"] + 1, *said, flow["people"], round(flow["people"] / of, 6)])
            if source not in nodes:
                continue
            if other["kind"] in ("left", "open"):
                ends[target] = ends.get(target, 0) + flow["people"]
            elif target not in nodes:
                continue
            flows.append(
                Flow(source, target, flow["people"], f"{said[0]} → {said[1]}: {self.n(flow['people'])} ({self.share(flow['people'] / of)})")
            )
        for key, people in ends.items():
            place, kind, _ = key.split("|")
            nodes[key] = Node(key, int(place), people, self._step({"kind": kind, "event": None}), self.n(people), kind)
        notes = [self.say(N_("Whoever did something in the last %(days)s days has not left."), days=found["quiet_days"])]
        if found["people"] is None:
            notes = [self.texts.gettext("Fewer than five people have gone such a way, so there is nothing to show.")]
        elif found["hidden"]:
            notes.append(self.say(N_("%(n)s flows of fewer than five people are left out."), n=self.n(found["hidden"])))
        order = {"left": 2, "open": 3, "other": 1}
        listed = sorted(nodes.values(), key=lambda node: (node.place, order.get(node.kind, 0), -node.people))
        tallest = max((sum(node.place == place for node in listed) for place in {node.place for node in listed}), default=1)
        pictures = []
        if flows:
            desc = self.say(N_("%(n)s people begin; each ribbon is as wide as those who go that way."), n=self.n(found["people"]))
            wide = explore_charts.sankey(
                "paths",
                listed,
                flows,
                title=heading,
                desc=desc,
                width=max(_WIDE - 60, 230 * (found["depth"] + 1)),
                height=max(400, 52 * tallest),
            )
            pictures.append(Picture(heading, wide))
        return View(heading, columns, rows, raw, pictures, notes)

    def _step(self, item: dict[str, Any]) -> str:
        match item["kind"]:
            case "other":
                return self.texts.gettext("Others")
            case "left":
                return self.texts.gettext("Left")
            case "open":
                return self.texts.gettext("Under way")
        return str(self.words.event(item["event"]))
