"""What a person may be contacted or profiled for, on which basis, and what they refused.

A consent is for one purpose, and marketing by each channel is a purpose of its
own. A record says given or withdrawn, since when, on which basis, where it was
said, in which words, and what proves it. Whether it stands at an instant does not
depend on the order in which the records arrived.

One person may be a consumer and a company's contact at once. In which of these
capacities something was said follows from the record of the source on which it was
said (`capacity_of`). A withdrawal in one capacity leaves the grants in another
alone; where a capacity cannot be known, it counts for all (`concerns`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from lohko.model.account import FREE_MAIL

Role = Literal["consumer", "contact"]
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

PLACES = {"email": ("email",), "sms": ("phone",), "phone": ("phone",), "post": ("address",), "ads": ("email", "phone")}
"""By which attributes a person is reached for a purpose. The purposes without any are about the person as such, in whatever capacity."""

OLD_ENOUGH = 13
"""Younger ones are in no audience without their guardian's consent (Finland, Tietosuojalaki 5 §)."""
OF_AGE = 18
"""Younger ones are in no audience of advertising (DSA 28(2))."""


@dataclass(frozen=True)
class Capacity:
    """As what a person says something: a consumer, or the contact of a company, which is the key of a known account or not known."""

    role: Role
    account: int | None = None


def capacity_of(basis: str, company: bool, account: int | None, hosts: Collection[str]) -> Capacity | None:
    """In which capacity something was said on a record of a source; None where that cannot be known.

    basis    of the statement
    company  whether the record ever named a company, or had an address at one that is known
    account  that company, where it is a known one and only one
    hosts    the domains of all e-mail addresses that the record ever had

    A company and an address where everybody can have one contradict each other, and so do such an address and the
    basis `b2b_role`. An address at any other domain alone tells nothing: it may be a family's own.
    """
    home = any(host in FREE_MAIL for host in hosts)
    if company and not home:
        return Capacity("contact", account)
    if not company and hosts and all(host in FREE_MAIL for host in hosts):
        return None if basis == "b2b_role" else Capacity("consumer")
    return Capacity("contact") if basis == "b2b_role" else None


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

    @property
    def capacity(self) -> Capacity | None:
        """In which capacity; None where it cannot be known, and for what is about the person as such."""

    @property
    def places(self) -> Collection[str]:
        """The addresses, or numbers, for the purpose that its record ever had; none are needed where the capacity is not known."""


Date = Literal["own", "row"]
"""Of what a statement's time is: the statement itself, or the row of a list in which it stands and in which anything may have changed."""


@dataclass(frozen=True)
class Said:
    """What one record of a source said of one purpose, and when."""

    given: bool
    effective_at: dt.datetime
    date_of: Date | None


def dated(item: Said, said: Iterable[Said]) -> bool:
    """Whether something has a date, so that a yes may end a withdrawal, among all that its record ever said of the purpose.

    A list that says yes still, when a phone number in it has changed, is no news of the consent: such a row dates a yes only
    where what the record had said last was a no.
    """

    def place(one: Said) -> tuple[dt.datetime, bool]:
        return one.effective_at, one.given

    before = max((one for one in said if place(one) < place(item)), key=place, default=None)
    news = not item.given or (before is not None and not before.given)
    return item.date_of == "own" or (item.date_of == "row" and news)


def concerns(withdrawal: Record, grant: Record) -> bool:
    """Whether a withdrawal is about what a grant is about: unless both are known to be of other capacities, and of no common address."""
    one, other = withdrawal.capacity, grant.capacity
    if one is None or other is None or not set(withdrawal.places).isdisjoint(grant.places):
        return True
    return one.role == other.role and (one.account is None or other.account is None or one.account == other.account)


def stands(records: Iterable[Record], as_of: dt.datetime) -> bool:
    """Whether a consent for one purpose stands at an instant in any capacity, by all its records."""
    return bool(standing_grants(records, as_of))


def standing_grants(records: Iterable[Record], as_of: dt.datetime) -> list[Record]:
    """The grants for one purpose that stand at an instant, by all its records.

    A grant stands unless a withdrawal concerns it. A withdrawal is overridden only by a later, dated yes
    of the person themselves; at the same instant the withdrawal counts.
    """
    known = [record for record in records if record.effective_at < as_of]
    return [grant for grant in known if grant.given and not any(_ends(record, grant) for record in known)]


def _ends(record: Record, grant: Record) -> bool:
    overridden = grant.dated and grant.basis == "consent" and grant.effective_at > record.effective_at
    return not record.given and not overridden and concerns(record, grant)
