"""Conditions on events in English: what someone did, chains of it, and numbers made of events."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lohko.base.codes import country_code
from lohko.model.build import SPENT
from lohko.model.condition import (
    Against,
    And,
    AttributeFigure,
    Condition,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Figure,
    Followed,
    MomentIs,
    Not,
    Or,
    Periods,
    PropertyIs,
    Ranked,
    Step,
    Tied,
)
from lohko.model.english_forms import EVENTS, HAS, SPOKEN, EventForms, single_words
from lohko.model.english_values import amount, apart, comparison, is_amount, times, window_text, write_number, write_span
from lohko.model.operand import Number, Part, Span, Test, Text
from lohko.model.orders import DERIVED
from lohko.model.words import MONTHS, like_ascii, write_name, write_segment, write_text

AT_LEAST_ONE = Test("at_least", (Number(Decimal(1)),))
_PARTS: dict[Part, str] = {"weekday": "weekday", "month": "month", "day": "day of the month", "hour": "hour", "items": "number of items"}
_OF: dict[Part, str] = {"weekday": "weekday of", "month": "month of", "day": "day of", "hour": "hour of", "items": "number of items in"}
_MEASURED = {"sum": "sum", "average": "average", "min": "min", "max": "max", "distinct": "distinct count"}
_COUNTED = ("count", "distinct", "days")
_MORE = {"over": "more than", "at_least": "at least", "under": "less than", "at_most": "at most"}
_MONEY = {(event, name) for event, row in DERIVED.items() for name, kind in row.items() if kind == "money"}
_CALENDAR = frozenset({"weekday", "month"})


def own_name(name: str) -> str:
    """A name of the shop's own: in backticks when it could be read as something else."""
    written = write_name(name)
    return f"`{name}`" if written == name and like_ascii(name) in single_words() else written


def attribute(name: str, part: Part | None = None) -> str:
    """An attribute or property as the subject of a sentence, or a part of it: `birthday`, `month of birthday`."""
    spoken = SPOKEN.get(name) or own_name(name)
    return spoken if part is None else f"{_OF[part]} {spoken}"


def noun(event: str, *, one: bool = False) -> str:
    """What the events are called: `orders`, `the first product view`."""
    row = EVENTS.get(event)
    return own_name(event) if row is None else row.one if one else row.many


def is_bare_list(name: str, part: Part | None, test: Test) -> bool:
    """Whether values of one word stand without quotes: weekdays, months, and names of countries."""
    if part is not None:
        return part in _CALENDAR
    return name.lower() == "country" and all(isinstance(item, Text) and country_code(item.value) for item in test.operands)


@dataclass(frozen=True)
class EventWords:
    """Says conditions on events; money is in that currency."""

    currency: str = "EUR"

    # --- which events

    def where(self, node: Condition, event: str) -> str:
        """A condition on single events, as it stands after `where` or in brackets."""
        match node:
            case And(parts) | Or(parts):
                word = " and " if isinstance(node, And) else " or "
                return word.join(
                    f"({self.where(part, event)})" if isinstance(part, And | Or) else self.where(part, event) for part in parts
                )
            case Not(part):
                return f"not ({self.where(part, event)})"
            case PropertyIs(name, test, part):
                money = self.currency if part is None and (event, name) in _MONEY else None
                words = comparison(test, none=part != "items", bare=is_bare_list(name, part, test), money=money)
                return f"{attribute(name, part)} {words}"
            case MomentIs(part, test):
                return f"{_PARTS[part]} {comparison(test, none=False, bare=part in _CALENDAR)}"
        raise TypeError(node)

    def _where(self, where: Condition | None, event: str, *, month: bool = True, noun: bool = False) -> str:
        """`whose category is "Coats"`, `where (...)`, `in December`; nothing when all events count."""
        if where is None:
            return ""
        match where:
            case MomentIs("month", Test("is", (Text(value),))) if month and _is_month(value):
                return f"in {value}"
        inner, row = self.where(where, event), EVENTS.get(event)
        word = "whose" if row is not None and (row.noun or noun or not month) else "where"
        return f"{word} {inner}" if isinstance(where, PropertyIs | MomentIs) else f"{word} ({inner})"

    # --- what someone did

    def did(self, event: str, where: Condition | None = None, when: str = "", *, often: Test | str = "", negative: bool = False) -> str:
        """What someone did: how often, of which events, when: `ordered at least 2 times in the last 30 days`."""
        row = EVENTS.get(event)
        if row is None:
            verb = f"{'did not' if negative else 'did'} {own_name(event)}"
        else:
            verb, where, often = _verb(row, where, often, negative)
        how = times(often) if isinstance(often, Test) else often
        which = self._where(where, event)
        noun_first = row is not None and row.noun and not which.startswith("in ")
        return _spaced(verb, which, how, when) if noun_first else _spaced(verb, how, which, when)

    def events(self, node: EventsAre, *, negative: bool = False) -> str | None:
        """A number of events, compared; None when there is no negative way to say it."""
        when = window_text(node.window) if node.window else ""
        match node:
            case EventsAre(event, "count", test, _, where) if is_amount(test, whole=True):
                return self.did(event, where, when, often="" if test == AT_LEAST_ONE else test, negative=negative)
            case EventsAre(event, "days", test, _, where) if is_amount(test, whole=True):
                days = "day" if test.op != "between" and test.operands == AT_LEAST_ONE.operands else "days"
                return self.did(event, where, when, often=f"on {amount(test)} {days}", negative=negative)
            case EventsAre(event, "sum", test, name, where) if SPENT.get(event) == name and is_amount(test):
                spent = f"for {amount(test, money=self.currency, mass=True)}"
                return self.did(event, where, when, often=spent, negative=negative)
        return None if negative else self._measured(node)

    def _measured(self, node: EventsAre) -> str:
        figure = node.figure
        match node:
            case EventsAre(event, "first" | "last" as edge, Test("ago_between", (Span() as newest, Span() as oldest))):
                since = _spaced(f"since the {edge} {noun(event, one=True)}", self._tail(figure))
                return f"{apart(newest, oldest)} {'has' if newest == oldest and oldest.n == 1 else 'have'} passed {since}"
            case EventsAre(event, "first" | "last" as edge, Test("long_ago", (Span() as span,))):
                since = _spaced(f"since the {edge} {noun(event, one=True)}", self._tail(figure))
                return f"more than {write_span(span)} {'has' if span.n == 1 else 'have'} passed {since}"
            case EventsAre(event, "first" | "last" as edge, test):
                return _spaced(f"{edge} {noun(event, one=True)}", self._tail(figure), comparison(test, past=True))
            case EventsAre(event, "gap", test):
                return _spaced(f"usual number of days between {noun(event)}", self._tail(figure), comparison(test))
            case EventsAre(event, "share", test) if is_amount(test):
                has = self._has(node.has, event)
                return _spaced(f"{amount(test, mass=True)} % of {noun(event)}", self._tail(figure, has=False), has)
        money = self.currency if node.measure in ("sum", "average", "min", "max") and (node.event, node.property) in _MONEY else None
        bare = is_bare_list(node.property or "", None, node.test) and node.measure == "most_frequent"
        words = comparison(node.test, none=node.measure not in _COUNTED, bare=bare, money=money)
        return f"{self.figure(figure)} {words}"

    def edge(self, node: EdgeEvent) -> str:
        """The first or last event, with what it has: `first order used a discount code`."""
        figure = EventsFigure(node.event, node.edge, None, node.where, node.window)
        return _spaced(f"{node.edge} {noun(node.event, one=True)}", self._tail(figure), self._has(node.has, node.event, "was one"))

    def _has(self, has: Condition | None, event: str, one: str = "are ones") -> str:
        phrase = next((phrase for phrase, (_, meant) in HAS.items() if meant == has), None)
        if phrase is not None:
            return phrase
        return "" if has is None else f"{one} {self._where(has, event, month=False)}"

    def followed(self, node: Followed) -> str:
        """A chain: `added to cart in the last 3 days and did not order within 24 hours of that`."""
        first = self.did(node.event, node.where, window_text(node.window) if node.window else "")
        return " and ".join([first, *map(self._step, node.then)])

    def _step(self, step: Step) -> str:
        after = f"within {write_span(step.within)} of that" if step.within else "after that"
        return self.did(step.event, step.where, after, negative=not step.did)

    def tied(self, node: Tied) -> str:
        """How many events have others that belong to them, said in full."""
        other = self._where(node.other_where, node.other, month=False)
        by = "" if node.by is None else f"by {own_name(node.by)}"
        tied = _spaced(f"that have {'' if node.linked else 'no '}{noun(node.other)}", other, by)
        counted = EventsFigure(node.event, "count", None, node.where, node.window)
        return _spaced(self.figure(counted), tied, comparison(node.test, none=False))

    def of_them(self, base: Condition | None, node: Condition) -> str | None:
        """The same after the events that are meant: `clicked none of them`; None when they are not, or more is asked."""
        match base, node:
            case EventsAre(event, "count", _, _, where, window), Tied(tied, other, test) if (event, where, window) == (
                tied,
                node.where,
                node.window,
            ):
                row = EVENTS.get(other)
                if row is None or row.counted is None or not is_amount(test, whole=True):
                    return None
                none = test == Test("is", (Number(Decimal(0)),))
                if node.other_where is not None or node.by is not None or not (node.linked or none):
                    return None
                return f"{row.counted[0]} {('none' if node.linked else 'all') if none else amount(test)} of them"
        return None

    def periods(self, node: Periods, *, negative: bool = False) -> str | None:
        """In how many of the last periods; None when there is no negative way to say it."""
        last = f"the last {node.n} {node.unit}{'' if node.n == 1 else 's'}"
        if is_amount(node.test, whole=True):
            return self.did(node.event, node.where, f"in {amount(node.test)} of {last}", negative=negative)
        where = self._where(node.where, node.event, month=False)
        words = comparison(node.test, none=False)
        return None if negative else _spaced(f"number of {last} with {noun(node.event)}", where, words)

    # --- numbers

    def figure(self, figure: Figure, *, the: bool = False) -> str:
        """A number about a person: `points`, `sum of total of orders in the last 30 days`."""
        if isinstance(figure, AttributeFigure):
            return attribute(figure.name)
        return _spaced("the" if the else "", _head(figure), self._tail(figure))

    def _tail(self, figure: EventsFigure, *, has: bool = True) -> str:
        when = window_text(figure.window) if figure.window else ""
        that = f"that {self._has(figure.has, figure.event)}" if has and figure.has is not None else ""
        return _spaced(self._where(figure.where, figure.event, noun=True), when, that)

    def against(self, node: Against) -> str:
        """One number against another: `time since last order is more than 2 times the usual time between orders`."""
        factor = "" if node.times == 1 else f"{write_number(node.times)} times"
        return _spaced(self.figure(node.left), "is", _MORE[node.op], factor, self.figure(node.right, the=True))

    def ranked(self, node: Ranked) -> str:
        """Where someone stands: `is in the top 10 % by sum of total of orders among segment buyers`."""
        place = node.place.replace("_percent", "")
        if place in ("top", "bottom"):
            standing = f"in the {place} {node.n}{' %' if node.place.endswith('percent') else ''}"
        elif place in ("quintile", "decile"):
            standing = f"in {place} {node.n}"
        else:
            standing = place.replace("_median", " the median").replace("_average", " average")
        among = f"among segment {write_segment(node.among)}" if node.among is not None else ""
        return _spaced(f"is {standing} by {self.figure(node.figure)}", among)


def _spaced(*words: str) -> str:
    return " ".join(word for word in words if word)


def _is_month(value: str) -> bool:
    return value.isascii() and value.capitalize() in MONTHS


def _verb(row: EventForms, where: Condition | None, often: Test | str, negative: bool) -> tuple[str, Condition | None, Test | str]:
    """The verb of a known event, and what of the condition and the number it does not say already."""
    match where:
        case PropertyIs(name, Test("is", (Text(value),)), None) if row.value is not None and row.value[0] == name:
            return f"{row.value[2 if negative else 1]} {write_text(value)}", None, often
    if row.counted is not None and isinstance(often, Test):
        received, did_not_receive, one, many = row.counted
        thing = one if often.op != "between" and often.operands == AT_LEAST_ONE.operands else many
        return f"{did_not_receive if negative else received} {amount(often)} {thing}", where, ""
    return row.did_not if negative else row.did, where, often


def _head(figure: EventsFigure) -> str:
    many = noun(figure.event)
    match figure.measure:
        case "count":
            return f"number of {many}"
        case "days":
            return f"number of days with {many}"
        case "first" | "last":
            return f"time since {figure.measure} {noun(figure.event, one=True)}"
        case "gap":
            return f"usual time between {many}"
        case "share":
            return f"share of {many}"
        case "most_frequent":
            return f"most frequent {own_name(figure.property or '')} of {many}"
    return f"{_MEASURED[figure.measure]} of {own_name(figure.property or '')} of {many}"
