"""Accounts: the companies that people belong to, with attributes and deals of their own.

A person belongs to the account that, at the instant in question,
  1. bears the person's attribute `account` as its id or name, else
  2. bears the person's `company` as its id or name, else
  3. has the domain of the person's e-mail address, unless everybody can have an address there.
Texts are compared by fold; what two accounts bear means neither of them. People whose company
is no known account belong together when the text that says so is the same, as before any account was known.

Inside an account condition (`any contact of the account ...`, `the account's ...`) a leaf of `condition.OF_ACCOUNT_TOO`
is true of a contact when it is true of the contact or of the account itself; one that is true of
somebody of whom nothing is known is true when it is true of both. So what the account has, each contact has
there, and `not` stays the opposite. Outside such a condition nobody has what their account has.

Inside it everyone, account and contact, also has the figures of FROM_PEOPLE: what the contacts of as_of are and did
together. They are of the instant that is asked about, and have no past.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lohko.base.text import fold

if TYPE_CHECKING:
    from lohko.model.schema import Type

DEAL = "deal"
"""The event of a deal: once when it is opened (or first seen), once for every change of its stage or value, once when it is won or lost."""
DEAL_PROPERTIES: dict[str, Type] = {
    "deal_id": "text",
    "title": "text",
    "stage": "text",
    "status": "text",
    "value": "money",
    "owner": "text",
    "product": "text",
    "lost_reason": "text",
}
"""What a deal always can have. `status` is open, won or lost; the value is in the workspace's currency."""

FROM_DEALS: dict[str, Type] = {
    "open_deal": "boolean",
    "open_deals": "integer",
    "open_deal_value": "money",
    "won_deals": "integer",
    "won_value": "money",
    "lost_deals": "integer",
    "lost_value": "money",
    "last_deal": "time",
}
"""The attributes of an account that follow from its deals, with their past; `last_deal` is when one of them was last opened, moved, won or lost."""

FROM_PEOPLE: dict[str, Type] = {"contact_count": "integer", "contact_orders": "integer", "contact_revenue": "money"}
"""What an account has of those who are its contacts at the instant in question: how many they are, and, of all of them together,
how many orders they made before it and the sum of these less refunds."""

FREE_MAIL = frozenset(
    """
    aol.com bredband.net comhem.se dnainternet.net elisanet.fi fastmail.com gmail.com gmx.com gmx.de gmx.net googlemail.com hotmail.co.uk
    hotmail.com hotmail.fi hotmail.se icloud.com iki.fi inbox.com inbox.lv inet.fi jippii.fi kolumbus.fi kotikone.fi kymp.net live.com
    live.fi live.se luukku.com mac.com mail.com mail.ee mail.ru mbnet.fi me.com msn.com nic.fi online.no outlook.com outlook.fi pp.inet.fi
    proton.me protonmail.com pp1.inet.fi rocketmail.com saunalahti.fi sci.fi suomi24.fi surffi.fi telia.com tuta.io tutanota.com web.de
    welho.com windowslive.com yahoo.co.uk yahoo.com yahoo.fi yahoo.se yandex.com yandex.ru zoho.com
    """.split()
)
"""Domains where everybody can have an address, so that one there tells no company."""


def domain_of(text: str | None) -> str | None:
    """The domain that tells a company: of an e-mail address or a web address; None where there is none that does.

    >>> domain_of("aino@Kahvila.fi"), domain_of("https://www.kahvila.fi/yhteys?x"), domain_of("aino@gmail.com"), domain_of("kahvila")
    ('kahvila.fi', 'kahvila.fi', None, None)
    """
    host = (text or "").strip().casefold().rpartition("@")[2]
    host = host.partition("://")[2] or host
    for sign in "/?#:":
        host = host.partition(sign)[0]
    host = host.removeprefix("www.").rstrip(".")
    return host if "." in host and " " not in host and host not in FREE_MAIL else None


_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}")
_WITH_DOMAIN = re.compile(r"\s*([^;]*[^\s;])\s+\(([^\s();@]+)\)\s*")


def name_and_domain(text: str | None) -> tuple[str | None, str | None]:
    """A company's name and domain, where its domain stands behind it as HubSpot writes it in deals; else the text alone.

    >>> name_and_domain("Aho Oy (aho.example)"), name_and_domain("Aho Oy (Turku)"), name_and_domain("Aho (Int.) Oy")
    (('Aho Oy', 'aho.example'), ('Aho Oy (Turku)', None), ('Aho (Int.) Oy', None))
    >>> name_and_domain("Aho Oy (gmail.com)"), name_and_domain("Aho Oy (ent. Oy)"), name_and_domain("aho.example"), name_and_domain(None)
    (('Aho Oy', None), ('Aho Oy (ent. Oy)', None), ('aho.example', None), (None, None))
    """
    found = _WITH_DOMAIN.fullmatch(text or "")
    if found is None or not _HOST.fullmatch(found[2]):
        return text, None
    return found[1], domain_of(found[2])


@dataclass(frozen=True)
class Borne:
    """What accounts bear: ids and names, and domains, each with the one account it means."""

    names: Mapping[str, int] = field(default_factory=dict)
    domains: Mapping[str, int] = field(default_factory=dict)

    def account(self, account: str | None, company: str | None, email: str | None) -> int | None:
        """The account of a person who has these, by the order above; None when they tell none."""
        host = fold(email or "").rpartition("@")
        told = (self.names.get(fold(account or "")), self.names.get(fold(company or "")), self.domains.get(host[2]) if host[1] else None)
        return next((found for found in told if found is not None), None)


def borne(names: Iterable[tuple[int, str]], domains: Iterable[tuple[int, str]]) -> Borne:
    """What accounts bear, from (account, folded name or id) and (account, domain); what several bear is left out."""
    return Borne(_of_one(names), _of_one(domains))


def _of_one(pairs: Iterable[tuple[int, str]]) -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for account, text in pairs:
        found.setdefault(text, set()).add(account)
    return {text: next(iter(accounts)) for text, accounts in found.items() if text and len(accounts) == 1}
