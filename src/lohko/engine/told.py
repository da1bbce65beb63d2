"""What an explanation is made of: nodes that hold or do not, the rows behind them, and values as people read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lohko.engine.person import Value
from lohko.model.condition import Condition
from lohko.model.english_values import write_number


@dataclass(frozen=True)
class Row:
    """Something behind a value: an event, an attribute's interval, a consent, an entering; when it was, and what it said."""

    kind: str
    at: dt.datetime
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """One node of a condition for one person: its sentence, whether it holds, what decided, its parts, and the rows behind it."""

    text: str
    holds: bool
    value: str | None = None
    parts: tuple[Trace, ...] = ()
    rows: tuple[Row, ...] = ()
    node: Condition | None = None


def row_of_value(name: str, item: Value) -> Row:
    """An attribute's interval as a row."""
    says = {name: spoken(item.value) or ""}
    return Row(name, item.valid_from, says | {"assumed": "yes"} if item.assumed else says)


_YES_NO = {"en": ("no", "yes"), "fi": ("ei", "kyllä")}


def spoken(value: Any, language: str = "en") -> str | None:
    """A value as a person reads it."""
    match value:
        case None:
            return None
        case bool():
            return _YES_NO[language][value]
        case Fraction():
            return spoken(Decimal(value.numerator) / Decimal(value.denominator))
        case Decimal():
            return write_number(value.quantize(Decimal("0.0001")) if value == value.quantize(Decimal("0.0001")) else round(value, 4))
        case dt.datetime():
            return value.strftime("%Y-%m-%d %H:%M UTC")
        case list() | tuple():
            return ", ".join(map(str, value))
    return str(value)
