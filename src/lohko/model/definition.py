"""What decides who is in a segment: its condition, and what stands beside it.

In this order: the condition, within the parent; without those whom a segment of
the same group with a smaller priority takes; of these the best, up to the limit.
`in segment X` means X with all of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lohko.model.condition import Condition, Figure


@dataclass(frozen=True)
class Limit:
    """At most n people: those with the highest (or lowest) value of a figure, those without a value last; ties by person id, ascending."""

    n: int
    by: Figure | None = None
    best: Literal["highest", "lowest"] = "highest"


@dataclass(frozen=True)
class Definition:
    """A segment's rule as engines see it.

    parent    the segment it lives inside: its members are members of that one
    group     lists that must not overlap: each person is in the first segment of a group, by priority and then id, that fits
    """

    where: Condition
    parent: str | None = None
    group: str | None = None
    priority: int = 0
    limit: Limit | None = None


def before_in_group(definitions: Mapping[str, Definition], name: str) -> tuple[str, ...]:
    """The segments of the same group that come before one, in order."""
    own = definitions[name]
    if own.group is None:
        return ()
    others = (item for item, other in definitions.items() if other.group == own.group)
    ranked = sorted(others, key=lambda item: (definitions[item].priority, item))
    return tuple(ranked[: ranked.index(name)])
