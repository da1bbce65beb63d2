"""Conditions on events as Finnish clauses: what the customer has done, or how the events are.

The customer is the unspoken subject in the perfect tense (`on tilannut`), the object is partitive behind a negation,
and the time comes last. What is said of the events themselves has their noun in the case that the sentence needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lohko.model.condition import Condition, EventsAre, Followed, MomentIs, Periods, Step, Tied
from lohko.model.finnish_compare import (
    amount,
    comparison,
    is_amount,
    is_times,
    times,
    window_text,
    within,
)
from lohko.model.finnish_figures import edge_text, figure_is, share_text
from lohko.model.finnish_forms import EVENTS, EventForms, noun_of
from lohko.model.finnish_where import adverb, place_of, relative_clause
from lohko.model.finnish_words import UNITS, currency_genitive
from lohko.model.operand import Number, Test
from lohko.model.operators import zero_satisfies
from lohko.model.window import Latest, Window

_AT_LEAST_ONE = Test("at_least", (Number(Decimal(1)),))


@dataclass(frozen=True)
class Clause:
    """A clause: its text, and whether the customer is its unspoken subject, at its beginning and at its end.

    note    what is added in brackets when it is not joined to others by `eikä`: that people without events are in
    """

    text: str
    person: bool = False
    ends_with_person: bool = False
    note: str = ""

    @property
    def negative(self) -> bool:
        """Whether it begins with the negation, so that `ja` before it becomes `eikä`."""
        return self.text.startswith("ei ")

    @property
    def alone(self) -> str:
        """The clause as a sentence of its own."""
        return f"{self.text} {self.note}".rstrip()


def of_person(text: str, note: str = "") -> Clause:
    """A clause whose subject is the customer."""
    return Clause(text, True, True, note)


@dataclass(frozen=True)
class Did:
    """What someone did: the event, what it had to be like, how often, when."""

    event: str
    currency: str
    where: Condition | None = None
    window: Window | None = None
    often: str = ""
    after: str = ""
    many: bool = False

    def clause(self, *, negative: bool = False, ever: bool = False, note: bool = False) -> Clause:
        """The clause; `ever` adds `koskaan` to the negation, `note` says that people without such events are in."""
        row = EVENTS.get(self.event)
        verb = ("ei ole koskaan " if ever else "ei ole ") if negative else "on "
        if row is None:
            noun = noun_of(self.event)
            what = (noun.partitive if negative else noun.nominative) + relative_clause(self.where, self.event, self.currency, plural=False)
            text = " ".join(part for part in (what, verb + "kirjattu", *self._tail(adverb(self.where))) if part)
            return Clause(f"{text} (mukana myös ne, joilla sitä ei ole)" if note else text)
        said = f"(mukana myös ne, jotka eivät ole koskaan {row.nobody})" if note else ""
        text = " ".join(part for part in (verb + self._verb(row, negative), *self._tail(adverb(self.where))) if part)
        return of_person(text, said) if negative else of_person(f"{text} {said}".rstrip())

    def _verb(self, row: EventForms, negative: bool) -> str:
        place = place_of(row, self.where)
        if place is not None:
            return place
        relative = relative_clause(self.where, self.event, self.currency, plural=row.plural or (self.many and bool(row.many)))
        plain = row.did_not if negative else row.did
        if not relative or isinstance(self.where, MomentIs):  # `kun` needs no object before it
            return (row.worth[1] if self.many and row.worth else plain) + relative
        one = (row.not_one if negative else row.one) or plain
        return (row.many if self.many and row.many else one) + relative

    def _tail(self, adverb: str) -> tuple[str, ...]:
        return adverb, self.often, window_text(self.window) if self.window else "", self.after


# --- what someone did ---------------------------------------------------------------


def did(events: EventsAre, currency: str, *, negative: bool = False) -> Clause | None:
    """The clause in which the customer is the subject; None when the test cannot be said so."""
    row, test = EVENTS.get(events.event), events.test
    often = _often(events, row, currency)
    if often is None:
        return None
    note = zero_satisfies(test) != negative
    plain = events.measure == "count" and test == _AT_LEAST_ONE
    if plain and negative and events.window is None:
        return Did(events.event, currency, events.where).clause(negative=True, ever=True)
    if events.measure == "count" and row and row.counted and events.where is None and not plain and not often.endswith("kerran"):
        verb, what = row.counted
        words = [("ei ole" if negative else "on"), verb, amount(test), what, window_text(events.window) if events.window else ""]
        said = f"(mukana myös ne, jotka eivät ole koskaan {row.nobody})" if note else ""
        text = " ".join(word for word in words if word)
        return of_person(text, said) if negative else of_person(f"{text} {said}".rstrip())
    many = events.measure == "sum"
    return Did(events.event, currency, events.where, events.window, often, many=many).clause(negative=negative, note=note)


def _often(events: EventsAre, row: EventForms | None, currency: str) -> str | None:
    test = events.test
    if events.measure == "count" and is_times(test):
        return "" if test == _AT_LEAST_ONE else times(test)
    if events.measure == "days" and is_times(test):
        return f"{amount(test)} eri päivänä"
    if isinstance(events.window, Latest) and events.measure != "count":
        return None  # `viimeisten 5 tilauksen summa yhteensä` says more than `viimeisten 5 kerran aikana`
    if events.measure == "sum" and row is not None and row.worth is not None and row.worth[0] == events.property and is_amount(test):
        return f"{amount(test, money=True)} {currency_genitive(currency)} arvosta"
    return None


def periods(node: Periods, currency: str, *, negative: bool = False) -> Clause:
    """In how many of the last periods: `on tilannut vähintään 2 vuonna viimeisistä 3 vuodesta`."""
    unit = UNITS[node.unit]
    among = f"viimeisestä {unit.elative}" if node.n == 1 else f"viimeisistä {node.n} {unit.elative}"
    if is_times(node.test):
        note = zero_satisfies(node.test) != negative
        return Did(node.event, currency, node.where, often=f"{amount(node.test)} {unit.essive} {among}").clause(
            negative=negative, note=note
        )
    done = Did(node.event, currency, node.where).clause()
    what = f"{'asiakas ' if done.person else ''}{done.text.rstrip(',')}"
    return _denied(f"niiden {unit.genitive_plural} määrä {among}, joina {what}, {comparison(node.test)}", negative)


def followed(node: Followed, currency: str) -> Clause:
    """A chain: `on lisännyt tuotteen ostoskoriin eikä ole tilannut 24 tunnin kuluessa siitä`."""
    clause = Did(node.event, currency, node.where, node.window).clause()
    for step in node.then:
        clause = join(clause, _step(step, currency), "ja")
    return clause


def _step(step: Step, currency: str) -> Clause:
    after = f"{within(step.within)} siitä" if step.within else "sen jälkeen"
    return Did(step.event, currency, step.where, after=after).clause(negative=not step.did)


def join(first: Clause, second: Clause, word: str) -> Clause:
    """Two clauses as one: `ja ei` is `eikä`, and a customer who is not the subject before is named."""
    named = "asiakas " if second.person and not first.ends_with_person else ""
    text = f"eikä {named}{second.text[3:]}" if word == "ja" and second.negative else f"{word} {named}{second.alone}"
    return Clause(f"{first.alone} {text}", first.person, second.ends_with_person)


def of_those(base: Condition, node: Condition) -> Clause | None:
    """How many of the events that the clause before counted: `eikä ole klikannut niistä yhtäkään`; None when it cannot be said so."""
    match base, node:
        case (
            EventsAre(event, "count", where=where, window=window),
            Tied(of, other, test, its_where, its_window, None, None, True),
        ) if (event, where, window) == (of, its_where, its_window):
            row = EVENTS.get(other)
            if row is None or row.of_those is None or not is_times(test):
                return None
            if test == Test("is", (Number(Decimal(0)),)):
                return of_person(f"ei ole {row.of_those} niistä yhtäkään")
            return of_person(f"on {row.of_those} niistä {amount(test)}")
    return None


def events_clause(events: EventsAre, currency: str, *, negative: bool = False) -> Clause:
    """A condition on events, however it is best said."""
    done = did(events, currency, negative=negative)
    if done is not None:
        return done
    return _denied(share_text(events, currency) or edge_text(events, currency) or figure_is(events, currency), negative)


def _denied(text: str, negative: bool) -> Clause:
    return Clause(f"ei ole niin, että ({text.rstrip(',')})" if negative else text)
