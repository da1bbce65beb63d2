"""The definition of right: a condition decided for one person at a time, slowly and plainly, in Python.

Every other engine must give the same people. It also says why: each node with
true or false, the value that decided it and the rows behind that value. Where a
person's answer depends on others (ranks, accounts, limits), the others are `population`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from lohko.base.text import fold
from lohko.base.times import back, local_day
from lohko.engine.judge import Judge, days_between
from lohko.engine.measured import fold_of, great_circle_km, is_placed, number_of
from lohko.engine.person import ConsentRecord, Event, Move, Person, Value
from lohko.engine.told import Row, Trace, row_of_value, spoken
from lohko.model.account import Borne
from lohko.model.condition import (
    ACCOUNT,
    OF_ACCOUNT_TOO,
    Against,
    And,
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
    MomentIs,
    Moved,
    Near,
    Not,
    OfAccount,
    Or,
    Periods,
    PropertyIs,
    RandomShare,
    Ranked,
    Reachable,
    Step,
    Tied,
)
from lohko.model.consent import stands
from lohko.model.definition import Definition, before_in_group
from lohko.model.dependencies import traits_of
from lohko.model.edges import moment_of, window_range
from lohko.model.labels import label, labelled
from lohko.model.operand import Day, Span
from lohko.model.orders import ORDER, REFUND
from lohko.model.resolve import account_of, kind_of, kind_of_figure, link_of, reach_of
from lohko.model.schema import Schema
from lohko.model.sentence import sentence
from lohko.model.walk import attribute_names
from lohko.model.window import Latest, Window

__all__ = ["ConsentRecord", "Event", "Move", "Person", "Reference", "Row", "Trace", "Value", "spoken"]

LONG_AGO, FOREVER = (dt.datetime(*day, tzinfo=dt.UTC) for day in ((1, 1, 1), (9999, 12, 31)))


@dataclass(frozen=True)
class Reference:
    """Decides resolved conditions at one instant.

    segments     resolved definitions, by id; a condition alone is one with nothing beside it
    population   every living person, by any key; needed by conditions and definitions in which others count
    accounts     every account, by its key, as if it were a person; `borne` has what they are called
    """

    schema: Schema
    segments: Mapping[str, Definition | Condition]
    as_of: dt.datetime
    zone: ZoneInfo
    language: str = "en"
    population: Mapping[Any, Person] = field(default_factory=dict)
    silent: bool = False
    accounts: Mapping[int, Person] = field(default_factory=dict)
    borne: Borne = field(default_factory=Borne)
    _beside: Person | None = None
    """Inside an account condition, the account of the people asked about: what it has, they have there."""
    _together: Mapping[str, Value] = field(default_factory=dict)
    """Inside an account condition, what its contacts come to together: everyone has it there."""
    _outside: Reference | None = field(default=None, compare=False, repr=False)
    _known: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def judge(self) -> Judge:
        """Compares values at this instant."""
        return Judge(self.as_of, self.zone)

    def members(self, condition: Condition) -> set[Any]:
        """The keys of everyone in the population who is in."""
        return {key for key, person in self.population.items() if self.holds(condition, person)}

    def members_of(self, name: str) -> set[Any]:
        """The keys of everyone in the population who is in a segment, with all that stands beside its condition."""
        return {key for key, person in self.population.items() if self.in_segment(name, person)}

    def holds(self, condition: Condition, person: Person) -> bool:
        """Whether the person is in."""
        return self._silent().trace(condition, person).holds

    def _silent(self) -> Reference:
        """The same, saying nothing: sentences and rows take most of the time, and only an explanation needs them."""
        return self if self.silent else self._once("silent", lambda: replace(self, silent=True))

    def trace(self, node: Condition, person: Person) -> Trace:
        """Whether the person is in, and why, node by node."""
        match node:
            case And(parts):
                traced = tuple(self.trace(part, person) for part in parts)
                return Trace("and", all(part.holds for part in traced), None, traced, node=node)
            case Or(parts):
                traced = tuple(self.trace(part, person) for part in parts)
                return Trace("or", any(part.holds for part in traced), None, traced, node=node)
            case Not(part):
                within = self.trace(part, person)
                return Trace(self._said(node), not within.holds, within.value, within.parts, within.rows, node)
            case OfAccount():
                return (self._outside or self)._account(node, person)
            case InSegment(name, None):
                whole = self._outside or self
                behind = () if self.silent else whole._definition(name, person)
                return Trace(self._said(node), whole.in_segment(name, person), None, behind, node=node)
        if self._outside is None or not self._is_of_account_too(node):
            holds, value, rows = (self._outside or self)._leaf(node, person)
            return Trace(self._said(node), holds, value, (), tuple(rows), node)
        holds, value, rows = self._leaf(node, person)
        if self._beside is not None:
            also, by_nothing = self._leaf(node, self._beside)[0], self._outside._leaf(node, Person())[0]
            holds = holds and also if by_nothing else holds or also
        return Trace(self._said(node), holds, value, (), tuple(rows), node)

    def _said(self, node: Condition) -> str:
        return "" if self.silent else sentence(labelled(node, self.schema, self.language), self.language)

    # --- segments with what stands beside their condition

    def in_segment(self, name: str, person: Person) -> bool:
        """Whether the person is in a segment: its condition, within its parent, not in an earlier one of its group, among the best."""
        definition = self._definitions()[name]
        if definition.limit is None:
            return self._fits(name, person)
        return any(person is other for other in self._best(name))

    def _definitions(self) -> Mapping[str, Definition]:
        found: Mapping[str, Definition] = self._once(
            "definitions",
            lambda: {name: item if isinstance(item, Definition) else Definition(item) for name, item in self.segments.items()},
        )
        return found

    def _fits(self, name: str, person: Person) -> bool:
        definition = self._definitions()[name]
        return (
            self.holds(definition.where, person)
            and (person.profiled or not self._profiles(name))
            and (definition.parent is None or self.in_segment(definition.parent, person))
            and not any(self.in_segment(earlier, person) for earlier in before_in_group(self._definitions(), name))
        )

    def _profiles(self, name: str) -> bool:
        """Whether a segment asks about a score, at any distance: who objected to profiling is not in it."""
        return bool(self._once(("profiles", name), lambda: traits_of(self.schema, self._definitions(), name)))

    def _best(self, name: str) -> Sequence[Person]:
        return self._once(("best", name), lambda: self._ranked_best(name))  # type: ignore[no-any-return]

    def _ranked_best(self, name: str) -> Sequence[Person]:
        limit = self._definitions()[name].limit
        assert limit is not None
        fitting = [person for person in self.population.values() if self._fits(name, person)]
        sign = -1 if limit.best == "highest" else 1

        def rank(person: Person) -> tuple[bool, Fraction, str]:
            value = None if limit.by is None else self._base_value(limit.by, person)
            return value is None, sign * (value or Fraction(0)), person.person_id

        return sorted(fitting, key=rank)[: limit.n]

    def _definition(self, name: str, person: Person) -> tuple[Trace, ...]:
        definition = self._definitions()[name]
        found = [self.trace(definition.where, person)]
        if not person.profiled and self._profiles(name):
            found.append(Trace("has not objected to profiling", False))
        if definition.parent is not None:
            found.append(self.trace(InSegment(definition.parent), person))
        found += [self.trace(Not(InSegment(earlier)), person) for earlier in before_in_group(self._definitions(), name)]
        if definition.limit is not None:
            found.append(Trace(f"among the best {definition.limit.n:,}", self.in_segment(name, person)))
        return tuple(found)

    def _once(self, key: Hashable, make: Any) -> Any:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    # --- leaves: whether it holds, the value in words, the rows behind it

    def _leaf(self, node: Condition, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        match node:
            case AttributeIs():
                return self._attribute(node, person)
            case EventsAre():
                return self._events(node, person)
            case EdgeEvent():
                return self._edge(node, person)
            case Followed():
                return self._followed(node, person)
            case Tied():
                return self._tied(node, person)
            case Periods():
                return self._periods(node, person)
            case Against():
                return self._against(node, person)
            case Ranked():
                return self._ranked(node, person)
            case InSegment() | Moved():
                return self._by_ledger(node, person)
            case Consent(purpose):
                return self._consent(purpose, person)
            case Reachable(channel):
                known = [self._value_at(item.name, person, self.as_of) for item in reach_of(self.schema, channel)]
                return all(item is not None for item in known), None, ()
            case RandomShare(percent, seed):
                drawn = int(hashlib.md5(f"{seed}:{person.person_id}".encode(), usedforsecurity=False).hexdigest()[:8], 16)
                return 100 * drawn < Fraction(percent) * 2**32, None, ()
            case Near():
                return self._near(node, person)
        raise TypeError(node)

    def _attribute(self, node: AttributeIs, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        attribute = self.schema.attribute(node.name)
        kind = kind_of(attribute, node.part, node)
        if isinstance(node.at, Ever):
            intervals = [item for item in self._held(attribute.name, person) if item.valid_from < self.as_of]
        elif attribute.trait:
            value = self._trait(attribute.name, person, node.at)
            intervals = [] if value is None else [Value(self.as_of, self.as_of, value)]
        else:
            intervals = self._intervals_at(attribute.name, person, self._moment(node.at))
        values = [item.value for item in intervals]
        if node.part is not None:
            values = [self.judge.part(node.part, value) for value in values]
            if node.part == "items" and not values:
                values = [0]
        holds = self.judge.one_passes(node.test, kind.type, values)
        said = [label(value, kind.codes, self.language) if kind.codes else spoken(value, self.language) for value in values]
        rows = () if attribute.trait else [row_of_value(attribute.name, item) for item in intervals]
        return holds, ", ".join(text for text in said if text) or None, rows

    def _moment(self, at: Span | Day | None) -> dt.datetime:
        return moment_of(at, self.as_of, self.zone)

    def _trait(self, name: str, person: Person, at: Span | Day | None) -> Any:
        moment = self._moment(at)
        traits = person.traits if moment == self.as_of else person.past_traits.get(moment, {})
        return traits.get(name)

    def _intervals_at(self, name: str, person: Person, moment: dt.datetime) -> list[Value]:
        return [item for item in self._held(name, person) if item.valid_from < moment <= item.valid_to][:1]

    def _held(self, name: str, person: Person) -> Sequence[Value]:
        """What a person has of an attribute; inside an account condition, what contacts come to together instead."""
        together = self._together.get(name.casefold())
        return person.attributes.get(name, ()) if together is None else (together,)

    def _value_at(self, name: str, person: Person, moment: dt.datetime) -> Any:
        return next((item.value for item in self._intervals_at(name, person, moment)), None)

    def counted(self, event: str, where: Condition | None, window: Window | None, person: Person) -> list[Event]:
        """The person's events of a type that pass `where`, in the window and before as_of, in the order of time."""
        low, high = window_range(window, self.as_of, self.zone)
        kind = self.schema.event(event)
        found = [
            item
            for item in person.events.get(kind.name, ())
            if (low is None or item.at >= low) and item.at < high and (where is None or self.on_event(where, item, kind.name))
        ]
        if isinstance(window, Latest):
            found = [item for item in found if sum(other.at > item.at for other in found) < window.n]
        return sorted(found, key=lambda item: item.at)

    def on_event(self, node: Condition, event: Event, kind: str) -> bool:
        """Whether one event passes a condition on events of its type."""
        match node:
            case And(parts):
                return all(self.on_event(part, event, kind) for part in parts)
            case Or(parts):
                return any(self.on_event(part, event, kind) for part in parts)
            case Not(part):
                return not self.on_event(part, event, kind)
            case PropertyIs(name, test, part):
                item = self.schema.event(kind).property(name)
                value = event.properties.get(item.name)
                return self.judge.passes(test, kind_of(item, part, node).type, value if part is None else self.judge.part(part, value))
            case MomentIs(part, test):
                return self.judge.passes(test, "text" if part in ("weekday", "month") else "integer", self.judge.part(part, event.at))
        raise TypeError(node)

    def _figure(self, figure: EventsFigure, person: Person) -> tuple[Any, list[Event]]:
        """What a measure makes of the person's counted events, and these events."""
        events = self.counted(figure.event, figure.where, figure.window, person)
        if figure.measure == "days":
            return Fraction(len({local_day(event.at, self.zone) for event in events})), events
        name = None if figure.property is None else self.schema.event(figure.event).property(figure.property).name
        return number_of(figure.measure, events, name, lambda event: self.on_event(figure.has, event, figure.event)), events  # type: ignore[arg-type]

    def _events(self, node: EventsAre, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        value, events = self._figure(node.figure, person)
        kind = kind_of_figure(self.schema, node.figure, None)
        values = value if isinstance(value, list) else [] if value is None else [value]
        said = [label(item, kind.codes, self.language) if kind.codes else spoken(item, self.language) for item in values]
        rows = self._rows(node.event, events, node.property, node.where, node.has)
        return self.judge.one_passes(node.test, kind.type, values), ", ".join(text for text in said if text) or None, rows

    def _edge(self, node: EdgeEvent, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        events = self.counted(node.event, node.where, node.window, person)
        if not events:
            return False, None, ()
        edge = events[0].at if node.edge == "first" else events[-1].at
        at_edge = [event for event in events if event.at == edge]
        holds = any(self.on_event(node.has, event, node.event) for event in at_edge)
        return holds, spoken(edge), self._rows(node.event, at_edge, None, node.where, node.has)

    def _followed(self, node: Followed, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        starts = self.counted(node.event, node.where, node.window, person)
        found = [event for event in starts if self._chain(event, node.then, person)]
        return bool(found), str(len(found)), self._rows(node.event, found or starts, None, node.where, None)

    def _chain(self, event: Event, then: Sequence[Step], person: Person) -> bool:
        """Whether the steps follow the event, one after another."""
        if not then:
            return True
        step, rest = then[0], then[1:]
        later = [
            item
            for item in self.counted(step.event, step.where, None, person)
            if item.at > event.at and self._within(event.at, item.at, step.within)
        ]
        if step.did:
            return any(self._chain(item, rest, person) for item in later)
        return not later and not (step.within is not None and self._within(event.at, self.as_of, step.within))

    def _within(self, before: dt.datetime, after: dt.datetime, within: Span | None) -> bool:
        """Whether the earlier instant lies in `in last WITHIN` as asked at the later one."""
        return within is None or before >= back(after, within.n, within.unit, self.zone)

    def _tied(self, node: Tied, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        one, two = link_of(self.schema, node)
        others = self.counted(node.other, node.other_where, None, person)
        links = {fold_of(value) for event in others if (value := _link(event, two.name)) is not None}
        events = self.counted(node.event, node.where, node.window, person)
        tied = [event for event in events if (fold_of(_link(event, one.name)) in links) == node.linked]
        count = Fraction(len(tied))
        return self.judge.passes(node.test, "integer", count), spoken(count), self._rows(node.event, tied, one.name, node.where, None)

    def _periods(self, node: Periods, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        edges = [back(self.as_of, n, node.unit, self.zone) for n in range(node.n, 0, -1)] + [self.as_of]
        events = self.counted(node.event, node.where, None, person)
        hit = sum(any(low <= event.at < high for event in events) for low, high in pairwise(edges))
        rows = self._rows(node.event, [event for event in events if event.at >= edges[0]], None, node.where, None)
        return self.judge.passes(node.test, "integer", Fraction(hit)), str(hit), rows

    def number(self, figure: Figure, person: Person) -> Fraction | None:
        """A figure as a number: `first` and `last` are the days since then."""
        if isinstance(figure, AttributeFigure):
            attribute = self.schema.attribute(figure.name)
            value = person.traits.get(attribute.name) if attribute.trait else self._value_at(attribute.name, person, self.as_of)
            return None if value is None else Fraction(value)
        value, _ = self._figure(figure, person)
        if value is not None and figure.measure in ("first", "last"):
            return days_between(value, self.as_of)
        return None if value is None else Fraction(value)

    def _against(self, node: Against, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        left, right = self.number(node.left, person), self.number(node.right, person)
        said = f"{spoken(left) or '-'} : {spoken(right) or '-'}"
        if left is None or right is None or (left == 0 and right == 0):
            return False, said, ()
        other = Fraction(node.times) * right
        holds = {"over": left > other, "at_least": left >= other, "under": left < other, "at_most": left <= other}[node.op]
        return holds, said, ()

    def _base_value(self, figure: Figure, person: Person) -> Fraction | None:
        """A figure for ranking: that of events is no value for someone without a counted event."""
        if isinstance(figure, EventsFigure) and not self.counted(figure.event, figure.where, figure.window, person):
            return None
        return self.number(figure, person)

    def _ranked(self, node: Ranked, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        own = self._base_value(node.figure, person)
        if own is None or (node.among is not None and not self.in_segment(node.among, person)):
            return False, None, ()
        values: list[Fraction] = self._once((node.figure, node.among), lambda: self._base(node.figure, node.among))
        return is_placed(node, own, values), spoken(own), ()

    def _base(self, figure: Figure, among: str | None) -> list[Fraction]:
        everyone = [person for person in self.population.values() if among is None or self.in_segment(among, person)]
        return sorted(value for person in everyone if (value := self._base_value(figure, person)) is not None)

    def _by_ledger(self, node: InSegment | Moved, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        moves = person.moves.get(node.segment, ())
        if isinstance(node, Moved):
            low, high = window_range(node.window, self.as_of, self.zone)
            found = [
                move for move in moves if move.entered == (node.way == "entered") and (low is None or move.at >= low) and move.at < high
            ]
            return bool(found), spoken(found[-1].at) if found else None, [Row(node.way, move.at) for move in found]
        until = [move for move in moves if move.at <= self._moment(node.at) and move.at < self.as_of]
        last = max(until, key=lambda move: move.at, default=None) if until else None
        last = next((move for move in reversed(until) if last is not None and move.at == last.at), None)
        return last is not None and last.entered, None, [Row("entered" if move.entered else "left", move.at) for move in until]

    def _consent(self, purpose: str, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        records = [item for item in person.consents if item.purpose == purpose and item.effective_at < self.as_of]
        return stands(records, self.as_of), None, [Row("given" if item.given else "withdrawn", item.effective_at) for item in records]

    def _near(self, node: Near, person: Person) -> tuple[bool, str | None, Sequence[Row]]:
        here = [self._value_at(name, person, self.as_of) for name in ("latitude", "longitude")]
        if None in here:
            return False, None, ()
        km = great_circle_km(float(here[0]), float(here[1]), float(node.latitude), float(node.longitude))
        return km <= float(node.km), f"{km:.1f} km", ()

    def _account(self, node: OfAccount, person: Person) -> Trace:
        account = self._belongs(person)
        contacts = [] if account is None else self._contacts(account, person)
        inside_it = self._inside(account, contacts)
        inside = [inside_it.trace(node.part, contact) for contact in contacts]
        hits = sum(trace.holds for trace in inside)
        needed = {"any": 1, "all": len(contacts), "at_least": node.n or 1}[node.quantifier]
        return Trace(self._said(node), bool(contacts) and hits >= needed, f"{hits} / {len(contacts)}", (), node=node)

    def _belongs(self, person: Person) -> int | str | None:
        """The account of a person: a known one by its key, else the text that people of the same company share; None without either."""
        told = {name: self._text_at(name, person) for name in (*ACCOUNT, "email")}
        known = self.borne.account(told["account"], told["company"], told["email"])
        if known is not None:
            return known
        either = next((told[name] for name in ACCOUNT if told[name] is not None), None)
        own = either if self.accounts else told[account_of(self.schema).name]
        return None if own is None else fold(own)

    def _text_at(self, name: str, person: Person) -> str | None:
        """A text attribute's value at as_of; None where the schema has no such attribute."""
        found = self.schema.attributes.get(name)
        return None if found is None or found.type != "text" or found.trait else self._value_at(found.name, person, self.as_of)

    def _contacts(self, account: int | str, person: Person) -> list[Person]:
        if not self.population:
            return [person]
        found: dict[int | str | None, list[Person]] = self._once("contacts", self._by_account)
        return found[account]

    def _by_account(self) -> dict[int | str | None, list[Person]]:
        found: dict[int | str | None, list[Person]] = {}
        for person in self.population.values():
            found.setdefault(self._belongs(person), []).append(person)
        return found

    def _inside(self, account: int | str | None, contacts: Sequence[Person]) -> Reference:
        """The reference inside a condition about that account."""
        beside = self.accounts.get(account, Person()) if isinstance(account, int) else None

        def make() -> Reference:
            return replace(self, _beside=beside, _together=self._come_to(contacts), _outside=self, _known={})

        made: Reference = self._once(("within", account, self.silent), make)
        return made

    def _come_to(self, contacts: Sequence[Person]) -> dict[str, Value]:
        """What contacts are and did together: FROM_PEOPLE, as far as the schema has it."""

        def all_of(event: str) -> list[Event]:
            return [item for person in contacts for item in person.events.get(event, ()) if item.at < self.as_of]

        def worth(event: str) -> Decimal:
            return sum((item.properties.get("total") or Decimal(0) for item in all_of(event)), Decimal(0))

        found = {"contact_count": len(contacts), "contact_orders": len(all_of(ORDER)), "contact_revenue": worth(ORDER) - worth(REFUND)}
        return {name: Value(LONG_AGO, FOREVER, value) for name, value in found.items() if name in self.schema.attributes}

    def _is_of_account_too(self, node: Condition) -> bool:
        """Whether a leaf is about attributes and events; traits are of people alone."""
        return isinstance(node, OF_ACCOUNT_TOO) and not any(self.schema.attribute(name).trait for name in attribute_names(node))

    def _rows(self, event: str, events: Sequence[Event], name: str | None, where: Condition | None, has: Condition | None) -> Sequence[Row]:
        """The events as rows, with the properties that the condition names."""
        if self.silent:
            return ()
        kind = self.schema.event(event)
        asked = [name] if name else []
        for condition in (where, has):
            asked += _properties(condition)
        found = [kind.property(item) for item in dict.fromkeys(asked)]
        return [
            Row(
                kind.name,
                item.at,
                {one.name: text for one in found if (text := spoken(item.properties.get(one.name), self.language)) is not None},
            )
            for item in events
        ]


def _properties(node: Condition | None) -> list[str]:
    match node:
        case PropertyIs(name):
            return [name]
        case And(parts) | Or(parts):
            return [name for part in parts for name in _properties(part)]
        case Not(part):
            return _properties(part)
    return []


def _link(event: Event, name: str) -> Any:
    value = event.properties.get(name)
    return tuple(value) if isinstance(value, list) else value
