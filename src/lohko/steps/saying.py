"""A rule in the words of a language: codes as people read them, amounts in the workspace's currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import LANGUAGES
from lohko.model.labels import labelled
from lohko.model.sentence import lines, sentence

if TYPE_CHECKING:
    from lohko.model.condition import Condition
    from lohko.model.schema import Schema
    from lohko.steps.work import Work


def check_language(language: str) -> None:
    """InputError when rules cannot be said in that language."""
    if language not in LANGUAGES:
        raise InputError(
            "unknown_language",
            f"Rules are not said in {language!r}.",
            place="language",
            hint=did_you_mean(language, LANGUAGES) or "en or fi.",
        )


def said(work: Work, schema: Schema, condition: Condition, language: str) -> str:
    """A resolved condition on one line."""
    return sentence(labelled(condition, schema, language), language, work.settings.currency)


def said_in_lines(work: Work, schema: Schema, condition: Condition, language: str) -> str:
    """A resolved condition over several lines, one part a line."""
    return lines(labelled(condition, schema, language), language, work.settings.currency)
