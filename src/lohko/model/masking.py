"""What those see of a person who need not know who it is: the first letter, and that there is more.

One function hides a whole answer of a step, whatever its shape: texts that stand under a
name that tells who somebody is, and e-mail addresses and phone numbers wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lohko.base.text import fold
from lohko.model.condition import Condition, PropertyIs
from lohko.model.walk import attribute_names, everything

HIDDEN = "•••"
TELLS = frozenset(
    (
        "customer email e_mail phone mobile name first_name last_name full_name given_name family_name surname nickname company "
        "address street street_address address1 address2 postcode postal_code zip birth_date birthday date_of_birth born username "
        "user_name subscriber member_number customer_number customer_id contact identifier telephone recipient signature "
        "ssn social_security_number national_id personal_id passport tax_id iban "
        "nimi etunimi sukunimi kutsumanimi koko_nimi puhelin puhelinnumero matkapuhelin sähköposti sähköpostiosoite osoite katuosoite "
        "lähiosoite postinumero syntymäaika syntymäpäivä henkilötunnus hetu asiakasnumero jäsennumero vastaanottaja yhteyshenkilö"
    ).split()
)
"""Names of attributes, columns and fields whose text tells who a person is."""
_PERSON = frozenset({"person_id", "person"})
"""What a row about one person has: only there does `name` mean a person's."""
_FIELD = ("name", "attribute", "field", "column")
_SAID = ("value", "values", "rule", "before", "after", "old", "new", "was", "is", "now", "rows", "lost")
"""Where a value stands beside the name of its attribute, or beside those that a condition is `about`."""
_WHEN = frozenset({"at", "day", "since", "from", "until"})
"""When something was so: that is told with what it was."""
_ENDS = tuple(
    "_email _e_mail _phone _phone_number _mobile _telephone _first_name _last_name _full_name _address _street _postcode _zip".split()
)
_OF_PERSON = ("contact", "customer", "shipping", "billing", "delivery", "recipient", "owner", "guest", "buyer")
"""Whose `_name` is a person's; a product and a campaign have names too."""
_SPOKEN = frozenset(("deal", "ticket", "note", "lead", "survey_answered"))
"""Events that carry texts which people wrote to people."""
_FREE = frozenset("title subject text note notes message comment description body content answer summary quote".split())
"""What such texts are called there: they often name somebody, so nothing of them is told."""
_EMAIL = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:]+")
_PHONE = re.compile(r"\+\d[\d ()-]{5,18}\d")


def names_people(condition: Condition) -> bool:
    """Whether a rule may say who somebody is: it asks about a name, an address or a number."""
    asked = attribute_names(condition) | {part.name for part in everything(condition) if isinstance(part, PropertyIs)}
    return any(map(tells, asked))


def masked(text: str) -> str:
    """What is left of a text that tells who somebody is.

    >>> masked("Anna Mäkinen"), masked("anna@shop.fi"), masked("+358401234567"), masked("c-1042"), masked("")
    ('A••• M•••', 'a•••@•••', '+•••', 'c•••', '')
    """
    if "@" in text:
        return f"{text[:1]}{HIDDEN}@{HIDDEN}"
    return " ".join(word[0] + HIDDEN for word in text.split())


def mask(value: Any) -> Any:
    """The same answer without what tells who the people in it are; public ids of people stay, so that pages can still be opened.

    >>> mask({"person_id": "7f", "name": "Anna Mäkinen", "city": "Turku"})
    {'person_id': '7f', 'name': 'A••• M•••', 'city': 'Turku'}
    >>> mask({"name": "email", "value": "anna"}), mask({"name": "Lapsed VIPs"}), mask("ask anna@shop.fi or +358 40 123 4567")
    ({'name': 'email', 'value': 'a•••'}, {'name': 'Lapsed VIPs'}, 'ask a•••@••• or +•••')
    >>> mask({"deal": "d1", "title": "Anna Mäkinen, sofa", "stage": "Offer"})
    {'deal': 'd1', 'title': None, 'stage': 'Offer'}
    >>> mask({"event": "ticket", "properties": {"subject": "Anna's sofa", "status": "open"}})
    {'event': 'ticket', 'properties': {'subject': None, 'status': 'open'}}
    """
    match value:
        case str():
            return _PHONE.sub("+" + HIDDEN, _EMAIL.sub(lambda found: masked(found[0]), value)) if "@" in value or "+" in value else value
        case Mapping():
            return _object(value)
        case list():
            return [mask(item) for item in value]
        case tuple() if type(value) is tuple:
            return tuple(mask(item) for item in value)
    return value


def _object(found: Mapping[Any, Any]) -> dict[Any, Any]:
    """An object: what its own keys tell, and what a pair of name and value in it tells."""
    of_person = any(name in found for name in _PERSON)
    telling = any(isinstance(found.get(name), str) and tells(found[name]) for name in _FIELD)
    telling = telling or bool(found.get("names_people")) or any(isinstance(name, str) and tells(name) for name in _listed(found))
    return {
        key: _hide(item)
        if (isinstance(key, str) and tells(key) and (key != "name" or of_person)) or (telling and key in _SAID)
        else mask(item)
        for key, item in found.items()
    } | _free(found)


def _free(found: Mapping[Any, Any]) -> dict[Any, Any]:
    """The texts in an object that people wrote freely, each as nothing: of deals, open tickets, noted calls, and what such events carry."""
    hidden: dict[Any, Any] = {}
    for beside, name in (("deal", "title"), ("priority", "subject"), ("until", "note")):
        if beside in found and name in found:
            hidden[name] = None
    carried = found.get("properties")
    if found.get("event") in _SPOKEN and isinstance(carried, Mapping):
        hidden["properties"] = {key: None if key in _FREE else item for key, item in _object(carried).items()}
    return hidden


def _listed(found: Mapping[Any, Any]) -> list[Any]:
    about = found.get("about")
    return about if isinstance(about, list) else []


def _hide(value: Any) -> Any:
    """Every text in a value that tells who somebody is; numbers and the shape stay, for they say only how many."""
    match value:
        case str():
            return masked(value)
        case Mapping():
            return {key: item if key in _WHEN else _hide(item) for key, item in value.items()}
        case list() | tuple():
            return [_hide(item) for item in value]
    return value


def tells(name: str) -> bool:
    """Whether what stands under a name tells who a person is.

    >>> tells("First name"), tells("e-mail"), tells("billing_email"), tells("shipping name"), tells("Puhelin")
    (True, True, True, True, True)
    >>> tells("city"), tells("product_name"), tells("campaign_name"), tells("email_opens")
    (False, False, False, False)
    """
    plain = re.sub(r"[\s-]+", "_", fold(name))
    whose, _, what = plain.rpartition("_")
    return plain in TELLS or plain.endswith(_ENDS) or plain == "phone_number" or (what == "name" and whose in _OF_PERSON)
