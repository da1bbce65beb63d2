"""Rules of the grammars that only name something: a part of a value, a measure, a place among people, an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from lohko.model.build_events import against
from lohko.model.build_values import whole
from lohko.model.condition import OF_PROPERTY, Measure, Order, Place
from lohko.model.operand import Part
from lohko.model.pieces import Head, PartName, Standing, Versus


def _part(part: Part) -> Callable[..., PartName]:
    return lambda _: PartName(part)


def _head(measure: Measure) -> Callable[..., Head]:
    if measure in OF_PROPERTY:
        return lambda _, name, event: Head(measure, event, str(name))
    return lambda _, event: Head(measure, event)


def _standing(place: Place) -> Callable[..., Standing]:
    if place.startswith(("above", "below")):
        return lambda _: Standing(place)
    return lambda _, n: Standing(place, whole(n))


def _versus(op: Order) -> Callable[..., Versus]:
    return lambda _, *bits: Versus(op, *against(bits))


MADE: dict[str, Callable[..., Any]] = {
    **{"day_of_month" if part == "day" else part: _part(part) for part in get_args(Part)},
    **{f"head_{measure}": _head(measure) for measure in get_args(Measure)},
    **{place: _standing(place) for place in get_args(Place)},
    **{f"versus_{op}": _versus(op) for op in get_args(Order)},
}
"""One method for each part, measure, place and order: `weekday`, `head_sum`, `top_percent`, `versus_over` ..."""
