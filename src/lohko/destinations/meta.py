"""Meta Custom Audience: `email,phone,fn,ln,zip,ct,country`, every value hashed.

Phones are digits only, with the country code; names keep their letters (Mäkinen keeps its ä).
Source: Meta's documentation of customer lists and its published vectors.
"""

from __future__ import annotations

import re
import unicodedata

from lohko.base.contacts import email, phone, sha256
from lohko.destinations.contact import Contact, Destination

HEADER = ("email", "phone", "fn", "ln", "zip", "ct", "country")


def row(contact: Contact, home: str) -> list[str] | None:
    """One person as Meta matches them, or None when there is neither an address, a phone nor a whole name."""
    mail, number = email(contact.email), phone(contact.phone, contact.country or home) if contact.phone else None
    first, last = name(contact.first_name), name(contact.last_name)
    if not (mail or number or (first and last and (contact.postcode or contact.city))):
        return None
    postcode = re.sub(r"[\s-]", "", contact.postcode).lower()
    country = (contact.country or home).strip().lower()
    values = [
        mail or "",
        (number or "").lstrip("+"),
        first,
        last,
        postcode[:5] if country == "us" else postcode,
        place(contact.city),
        country,
    ]
    return [sha256(value) if value else "" for value in values]


def name(text: str) -> str:
    """A name in small letters without punctuation or spaces around; letters of every language stay."""
    kept = "".join(c for c in unicodedata.normalize("NFC", text) if not unicodedata.category(c).startswith(("P", "S")))
    return kept.lower().strip()


def place(text: str) -> str:
    """A town in small letters without punctuation and spaces: `newyork`."""
    return re.sub(r"\s+", "", name(text))


META = Destination("meta", HEADER, 100, row)
