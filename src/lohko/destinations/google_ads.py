"""Google Ads Customer Match: `Email,Phone,First Name,Last Name,Country,Zip`.

E-mail, phone (with +) and names are hashed; country and postcode never are. Matching by
address needs all four of names, country and postcode. Source: Google's Customer Match help.
"""

from __future__ import annotations

import re
import unicodedata

from lohko.base.contacts import email, phone, sha256
from lohko.destinations.contact import Contact, Destination

HEADER = ("Email", "Phone", "First Name", "Last Name", "Country", "Zip")


def row(contact: Contact, home: str) -> list[str] | None:
    """One person as Google matches them, or None when nothing can be matched."""
    mail, number = email(contact.email), phone(contact.phone, contact.country or home) if contact.phone else None
    address = ["", "", "", ""]
    parts = (_name(contact.first_name), _name(contact.last_name), contact.country.strip().upper(), contact.postcode.strip())
    if all(parts):
        address = [sha256(parts[0]), sha256(parts[1]), parts[2], parts[3]]
    if not (mail or number or any(address)):
        return None
    return [sha256(mail) if mail else "", sha256(number) if number else "", *address]


def _name(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text)).lower()


GOOGLE_ADS = Destination("google-ads", HEADER, 100, row)
