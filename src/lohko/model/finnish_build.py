# ruff: noqa: D102 - the methods are the rules of the Finnish grammar, which says what each is
"""What the rules of the Finnish grammar make, where it is not what `build.py` makes for every language: words, and events as nouns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lark import Token, v_args

from lohko.model.build import checked
from lohko.model.build_events import AT_LEAST_ONE, counting, one
from lohko.model.build_values import WINDOWS, whole
from lohko.model.condition import (
    Against,
    AttributeFigure,
    AttributeIs,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Figure,
    Measure,
    MomentIs,
    Not,
    Periods,
    PropertyIs,
    Ranked,
    Tied,
)
from lohko.model.finnish_forms import EVENTS
from lohko.model.finnish_values import FinnishValues, meant, string
from lohko.model.misread import Misread
from lohko.model.operand import Number, Span, Test, Text, YesNo
from lohko.model.operators import zero_satisfies
from lohko.model.pieces import (
    Event,
    For,
    InPeriods,
    Name,
    OfThem,
    OrNone,
    PartName,
    Piece,
    Segment,
    Standing,
    TiedTo,
    Times,
    Versus,
    Where,
    only,
)
from lohko.model.window import During, Latest, Window


@dataclass(frozen=True)
class Measured:
    """What is made of events: a measure, and the property it is of."""

    measure: Measure
    property: str | None = None


@dataclass(frozen=True)
class Edge:
    """The first or the last of events, and which."""

    edge: Any
    event: str = ""
    where: Piece | None = None
    window: Window | None = None


@dataclass(frozen=True)
class Larger:
    """By how much a number is over another."""

    op: Any
    times: Decimal = Decimal(1)


@v_args(inline=True)
class FinnishBuilder(FinnishValues):
    """Called while the text is read, so nothing recurses into a hostile rule."""

    # --- what someone did

    def verb(self, token: Token, place: Text | None = None) -> Event:
        name = meant(token)
        row = EVENTS[name]
        if place is None:
            return Event(name)
        if row.place is None or " ".join(str(token).lower().split()) != row.place[1]:
            raise Misread("Lainausmerkeissä oleva teksti ei voi olla tässä.", token)
        return Event(name, PropertyIs(row.place[0], Test("is", (place,))))

    def counted(self, token: Token, test: Test, noun: Token) -> Event:
        row = EVENTS[meant(noun)]
        if row.counted is None or row.counted[0] != str(token).lower():
            raise Misread(f"Tässä ei voi olla `{token} ... {noun}`.", token)
        return Event(meant(noun), None, Times(counting(test)))

    def custom(self, token: Token) -> Event:
        return Event(string(token))

    def note(self) -> OrNone:
        return OrNone()

    def did(self, *bits: Any) -> Piece:
        return _noted(bits, super().did(*bits))

    def did_not(self, *bits: Any) -> Piece:
        return _noted(bits, super().did_not(*(bit for bit in bits if not isinstance(bit, OrNone))))

    def did_of_those(self, token: Token, test: Test) -> Piece:
        return self.did(Event(meant(token)), OfThem(counting(test)))

    def did_none_of_those(self, token: Token) -> Piece:
        return self.did(Event(meant(token)), self.none_of_them())

    def _done(self, how: Any, event: str, where: Any, window: Window | None) -> Any:
        row = EVENTS.get(event)
        if isinstance(how, For) and row is not None and row.worth is not None:
            return EventsAre(event, "sum", how.test, row.worth[0], where, window)
        return super()._done(how, event, where, window)

    def at_time(self, token: Token) -> Where:
        part, label = meant(token)
        return Where(Piece(MomentIs(part, Test("is", (Text(label),)))))

    def at_least_once(self) -> Times:
        return Times(AT_LEAST_ONE)

    def at_most_once(self) -> Times:
        return Times(Test("at_most", AT_LEAST_ONE.operands))

    def over_once(self) -> Times:
        return Times(Test("over", AT_LEAST_ONE.operands))

    def under_once(self) -> Times:
        return Times(Test("under", AT_LEAST_ONE.operands))

    def exactly_once(self) -> Times:
        return Times(self.once())

    def among(self, *tokens: Any) -> Span:
        return self.length(*tokens)

    def done_in_periods(self, test: Test, unit: Token, of: Span) -> InPeriods:
        if meant(unit) != of.unit:
            raise Misread("Molempien jaksojen pitää olla samoja, kuten `vähintään 3 kuukautena viimeisistä 6 kuukaudesta`.", unit)
        return self.in_periods(test, of)

    def periods_are(self, unit: Token, of: Span, *bits: Any) -> Piece:
        if meant(unit) != of.unit:
            raise Misread("Molempien jaksojen pitää olla samoja, kuten `niiden kuukausien määrä viimeisistä 6 kuukaudesta`.", unit)
        return self.periods(self.spread(of), *bits)

    # --- attributes and properties

    def attribute_is(self, *bits: Any) -> Piece:
        if only(bits, Standing, "comparison") is None:
            return self.attribute(*bits)
        if only(bits, PartName, "part") is not None:
            raise Misread("Tiedon osalla ei ole sijaa muiden joukossa.")
        return self.figure_is(AttributeFigure(str(one(bits, Name))), *(bit for bit in bits if not isinstance(bit, Name)))

    def account_is(self, *bits: Any) -> Piece:
        return self._account("any", self.attribute_is(*bits))

    def account_ever(self, *bits: Any) -> Piece:
        return self._account("any", self.ever(*bits))

    def account_never(self, *bits: Any) -> Piece:
        return self._account("any", self.never(*bits))

    def account_some(self, test: Test, piece: Piece) -> Piece:
        if test.op != "at_least":
            raise Misread(
                "Yhteyshenkilöistä kysytään, tekeekö vähintään niin moni jotakin.",
                hint="kirjoita `vähintään 2 yrityksen yhteyshenkilöä`.",
            )
        return self.account_at_least(one(test.operands, Number), piece)

    def account_counts(self, test: Test, token: Token) -> Piece:
        return self._account("any", Piece(AttributeIs(meant(token), test)))

    def person_has(self, name: Name) -> Piece:
        return Piece(AttributeIs(str(name), Test("is", (YesNo(True),))))

    def person_has_no(self, name: Name) -> Piece:
        return self.negated(self.person_has(name))

    def lives_in(self, token: Token, place: Text) -> Piece:
        return Piece(AttributeIs(meant(token), Test("is", (place,))))

    def lives_elsewhere(self, token: Token, place: Text) -> Piece:
        return Piece(AttributeIs(meant(token), Test("is_not", (place,))))

    # --- consent

    def may(self, token: Token) -> Piece:
        return self.consent(meant(token))

    def may_not(self, token: Token) -> Piece:
        return self.no_consent(meant(token))

    def consent_for(self, purpose: Text) -> Piece:
        return self.consent(purpose.value)

    def no_consent_for(self, purpose: Text) -> Piece:
        return self.no_consent(purpose.value)

    # --- events as nouns

    def noun(self, token: Token) -> Event:
        return Event(meant(token))

    def period_genitive(self, token: Token) -> Window:
        return During(meant(token))

    def edge_first(self) -> Edge:
        return Edge("first")

    def edge_last(self) -> Edge:
        return Edge("last")

    def elapsed(self, *bits: Any) -> Edge:
        where = only(bits, Where, "condition on the events")
        return Edge(one(bits, Edge).edge, one(bits, Event).name, where.piece if where else None, only(bits, WINDOWS, "time window"))

    def measured_events(self, *bits: Any) -> Figure:
        what = one(bits, Measured)
        return _figure(what.measure, bits, what.property)

    def time_since(self, edge: Edge) -> Figure:
        return _edge_figure(edge)

    def share_of(self, has: Where, *bits: Any) -> Figure:
        return _figure("share", bits, None, has.piece)

    def gap(self, *bits: Any) -> Figure:
        return _figure("gap", bits)

    def figure_is(self, figure: Any, *bits: Any) -> Piece:
        figure = _edge_figure(figure) if isinstance(figure, Edge) else figure
        standing, versus = only(bits, Standing, "comparison"), only(bits, Versus, "comparison")
        if standing is not None:
            among = only(bits, Segment, "segment")
            return checked(Piece(Ranked(figure, standing.place, standing.n, None if among is None else str(among))))
        if versus is not None:
            return checked(Piece(Against(figure, versus.op, versus.figure, versus.times)))
        return _events(figure, one(bits, Test))

    def edge_is(self, *bits: Any) -> Piece:
        return _events(_edge_figure(self.elapsed(*bits)), one(bits, Test))

    def longer_than(self, edge: Edge, larger: Larger, usual: EventsFigure) -> Piece:
        return checked(Piece(Against(_edge_figure(edge), larger.op, usual, larger.times)))

    def edge_event(self, *bits: Any) -> Piece:
        edge, has = self.elapsed(*bits), one(bits, Piece)
        where = edge.where.condition if edge.where else None
        return checked(Piece(EdgeEvent(edge.edge, edge.event, has.condition, where, edge.window)))

    def share(self, test: Test, *bits: Any) -> Piece:
        # What they are like comes last, after `on`; what they had to be to be counted, if anything, before it.
        figure = _figure("share", bits[:-1], None, bits[-1].piece)
        return _events(figure, test)

    def moment(self, *bits: Any) -> Piece:
        if one(bits, PartName).part == "items":
            raise Misread("Ajankohdalla ei ole arvojen määrää.")
        return super().moment(*bits)

    def used(self, token: Token) -> Where:
        _, name = meant(token)
        return Where(Piece(PropertyIs(name, Test("known"))))

    def tied(self, *bits: Any) -> Piece:
        figure, to, test = _figure("count", bits), one(bits, TiedTo), one(bits, Test)
        other = to.where.condition if to.where else None
        return checked(Piece(Tied(figure.event, to.event.name, test, figure.where, figure.window, other, to.by, to.linked)))

    # --- against others

    def versus(self, larger: Larger, figure: Any) -> Versus:
        return Versus(larger.op, AttributeFigure(str(figure)) if isinstance(figure, Name) else figure, larger.times)

    def larger_by(self, test: Test) -> Larger:
        if test.op not in ("over", "at_least", "under", "at_most"):
            raise Misread("Ennen sanoja `kertaa niin` on `yli`, `vähintään`, `alle` tai `enintään` ja luku.")
        return Larger(test.op, one(test.operands, Number).value)

    def larger_over(self) -> Larger:
        return Larger("over")

    def larger_at_least(self) -> Larger:
        return Larger("at_least")

    def larger_under(self) -> Larger:
        return Larger("under")

    def larger_at_most(self) -> Larger:
        return Larger("at_most")


def _measure(measure: Measure) -> Any:
    return lambda _, name=None: Measured(measure, None if name is None else str(name))


for _name_of in ("count", "sum", "average", "min", "max", "most_frequent", "distinct", "days", "gap"):
    setattr(FinnishBuilder, f"of_{_name_of}", v_args(inline=True)(_measure(_name_of)))


def _noted(bits: tuple[Any, ...], piece: Piece) -> Piece:
    """The piece, if what its note in brackets says of people without such events is so."""
    if not any(isinstance(bit, OrNone) for bit in bits):
        return piece
    match piece.condition:
        case EventsAre(test=test) | Periods(test=test) if piece.pending is None and zero_satisfies(test):
            return piece
        case Not(EventsAre(test=test) | Periods(test=test)) if piece.pending is None and not zero_satisfies(test):
            return piece
    raise Misread("Huomautus sulkeissa ei pidä paikkaansa: tässä eivät ole mukana ne, joilla tapahtumaa ei ole.", hint="jätä se pois.")


def _figure(measure: Measure, bits: tuple[Any, ...], name: str | None = None, has: Piece | None = None) -> EventsFigure:
    where = only(bits, Where, "condition on the events")
    window, latest = only(bits, WINDOWS, "time window"), only(bits, Number, "number")
    if latest is not None:  # viimeisten 5 tilauksen, viimeisistä 5 tilauksesta
        window = Latest(whole(latest))
    return EventsFigure(
        one(bits, Event).name,
        measure,
        name,
        where.piece.condition if where else None,
        window,
        has.condition if has else None,
    )


def _edge_figure(edge: Edge) -> EventsFigure:
    return EventsFigure(edge.event, edge.edge, None, edge.where.condition if edge.where else None, edge.window)


def _events(figure: EventsFigure, test: Test) -> Piece:
    return checked(Piece(EventsAre(figure.event, figure.measure, test, figure.property, figure.where, figure.window, figure.has)))
