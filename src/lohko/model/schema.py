"""What the workspace knows about: attributes, traits, events and their properties.

The schema lives in `state`; this is its pure form. SQL uses the slugged `table`
and `column` ids only; names and labels are data, because names collide and
misbehave in engines. Names are case-insensitive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lohko.base.errors import InputError, did_you_mean
from lohko.model.consent import PURPOSE_TABLE

Type = Literal["text", "integer", "decimal", "money", "boolean", "date", "time", "text_set"]
"""How a value is kept.

text       trimmed, with its fold beside it
integer    64-bit
decimal    DECIMAL(28,10)
money      DECIMAL(18,4) in the workspace currency
boolean    true or false
date       a calendar day in the workspace zone
time       a UTC instant
text_set   several texts: a comparison holds when it holds for at least one of them
"""

Codes = Literal["country", "language", "region", "rfm_group", "weekday", "month"]
"""The closed lists whose labels in any language are one value (`Finland`, `Suomi`, `FI`)."""

CLOSED: frozenset[Codes] = frozenset({"rfm_group", "weekday", "month"})
"""Those of them that have no other values than the known ones."""

PURPOSES = tuple(item.key for item in PURPOSE_TABLE)
"""What a customer can consent to."""

NUMERIC: frozenset[Type] = frozenset({"integer", "decimal", "money"})
TEXTUAL: frozenset[Type] = frozenset({"text", "text_set"})
TEMPORAL: frozenset[Type] = frozenset({"date", "time"})


@dataclass(frozen=True)
class Property:
    """A value that events of one type carry."""

    name: str
    type: Type
    column: str
    codes: Codes | None = None

    @property
    def fold_column(self) -> str:
        """Where a text's fold is: comparisons read this one."""
        return f"{self.column}_f"


@dataclass(frozen=True)
class EventType:
    """One kind of thing that customers do, with its own table."""

    name: str
    table: str
    properties: Mapping[str, Property] = field(default_factory=dict)

    def property(self, name: str) -> Property:
        """The property of that name in any case; raises InputError with candidates."""
        found = self.properties.get(name.casefold())
        if found is None:
            raise InputError(
                "unknown_property",
                f"Events of type {self.name!r} have no property called {name!r}.",
                hint=did_you_mean(name, [p.name for p in self.properties.values()]),
            )
        return found


@dataclass(frozen=True)
class Attribute:
    """A value that a person has, one at a time, with a past.

    A trait is the same to whoever asks, but is computed (`trait=True`): its
    `table` is then the name of the family that computes it, such as `rfm`.
    """

    name: str
    type: Type
    table: str
    codes: Codes | None = None
    trait: bool = False


@dataclass(frozen=True)
class Schema:
    """All that can be asked about. Keys are casefolded names."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    events: Mapping[str, EventType] = field(default_factory=dict)

    def attribute(self, name: str) -> Attribute:
        """The attribute or trait of that name in any case; raises InputError with candidates."""
        found = self.attributes.get(name.casefold())
        if found is None:
            raise InputError(
                "unknown_attribute",
                f"No attribute or trait is called {name!r}.",
                hint=did_you_mean(name, [a.name for a in self.attributes.values()]),
            )
        return found

    def event(self, name: str) -> EventType:
        """The event type of that name in any case, or of its plural; raises InputError."""
        folded = name.casefold()
        if folded in self.events:
            return self.events[folded]
        for event in self.events.values():
            if folded == plural(event.name.casefold()):
                return event
        raise InputError(
            "unknown_event",
            f"No event is called {name!r}.",
            hint=did_you_mean(name, [e.name for e in self.events.values()]),
        )


def plural(name: str) -> str:
    """The English plural of an event's name, as the language accepts it.

    >>> plural("order"), plural("reply"), plural("visit_to_church"), plural("delivery_day")
    ('orders', 'replies', 'visit_to_churches', 'delivery_days')
    """
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return name + "es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return name[:-1] + "ies"
    return name + "s"


RFM_TRAITS: tuple[Attribute, ...] = (
    Attribute("recency_days", "integer", "rfm", trait=True),
    Attribute("frequency", "integer", "rfm", trait=True),
    Attribute("monetary", "money", "rfm", trait=True),
    Attribute("rfm_r", "integer", "rfm", trait=True),
    Attribute("rfm_f", "integer", "rfm", trait=True),
    Attribute("rfm_m", "integer", "rfm", trait=True),
    Attribute("rfm_score", "text", "rfm", trait=True),
    Attribute("rfm_group", "text", "rfm", codes="rfm_group", trait=True),
)
