"""Audience files hold what the platforms published, to the letter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.contacts import email, phone, sha256
from lohko.destinations import google_ads, meta
from lohko.destinations.contact import Contact
from lohko.destinations.registry import DESTINATIONS
from lohko.destinations.sensitive import title_warnings

MAIJA = Contact(" Maija@Example.FI ", "040 123 4567", "Anna-Maija", "Mäkinen", "Iso Kyrö", "00100", "FI")
HEX = 64


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (email("John_Smith@gmail.com "), "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
        ((phone("+1 650-555-1212", "FI") or "").lstrip("+"), "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
        (meta.name("Mary"), "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
        (meta.name("Valéry."), "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
        (meta.name("MÄKINEN"), "8b25c5211b7b8aa95b10f02e4f895f830a06edfb8b555ed40c49439055651f2e"),
        ("us", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
        ("fi", "b4bdc848109722a383d0a972c6eb859f2abd29565b8c4cc7199e7c9eb708f1b7"),
        ("+358401234567", "d41d2f7475d7d4953ac320c5556699d055035af91aa09844f48f925ec450d744"),
        ("358401234567", "ae6aa2a1953cdcbd58e3da4dc114e7caa82883b6c8d2efa4362971c08095a762"),
    ],
)
def test_published_vectors(text, digest):
    """Meta's own vectors and the Finnish ones."""
    assert sha256(text) == digest


def test_the_headers_are_exactly_those_of_the_platforms():
    """English, in this spelling and order."""
    headers = {name: ",".join(destination.header) for name, destination in DESTINATIONS.items()}
    assert headers == {"google-ads": "Email,Phone,First Name,Last Name,Country,Zip", "meta": "email,phone,fn,ln,zip,ct,country"}


def test_a_whole_row_for_google():
    """E-mail, phone with + and names are hashed; country and postcode never are."""
    assert google_ads.row(MAIJA, "FI") == [
        sha256("maija@example.fi"),
        "d41d2f7475d7d4953ac320c5556699d055035af91aa09844f48f925ec450d744",
        sha256("anna-maija"),
        "8b25c5211b7b8aa95b10f02e4f895f830a06edfb8b555ed40c49439055651f2e",
        "FI",
        "00100",
    ]


def test_a_whole_row_for_meta():
    """Everything is hashed; the phone, of digits only, differs from Google's."""
    assert meta.row(MAIJA, "FI") == [
        sha256("maija@example.fi"),
        "ae6aa2a1953cdcbd58e3da4dc114e7caa82883b6c8d2efa4362971c08095a762",
        sha256("annamaija"),
        "8b25c5211b7b8aa95b10f02e4f895f830a06edfb8b555ed40c49439055651f2e",
        sha256("00100"),
        sha256("isokyrö"),
        "b4bdc848109722a383d0a972c6eb859f2abd29565b8c4cc7199e7c9eb708f1b7",
    ]


@pytest.mark.parametrize("part", ["first_name", "last_name", "country", "postcode"])
def test_google_matches_by_address_only_with_all_four_parts(part):
    """With one missing, none of the four is written; alone they are nobody."""
    less = replace(MAIJA, **{part: ""})
    assert google_ads.row(less, "FI")[2:] == ["", "", "", ""]
    assert google_ads.row(replace(less, email="", phone=""), "FI") is None


def test_countries_and_postcodes_are_as_the_platforms_read_them():
    """Suomi is FI, a zip code loses what follows the five digits for Meta only, an unknown country is never passed on."""
    finn = replace(MAIJA, country="Suomi", postcode="100")
    assert google_ads.row(finn, "SE")[4:] == ["FI", "00100"] and meta.row(finn, "SE")[4] == sha256("00100")
    american = replace(MAIJA, phone="", country="USA", postcode="94040-1234")
    assert google_ads.row(american, "FI")[4:] == ["US", "94040-1234"] and meta.row(american, "FI")[4] == sha256("94040")
    nowhere = replace(MAIJA, country="Unspecified")
    assert google_ads.row(nowhere, "FI")[4] == "" and meta.row(nowhere, "FI")[6] == sha256("fi")


@pytest.mark.parametrize("destination", DESTINATIONS.values(), ids=DESTINATIONS)
def test_nobody_without_an_identifier_is_written(destination):
    """A first name, a town or an unreadable number matches no one."""
    for contact in (Contact(), Contact(first_name="A", city="Turku"), Contact(phone="112", country="FI"), Contact(email="none")):
        assert destination.row(contact, "FI") is None


TEXTS = st.text(max_size=12)
CONTACTS = st.builds(
    Contact,
    st.emails() | TEXTS,
    st.sampled_from(["040 1234567", "112", ""]) | TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.sampled_from(["FI", "Suomi", "USA", ""]) | TEXTS,
)


@pytest.mark.parametrize("destination", DESTINATIONS.values(), ids=DESTINATIONS)
@given(contact=CONTACTS)
def test_no_cell_shows_who_it_is(destination, contact):
    """Every cell of every row is empty or a hash, apart from Google's country and postcode."""
    row = destination.row(contact, "FI")
    if row is None:
        return
    assert len(row) == len(destination.header) and any(row)
    open_cells = {"Country", "Zip"}
    for column, value in zip(destination.header, row, strict=True):
        assert column in open_cells or value == "" or (len(value) == HEX and set(value) <= set("0123456789abcdef"))


@given(CONTACTS)
def test_a_name_that_is_only_punctuation_is_no_name(contact):
    """The hash of nothing never stands in a file."""
    for destination in DESTINATIONS.values():
        row = destination.row(replace(contact, first_name=" - ", last_name="…"), "FI")
        assert row is None or not {sha256(""), sha256("-"), sha256("…")} & set(row)


@pytest.mark.parametrize(
    ("title", "subjects"),
    [
        *[
            ("Diabetes customers", ["health"]),
            ("Laihduttajat 2026", ["health"]),
            ("Raskaana olevat", ["health"]),
            ("health_buyers", ["health"]),
        ],
        *[("Low-income households", ["money"]), ("Velalliset", ["money"]), ("In debt and depressed", ["health", "money"])],
        *[("Lapsed VIPs", []), ("Hiipuneet VIPit", []), ("Incoming customers", []), ("Luottamuksen arvoiset", []), ("", [])],
    ],
)
def test_names_that_meta_blocks_are_warned_of(title, subjects):
    """Health and money, in English and Finnish; for Meta, not for Google."""
    assert [item["code"] for item in DESTINATIONS["meta"].title_warnings([title])] == [f"title_suggests_{subject}" for subject in subjects]
    assert title_warnings(["x", title]) == title_warnings([title])
    assert DESTINATIONS["google-ads"].title_warnings([title]) == []
