"""E-mail addresses, phone numbers and names in the one form that is kept, each distinct text read once.

What is written plainly, as nearly everything is, SQL reads by a short pattern; the rest goes to the libraries that
know every rule (email-validator, phonenumbers), and a test holds the patterns to them. A text that is no address or
number is none here: it is counted, kept as it came beside the row, and nobody is reachable by it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from lohko.base import contacts
from lohko.base.business_id import business_id, vat_number
from lohko.landing.addresses import address
from lohko.landing.words import put
from lohko.model.account import domain_of

CHECKED = ("email", "phone")
"""The attributes whose texts are looked at: one that is none of it does not fit."""
NAMES = ("first_name", "last_name", "name")
OF_COMPANIES = ("business_id", "vat_number", "domain", "account_phone")
"""The same of lists of companies."""


def is_checked(role: str, name: str) -> bool:
    """Whether the texts of a column are looked at."""
    return name in (CHECKED if role == "attribute" else OF_COMPANIES if role == "account" else ())


# Parts of an address without what only the library can judge: other scripts, quotes, long parts, two signs in a row.
_ADDRESS = r"[a-z0-9_+]+([.-][a-z0-9_+]+)*@([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,20}"
_NO_ADDRESS = r"\.(arpa|invalid|local|localhost|onion|test)$"
_PLAIN_ADDRESS = (
    "CASE WHEN strlen(__t) <= 64 AND regexp_full_match(lower(__t), __shape) AND NOT regexp_matches(lower(__t), __no) THEN lower(__t) END"
)
_MOBILE = r"(\+3580?|003580?|358|0)(4[0-8]\d{7}|50\d{6,7})"
_PLAIN_MOBILE = r"""CASE WHEN regexp_full_match(__t, '\+358(4[0-8]\d{7}|50\d{6,7})') THEN __t WHEN regexp_full_match(__t, '[+\d(][\d \-()]*') AND regexp_full_match(regexp_replace(__t, '[ \-()]', '', 'g'), __shape)
    THEN '+358' || regexp_extract(regexp_replace(__t, '[ \-()]', '', 'g'), __shape, 2) END"""
_UNSEEN = r"[\x{ad}\x{200b}-\x{200f}\x{2060}\x{feff}]"
_BLANKS = r"[\s\x{a0}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]+"
_NAME = "CASE WHEN regexp_full_match(__t, '[A-Za-z.-]+( [A-Za-z.-]+)*') THEN __t ELSE nfc_normalize(trim(regexp_replace(regexp_replace(__t, __unseen, '', 'g'), __blanks, ' ', 'g'))) END"


def plain_address(text: exp.Expr) -> exp.Expr:
    """The address in small letters where the text is nothing but a plain one; null otherwise."""
    return put(_PLAIN_ADDRESS, t=text, shape=exp.Literal.string(_ADDRESS), no=exp.Literal.string(_NO_ADDRESS))


def plain_mobile(text: exp.Expr) -> exp.Expr:
    """A Finnish mobile number as E.164 where the text is one as Finns write it; null otherwise."""
    return put(_PLAIN_MOBILE, t=text, shape=exp.Literal.string(_MOBILE))


def name(text: exp.Expr) -> exp.Expr:
    """A name composed (NFC), without marks that nobody sees and with single spaces; every letter and its case stay."""
    return put(_NAME, t=text, unseen=exp.Literal.string(_UNSEEN), blanks=exp.Literal.string(_BLANKS))


def read(what: str, texts: Iterable[str], country: str) -> dict[str, str | None]:
    """Each text with what it says of an attribute that is checked; None where it is none of it."""
    match what:
        case "email":
            return addresses(texts)
        case "business_id":
            return {text: business_id(text) for text in texts}
        case "vat_number":
            return {text: vat_number(text, country) for text in texts}
        case "domain":
            return {text: domain_of(text) for text in texts}
    return phones(texts, country)


def addresses(texts: Iterable[str]) -> dict[str, str | None]:
    """Each text with the address in it, folded; what the mailbox is called is nobody's to change: plus-tags and dots stay.

    >>> addresses([" Maija.M+shop@Example.FI", "Maija <maija@hyvä.fi>", "n/a"])
    {' Maija.M+shop@Example.FI': 'maija.m+shop@example.fi', 'Maija <maija@hyvä.fi>': 'maija@hyvä.fi', 'n/a': None}
    """
    return {text: address(text) for text in texts}


def phones(texts: Iterable[str], country: str) -> dict[str, str | None]:
    """Each text with the number in it as E.164.

    >>> phones(["040 123 4567", "+358 (0)40 1234567", "112"], "FI")
    {'040 123 4567': '+358401234567', '+358 (0)40 1234567': '+358401234567', '112': None}
    """
    return {text: contacts.phone(text, country) for text in texts}
