"""Conditions over sets: each leaf once, algebra on what came back, segments of segments in order.

The planner sees only opaque sets through the port, so it works for any engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from lohko.base.errors import InputError, LohkoError
from lohko.model.catalogue import Catalogue
from lohko.model.condition import And, Condition, InSegment, Leaf, MomentIs, Not, OfAccount, Or, PropertyIs, Ranked
from lohko.model.definition import Limit, before_in_group
from lohko.model.dependencies import asks_traits, evaluation_order
from lohko.model.walk import leaves

People = TypeVar("People")
BEHIND = "segment_behind"
"""The code of an error that a segment has because one that it needs has one."""


class Engine(Protocol[People]):
    """What an engine offers: leaves at one instant, and algebra within the living."""

    def everyone(self) -> People:
        """The living."""

    def profiled(self) -> People:
        """The living who have not objected to profiling."""

    def ask(self, leaf: Leaf, among: People | None = None) -> People:
        """The people of a leaf; a rank within a segment is told among whom."""

    def of_contacts(self) -> Engine[People]:
        """The engine as it answers inside an account condition, where each contact has what its account has."""

    def transform(self, node: OfAccount, people: People) -> People:
        """The contacts of accounts, by how many of them are among the people."""

    def both(self, sets: Sequence[People]) -> People:
        """Intersection."""

    def either(self, sets: Sequence[People]) -> People:
        """Union."""

    def without(self, one: People) -> People:
        """Complement within the living."""

    def best(self, people: People, limit: Limit) -> People:
        """At most so many of the people, chosen as `Limit` says; its figure is resolved."""


def evaluate(
    engine: Engine[People], catalogue: Catalogue, condition: Condition, known: Mapping[str, People | LohkoError] | None = None
) -> People:
    """The people of one condition, with the current definitions of the segments it names, or with those `known` already."""
    resolved = catalogue.resolve(condition)
    if known is None:
        names = [name for leaf in leaves(resolved) if (name := _needs(leaf)) is not None]
        known = evaluate_all(engine, catalogue, names) if names else {}
    people = _people(engine, resolved, known)
    named = [name for leaf in leaves(resolved) if (name := _needs(leaf)) is not None]
    profiles = asks_traits(catalogue.schema, resolved) or any(catalogue.profiles(name) for name in named)
    return engine.both([people, engine.profiled()]) if profiles else people


def evaluate_all(engine: Engine[People], catalogue: Catalogue, names: Iterable[str] | None = None) -> dict[str, People | LohkoError]:
    """The people of segments, or why not; the failure of one does not stop those that do not need it."""
    order = catalogue.once("order", lambda: evaluation_order(catalogue.segments))
    wanted = set(order) if names is None else catalogue.needed_now(names)
    found: dict[str, People | LohkoError] = {}
    for name in order:
        if name in wanted:
            try:
                found[name] = _members(engine, catalogue, name, found)
            except LohkoError as error:
                found[name] = error
    return found


def _members(engine: Engine[People], catalogue: Catalogue, name: str, known: Mapping[str, People | LohkoError]) -> People:
    """Those of the condition, within the parent, without those whom the group's earlier segments take; of these the best."""
    definition = catalogue.definition(name)
    people = _people(engine, definition.where, known)
    if catalogue.profiles(name):
        people = engine.both([people, engine.profiled()])
    if definition.parent is not None:
        people = engine.both([people, _told(known, definition.parent)])
    before = catalogue.once(("group", name), lambda: before_in_group(catalogue.segments, name))
    taken = [_told(known, item) for item in before]
    if taken:
        people = engine.both([people, engine.without(engine.either(taken))])
    return people if definition.limit is None else engine.best(people, definition.limit)


def _told(known: Mapping[str, People | LohkoError], name: str) -> People:
    """The people of a segment behind the one that is decided; the error that stopped it, which names it."""
    answer = known[name]
    if not isinstance(answer, LohkoError):
        return answer
    if answer.code == BEHIND:
        raise answer
    raise InputError(BEHIND, f"It needs segment {name!r}, which cannot be told: {answer.message}", place=answer.place, hint=answer.hint)


def _people(engine: Engine[People], node: Condition, known: Mapping[str, People | LohkoError]) -> People:
    match node:
        case And(parts):
            return engine.both([_people(engine, part, known) for part in parts])
        case Or(parts):
            return engine.either([_people(engine, part, known) for part in parts])
        case Not(part):
            return engine.without(_people(engine, part, known))
        case OfAccount(part=part):
            return engine.transform(node, _people(engine.of_contacts(), part, known))
        case InSegment(name, None):
            return _told(known, name)
        case Ranked(among=str(name)):
            return engine.ask(node, _told(known, name))
        case PropertyIs() | MomentIs():
            raise TypeError(node)
    return engine.ask(node)


def _needs(leaf: Leaf) -> str | None:
    """The segment whose members, as they are at as_of, a leaf is made of; what the ledger tells needs none."""
    match leaf:
        case InSegment(name, None):
            return name
        case Ranked(among=among):
            return among
    return None
