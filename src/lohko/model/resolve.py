"""A condition against what there is: names as the schema spells them, values of the right type, codes for labels.

What comes out can be asked of an engine without another question; everything
that cannot is an InputError that says what and where.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import fold
from lohko.model.account import FROM_PEOPLE
from lohko.model.condition import (
    ACCOUNT,
    LINKS,
    Against,
    AttributeFigure,
    AttributeIs,
    Condition,
    Consent,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Ever,
    Figure,
    Followed,
    InSegment,
    Measure,
    MomentIs,
    Moved,
    Near,
    OfAccount,
    Periods,
    PropertyIs,
    RandomShare,
    Ranked,
    Reachable,
    Tied,
)
from lohko.model.fit import SPOKEN, Kind, fitted
from lohko.model.operand import Part, Span
from lohko.model.schema import NUMERIC, PURPOSES, TEMPORAL, Attribute, EventType, Property, Schema, Type
from lohko.model.sentence import sentence
from lohko.model.walk import rebuilt, rebuilt_figure, windows
from lohko.model.window import AgoBetween, Between, During, Latest, Window

_MEASURES: dict[str, frozenset[Type]] = {"sum": NUMERIC, "average": NUMERIC, "min": NUMERIC | TEMPORAL, "max": NUMERIC | TEMPORAL}
_COUNTED: frozenset[Measure] = frozenset({"count", "distinct", "days"})
_NOMINAL_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_CHANNELS: dict[str, tuple[str, ...]] = {"email": ("email",), "sms": ("phone",), "phone": ("phone",), "post": ("address", "postcode")}
MOST_PERIODS = 120


@dataclass(frozen=True)
class Resolver:
    """Resolves conditions against a schema and the ids of segments."""

    schema: Schema
    segments: Collection[str]

    def condition(self, node: Condition) -> Condition:
        """A condition about a person, resolved; InputError otherwise."""
        _check_windows(node)
        node = rebuilt(node, self.condition, lambda part, event: self.on_event(part, self.schema.event(event)))
        match node:
            case AttributeIs():
                return self._attribute(node)
            case EventsAre():
                return self._events(node)
            case EdgeEvent():
                return replace(node, event=self.schema.event(node.event).name)
            case Followed():
                return self._followed(node)
            case Tied():
                return self._tied(node)
            case Periods():
                return self._periods(node)
            case Against():
                return replace(node, left=self.figure(node.left, node), right=self.figure(node.right, node))
            case Ranked():
                return self._ranked(node)
            case InSegment() | Moved():
                return replace(node, segment=self.segment(node.segment))
            case Consent(purpose):
                if fold(purpose) not in PURPOSES:
                    raise InputError(
                        "unknown_purpose", f"No purpose of consent is called {purpose!r}.", hint=did_you_mean(purpose, PURPOSES)
                    )
                return Consent(fold(purpose))
            case Reachable(channel):
                reach_of(self.schema, channel)
            case Near():
                self._near(node)
            case RandomShare(percent) if not 0 <= percent <= 100:
                raise InputError("bad_percent", f"{percent} % is no share of everyone.", place=sentence(node), hint="from 0 to 100.")
            case OfAccount(n=n):
                account_of(self.schema)
                if n is not None and n < 1:
                    raise InputError("bad_number", "At least one contact is asked for.", place=sentence(node))
            case PropertyIs() | MomentIs():
                raise InputError("misplaced", "A property of events stands only inside `where`.", place=sentence(node))
        return node

    def on_event(self, node: Condition, event: EventType) -> Condition:
        """A condition about one event, resolved."""
        match node:
            case PropertyIs(name, test, part):
                found = event.property(name)
                return PropertyIs(found.name, fitted(found.name, test, kind_of(found, part, node), node), part)
            case MomentIs(part, test):
                return MomentIs(part, fitted(part, test, _part_kind(part), node))
        remade = rebuilt(node, lambda part: self.on_event(part, event), lambda part, name: part)
        if remade.node not in ("and", "or", "not"):
            raise InputError("misplaced", "Inside `where` stand only comparisons of the event's properties.", place=sentence(node))
        return remade

    def segment(self, name: str) -> str:
        """The id of a segment as it is spelt; InputError with candidates."""
        found = {fold(item): item for item in self.segments}.get(fold(name))
        if found is None:
            raise InputError("unknown_segment", f"No segment is called {name!r}.", hint=did_you_mean(name, self.segments))
        return found

    def figure(self, figure: Figure, node: Condition | None = None) -> Figure:
        """A number about a person, resolved; one that is no number is refused."""
        place = None if node is None else sentence(node)
        if isinstance(figure, AttributeFigure):
            attribute = self.schema.attribute(figure.name)
            if attribute.type not in NUMERIC:
                raise InputError("wrong_type", f"{attribute.name!r} is {SPOKEN[attribute.type]}: it is no number.", place=place)
            return AttributeFigure(attribute.name)
        if node is None:  # inside a condition it is resolved already
            figure = rebuilt_figure(figure, lambda part, event: self.on_event(part, self.schema.event(event)))
        if not isinstance(figure, EventsFigure):
            raise TypeError(figure)
        event = self.schema.event(figure.event)
        name = None if figure.property is None else event.property(figure.property).name
        kind = kind_of_figure(self.schema, figure, place)
        if figure.measure == "most_frequent":  # several when they tie, so it is no one number
            raise InputError("wrong_type", f"The most frequent {name!r} is no number.", place=place)
        if kind.type not in NUMERIC and figure.measure not in ("first", "last"):
            raise InputError("wrong_type", f"The {figure.measure} of {name!r} is {SPOKEN[kind.type]}: it is no number.", place=place)
        return replace(figure, event=event.name, property=name)

    def _attribute(self, node: AttributeIs) -> AttributeIs:
        attribute = self.schema.attribute(node.name)
        if attribute.trait and isinstance(node.at, Ever):
            raise InputError(
                "no_past",
                f"{attribute.name!r} is computed for an instant: whether it ever was so is not kept.",
                place=sentence(node),
                hint="ask about a moment, such as `90 days ago`.",
            )
        if attribute.name.casefold() in FROM_PEOPLE and node.at is not None:
            raise InputError(
                "no_past",
                f"{attribute.name!r} is of those who are contacts at the instant asked about: it has no past.",
                place=sentence(node),
                hint="leave the moment out, or ask as of an earlier day.",
            )
        test = fitted(attribute.name, node.test, kind_of(attribute, node.part, node), node)
        return replace(node, name=attribute.name, test=test)

    def _events(self, node: EventsAre) -> EventsAre:
        event = self.schema.event(node.event)
        name = None if node.property is None else event.property(node.property).name
        kind = kind_of_figure(self.schema, node.figure, sentence(node))
        test = fitted(f"{node.measure} of {name or event.name}", node.test, kind, node)
        return replace(node, event=event.name, property=name, test=test)

    def _followed(self, node: Followed) -> Followed:
        if not node.then or not all(step.did for step in node.then[:-1]):
            raise InputError("bad_chain", "Only the last step of a chain may be one that did not come.", place=sentence(node))
        then = tuple(replace(step, event=self.schema.event(step.event).name) for step in node.then)
        return replace(node, event=self.schema.event(node.event).name, then=then)

    def _tied(self, node: Tied) -> Tied:
        link = link_of(self.schema, node)
        event, other = self.schema.event(node.event), self.schema.event(node.other)
        test = fitted(f"count of {event.name}", node.test, Kind("integer"), node)
        return replace(node, event=event.name, other=other.name, by=None if node.by is None else link[0].name, test=test)

    def _periods(self, node: Periods) -> Periods:
        if not 1 <= node.n <= MOST_PERIODS:
            raise InputError("bad_number", f"From 1 to {MOST_PERIODS} periods can be asked about.", place=sentence(node))
        test = fitted("the number of periods", node.test, Kind("integer"), node)
        return replace(node, event=self.schema.event(node.event).name, test=test)

    def _ranked(self, node: Ranked) -> Ranked:
        most = {"quintile": 5, "decile": 10, "top_percent": 100, "bottom_percent": 100}.get(node.place)
        if node.n is not None and (node.n < 1 or (most is not None and node.n > most)):
            allowed = f"from 1 to {most}" if most else "at least 1"
            raise InputError(
                "bad_number", f"{node.n} is no number for {node.place.replace('_', ' ')}.", place=sentence(node), hint=f"{allowed}."
            )
        among = None if node.among is None else self.segment(node.among)
        return replace(node, figure=self.figure(node.figure, node), among=among)

    def _near(self, node: Near) -> None:
        for name in ("latitude", "longitude"):
            attribute = self.schema.attribute(name)
            if attribute.type not in NUMERIC:
                raise InputError("wrong_type", f"{name!r} is {SPOKEN[attribute.type]}: it is no number.", place=sentence(node))
        if not (-90 <= node.latitude <= 90 and -180 <= node.longitude <= 180 and node.km > 0):
            raise InputError("bad_place", "There is no such place on Earth.", place=sentence(node), hint="latitude, longitude in degrees.")


def kind_of(held: Attribute | Property, part: Part | None, node: Condition) -> Kind:
    """What a comparison of the value, or of a part of it, compares; InputError when it has no such part."""
    if part is None:
        return Kind(held.type, held.codes)
    has = {"items": ("text_set",), "hour": ("time",)}.get(part, ("date", "time"))
    if held.type not in has:
        raise InputError("wrong_type", f"{held.name!r} is {SPOKEN[held.type]}: it has no {part}.", place=sentence(node))
    return _part_kind(part)


def _part_kind(part: Part) -> Kind:
    if part == "weekday":
        return Kind("text", "weekday")
    return Kind("text", "month") if part == "month" else Kind("integer")


def kind_of_figure(schema: Schema, figure: EventsFigure, place: str | None) -> Kind:
    """What a comparison of the figure compares; InputError when the property cannot be measured so."""
    event = schema.event(figure.event)
    found = None if figure.property is None else event.property(figure.property)
    allowed = _MEASURES.get(figure.measure)
    if found is not None and allowed is not None and found.type not in allowed:
        raise InputError("wrong_type", f"{found.name!r} is {SPOKEN[found.type]}: it has no {figure.measure}.", place=place)
    if figure.measure in _COUNTED:
        return Kind("integer")
    if found is None or figure.measure in ("sum", "average"):
        return Kind("time" if figure.measure in ("first", "last") else "decimal")
    if figure.measure == "most_frequent":  # of texts: it holds when it does for one of those that tie
        return Kind("text" if found.type == "text_set" else found.type, found.codes)
    return Kind(found.type, found.codes)


def link_of(schema: Schema, node: Tied) -> tuple[Property, Property]:
    """The properties by which events of the two kinds are tied; InputError when there are none."""
    event, other = schema.event(node.event), schema.event(node.other)
    names = LINKS if node.by is None else (node.by,)
    for name in names:
        one, two = event.properties.get(name.casefold()), other.properties.get(name.casefold())
        if one is not None and two is not None and _ties(one, two):
            return one, two
    shared = [item.name for key, item in event.properties.items() if key in other.properties and _ties(item, other.properties[key])]
    raise InputError(
        "no_link",
        f"Events {event.name!r} and {other.name!r} have no property"
        + (" in common by which they could belong together." if node.by is None else f" {node.by!r} in common."),
        hint=f"name one of {', '.join(shared)}." if shared else None,
    )


def _ties(one: Property, two: Property) -> bool:
    """Whether events can be tied by two properties: of one type, and each a single value."""
    return one.type == two.type and one.type != "text_set"


def account_of(schema: Schema) -> Attribute:
    """The attribute that tells which account a person belongs to; InputError when the schema has none."""
    for name in ACCOUNT:
        found = schema.attributes.get(name)
        if found is not None and found.type == "text" and not found.trait:
            return found
    raise InputError(
        "no_account",
        "No attribute says which account (company) a person belongs to.",
        hint=f"import a column as {' or '.join(ACCOUNT)}.",
    )


def reach_of(schema: Schema, channel: str) -> tuple[Attribute, ...]:
    """The attributes that a channel needs; InputError when the schema lacks one."""
    return tuple(schema.attribute(name) for name in _CHANNELS[channel])


def _check_windows(node: Condition) -> None:
    for window in windows(node):
        problem = _window_problem(window)
        if problem:
            raise InputError("empty_window", problem, place=sentence(node))
    if isinstance(node, Moved) and isinstance(node.window, Latest):
        raise InputError("bad_window", "Entering and leaving are not counted from the latest.", place=sentence(node))
    if isinstance(node, Followed) and any(step.within is not None and step.within.n < 1 for step in node.then):
        raise InputError("empty_window", "The time within which something follows is at least 1.", place=sentence(node))


def _window_problem(window: Window) -> str | None:
    match window:
        case Between(first, last) if first > last:
            return "The window ends before it begins."
        case AgoBetween(newest, oldest) if _longer(newest, oldest):
            return "The window ends before it begins: the shorter time ago stands first."
        case During(period) if period.which == "next":
            return "Events after now do not exist."
        case Latest(n) if n < 1:
            return "At least one of the latest events is asked for."
    return None


def _longer(one: Span, other: Span) -> bool:
    return one.n * _NOMINAL_DAYS[one.unit] > other.n * _NOMINAL_DAYS[other.unit]
