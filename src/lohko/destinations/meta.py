"""Meta Custom Audience: `email,phone,fn,ln,zip,ct,country`, every value hashed.

Phones are digits only, with the country code; names keep their letters (Mäkinen keeps its ä).
Source: Meta's documentation of customer lists and its published vectors.
"""

from __future__ import annotations

import re
import unicodedata

from lohko.base import contacts
from lohko.base.codes import country_code
from lohko.base.contacts import email, phone, postcode, sha256
from lohko.destinations.contact import Contact, Destination
from lohko.destinations.sensitive import title_warnings

HEADER = ("email", "phone", "fn", "ln", "zip", "ct", "country")


def row(contact: Contact, home: str) -> list[str] | None:
    """One person as Meta matches them, or None when there is neither an address, a phone nor a whole name with a place."""
    country = country_code(contact.country) or home
    mail = email(contact.email)
    number = phone(contact.phone, country) if contact.phone else None
    first, last, town = name(contact.first_name), name(contact.last_name), place(contact.city)
    code = re.sub(r"[^\w]", "", postcode(contact.postcode, country)).lower()
    code = code[:5] if country == "US" else code
    if not (mail or number or (first and last and (code or town))):
        return None
    values = (mail or "", (number or "").lstrip("+"), first, last, code, town, country.lower())
    return [sha256(value) if value else "" for value in values]


def name(text: str) -> str:
    """A name in small letters without punctuation; letters of every language stay.

    >>> name("Anna-Maija O’Brien"), name("MÄKINEN,")
    ('annamaija obrien', 'mäkinen')
    """
    return contacts.name("".join(c for c in text if unicodedata.category(c)[0] not in "PS"))


def place(text: str) -> str:
    """A town in small letters without punctuation and spaces: `newyork`."""
    return name(text).replace(" ", "")


META = Destination("meta", HEADER, 100, row, title_warnings)
