"""Bits of a rule on events, put together: what is measured of which events, chains of events, events tied to others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lohko.model.build_values import FIGURES, WINDOWS, or_none, whole
from lohko.model.condition import Condition, EdgeEvent, EventsAre, EventsFigure, Figure, Followed, Not, Step, Tied
from lohko.model.misread import Misread
from lohko.model.operand import Day, Number, Span, Test
from lohko.model.pieces import Event, Following, Has, Head, OfThem, OrNone, Piece, TiedTo, Where, only

AT_LEAST_ONE = Test("at_least", (Number(Decimal(1)),))
MOMENTS: tuple[type, ...] = (Span, Day)


def one(bits: tuple[Any, ...], kind: Any) -> Any:
    """The one bit of a kind; Misread when there is none or several."""
    found = only(bits, kind, "part of this kind")
    if found is None:
        raise Misread("Something is missing here.")
    return found


def moment_of(bits: tuple[Any, ...]) -> Span | Day | None:
    """The moment in the past, if one is named."""
    found: Span | Day | None = only(bits, MOMENTS, "moment")
    return found


def where_of(bits: tuple[Any, ...], event: Event) -> Piece | None:
    """Which events count, said by `where` or by the words for the event."""
    found = only((*bits, *((Where(Piece(event.where)),) if event.where else ())), Where, "`where`", event.name)
    return found.piece if found else None


def check_or_none(bits: tuple[Any, ...], test: Test) -> None:
    """Refuse `(or has none)` where it is not what the comparison means."""
    if only(bits, OrNone, "`(or has none)`") is not None:
        or_none(test)


def figure_of(head: Head, bits: tuple[Any, ...]) -> tuple[EventsFigure, Piece | None, Piece | None]:
    """What is measured; and the pieces of its conditions on single events."""
    event = head.event
    where, window = where_of(bits, event), only(bits, WINDOWS, "time window", event.name)
    found = only(bits, Has, "condition on the events", event.name)
    has = found.piece if found else None
    if head.measure == "share" and has is None:
        raise Misread(f"A share of {event.name!r} is of those that have something.", hint="add for example `that used a discount code`.")
    if has is not None and head.measure not in ("share", "first", "last"):
        raise Misread(f"The {head.measure} of {event.name!r} takes `where`, not `that`.")
    inner = has.condition if has and head.measure == "share" else None
    condition = where.condition if where else None
    return EventsFigure(event.name, head.measure, head.property, condition, window, inner), where, has


def edge_of(figure: EventsFigure, has: Piece) -> EdgeEvent:
    """The first or last event, with what it has."""
    return EdgeEvent("first" if figure.measure == "first" else "last", figure.event, has.condition, figure.where, figure.window)


def tied_of(head: Head, figure: EventsFigure, tied: TiedTo, test: Test | None) -> Tied:
    """How many events have others that belong to them."""
    if head.measure != "count" or test is None:
        raise Misread(
            "How many events have others that belong to them is counted.", hint="write `number of ... that have ... is at least 1`."
        )
    other = tied.where.condition if tied.where else None
    return Tied(figure.event, tied.event.name, test, figure.where, figure.window, other, tied.by, tied.linked)


def against(bits: tuple[Any, ...]) -> tuple[Figure, Decimal]:
    """The other number, and how many times it is taken."""
    times = only(bits, Number, "number")
    return one(bits, FIGURES), Decimal(1) if times is None else times.value


def counting(test: Test) -> Test:
    """The test, if it is of whole numbers that are not negative."""
    for operand in test.operands:
        if not isinstance(operand, Number):
            raise TypeError(test)
        whole(operand)
    return test


def joined(flat: list[Condition], piece: Piece) -> list[Condition]:
    """What becomes of the conditions before a piece that says something of the last of them: what stands in the place of that one."""
    match piece.pending, piece.condition:
        case Following(within), EventsAre() | Not(EventsAre()) as step:
            return [_followed(flat[-1] if flat else None, step, within)]
        case OfThem(test, linked), EventsAre(other, where=where):
            base = next((part for part in reversed(flat) if not isinstance(part, Tied)), None)
            if isinstance(base, EventsAre) and base.measure == "count":
                return [flat[-1], Tied(base.event, other, test, base.where, base.window, where, None, linked)]
    raise Misread("`of them` needs events before it: received at least 10 newsletters and clicked none of them.")


def _followed(base: Condition | None, step: EventsAre | Not, within: Span | None) -> Followed:
    events = step.part if isinstance(step, Not) else step
    assert isinstance(events, EventsAre)
    new = Step(events.event, events.where, within, not isinstance(step, Not))
    match base:
        case EventsAre(event, "count", test, None, where, window) if test == AT_LEAST_ONE:
            return Followed(event, (new,), where, window)
        case Followed(event, then, where, window) if then[-1].did:
            return Followed(event, (*then, new), where, window)
    raise Misread(
        "What comes `after that` follows an event that was done.",
        hint="write for example: added to cart in the last 3 days and did not order within 24 hours of that.",
    )
