"""Every comparison, once: its words, what it takes, and what it means.

An operator is one row. The compiler, the reference engine, the sentence and the
manual all read this table, so a new operator is a new row here and, when its SQL
has a new shape, one in `engine/compile.py`. Negatives mean NOT of their positive,
so people and events without the value are among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from lohko.base.text import fold
from lohko.model.operand import Day, Number, Operand, Period, Span, Test, Text, YesNo
from lohko.model.schema import NUMERIC, TEMPORAL, TEXTUAL, Type

Many = Literal["many"]
Takes = Literal["value", "span", "period"]
EQUAL_TYPES: frozenset[Type] = NUMERIC | TEXTUAL | TEMPORAL | {"boolean"}
_SET: frozenset[Type] = frozenset({"text_set"})


@dataclass(frozen=True)
class Operator:
    """One comparison.

    key       what the tree stores
    types     the types of value it is asked of
    operands  how many it takes; "many" is one or more
    english   its sentence, with {0}, {1} for operands and {all} for a list of them; negatives say that those without a value are in
    negates   the key of the positive it is NOT of
    holds     the meaning for a value that is not temporal; None: decided by a range of instants, or of the whole set
    help      one sentence for the manual
    takes     what its operands are: values of the type on the left, a length of time, or a calendar period
    finnish   its sentence in Finnish, with the same places
    """

    key: str
    types: frozenset[Type]
    operands: int | Many
    english: str
    help: str
    negates: str | None = None
    holds: Callable[..., bool] | None = None
    takes: Takes = "value"
    finnish: str = ""


def _same(value: Any, wanted: Any) -> bool:
    return fold(value) == fold(wanted) if isinstance(value, str) else bool(value == wanted)


def _matches(value: str, pattern: str) -> bool:
    """Whether the whole text fits a pattern in which * is any text and ? is any one character."""
    parts = {"*": ".*", "?": "."}
    return re.fullmatch("".join(parts.get(c) or re.escape(c) for c in fold(pattern)), fold(value), re.DOTALL) is not None


_ROWS = (
    Operator(
        "is", EQUAL_TYPES, 1, "is {0}", "The value is that one; on a date or time, any time on that day.", holds=_same, finnish="on {0}"
    ),
    Operator(
        "is_not",
        EQUAL_TYPES,
        1,
        "is not {0} (or has none)",
        "Not that value, or none at all.",
        negates="is",
        finnish="ei ole {0} (tai tieto puuttuu)",
    ),
    Operator(
        "one_of",
        NUMERIC | TEXTUAL,
        "many",
        "is one of {all}",
        "The value is in the list.",
        holds=lambda value, *wanted: any(_same(value, item) for item in wanted),
        finnish="on jokin näistä: {all}",
    ),
    Operator(
        "none_of",
        NUMERIC | TEXTUAL,
        "many",
        "is none of {all} (or has none)",
        "Not in the list, or none at all.",
        negates="one_of",
        finnish="ei ole mikään näistä: {all} (tai tieto puuttuu)",
    ),
    Operator(
        "has_all", _SET, "many", "has all of {all}", "Every text of the list is among the values.", finnish="sisältää kaikki nämä: {all}"
    ),
    Operator(
        "does_not_have_all",
        _SET,
        "many",
        "does not have all of {all} (or has none)",
        "At least one text of the list is missing.",
        negates="has_all",
        finnish="ei sisällä kaikkia näitä: {all} (tai tieto puuttuu)",
    ),
    Operator(
        "contains",
        TEXTUAL,
        1,
        "contains {0}",
        "The text has that text somewhere in it.",
        holds=lambda value, wanted: fold(wanted) in fold(value),
        finnish="sisältää tekstin {0}",
    ),
    Operator(
        "does_not_contain",
        TEXTUAL,
        1,
        "does not contain {0} (or has none)",
        "The text is not in it, or there is no value.",
        negates="contains",
        finnish="ei sisällä tekstiä {0} (tai tieto puuttuu)",
    ),
    Operator(
        "contains_any",
        TEXTUAL,
        "many",
        "contains any of {all}",
        "The text has at least one of those texts in it.",
        holds=lambda value, *wanted: any(fold(item) in fold(value) for item in wanted),
        finnish="sisältää jonkin teksteistä: {all}",
    ),
    Operator(
        "contains_none",
        TEXTUAL,
        "many",
        "contains none of {all} (or has none)",
        "None of those texts is in it, or there is no value.",
        negates="contains_any",
        finnish="ei sisällä mitään teksteistä: {all} (tai tieto puuttuu)",
    ),
    Operator(
        "contains_all",
        TEXTUAL,
        "many",
        "contains all of {all}",
        "The text has every one of those texts in it.",
        holds=lambda value, *wanted: all(fold(item) in fold(value) for item in wanted),
        finnish="sisältää kaikki tekstit: {all}",
    ),
    Operator(
        "starts_with",
        TEXTUAL,
        1,
        "starts with {0}",
        "The text begins with that text.",
        holds=lambda value, wanted: fold(value).startswith(fold(wanted)),
        finnish="alkaa tekstillä {0}",
    ),
    Operator(
        "does_not_start_with",
        TEXTUAL,
        1,
        "does not start with {0} (or has none)",
        "The text begins otherwise, or there is no value.",
        negates="starts_with",
        finnish="ei ala tekstillä {0} (tai tieto puuttuu)",
    ),
    Operator(
        "ends_with",
        TEXTUAL,
        1,
        "ends with {0}",
        "The text ends with that text.",
        holds=lambda value, wanted: fold(value).endswith(fold(wanted)),
        finnish="päättyy tekstiin {0}",
    ),
    Operator(
        "does_not_end_with",
        TEXTUAL,
        1,
        "does not end with {0} (or has none)",
        "The text ends otherwise, or there is no value.",
        negates="ends_with",
        finnish="ei pääty tekstiin {0} (tai tieto puuttuu)",
    ),
    Operator(
        "matches",
        TEXTUAL,
        1,
        "matches {0}",
        "The whole text fits the pattern: * stands for any text, ? for any one character.",
        holds=_matches,
        finnish="vastaa mallia {0}",
    ),
    Operator(
        "does_not_match",
        TEXTUAL,
        1,
        "does not match {0} (or has none)",
        "The text does not fit the pattern, or there is no value.",
        negates="matches",
        finnish="ei vastaa mallia {0} (tai tieto puuttuu)",
    ),
    Operator("over", NUMERIC, 1, "is more than {0}", "More than the number.", holds=lambda value, n: value > n, finnish="on yli {0}"),
    Operator(
        "at_least", NUMERIC, 1, "is at least {0}", "The number or more.", holds=lambda value, n: value >= n, finnish="on vähintään {0}"
    ),
    Operator("under", NUMERIC, 1, "is less than {0}", "Less than the number.", holds=lambda value, n: value < n, finnish="on alle {0}"),
    Operator("at_most", NUMERIC, 1, "is at most {0}", "The number or less.", holds=lambda value, n: value <= n, finnish="on enintään {0}"),
    Operator(
        "between",
        NUMERIC | TEMPORAL,
        2,
        "is between {0} and {1}",
        "From the first to the second, both included; a last day counts whole.",
        holds=lambda value, low, high: low <= value <= high,
        finnish="on {0}–{1}",
    ),
    Operator(
        "not_between",
        NUMERIC | TEMPORAL,
        2,
        "is not between {0} and {1} (or has none)",
        "Outside that range, or no value.",
        negates="between",
        finnish="ei ole {0}–{1} (tai tieto puuttuu)",
    ),
    Operator("known", EQUAL_TYPES, 0, "is known", "There is a value.", holds=lambda value: True, finnish="on tiedossa"),
    Operator("unknown", EQUAL_TYPES, 0, "is unknown", "There is no value.", negates="known", finnish="puuttuu"),
    Operator("before", TEMPORAL, 1, "is before {0}", "Earlier than the first instant of that day.", finnish="on ennen {0}"),
    Operator("until", TEMPORAL, 1, "is on or before {0}", "On that day or earlier.", finnish="on viimeistään {0}"),
    Operator("after", TEMPORAL, 1, "is after {0}", "From the first instant after that day.", finnish="on {0} jälkeen"),
    Operator("since", TEMPORAL, 1, "is since {0}", "From the first instant of that day.", finnish="on {0} alkaen"),
    Operator(
        "in_last",
        TEMPORAL,
        1,
        "is in the last {0}",
        "In the last days, counted from a local midnight, up to now.",
        takes="span",
        finnish="on viimeisten {0} aikana",
    ),
    Operator(
        "not_in_last",
        TEMPORAL,
        1,
        "is not in the last {0} (or has none)",
        "Not in that time, or no value.",
        negates="in_last",
        takes="span",
        finnish="ei ole viimeisten {0} aikana (tai tieto puuttuu)",
    ),
    Operator(
        "long_ago",
        TEMPORAL,
        1,
        "is more than {0} ago",
        "Earlier than where `in the last` so many days begins.",
        takes="span",
        finnish="oli yli {0} sitten",
    ),
    Operator(
        "ago_between",
        TEMPORAL,
        2,
        "is {0}-{1} ago",
        "From the longer to the shorter time ago, both included; days count whole. Of equal lengths: exactly that long ago.",
        takes="span",
        finnish="oli {0}–{1} sitten",
    ),
    Operator(
        "in_next",
        TEMPORAL,
        1,
        "is in the next {0}",
        "From now to the end of the last of the next days; a date that is today is in it. Hours and minutes roll.",
        takes="span",
        finnish="on seuraavien {0} aikana",
    ),
    Operator(
        "not_in_next",
        TEMPORAL,
        1,
        "is not in the next {0} (or has none)",
        "Not in that time, or no value.",
        negates="in_next",
        takes="span",
        finnish="ei ole seuraavien {0} aikana (tai tieto puuttuu)",
    ),
    Operator(
        "during",
        TEMPORAL,
        1,
        "is {0}",
        "In that calendar day, week, month, quarter or year, the whole of it.",
        takes="period",
        finnish="on {0}",
    ),
    Operator(
        "not_during",
        TEMPORAL,
        1,
        "is not {0} (or has none)",
        "Not in that calendar period, or no value.",
        negates="during",
        takes="period",
        finnish="ei ole {0} (tai tieto puuttuu)",
    ),
    Operator(
        "anniversary_in_next",
        TEMPORAL,
        1,
        "anniversary is in the next {0}",
        "Its day of the year comes again today or on one of the next days, in a later year; 29 February comes on 28 February.",
        takes="span",
        finnish="toistuu seuraavien {0} aikana",
    ),
    Operator(
        "anniversary_during",
        TEMPORAL,
        1,
        "anniversary is {0}",
        "Its day of the year comes again in that calendar period, in a later year; 29 February comes on 28 February.",
        takes="period",
        finnish="toistuu {0}",
    ),
)

OPERATORS: dict[str, Operator] = {row.key: row for row in _ROWS}


def positive(test: Test) -> tuple[Test, bool]:
    """The test without its negation, and whether it was negated."""
    negates = OPERATORS[test.op].negates
    return (Test(negates, test.operands), True) if negates else (test, False)


def operand_problem(test: Test) -> str | None:
    """What is wrong with the operands of a known operator, apart from the type of what it compares."""
    operator, given = OPERATORS[test.op], len(test.operands)
    words = operator.key.replace("_", " ")
    if operator.operands == "many" and given == 0:
        return f"`{words}` takes at least one value."
    if operator.operands != "many" and given != operator.operands:
        return f"`{words}` takes {operator.operands} {'value' if operator.operands == 1 else 'values'}, not {given}."
    if any(_takes(operand) != operator.takes for operand in test.operands):
        wanted = {"span": "a length of time", "period": "a calendar period such as this month", "value": "values"}
        return f"`{words}` takes {wanted[operator.takes]}."
    return None


def _takes(operand: Operand) -> Takes:
    if isinstance(operand, Span):
        return "span"
    return "period" if isinstance(operand, Period) else "value"


def plain(operand: Operand) -> Any:
    """The Python value of an operand."""
    if isinstance(operand, Span | Period):
        return operand
    return operand.value


def zero_satisfies(test: Test) -> bool:
    """Whether the number 0 passes: such a count is asked as its complement."""
    asked, negated = positive(test)
    holds = OPERATORS[asked.op].holds
    if holds is None:
        raise ValueError(f"{test.op} does not compare numbers")
    return bool(holds(0, *map(plain, asked.operands))) != negated


OPERAND_KINDS: dict[Type, type[Text] | type[Number] | type[YesNo] | type[Day]] = {
    "text": Text,
    "text_set": Text,
    "integer": Number,
    "decimal": Number,
    "money": Number,
    "boolean": YesNo,
    "date": Day,
    "time": Day,
}
"""What stands on the right of a comparison, by the type on its left, for operators that take values."""


def operand_kind(operator: Operator, kind: Type) -> type[Text] | type[Number] | type[YesNo] | type[Day] | type[Span] | type[Period]:
    """What stands on the right of a comparison of a value of that type."""
    if operator.takes == "value":
        return OPERAND_KINDS[kind]
    return Span if operator.takes == "span" else Period
