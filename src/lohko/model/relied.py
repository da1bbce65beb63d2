"""What of the data a segment's answer rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lohko.model.account import FROM_PEOPLE
from lohko.model.condition import AttributeFigure, Condition, EventsFigure, Reachable
from lohko.model.definition import Definition
from lohko.model.dependencies import needed
from lohko.model.orders import ORDER
from lohko.model.schema import Schema
from lohko.model.walk import attribute_names, event_names, everything

_NEEDED_BY: dict[str, tuple[str, ...]] = {"email": ("email",), "sms": ("phone",), "phone": ("phone",), "post": ("address", "postcode")}


@dataclass(frozen=True)
class Relied:
    """The attributes and the events, by their names in the schema."""

    attributes: frozenset[str]
    events: frozenset[str]


def relied_on(schema: Schema, segments: Mapping[str, Definition], name: str) -> Relied:
    """What a segment asks about, and what the segments behind it do; a trait, and what contacts come to together, stands on orders."""
    found = Relied(frozenset(), frozenset())
    for item in needed(segments, [name]):
        definition = segments[item]
        found = _both(found, of_rule(schema, definition.where))
        by = definition.limit.by if definition.limit is not None else None
        if isinstance(by, AttributeFigure):
            found = _both(found, _known(schema, {by.name}, set()))
        elif isinstance(by, EventsFigure):
            found = _both(found, _known(schema, set(), {by.event}))
    return found


def of_rule(schema: Schema, rule: Condition) -> Relied:
    """What a condition itself asks about."""
    channels = [node.channel for node in everything(rule) if isinstance(node, Reachable)]
    names = attribute_names(rule) | {name for channel in channels for name in _NEEDED_BY[channel]}
    return _known(schema, names, event_names(rule))


def _known(schema: Schema, attributes: set[str], events: set[str]) -> Relied:
    found = [item for name in attributes if (item := schema.attributes.get(name.casefold())) is not None]
    of_events = {schema.events[name.casefold()].name for name in events if name.casefold() in schema.events}
    computed = {item.name for item in found if item.trait or item.name in FROM_PEOPLE}
    if computed and ORDER in schema.events:
        of_events.add(ORDER)
    return Relied(frozenset(item.name for item in found) - computed, frozenset(of_events))


def _both(one: Relied, other: Relied) -> Relied:
    return Relied(one.attributes | other.attributes, one.events | other.events)
