"""Google Ads Customer Match: `Email,Phone,First Name,Last Name,Country,Zip`.

E-mail, phone (with +) and names are hashed; country and postcode never are. Matching by
address needs all four of names, country and postcode. Source: Google's Customer Match help.
In the EEA the whole file is uploaded with one state of consent; Lohko writes only people
who consented, so that state is "granted".
"""

from __future__ import annotations

from lohko.base.codes import country_code
from lohko.base.contacts import email, name, phone, postcode, sha256
from lohko.destinations.contact import Contact, Destination

HEADER = ("Email", "Phone", "First Name", "Last Name", "Country", "Zip")


def row(contact: Contact, home: str) -> list[str] | None:
    """One person as Google matches them, or None when nothing can be matched."""
    country = country_code(contact.country) or ""
    mail = email(contact.email)
    number = phone(contact.phone, country or home) if contact.phone else None
    first, last = _name(contact.first_name), _name(contact.last_name)
    code = postcode(contact.postcode, country)
    address = [sha256(first), sha256(last), country, code] if first and last and country and code else [""] * 4
    if not (mail or number or any(address)):
        return None
    return [sha256(mail) if mail else "", sha256(number) if number else "", *address]


def _name(text: str) -> str:
    """A name in small letters without spaces; nothing when there is no letter in it."""
    found = name(text).replace(" ", "")
    return found if any(c.isalpha() for c in found) else ""


GOOGLE_ADS = Destination("google-ads", HEADER, 100, row)
