"""What can be proven of a rule without looking at anybody: that it never holds, or always does.

A rule is taken apart into the ways in which it can hold (a disjunction of
conjunctions of leaves). A way is impossible when two of its leaves exclude each
other: the same question answered yes and no, a value that would have to be two
things, a count that would have to be smaller than a part of it. Nothing is
guessed: what is not proven impossible counts as possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lohko.model.condition import (
    And,
    AttributeIs,
    Condition,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Followed,
    InSegment,
    MomentIs,
    Not,
    OfAccount,
    Or,
    Periods,
    PropertyIs,
    RandomShare,
    Tied,
)
from lohko.model.definition import Definition, before_in_group
from lohko.model.included import events_of, holds_none, is_within
from lohko.model.operand import Test
from lohko.model.operators import positive
from lohko.model.possible import Domain, domain_of, domain_on_event, least_and_most, possible
from lohko.model.schema import Schema
from lohko.model.window import Window

MOST_WAYS = 256
"""A rule that can hold in more ways is not looked at as a whole, only its parts."""

_Comparison = AttributeIs | PropertyIs | MomentIs | EventsAre | Tied | Periods
Literal = tuple[Condition, bool]
Way = tuple[Literal, ...]
Domains = Callable[[Condition], Domain | None]


@dataclass
class Proof:
    """Proves things of resolved conditions. The definitions of segments that they name, where given, are looked into."""

    schema: Schema
    segments: Mapping[str, Definition] = field(default_factory=dict)

    def never(self, node: Condition) -> bool:
        """Whether it is certain that nobody can be in."""
        ways = self._ways(node, True, frozenset())
        return ways is not None and all(self._impossible(way, self._domain) for way in ways)

    def always(self, node: Condition) -> bool:
        """Whether it is certain that every living person is in."""
        return self.never(Not(node))

    def no_event(self, event: str, where: Condition | None) -> bool:
        """Whether it is certain that no event of the type can pass."""
        if where is None:
            return False
        ways = self._ways(where, True, frozenset())
        return ways is not None and all(self._impossible(way, lambda leaf: domain_on_event(self.schema, event, leaf)) for way in ways)

    def counts_nothing(self, figure: EventsFigure | EventsAre | EdgeEvent | Followed | Tied | Periods) -> bool:
        """Whether no event can be among those that it counts."""
        return holds_none(getattr(figure, "window", None)) or self.no_event(figure.event, figure.where)

    # --- the ways in which a rule can hold

    def _ways(self, node: Condition, wanted: bool, inside: frozenset[str]) -> list[Way] | None:
        """The ways to be in (or, not `wanted`, out); None when they are too many."""
        match node:
            case Not(part):
                return self._ways(part, not wanted, inside)
            case And(parts) | Or(parts):
                within = [self._ways(part, wanted, inside) for part in parts]
                if isinstance(node, And) == wanted:
                    return _together(within)
                return _any(within)
            case InSegment(name, None) if name in self.segments and name not in inside:
                return self._of_segment(node, wanted, inside | {name})
        return [((node, wanted),)]

    def _of_segment(self, node: InSegment, wanted: bool, inside: frozenset[str]) -> list[Way] | None:
        """Its members pass its condition, are in its parent and in no earlier segment of its group; where that is all, nobody else does."""
        found = self.segments[node.segment]
        alone: list[Way] = [((node, wanted),)]
        parts: list[Condition] = [found.where]
        if found.parent is not None:
            parts.append(InSegment(found.parent))
        parts += [Not(InSegment(name)) for name in before_in_group(self.segments, node.segment)]
        if wanted:
            return _together([alone, *(self._ways(part, True, inside) for part in parts)])
        return alone if found.limit is not None else self._ways(And(tuple(parts)), False, inside)

    def _impossible(self, way: Way, domain: Domains) -> bool:
        if any((leaf, not sign) in way for leaf, sign in way):
            return True
        if any(self._false(leaf) if sign else _true(leaf) for leaf, sign in way):
            return True
        subjects = _subjects(way, domain)
        if any(not possible(item, tests) for item, tests in subjects.values()):
            return True
        return self._counts_clash(way, subjects)

    def _domain(self, leaf: Condition) -> Domain | None:
        found = domain_of(self.schema, leaf)
        if found is not None and isinstance(leaf, EventsAre | Tied | Periods) and self.counts_nothing(leaf):
            return found.of_nothing()
        return found

    def _false(self, leaf: Condition) -> bool:
        """Whether a leaf that makes no comparison cannot hold."""
        match leaf:
            case RandomShare(percent):
                return percent <= 0
            case OfAccount(part=part):
                return self.never(part)
            case EdgeEvent(event=event, has=has, where=where):
                return self.counts_nothing(leaf) or self.no_event(event, has if where is None else And((where, has)))
            case Followed(then=then):
                return self.counts_nothing(leaf) or any(step.did and self.no_event(step.event, step.where) for step in then)
        return False

    def _counts_clash(self, way: Way, subjects: Mapping[Condition, tuple[Domain, list[tuple[Test, bool]]]]) -> bool:
        """Whether fewer events are asked for than some of them must be: ordered this week, and not this month."""
        at_least: list[tuple[EventsFigure, int]] = []
        at_most: list[tuple[EventsFigure, int]] = []
        for leaf, sign in way:
            if sign:
                at_least += [(events, 1) for events in events_of(leaf)]
        for subject, (domain, tests) in subjects.items():
            if not isinstance(subject, EventsAre | Tied | Periods):
                continue
            events = _counted_by(subject)
            measure = subject.measure if isinstance(subject, EventsAre) else ""
            if measure in ("count", "days"):
                least, most = least_and_most(domain, tests)
                at_least.append((events, least))
                if most is not None and measure == "count":
                    at_most.append((events, most))
            elif not possible(domain.of_nothing(), tests):
                at_least.append((events, 2 if measure == "gap" else 1))
        return any(few < many and is_within(part, whole) for part, many in at_least for whole, few in at_most)


def _counted_by(node: EventsAre | Tied | Periods) -> EventsFigure:
    """The events that a comparison is about, as their count."""
    window: Window | None = None if isinstance(node, Periods) else node.window
    return EventsFigure(node.event, "count", None, node.where, window)


def _subjects(way: Way, domain: Domains) -> dict[Condition, tuple[Domain, list[tuple[Test, bool]]]]:
    """What is compared, each with all comparisons made of it, in their positive form."""
    found: dict[Condition, tuple[Domain, list[tuple[Test, bool]]]] = {}
    for leaf, sign in way:
        of = domain(leaf)
        if of is None or not isinstance(leaf, _Comparison):
            continue
        asked, negated = positive(leaf.test)
        subject = replace(leaf, test=Test("known"))
        found.setdefault(subject, (of, []))[1].append((asked, sign != negated))
    return found


def _true(leaf: Condition) -> bool:
    return isinstance(leaf, RandomShare) and leaf.percent >= 100


def _any(within: Iterable[list[Way] | None]) -> list[Way] | None:
    found: dict[Way, None] = {}
    for ways in within:
        if ways is None:
            return None
        found |= dict.fromkeys(ways)
    return list(found) if len(found) <= MOST_WAYS else None


def _together(within: Sequence[list[Way] | None]) -> list[Way] | None:
    """Every choice of one way from each; None when they are too many."""
    found: list[Way] = [()]
    for ways in within:
        if ways is None or len(found) * len(ways) > MOST_WAYS:
            return None
        found = list(dict.fromkeys(tuple(dict.fromkeys((*one, *other))) for one in found for other in ways))
    return found
