"""Whether one value passes a comparison: the plain meaning of every operator, in exact numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from lohko.base.codes import month_of, weekday_of
from lohko.base.text import fold
from lohko.base.times import local_day
from lohko.model.edges import anniversaries, day_range, temporal_range
from lohko.model.operand import Part, Test
from lohko.model.operators import OPERATORS, plain, positive
from lohko.model.schema import NUMERIC, Type


@dataclass(frozen=True)
class Judge:
    """Compares values at one instant."""

    as_of: dt.datetime
    zone: ZoneInfo

    def passes(self, test: Test, kind: Type, value: Any) -> bool:
        """Whether a value of that type passes; None is no value. Of several texts, whether one of them does."""
        asked, negated = positive(test)
        return self._holds(asked, kind, value) != negated

    def one_passes(self, test: Test, kind: Type, values: list[Any]) -> bool:
        """Whether one of several values does; the negative is NOT of that."""
        asked, negated = positive(test)
        return any(self._holds(asked, kind, value) for value in values) != negated

    def _holds(self, test: Test, kind: Type, value: Any) -> bool:
        if value is None:
            return False
        if kind in ("date", "time"):
            return self._in_time(test, kind, value)
        operands = [_exact(plain(operand)) for operand in test.operands]
        if test.op == "has_all":
            return {fold(item) for item in operands} <= {fold(item) for item in value}
        holds = OPERATORS[test.op].holds
        assert holds is not None
        if kind == "text_set":
            return test.op == "known" or any(holds(item, *operands) for item in value)
        return bool(holds(_exact(value) if kind in NUMERIC else value, *operands))

    def _in_time(self, test: Test, kind: Type, value: Any) -> bool:
        if test.op.startswith("anniversary"):
            day = value if kind == "date" else local_day(value, self.zone)
            return anniversaries(test, self.as_of, self.zone).get(100 * day.month + day.day, 0) > day.year
        if kind == "date":
            first, end = day_range(test, self.as_of, self.zone)
            return (first is None or value >= first) and (end is None or value < end)
        low, high = temporal_range(test, self.as_of, self.zone)
        return (low is None or value >= low) and (high is None or value < high)

    def part(self, part: Part, value: Any) -> Any:
        """A part of a value: its weekday, month, day, local hour, or how many texts it holds; None of None (0 texts)."""
        if part == "items":
            return len({fold(item) for item in value or ()})
        if value is None:
            return None
        local = value.astimezone(self.zone) if isinstance(value, dt.datetime) else value
        match part:
            case "weekday":
                return weekday_of(local.isoweekday())
            case "month":
                return month_of(local.month)
            case "day":
                return local.day
            case "hour":
                return local.hour


def _exact(value: Any) -> Any:
    """A number as a fraction, so that nothing is rounded; anything else as it is."""
    return Fraction(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def days_between(before: dt.datetime, after: dt.datetime) -> Fraction:
    """How many days of 24 hours, exactly."""
    return Fraction((after - before) // dt.timedelta(microseconds=1), 86_400_000_000)
