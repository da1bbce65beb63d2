"""Text to tree. Purely of form: names are looked up afterwards, in `catalogue.py`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from lohko.base.errors import InputError, candidates
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
from lohko.model.words import RESERVED, is_bare

MAX_TEXT = 200_000
MAX_DEPTH = 10
MAX_BRACKETS = 30
MAX_NODES = 500
MAX_LIST = 10_000


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
        raise InputError("rule_too_long", f"The rule is longer than {MAX_TEXT} characters.")
    if not text.strip():
        raise InputError("bad_rule", "The rule is empty.", hint="for example: did order in last 90 days")
    try:
        part: _Part = _parser().parse(text)  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise _explained(text, error) from None
    except _Misread as error:
        raise InputError("bad_rule", error.message, place=_place(text, error.token), hint=error.hint) from None
    warnings = []
    if part.mixed:
        warnings.append(
            Remark(
                "mixed_and_or",
                "`and` and `or` stand side by side: `and` binds first. Put parentheses where you mean them.",
            )
        )
    return Parsed(part.condition, tuple(warnings))


class _Misread(Exception):
    def __init__(self, message: str, token: Token | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.token = token
        self.hint = hint


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files("lohko.model").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", transformer=_Builder(), propagate_positions=False)


def _leaf(condition: Condition, nodes: int = 1, depth: int = 1, mixed: bool = False) -> _Part:
    return _Part(condition, depth, nodes, mixed=mixed)


def _checked(part: _Part) -> _Part:
    if part.depth > MAX_DEPTH or part.brackets > MAX_BRACKETS:
        raise _Misread(f"The rule is nested more than {MAX_DEPTH} deep.", hint="make a segment of the inner part.")
    if part.nodes > MAX_NODES:
        raise _Misread(f"The rule has more than {MAX_NODES} conditions.", hint="use `is one of` for lists of values.")
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
                1 + max(p.depth for p in parts),
                1 + sum(p.nodes for p in parts),
                brackets=max(p.brackets for p in parts),
                mixed=mixed or any(p.mixed for p in parts),
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
                raise _Misread(
                    f"There is more than one {what} for {event!r}.",
                    hint="join several comparisons as `where (... and ...)`, or write two conditions.",
                )
        if not tests and test is None:
            raise _Misread(f"The {measure} of {event!r} is compared with nothing.", hint="add for example `> 100` or `is at least 2`.")
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

    def times_at_least(self, n: Token) -> Test:
        return Test("at_least", (_whole(n),))

    def times_at_most(self, n: Token) -> Test:
        return Test("at_most", (_whole(n),))

    def times_exactly(self, n: Token) -> Test:
        return Test("is", (_whole(n),))

    def times_over(self, n: Token) -> Test:
        return Test("over", (_whole(n),))

    def times_under(self, n: Token) -> Test:
        return Test("under", (_whole(n),))

    def once(self) -> Test:
        return Test("is", (Number(Decimal(1)),))

    def twice(self) -> Test:
        return Test("is", (Number(Decimal(2)),))

    # --- comparisons

    def comparison(self, test: Test) -> Test:
        return test

    number_test = comparison

    def is_(self, value: Operand) -> Test:
        return Test("is", (value,))

    def is_not(self, value: Operand) -> Test:
        return Test("is_not", (value,))

    def one_of(self, values: tuple[Operand, ...]) -> Test:
        return Test("one_of", values)

    def none_of(self, values: tuple[Operand, ...]) -> Test:
        return Test("none_of", values)

    def over(self, value: Operand) -> Test:
        return Test("over", (value,))

    def at_least(self, value: Operand) -> Test:
        return Test("at_least", (value,))

    def under(self, value: Operand) -> Test:
        return Test("under", (value,))

    def at_most(self, value: Operand) -> Test:
        return Test("at_most", (value,))

    def between(self, low: Operand, high: Operand) -> Test:
        return Test("between", (low, high))

    def not_between(self, low: Operand, high: Operand) -> Test:
        return Test("not_between", (low, high))

    def before(self, day: Operand) -> Test:
        return Test("before", (day,))

    def after(self, day: Operand) -> Test:
        return Test("after", (day,))

    def since(self, day: Operand) -> Test:
        return Test("since", (day,))

    def in_last(self, span: Span) -> Test:
        return Test("in_last", (span,))

    def not_in_last(self, span: Span) -> Test:
        return Test("not_in_last", (span,))

    def known(self) -> Test:
        return Test("known")

    def unknown(self) -> Test:
        return Test("unknown")

    def contains(self, value: Operand) -> Test:
        return Test("contains", (value,))

    def does_not_contain(self, value: Operand) -> Test:
        return Test("does_not_contain", (value,))

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
        if token.type == "STRING":
            return Text(_string(token))
        if token.lower() in RESERVED:
            raise _Misread(f"{token.value!r} is a word of the language.", token, 'put a text in quotes: "…".')
        return Text(token.value)

    def number(self, token: Token) -> Number:
        return Number(_decimal(token))

    def day(self, token: Token) -> Day:
        return Day(_day(token))

    def yes_no(self, token: Token) -> YesNo:
        return YesNo(token.type == "TRUE")

    def span(self, *tokens: Token) -> Span:
        n = _whole(tokens[0]).value if len(tokens) == 2 else Decimal(1)
        if not 1 <= n <= 100_000:
            raise _Misread("A length of time is from 1 to 100,000.", tokens[0])
        return Span(int(n), tokens[-1].lower().rstrip("s"))  # type: ignore[arg-type]

    def list(self, *values: Operand) -> tuple[Operand, ...]:
        if len(values) > MAX_LIST:
            raise _Misread(f"A list holds at most {MAX_LIST} values.")
        return values


def _name(token: Token) -> str:
    if token.type == "BACKTICKED":
        inner = str(token.value)[1:-1].replace("``", "`").strip()
        if not inner:
            raise _Misread("A name is empty.", token)
        return inner
    name = str(token.value)
    if name.lower().startswith("rfm "):
        return "rfm_" + name.split()[-1].lower()
    if not is_bare(name):
        raise _Misread(f"{name!r} is a word of the language, not a name.", token, f"if it is a name, put it in backticks: `{name}`.")
    return name


def _string(token: Token) -> str:
    return str(token.value)[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _decimal(token: Token) -> Decimal:
    value = Decimal(str(token.value))
    if abs(value) >= Decimal(10) ** 18 or value != round(value, 10):
        raise _Misread("A number has at most 18 digits before the point and 10 after it.", token)
    return value


def _whole(token: Token) -> Number:
    value = _decimal(token)
    if value != value.to_integral_value() or value < 0:
        raise _Misread(f"{token.value} is not a whole number.", token)
    return Number(value)


def _day(token: Token) -> dt.date:
    text = str(token.value)
    try:
        if "." in text:
            day, month, year = map(int, text.split("."))
            return dt.date(year, month, day)
        return dt.date.fromisoformat(text)
    except ValueError:
        raise _Misread(f"{text} is not a day of the calendar.", token, "write 2026-11-01 or 1.11.2026.") from None


# --- errors that point ---------------------------------------------------------------

_SPOKEN = {
    "STRING": "a text in quotes",
    "NUMBER": "a number",
    "DAY": "a date such as 2026-11-01",
    "NAME": "a name",
    "UNIT": "days, weeks, months ...",
    "SEGMENT_ID": "a segment's id",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "$END": "the end",
}
_HIDDEN = {"BACKTICKED", "TRUE", "FALSE", "_MONEY"}


def _explained(text: str, error: UnexpectedInput) -> InputError:
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        found, expected = str(error.token), set(error.accepts or error.expected)
        message = f"{found!r} is not expected here."
        place = _place(text, error.token)
    elif isinstance(error, UnexpectedCharacters):
        word = text[error.pos_in_stream or 0 :].split()
        found, expected = (word[0] if word else ""), set(error.allowed or ())
        message = f"{found[:40]!r} is not expected here."
        if found.startswith('"'):
            message = "A quoted text has no end."
        place = _excerpt(text, error.line, error.column)
    else:
        found, expected = "", set(getattr(error, "accepts", None) or getattr(error, "expected", ()) or ())
        message = "The rule ends too early."
        lines = text.rstrip().split("\n")
        place = _excerpt(text, len(lines), len(lines[-1]) + 1)
    words = sorted({_spoken(item) for item in expected if item not in _HIDDEN})
    close = candidates(found, [w for w in words if w.isalpha()]) if found else []
    hint: str | None = None
    if close:
        hint = f"did you mean {' or '.join(close)}?"
    elif words:
        hint = f"here can stand {', '.join(words[:12])}{' ...' if len(words) > 12 else ''}."
    return InputError("bad_rule", message, place=place, hint=hint)


def _spoken(terminal: str) -> str:
    if terminal in _SPOKEN:
        return _SPOKEN[terminal]
    symbols = {"MORETHAN": ">", "LESSTHAN": "<", "EQUAL": "="}
    if terminal in symbols:
        return symbols[terminal]
    if terminal.startswith("__ANON"):
        return "a comparison"
    return terminal.strip("_").lower().replace("_", " ")


def _place(text: str, token: Token | None) -> str | None:
    if token is None or token.line is None or token.column is None:
        return None
    return _excerpt(text, token.line, token.column)


def _excerpt(text: str, line: int, column: int) -> str:
    """The line with a caret under the column, cut to what a terminal shows."""
    found = text.split("\n")[line - 1] if 0 < line <= text.count("\n") + 1 else ""
    start = max(0, column - 50)
    shown = found[start : start + 90]
    return f"line {line}, column {column}:\n    {shown}\n    {' ' * (column - 1 - start)}^"
