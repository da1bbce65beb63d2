"""E-mail addresses, phone numbers and names of a column in the one form that is kept, each distinct text read once.

What is written plainly is read by a short pattern, the rest by the libraries that know every rule (email-validator,
phonenumbers); the patterns are tested against them. A text that is no address or number is none here: it is
counted, kept as it came beside the row, and nobody is reachable by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from lohko.base import contacts

_PLAIN_ADDRESS = re.compile(
    r"(?=.{6,254}\Z)[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}){0,2}@"
    r"(?:[a-z0-9](?:[a-z0-9]|-(?!-)){0,40}(?<!-)\.){1,4}(?!(?:arpa|invalid|local|localhost|onion|test)\Z)[a-z]{2,20}\Z"
)
_FINNISH_MOBILE = re.compile(r"(?:\+358|00358|358|\+358\(0\)|0)(4[0-8]\d{7}|50\d{6,7})\Z")
_BETWEEN_DIGITS = str.maketrans("", "", " -\u00a0\u2011\u2013().")


def addresses(texts: Iterable[str]) -> dict[str, str | None]:
    """Each text with the address in it, folded; what the mailbox is called is nobody's to change: plus-tags and dots stay.

    >>> addresses([" Maija.M+shop@Example.FI", "Maija <maija@hyvä.fi>", "n/a"])
    {' Maija.M+shop@Example.FI': 'maija.m+shop@example.fi', 'Maija <maija@hyvä.fi>': 'maija@hyvä.fi', 'n/a': None}
    """
    return {text: _address(text) for text in texts}


def _address(text: str) -> str | None:
    plain = text.strip().lower()
    return plain if _PLAIN_ADDRESS.match(plain) else _checked(contacts.plain_email(text))


def _checked(plain: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(plain, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return unicodedata.normalize("NFC", f"{found.local_part.lower()}@{found.domain}")


def phones(texts: Iterable[str], country: str) -> dict[str, str | None]:
    """Each text with the number in it as E.164.

    >>> phones(["040 123 4567", "+358 (0)40 1234567", "112", "358401234567"], "FI")
    {'040 123 4567': '+358401234567', '+358 (0)40 1234567': '+358401234567', '112': None, '358401234567': '+358401234567'}
    """
    return {text: _mobile(text, country) or contacts.phone(text, country) for text in texts}


def _mobile(text: str, country: str) -> str | None:
    """A Finnish mobile number as nearly everybody writes it: such are most numbers of a Finnish shop."""
    if country != "FI" or "/" in text:
        return None
    found = _FINNISH_MOBILE.match(text.strip().translate(_BETWEEN_DIGITS))
    return f"+358{found[1]}" if found else None


def names(texts: Iterable[str]) -> dict[str, str]:
    """Each name composed (NFC), without marks that nobody sees and with single spaces; every letter and its case stay.

    >>> names(["  MA\u0308KI-Virta  af  Brun "])
    {'  MÄKI-Virta  af  Brun ': 'MÄKI-Virta af Brun'}
    """
    return {text: " ".join(unicodedata.normalize("NFC", contacts.INVISIBLE.sub("", text)).split()) for text in texts}
