"""What can be done to a file's raw table so that its rows become rows of a kind.

A shape only says what; `landing/reshape.py` has the SQL of each. Columns go by the
tool's own headers, as in `format.py`; what a shape adds goes by the name it gives.
A shape neither loses a record nor changes its number.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """One change of the raw table."""


@dataclass(frozen=True)
class ShareDown(Shape):
    """Rows with one value of `per` are one thing, and only the first says what they share: the blanks of the others are filled from it."""

    per: str
    own: tuple[str, ...] = ()
    """Columns, or beginnings of their headers, that each row has for itself, and sums that count once."""


@dataclass(frozen=True)
class FirstOf(Shape):
    """A new column `label`: in each row the first text that is not blank among these columns."""

    label: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class When(Shape):
    """A new column `label`: where the text of `of` is one of `words`, the time in `at`, or `yes` without one; blank elsewhere.

    Texts are compared without case. With `others` it is the other texts that count.
    Thus one column of states becomes what was given and what was taken back.
    """

    label: str
    of: str
    words: tuple[str, ...]
    at: str | None = None
    others: bool = False


@dataclass(frozen=True)
class Joined(Shape):
    """A new column `label`: the texts of these columns with a blank between, as for a day and an hour; blank where the first is."""

    label: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class International(Shape):
    """Phone numbers that are digits with the country code get the `+` that says so."""

    label: str
