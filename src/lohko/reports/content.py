"""What a report says, before it is a file: sections with figures, a picture and a table, in English or Finnish. No person is in it.

A group of fewer than five people is not broken down: its number is not told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from lohko.base import codes, formats
from lohko.base.text import Language
from lohko.maths.few import FEW
from lohko.model.masking import mask
from lohko.model.rfm_map import BY_ID
from lohko.reports.words import say

Kind = Literal["text", "number", "money", "percent", "day", "month", "index"]


@dataclass(frozen=True)
class Amount:
    """A number that is of another kind than its column, or stands alone as a big figure: in Excel it is a number, elsewhere it is read."""

    value: float | None
    kind: Kind
    whole: bool = True


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, and what its values are."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """Rows of plain values: texts, numbers, dates, amounts; None is not known or not told."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]

    def cut(self, most: int) -> Sequence[Sequence[Any]]:
        """At most so many rows: the last of times, of everything else the first, which are the largest."""
        return self.rows[-most:] if self.columns[0].kind in ("day", "month") else self.rows[:most]


@dataclass(frozen=True)
class Chart:
    """A picture of one or two columns of numbers over labels; the last value of a line or column may be of a time that is not over."""

    kind: Literal["columns", "bars", "line"]
    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[float | None]]]
    values: Kind = "number"
    open_last: bool = False


@dataclass(frozen=True)
class Section:
    """One page or slide: a heading, big figures (what, how much, beside), a picture, a table, a remark."""

    heading: str
    figures: Sequence[tuple[str, Amount, str]] = ()
    chart: Chart | None = None
    table: Table | None = None
    note: str = ""


@dataclass(frozen=True)
class Report:
    """A whole report, and how its values are written."""

    title: str
    subtitle: str
    language: Language
    currency: str
    sections: Sequence[Section] = field(default_factory=tuple)

    def shown(self, value: Any, kind: Kind = "text", *, whole: bool = True) -> str:
        """A value as people of the language read it; a dash for none."""
        if isinstance(value, Amount):
            return self.shown(value.value, value.kind, whole=value.whole)
        if value is None:
            return formats.UNKNOWN
        match kind:
            case "number":
                return formats.number(value, self.language, 1 if isinstance(value, float) else 0)
            case "money":
                return formats.money(value, self.currency, self.language, whole=whole)
            case "percent":
                return formats.percent(value, self.language)
            case "day":
                return formats.date(value, self.language)
            case "month":
                return formats.short_month(value, self.language, year=True)
            case "index":
                return formats.number(value, self.language)
        return str(value)


def overview_report(
    found: Mapping[str, Any], segments: Sequence[Mapping[str, Any]], name: str, zone: ZoneInfo, language: Language
) -> Report:
    """The whole shop on a few pages, of what `figures.overview` and the list of segments say."""
    year, before = found["year"], found["year_before"]
    report = Report(name, _asked(found, zone, language), language, found["currency"])
    figures = [
        (say("Customers", language), Amount(found["customers"], "number"), ""),
        (say("Revenue, 12 months", language), Amount(year["revenue"], "money"), _change(found["revenue_change"], language)),
        (say("Orders, 12 months", language), Amount(year["orders"], "number"), _from(before, report)),
        (say("Average order", language), Amount(year["average_order"], "money", whole=False), ""),
        (say("Bought again", language), Amount(found["repeat_rate"], "percent"), say("of those who have bought", language)),
    ]
    months = [dt.date.fromisoformat(item["month"]) for item in found["months"]]
    sections = [Section(say("Overview", language), figures)]
    if months:
        open_last = not found["months"][-1]["complete"]
        chart = Chart(
            "columns",
            [report.shown(day, "month") for day in months],
            [(say("Revenue", language), [item["revenue"] for item in found["months"]])],
            "money",
            open_last,
        )
        columns = (
            Column(say("Month", language), "month"),
            Column(say("Revenue", language), "money"),
            Column(say("Orders", language), "number"),
        )
        table = Table(columns, [(day, item["revenue"], item["orders"]) for day, item in zip(months, found["months"], strict=True)])
        sections.append(
            Section(
                say("Revenue by month", language),
                chart=chart,
                table=table,
                note=say("The last month is not over.", language) if open_last else "",
            )
        )
    if not found["rfm"]["few_buyers"]:
        sections.append(_groups(found["rfm"]["groups"], language))
    told = [item for item in segments if item.get("size") is not None]
    if told:
        columns = (
            Column(say("Segment", language)),
            Column(say("Members", language), "number"),
            Column(say("Share of all", language), "percent"),
        )
        rows = [(title_of(item, language), _told(item["size"]), None if _told(item["size"]) is None else item["share"]) for item in told]
        chart = Chart("bars", [row[0] for row in rows[:12]], [(say("Members", language), [row[1] for row in rows[:12]])])
        sections.append(
            Section(
                say("Segments", language),
                chart=chart,
                table=Table(columns, rows),
                note=say(NOT_TOLD, language),
            )
        )
    return Report(report.title, report.subtitle, language, report.currency, sections)


def segment_report(found: Mapping[str, Any], days: Sequence[Mapping[str, Any]], zone: ZoneInfo, language: Language) -> Report:
    """One segment, of what `figures.segment` and its history say."""
    report = Report(title_of(found, language), _asked(found, zone, language), language, found["currency"])
    size = _told(found["size"])
    figures = [
        (say("Members", language), Amount(size, "number"), ""),
        (say("Share of all", language), Amount(found["share"] if size is not None else None, "percent"), ""),
        (say("All customers", language), Amount(found["population"], "number"), ""),
    ]
    description = found["description"].get(language) or next(iter(found["description"].values()), "")
    rule = say("The rule asks about names or addresses and is not shown here.", language) if found["names_people"] else found["rule"]
    sections = [Section(say("The segment", language), figures, note="\n".join(filter(None, (mask(description), rule))))]
    shown = [(dt.date.fromisoformat(day["day"]), day) for day in days]
    if len(shown) > 1 and all(_told(day["size"]) is not None for _, day in shown):
        chart = Chart(
            "line", [report.shown(day, "day") for day, _ in shown], [(say("Members", language), [item["size"] for _, item in shown])]
        )
        columns = (Column(say("Day", language), "day"), Column(say("Members", language), "number"))
        sections.append(
            Section(say("Size over time", language), chart=chart, table=Table(columns, [(day, item["size"]) for day, item in shown]))
        )
    if found["compared"]:
        heads = (
            Column(say("Measure", language)),
            Column(say("Segment", language), "number"),
            Column(say("Everyone", language), "number"),
            Column(say("Index", language), "index"),
        )
        rows = [
            (
                say(item["measure"], language),
                *(Amount(item[side], _KINDS[item["measure"]], whole=False) for side in ("segment", "everyone")),
                item["index"],
            )
            for item in found["compared"]
        ]
        sections.append(
            Section(
                say("Compared with everyone", language),
                table=Table(heads, rows),
                note=say("Index: the segment divided by everyone, times 100.", language),
            )
        )
    if found["groups"]:
        sections.append(_groups(found["groups"], language, everyone=True))
    for name, heading in (("city", "Towns"), ("country", "Countries")):
        places = found["places"].get(name) or ()
        if places:
            labels = [codes.country_label(item["value"], language) if name == "country" else item["value"] for item in places]
            heads = (
                Column(say(heading, language)),
                Column(say("Members", language), "number"),
                Column(say("Share", language), "percent"),
                Column(say("Everyone", language), "percent"),
            )
            rows = [(label, item["customers"], item["share"], item["everyone"]) for label, item in zip(labels, places, strict=True)]
            chart = Chart(
                "bars",
                labels,
                [(say("Segment", language), [row[2] for row in rows]), (say("Everyone", language), [row[3] for row in rows])],
                "percent",
            )
            sections.append(Section(say(heading, language), chart=chart, table=Table(heads, rows)))
    if found["few"]:
        sections.append(Section(say("Compared with everyone", language), note=say("The segment is too small to be compared.", language)))
    return Report(report.title, report.subtitle, language, report.currency, sections)


NOT_TOLD = "A dash: a number of fewer than five people, or one by which theirs could be found."
_KINDS: Mapping[str, Kind] = {
    "buyers_share": "percent",
    "revenue_per_customer": "money",
    "orders_per_buyer": "number",
    "average_order": "money",
    "recency_days": "number",
}


def title_of(item: Mapping[str, Any], language: Language) -> str:
    """A segment's title in the language, else in any, else its id."""
    return str(item["title"].get(language) or next(iter(item["title"].values()), item["id"]))


def _groups(groups: Sequence[Mapping[str, Any]], language: Language, *, everyone: bool = False) -> Section:
    columns = [Column(say("Group", language)), Column(say("Customers", language), "number"), Column(say("Share", language), "percent")]
    columns += [Column(say("Everyone", language), "percent")] if everyone else [Column(say("Revenue", language), "money")]
    rows = []
    for item in groups:
        group = BY_ID[item["group"]]
        last = item["everyone"] if everyone else item["revenue"]
        rows.append((group.fi if language == "fi" else group.en, item["customers"], item["share"], last))
    chart = Chart("bars", [row[0] for row in rows], [(say("Share", language), [row[2] for row in rows])], "percent")
    return Section(
        say("RFM groups", language),
        chart=chart,
        table=Table(columns, rows),
        note=say(NOT_TOLD, language),
    )


def _told(people: int) -> int | None:
    return None if 0 < people < FEW else people


def _asked(found: Mapping[str, Any], zone: ZoneInfo, language: Language) -> str:
    instant = dt.datetime.fromisoformat(found["as_of"])
    return say("As of %s", language) % formats.datetime_local(instant, zone, language) + f" · {zone.key}"


def _change(change: float | None, language: Language) -> str:
    if change is None:
        return ""
    return formats.signed_percent(change, language) + " " + say("from the year before", language)


def _from(before: Mapping[str, Any] | None, report: Report) -> str:
    return "" if before is None else say("the year before %s", report.language) % report.shown(before["orders"], "number")
