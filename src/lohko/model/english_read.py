# ruff: noqa: D102 - the methods are the rules of the grammar, which says what each is
"""English text to tree: how words, names and numbers of a rule are read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, v_args

from lohko.model.build import Builder
from lohko.model.build_events import counting
from lohko.model.build_values import span as span_of
from lohko.model.condition import AttributeIs, MomentIs, PropertyIs
from lohko.model.english_forms import EVENTS, HAS, phrases, spaced, terminals
from lohko.model.grammar import parser_of
from lohko.model.limits import FIRST_YEAR, LAST_YEAR, day_fits, fits
from lohko.model.misread import Misread, reserved
from lohko.model.operand import Day, Number, Span, Test, Text
from lohko.model.pieces import Event, Has, Head, Name, OnDays, Piece, Segment, Times, Where
from lohko.model.window import Window
from lohko.model.words import MONTHS, is_reserved, read_text

_KEYWORDS = """
    above after ago all among and anniversary at average before below between bottom by contain count decile did different distinct
    end ever never exactly fewer first for have hour in km latest known last least less match median most next no none not of on once or over
    previous quintile random segment set since start sum than that the this to today tomorrow top twice under weekday unknown until with within
    yesterday a
""".split()


@lru_cache(maxsize=1)
def parser() -> Lark:
    """The parser of English rules."""
    grammar = files("lohko.model").joinpath("grammar.lark").read_text(encoding="utf-8")
    words = "\n".join(f"_{word.upper()}.3: /{word}\\b/i" for word in _KEYWORDS)
    return parser_of(f"{grammar}\n{words}\n{terminals()}\n", EnglishBuilder(), _checked_word)


def _checked_word(token: Token) -> Token:
    """Where a keyword may not stand, the lexer would take it for a name."""
    if is_reserved(token):
        raise reserved(token)
    return token


@v_args(inline=True)
class EnglishBuilder(Builder):
    """Called while the text is read, so nothing recurses into a hostile rule."""

    # --- events

    def event(self, token: Token) -> Event:
        return Event(_phrase(token))

    def named(self, name: Name) -> Event:
        return Event(str(name))

    def valued(self, token: Token, value: Text) -> Event:
        event = _phrase(token)
        row = EVENTS[event].value
        assert row is not None
        return Event(event, PropertyIs(row[0], Test("is", (value,))))

    def verb(self, token: Token) -> Event:
        return Event(_phrase(token))

    def counted(self, verb: Event | Token, test: Test, things: Token) -> Event:
        event = verb.name if isinstance(verb, Event) else _phrase(verb)
        counted = EVENTS[event].counted
        if counted is None or _phrase(things) != counted[2]:
            raise Misread(f"{things} are not what this is about.", things)
        return Event(event, None, Times(counting(test)))

    def on_units(self, test: Test, unit: Token) -> OnDays:
        if self.unit(unit) != "day":
            raise Misread(
                "On how many days something was done is counted, not weeks or other periods.", unit, "write `on at least 3 days`."
            )
        return self.on_days(test)

    def in_month(self, token: Token) -> Where:
        return Where(Piece(MomentIs("month", Test("is", (Text(str(token)),)))))

    def used(self, token: Token) -> Has:
        return Has(Piece(HAS[spaced(token)][1]))

    def share_of(self, test: Test, event: Event, *bits: Any) -> Piece:
        return self.measured(Head("share", event), test, *bits)

    # --- consent, reach, accounts

    def may(self, token: Token) -> Piece:
        return self.consent(_phrase(token))

    def may_not(self, token: Token) -> Piece:
        return self.no_consent(_phrase(token))

    def consented(self, purpose: Text) -> Piece:
        return self.consent(purpose.value)

    def not_consented(self, purpose: Text) -> Piece:
        return self.no_consent(purpose.value)

    def reached(self, token: Token) -> Piece:
        return self.reachable(_phrase(token))

    def not_reached(self, token: Token) -> Piece:
        return self.not_reachable(_phrase(token))

    def account_holds(self, token: Token) -> Piece:
        return self.account_has(Name(_phrase(token)))

    def account_holds_no(self, token: Token) -> Piece:
        return self.account_has_no(Name(_phrase(token)))

    def account_amount(self, test: Test, piece: Piece) -> Piece:
        if test.op != "at_least":
            raise Misread(
                "Of contacts is asked whether any, all or at least some number of them are so.", hint="write `at least 2 contacts`."
            )
        number = test.operands[0]
        assert isinstance(number, Number)
        return self.account_at_least(number, piece)

    def account_counts(self, test: Test, name: Token) -> Piece:
        return self._account("any", Piece(AttributeIs(_phrase(name), test)))

    # --- times

    def same(self, span: Span) -> tuple[Span, Span]:
        return span, span

    def pair(self, newest: Span, oldest: Span) -> tuple[Span, Span]:
        return newest, oldest

    def ranged(self, token: Token, unit: Any) -> tuple[Span, Span]:
        newest, oldest = _range(token)
        return span_of(newest, unit), span_of(oldest, unit)

    def numbers(self, newest: Number, oldest: Number, unit: Any) -> tuple[Span, Span]:
        return span_of(newest.value, unit), span_of(oldest.value, unit)

    def ago_test(self, pair: tuple[Span, Span]) -> Test:
        return Test("ago_between", pair)

    def window_ago(self, pair: tuple[Span, Span]) -> Window:
        return self.window_ago_between(*pair)

    # --- words and values

    def name(self, token: Token) -> Name:
        return Name(_name(token))

    def segment(self, token: Token) -> Segment:
        return Segment(_string(token) if token.type == "STRING" else token.value if token.type == "SEGMENT_ID" else _name(token))

    def text(self, token: Token) -> Text:
        return Text(_string(token) if token.type == "STRING" else str(token))

    def number(self, token: Token) -> Number:
        return Number(_decimal(str(token.value), token))

    def range(self, token: Token) -> Test:
        return Test("between", tuple(map(Number, _range(token))))

    def day(self, token: Token) -> Day:
        return Day(_day(token))

    def unit(self, token: Token) -> str:
        return token.lower().rstrip("s")

    def span(self, *tokens: Token) -> Span:
        n = _decimal(str(tokens[0]), tokens[0]) if len(tokens) == 2 else Decimal(1)
        try:
            return span_of(n, self.unit(tokens[-1]))
        except Misread as error:
            raise Misread(error.message, tokens[0]) from None


def _phrase(token: Token) -> Any:
    return phrases()[token.type][spaced(token)]


def _name(token: Token) -> str:
    if token.type == "BACKTICKED":
        inner = str(token.value)[1:-1].replace("``", "`")
        if not inner.strip():
            raise Misread("A name is empty.", token)
        return inner
    name = str(token.value)
    return "rfm_" + name.split()[-1].lower() if name.lower().startswith("rfm ") else name


def _string(token: Token) -> str:
    try:
        text = read_text(str(token.value))
        text.encode()
    except (ValueError, OverflowError):
        raise Misread("This text holds a character that does not exist.", token) from None
    return text


def _decimal(text: str, token: Token) -> Decimal:
    value = Decimal(text)
    if not fits(value):
        raise Misread("A number has at most 18 digits before the point and 10 after it.", token)
    return value


def _range(token: Token) -> tuple[Decimal, Decimal]:
    low, high = str(token.value).replace("–", "-").split("-")
    return _decimal(low.strip(), token), _decimal(high.strip(), token)


def _day(token: Token) -> dt.date:
    text = str(token.value)
    try:
        if "." in text:
            day, month, year = map(int, text.split("."))
            found = dt.date(year, month, day)
        elif "-" in text:
            found = dt.date.fromisoformat(text)
        else:
            words = text.split()
            found = dt.date(int(words[2]), MONTHS.index(words[1].capitalize()) + 1, int(words[0]))
    except ValueError:
        raise Misread(f"{text} is not a day of the calendar.", token, "write 1 November 2026, 2026-11-01 or 1.11.2026.") from None
    if not day_fits(found):
        raise Misread(f"{text} is not a day of the years {FIRST_YEAR} to {LAST_YEAR}.", token)
    return found
