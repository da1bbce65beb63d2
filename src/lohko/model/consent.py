"""What a person may be contacted or profiled for, on which basis, and what they refused.

A consent is for one purpose, and marketing by each channel is a purpose of its
own. A record says given or withdrawn, since when, on which basis, where it was
said, in which words, and what proves it. Whether it stands at an instant does not
depend on the order in which the records arrived.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

Flag = Literal["no_marketing", "no_profiling", "restricted"]


@dataclass(frozen=True)
class Purpose:
    """What a consent is for: the key that rules and files use, the purpose and the channel it stands for, and what may be its basis."""

    key: str
    purpose: str
    channel: str | None
    bases: tuple[str, ...]


BASES = {
    "consent": "the person said yes",
    "existing_customer": "the address was given with a purchase, for own goods of the same kind, with the chance to refuse each time",
    "b2b_role": "the address is one of a company, and the matter belongs to the person's work there",
}
"""On what a grant may rest. A withdrawal rests on nothing (`none`)."""

_DIRECT = ("consent", "existing_customer", "b2b_role")
PURPOSE_TABLE: tuple[Purpose, ...] = (
    Purpose("email", "marketing", "email", _DIRECT),
    Purpose("sms", "marketing", "sms", _DIRECT),
    Purpose("phone", "marketing", "phone", _DIRECT),
    Purpose("post", "marketing", "post", _DIRECT),
    Purpose("ads", "audiences on advertising platforms", None, ("consent",)),
    Purpose("personalisation", "personal content", None, ("consent",)),
    Purpose("profiling", "scores and segments that profile", None, ("consent",)),
)

FLAGS: dict[Flag, str] = {
    "no_marketing": "marketing is prohibited (GDPR 21(2)): in no audience, no scores, in no segment that profiles",
    "no_profiling": "objects to profiling: no scores, in no segment that profiles",
    "restricted": "processing is restricted (GDPR 18): stored, and in nothing else",
}

OLD_ENOUGH = 13
"""Younger ones are in no audience without their guardian's consent (Finland, Tietosuojalaki 5 §)."""
OF_AGE = 18
"""Younger ones are in no audience of advertising (DSA 28(2))."""


class Record(Protocol):
    """A consent given or withdrawn."""

    @property
    def given(self) -> bool:
        """Given, or withdrawn."""

    @property
    def effective_at(self) -> dt.datetime:
        """Since when."""

    @property
    def dated(self) -> bool:
        """Whether it had a date of its own."""

    @property
    def basis(self) -> str:
        """On what it rests."""


def stands(records: Iterable[Record], as_of: dt.datetime) -> bool:
    """Whether a consent for one purpose stands at an instant, by all its records.

    Some grant has to be there. A withdrawal is overridden only by a later, dated yes
    of the person themselves; at the same instant the withdrawal counts.
    """
    known = [record for record in records if record.effective_at < as_of]
    withdrawn = max((record.effective_at for record in known if not record.given), default=None)
    return any(
        record.given and (withdrawn is None or (record.dated and record.basis == "consent" and record.effective_at > withdrawn))
        for record in known
    )
