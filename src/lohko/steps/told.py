"""Estimates as JSON: the number and its interval, or that too few people stand behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lohko.maths.few import FEW
from lohko.maths.intervals import Estimate, TooFew

PLACES = 6
WITHHELD: dict[str, Any] = {
    "value": None,
    "low": None,
    "high": None,
    "rough": False,
    "too_few": f"fewer than {FEW} people could be told apart by it",
}
"""What stands for an estimate that is not told, since it would tell of a few."""


def shown(estimate: Callable[..., Estimate], *arguments: Any) -> dict[str, Any]:
    """What an estimate of `maths/intervals.py` says, rounded; without any number when there are too few to tell."""
    try:
        found = estimate(*arguments)
    except TooFew as few:
        return {"value": None, "low": None, "high": None, "rough": False, "too_few": str(few)}
    numbers = {name: round(getattr(found, name), PLACES) for name in ("value", "low", "high")}
    return {**numbers, "rough": found.rough, "too_few": None}
