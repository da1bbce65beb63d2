"""Tree to English: the one canonical way to say a rule, which the English surface reads back to the same tree."""

from __future__ import annotations

from dataclasses import dataclass

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
from lohko.model.english_events import EventWords, attribute, is_bare_list
from lohko.model.english_forms import ACCOUNT_COUNTS, ACCOUNT_HAS, CHANNELS, CONSENTS
from lohko.model.english_values import amount, comparison, ever, is_amount, window_text, write_day, write_number, write_span
from lohko.model.normal import normalise
from lohko.model.operand import Day, Span, Test, YesNo
from lohko.model.operators import OPERATORS, positive
from lohko.model.schema import RFM_TRAITS
from lohko.model.words import write_segment, write_text

_YES = Test("is", (YesNo(True),))
_NEGATED = {row.negates for row in OPERATORS.values() if row.negates}
_MONEY_TRAITS = {trait.name for trait in RFM_TRAITS if trait.type == "money"} | {
    name for name, kind in (FROM_DEALS | FROM_PEOPLE).items() if kind == "money"
}


def sentence(condition: Condition, currency: str = "EUR") -> str:
    """The canonical English of a condition, on one line.

    >>> from lohko.model.parse import parse
    >>> sentence(parse("did NOT order at least 2 times or x is known and y = 1").condition)
    'did not order at least 2 times or (x is known and y is 1)'
    """
    return English(currency).said(normalise(condition))


def lines(condition: Condition, currency: str = "EUR") -> str:
    """The canonical text over several lines: one part of the outermost and/or a line."""
    plain, english = normalise(condition), English(currency)
    if isinstance(plain, And | Or):
        return f"\n{'and' if isinstance(plain, And) else 'or'} ".join(english.parts(plain))
    return english.said(plain)


@dataclass(frozen=True)
class English(EventWords):
    """Says conditions on people, normalised ones; money is in that currency."""

    def said(self, node: Condition) -> str:
        """A condition as text."""
        match node:
            case And() | Or():
                return f" {'and' if isinstance(node, And) else 'or'} ".join(self.parts(node))
            case Not(part):
                return self._denied(part) or f"not ({self.said(part)})"
            case AttributeIs():
                return self._attribute(node)
            case EventsAre():
                return self.events(node) or ""
            case Periods():
                return self.periods(node) or ""
            case OfAccount():
                return self._account(node)
            case PropertyIs() | MomentIs():
                return self.where(node, "")
        return self._leaf(node)

    def parts(self, node: And | Or) -> list[str]:
        """The parts of an and/or, each in brackets when it needs them."""
        if isinstance(node, Or):
            return [self._inside(part) if not isinstance(part, Followed) else f"({self.followed(part)})" for part in node.parts]
        found, base = [], None
        for part in node.parts:
            found.append(self.of_them(base, part) or self._inside(part))
            base = base if isinstance(part, Tied) else part
        return found

    def _inside(self, part: Condition) -> str:
        return f"({self.said(part)})" if isinstance(part, And | Or) else self.said(part)

    def _leaf(self, node: Condition) -> str:
        match node:
            case EdgeEvent():
                return self.edge(node)
            case Followed():
                return self.followed(node)
            case Tied():
                return self.tied(node)
            case Against():
                return self.against(node)
            case Ranked():
                return self.ranked(node)
            case InSegment() | Moved() | Consent() | Reachable():
                return _person_is(node, negative=False)
            case RandomShare(percent, seed):
                return f"is in a random {write_number(percent)} % of everyone" + (f" with seed {write_text(seed)}" if seed else "")
            case Near(latitude, longitude, km):
                return f"is within {write_number(km)} km of {write_number(latitude)}, {write_number(longitude)}"
        raise TypeError(node)

    def _denied(self, part: Condition) -> str | None:
        """What is not so, where there is a way to say it."""
        match part:
            case EventsAre():
                return self.events(part, negative=True)
            case Periods():
                return self.periods(part, negative=True)
            case InSegment() | Moved() | Consent() | Reachable():
                return _person_is(part, negative=True)
            case AttributeIs(name, test, what, Ever()) if test.op not in _NEGATED and OPERATORS[test.op].negates is None:
                return f"{attribute(name, what)} {ever(test).replace('ever', 'never', 1)}"
            case OfAccount("any", AttributeIs(name, test, None, None)) if test == _YES and name in ACCOUNT_HAS:
                return ACCOUNT_HAS[name][1]
        return None

    def _attribute(self, node: AttributeIs, subject: str | None = None) -> str:
        name, test, part, at = node.name, node.test, node.part, node.at
        subject = subject or attribute(name, part)
        if isinstance(at, Ever):
            asked, negated = positive(test)
            words = ever(asked)
            return f"{subject} {words.replace('ever', 'never', 1) if negated else words}"
        money = self.currency if name in _MONEY_TRAITS and part is None else None
        words = comparison(test, past=at is not None, none=part != "items", bare=is_bare_list(name, part, test), money=money)
        return f"{subject} {words}" if at is None else f"{subject} {words} {when(at)}"

    def _account(self, node: OfAccount) -> str:
        match node:
            case OfAccount("any", AttributeIs(name, test, None, None)) if test == _YES and name in ACCOUNT_HAS:
                return ACCOUNT_HAS[name][0]
            case OfAccount("any", AttributeIs(name, test, None, None)) if name in ACCOUNT_COUNTS and is_amount(test):
                return f"the account has {amount(test)} {ACCOUNT_COUNTS[name]}"
            case OfAccount("any", AttributeIs(name, _, what, at) as part) if not isinstance(at, Ever):
                return self._attribute(part, f"the account's {attribute(name, what)}")
            case OfAccount("at_least"):
                who = f"at least {node.n} contact{'' if node.n == 1 else 's'} of the account"
            case _:
                who = "any contact of the account" if node.quantifier == "any" else "all contacts of the account"
        direct = _deed(node.part) and self._deed(node.part)
        return f"{who} {direct}" if direct else f"{who} match ({self.said(node.part)})"

    def _deed(self, part: Condition) -> str | None:
        """What someone did or did not do, if that is all."""
        negative = isinstance(part, Not)
        inner = part.part if isinstance(part, Not) else part
        return self.events(inner, negative=negative) if isinstance(inner, EventsAre) else None


def _deed(part: Condition) -> bool:
    """Whether it is said with a verb whose subject is a person."""
    inner = part.part if isinstance(part, Not) else part
    return isinstance(inner, EventsAre) and English().events(inner, negative=True) is not None


def when(moment: Span | Day) -> str:
    """A moment in the past: `90 days ago`, `on 1 November 2026`."""
    return f"{write_span(moment)} ago" if isinstance(moment, Span) else f"on {write_day(moment.value)}"


def _person_is(node: InSegment | Moved | Consent | Reachable, *, negative: bool) -> str:
    match node:
        case InSegment(segment, at):
            verb = ("is" if at is None else "was") + (" not" if negative else "")
            return f"{verb} in segment {write_segment(segment)}" + ("" if at is None else f" {when(at)}")
        case Moved(segment, way, window):
            enter = "enter" if way == "entered" else "leave"
            words = f"{f'did not {enter}' if negative else way} segment {write_segment(segment)}"
            return words if window is None else f"{words} {window_text(window)}"
        case Consent(purpose) if purpose in CONSENTS:
            return f"may {'not ' if negative else ''}{CONSENTS[purpose]}"
        case Consent(purpose):
            return f"has {'not ' if negative else ''}consented to {write_text(purpose)}"
        case Reachable(channel):
            return f"{'cannot' if negative else 'can'} be reached by {CHANNELS[channel]}"
    raise TypeError(node)
