"""How good the data is: by attribute, by source, for everyone or for a segment; one score with its parts, and what to mend first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import naive
from lohko.engine.profiles import known_sources
from lohko.engine.quality import OWN, AttributeFigures, Touched, ask_about, attribute_figures, of_people, outliers, touched_by_source
from lohko.engine.tracking import sources_of
from lohko.maths.few import is_few
from lohko.model.orders import ORDER
from lohko.model.relied import Relied, relied_on
from lohko.model.schema import NUMERIC, Attribute
from lohko.steps.explored import explored
from lohko.steps.question import Question, iso
from lohko.steps.shown import amount, ratio
from lohko.steps.source_quality import sources, stopped_sources
from lohko.steps.tracking import tracked
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WEIGHTS = {"completeness": 3, "validity": 3, "uniqueness": 2, "freshness": 2, "consistency": 1, "stability": 1}
"""The parts of the score, each a share from 0 to 1, and how much each counts; a part that cannot be told is left out."""
LITTLE = 0.5
"""Below this share of people with a value an attribute is called poorly filled."""
_CONTACT = frozenset({"email", "phone", "first_name", "last_name", "postcode", "city", "country"})
_MOST = 25


def quality(
    work: Work,
    progress: Progress,
    *,
    source: str | None = None,
    attribute: str | None = None,
    segment: str | None = None,
    as_of: str | None = None,
) -> dict[str, Any]:
    """The quality of the data at an instant: of one source, one attribute, or what a segment relies on among its members, when they are named.

    Of a segment no number of 1 to 4 people is told, nor one that gives it away; what is of a special category is looked at for no one without a basis.
    """
    asked = ("quality", source, attribute, segment)
    found = explored(work, asked, as_of, lambda question: _quality(work, question, progress, source, attribute, segment))
    return _with_stopped(work, found)


def _quality(
    work: Work, question: Question, progress: Progress, source: str | None, attribute: str | None, segment: str | None
) -> dict[str, Any]:
    cursor, at = question.engine.cursor, naive(question.as_of)
    relied = None if segment is None else relied_on(question.schema, _definitions(question), question.segment(segment).id)
    chosen = _attributes(question, attribute, relied, segment)
    told = sources(work, cursor, question.as_of, _known_source(work, cursor, question.as_of, source))
    if relied is not None:
        told = _delivering(cursor, question, told, relied)
    people = ask_about(cursor, question.schema, at, None if segment is None else question.people(segment), source)
    chosen = chosen if attribute is not None else of_people(cursor, question.schema, chosen)
    progress(0.3, "looking at attributes")
    hides = _Hides(people if segment is not None else None)
    chosen = [] if hides.nearly_all(people) else chosen
    found = [(item, attribute_figures(cursor, item, at, work.settings.country, source)) for item in chosen]
    if source is not None and attribute is None:  # what a source has no column for it does not lack
        brings = frozenset().union(*(one["brings"] for one in told))
        found = [(item, figures) for item, figures in found if figures.filled or item.name in brings]
        chosen = [item for item, _ in found]
    far = [row for row in _outliers(cursor, question, chosen, attribute) if not hides.few(row["people"])]
    wanted = _CONTACT | frozenset().union(
        *(relied_on(question.schema, _definitions(question), name).attributes for name in question.segments)
    )
    parts = _parts(found, told, hides)
    return {
        "source": source,
        "attribute": None if attribute is None else chosen[0].name,
        "segment": segment,
        "people": hides.unless_few(people),
        "currency": work.settings.currency,
        "score": _score(parts),
        "parts": {name: {"share": share, "weight": WEIGHTS[name]} for name, share in parts.items()},
        "attributes": [_told(item, figures, sum(one["unfit"].get(item.name, 0) for one in told), hides) for item, figures in found],
        "sources": told,
        "outliers": far,
        "tracked": tracked(work, question, None if relied is None else relied.events),
        "first": _first(cursor, found, told, far, wanted, hides)[:_MOST],
        "warnings": [] if relied is None else warnings(found, told, hides),
    }


def of_segment(work: Work, question: Question, name: str) -> dict[str, Any]:
    """What a segment relies on, how well that is filled among everyone, and what is to be said about it: short, for its page."""
    found = explored(work, ("relied", name), iso(question.as_of), lambda asked: _of_segment(work, asked, name), of=(name,))
    return _with_stopped(work, found)


def _with_stopped(work: Work, found: dict[str, Any]) -> dict[str, Any]:
    """What was found, which may be kept from before, with the sources that do not come in by themselves just now: that changes while no data does."""
    stopped = stopped_sources(work)
    told = [{**item, "stopped": item["source"] in stopped} for item in found["sources"]]
    names = sorted({item["source"] for item in told if item["stopped"]})
    said = [{"code": "stopped_source", "message": f"The source {name} has stopped: lohko source test {name} says why."} for name in names]
    return {**found, "sources": told, "warnings": [*found["warnings"], *said]}


def _of_segment(work: Work, question: Question, name: str) -> dict[str, Any]:
    relied = relied_on(question.schema, _definitions(question), name)
    cursor, at = question.engine.cursor, naive(question.as_of)
    told = _delivering(cursor, question, sources(work, cursor, question.as_of), relied)
    ask_about(cursor, question.schema, at)
    chosen = of_people(cursor, question.schema, _attributes(question, None, relied, name))
    found = [(item, attribute_figures(cursor, item, at, work.settings.country)) for item in chosen]
    keys = ("source", "kind", "age_days", "expected_days", "stale")
    return {
        "attributes": [{"attribute": item.name, "completeness": ratio(figures.filled, figures.people)} for item, figures in found],
        "events": sorted(relied.events),
        "sources": [{**{key: item[key] for key in keys}, "shifted": [one["field"] for one in item["shifted"]]} for item in told],
        "tracked": tracked(work, question, relied.events),
        "warnings": warnings(found, told),
    }


# --- what is asked about -----------------------------------------------------------------


def _definitions(question: Question) -> dict[str, Any]:
    return dict(question.catalogue.segments)


def _attributes(question: Question, attribute: str | None, relied: Relied | None, segment: str | None) -> list[Attribute]:
    known = {item.name: item for item in question.schema.attributes.values() if not item.trait}
    if attribute is not None:
        found = question.schema.attribute(attribute)
        if found.trait:
            raise InputError(
                "computed", f"{found.name!r} is computed from events; its quality is theirs.", hint=did_you_mean(attribute, known)
            )
        refused = question.catalogue.special.refusal({found.name.casefold()}, segment)
        if refused is not None:
            raise refused
        return [found]
    of = () if segment is None else (segment,)
    return [
        item for name, item in known.items() if (relied is None or name in relied.attributes) and question.catalogue.may_show(name, *of)
    ]


def _known_source(work: Work, cursor: DuckDBPyConnection, as_of: dt.datetime, source: str | None) -> str | None:
    if source is not None:
        names = known_sources(cursor)
        if source not in names:
            raise InputError("unknown_source", f"Nothing came from a source {source!r}.", hint=did_you_mean(source, names))
    return source


def _delivering(cursor: DuckDBPyConnection, question: Question, told: Sequence[dict[str, Any]], relied: Relied) -> list[dict[str, Any]]:
    """The sources and kinds of file that bring an attribute or an event that is relied on."""
    tables = [question.schema.event(name).table for name in sorted(relied.events)]
    telling = {source for table in tables for source in sources_of(cursor, table)}
    return [item for item in told if (item["kind"] != "customers" and item["source"] in telling) or relied.attributes & set(item["brings"])]


# --- what is told ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Hides:
    """What is not told of the members of a segment (`people`); of everyone, where what is wrong has to be found and mended, all is told."""

    people: int | None

    def few(self, number: int, whole: int | None = None) -> bool:
        """Whether a number of people is not told, or what is left of a whole."""
        return self.people is not None and (is_few(number) or is_few((self.people if whole is None else whole) - number))

    def nearly_all(self, people: int) -> bool:
        """Whether a segment is too small for anything to be told of it."""
        return self.people is not None and is_few(people)

    def unless_few(self, people: int) -> int | None:
        """How many members there are."""
        return None if self.nearly_all(people) else people

    def parts(self, figures: AttributeFigures) -> frozenset[str]:
        """The parts of an attribute's quality that are not told."""
        filled = figures.filled
        numbers = {
            "completeness": (filled, figures.people),
            "validity": (figures.invalid.people, filled),
            "uniqueness": (figures.shared.people, filled),
            "consistency": (figures.disagreeing.people, figures.compared),
            "freshness": (figures.stale.people, filled),
        }
        return frozenset(name for name, (part, whole) in numbers.items() if self.few(part, whole) or self.few(whole))


def _told(item: Attribute, figures: AttributeFigures, unfit: int, hides: _Hides) -> dict[str, Any]:
    filled, hidden = figures.filled, hides.parts(figures)
    row = {
        "completeness": {"filled": filled, "completeness": ratio(filled, figures.people) if figures.expected else None},
        "validity": {"invalid": figures.invalid.people, "unfit": unfit, "validity": ratio(filled - figures.invalid.people, filled + unfit)},
        "uniqueness": {
            "shared": figures.shared.people,
            "uniqueness": ratio(filled - figures.shared.people, filled) if item.name in OWN else None,
        },
        "consistency": {
            "compared": figures.compared,
            "consistency": ratio(figures.compared - figures.disagreeing.people, figures.compared),
        },
        "freshness": {
            "stale": figures.stale.people,
            "freshness": ratio(filled - figures.stale.people, filled),
            "age_days": None if figures.age_days is None else round(figures.age_days, 1),
        },
    }
    shown: dict[str, Any] = {"attribute": item.name, "type": item.type, "people": figures.people}
    for name, numbers in row.items():
        shown |= dict.fromkeys(numbers) if name in hidden else numbers
    return shown


def _parts(found: Sequence[tuple[Attribute, AttributeFigures]], told: Sequence[dict[str, Any]], hides: _Hides) -> dict[str, float]:
    """The parts of the score that can be told: of attributes over all their values, of sources one by one. What is not told is in none."""

    def of(name: str) -> list[AttributeFigures]:
        return [figures for item, figures in found if name not in hides.parts(figures) and (name != "uniqueness" or item.name in OWN)]

    complete, valid, own, agreeing = (of(name) for name in ("completeness", "validity", "uniqueness", "consistency"))
    complete = [figures for figures in complete if figures.expected]
    filled, owned = sum(figures.filled for figures in valid), sum(figures.filled for figures in own)
    compared = sum(figures.compared for figures in agreeing)
    rows = sum(item["received"] for item in told)
    fields = sum(len(item["brings"]) for item in told if item["files"] > 1)
    parts = {
        "completeness": ratio(sum(figures.filled for figures in complete), sum(figures.people for figures in complete)),
        # A row that could not be used is as little valid as a value that can be none.
        "validity": ratio(
            filled - sum(figures.invalid.people for figures in valid) + rows - sum(item["rejected"] for item in told), filled + rows
        ),
        "uniqueness": ratio(owned - sum(figures.shared.people for figures in own), owned),
        "freshness": ratio(sum(Decimal(str(item["freshness"])) for item in told), len(told)),
        "consistency": ratio(compared - sum(figures.disagreeing.people for figures in agreeing), compared),
        "stability": ratio(fields - sum(len(item["shifted"]) for item in told), fields),
    }
    return {name: share for name, share in parts.items() if share is not None}


def _score(parts: dict[str, float]) -> int | None:
    """The weighted mean of the parts, of 100; None when there are none."""
    weight = sum(WEIGHTS[name] for name in parts)
    return round(100 * sum(share * WEIGHTS[name] for name, share in parts.items()) / weight) if weight else None


def _outliers(cursor: DuckDBPyConnection, question: Question, chosen: Sequence[Attribute], attribute: str | None) -> list[dict[str, Any]]:
    asked = [(item.name, item.table, "value") for item in chosen if item.type in NUMERIC]
    if attribute is None and ORDER in question.schema.events:
        order = question.schema.event(ORDER)
        asked.append(("total of order", order.table, order.property("total").column))
    rows = []
    for name, table, value in asked:
        found = outliers(cursor, table, value)
        if found is not None and found.values:
            rows.append(
                {
                    "of": name,
                    "below": round(found.low, 4),
                    "above": round(found.high, 4),
                    "values": found.values,
                    "share": ratio(found.values, found.of),
                    "people": found.touched.people,
                    "revenue": amount(found.touched.revenue),
                }
            )
    return rows


_MESSAGES = {
    "missing": "{people} people have no {what}.",
    "invalid": "{people} people have as {what} what can be none.",
    "shared": "{people} people share their {what} with somebody.",
    "disagreeing": "For {people} people sources say different things as {what}.",
    "old": "The {what} of {people} people was last confirmed more than two years ago.",
}
_HINTS = {
    "missing": "ask for it where people order or sign up, or bring in a source that has it.",
    "invalid": "look at where it is typed in; a contract on the field catches it from now on.",
    "shared": "look whether they are one person, a household or a shared mailbox.",
    "disagreeing": "say which source is believed for it.",
    "old": "bring in the source again, or ask the people.",
}


def _first(
    cursor: DuckDBPyConnection,
    found: Sequence[tuple[Attribute, AttributeFigures]],
    told: Sequence[dict[str, Any]],
    far: Sequence[dict[str, Any]],
    wanted: frozenset[str],
    hides: _Hides,
) -> list[dict[str, Any]]:
    """What to mend first: by what the people it touches bought for in the last year, then by how many they are."""
    rows = []
    for item, figures in found:
        touched = {
            "missing": (figures.missing if item.name in wanted and figures.filled else None, "completeness"),
            "invalid": (figures.invalid, "validity"),
            "shared": (figures.shared if item.name in OWN else None, "uniqueness"),
            "disagreeing": (figures.disagreeing, "consistency"),
            "old": (figures.stale, "freshness"),
        }
        for code, (about, part) in touched.items():
            if about is not None and about.people:
                shown = None if part in hides.parts(figures) else about
                said = _MESSAGES[code].format(people="Some" if shown is None else f"{about.people:,}", what=item.name)
                rows.append(_item(code, item.name, shown, said, _HINTS[code]))
    for source in told:
        name = f"{source['source']} {source['kind']}"
        known = touched_by_source(cursor, source["source"])
        knows = None if hides.few(known.people) else known
        if source["stale"]:
            said = (
                f"{name} last told something {source['age_days']:,.0f} days ago; usually it takes at most {source['expected_days']:,.0f}."
            )
            rows.append(_item("stale_source", name, knows, said, "bring in what has come since."))
        if source["rejected"]:
            said = f"{source['rejected']:,} rows of {name} are rejected."
            rows.append(
                _item("rejected_rows", name, Touched(0, Decimal(0)), said, "`lohko rejected` shows them, `lohko retry` reads them again.")
            )
        for shift in source["shifted"]:
            said = f"{shift['field']} of {name} is spread otherwise in the latest file than before (index {shift['psi']:.2f})."
            rows.append(_item("shifted", name, knows, said, "look whether the source changed, or the column's meaning."))
    rows += [
        _item(
            "outliers",
            row["of"],
            Touched(row["people"], Decimal(str(row["revenue"]))),
            f"{row['values']:,} values of {row['of']} are far from all others.",
            "look at the largest; a contract with a range catches more of them.",
        )
        for row in far
    ]
    return sorted(rows, key=lambda row: (-(row["revenue"] or 0), -(row["people"] or 0), row["code"], row["about"]))


def _item(code: str, about: str, touched: Touched | None, message: str, hint: str) -> dict[str, Any]:
    people, revenue = (None, None) if touched is None else (touched.people, amount(touched.revenue))
    return {"code": code, "about": about, "message": message, "hint": hint, "people": people, "revenue": revenue}


def warnings(
    found: Sequence[tuple[Attribute, AttributeFigures]], told: Sequence[dict[str, Any]], hides: _Hides | None = None
) -> list[dict[str, str]]:
    """What is to be said to who relies on these attributes and sources."""
    said = []
    for item, figures in found:
        if figures.people and figures.filled < LITTLE * figures.people:
            hidden = hides is not None and "completeness" in hides.parts(figures)
            share = "a few" if hidden else f"{figures.filled / figures.people:.0%} of"
            said.append({"code": "poorly_filled", "message": f"Only {share} people have {item.name}."})
        if figures.filled and figures.stale.people > figures.filled / 2:
            said.append({"code": "old_values", "message": f"Most values of {item.name} were last confirmed more than two years ago."})
    for source in told:
        name = f"{source['source']} ({source['kind']})"
        if source["stale"]:
            said.append({"code": "stale_source", "message": f"{name} has told nothing new for {source['age_days']:,.0f} days."})
        if source["shifted"]:
            fields = ", ".join(shift["field"] for shift in source["shifted"])
            said.append(
                {"code": "shifted", "message": f"In the latest file of {name} these fields are spread otherwise than before: {fields}."}
            )
    return said
