"""Conditions on events as Finnish clauses: what the customer has done, or how the events are.

The customer is the unspoken subject in the perfect tense (`on tilannut`), the object is partitive behind a negation,
and the time comes last. What is said of the events themselves has their noun in the case that the sentence needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lohko.model import finnish_names as names
from lohko.model.condition import (
    Against,
    And,
    AttributeFigure,
    Condition,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Figure,
    Followed,
    MomentIs,
    Not,
    Number,
    Or,
    Periods,
    PropertyIs,
    Ranked,
    Step,
    Test,
    Text,
    Tied,
    Window,
)
from lohko.model.finnish_compare import (
    amount,
    apart,
    comparison,
    is_amount,
    is_times,
    of_window,
    partitive,
    times,
    window_text,
    within,
    write_number,
)
from lohko.model.finnish_forms import EVENTS, EventForms, made_of, noun_of
from lohko.model.finnish_words import CURRENCIES, MONTHS, PARTS, UNITS, WEEKDAYS
from lohko.model.operators import zero_satisfies
from lohko.model.words import write_text

_AT_LEAST_ONE = Test("at_least", (Number(Decimal(1)),))
Case = Literal["nominative", "genitive", "elative", "genitive_plural", "elative_plural"]
_EDGES: dict[tuple[str, str], str] = {
    ("first", "nominative"): "ensimmäinen",
    ("first", "genitive"): "ensimmäisen",
    ("first", "elative"): "ensimmäisestä",
    ("last", "nominative"): "viimeinen",
    ("last", "genitive"): "viimeisen",
    ("last", "elative"): "viimeisestä",
}


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
            what = (noun.partitive if negative else noun.nominative) + _relative(self.where, plural=False)
            text = " ".join(part for part in (what, verb + "kirjattu", *self._tail(_adverb(self.where))) if part)
            return Clause(f"{text} (mukana myös ne, joilla sitä ei ole)" if note else text)
        said = f"(mukana myös ne, jotka eivät ole koskaan {row.nobody})" if note else ""
        text = " ".join(part for part in (verb + self._verb(row, negative), *self._tail(_adverb(self.where))) if part)
        return of_person(text, said) if negative else of_person(f"{text} {said}".rstrip())

    def _verb(self, row: EventForms, negative: bool) -> str:
        place = _place(row, self.where)
        if place is not None:
            return place
        relative = _relative(self.where, plural=row.plural or (self.many and bool(row.many)))
        plain = row.did_not if negative else row.did
        if not relative:
            return row.worth[1] if self.many and row.worth else plain
        one = (row.not_one if negative else row.one) or plain
        return (row.many if self.many and row.many else one) + relative

    def _tail(self, adverb: str) -> tuple[str, ...]:
        return adverb, self.often, window_text(self.window) if self.window else "", self.after


def _place(row: EventForms, where: Condition | None) -> str | None:
    """`käynyt sivulla "Hinnasto"`: a value of the property that has a class word of its own."""
    match where:
        case PropertyIs(name, Test("is", (Text(value),)), None) if row.place and row.place[0] == name:
            return f"{row.place[1]} {write_text(value)}"
    return None


def _adverb(where: Condition | None) -> str:
    """`joulukuussa`, `maanantaina`: when the event happened, if that is all that is asked of it."""
    match where:
        case MomentIs("month", Test("is", (Text(value),))):
            return MONTHS.get(value, "")
        case MomentIs("weekday", Test("is", (Text(value),))):
            return WEEKDAYS.get(value, "")
    return ""


def _relative(where: Condition | None, *, plural: bool, noun: bool = False) -> str:
    """What the events had to be like, as a relative clause between commas; nothing when an adverb says it."""
    if where is None or (not noun and _adverb(where)):
        return ""
    whose = "joiden" if plural else "jonka"
    match where:
        case PropertyIs():
            return f", {whose} {_about(where)},"
        case MomentIs(part, test) if not noun:
            return f", kun {PARTS[part]} {comparison(test)},"
        case And(parts) | Or(parts) if all(isinstance(part, PropertyIs) for part in parts):
            word = "ja" if isinstance(where, And) else "tai"
            return ", " + f" {word} ".join(f"{whose} {_about(part)}" for part in parts) + ","
    return f", {'joille' if plural else 'jolle'} pätee ({where_text(where)}),"


def where_text(where: Condition) -> str:
    """A condition on one event, as it stands in brackets."""
    match where:
        case And(parts) | Or(parts):
            word = "ja" if isinstance(where, And) else "tai"
            found = [f"({where_text(part)})" if isinstance(part, And | Or) else where_text(part) for part in parts]
            text = found[0]
            for part in found[1:]:
                text += f" eikä {part[3:]}" if word == "ja" and part.startswith("ei ") else f" {word} {part}"
            return text
        case Not(part):
            return f"ei ole niin, että ({where_text(part)})"
    return _about(where)


def _about(part: Condition) -> str:
    match part:
        case PropertyIs(name, test, what):
            return f"{names.property_(name, what)} {comparison(test)}"
        case MomentIs(what, test):
            return f"tapahtuman {PARTS[what]} {comparison(test)}"
    raise TypeError(part)


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
        return Did(events.event, events.where).clause(negative=True, ever=True)
    if events.measure == "count" and row and row.counted and events.where is None and not plain and not often.endswith("kerran"):
        verb, what = row.counted
        words = [("ei ole" if negative else "on"), verb, amount(test), what, window_text(events.window) if events.window else ""]
        said = f"(mukana myös ne, jotka eivät ole koskaan {row.nobody})" if note else ""
        text = " ".join(word for word in words if word)
        return of_person(text, said) if negative else of_person(f"{text} {said}".rstrip())
    many = events.measure == "sum"
    return Did(events.event, events.where, events.window, often, many=many).clause(negative=negative, note=note)


def _often(events: EventsAre, row: EventForms | None, currency: str) -> str | None:
    test = events.test
    if events.measure == "count" and is_times(test):
        return "" if test == _AT_LEAST_ONE else times(test)
    if events.measure == "days" and is_times(test):
        return f"{amount(test)} eri päivänä"
    if events.measure == "sum" and row is not None and row.worth is not None and row.worth[0] == events.property and is_amount(test):
        return f"{amount(test, money=True)} {CURRENCIES[currency][0]} arvosta"
    return None


def periods(node: Periods, *, negative: bool = False) -> Clause:
    """In how many of the last periods: `on tilannut vähintään 2 vuonna viimeisistä 3 vuodesta`."""
    unit = UNITS[node.unit]
    among = f"viimeisestä {unit.elative}" if node.n == 1 else f"viimeisistä {node.n} {unit.elative}"
    if is_times(node.test):
        note = zero_satisfies(node.test) != negative
        return Did(node.event, node.where, often=f"{amount(node.test)} {unit.essive} {among}").clause(negative=negative, note=note)
    done = Did(node.event, node.where).clause()
    what = f"{'asiakas ' if done.person else ''}{done.text.rstrip(',')}"
    return _denied(f"niiden {unit.genitive_plural} määrä {among}, joina {what}, {comparison(node.test)}", negative)


def followed(node: Followed, joined: str = "ja") -> Clause:
    """A chain: `on lisännyt tuotteen ostoskoriin eikä ole tilannut 24 tunnin kuluessa siitä`."""
    clause = Did(node.event, node.where, node.window).clause()
    for step in node.then:
        clause = join(clause, _step(step), joined)
    return clause


def _step(step: Step) -> Clause:
    after = f"{within(step.within)} siitä" if step.within else "sen jälkeen"
    return Did(step.event, step.where, after=after).clause(negative=not step.did)


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


# --- how the events are -------------------------------------------------------------


def _noun(event: str, window: Window | None, case: Case, edge: str | None = None) -> str:
    """The events in a case, with their time before them: `viimeisten 12 kuukauden tilauksista`, `1.11.2026 alkaen tehtyjen tilausten`."""
    words = [_EDGES[edge, case]] if edge else []
    if window is not None:
        whose = of_window(window)
        words.insert(0, whose or f"{window_text(window)} {getattr(made_of(event), case)}")
    return " ".join([*words, getattr(noun_of(event), case)])


def figure_text(figure: Figure) -> str:
    """A number as the subject of a sentence: `tilausten summa yhteensä`."""
    if isinstance(figure, AttributeFigure):
        return names.attribute(figure.name)
    event, window, where = figure.event, figure.window, figure.where
    if figure.measure == "share":
        has = "" if figure.has is None else _relative(figure.has, plural=True, noun=True)
        return f"niiden osuus{has} {_noun(event, window, 'elative_plural')}{_relative(where, plural=True, noun=True)}"
    if figure.measure in ("first", "last"):
        edge = _noun(event, window, "elative", figure.measure)
        return f"{edge}{_relative(where, plural=False, noun=True)} kulunut aika päivinä"
    return f"{_noun(event, window, 'genitive_plural')}{_relative(where, plural=True, noun=True)} {_measure(figure)}"


def _measure(figure: EventsFigure) -> str:
    name = names.property_(figure.property) if figure.property is not None else ""
    return {
        "count": "määrä",
        "sum": f"{name} yhteensä",
        "average": f"{name} keskimäärin",
        "min": f"pienin {name}",
        "max": f"suurin {name}",
        "most_frequent": f"yleisin {name}",
        "distinct": f"eri arvojen määrä tiedossa {name}",
        "days": "eri päivien määrä",
        "gap": "tavallinen väli päivinä",
    }[figure.measure]


def events_clause(events: EventsAre, currency: str, *, negative: bool = False) -> Clause:
    """A condition on events, however it is best said."""
    done = did(events, currency, negative=negative)
    if done is not None:
        return done
    return _denied(_share(events) or _edge(events) or f"{figure_text(events.figure)} {comparison(events.test)}", negative)


def _denied(text: str, negative: bool) -> Clause:
    return Clause(f"ei ole niin, että ({text.rstrip(',')})" if negative else text)


def _share(events: EventsAre) -> str | None:
    if events.measure != "share" or events.has is None or not is_amount(events.test):
        return None
    of = f"{_noun(events.event, events.window, 'elative_plural')}{_relative(events.where, plural=True, noun=True)}"
    row = EVENTS.get(events.event)
    match events.has:
        case PropertyIs(name, Test("known"), None) if row and row.used and row.used[0] == name:
            return f"{amount(events.test)} % {of} on {row.used[1]}"
    return f"{amount(events.test)} % {of} on sellaisia{_relative(events.has, plural=True, noun=True)}"


def _edge(events: EventsAre) -> str | None:
    if events.measure not in ("first", "last"):
        return None
    relative = _relative(events.where, plural=False, noun=True)
    if events.test.op not in ("long_ago", "ago_between"):
        noun = _noun(events.event, events.window, "nominative", events.measure)
        return f"{noun}{relative} {comparison(events.test)}"
    spans = events.test.operands
    how_long = f"yli {partitive(spans[0])}" if events.test.op == "long_ago" else apart(spans[0], spans[1])  # type: ignore[arg-type]
    return f"{_noun(events.event, events.window, 'elative', events.measure)}{relative} on kulunut {how_long}"


def edge_event(node: EdgeEvent) -> str:
    """`ensimmäisen tilauksen kanava on "verkko"`."""
    noun = _noun(node.event, node.window, "genitive", node.edge) + _relative(node.where, plural=False, noun=True)
    return f"{noun} {_about(node.has)}" if isinstance(node.has, PropertyIs) else f"{noun} tiedoille pätee ({where_text(node.has)})"


def tied(node: Tied) -> str:
    """How many of the events have one of another kind that belongs to them."""
    noun, other = _noun(node.event, node.window, "genitive_plural"), noun_of(node.other)
    where = _relative(node.where, plural=True, noun=True)
    by = f"tiedon {names.property_(node.by)} kautta " if node.by is not None else ""
    belongs = f"liittyy {by}{other.nominative}" if node.linked else f"ei liity {by}{other.partitive}"
    its = _relative(node.other_where, plural=False, noun=True) or ","
    return f"niiden {noun}{where} määrä, joihin {belongs}{its} {comparison(node.test)}"


_LONGER = {
    "over": "enemmän aikaa kuin",
    "at_least": "vähintään yhtä kauan kuin",
    "under": "vähemmän aikaa kuin",
    "at_most": "enintään yhtä kauan kuin",
}
_LARGER = {
    "over": "suurempi kuin",
    "at_least": "vähintään yhtä suuri kuin",
    "under": "pienempi kuin",
    "at_most": "enintään yhtä suuri kuin",
}
_BY = {"over": "yli", "at_least": "vähintään", "under": "alle", "at_most": "enintään"}


def against(node: Against) -> str:
    """One number of the customer against another."""
    by = "" if node.times == 1 else f"{_BY[node.op]} {write_number(node.times)} kertaa"
    match node.left, node.right:
        case EventsFigure(event, "first" | "last" as edge) as left, EventsFigure(other, "gap") as right:
            passed = _noun(event, left.window, "elative", edge) + _relative(left.where, plural=False, noun=True)
            usual = _noun(other, right.window, "genitive_plural") + _relative(right.where, plural=True, noun=True)
            than = f"{by} niin kauan kuin" if by else _LONGER[node.op]
            return f"{passed} on kulunut {than} asiakkaan {usual} välillä yleensä"
    than = f"{by} niin suuri kuin" if by else _LARGER[node.op]
    return f"{figure_text(node.left)} on {than} {figure_text(node.right)}"


def ranked(node: Ranked) -> str:
    """Where the customer stands among others by a number."""
    n = "" if node.n is None else write_number(Decimal(node.n))
    place = {
        "top": f"{n} suurimman joukossa",
        "bottom": f"{n} pienimmän joukossa",
        "top_percent": f"suurimman {n} %:n joukossa",
        "bottom_percent": f"pienimmän {n} %:n joukossa",
        "quintile": f"viidenneksessä {n}",
        "decile": f"kymmenyksessä {n}",
        "above_average": "yli keskiarvon",
        "below_average": "alle keskiarvon",
        "above_median": "yli mediaanin",
        "below_median": "alle mediaanin",
    }[node.place]
    among = "" if node.among is None else f" segmentissä {write_text(node.among)}"
    return f"{figure_text(node.figure)} on {place}{among}"
