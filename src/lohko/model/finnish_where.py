"""What single events are like, in Finnish: adverbs, relative clauses, and conditions in brackets."""

from __future__ import annotations

from lohko.model import finnish_names as names
from lohko.model.condition import And, Condition, MomentIs, Not, Or, PropertyIs
from lohko.model.finnish_compare import (
    comparison,
)
from lohko.model.finnish_forms import EventForms
from lohko.model.finnish_words import MONTHS, PARTS, WEEKDAYS
from lohko.model.operand import Test, Text
from lohko.model.orders import DERIVED
from lohko.model.words import write_text

MONEY: frozenset[tuple[str, str]] = frozenset(
    (event, name) for event, row in DERIVED.items() for name, kind in row.items() if kind == "money"
)
"""The properties of events that are money in every workspace."""


def place_of(row: EventForms, where: Condition | None) -> str | None:
    """`käynyt sivulla "Hinnasto"`: a value of the property that has a class word of its own."""
    match where:
        case PropertyIs(name, Test("is", (Text(value),)), None) if row.place and row.place[0] == name:
            return f"{row.place[1]} {write_text(value)}"
    return None


def adverb(where: Condition | None) -> str:
    """`joulukuussa`, `maanantaina`: when the event happened, if that is all that is asked of it."""
    match where:
        case MomentIs("month", Test("is", (Text(value),))):
            return MONTHS.get(value, "")
        case MomentIs("weekday", Test("is", (Text(value),))):
            return WEEKDAYS.get(value, "")
    return ""


def relative_clause(where: Condition | None, event: str, currency: str, *, plural: bool, noun: bool = False) -> str:
    """What the events had to be like, as a relative clause between commas; nothing when an adverb says it."""
    if where is None or (not noun and adverb(where)):
        return ""
    whose = "joiden" if plural else "jonka"
    match where:
        case PropertyIs():
            return f", {whose} {about(where, event, currency)},"
        case MomentIs(part, test) if not noun:
            return f", kun {PARTS[part]} {comparison(test)},"
        case MomentIs():
            return f", {whose} {trait(where, event, currency)},"
        case And(parts) | Or(parts) if all(isinstance(part, PropertyIs | MomentIs) for part in parts):
            word = "ja" if isinstance(where, And) else "tai"
            return ", " + f" {word} ".join(f"{whose} {trait(part, event, currency)}" for part in parts) + ","
    return f", {'joille' if plural else 'jolle'} pätee ({where_text(where, event, currency)}),"


def where_text(where: Condition, event: str, currency: str) -> str:
    """A condition on one event, as it stands in brackets."""
    match where:
        case And(parts) | Or(parts):
            word = "ja" if isinstance(where, And) else "tai"
            found = [f"({said})" if isinstance(part, And | Or) else said for part in parts for said in (where_text(part, event, currency),)]
            text = found[0]
            for part in found[1:]:
                text += f" eikä {part[3:]}" if word == "ja" and part.startswith("ei ") else f" {word} {part}"
            return text
        case Not(part):
            return f"ei ole niin, että ({where_text(part, event, currency)})"
    return about(where, event, currency)


def trait(part: Condition, event: str, currency: str) -> str:
    """One comparison of what an event has, or of when it was, after the genitive of the event: (`tilauksen`, `jonka`) `kuukausi on "toukokuu"`."""
    return about(part, event, currency).removeprefix("tapahtuman ") if isinstance(part, MomentIs) else about(part, event, currency)


def about(part: Condition, event: str, currency: str) -> str:
    """One comparison of an event's property, or of when it happened."""
    match part:
        case PropertyIs(name, test, what):
            money = currency if what is None and (event, name) in MONEY else None
            return f"{names.property_(name, what)} {comparison(test, currency=money)}"
        case MomentIs(what, test):
            return f"tapahtuman {PARTS[what]} {comparison(test)}"
    raise TypeError(part)
