"""Whom a channel may be used for: people who have an address for it and agreed to it, without those to whom marketing is prohibited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyroaring import BitMap

from lohko.base.errors import InputError
from lohko.engine.plan import evaluate
from lohko.engine.rights import unmarketed
from lohko.model.condition import Consent, Reachable

if TYPE_CHECKING:
    from lohko.model.condition import Condition
    from lohko.steps.question import Question

CHANNELS = ("email", "sms", "phone", "post")
"""The channels of a firm's own, each of them a purpose too."""


def may_be_contacted(question: Question, channels: Sequence[str] = CHANNELS) -> BitMap:
    """The living who can be reached by at least one of the channels and agreed to that one, and to whom marketing is not prohibited."""
    found = BitMap()
    for channel in channels:
        found |= asked(question, Reachable(channel)) & asked(question, Consent(channel))  # type: ignore[arg-type]
    return found - unmarketed(question.engine.cursor)


def asked(question: Question, condition: Condition) -> BitMap:
    """The people of a condition; nobody where the data does not tell of it."""
    try:
        return evaluate(question.engine, question.catalogue, question.catalogue.resolve(condition))
    except InputError:
        return BitMap()
