"""Conditions over sets: each leaf once, algebra on what came back, segments of segments in order.

The planner sees only opaque sets through the port, so it works for any engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from lohko.base.errors import LohkoError
from lohko.model.catalogue import Catalogue, evaluation_order, needed
from lohko.model.condition import And, AttributeIs, Condition, EventsAre, InSegment, Not, Or, leaves

People = TypeVar("People")


class Engine(Protocol[People]):
    """What an engine offers: leaves at one instant, and algebra within the living."""

    def everyone(self) -> People:
        """The living."""

    def ask(self, leaf: AttributeIs | EventsAre) -> People:
        """The people of a leaf."""

    def both(self, sets: Sequence[People]) -> People:
        """Intersection."""

    def either(self, sets: Sequence[People]) -> People:
        """Union."""

    def without(self, one: People) -> People:
        """Complement within the living."""


def evaluate(engine: Engine[People], catalogue: Catalogue, condition: Condition) -> People:
    """The people of one condition, with the current definitions of the segments it names."""
    resolved = catalogue.resolve(condition)
    names = [leaf.segment for leaf in leaves(resolved) if isinstance(leaf, InSegment)]
    known = evaluate_all(engine, catalogue, names) if names else {}
    return _people(engine, resolved, known)


def evaluate_all(engine: Engine[People], catalogue: Catalogue, names: Iterable[str] | None = None) -> dict[str, People | LohkoError]:
    """The people of segments, or why not; the failure of one does not stop those that do not need it."""
    order = evaluation_order(catalogue.segments)
    wanted = set(order) if names is None else needed(catalogue.segments, names)
    found: dict[str, People | LohkoError] = {}
    for name in order:
        if name in wanted:
            try:
                found[name] = _people(engine, catalogue.resolve(catalogue.segments[name]), found)
            except LohkoError as error:
                found[name] = error
    return found


def _people(engine: Engine[People], node: Condition, known: Mapping[str, People | LohkoError]) -> People:
    match node:
        case And(parts):
            return engine.both([_people(engine, part, known) for part in parts])
        case Or(parts):
            return engine.either([_people(engine, part, known) for part in parts])
        case Not(part):
            return engine.without(_people(engine, part, known))
        case InSegment(name):
            answer = known[name]
            if isinstance(answer, LohkoError):
                raise answer
            return answer
        case AttributeIs() | EventsAre():
            return engine.ask(node)
    raise TypeError(node)
