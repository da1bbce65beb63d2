"""Numbers as JSON shows them."""

from __future__ import annotations

from decimal import Decimal


def ratio(part: Decimal | int, whole: Decimal | int, places: int = 6) -> float | None:
    """A part of a whole; None when there is no whole."""
    return round(float(part) / float(whole), places) if whole else None


def amount(value: Decimal | None) -> float | None:
    """Money as JSON shows it."""
    return None if value is None else float(value)
