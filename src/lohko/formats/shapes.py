"""What can be done to a file's raw table so that its rows become rows of a kind.

A shape only says what; `landing/reshape.py` has the SQL of each. Columns go by the
tool's own headers, as in `format.py`; what a shape adds goes by the name it gives.
A shape neither loses a record nor changes its number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


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
class PerRow(Shape):
    """A change that looks at the file's own columns only, row by row: several that follow each other are done at once."""


@dataclass(frozen=True)
class FirstOf(PerRow):
    """A new column `label`: in each row the first text that is not blank among these columns, or else `otherwise`."""

    label: str
    of: tuple[str, ...]
    otherwise: str | None = None


@dataclass(frozen=True)
class When(PerRow):
    """A new column `label`: where the text of `of` is one of `words`, the time in `at`, or `yes` without one; blank elsewhere.

    Texts are compared without case. With `others` it is the other texts that count. `also` is
    another column with the words by which it counts too, `unless` one with those by which it does not.
    With `if_any` there is no new column where no row has any of the words. What a column of that label said itself stays.
    With `dated` nothing is said where `at` is blank.
    Thus one column of states becomes what was given and what was taken back.
    """

    label: str
    of: str
    words: tuple[str, ...]
    at: str | None = None
    others: bool = False
    also: tuple[str, tuple[str, ...]] | None = None
    unless: tuple[str, tuple[str, ...]] | None = None
    if_any: bool = False
    dated: bool = False


@dataclass(frozen=True)
class Joined(PerRow):
    """A new column `label`: the texts of these columns with a blank between, as for a day and an hour; blank where the first is."""

    label: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class International(PerRow):
    """Phone numbers that are digits with the country code get the `+` that says so."""

    label: str


@dataclass(frozen=True)
class Parts(Shape):
    """Columns from parts of objects: label to paths such as `device.web_info.browser`, the first that is there."""

    parts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class KeyedList(Shape):
    """A list of keys with values, as GA4 has them, becomes a column per key; with a `role` they are that and not properties."""

    label: str
    role: Literal["attribute"] | None = None


@dataclass(frozen=True)
class Items(Shape):
    """A list of items becomes sets: label to the name of the item's value."""

    label: str
    sets: Mapping[str, str]


@dataclass(frozen=True)
class Fingerprint(Shape):
    """A new column that tells a row from all others, made of these columns; of those in `then` too where the file lacks `unless`."""

    label: str
    of: tuple[str, ...]
    unless: str
    then: tuple[str, ...] = ()


@dataclass(frozen=True)
class Left(Shape):
    """Columns (and the parts of objects of these names) that are not kept, but those in `but`."""

    labels: tuple[str, ...]
    but: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answers(Shape):
    """Every column that is no known field and not among `beside` is a question of a survey: its answers are said in one way."""

    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class SecondHeader(Shape):
    """The first row, where it says nothing in the column `of`, says what is asked within a question, and is no answer itself."""

    of: str


@dataclass(frozen=True)
class ByQuestion(Shape):
    """A row per answer becomes a column per question, each row having that of its own question."""

    question: str
    answer: str


@dataclass(frozen=True)
class SetPerPerson(Shape):
    """A new column `label`: in each row the set of what all rows of its person say in `of`; persons are told apart by `per`."""

    label: str
    of: str
    per: tuple[str, ...]


@dataclass(frozen=True)
class CurrencyInHeader(Shape):
    """A new column `label`: the currency that the header of `of` says in brackets."""

    label: str
    of: str


@dataclass(frozen=True)
class CurrencyInCells(Shape):
    """A new column `label`: the currency that stands beside the amounts in `of`."""

    label: str
    of: str


@dataclass(frozen=True)
class Fixed(Shape):
    """A new column `label` that says `text` in every row."""

    label: str
    text: str


@dataclass(frozen=True)
class WithoutPrefix(Shape):
    """Texts of these columns lose what the pattern finds at their beginning."""

    labels: tuple[str, ...]
    pattern: str


@dataclass(frozen=True)
class SumsWithout(PerRow):
    """Rows in which all columns of `of` are blank add up the others, as summary rows of reports do: they lose what is in `blank`, so that they do not count.

    The first column of `of` says `Total` in them.
    """

    of: tuple[str, ...]
    blank: tuple[str, ...]


@dataclass(frozen=True)
class Minus(PerRow):
    """The amount in `label` is less than nothing where the text of `of` is one of `words`, also where no sign says so: credit notes."""

    label: str
    of: str
    words: tuple[str, ...]
