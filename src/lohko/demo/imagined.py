"""Five exports of one imagined firm: the same people in its shop, CRM, newsletter, survey and bookings, each written differently.

The files are as the tools write them and go in untouched. Beside them is what a
real firm never has: the truth, which record is whose. It is there to measure how
well people are put together, and is never imported.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from lohko.demo.people import People, Person
from lohko.demo.products import PRODUCTS
from lohko.formats.shopify import SHOPIFY_CUSTOMERS, SHOPIFY_ORDERS

SHOP, CRM, NEWSLETTER, SURVEY, BOOKINGS = "shopify", "pipedrive", "mailchimp", "survey", "bookings"
_SHARES = {SHOP: 0.7, CRM: 0.25, NEWSLETTER: 0.5, SURVEY: 0.15, BOOKINGS: 0.25}
_WORK = ("tilitoimisto.example", "rakennus.example", "kunta.example", "koulu.example")
_SHARED_BOX = "info@tilitoimisto.example"
_PIPEDRIVE = (
    "Person - ID", "Person - Name", "Person - First name", "Person - Last name", "Person - Organization", "Person - Label",
    "Person - Email - Work", "Person - Email - Home", "Person - Email - Other", "Person - Phone - Work", "Person - Phone - Mobile",
    "Person - Phone - Home", "Person - Marketing status", "Person - Double opt-in", "Person - Update time",
)  # fmt: skip
_MAILCHIMP = (
    "Email Address", "First Name", "Last Name", "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "LATITUDE",
    "LONGITUDE", "GMTOFF", "DSTOFF", "TIMEZONE", "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS",
)  # fmt: skip
_UNSUBSCRIBED = (
    *_MAILCHIMP[:-5],
    "UNSUB_TIME",
    "UNSUB_CAMPAIGN_TITLE",
    "UNSUB_CAMPAIGN_ID",
    "UNSUB_REASON",
    "UNSUB_REASON_OTHER",
    *_MAILCHIMP[-5:],
)
_SURVEY = ("Vastattu", "Sähköposti", "Nimi", "Kuinka todennäköisesti suosittelisit meitä?", "Tyytyväisyys 1-5", "Mitä muuta haluat sanoa?")
_BOOKINGS = (
    "Varausnumero", "Varattu", "Sukunimi", "Etunimi", "Sähköposti", "Puhelin", "Saapuminen", "Lähtö", "Yöt", "Henkilömäärä", "Huone",
    "Kanava", "Hinta", "Tila",
)  # fmt: skip
_COMMENTS = ("Kiitos!", "Toimitus kesti liian kauan.", "Mukava henkilökunta", "", "", "Valikoima voisi olla laajempi")
_ROOMS = ("Mökki 1", "Mökki 2", "Huone, järvinäköala", "Huone, piha")

Identity = tuple[str, str]
"""A source, and the value by which the source tells its customers apart."""


@dataclass(frozen=True)
class Someone:
    """A true person: their private contacts, and the address at work where they have one."""

    number: int
    person: Person
    work_email: str


@dataclass
class Imagined:
    """The files in the order in which they come in, and whose every record is."""

    files: list[Path] = field(default_factory=list)
    truth: dict[Identity, int] = field(default_factory=dict)
    """Identity to the number of the true person; an address that two people share belongs to the one who was written first."""

    @property
    def people(self) -> int:
        """How many true people are in at least one file."""
        return len(set(self.truth.values()))


def imagine(folder: Path, *, people: int, until: dt.date, seed: int) -> Imagined:
    """Write the files of `people` people into `folder`; the same arguments make the same files."""
    random = Random(seed)  # noqa: S311 - invented people, no secret
    everyone = _everyone(random, people, until)
    made = Imagined()
    groups = {system: [who for who in everyone if random.random() < share] for system, share in _SHARES.items()}
    writing = _Writing(random, folder, until, made)
    writing.shop(groups[SHOP])
    writing.crm(groups[CRM])
    writing.newsletter(groups[NEWSLETTER])
    writing.survey(groups[SURVEY])
    writing.bookings(groups[BOOKINGS])
    return made


def _everyone(random: Random, people: int, until: dt.date) -> list[Someone]:
    """Some live together: they have one surname and postcode, one in two such pairs one telephone, one in five one address."""
    drawn, found = People(random, until), list[Someone]()
    known: set[int] = set()
    while len(found) < people:
        person = drawn.draw()
        if id(person) in known:  # somebody's second account is none here: accounts are made by the systems below
            continue
        known.add(id(person))
        if found and random.random() < 0.12:
            person = _partner(random, found[-1].person, person)
        work = (
            f"{_plain(person.first_name)}.{_plain(person.last_name)}.{len(found)}@{random.choice(_WORK)}" if random.random() < 0.3 else ""
        )
        found.append(Someone(len(found) + 1, person, work))
    return found


def _partner(random: Random, one: Person, other: Person) -> Person:
    phone = one.phone if random.random() < 0.5 else other.phone
    email = one.email if random.random() < 0.2 else other.email
    return Person(
        first_name=other.first_name,
        last_name=one.last_name,
        birthday=other.birthday,
        language=one.language,
        country=one.country,
        town=one.town,
        postcode=one.postcode,
        email=email,
        phone=phone,
    )


class _Writing:
    """Writes one system's file after another, with the faults that people and systems make."""

    def __init__(self, random: Random, folder: Path, until: dt.date, made: Imagined) -> None:
        self.random, self.folder, self.until, self.made = random, folder, until, made

    # --- the systems

    def shop(self, who: Sequence[Someone]) -> None:
        """Accounts, of which some people have two, and orders, of which some were made as a guest."""
        rows, orders, number, order = [], list[dict[str, str]](), 5000, 1000
        for one in who:
            for _ in range(2 if self.random.random() < 0.03 else 1):
                number += 1
                rows.append(self._account(one, str(number)))
            for _ in range(self.random.choice((0, 1, 1, 2, 3, 5))):
                order += 1
                orders += self._order(one, f"#{order}")
        self._write("shopify-customers.csv", SHOPIFY_CUSTOMERS.headers, rows)
        self._write("shopify-orders.csv", SHOPIFY_ORDERS.headers, orders)

    def _account(self, one: Someone, number: str) -> dict[str, str]:
        first, last = self._name(one)
        self._is(SHOP, number, one)
        person = one.person
        return {
            "Customer ID": f"'{number}",
            "First Name": first,
            "Last Name": last,
            "Email": self._spelt(person.email),
            "Accepts Email Marketing": self.random.choice(("yes", "no")),
            "Default Address City": person.town,
            "Default Address Country Code": person.country,
            "Default Address Zip": f"'{person.postcode}",
            "Phone": f"'{self._phone(person)}" if person.phone and self.random.random() < 0.8 else "",
            "Accepts SMS Marketing": "no",
            "Tax Exempt": "no",
            "Tags": self.random.choice(("", "", "vip", "retki, perhe")),
        }

    def _order(self, one: Someone, number: str) -> list[dict[str, str]]:
        email = self._spelt(one.person.email or one.work_email)
        if not email:
            return []
        self._is(SHOP, email, one)
        items = [self.random.choice(PRODUCTS) for _ in range(self.random.choice((1, 1, 2, 3)))]
        total = sum(item.price for item in items)
        first, last = self._name(one)
        shared = {
            "Email": email,
            "Financial Status": "paid",
            "Currency": "EUR",
            "Subtotal": f"{total:.2f}",
            "Total": f"{total:.2f}",
            "Taxes": "0.00",
            "Shipping": "0.00",
            "Created at": self._moment(720).strftime("%Y-%m-%d %H:%M:%S +0200"),
            "Billing Name": f"{first} {last}",
            "Billing Zip": f"'{one.person.postcode}",
            "Billing City": one.person.town,
            "Billing Country": one.person.country,
            "Billing Phone": self._phone(one.person) if self.random.random() < 0.5 else "",
            "Source": "web",
        }
        lines = [
            {"Name": number, "Lineitem quantity": "1", "Lineitem name": i.name, "Lineitem price": f"{i.price:.2f}", "Lineitem sku": i.id}
            for i in items
        ]
        return [{**shared, **line} if place == 0 else line for place, line in enumerate(lines)]

    def crm(self, who: Sequence[Someone]) -> None:
        """Contacts, most under their address at work; the last ones of a firm share its mailbox."""
        rows = []
        for number, one in enumerate(who, start=1):
            first, last = self._name(one)
            box = _SHARED_BOX if number % 40 == 0 else ""
            work = one.work_email or box
            home = self._spelt(one.person.email) if not work or self.random.random() < 0.6 else ""
            self._is(CRM, str(number), one)
            rows.append(
                {
                    "Person - ID": str(number),
                    "Person - Name": f"{first} {last}",
                    "Person - First name": first,
                    "Person - Last name": last,
                    "Person - Organization": work.partition("@")[2].partition(".")[0].title(),
                    "Person - Email - Work": work,
                    "Person - Email - Home": home,
                    "Person - Phone - Mobile": self._phone(one.person) if self.random.random() < 0.85 else "",
                    "Person - Marketing status": "Subscribed" if self.random.random() < 0.4 else "No consent",
                    "Person - Update time": self._moment(300).strftime("%Y-%m-%d %H:%M:%S"),
                }
            )
        self._write("pipedrive-people.csv", _PIPEDRIVE, rows)

    def newsletter(self, who: Sequence[Someone]) -> None:
        """Subscribers, with the names that they gave themselves, or none; one in eight has left."""
        staying, left = list[dict[str, str]](), list[dict[str, str]]()
        for one in who:
            email = self._spelt(one.work_email if one.work_email and self.random.random() < 0.2 else one.person.email)
            if not email or (NEWSLETTER, email.casefold()) in self.made.truth:
                continue
            self._is(NEWSLETTER, email, one)
            joined = self._moment(900)
            first, last = self._name(one) if self.random.random() < 0.7 else ("", "")
            row = {
                "Email Address": email,
                "First Name": first,
                "Last Name": last,
                "MEMBER_RATING": str(self.random.randint(1, 5)),
                "OPTIN_TIME": f"{joined:%Y-%m-%d %H:%M:%S}",
                "CONFIRM_TIME": f"{joined:%Y-%m-%d %H:%M:%S}",
                "CC": one.person.country,
                "LAST_CHANGED": f"{joined:%Y-%m-%d %H:%M:%S}",
                "TAGS": '"messut","retkeily"' if self.random.random() < 0.2 else "",
            }
            if self.random.random() < 0.125:
                left.append({**row, "UNSUB_TIME": f"{joined + dt.timedelta(days=40):%Y-%m-%d %H:%M:%S}", "UNSUB_REASON": "NORMAL"})
            else:
                staying.append(row)
        self._write("mailchimp-subscribed.csv", _MAILCHIMP, staying)
        self._write("mailchimp-unsubscribed.csv", _UNSUBSCRIBED, left)

    def survey(self, who: Sequence[Someone]) -> None:
        """Answers with an address and sometimes a name, as the respondent wrote them."""
        rows = []
        for one in who:
            email = self._spelt(one.person.email)
            if not email:
                continue
            self._is(SURVEY, email, one)
            first, last = self._name(one)
            values = (
                f"{self._moment(200):%d.%m.%Y %H.%M}",
                email,
                f"{first} {last}" if self.random.random() < 0.6 else "",
                str(self.random.choices(range(11), (1, 1, 1, 1, 1, 2, 3, 6, 9, 8, 7))[0]),
                str(self.random.randint(1, 5)),
                self.random.choice(_COMMENTS),
            )
            rows.append(dict(zip(_SURVEY, values, strict=True)))
        self._write("kysely.csv", _SURVEY, rows, ";")

    def bookings(self, who: Sequence[Someone]) -> None:
        """Bookings, taken down by telephone as often as not."""
        rows, number = list[dict[str, str]](), 90000
        for one in who:
            for _ in range(self.random.choice((1, 1, 1, 2))):
                number += 1
                email = self._spelt(one.person.email or one.work_email)
                if not email:
                    continue
                self._is(BOOKINGS, email, one)
                first, last = self._name(one)
                booked, nights = self._moment(500), self.random.randint(1, 7)
                arrival = booked.date() + dt.timedelta(days=self.random.randint(3, 90))
                values = (
                    str(number), f"{booked:%d.%m.%Y %H.%M}", last, first, email, self._phone(one.person), f"{arrival:%d.%m.%Y}",
                    f"{arrival + dt.timedelta(days=nights):%d.%m.%Y}", str(nights), str(self.random.randint(1, 5)), self.random.choice(_ROOMS),
                    self.random.choice(("Puhelin", "Verkko")), f"{nights * 89},00", "Vahvistettu" if self.random.random() < 0.9 else "Peruttu",
                )  # fmt: skip
                rows.append(dict(zip(_BOOKINGS, values, strict=True)))
        self._write("varaukset.csv", _BOOKINGS, rows, ";")

    # --- how things are written

    def _name(self, one: Someone) -> tuple[str, str]:
        """The name as it was written this time: one in twenty-five with a slip, some without dots, a few the wrong way round."""
        first, last, random = one.person.first_name, one.person.last_name, self.random
        what = random.random()
        if what < 0.04:
            return first, _slip(random, last)
        if what < 0.08:
            return _undotted(first), _undotted(last)
        if what < 0.1:
            return last, first
        return (first.upper(), last.upper()) if what < 0.12 else (first, last)

    def _spelt(self, email: str) -> str:
        return email.title() if self.random.random() < 0.05 else email

    def _phone(self, person: Person) -> str:
        """The number with its blanks and signs as somebody typed them."""
        digits = person.phone.partition("(työ)")[0].strip()
        return digits.replace(" ", "") if self.random.random() < 0.5 else digits

    def _moment(self, days: int) -> dt.datetime:
        ago = dt.timedelta(days=self.random.randint(1, days), minutes=self.random.randint(0, 700))
        return dt.datetime.combine(self.until, dt.time(20)) - ago

    def _is(self, source: str, value: str, one: Someone) -> None:
        self.made.truth.setdefault((source, value.casefold()), one.number)

    def _write(self, name: str, headers: Sequence[str], rows: Iterable[Mapping[str, str]], separator: str = ",") -> None:
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, headers, restval="", delimiter=separator)
            writer.writeheader()
            writer.writerows(rows)
        self.made.files.append(path)


def _slip(random: Random, name: str) -> str:
    """A name with two of its letters changed over, or one left out.

    >>> _slip(Random(1), "Virtanen")
    'Vitanen'
    """
    place = random.randrange(1, max(len(name) - 2, 2))
    if random.random() < 0.5:
        return name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]
    return name[:place] + name[place + 1 :]


def _undotted(name: str) -> str:
    return name.translate(str.maketrans("äöåÄÖÅ", "aoaAOA"))


def _plain(name: str) -> str:
    return "".join(sign for sign in _undotted(name).casefold() if sign.isascii() and sign.isalpha())
