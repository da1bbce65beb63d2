"""How large a rule may be, whichever way it comes in: text, JSON or a page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lohko.base.errors import InputError
from lohko.model.condition import Condition, Followed
from lohko.model.walk import about_events, everything, inner, test_of

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
    """How deep a condition is nested: a leaf is 1; `where`, each step of a chain, and each and, or, not are one more."""
    return 1 + max(map(depth, (*inner(node), *about_events(node))), default=0)


def nodes(node: Condition) -> int:
    """How many conditions there are, those inside `where`, steps, and each and, or, not counted too."""
    steps = len(node.then) if isinstance(node, Followed) else 0
    return 1 + steps + sum(map(nodes, (*inner(node), *about_events(node))))


def longest_list(node: Condition) -> int:
    """The most values that one comparison has."""
    tests = (test_of(part) for part in everything(node))
    return max((len(test.operands) for test in tests if test is not None), default=0)


def refuse_too_large(condition: Condition) -> None:
    """InputError when a condition is larger than what is answered."""
    if depth(condition) > MAX_DEPTH:
        raise InputError("rule_too_deep", f"The rule is nested more than {MAX_DEPTH} deep.", hint="make a segment of the inner part.")
    if nodes(condition) > MAX_NODES:
        raise InputError("rule_too_long", f"The rule has more than {MAX_NODES} conditions.", hint="use `is one of` for lists of values.")
    if longest_list(condition) > MAX_LIST:
        raise InputError("rule_too_long", f"A list holds at most {MAX_LIST:,} values.")
