"""Contacts, business ids, VAT and places in the one form that is kept; the quick patterns say what the libraries say."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from lohko.base import contacts
from lohko.base.business_id import business_id, vat_number
from lohko.base.errors import InputError
from lohko.base.places import STATISTICS_FINLAND, read_places
from lohko.base.text import NOTHING
from lohko.base.vat import VAT_CLASSES, vat_rate
from lohko.landing import contacts as landing
from lohko.landing.values import address, identifier
from public_data import DATA

PLAIN = st.text(alphabet="abz09.-+_%'@", min_size=1, max_size=10)
ADDRESSES = st.builds(
    lambda *parts: "{}@{}{}".format(*parts), PLAIN, PLAIN, st.sampled_from([".fi", ".com", ".test", ".c", ".local", ".x1", ".co.uk"])
)
NUMBERS = st.builds(
    lambda *parts: "".join(parts),
    st.sampled_from(["0", "+358", "+358 ", "00358", "358", "+358 (0)", "(0)"]),
    st.sampled_from(["40", "41", "42", "43", "44", "45", "457", "46", "47", "48", "49", "50", "9", "600"]),
    st.sampled_from(["", " ", "-"]),
    st.text(alphabet="0123456789 ", min_size=3, max_size=11),
)


def by_sql(pattern: Callable[[exp.Expr], exp.Expr], texts: list[str]) -> dict[str, str | None]:
    """What an expression makes of texts."""
    tree = exp.select("t", pattern(exp.column("t"))).from_("said")
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE said AS SELECT unnest(CAST(? AS VARCHAR[])) AS t", [texts])
        return dict(connection.execute(tree.sql("duckdb")).fetchall())


@settings(max_examples=25)
@given(st.lists(ADDRESSES, min_size=20, max_size=60))
def test_the_plain_pattern_takes_no_address_that_the_library_refuses(texts):
    """And changes none that it takes."""
    for text, found in by_sql(landing.plain_address, texts).items():
        assert found in (None, landing.addresses([text])[text])


@settings(max_examples=25)
@given(st.lists(NUMBERS, min_size=20, max_size=60))
def test_the_plain_pattern_reads_no_number_otherwise_than_the_library(texts):
    """A mobile number as Finns write it is the one that the library reads."""
    for text, found in by_sql(landing.plain_mobile, texts).items():
        assert found in (None, contacts.phone(text, "FI"))


IDS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "-", "a", "N/A", "null", " "]),
    st.text("0179.", max_size=6),
    st.sampled_from(["", "0", ".0", "a", "é"]),
)
KEYS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "n/a", "none ", "Aino <", "a.b+c_d", "MAIJA "]),
    st.sampled_from(["", "@", "x@", "@x@"]),
    st.sampled_from(["x.fi", "X.fi>", "y.com, z@y.com", "n/a", "-.fi", ""]),
)


@given(st.lists(IDS.filter(bool), min_size=20, max_size=60))
def test_numbers_that_are_seen_quickly_are_read_as_any_text_is(texts):
    """An id is the text, without what a cell of numbers puts behind it; words for nothing are none."""
    for text, found in by_sql(identifier, texts).items():
        assert found == (None if text.lower() in NOTHING else re.sub(r"^([0-9]+)[.]0+$", r"\1", text))


@given(st.lists(KEYS.filter(bool), min_size=20, max_size=60))
def test_addresses_that_are_seen_quickly_are_read_as_any_text_is(texts):
    """An address that a record is known by: the first in the text, or the text, in small letters and without blanks."""
    for text, found in by_sql(address, texts).items():
        said = text.lower().replace(" ", "")
        first = re.search(r'[^<>;:,"()\[\]@]+@[^<>;:,"()\[\]@]+', said)
        assert found == (None if text.strip(" ").lower() in NOTHING else first[0] if first else said)


def test_the_plain_patterns_take_what_nearly_everybody_writes():
    """So that few texts need the libraries, which are a hundred times slower."""
    numbers = ["040 123 4567", "+358401234567", "+358 (0)40 1234567", "0401234567", "050-1234567", "00358 40 1234567"]
    addresses = ["aino@x.fi", "Aino.Maki+shop@sub.example-shop.co.uk", "a-b_c@x.fi"]
    assert None not in [*by_sql(landing.plain_mobile, numbers).values(), *by_sql(landing.plain_address, addresses).values()]


@given(st.text(alphabet="aä\u0308 \u00a0\u200b-A.\u00ad", max_size=12))
def test_names_are_composed(text):
    """As Python composes them: letters stay, blanks become one space, what nobody sees goes."""
    seen = "".join(sign for sign in text if sign not in "\u200b\u00ad")
    assert by_sql(landing.name, [text])[text] == unicodedata.normalize("NFC", " ".join(seen.split()))


def test_addresses_keep_what_their_owner_wrote():
    """Plus-tags stay, Gmail's dots stay; case goes, and what surrounds the address."""
    found = landing.addresses(
        ["Maija.M+shop@GMAIL.com", "Maija <maija@hyvä.fi>", "a@xn--hyv-sla.fi", "mailto:a@b.fi", "n/a", "maija(at)b.fi"]
    )
    assert list(found.values()) == ["maija.m+shop@gmail.com", "maija@hyvä.fi", "a@hyvä.fi", "a@b.fi", None, None]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("040 123 4567", "+358401234567"),
        ("00358 40 1234567", "+358401234567"),
        ("+358 (0)40 1234567", "+358401234567"),
        ("358401234567", "+358401234567"),
        ("050-123 4567", "+358501234567"),
        ("(09) 123 4567", "+35891234567"),
        ("0600 12345", None),
        ("0700 12345", None),
        ("116117", None),
        ("112", None),
    ],
)
def test_phones_of_the_conventions(text, wanted):
    """Numbers as they are written in Finland; services are nobody's own."""
    assert landing.phones([text], "FI")[text] == wanted


@pytest.mark.parametrize("text", ["2077474-0", "1366959-8", "0429715-5", "20774740", "FI20774740", "429715-5", " 2077474-0 "])
def test_business_ids(text):
    """With the check digit right, however it is written; old ones of six digits have their zero again."""
    assert business_id(text) in ("2077474-0", "1366959-8", "0429715-5")


@pytest.mark.parametrize("text", ["2077474-1", "1234567-8", "", "207747", "x2077474-0"])
def test_no_business_ids(text):
    """A wrong check digit is no business id, and neither is one whose remainder is 1."""
    assert business_id(text) is None


def test_vat_numbers():
    """A Finnish one follows from the business id; others are checked by the rules of their country."""
    assert [vat_number(text, "FI") for text in ("2077474-0", "FI 2077474-0", "SE556188840401", "EE100594102", "DE136695976", "FI12345678", "")] == [
        "FI20774740", "FI20774740", "SE556188840401", "EE100594102", "DE136695976", None, None,
    ]  # fmt: skip


def test_vat_by_day():
    """The day that a rate changes has the new one."""
    assert vat_rate("general", dt.date(2024, 8, 31)) == Decimal(24) and vat_rate("general", dt.date(2024, 9, 1)) == Decimal("25.5")
    assert vat_rate("food", dt.date(2025, 12, 31)) == Decimal(14) and vat_rate("food", dt.date(2026, 1, 1)) == Decimal("13.5")
    assert vat_rate("books", dt.date(2024, 12, 31)) == Decimal(10) and vat_rate("press", dt.date(2026, 6, 1)) == Decimal(10)
    assert all(vat_rate(name, dt.date(1990, 1, 1)) is None for name in VAT_CLASSES)


def test_postis_fixed_file():
    """Records of 220 characters in ISO-8859-1; lines of other kinds are passed by."""
    record = (
        "PONOT20260526" + "00100" + "HELSINKI".ljust(30) + "HELSINGFORS".ljust(30) + "HKI".ljust(12) + "HFORS".ljust(12) + "19860101" + "1"
        + "FI1B1" + "Helsinki-Uusimaa".ljust(30) + "Helsingfors-Nyland".ljust(30) + "091" + "Helsinki".ljust(20) + "Helsingfors".ljust(20) + "2"
    )  # fmt: skip
    assert len(record) == 220
    other = record.replace("00100", "79700").replace("Helsinki".ljust(20), "Heinävesi".ljust(20)).replace("091", "090")
    first, second = read_places(f"{record}\r\nKUNTA x\r\n{other}\r\n".encode("iso-8859-1"))
    assert (first.postcode, first.municipality, first.municipality_sv, first.municipality_code) == (
        "00100",
        "Helsinki",
        "Helsingfors",
        "091",
    )
    assert (first.region, STATISTICS_FINLAND[first.region], second.municipality) == ("FI-18", "01", "Heinävesi")


@pytest.mark.parametrize("content", [b"", b"[]", b"[1]", b"{", b"postcode,municipal_code\nx,y\n", b"\xff\x00", b"[" * 100_000])
def test_what_is_no_file_of_postcodes_is_refused(content):
    """With a reason, whatever it is."""
    with pytest.raises(InputError):
        read_places(content)


POSTI = DATA / "finland" / "posti_pcf_20260526.json"


@pytest.mark.skipif(not POSTI.is_file(), reason=f"Posti's file is not in {POSTI.parent}")
def test_the_whole_country():
    """Every code of the shared file has a municipality and a region, and they are as many as they are."""
    found = {place.postcode: place for place in read_places(POSTI.read_bytes())}
    assert (len(found), len({place.municipality_code for place in found.values()}), len({place.region for place in found.values()})) == (
        3779,
        308,
        19,
    )
    told = {code: (found[code].municipality_code, found[code].region) for code in ("00100", "33100", "02100", "90100", "22100")}
    assert told == {
        "00100": ("091", "FI-18"),
        "33100": ("837", "FI-11"),
        "02100": ("049", "FI-18"),
        "90100": ("564", "FI-14"),
        "22100": ("478", "FI-01"),
    }
