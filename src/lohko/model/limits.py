"""How large a rule may be, whichever way it comes in: text, JSON or a page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lohko.base.errors import InputError
from lohko.model.condition import And, AttributeIs, Condition, EventsAre, InSegment, Not, Or, PropertyIs

MAX_TEXT = 200_000
MAX_DEPTH = 10
MAX_BRACKETS = 30
MAX_NODES = 500
MAX_LIST = 10_000
MAX_SPAN = 100_000
FIRST_YEAR, LAST_YEAR = 2, 9998
"""The years of days in rules: the day before and the day after each have to exist too."""


def fits(value: Decimal) -> bool:
    """Whether a number can be kept exactly: up to 18 digits before the point and 10 after it."""
    return value.is_finite() and value.adjusted() < 18 and value == round(value, 10)


def day_fits(day: dt.date) -> bool:
    """Whether a day's midnights can be told in every zone."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def depth(node: Condition) -> int:
    """How deep a condition is nested: a leaf is 1, `where` and each and, or, not are one more."""
    match node:
        case And(parts) | Or(parts):
            return 1 + max(map(depth, parts), default=0)
        case Not(part):
            return 1 + depth(part)
        case EventsAre(where=where) if where is not None:
            return 1 + depth(where)
    return 1


def nodes(node: Condition) -> int:
    """How many conditions there are, those inside `where` and each and, or, not counted too."""
    match node:
        case And(parts) | Or(parts):
            return 1 + sum(map(nodes, parts))
        case Not(part):
            return 1 + nodes(part)
        case EventsAre(where=where) if where is not None:
            return 1 + nodes(where)
    return 1


def longest_list(node: Condition) -> int:
    """The most values that one comparison has."""
    match node:
        case And(parts) | Or(parts):
            return max(map(longest_list, parts), default=0)
        case Not(part):
            return longest_list(part)
        case AttributeIs(_, test) | PropertyIs(_, test):
            return len(test.operands)
        case EventsAre(test=test, where=where):
            return max(len(test.operands), longest_list(where) if where is not None else 0)
        case InSegment():
            return 0
    raise TypeError(node)


def refuse_too_large(condition: Condition) -> None:
    """InputError when a condition is larger than what is answered."""
    if depth(condition) > MAX_DEPTH:
        raise InputError("rule_too_deep", f"The rule is nested more than {MAX_DEPTH} deep.", hint="make a segment of the inner part.")
    if nodes(condition) > MAX_NODES:
        raise InputError("rule_too_long", f"The rule has more than {MAX_NODES} conditions.", hint="use `is one of` for lists of values.")
    if longest_list(condition) > MAX_LIST:
        raise InputError("rule_too_long", f"A list holds at most {MAX_LIST:,} values.")
