"""Tree to text: the one canonical way to say a rule in each language, which `parse` reads back to the same tree."""

from __future__ import annotations

from lohko.model import english, finnish
from lohko.model.condition import Condition


def sentence(condition: Condition, language: str = "en", currency: str = "EUR") -> str:
    """The canonical text of a condition, on one line; amounts of money are in the workspace's currency.

    >>> from lohko.model.parse import parse
    >>> sentence(parse("did NOT order at least 2 times or x is known and y = 1").condition)
    'did not order at least 2 times or (x is known and y is 1)'
    """
    return finnish.sentence(condition, currency) if language == "fi" else english.sentence(condition, currency)


def lines(condition: Condition, language: str = "en", currency: str = "EUR") -> str:
    """The text of a condition over several lines: one part of the outermost and/or a line."""
    return finnish.lines(condition, currency) if language == "fi" else english.lines(condition, currency)
