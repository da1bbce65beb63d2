# ruff: noqa: D102 - the methods are the rules of the grammars, which say what each is
"""Pieces of a rule to its tree, the same for every language.

Each method is the alias of a rule of the grammars. What it takes is told apart by kind, not by order, because languages differ
in order. The methods are called while the text is read, so nothing recurses into a hostile rule.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from lark import v_args

from lohko.model.build_events import (
    AT_LEAST_ONE,
    check_or_none,
    counting,
    edge_of,
    figure_of,
    joined,
    moment_of,
    one,
    tied_of,
    where_of,
)
from lohko.model.build_tables import MADE
from lohko.model.build_values import FIGURES, WINDOWS, Values, calendar, whole
from lohko.model.condition import (
    Against,
    And,
    AttributeFigure,
    AttributeIs,
    Condition,
    Consent,
    EventsAre,
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
)
from lohko.model.limits import MAX_BRACKETS, MAX_DEPTH, MAX_NODES, depth, nodes
from lohko.model.misread import Misread
from lohko.model.operand import Number, Span, Test, Text, YesNo
from lohko.model.operators import OPERATORS
from lohko.model.pieces import (
    Event,
    Following,
    For,
    Has,
    Head,
    InPeriods,
    Name,
    OfThem,
    OnDays,
    PartName,
    Piece,
    Segment,
    Spread,
    Standing,
    TiedTo,
    Times,
    Versus,
    Where,
    only,
)
from lohko.model.window import Window

SPENT = {"order": "total"}
"""The property of which `ordered for more than 500 €` is the sum."""

NEGATIVE: dict[str, str] = {row.negates: key for key, row in OPERATORS.items() if row.negates}
"""The negative comparison that is NOT of a positive one."""

_DID = (Times, OnDays, For, InPeriods, Following, OfThem)


def checked(piece: Piece) -> Piece:
    """The piece, if it is not nested too deep or too large."""
    if piece.brackets > MAX_BRACKETS or depth(piece.condition) > MAX_DEPTH:
        raise Misread(f"The rule is nested more than {MAX_DEPTH} deep.", hint="make a segment of the inner part.")
    if nodes(piece.condition) > MAX_NODES:
        raise Misread(f"The rule has more than {MAX_NODES} conditions.", hint="use `is one of` for lists of values.")
    return piece


def complete(piece: Piece) -> Piece:
    """The piece, if it says something by itself."""
    if piece.pending is not None:
        raise Misread(
            "This says something of an event that stands before it, and there is none.",
            hint="write it after `and`: did add_to_cart and did not order within 24 hours of that.",
        )
    return piece


def _made(condition: Condition, *inside: Piece | None, pending: Following | OfThem | None = None) -> Piece:
    """A piece of a condition that has others inside, on single events."""
    return checked(Piece(condition, mixed=any(piece is not None and piece.mixed for piece in inside), pending=pending))


@v_args(inline=True)
class Builder(Values):
    """What the rules of both grammars make. Words, names and numbers are read by a language's own class."""

    def start(self, piece: Piece) -> Piece:
        return complete(piece)

    # --- algebra

    def any_of(self, *pieces: Piece) -> Piece:
        mixed = any(isinstance(complete(piece).condition, And | Followed) and not piece.grouped for piece in pieces)
        flat = [part for piece in pieces for part in (piece.condition.parts if isinstance(piece.condition, Or) else (piece.condition,))]
        return self._joined(Or(tuple(flat)), pieces, mixed)

    def all_of(self, *pieces: Piece) -> Piece:
        flat: list[Condition] = []
        for piece in pieces:
            if piece.pending is not None:
                flat[-1:] = joined(flat, piece)
            else:
                flat.extend(piece.condition.parts if isinstance(piece.condition, And) else (piece.condition,))
        return self._joined(flat[0] if len(flat) == 1 else And(tuple(flat)), pieces, False)

    def _joined(self, condition: Condition, pieces: tuple[Piece, ...], mixed: bool) -> Piece:
        brackets = max(piece.brackets for piece in pieces)
        return checked(Piece(condition, brackets=brackets, mixed=mixed or any(piece.mixed for piece in pieces)))

    def negated(self, piece: Piece) -> Piece:
        return checked(Piece(Not(complete(piece).condition), brackets=piece.brackets, mixed=piece.mixed))

    def group(self, piece: Piece) -> Piece:
        return checked(Piece(complete(piece).condition, True, piece.brackets + 1, piece.mixed))

    # --- attributes: Name; Test or Versus; a Part (text), a moment, OrNone

    def attribute(self, *bits: Any) -> Piece:
        name, test, versus = one(bits, Name), only(bits, Test, "comparison"), only(bits, Versus, "comparison")
        part, at = only(bits, PartName, "part"), moment_of(bits)
        if versus is not None:
            if part is not None or at is not None:
                raise Misread("A number of a person is compared with another as both are now.")
            return checked(Piece(Against(AttributeFigure(str(name)), versus.op, versus.figure, versus.times)))
        if test is None:
            raise Misread(f"{name!r} is compared with nothing.")
        check_or_none(bits, test)
        return Piece(AttributeIs(str(name), test, None if part is None else part.part, at))

    def ever(self, *bits: Any) -> Piece:
        part, test = only(bits, PartName, "part"), one(bits, Test)
        if OPERATORS[test.op].negates is not None:
            raise Misread("`ever` takes no negative comparison.", hint="write `has never been`, or `never` before the verb.")
        return Piece(AttributeIs(str(one(bits, Name)), test, None if part is None else part.part, Ever()))

    def never(self, *bits: Any) -> Piece:
        condition = self.ever(*bits).condition
        assert isinstance(condition, AttributeIs)
        opposite = NEGATIVE.get(condition.test.op)
        if opposite is None:
            return self.negated(Piece(condition))
        return Piece(replace(condition, test=Test(opposite, condition.test.operands)))

    # --- inside `where`

    def property(self, *bits: Any) -> Piece:
        part, test = only(bits, PartName, "part"), one(bits, Test)
        check_or_none(bits, test)
        return Piece(PropertyIs(str(one(bits, Name)), test, None if part is None else part.part))

    def moment(self, *bits: Any) -> Piece:
        return Piece(MomentIs(one(bits, PartName).part, one(bits, Test)))

    def where(self, piece: Piece) -> Where:
        return Where(piece)

    def has(self, piece: Piece) -> Has:
        return Has(piece)

    # --- what was done: Event; Times, OnDays, For, InPeriods, After or OfThem; Where; a window

    def did(self, *bits: Any) -> Piece:
        event = one(bits, Event)
        where, window = where_of(bits, event), only(bits, WINDOWS, "time window", event.name)
        how = only((*bits, *((event.times,) if event.times else ())), _DID, "number of times", event.name)
        condition = self._done(how, event.name, where.condition if where else None, window)
        return _made(condition, where, pending=how if isinstance(how, Following | OfThem) else None)

    def _done(self, how: Any, event: str, where: Condition | None, window: Window | None) -> Condition:
        match how:
            case Times(test):
                return EventsAre(event, "count", test, None, where, window)
            case OnDays(test):
                return EventsAre(event, "days", test, None, where, window)
            case For(test):
                if event not in SPENT:
                    raise Misread(
                        f"Of {event!r} it is not known which property is the money.", hint="write for example `sum of total of ...`."
                    )
                return EventsAre(event, "sum", test, SPENT[event], where, window)
            case InPeriods(test, n, unit):
                if window is not None:
                    raise Misread(f"There is more than one time window for {event!r}.")
                return Periods(event, n, unit, test, where)
            case Following() | OfThem():
                if window is not None:
                    raise Misread(f"There is more than one time window for {event!r}: the time counts from the event before it.")
        return EventsAre(event, "count", AT_LEAST_ONE, None, where, window)

    def did_not(self, *bits: Any) -> Piece:
        piece = self.did(*bits)
        if isinstance(piece.pending, OfThem):
            raise Misread("Write `none of them`, or how many of them.")
        return checked(replace(piece, condition=Not(piece.condition)))

    def none_of_them(self) -> OfThem:
        return OfThem(Test("is", (Number(Decimal(0)),)))

    def all_of_them(self) -> OfThem:
        return OfThem(Test("is", (Number(Decimal(0)),)), linked=False)

    def of_them(self, test: Test) -> OfThem:
        return OfThem(counting(test))

    def times(self, test: Test) -> Times:
        return Times(counting(test))

    def once(self) -> Test:
        return Test("is", (Number(Decimal(1)),))

    def twice(self) -> Test:
        return Test("is", (Number(Decimal(2)),))

    def on_days(self, test: Test) -> OnDays:
        return OnDays(counting(test))

    def for_money(self, test: Test) -> For:
        return For(test)

    def in_periods(self, test: Test, span: Span) -> InPeriods:
        return InPeriods(counting(test), span.n, calendar(span.unit))

    def spread(self, span: Span) -> Spread:
        return Spread(span.n, calendar(span.unit))

    def after_that(self) -> Following:
        return Following(None)

    def within(self, span: Span) -> Following:
        return Following(span)

    # --- numbers of events: Head; Test, Versus, Has or TiedTo; Where; a window

    def measured(self, *bits: Any) -> Piece:
        head = one(bits, Head)
        figure, where, has = figure_of(head, bits)
        test, versus = only(bits, Test, "comparison", figure.event), only(bits, Versus, "comparison", figure.event)
        tied = only(bits, TiedTo, "kind of events that belong together", figure.event)
        if tied is not None:
            return _made(tied_of(head, figure, tied, test), where, tied.where)
        if versus is not None:
            return _made(Against(figure, versus.op, versus.figure, versus.times), where, has)
        if test is None and has is not None and figure.measure in ("first", "last"):
            return _made(edge_of(figure, has), where, has)
        if test is None:
            raise Misread(
                f"The {head.measure} of {figure.event!r} is compared with nothing.", hint="add for example `> 100` or `is at least 2`."
            )
        check_or_none(bits, test)
        condition = EventsAre(figure.event, figure.measure, test, figure.property, figure.where, figure.window, figure.has)
        return _made(condition, where, has)

    def periods(self, *bits: Any) -> Piece:
        event, spread, test = one(bits, Event), one(bits, Spread), one(bits, Test)
        where = where_of(bits, event)
        return _made(Periods(event.name, spread.n, spread.unit, test, where.condition if where else None), where)

    def tied_to(self, *bits: Any) -> TiedTo:
        event, by = one(bits, Event), only(bits, Name, "property", None)
        return TiedTo(event, where_of(bits, event), None if by is None else str(by))

    def not_tied_to(self, *bits: Any) -> TiedTo:
        tied = self.tied_to(*bits)
        return TiedTo(tied.event, tied.where, tied.by, False)

    def figure(self, *bits: Any) -> Figure:
        head = only(bits, Head, "number")
        if head is None:
            return AttributeFigure(str(one(bits, Name)))
        figure, _, _ = figure_of(head, bits)
        return figure

    # --- against others

    def ranked(self, *bits: Any) -> Piece:
        standing, among = one(bits, Standing), only(bits, Segment, "segment")
        figure = one(bits, FIGURES)
        return checked(Piece(Ranked(figure, standing.place, standing.n, None if among is None else str(among))))

    # --- segments, consent, reach, chance, place: Segment and a moment or a window

    def in_segment(self, *bits: Any) -> Piece:
        return Piece(InSegment(str(one(bits, Segment)), moment_of(bits)))

    def not_in_segment(self, *bits: Any) -> Piece:
        return self.negated(self.in_segment(*bits))

    def entered(self, *bits: Any) -> Piece:
        return Piece(Moved(str(one(bits, Segment)), "entered", only(bits, WINDOWS, "time window")))

    def left(self, *bits: Any) -> Piece:
        return Piece(Moved(str(one(bits, Segment)), "left", only(bits, WINDOWS, "time window")))

    def not_entered(self, *bits: Any) -> Piece:
        return self.negated(self.entered(*bits))

    def not_left(self, *bits: Any) -> Piece:
        return self.negated(self.left(*bits))

    def consent(self, purpose: str) -> Piece:
        return Piece(Consent(purpose))

    def no_consent(self, purpose: str) -> Piece:
        return self.negated(self.consent(purpose))

    def reachable(self, channel: Any) -> Piece:
        return Piece(Reachable(channel))

    def not_reachable(self, channel: Any) -> Piece:
        return self.negated(self.reachable(channel))

    def random_share(self, percent: Number, seed: Text | None = None) -> Piece:
        return Piece(RandomShare(percent.value, seed.value if seed else ""))

    def near(self, km: Number, latitude: Number, longitude: Number) -> Piece:
        return Piece(Near(latitude.value, longitude.value, km.value))

    # --- accounts

    def account_any(self, piece: Piece) -> Piece:
        return self._account("any", piece)

    def account_all(self, piece: Piece) -> Piece:
        return self._account("all", piece)

    def account_at_least(self, n: Number, piece: Piece) -> Piece:
        return self._account("at_least", piece, whole(n))

    def account_is(self, *bits: Any) -> Piece:
        return self._account("any", self.attribute(*bits))

    def account_has(self, name: Name) -> Piece:
        return self._account("any", Piece(AttributeIs(str(name), Test("is", (YesNo(True),)))))

    def account_has_no(self, name: Name) -> Piece:
        return self.negated(self.account_has(name))

    def _account(self, quantifier: Any, piece: Piece, n: int | None = None) -> Piece:
        condition = OfAccount(quantifier, complete(piece).condition, n)
        return checked(Piece(condition, brackets=piece.brackets, mixed=piece.mixed))


for _name, _method in MADE.items():
    setattr(Builder, _name, v_args(inline=True)(_method))
