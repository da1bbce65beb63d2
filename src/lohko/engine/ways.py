"""What would change a membership: of each condition that stands in the way, what the person would have to do or be.

Only what is certain is said: so many more events, so much more money, where one that came now would count. Of
anything else the condition itself is what would have to become true.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import product
from zoneinfo import ZoneInfo

from lohko.base.times import local_day
from lohko.engine.judge import Judge
from lohko.engine.told import Trace
from lohko.model.condition import And, AttributeIs, Condition, EventsAre, InSegment, Not, Or
from lohko.model.edges import window_range
from lohko.model.operand import Number, Test
from lohko.model.operators import OPERATORS
from lohko.model.resolve import kind_of_figure
from lohko.model.schema import Schema
from lohko.model.window import During, InLast, Latest, Window

MOST_WAYS = 6
_SOON = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Change:
    """One condition that would have to turn.

    kind      more: so many more events; amount: so much more of a property; amount_over: more than so much more;
              turn: the condition becomes true, or its negation does
    becomes   what would then be true
    """

    kind: str
    becomes: Condition | None
    text: str = ""
    n: Decimal | None = None
    event: str | None = None
    of: str | None = None
    now: str | None = None


Way = tuple[Change, ...]


@dataclass(frozen=True)
class Ways:
    """Finds what would bring a person in or take them out, by the trace of an instant."""

    schema: Schema
    as_of: dt.datetime
    zone: ZoneInfo

    def to(self, trace: Trace, wanted: bool) -> list[Way]:
        """The ways, each of them enough by itself, to make a node hold (or not); one without changes where it does already."""
        if trace.holds == wanted:
            return [()]
        match trace.node:
            case Not(And() | Or() | InSegment(at=None) as part) if trace.parts:
                return self.to(Trace("", not trace.holds, None, trace.parts, node=part), not wanted)
            case Not(part):
                return [(self._leaf(part, not wanted, trace),)]
            case None if not trace.parts:
                return [(Change("turn", None, trace.text, now=trace.value),)]
            case Or() if trace.parts:
                return self._one(trace.parts, wanted) if wanted else self._all(trace.parts, wanted)
            case And() | InSegment(at=None) | None if trace.parts:
                return self._all(trace.parts, wanted) if wanted else self._one(trace.parts, wanted)
        assert trace.node is not None
        return [(self._leaf(trace.node, wanted, trace),)]

    def _all(self, parts: Sequence[Trace], wanted: bool) -> list[Way]:
        found: list[Way] = []
        for choice in product(*(self.to(part, wanted) for part in parts)):
            found.append(tuple(dict.fromkeys(change for way in choice for change in way)))
            if len(found) == MOST_WAYS:
                break
        return found

    def _one(self, parts: Sequence[Trace], wanted: bool) -> list[Way]:
        return [way for part in parts for way in self.to(part, wanted)][:MOST_WAYS]

    def _leaf(self, leaf: Condition, wanted: bool, trace: Trace) -> Change:
        becomes = leaf if wanted else opposite(leaf)
        if isinstance(leaf, EventsAre) and self._is_open(leaf.window):
            if leaf.measure == "count":
                more = self._more(leaf.test, wanted, trace.value)
                if more is not None:
                    return Change("more", becomes, n=Decimal(more), event=leaf.event, now=trace.value)
            if leaf.measure == "sum" and wanted:
                lacking = self._lacking(leaf, trace.value)
                if lacking is not None:
                    kind = "amount" if leaf.test.op == "at_least" else "amount_over"
                    return Change(kind, becomes, n=lacking, event=leaf.event, of=leaf.property, now=trace.value)
        return Change("turn", becomes, now=trace.value)

    def _more(self, test: Test, wanted: bool, value: str | None) -> int | None:
        """The least number of events more with which a count passes, or does not; None when more do not help."""
        if value is None or not all(isinstance(operand, Number) for operand in test.operands):
            return None
        count, judge = int(value), Judge(self.as_of, self.zone)
        named = [int(operand.value) for operand in test.operands if isinstance(operand, Number) and operand.value >= count]
        tried = sorted({max(1, number - count + step) for number in [*named, count] for step in (0, 1, 2)})
        return next((more for more in tried if judge.passes(test, "integer", Fraction(count + more)) == wanted), None)

    def _lacking(self, leaf: EventsAre, value: str | None) -> Decimal | None:
        found = self.schema.event(leaf.event).property(leaf.property or "")
        if value is None or leaf.test.op not in ("at_least", "over") or found.type not in ("money", "integer"):
            return None  # a decimal is shown rounded
        if kind_of_figure(self.schema, leaf.figure, None).type != "decimal":
            return None
        (operand,) = leaf.test.operands
        try:
            lacking = operand.value - Decimal(value.replace(",", "")) if isinstance(operand, Number) else None
        except InvalidOperation:
            return None
        return lacking if lacking is not None and lacking >= 0 else None

    def _is_open(self, window: Window | None) -> bool:
        """Whether an event that came now would be in the window, and only be added to those in it."""
        if isinstance(window, Latest):
            return False
        if window is None or isinstance(window, InLast | During):
            return not isinstance(window, During) or window.period.which == "this"
        low, high = window_range(window, self.as_of + _SOON, self.zone)
        return (low is None or low <= self.as_of) and high > self.as_of and local_day(high, self.zone) >= local_day(self.as_of, self.zone)


def opposite(leaf: Condition) -> Condition:
    """The negation of a leaf, by its own comparison where there is one: `country is not Finland`."""
    if isinstance(leaf, AttributeIs):
        turned = OPERATORS[leaf.test.op].negates or next((row.key for row in OPERATORS.values() if row.negates == leaf.test.op), None)
        if turned is not None:
            return replace(leaf, test=Test(turned, leaf.test.operands))
    return Not(leaf)
