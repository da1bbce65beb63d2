"""E-mail addresses, phone numbers and names in the one form that can be compared and hashed."""

from __future__ import annotations

import hashlib
import re
import unicodedata


def email(text: str) -> str | None:
    """An address trimmed, without spaces, in small letters; None when it is none.

    >>> email("  Maija.Meikäläinen@Example.FI "), email("no address")
    ('maija.meikäläinen@example.fi', None)
    """
    found = re.sub(r"\s+", "", unicodedata.normalize("NFC", text)).lower()
    return found if re.fullmatch(r"[^@]+@[^@.]+(\.[^@.]+)+", found) else None


def phone(text: str, country: str) -> str | None:
    """A phone number as E.164, read with a home country; None when it is none or a short service number.

    >>> phone("040 123 4567", "FI"), phone("+358 (0)40 1234567", "FI"), phone("358401234567", "FI"), phone("112", "FI")
    ('+358401234567', '+358401234567', '+358401234567', None)
    """
    import phonenumbers

    digits = re.sub(r"^\+?(\d{1,3})\s*\(0\)", r"+\1 ", text.strip())
    for attempt in (digits, "+" + re.sub(r"\D", "", digits)):
        try:
            number = phonenumbers.parse(attempt, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def sha256(text: str) -> str:
    """The SHA-256 of a text as UTF-8, in small hexadecimal letters."""
    return hashlib.sha256(text.encode()).hexdigest()
