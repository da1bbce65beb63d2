"""Who the demo shop's customers are: names, towns, contacts, languages. Nobody of them exists.

E-mail addresses are in domains reserved for examples (RFC 2606: `example.com`,
`.org`, `.net` and everything under `.example`), so no message can arrive.

Telephone numbers are in 047 and 048. Finland has set no numbers aside for
fiction, but of its mobile codes (04x and 050) these two have no operator in the
regulator's list as libphonenumber keeps it, while the library takes them for
valid mobile numbers, which the audience files need. For Sweden the numbers that
its regulator PTS reserved for fiction are used (070-174 06 05 to 06 99). For
Estonia there are none known, so Estonian customers have a Finnish number or none.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from lohko.demo import names
from lohko.demo.places import ESTONIA, SWEDEN, TOWNS

_TOWN_SUMS = tuple(accumulate(town.thousands for town in TOWNS))
DOMAINS = ("example.com", "example.org", "example.net", "posti.example", "kotiposti.example", "tyo.example")
_DOMAIN_WEIGHTS = (40, 14, 13, 18, 9, 6)
_CAPITAL_REGION = frozenset({"Helsinki", "Espoo", "Vantaa"})


@dataclass(frozen=True)
class Person:
    """One invented person. `language` is a code; `country` is FI, SE or EE; an empty contact is one the shop does not have."""

    first_name: str
    last_name: str
    birthday: dt.date
    language: str
    country: str
    town: str
    postcode: str
    email: str
    phone: str


class People:
    """Draws people one after another, so that no two share an address unless they are one person twice."""

    def __init__(self, random: Random, until: dt.date) -> None:
        self._random, self._until = random, until
        self._drawn: list[Person] = []
        self._taken: set[str] = set()

    def draw(self) -> Person:
        """The next person; one in a hundred or so is an earlier one who has made a second account."""
        random = self._random
        if len(self._drawn) > 50 and random.random() < 0.008:
            return random.choice(self._drawn)
        country, town, postcode, language = self._place()
        birthday = self._birthday()
        first, last = self._name(birthday, language)
        person = Person(
            first_name=first,
            last_name=last,
            birthday=birthday,
            language=language,
            country=country,
            town=town,
            postcode=postcode,
            email=self._email(first, last, birthday) if random.random() < 0.95 else "",
            phone=self._phone(country),
        )
        self._drawn.append(person)
        return person

    def _place(self) -> tuple[str, str, str, str]:
        random, abroad = self._random, self._random.random()
        if abroad < 0.012:
            postcode, town = random.choice(SWEDEN)
            return "SE", town, postcode, "sv"
        if abroad < 0.02:
            postcode, town = random.choice(ESTONIA)
            return "EE", town, postcode, "et"
        place = random.choices(TOWNS, cum_weights=_TOWN_SUMS)[0]
        language = "sv" if random.random() < place.swedish else "fi"
        if place.name in _CAPITAL_REGION and language == "fi" and random.random() < 0.03:
            language = random.choice(("et", "en"))
        return "FI", place.name, random.choice(place.postcodes), language

    def _birthday(self) -> dt.date:
        """Eighteen to about eighty-five, most around fifty."""
        age = min(18.2 + 67 * self._random.betavariate(1.9, 2.1), 88.0)
        return self._until - dt.timedelta(days=int(age * 365.25))

    def _name(self, birthday: dt.date, language: str) -> tuple[str, str]:
        random = self._random
        woman = random.random() < 0.62
        if language == "sv":
            first = names.SWEDISH_WOMEN if woman else names.SWEDISH_MEN
            last = names.SWEDISH_SURNAMES
        elif language == "et":
            first, last = (names.ESTONIAN_WOMEN if woman else names.ESTONIAN_MEN), names.ESTONIAN_SURNAMES
        else:
            age = names.OLDER if birthday.year <= 1962 else names.MIDDLE if birthday.year <= 1985 else names.YOUNGER
            first, last = (names.WOMEN if woman else names.MEN)[age], names.SURNAMES
        return _pick(random, first), _pick(random, last)

    def _email(self, first: str, last: str, birthday: dt.date) -> str:
        random = self._random
        given, family = _plain(first), _plain(last)
        local = random.choices(
            (
                f"{given}.{family}",
                f"{given}{family}",
                f"{given[0]}.{family}",
                f"{given}.{family}{birthday.year % 100:02}",
                f"{given}_{family}",
            ),
            (55, 10, 8, 20, 7),
        )[0]
        domain = random.choices(DOMAINS, _DOMAIN_WEIGHTS)[0]
        address, n = f"{local}@{domain}", 1
        while address in self._taken:
            n += 1
            address = f"{local}{n}@{domain}"
        self._taken.add(address)
        return address.title() if random.random() < 0.02 else address

    def _phone(self, country: str) -> str:
        random = self._random
        if random.random() < 0.17:
            return ""
        if country == "SE":
            return f"{random.choice(('+46', '0046'))} 70 174 06 {random.randrange(5, 100):02}"
        code = random.choice(("47", "48"))
        number = f"{random.randrange(10**7):07}"
        head, tail = number[:3], number[3:]
        return random.choices(
            (
                f"0{code} {head} {tail}",
                f"0{code}{number}",
                f"+358 {code} {head} {tail}",
                f"+358{code}{number}",
                f"0{code}-{number}",
                f"00358 {code} {number}",
                f"+358 (0){code} {number}",
                f"0{code} {head} {tail} (työ)",
            ),
            (34, 26, 12, 14, 7, 3, 3, 1),
        )[0]


def _pick(random: Random, choice: tuple[tuple[str, ...], tuple[int, ...]]) -> str:
    return random.choices(choice[0], cum_weights=choice[1])[0]


def _plain(name: str) -> str:
    """A name as in an address: small letters without marks.

    >>> _plain("Ala-Nissilä")
    'ala-nissila'
    """
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
