"""What is made of one person's events, slowly and plainly: the numbers, times and values of the reference engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import asin, cos, radians, sin, sqrt
from typing import Any

from lohko.base.text import fold
from lohko.engine.judge import days_between
from lohko.engine.person import Event
from lohko.model.condition import Measure, Ranked

EARTH_KM = 6371.0088
"""The mean radius of the Earth (IUGG)."""

_ROUNDS = {"quintile": 5, "decile": 10}


def number_of(measure: Measure, events: Sequence[Event], name: str | None, hits: Callable[[Event], bool]) -> Any:
    """What a measure makes of the counted events; None is no value. `hits` says which of them a share counts.

    Numbers are exact fractions; `first` and `last` are instants; min and max are values of the property;
    most_frequent is the list of those values that most events have.
    """
    if measure == "count":
        return Fraction(len(events))
    if measure in ("first", "last", "gap"):
        return _of_times(measure, sorted(event.at for event in events))
    if measure == "share":
        return Fraction(100 * sum(map(hits, events)), len(events)) if events else None
    if measure == "days":
        raise ValueError("days are counted by the local dates of events")
    values = [value for event in events if (value := event.properties.get(name or "")) is not None]
    match measure:
        case "sum":
            return sum(map(Fraction, values), Fraction(0))
        case "distinct":
            return Fraction(len({fold_of(item) for value in values for item in texts_of(value)}))
        case "most_frequent":
            return _most_frequent(values)
    if not values:
        return None
    if measure == "average":
        return sum(map(Fraction, values), Fraction(0)) / len(values)
    return min(values) if measure == "min" else max(values)


def _of_times(measure: Measure, times: Sequence[Any]) -> Any:
    if not times:
        return None
    if measure == "gap":
        return days_between(times[0], times[-1]) / (len(times) - 1) if len(times) > 1 else None
    return times[0] if measure == "first" else times[-1]


def _most_frequent(values: Sequence[Any]) -> list[Any] | None:
    """Every value that as many events have as any; a text by its fold, and once for an event that has it twice."""
    spelt: dict[Any, Any] = {}
    counts: Counter[Any] = Counter()
    for value in values:
        for key, item in {fold_of(item): item for item in texts_of(value)}.items():
            counts[key] += 1
            spelt[key] = min(spelt.get(key, item), item)
    most = max(counts.values(), default=0)
    found = [spelt[key] for key, count in counts.items() if count == most]
    return sorted(found) or None


def texts_of(value: Any) -> Sequence[Any]:
    """A value as the values it holds: the texts of a set, or itself."""
    return value if isinstance(value, list | tuple) else [value]


def fold_of(value: Any) -> Any:
    """What makes two values the same: the fold of a text, the value of anything else."""
    return fold(value) if isinstance(value, str) else value


def is_placed(node: Ranked, own: Fraction, values: Sequence[Fraction]) -> bool:
    """Whether a value stands in that place among the values, which are in order."""
    smaller, greater, many = sum(v < own for v in values), sum(v > own for v in values), len(values)
    match node.place:
        case "top":
            return greater < (node.n or 0)
        case "bottom":
            return smaller < (node.n or 0)
        case "top_percent":
            return 100 * greater < (node.n or 0) * many
        case "bottom_percent":
            return 100 * smaller < (node.n or 0) * many
        case "quintile" | "decile":
            return 1 + _ROUNDS[node.place] * smaller // many == node.n
        case "above_average":
            return own * many > sum(values)
        case "below_average":
            return own * many < sum(values)
    middle = values[(many - 1) // 2] + values[many // 2]
    return 2 * own > middle if node.place == "above_median" else 2 * own < middle


def great_circle_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The distance on a sphere of Earth's mean radius (haversine)."""
    a, b = radians(latitude), radians(other_latitude)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin((radians(other_longitude) - radians(longitude)) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))
