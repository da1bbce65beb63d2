"""Tree to Finnish: the one canonical way to say a rule, which the Finnish surface reads back to the same tree.

Values and names are never inflected: a class word takes the case (`kuuluu segmenttiin "X"`). Parts are clauses;
`ja ei` is said `eikä`, and a customer who is not the subject of the clause before is named.
"""

from __future__ import annotations

from lohko.model import finnish_names as names
from lohko.model.account import FROM_DEALS, FROM_PEOPLE
from lohko.model.condition import (
    Against,
    And,
    AttributeIs,
    Condition,
    Consent,
    EdgeEvent,
    EventsAre,
    Ever,
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
    Tied,
)
from lohko.model.finnish_compare import amount, comparison, is_amount, never, when, window_text, write_number
from lohko.model.finnish_events import Clause, events_clause, followed, join, of_person, of_those, periods
from lohko.model.finnish_figures import against, edge_event, ranked, tied
from lohko.model.finnish_forms import ATTRIBUTES
from lohko.model.finnish_where import where_text
from lohko.model.finnish_words import CHANNELS, CONSENTS
from lohko.model.normal import normalise
from lohko.model.operand import Test, Text, YesNo
from lohko.model.schema import RFM_TRAITS
from lohko.model.words import write_text

_MONEY = {trait.name for trait in RFM_TRAITS if trait.type == "money"} | {
    name for name, kind in (FROM_DEALS | FROM_PEOPLE).items() if kind == "money"
}
_YES = Test("is", (YesNo(True),))


def sentence(condition: Condition, currency: str = "EUR") -> str:
    """The canonical Finnish of a condition, on one line.

    >>> from lohko.model.condition import Not
    >>> from lohko.model.operand import Number, Span
    >>> from lohko.model.window import InLast
    >>> from decimal import Decimal
    >>> sentence(Not(EventsAre("order", "count", Test("at_least", (Number(Decimal(1)),)), window=InLast(Span(180, "day")))))
    'ei ole tilannut viimeisten 180 päivän aikana (mukana myös ne, jotka eivät ole koskaan tilanneet)'
    """
    return _closed(_clause(normalise(condition), currency))


def lines(condition: Condition, currency: str = "EUR") -> str:
    """The Finnish of a condition for reading: a heading, and one condition a line."""
    plain = normalise(condition)
    head, parts = _headed(plain)
    if not parts:
        return _closed(_clause(plain, currency))
    return "\n".join([f"Asiakkaat, jotka {head}:", *_indented(parts, currency, "  ")])


def _headed(node: Condition) -> tuple[str, tuple[Condition, ...]]:
    match node:
        case And(parts):
            return "täyttävät kaikki ehdot", parts
        case Or(parts):
            return "täyttävät vähintään yhden ehdon", parts
        case Not(Or(parts)):
            return "eivät täytä yhtäkään ehtoa", parts
    return "", ()


_INNER = {
    "täyttävät kaikki ehdot": "kaikki nämä",
    "täyttävät vähintään yhden ehdon": "vähintään yksi näistä",
    "eivät täytä yhtäkään ehtoa": "ei yksikään näistä",
}


def _indented(parts: tuple[Condition, ...], currency: str, margin: str) -> list[str]:
    found = []
    for part in parts:
        head, inside = _headed(part)
        if inside:
            found += [f"{margin}{_INNER[head]}:", *_indented(inside, currency, margin + "  ")]
        else:
            found.append(margin + _closed(_clause(part, currency)))
    return found


def _closed(clause: Clause) -> str:
    """The clause as a whole text: without the comma that would close its last relative clause."""
    return clause.alone.rstrip(",")


def _clause(node: Condition, currency: str) -> Clause:
    match node:
        case And(parts):
            return _joined(parts, "ja", currency)
        case Or(parts):
            return _joined(parts, "tai", currency)
        case Not(part):
            return _negated(part, currency)
        case EventsAre():
            return events_clause(node, currency)
        case Periods():
            return periods(node, currency)
        case Followed():
            return followed(node, currency)
        case InSegment() | Moved() | Reachable() | RandomShare() | Near():
            return of_person(_person_is(node, negative=False))
        case AttributeIs():
            return _attribute(node, currency)
        case OfAccount():
            return Clause(_of_account(node, currency))
        case Consent(purpose):
            return Clause(_consent(purpose, negative=False))
        case EdgeEvent():
            return Clause(edge_event(node, currency))
        case Tied():
            return Clause(tied(node, currency))
        case Against():
            return Clause(against(node, currency))
        case Ranked():
            return Clause(ranked(node, currency))
        case PropertyIs() | MomentIs():
            return Clause(where_text(node, "", currency))
    raise TypeError(node)


def _joined(parts: tuple[Condition, ...], word: str, currency: str) -> Clause:
    found = _part(parts[0], word, currency)
    counted = parts[0]  # what `niistä` means: the clause before, or before others that say `niistä`
    for part in parts[1:]:
        short = of_those(counted, part) if word == "ja" else None
        found = join(found, short or _part(part, word, currency), word)
        counted = counted if isinstance(part, Tied) else part
    return found


def _part(part: Condition, word: str, currency: str) -> Clause:
    """A part of `and` or `or`; in brackets when it joins clauses itself."""
    clause = _clause(part, currency)
    if isinstance(part, And | Or) or (isinstance(part, Followed) and word == "tai"):
        return Clause(f"({_closed(clause)})", ends_with_person=clause.ends_with_person)
    return clause


def _negated(part: Condition, currency: str) -> Clause:
    match part:
        case EventsAre():
            return events_clause(part, currency, negative=True)
        case Periods():
            return periods(part, currency, negative=True)
        case InSegment() | Moved() | Reachable() | RandomShare() | Near():
            return of_person(_person_is(part, negative=True))
        case Consent(purpose):
            return Clause(_consent(purpose, negative=True))
        case AttributeIs(name, test, what, Ever()) if (
            said := never(test, currency if name in _MONEY and what is None else None)
        ) is not None:
            return Clause(f"{names.attribute(name, what)} {said}")
        case AttributeIs(name, test, None, None) if test == _YES and _lacks(name):
            return Clause(f"asiakkaalla ei ole {_lacks(name)}")
        case OfAccount("any", AttributeIs(name, test, None, None)) if test == _YES and _lacks(name):
            return Clause(f"yrityksellä ei ole {_lacks(name)}")
    return Clause(f"ei ole niin, että ({_closed(_clause(part, currency))})")


def _lacks(name: str) -> str | None:
    row = ATTRIBUTES.get(name)
    return row.lacks if row else None


def _person_is(node: InSegment | Moved | Reachable | RandomShare | Near, *, negative: bool) -> str:
    match node:
        case InSegment(segment, None):
            return f"{'ei kuulu' if negative else 'kuuluu'} segmenttiin {write_text(segment)}"
        case InSegment(segment, at) if at is not None:
            return f"{'ei kuulunut' if negative else 'kuului'} segmenttiin {write_text(segment)} {when(at)}"
        case Moved(segment, way, window):
            verb = {"entered": ("tuli segmenttiin", "ei tullut segmenttiin"), "left": ("poistui segmentistä", "ei poistunut segmentistä")}[
                way
            ]
            return f"{verb[negative]} {write_text(segment)} {window_text(window) if window else ''}".rstrip()
        case Reachable(channel):
            return f"{'ei ole' if negative else 'on'} tavoitettavissa {CHANNELS[channel]}"
        case RandomShare(percent, seed):
            of = f"satunnaiseen {write_number(percent)} %:n osuuteen {write_text(seed) if seed else ''}".rstrip()
            return f"{'ei kuulu' if negative else 'kuuluu'} {of}"
        case Near(latitude, longitude, km):
            where = f"{write_number(latitude)}; {write_number(longitude)}"
            return f"{'ei asu' if negative else 'asuu'} enintään {write_number(km)} km:n päässä paikasta {where}"
    raise TypeError(node)


def _consent(purpose: str, *, negative: bool) -> str:
    row = CONSENTS.get(purpose)
    if row is None:
        return f"asiakkaalta {'ei ole suostumusta' if negative else 'on suostumus'} tarkoitukseen {write_text(purpose)}"
    who, may, what = row
    return f"{who} {'ei ' if negative else ''}{may} {what}"


def _attribute(node: AttributeIs, currency: str) -> Clause:
    row = ATTRIBUTES.get(node.name)
    if row is not None and node.part is None and node.at is None:
        if row.has and node.test == _YES:
            return Clause(f"asiakkaalla on {row.has}")
        match node.test:
            case Test("is", (Text(value),)) if row.lives:
                return of_person(f"asuu {row.lives} {write_text(value)}")
            case Test("is_not", (Text(value),)) if row.lives:
                return of_person(f"ei asu {row.lives} {write_text(value)} (tai tieto puuttuu)")
    return Clause(_attribute_is(node, currency))


def _attribute_is(node: AttributeIs, currency: str) -> str:
    row = ATTRIBUTES.get(node.name)
    subject = names.attribute(node.name, node.part)
    match node.test:
        case Test("is", (Text(value),)) if row and row.bare and node.at is None and node.part is None and names.bare_value(value):
            return f"{subject} on {value}"
        case Test("is_not", (Text(value),)) if row and row.bare and node.at is None and node.part is None and names.bare_value(value):
            return f"{subject} ei ole {value} (tai tieto puuttuu)"
    money = currency if node.part is None and node.name in _MONEY else None
    return f"{subject} {comparison(node.test, node.at, currency=money)}"


def _of_account(node: OfAccount, currency: str) -> str:
    if node.quantifier == "all":
        return f"kaikki yrityksen yhteyshenkilöt täyttävät ehdon ({_closed(_clause(node.part, currency))})"
    if node.quantifier == "any":
        match node.part:
            case AttributeIs(name, test, None, None) if (row := ATTRIBUTES.get(name)) and row.has and test == _YES:
                return f"yrityksellä on {row.has}"
            case AttributeIs(name, test, None, None) if (row := ATTRIBUTES.get(name)) and row.counted and is_amount(test):
                return f"yrityksessä on {amount(test)} {row.counted}"
            case AttributeIs():
                return f"yrityksen tiedoissa {_attribute_is(node.part, currency)}"
    who = (
        "vähintään yksi yrityksen yhteyshenkilö"
        if node.quantifier == "any"
        else f"vähintään {node.n} yrityksen yhteyshenkilö{'' if node.n == 1 else 'ä'}"
    )
    clause = _clause(node.part, currency)
    if clause.person and not isinstance(node.part, And | Or | Followed):
        return f"{who} {clause.alone}"
    return f"{who} täyttää ehdon ({_closed(clause)})"
