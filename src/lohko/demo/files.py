"""The demo shop's three exports, written as the programs of a Finnish shop write them, faults included.

Some rows of every file cannot be used, as in real exports: unreadable dates,
missing prices, stray quotes, records cut short. They are added rows, so that
every order stays whole, and how many there are of each kind is said.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

from lohko.demo.consents import Consents, written
from lohko.demo.events import Event
from lohko.demo.orders import Order
from lohko.demo.people import Person

CUSTOMER_HEADERS = (
    "Asiakasnumero",
    "Sukunimi",
    "Etunimi",
    "Sähköposti",
    "Puhelin",
    "Syntymäaika",
    "Kieli",
    "Postinumero",
    "Postitoimipaikka",
    "Maa",
    "Liittynyt",
    "Sähköpostilupa",
    "Tekstiviestilupa",
    "Mainontalupa",
    "Profilointilupa",
    "Lisätiedot",
)
ORDER_HEADERS = (
    "Tilausnumero",
    "Tilausaika",
    "Asiakasnumero",
    "Tuotenumero",
    "Tuotenimi",
    "Tuoteryhmä",
    "Merkki",
    "Määrä",
    "Yksikköhinta",
    "Alennus",
    "Valuutta",
    "Alennuskoodi",
    "Kanava",
    "Maksutapa",
    "Tila",
)
_COUNTRIES = {"FI": ("Suomi", "Suomi", "Suomi", "Suomi", "FI"), "SE": ("Ruotsi", "Sverige"), "EE": ("Viro",)}
_LANGUAGES = {"fi": "suomi", "sv": "ruotsi", "et": "viro", "en": "englanti"}
_NOTES = (
    "Soittaa ennen toimitusta",
    "Noutaa myymälästä",
    "Lasku paperilla; ei sähköpostiin",
    "Pyysi kuvaston",
    "Kanta-asiakas vuodesta 2019",
)
# Individual numbers from 900 on are never given to anyone: codes for tests, made up here to show that they are masked.
_PERSONAL_CODES = ("010190-900P", "240783-9152")


@dataclass(frozen=True)
class Registered:
    """One row of the customer register."""

    number: str
    person: Person
    joined: dt.date
    consents: Consents


@dataclass(frozen=True)
class Written:
    """What was written to a file: its records, how many cannot be used, by reason, and how many say something twice."""

    records: int
    rejected: Mapping[str, int]
    repeated: int = 0


# --- the customer register ------------------------------------------------------------------


def write_customers(path: Path, random: Random, register: Sequence[Registered]) -> Written:
    """The register: semicolons, Windows-1252, blanks, zeros lost from postcodes."""
    rows = [_customer(random, item) for item in register]
    notes = CUSTOMER_HEADERS.index("Lisätiedot")
    for code, row in zip(_PERSONAL_CODES, random.sample(rows, len(_PERSONAL_CODES)), strict=True):
        row[notes] = f"hetu {code}"
    for wrong, row in zip(("31.2.1985", "ei kerro"), random.sample(rows, 2), strict=True):
        row[CUSTOMER_HEADERS.index("Syntymäaika")] = wrong
    faults: list[tuple[str, _Fault]] = [
        ("no_customer", _set(Asiakasnumero="", Sähköposti="")),
        ("no_customer", _set(Asiakasnumero="", Sähköposti="", Puhelin="")),
        ("broken_record", lambda row: ";".join(row) + ";x"),
    ]
    return _write_csv(path, "cp1252", CUSTOMER_HEADERS, rows, random, faults)


def _customer(random: Random, item: Registered) -> list[str]:
    person = item.person
    postcode = person.postcode
    if postcode.startswith("0") and random.random() < 0.06:  # has been through a spreadsheet
        postcode = postcode.lstrip("0")
    blank = random.random() < 0.03
    return [
        item.number,
        person.last_name,
        person.first_name,
        person.email,
        person.phone,
        written(person.birthday) if random.random() < 0.72 else "",
        _LANGUAGES[person.language] if random.random() < 0.97 else "",
        "" if blank else postcode,
        "" if blank else person.town,
        "" if blank else random.choice(_COUNTRIES[person.country]),
        written(item.joined),
        item.consents.email,
        item.consents.sms,
        item.consents.ads,
        item.consents.profiling,
        random.choice(_NOTES) if random.random() < 0.02 else "",
    ]


# --- orders ------------------------------------------------------------------------------------


def write_orders(path: Path, random: Random, made: Sequence[Order], numbers: Sequence[str]) -> Written:
    """The order lines: semicolons, decimal commas, UTF-8 with its mark; `numbers` are the customers' numbers."""
    rows = [row for order in made for row in _lines(order, "" if order.customer is None else numbers[order.customer])]
    return _write_csv(path, "utf-8-sig", ORDER_HEADERS, rows, random, _ORDER_FAULTS)


def _lines(order: Order, customer: str) -> Iterator[list[str]]:
    at = f"{written(order.at)} {order.at.hour}.{order.at.minute:02}"
    for line in order.lines:
        product = line.product
        yield [
            order.number,
            at,
            customer,
            product.id if product else "",
            line.name,
            product.category if product else "",
            product.brand if product else "",
            _number(line.quantity),
            _number(line.price, 2),
            _number(line.discount, 2) if line.discount else "",
            "EUR",
            order.coupon,
            order.channel,
            order.payment,
            order.status,
        ]


def _number(value: Decimal, places: int = 0) -> str:
    """A number with a decimal comma and at least so many decimals.

    >>> _number(Decimal("24.9"), 2), _number(Decimal("0.085"), 2), _number(Decimal("-1"))
    ('24,90', '0,085', '-1')
    """
    shown = value.normalize()
    wanted = max(places, -int(shown.as_tuple().exponent), 0)
    return f"{shown:.{wanted}f}".replace(".", ",")


# --- faults ------------------------------------------------------------------------------------

_Fault = Callable[[list[str]], list[str] | str]


def _set(**cells: str) -> _Fault:
    def change(row: list[str]) -> list[str]:
        headers = CUSTOMER_HEADERS if len(row) == len(CUSTOMER_HEADERS) else ORDER_HEADERS
        return [cells.get(header, cell) for header, cell in zip(headers, row, strict=True)]

    return change


def _stray_quote(row: list[str]) -> str:
    row = _set(Tuotenimi='"Villasukat')(row)  # type: ignore[assignment]
    return ";".join(cell.replace(";", ",") for cell in row)


def _cut_short(row: list[str]) -> str:
    return ";".join(cell.replace('"', "").replace(";", ",") for cell in row[:6])


_ORDER_FAULTS: list[tuple[str, _Fault]] = [
    ("bad_time", _set(Tilausaika="32.13.2025 9.15")),
    ("bad_time", _set(Tilausaika="0.0.0000 0.00")),
    ("bad_time", _set(Tilausaika="eilen")),
    *[("no_time", _set(Tilausaika=""))] * 2,
    *[("no_amount", _set(Yksikköhinta=""))] * 4,
    *[("bad_number", _set(Yksikköhinta="kysy hinta"))] * 2,
    ("bad_number", _set(Määrä="paljon")),
    *[("no_quantity", _set(Määrä=""))] * 2,
    *[("no_rate", _set(Valuutta="SEK"))] * 3,
    *[("broken_record", _stray_quote)] * 2,
    *[("broken_record", _cut_short)] * 3,
]


def _write_csv(
    path: Path, encoding: str, headers: Sequence[str], rows: Sequence[list[str]], random: Random, faults: Sequence[tuple[str, _Fault]]
) -> Written:
    """Rows with faulty copies of some of them in between, never two faults beside each other."""
    places = sorted(random.sample(range(len(rows) // 2), min(len(faults), len(rows) // 2)))
    at = dict(zip((2 * place for place in places), random.sample(list(faults), len(places)), strict=True))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(headers)
    for place, row in enumerate(rows):
        writer.writerow(row)
        if place in at:
            made = at[place][1](list(row))
            if isinstance(made, str):
                out.write(made + "\r\n")
            else:
                writer.writerow(made)
    path.write_bytes(out.getvalue().encode(encoding))
    return Written(len(rows) + len(at), dict(sorted(Counter(reason for reason, _ in at.values()).items())))


# --- events ------------------------------------------------------------------------------------


def write_events(path: Path, random: Random, made: Sequence[Event], numbers: Sequence[str]) -> Written:
    """The tracker's and the mail program's events: one JSON object a line, in UTC, some sent twice, compressed."""
    rejected: Counter[str] = Counter()
    repeated, every = 0, max(len(made) // 12, 1)
    faults = dict(zip(range(every // 2, len(made), every), _EVENT_FAULTS, strict=False))
    lines: list[str] = []
    for place, event in enumerate(made):
        body = {
            "event": event.name,
            "customer_id": numbers[event.customer],
            "occurred_at": event.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "message_id": f"{random.getrandbits(64):016x}",
            "properties": event.properties,
        }
        lines.append(_json(body))
        if place % every == every - 1:
            lines.append(lines[-1])
            repeated += 1
        elif place in faults:
            reason, change = faults[place]
            lines.append(change({**body, "message_id": f"{random.getrandbits(64):016x}"}))
            rejected[reason] += 1
    text = "\n".join([*lines, ""]).encode()
    with path.open("wb") as stream, gzip.GzipFile("", "wb", 4, stream, mtime=0) as packed:
        packed.write(text)
    return Written(len(lines), dict(sorted(rejected.items())), repeated)


def _json(body: Mapping[str, object]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _but(**values: str | None) -> Callable[[dict[str, object]], str]:
    return lambda body: _json({**body, **values})


_EVENT_FAULTS: tuple[tuple[str, Callable[[dict[str, object]], str]], ...] = (
    ("bad_time", _but(occurred_at="tomorrow")),
    ("broken_record", lambda body: _json(body)[:60]),
    ("no_time", _but(occurred_at=None)),
    ("no_event", _but(event=None)),
    ("broken_record", lambda body: "502 Bad Gateway"),
    ("no_time", _but(occurred_at=None)),
    ("bad_time", _but(occurred_at="0000-00-00T00:00:00Z")),
)
