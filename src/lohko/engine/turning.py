"""When time alone changes an answer: the first later instant at which a person enters or leaves if nothing more happens.

An answer can change by itself only where some instant of the person's (an event,
an interval's end, a date they have) crosses an edge that a rule draws (a window's
end, a midnight, an anniversary). Those instants are listed, more of them than can matter, and
the reference is asked at each in turn; between two of them nothing changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from lohko.base.errors import InputError
from lohko.base.times import CalendarUnit, Unit, days_back, local_day, midnight, period_of
from lohko.engine.person import Person
from lohko.engine.reference import Reference
from lohko.model.condition import Against, Condition, Consent, EventsFigure, Near, Periods, Reachable
from lohko.model.definition import Definition
from lohko.model.dependencies import needed
from lohko.model.operand import Period, Span, Test
from lohko.model.resolve import reach_of
from lohko.model.schema import Schema
from lohko.model.walk import attribute_names, event_names, leaves, segment_names

_INSTANT = dt.timedelta(microseconds=1)
_DAY = dt.timedelta(days=1)
_END = dt.datetime(9999, 12, 1, tzinfo=dt.UTC)
_YEARS_AHEAD = 6  # an anniversary on 29 February of a year without it comes within these


class Silent(Reference):
    """The reference engine without its sentences, which are most of its work."""

    def _said(self, node: Condition) -> str:
        return ""


@dataclass(frozen=True)
class Turning:
    """A person and a segment (or a condition) whose answer depends on nobody else."""

    schema: Schema
    segments: Mapping[str, Definition]
    zone: ZoneInfo
    person: Person

    def of_segment(self, name: str, as_of: dt.datetime) -> dt.datetime | None:
        """The first instant after `as_of` at which the person enters or leaves the segment; None when time alone never does it."""
        behind = {item: self.segments[item] for item in needed(self.segments, [name])}
        rules = [definition.where for definition in behind.values()]
        return self._first(rules, as_of, lambda reference: reference.in_segment(name, self.person))

    def of_condition(self, condition: Condition, as_of: dt.datetime) -> dt.datetime | None:
        """The same for a resolved condition."""
        behind = needed(self.segments, segment_names(condition))
        rules = [condition, *(self.segments[item].where for item in behind)]
        return self._first(rules, as_of, lambda reference: reference.holds(condition, self.person))

    def _first(self, rules: list[Condition], as_of: dt.datetime, ask: Any) -> dt.datetime | None:
        def at(moment: dt.datetime) -> Reference:
            return Silent(self.schema, self.segments, moment, self.zone)

        now = ask(at(as_of))
        edges = sorted({edge for rule in rules for leaf in leaves(rule) for edge in self._edges(leaf, as_of) if edge > as_of})
        comparisons = [leaf for rule in rules for leaf in leaves(rule) if isinstance(leaf, Against)]
        start = as_of
        for edge in (*edges, None):
            crossings = sorted({t for leaf in comparisons for t in _crossings(at(start), leaf, self.person, start, edge)})
            for moment in (*crossings, *([edge] if edge is not None else [])):
                if ask(at(moment)) != now:
                    return moment
            start = edge or start
        return None

    # --- the instants at which a leaf can change

    def _edges(self, leaf: Condition, as_of: dt.datetime) -> Iterator[dt.datetime]:
        said = _Said.of(leaf, local_day(as_of, self.zone).year)
        marks = {*self._marks(leaf), *(_midnight(day + n * _DAY, self.zone) for day in said.days for n in (0, 1))}
        for mark in marks:
            for found in (mark, *self._moved(mark, said)):
                if found is not None and found < _END:
                    yield found
                    yield found + _INSTANT

    def _marks(self, leaf: Condition) -> Iterator[dt.datetime]:
        """The instants that belong to the person and that the leaf looks at."""
        for name in event_names(leaf):
            for event in self.person.events.get(self.schema.event(name).name, ()):
                yield event.at
                for value in event.properties.values():
                    yield from self._as_marks(value)
        for name in self._attributes(leaf):
            for held in self.person.attributes.get(self.schema.attribute(name).name, ()):
                yield from (held.valid_from, held.valid_to)
                yield from self._as_marks(held.value)
        if isinstance(leaf, Consent):
            yield from (record.effective_at for record in self.person.consents)
        for name in segment_names(leaf):
            yield from (move.at for move in self.person.moves.get(name, ()))

    def _attributes(self, leaf: Condition) -> set[str]:
        found = attribute_names(leaf)
        if isinstance(leaf, Reachable):
            found |= {item.name for item in reach_of(self.schema, leaf.channel)}
        return found | ({"latitude", "longitude"} if isinstance(leaf, Near) else set())

    def _as_marks(self, value: Any) -> Iterator[dt.datetime]:
        if isinstance(value, dt.datetime):
            yield value
        elif isinstance(value, dt.date):
            yield from (_midnight(value, self.zone), _midnight(value + _DAY, self.zone))

    def _moved(self, mark: dt.datetime, said: _Said) -> Iterator[dt.datetime | None]:
        """Where the edges of windows, periods and anniversaries pass the mark."""
        try:
            day = local_day(mark, self.zone)
        except OverflowError:  # since ever, until further notice
            return
        for n, unit in said.spans:
            yield from self._passes(mark, day, n, unit)
            yield from self._passes(mark, day, -n, unit)
        for calendar in said.units:
            yield from self._periods(day, calendar)
        if said.anniversaries:
            for year in range(max(day.year, said.year - 1), max(day.year, said.year) + _YEARS_AHEAD):
                for again in _again(day, year):
                    yield from self._passes(mark, again, 0, "day")
                    for n, unit in said.spans:
                        yield from self._passes(None, again, -n, unit)
                    for calendar in said.units:
                        yield from self._periods(again, calendar)

    def _passes(self, mark: dt.datetime | None, day: dt.date, n: int, unit: Unit) -> Iterator[dt.datetime | None]:
        """The instants from which on `n units ago` is the mark or its day, or just past it."""
        if unit in ("minute", "hour"):
            if mark is not None:
                try:
                    yield mark + n * (dt.timedelta(minutes=1) if unit == "minute" else dt.timedelta(hours=1))
                except OverflowError:
                    return
            return
        for wanted in (-1, 0, 1):
            found = _first_day(day, wanted, n, unit)
            if found is not None:
                yield _midnight(found, self.zone)

    def _periods(self, day: dt.date, unit: CalendarUnit) -> Iterator[dt.datetime | None]:
        """The beginnings of the periods around a day."""
        try:
            first, end = period_of(day, "this", unit)
            before, _ = period_of(first, "previous", unit)
            _, after = period_of(end, "this", unit)
            _, last = period_of(after, "this", unit)
        except (ValueError, OverflowError):
            return
        yield from (_midnight(item, self.zone) for item in (before, first, end, after, last))


def _first_day(day: dt.date, wanted: int, n: int, unit: Unit) -> dt.date | None:
    """The first day of which the day n units before is at least `day` + `wanted`."""
    try:
        least = day + wanted * _DAY
        tried = days_back(least, -n, unit) - 5 * _DAY
        while days_back(tried, n, unit) < least:
            tried += _DAY
    except (ValueError, OverflowError):
        return None
    return tried


def _again(day: dt.date, year: int) -> Iterator[dt.date]:
    """The days on which an anniversary may be kept in a year."""
    try:
        yield day.replace(year=year)
    except ValueError:
        yield from (dt.date(year, 2, 28), dt.date(year, 3, 1))


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    try:
        return midnight(day, zone)
    except (InputError, OverflowError, ValueError):
        return _END


@dataclass(frozen=True)
class _Said:
    """The lengths of time, calendar units and days that a leaf names anywhere."""

    spans: frozenset[tuple[int, Unit]]
    units: frozenset[CalendarUnit]
    days: frozenset[dt.date]
    anniversaries: bool
    year: int

    @staticmethod
    def of(leaf: Condition, year: int) -> _Said:
        spans: set[tuple[int, Unit]] = set()
        units: set[CalendarUnit] = set()
        days: set[dt.date] = set()
        anniversaries = False
        for item in _inside(leaf):
            match item:
                case Span(n, unit):
                    spans.add((n, unit))
                case Period(unit=calendar):
                    units.add(calendar)
                case Periods(n=n, unit=unit):
                    spans |= {(step, unit) for step in range(n + 1)}
                case Test(op=op) if op.startswith("anniversary"):
                    anniversaries = True
                case dt.date():
                    days.add(item)
        return _Said(frozenset(spans), frozenset(units), frozenset(days), anniversaries, year)


def _inside(value: Any) -> Iterator[Any]:
    """Everything that a tree is made of."""
    yield value
    if is_dataclass(value):
        for item in fields(value):
            yield from _inside(getattr(value, item.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from _inside(part)


def _crossings(reference: Reference, leaf: Against, person: Person, start: dt.datetime, end: dt.datetime | None) -> Iterable[dt.datetime]:
    """The instants from `start` to `end` at which the two numbers meet; the time since something grows, everything else stands."""
    left, right = reference.number(leaf.left, person), reference.number(leaf.right, person)
    if left is None or right is None:
        return
    times = Fraction(leaf.times)
    grows = _grows(leaf.left) - times * _grows(leaf.right)
    apart = times * right - left
    if grows == 0 or apart / grows < 0:
        return
    microseconds = apart / grows * 86_400_000_000
    for n in (microseconds.numerator // microseconds.denominator + step for step in (0, 1, 2)):
        try:
            found = start + dt.timedelta(microseconds=n)
        except OverflowError:
            return
        if found > start and (end is None or found < end):
            yield found


def _grows(figure: Any) -> int:
    """By how many days a number grows in a day."""
    return int(isinstance(figure, EventsFigure) and figure.measure in ("first", "last"))
