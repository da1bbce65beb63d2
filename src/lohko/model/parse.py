"""Text to tree. Purely of form: names are looked up afterwards, in `catalogue.py`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from lohko.base.errors import InputError
from lohko.model.condition import (
    After,
    And,
    AttributeIs,
    Before,
    Between,
    Condition,
    Day,
    EventsAre,
    InLast,
    InSegment,
    Not,
    Number,
    Operand,
    Or,
    PropertyIs,
    Since,
    Span,
    Test,
    Text,
    Window,
    YesNo,
)
from lohko.model.limits import FIRST_YEAR, LAST_YEAR, MAX_BRACKETS, MAX_DEPTH, MAX_LIST, MAX_NODES, MAX_SPAN, MAX_TEXT, day_fits, fits
from lohko.model.misread import Misread, excerpt, explained, reserved
from lohko.model.operators import OPERATORS
from lohko.model.words import is_reserved, read_text


@dataclass(frozen=True)
class Remark:
    """Something that is allowed but often a mistake."""

    code: str
    message: str


@dataclass(frozen=True)
class Parsed:
    """A tree and what should be said about how it was written."""

    condition: Condition
    warnings: tuple[Remark, ...] = ()
    currencies: frozenset[str] = frozenset()
    """The currencies written after numbers (EUR, GBP ...): the words are not part of the tree."""


@dataclass(frozen=True)
class _Part:
    """A condition while it is being read: how deep it is and whether it stood in parentheses."""

    condition: Condition
    depth: int = 1
    nodes: int = 1
    grouped: bool = False
    brackets: int = 0
    mixed: bool = False


@dataclass(frozen=True)
class _Where:
    part: _Part


def parse(text: str) -> Parsed:
    """The tree of a rule; InputError `bad_rule` that points at the place when it cannot be read."""
    if len(text) > MAX_TEXT:
        raise InputError("rule_too_long", f"The rule is longer than {MAX_TEXT:,} characters.")
    if not text.strip():
        raise InputError("bad_rule", "The rule is empty.", hint="for example: did order in last 90 days")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError("bad_rule", "The rule is not valid UTF-8 text.")
    try:
        part: _Part = _parser().parse(text)  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise explained(text, error) from None
    except Misread as error:
        token = error.token
        place = excerpt(text, token.line, token.column) if token and token.line and token.column else None
        raise InputError("bad_rule", error.message, place=place, hint=error.hint) from None
    warnings = (_MIXED,) if part.mixed else ()
    return Parsed(part.condition, warnings, _currencies(text))


_MIXED = Remark("mixed_and_or", "`and` and `or` stand side by side: `and` binds first. Put parentheses where you mean them.")
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
_QUOTED_OR_MONEY = re.compile(r"""\"(?:\\.|[^"\\])*"|`[^`]*`|\#[^\n]*|\d\s*(?P<money>[€£$]|(?:EUR|GBP|USD|SEK|NOK|DKK)\b)""")


def _currencies(text: str) -> frozenset[str]:
    found = (match["money"] for match in _QUOTED_OR_MONEY.finditer(text))
    return frozenset(_SIGNS.get(money, money.upper()) for money in found if money)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files("lohko.model").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_Builder(), lexer_callbacks={"NAME": _checked_word})


def _checked_word(token: Token) -> Token:
    """Where a keyword may not stand, the lexer would take it for a name."""
    if is_reserved(token):
        raise reserved(token)
    return token


def _leaf(condition: Condition, nodes: int = 1, depth: int = 1, mixed: bool = False) -> _Part:
    return _Part(condition, depth, nodes, mixed=mixed)


def _checked(part: _Part) -> _Part:
    if part.depth > MAX_DEPTH or part.brackets > MAX_BRACKETS:
        raise Misread(f"The rule is nested more than {MAX_DEPTH} deep.", hint="make a segment of the inner part.")
    if part.nodes > MAX_NODES:
        raise Misread(f"The rule has more than {MAX_NODES} conditions.", hint="use `is one of` for lists of values.")
    return part


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """Called while the text is read, so nothing recurses into a hostile rule."""

    def start(self, part: _Part) -> _Part:
        return part

    # --- algebra

    def any_of(self, *parts: _Part) -> _Part:
        mixed = any(isinstance(p.condition, And) and not p.grouped for p in parts)
        return self._joined(Or, parts, mixed)

    def all_of(self, *parts: _Part) -> _Part:
        return self._joined(And, parts, False)

    def _joined(self, kind: type[And] | type[Or], parts: tuple[_Part, ...], mixed: bool) -> _Part:
        flat: list[Condition] = []
        for part in parts:
            flat.extend(part.condition.parts if isinstance(part.condition, kind) else (part.condition,))
        return _checked(
            _Part(
                kind(tuple(flat)),
                1 + max(part.depth - isinstance(part.condition, kind) for part in parts),
                1 + sum(part.nodes - isinstance(part.condition, kind) for part in parts),
                brackets=max(part.brackets for part in parts),
                mixed=mixed or any(part.mixed for part in parts),
            )
        )

    def negated(self, part: _Part) -> _Part:
        return _checked(_Part(Not(part.condition), part.depth + 1, part.nodes + 1, brackets=part.brackets, mixed=part.mixed))

    def group(self, part: _Part) -> _Part:
        return _checked(_Part(part.condition, part.depth, part.nodes, grouped=True, brackets=part.brackets + 1, mixed=part.mixed))

    # --- leaves

    def attribute(self, name: str, test: Test) -> _Part:
        return _leaf(AttributeIs(name, test))

    def property(self, name: str, test: Test) -> _Part:
        return _leaf(PropertyIs(name, test))

    def did(self, event: str, *tails: Any) -> _Part:
        return self._events(event, "count", None, tails, Test("at_least", (Number(Decimal(1)),)))

    def did_not(self, event: str, *tails: Any) -> _Part:
        return self.negated(self.did(event, *tails))

    def count_of(self, event: str, *tails: Any) -> _Part:
        return self._events(event, "count", None, tails, None)

    def measure_of(self, measure: str, name: str, event: str, *tails: Any) -> _Part:
        return self._events(event, measure, name, tails, None)

    def _events(self, event: str, measure: Any, name: str | None, tails: tuple[Any, ...], test: Test | None) -> _Part:
        tests = [t for t in tails if isinstance(t, Test)]
        wheres = [t for t in tails if isinstance(t, _Where)]
        windows = [t for t in tails if not isinstance(t, Test | _Where)]
        for found, what in ((tests, "comparison"), (wheres, "`where`"), (windows, "time window")):
            if len(found) > 1:
                raise Misread(
                    f"There is more than one {what} for {event!r}.",
                    hint="join several comparisons as `where (... and ...)`, or write two conditions.",
                )
        if not tests and test is None:
            raise Misread(f"The {measure} of {event!r} is compared with nothing.", hint="add for example `> 100` or `is at least 2`.")
        where = wheres[0].part if wheres else None
        condition = EventsAre(
            event,
            measure,
            tests[0] if tests else test or Test("known"),
            property=name,
            where=where.condition if where else None,
            window=windows[0] if windows else None,
        )
        nodes, depth = (1 + where.nodes, 1 + where.depth) if where else (1, 1)
        return _checked(_leaf(condition, nodes, depth, where.mixed if where else False))

    def in_segment(self, name: str) -> _Part:
        return _leaf(InSegment(name))

    def not_in_segment(self, name: str) -> _Part:
        return self.negated(_leaf(InSegment(name)))

    def measure(self, token: Token) -> str:
        word = token.lower()
        return {"minimum": "min", "maximum": "max"}.get(word, word)

    def where_one(self, name: str, test: Test) -> _Where:
        return _Where(_leaf(PropertyIs(name, test)))

    def where_group(self, part: _Part) -> _Where:
        return _Where(part)

    # --- how many times

    def whole(self, token: Token) -> Number:
        return _whole(token)

    def once(self) -> Test:
        return Test("is", (Number(Decimal(1)),))

    def twice(self) -> Test:
        return Test("is", (Number(Decimal(2)),))

    # --- windows

    def window_in_last(self, span: Span) -> Window:
        return InLast(span)

    def window_between(self, first: Day, last: Day) -> Window:
        return Between(first.value, last.value)

    def window_before(self, day: Day) -> Window:
        return Before(day.value)

    def window_after(self, day: Day) -> Window:
        return After(day.value)

    def window_since(self, day: Day) -> Window:
        return Since(day.value)

    # --- words

    def event_name(self, name: str) -> str:
        return name

    def name(self, token: Token) -> str:
        return _name(token)

    def segment_name(self, token: Token) -> str:
        return _string(token) if token.type == "STRING" else token.value if token.type == "SEGMENT_ID" else _name(token)

    def text(self, token: Token) -> Text:
        return Text(_string(token) if token.type == "STRING" else str(token))

    def number(self, token: Token) -> Number:
        return Number(_decimal(token))

    def day(self, token: Token) -> Day:
        return Day(_day(token))

    def yes_no(self, token: Token) -> YesNo:
        return YesNo(token.type == "TRUE")

    def span(self, *tokens: Token) -> Span:
        n = _whole(tokens[0]).value if len(tokens) == 2 else Decimal(1)
        if not 1 <= n <= MAX_SPAN:
            raise Misread(f"A length of time is from 1 to {MAX_SPAN:,}.", tokens[0])
        return Span(int(n), tokens[-1].lower().rstrip("s"))  # type: ignore[arg-type]

    def list(self, *values: Operand) -> tuple[Operand, ...]:
        if len(values) > MAX_LIST:
            raise Misread(f"A list holds at most {MAX_LIST:,} values.")
        return values


def _test_of(key: str) -> Callable[..., Test]:
    def build(_: _Builder, *operands: Any) -> Test:
        return Test(key, operands[0] if OPERATORS[key].operands == "many" else operands)

    return build


for _key in OPERATORS:
    setattr(_Builder, _key, v_args(inline=True)(_test_of(_key)))


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


def _decimal(token: Token) -> Decimal:
    value = Decimal(str(token.value))
    if not fits(value):
        raise Misread("A number has at most 18 digits before the point and 10 after it.", token)
    return value


def _whole(token: Token) -> Number:
    value = _decimal(token)
    if value != value.to_integral_value() or value < 0:
        raise Misread(f"{token.value} is not a whole number.", token)
    return Number(value)


def _day(token: Token) -> dt.date:
    text = str(token.value)
    try:
        if "." in text:
            day, month, year = map(int, text.split("."))
            found = dt.date(year, month, day)
        else:
            found = dt.date.fromisoformat(text)
    except ValueError:
        raise Misread(f"{text} is not a day of the calendar.", token, "write 2026-11-01 or 1.11.2026.") from None
    if not day_fits(found):
        raise Misread(f"{text} is not a day of the years {FIRST_YEAR} to {LAST_YEAR}.", token)
    return found
