"""A number about a person as text, as in a rule that ranks by it: `sum of total of orders in the last 365 days`; and read from text."""

from __future__ import annotations

from lohko.base.errors import InputError, LohkoError
from lohko.model.condition import Figure, Ranked
from lohko.model.parse import parse
from lohko.model.sentence import sentence

# A figure has no text of its own in the language: it is said and read as the one that a rank is by.
_SAID = {"en": ("is in the top 1 by ", ""), "fi": ("", " on 1 suurimman joukossa")}
_HINT = "an attribute such as monetary, or for example `sum of total of orders in the last 365 days` or `number of orders`."


def figure_words(figure: Figure, language: str = "en", currency: str = "EUR") -> str:
    """The number in words, such that `read_figure` gives the same one back."""
    before, after = _SAID[language]
    return sentence(Ranked(figure, "top", 1), language, currency).removeprefix(before).removesuffix(after)


def read_figure(text: str) -> Figure:
    """The number that an English or Finnish text says; InputError when it says none."""
    failed: LohkoError | None = None
    for before, after in _SAID.values():
        try:
            found = parse(before + text + after).condition
        except LohkoError as error:
            failed = failed or error
            continue
        if isinstance(found, Ranked) and (found.place, found.n, found.among) == ("top", 1, None):
            return found.figure
    said = f": {failed.message}" if failed is not None else "."
    raise InputError("bad_figure", f"{text!r} is no number about a person{said}", hint=_HINT)
