"""The figures of a segment's page, each with its picture, its table and what has to be said beside it, in the page's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lohko.base import formats
from lohko.base.text import Language
from lohko.steps.history import history
from lohko.steps.segment_page import segment_flow, segment_overlap, segment_profile, segment_rfm
from lohko.steps.work import Work, silent
from lohko.web import figure_charts
from lohko.web.data_words import CAUSES
from lohko.web.explore_views import Views
from lohko.web.explore_words import Picture, View
from lohko.web.flow_views import flow_picture
from lohko.web.language import N_, texts
from lohko.web.pictures import Pictures
from lohko.web.words import Words

if TYPE_CHECKING:
    from markupsafe import Markup

_WIDE, _NARROW = 720, 340
_DID = {"channel": N_("Channels of their orders"), "device": N_("Devices"), "brand": N_("Brands"), "category": N_("Categories")}
WILSON = N_("Lines over the bars are 95 percent intervals (Wilson); the mark across is everyone. Of those of whom it is known.")


@dataclass(frozen=True)
class SegmentViews:
    """The figures of one segment at an instant, made when they are asked for."""

    work: Work
    segment: str
    as_of: str | None
    language: Language

    @property
    def views(self) -> Views:
        """Words of exploring, which say parts of attributes."""
        found = texts(self.language)
        return Views(found, Words(found, self.language, self.work.settings.zone), self.language, self.work.settings.currency)

    @property
    def pictures(self) -> Pictures:
        """Pictures in the page's language."""
        return Pictures(texts(self.language), self.language, self.work.settings.currency)

    def say(self, text: str, **values: Any) -> str:
        """A text in the page's language."""
        return self.views.say(text, **values)

    # --- who they are ---

    def people(self) -> dict[str, View]:
        """Who they are against everyone, one figure for each attribute and each thing done."""
        found = segment_profile(self.work, silent, segment=self.segment, as_of=self.as_of)
        views: dict[str, View] = {}
        if found["ages"]:
            rows = [(f"{item['from']}–{item['to']}", item["ours"], item["everyone"]) for item in found["ages"]]
            views["age"] = self._shares("age", self.say(N_("Age")), rows)
        for item in found["attributes"]:
            labels = [self.views.part(part, item) for part in item["parts"]]
            rows = list(zip(labels, item["ours"]["counts"], item["everyone"]["counts"], strict=True))
            rows = [row for row in (rows[1:] + rows[:1] if item["kind"] == "text" else rows) if _there(row[1]) or _there(row[2])]
            views[item["attribute"]] = self._shares(item["attribute"], self.views.field(item["attribute"]), rows)
        for item in found["did"]:
            called = self.views.words.device if item["property"] == "device" else str
            rows = [(called(row["text"]), row["ours"], row["everyone"]) for row in item["rows"]]
            views[item["property"]] = self._shares(item["property"], self.say(_DID[item["property"]]), rows)
        if found["week"]:
            views["week"] = self._week(found["week"], found["week_of"])
        return views

    def _shares(
        self, name: str, heading: str, rows: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Any]]], *, here: str = "", there: str = ""
    ) -> View:
        views = self.views
        here, there = here or self.say(N_("Here")), there or self.say(N_("Everyone"))
        drawn = [
            figure_charts.Row(
                label,
                ours["share"],
                ours["low"],
                ours["high"],
                all_["share"],
                views.share(ours["share"]) or views.few,
                f"{label}: {here} {views.share(ours['share']) or views.few}, {there} {views.share(all_['share']) or views.few}",
            )
            for label, ours, all_ in rows
        ]
        best = max(drawn, key=lambda row: row.share or 0, default=None)
        said = "" if best is None else self.say(N_("The largest share is %(label)s with %(share)s."), label=best.label, share=best.shown)

        def draw(which: str, width: int) -> Markup:
            return figure_charts.shares(f"{name}-{which}", drawn, title=heading, desc=said, width=width)

        columns = [
            (heading, False),
            (self.say(N_("People")), True),
            (here, True),
            (self.say(N_("95 % interval")), True),
            (there, True),
            (self.say(N_("Index")), True),
        ]
        return View(
            heading,
            columns,
            [
                (
                    label,
                    views.n(ours["people"]),
                    views.share(ours["share"]),
                    views.interval(dict(ours)),
                    views.share(all_["share"]),
                    formats.number(_index(ours, all_), self.language),
                )
                for label, ours, all_ in rows
            ],
            [
                (label, ours["people"], ours["share"], views.interval(dict(ours)), all_["share"], _index(ours, all_))
                for label, ours, all_ in rows
            ],
            [Picture(heading, draw("wide", _WIDE), draw("narrow", _NARROW))] if drawn else (),
        )

    def _week(self, hours: Sequence[Sequence[int | None]], event: str) -> View:
        heading = self.say(N_("Hours of the week: %(event)s"), event=self.views.words.event(event))
        days = formats.weekdays(self.language)
        wide, narrow = self.pictures.week("week", hours, heading)
        return View(
            heading,
            [(self.say(N_("Hour")), True), *((day, True) for day in days)],
            [(str(hour), *(self.views.n(line[hour]) for line in hours)) for hour in range(24)],
            [(hour, *(line[hour] for line in hours)) for hour in range(24)],
            [Picture(heading, wide, narrow)],
        )

    # --- how they come, go and move ---

    def movement(self, months: int = 3) -> dict[str, View]:
        """Entered and left by cause, the members by RFM, and how the same people's groups moved."""
        flow = segment_flow(self.work, silent, segment=self.segment)
        found = segment_rfm(self.work, silent, segment=self.segment, as_of=self.as_of, months=months)
        views = {"flow": self._flow(flow)}
        if found["people"] is not None:
            views |= {"rfm": self._rfm(found), "moved": self._moved(found)}
            views["groups"] = self._groups(found)
        return views

    def _flow(self, found: Mapping[str, Any]) -> View:
        views = self.views
        causes = [(self.say(CAUSES.get(row["cause"], row["cause"])), row["entered"], row["left"]) for row in found["causes"]]
        columns = [(self.say(N_("Cause")), False), (self.say(N_("Entered")), True), (self.say(N_("Left")), True)]
        raw = [(row["day"], row["cause"], "entered" if row["entered"] else "left", row["people"]) for row in found["days"]]
        rows = [(name, views.n(up), views.n(down)) for name, up, down in causes]
        heading = self.say(N_("Entered and left, by cause"))
        drawn = flow_picture(views, heading, found["days"])
        notes = (
            [self.say(N_("Those whom the first refresh found are not drawn, nor fewer than five of one day and cause."))] if drawn else []
        )
        return View(heading, columns, rows, raw, drawn, notes)

    def _rfm(self, found: Mapping[str, Any]) -> View:
        heading = self.say(N_("Members by recency and frequency score"))
        cells = {(cell["r"], cell["f"]): cell for cell in found["cells"]}
        most = max((cell["customers"] or 0 for cell in cells.values()), default=0) or 1
        none = {"customers": 0, "revenue": 0}

        def cell(r: int, f: int) -> dict[str, Any]:
            there = cells.get((r, f), none)
            n = there["customers"]
            return {"r": r, "f": f, "customers": n, "revenue": there["revenue"], "level": min(5, 1 + int(4.999 * n / most)) if n else 0}

        rows = [[cell(r, f) for f in range(1, 6)] for r in range(5, 0, -1)]
        wide, narrow = self.pictures.heat_pair("rfm", {"rows": rows}, heading)
        recency, frequency = self.say(N_("Recency")), self.say(N_("Frequency"))
        return View(
            heading,
            [(recency, True), *((f"{frequency} {f}", True) for f in range(1, 6))],
            [(str(row[0]["r"]), *(self.views.n(item["customers"]) for item in row)) for row in rows],
            [(row[0]["r"], *(item["customers"] for item in row)) for row in rows],
            [Picture(heading, wide, narrow)],
        )

    def _groups(self, found: Mapping[str, Any]) -> View:
        then = formats.date(dt.datetime.fromisoformat(found["then"]).date(), self.language)
        rows = [(self.views.words.group(item["group"]), item["now"], item["before"]) for item in found["groups"]]
        return self._shares(
            "groups",
            self.say(N_("RFM groups of the same people, now and on %(day)s"), day=then),
            rows,
            here=self.say(N_("Now")),
            there=then,
        )

    def _moved(self, found: Mapping[str, Any]) -> View:
        word, views = self.views.words.group, self.views
        then = formats.date(dt.datetime.fromisoformat(found["then"]).date(), self.language)
        rows = [(word(item["before"]), word(item["after"]), item["people"]) for item in found["moved"] if item["before"] != item["after"]]
        rows.sort(key=lambda row: -(row[2] or 0))
        columns = [(self.say(N_("Group on %(day)s"), day=then), False), (self.say(N_("Group now")), False), (self.say(N_("People")), True)]
        return View(self.say(N_("Who moved from which group to which")), columns, [(a, b, views.n(n)) for a, b, n in rows], rows)

    # --- what they share ---

    def overlap(self, others: Sequence[str] | None) -> tuple[dict[str, View], Mapping[str, Any]]:
        """What the segment shares with others, and what the step answered."""
        found = segment_overlap(self.work, silent, segment=self.segment, others=others, as_of=self.as_of)
        names = {item["id"]: self._title(item) for item in found["names"]}
        sizes = {item["id"]: item["size"] for item in found["names"]}
        heading = self.say(N_("How segments overlap"))
        wide, narrow = self.pictures.upset("overlap", names, sizes, found["combinations"], heading)
        rows = [(", ".join(names[key] for key in item["segments"]), item["size"]) for item in found["combinations"]]
        columns = [(self.say(N_("In exactly these")), False), (self.say(N_("People")), True)]
        shared = [(self._title(item), item["both"], item["share"]) for item in found["shared"]]
        return {
            "overlap": View(heading, columns, [(a, self.views.n(n)) for a, n in rows], rows, [Picture(heading, wide, narrow)]),
            "shared": View(
                self.say(N_("What it shares with every other segment")),
                [
                    (self.say(N_("Segment")), False),
                    (self.say(N_("In both")), True),
                    (self.say(N_("Share of this segment")), True),
                    (self.say(N_("95 % interval")), True),
                ],
                [(a, self.views.n(n), self.views.share(share["share"]), self.views.interval(share)) for a, n, share in shared],
                [(a, n, share["share"], self.views.interval(share)) for a, n, share in shared],
            ),
        }, found

    def growth(self) -> dict[str, View]:
        """The size day by day."""
        days = history(self.work, silent, segment=self.segment)["days"]
        heading = self.say(N_("Size over time"))
        wide, narrow = self.pictures.sizes_pair("growth", days, heading)
        columns = [(self.say(text), place > 0) for place, text in enumerate((N_("Day"), N_("Size"), N_("Entered"), N_("Left")))]
        rows = [(day["day"], day["size"], day["entered"], day["left"]) for day in days]
        return {
            "growth": View(heading, columns, [tuple(map(str, row)) for row in rows], rows, [Picture(heading, wide, narrow)] if days else ())
        }

    def named(self, name: str, others: Sequence[str] | None, months: int) -> View | None:
        """The figure of a name, made without the others of the page where it can be."""
        ways: dict[str, Callable[[], Mapping[str, View]]] = {
            "growth": self.growth,
            "overlap": lambda: self.overlap(others)[0],
            "shared": lambda: self.overlap(others)[0],
            **dict.fromkeys(("flow", "rfm", "moved", "groups"), lambda: self.movement(months)),
        }
        return ways.get(name, self.people)().get(name)

    def _title(self, item: Mapping[str, Any]) -> str:
        return str(item["title"].get(self.language) or next(iter(item["title"].values()), item["id"]))


def _there(found: Mapping[str, Any]) -> bool:
    return bool(found["people"] != 0)


def _index(ours: Mapping[str, Any], all_: Mapping[str, Any]) -> float | None:
    return None if ours["share"] is None or not all_["share"] else round(100 * ours["share"] / all_["share"])
