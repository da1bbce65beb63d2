"""Whether one value can pass several comparisons at once.

Between the values that comparisons name nothing changes, so it is enough to try
those values, their neighbours and one between each two. Where that cannot be
told the answer is that it can.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from lohko.base.text import fold
from lohko.model.condition import AttributeIs, Condition, EventsAre, Ever, MomentIs, Periods, PropertyIs, Tied
from lohko.model.included import not_longer
from lohko.model.operand import Day, Number, Span, Test
from lohko.model.operators import OPERATORS, plain
from lohko.model.resolve import kind_of, kind_of_figure
from lohko.model.schema import NUMERIC, TEMPORAL, Schema, Type

Asked = tuple[Test, bool]
"""A comparison in its positive form, and whether it must pass."""


@dataclass(frozen=True)
class Limit:
    """The least and the greatest number there can be; None where there is no end."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Domain:
    """What a compared value can be.

    known    there always is one
    several  there may be several, of which one has to pass
    never    there never is one
    """

    type: Type
    known: bool = False
    several: bool = False
    limit: Limit = Limit()
    never: bool = False

    def of_nothing(self) -> Domain:
        """The same where no event is counted: 0, or no value."""
        return replace(self, limit=Limit(0, 0)) if self.known else replace(self, never=True)


_ALWAYS = frozenset({"count", "sum", "distinct", "days"})
_FROM_NONE = frozenset({"count", "distinct", "days", "gap"})


def domain_of(schema: Schema, leaf: Condition) -> Domain | None:
    """What a leaf compares; None when it compares nothing itself."""
    match leaf:
        case AttributeIs(name, _, part, at):
            attribute = schema.attribute(name)
            kind = kind_of(attribute, part, leaf).type
            several = isinstance(at, Ever) or kind == "text_set"
            return Domain(kind, part == "items" and not several, several, _limit_of(part))
        case EventsAre(measure=measure):
            kind = kind_of_figure(schema, leaf.figure, None).type
            limit = Limit(0, 100) if measure == "share" else Limit(0) if measure in _FROM_NONE else Limit()
            return Domain(kind, measure in _ALWAYS, measure == "most_frequent" or kind == "text_set", limit)
        case Tied():
            return Domain("integer", True, limit=Limit(0))
        case Periods(n=n):
            return Domain("integer", True, limit=Limit(0, n))
    return None


def domain_on_event(schema: Schema, event: str, leaf: Condition) -> Domain | None:
    """What a comparison of one event compares."""
    match leaf:
        case PropertyIs(name, _, part):
            kind = kind_of(schema.event(event).property(name), part, leaf).type
            return Domain(kind, part == "items", kind == "text_set", _limit_of(part))
        case MomentIs(part):
            return Domain("text" if part in ("weekday", "month") else "integer", True, limit=_limit_of(part))
    return None


def _limit_of(part: str | None) -> Limit:
    return {"hour": Limit(0, 23), "day": Limit(1, 31), "items": Limit(0)}.get(part or "", Limit())


def possible(domain: Domain, tests: Sequence[Asked]) -> bool:
    """Whether some value, or none where there may be none, passes every comparison that must pass and no other."""
    must = [test for test, wanted in tests if wanted]
    if any(test.op == "known" for test, wanted in tests if not wanted):
        return not must and not domain.known
    if not must and not domain.known:
        return True
    if domain.never:
        return False
    if domain.several:
        return _several(domain, tests)
    if domain.type in NUMERIC:
        return any(_all(value, tests) for value in _numbers(domain, tests))
    if domain.type in TEMPORAL:
        return _in_time(domain.type, tests)
    if domain.type == "boolean":
        return any(_all(value, tests) for value in (True, False))
    return _texts(tests)


def least_and_most(domain: Domain, tests: Sequence[Asked]) -> tuple[int, int | None]:
    """Of a whole number that there always is and that can pass: the least and the greatest that passes; None where there is no end."""
    tried = sorted(_numbers(domain, tests))
    found = [value for value in tried if _all(value, tests)]
    endless = found[-1] == tried[-1] and domain.limit.most is None
    return int(found[0]), None if endless else int(found[-1])


def _all(value: Any, tests: Sequence[Asked]) -> bool:
    return all(_passes(test, value) == wanted for test, wanted in tests)


def _passes(test: Test, value: Any) -> bool:
    holds = OPERATORS[test.op].holds
    assert holds is not None
    return bool(holds(value, *(_exact(plain(operand)) for operand in test.operands)))


def _exact(value: Any) -> Any:
    return Fraction(value) if isinstance(value, Decimal) else value


def _numbers(domain: Domain, tests: Sequence[Asked]) -> list[Fraction]:
    """Numbers of which one passes if any does."""
    named = {Fraction(operand.value) for test, _ in tests for operand in test.operands if isinstance(operand, Number)}
    named |= {Fraction(end) for end in (domain.limit.least, domain.limit.most) if end is not None} or {Fraction(0)}
    if domain.type == "integer":
        tried = {Fraction(whole + step) for value in named for whole in (math.floor(value), math.ceil(value)) for step in (-1, 0, 1)}
    else:
        ordered = sorted({min(named) - 1, *named, max(named) + 1})
        tried = {*ordered, *((low + high) / 2 for low, high in pairwise(ordered))}
    least, most = domain.limit.least, domain.limit.most
    return [value for value in tried if (least is None or value >= least) and (most is None or value <= most)]


def _several(domain: Domain, tests: Sequence[Asked]) -> bool:
    """Of several values each comparison may be passed by another; what must not pass must not by any."""
    one = replace(domain, several=False, type="text" if domain.type == "text_set" else domain.type)
    must_not = [(test, False) for test, wanted in tests if not wanted and test.op != "has_all"]
    must = [item for test, wanted in tests if wanted for item in _each(test)]
    if any(test.op == "has_all" and (test, True) in tests for test, wanted in tests if not wanted):
        return False
    return all(possible(one, [(test, True), *must_not]) for test in must)


def _each(test: Test) -> list[Test]:
    return [Test("is", (operand,)) for operand in test.operands] if test.op == "has_all" else [test]


def _texts(tests: Sequence[Asked]) -> bool:
    """A list of texts that one of must be is tried through; without one, only beginnings and ends that exclude each other are seen."""
    lists = [test for test, wanted in tests if wanted and test.op in ("is", "one_of")]
    if lists:  # an empty text is no value
        return any(_all(value, tests) for value in map(plain, lists[0].operands) if fold(value))
    for op in ("starts_with", "ends_with"):
        named = [fold(str(plain(test.operands[0]))) for test, wanted in tests if wanted and test.op == op]
        longest = max(named, key=len, default="")
        if not all(longest.startswith(item) if op == "starts_with" else longest.endswith(item) for item in named):
            return False
    return not any(
        _passes(other, str(plain(test.operands[0])))
        for test, wanted in tests
        for other, other_wanted in tests
        if wanted and not other_wanted and test.op == other.op and test.op in ("starts_with", "ends_with", "contains")
    )


# --- dates and times -----------------------------------------------------------------

_DAY = dt.timedelta(days=1)


def _in_time(kind: Type, tests: Sequence[Asked]) -> bool:
    fixed = [(test, wanted) for test, wanted in tests if all(isinstance(operand, Day) for operand in test.operands)]
    days = {day for test, _ in fixed for operand in test.operands if isinstance(operand, Day) for day in _around(operand.value)}
    if not any(all(_on_day(test, day) == wanted for test, wanted in fixed) for day in days or {dt.date(2000, 1, 1)}):
        return False
    must = [test for test, wanted in tests if wanted]
    must_not = [test for test, wanted in tests if not wanted]
    if any(_excludes(kind, one, other) for one in must for other in must):
        return False
    return not any(_implies(one, other) for one in must for other in must_not)


def _around(day: dt.date) -> list[dt.date]:
    return [day, *([day - _DAY] if day > dt.date.min else []), *([day + _DAY] if day < dt.date.max else [])]


def _on_day(test: Test, day: dt.date) -> bool:
    match test:
        case Test("is", (Day(value),)):
            return day == value
        case Test("between", (Day(first), Day(last))):
            return first <= day <= last
        case Test("before", (Day(value),)):
            return day < value
        case Test("until", (Day(value),)):
            return day <= value
        case Test("after", (Day(value),)):
            return day > value
        case Test("since", (Day(value),)):
            return day >= value
    return True


def _excludes(kind: Type, one: Test, other: Test) -> bool:
    """Whether no value passes both, at whatever instant they are asked."""
    match one, other:
        case Test("in_last", (Span() as near,)), Test("long_ago", (Span() as far,)):
            return not_longer(near, far)
        case Test("in_last"), Test("in_next"):
            return kind == "time"  # a date that is today is in both
        case Test("long_ago", (Span() as far,)), Test("in_next"):
            return far.n >= (0 if kind == "time" else 1) and (kind == "time" or far.unit not in ("minute", "hour"))
        case Test("during", (one_period,)), Test("during", (other_period,)):
            return one_period != other_period and getattr(one_period, "unit", 0) == getattr(other_period, "unit", 1)
    return False


def _implies(one: Test, other: Test) -> bool:
    """Whether what passes the first passes the second, at whatever instant they are asked."""
    match one, other:
        case Test("in_last", (Span() as near,)), Test("in_last", (Span() as far,)):
            return not_longer(near, far)
        case Test("long_ago", (Span() as far,)), Test("long_ago", (Span() as near,)):
            return not_longer(near, far)
        case Test("in_next", (Span() as near,)), Test("in_next", (Span() as far,)):
            return not_longer(near, far)
    return one == other
