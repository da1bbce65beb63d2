"""E-mail addresses, phone numbers, names and postcodes in the one form that can be compared and hashed.

A hash shows no mistakes: a number that was read wrongly becomes somebody else's.
So what cannot be read for sure is None here, never a guess.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]")
_LOCAL_PART = re.compile(r"[^@\s\"(),:;<>\[\\\]]{1,64}\Z")
_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")
_EXTRA_IN_BRACKETS = re.compile(r"\([^)\d]*\)")
_TRUNK_ZERO = re.compile(r"^((?:\+|00)\s?\d{1,3})\s*\(0\)|^(\d{3})\s*\(0\)")
_LOST_DIGITS = re.compile(r"\d[.,]?\d*[eE]\+?\d+")


def email(text: str) -> str | None:
    """An address without spaces and in small letters, its domain as the network writes it; None when it is none.

    >>> email("  Maija.Meikäläinen@Example.FI "), email("Maija <maija@hyvä.fi>"), email("no address")
    ('maija.meikäläinen@example.fi', 'maija@xn--hyv-sla.fi', None)
    """
    found = plain_email(text)
    local, at, host = found.rpartition("@")
    domain = _domain(host)
    if not at or domain is None or not _LOCAL_PART.match(local) or local[0] == "." or local[-1] == "." or ".." in local:
        return None
    return f"{local}@{domain}"


def plain_email(text: str) -> str:
    """What was written in small letters without what people and programs put around an address; it need not be one."""
    found = unicodedata.normalize("NFC", INVISIBLE.sub("", text)).strip().strip("'\"")
    if in_brackets := re.fullmatch(r"[^<>]*<([^<>]+)>", found):
        found = in_brackets[1]
    return re.sub(r"\s+", "", found).lower().removeprefix("mailto:").rstrip(".,;")


def _domain(host: str) -> str | None:
    try:
        plain = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return plain if _DOMAIN.match(plain) else None


def phone(text: str, country: str) -> str | None:
    """A phone number as E.164, read with a home country; None when it is none, or a service number that is nobody's own.

    >>> phone("040 123 4567", "FI"), phone("+358 (0)40 1234567", "FI"), phone("358401234567", "FI"), phone("112", "FI")
    ('+358401234567', '+358401234567', '+358401234567', None)
    """
    written = _plain_number(text)
    if not written:
        return None
    whole = _number(written, country)
    if whole is None and (parts := re.split(r"[/;|,]| tai | or ", written))[1:]:
        return next((found for part in parts if (found := _number(part.strip(), country))), None)
    return whole


def _plain_number(text: str) -> str:
    """What was written without what spreadsheets and people add to it; nothing when digits were lost."""
    written = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip().lstrip("'")
    if _LOST_DIGITS.fullmatch(written):  # 3.58401E+11 has lost the end of the number
        return ""
    written = re.sub(r"^(\+?\d{7,})[.,]0$", r"\1", written)  # 358401234567.0 was once a cell with a number
    written = _EXTRA_IN_BRACKETS.sub("", written)
    return _TRUNK_ZERO.sub(lambda match: f"{match[1] or '+' + match[2]} ", written)


def _number(written: str, country: str) -> str | None:
    attempts = [written]
    digits = re.sub(r"\D", "", written)
    if written[:1] not in ("+", "0") and len(digits) >= 10:  # with its country code, but without the +
        attempts.append("+" + digits)
    return next((found for attempt in attempts if (found := _e164(attempt, country))), None)


def _e164(written: str, country: str) -> str | None:
    import phonenumbers
    from phonenumbers import PhoneNumberType as Kind

    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(number)  # unknown is what is not valid
    if kind in (Kind.UNKNOWN, Kind.PREMIUM_RATE, Kind.TOLL_FREE, Kind.SHARED_COST, Kind.VOICEMAIL):
        return None
    if kind == Kind.UAN and len(phonenumbers.national_significant_number(number)) < 8:  # 0100100, 020202
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def normalise_phones(values: Iterable[str], country: str) -> dict[str, str | None]:
    """Each distinct text with its number: reading one takes a tenth of a millisecond, so equal ones are read once."""
    return {text: phone(text, country) for text in dict.fromkeys(values)}


def name(text: str) -> str:
    """A name in small letters, composed (NFC) and with single spaces; every letter stays: Mäkinen keeps its ä.

    >>> name(" Anna-Maija  MA\u0308KINEN ")
    'anna-maija mäkinen'
    """
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", text)).lower().split())


def postcode(text: str, country: str) -> str:
    """A postcode as a text; a Finnish one gets back the zeros that a spreadsheet took.

    >>> postcode("100", "FI"), postcode("FI-00100", "FI"), postcode(" 123 45 ", "SE"), postcode("2100.0", "FI")
    ('00100', '00100', '123 45', '02100')
    """
    written = " ".join(INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split()).lstrip("'")
    written = re.sub(r"^(\d+)\.0$", r"\1", written)
    if country.upper() == "FI" and (digits := re.fullmatch(r"(?:FIN?[- ]?)?(\d{1,5})", written, re.IGNORECASE)):
        return digits[1].zfill(5)
    return written


def sha256(text: str) -> str:
    """The SHA-256 of a text as UTF-8, in small hexadecimal letters."""
    return hashlib.sha256(text.encode()).hexdigest()


def calling_code(country: str) -> str:
    """The digits that phone numbers of a country begin with abroad; nothing for a country without.

    >>> calling_code("FI"), calling_code("se"), calling_code("XX")
    ('358', '46', '')
    """
    import phonenumbers

    code = phonenumbers.country_code_for_region(country.upper())
    return str(code) if code else ""
