"""New cards: how each kind of condition begins, so that it already says something that can be asked."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast, get_args

from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.model import condition as conditions
from lohko.model.blanks import (
    COUNTED,
    Scope,
    attributes,
    events,
    first_event,
    first_of,
    first_property,
    hints_of,
    numbers,
    properties,
    tag_of,
    tied_to,
)
from lohko.model.condition import (
    LEAVES,
    Against,
    And,
    AttributeFigure,
    AttributeIs,
    Condition,
    Consent,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Followed,
    InSegment,
    MomentIs,
    Moved,
    Near,
    OfAccount,
    Periods,
    PropertyIs,
    RandomShare,
    Ranked,
    Reachable,
    Step,
    Tied,
)
from lohko.model.operand import Number, Span, Test, Text
from lohko.model.resolve import account_of, reach_of
from lohko.model.schema import PURPOSES
from lohko.model.window import AgoBetween, InLast


def fresh(kind: str, name: str | None, scope: Scope) -> Condition:
    """A new card of a kind of condition (its `node`), about that attribute, event, property or segment, which already says something that can be asked.

    InputError when the data has nothing of the kind.
    """
    made = _FRESH.get(kind)
    if made is None:
        raise InputError("bad_choice", f"There is no kind of condition called {kind!r}.", hint=did_you_mean(kind, _FRESH))
    return made(name or None, scope)


def _fresh_attribute(name: str | None, scope: Scope) -> Condition:
    found = scope.schema.attribute(name or first_of(attributes(None, scope), "attribute"))
    return AttributeIs(found.name, Test("known"))


def _fresh_events(name: str | None, scope: Scope) -> Condition:
    return EventsAre(scope.schema.event(name or first_event(scope)).name, "count", COUNTED)


def _fresh_edge(name: str | None, scope: Scope) -> Condition:
    event = scope.schema.event(name or first_event(scope)).name
    return EdgeEvent("first", event, And((first_property(event, scope),)))


def _fresh_chain(name: str | None, scope: Scope) -> Condition:
    event = scope.schema.event(name or first_event(scope)).name
    return Followed(event, (Step(event, None, Span(30, "day")),))


def _fresh_tied(name: str | None, scope: Scope) -> Condition:
    for event in [name] if name else events(None, scope):
        others = [item for item in tied_to(Tied(event, event, COUNTED), scope) if item != event]
        if others:
            return Tied(event, others[0], COUNTED)
    raise InputError("nothing_to_ask", "No two kinds of events here belong together by a number or a name.")


def _fresh_periods(name: str | None, scope: Scope) -> Condition:
    return Periods(scope.schema.event(name or first_event(scope)).name, 6, "month", Test("at_least", (Number(Decimal(3)),)))


def _fresh_against(name: str | None, scope: Scope) -> Condition:
    if not scope.schema.events and name is None:
        one = AttributeFigure(first_of(numbers(None, scope), "number"))
        return Against(one, "over", one)
    event = scope.schema.event(name or first_event(scope)).name
    month, before = InLast(Span(30, "day")), AgoBetween(Span(30, "day"), Span(60, "day"))
    return Against(EventsFigure(event, "count", window=month), "over", EventsFigure(event, "count", window=before))


def _fresh_rank(name: str | None, scope: Scope) -> Condition:
    if not scope.schema.events and name is None:
        return Ranked(AttributeFigure(first_of(numbers(None, scope), "number")), "top_percent", 10)
    return Ranked(EventsFigure(scope.schema.event(name or first_event(scope)).name, "count"), "top_percent", 10)


def _fresh_property(name: str | None, scope: Scope) -> Condition:
    return PropertyIs(name or first_of(properties(None, scope), "property"), Test("known"))


def _fresh_reach(name: str | None, scope: Scope) -> Condition:
    for channel in [name] if name else get_args(hints_of(Reachable)["channel"]):
        try:
            reach_of(scope.schema, channel)
        except (LohkoError, KeyError):
            continue
        return Reachable(cast(Any, channel))
    raise InputError("nothing_to_ask", "No address or phone number has come in yet.")


def _fresh_near(_name: str | None, scope: Scope) -> Condition:
    scope.schema.attribute("latitude")
    return Near(Decimal("60.1699"), Decimal("24.9384"), Decimal(25))


def _fresh_account(_name: str | None, scope: Scope) -> Condition:
    account_of(scope.schema)
    return OfAccount("any", And(()))


_FRESH: dict[str, Callable[[str | None, Scope], Condition]] = {
    "attribute": _fresh_attribute,
    "events": _fresh_events,
    "edge_event": _fresh_edge,
    "followed": _fresh_chain,
    "tied": _fresh_tied,
    "periods": _fresh_periods,
    "against": _fresh_against,
    "ranked": _fresh_rank,
    "segment": lambda name, scope: InSegment(name or first_of(scope.segments, "segment")),
    "moved": lambda name, scope: Moved(name or first_of(scope.segments, "segment"), "entered", InLast(Span(30, "day"))),
    "consent": lambda name, _scope: Consent(name or PURPOSES[0]),
    "reachable": _fresh_reach,
    "random": lambda _name, _scope: RandomShare(Decimal(10)),
    "near": _fresh_near,
    "account": _fresh_account,
    "property": _fresh_property,
    "moment": lambda name, _scope: MomentIs("weekday", Test("is", (Text("monday"),))),
    "and": lambda _name, _scope: And(()),
    "or": lambda _name, _scope: conditions.Or(()),
}
"""How each kind of node begins; a test fails when one of the language is not here."""

KINDS = tuple(tag_of(kind) for kind in LEAVES)
"""The kinds of leaves, as they are chosen."""


def offered(scope: Scope) -> list[str]:
    """The kinds of leaves that this data can be asked about."""
    return [kind for kind in (*KINDS, "account") if _can(kind, scope)]


def _can(kind: str, scope: Scope) -> bool:
    try:
        fresh(kind, None, scope)
    except LohkoError:
        return False
    return True
