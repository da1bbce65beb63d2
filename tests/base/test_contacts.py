"""Identifiers come into one form, or are none: a hash of a wrong number is somebody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.contacts import email, name, normalise_phones, phone, postcode, sha256

FINNISH = ["040 123 4567", "+358 40 1234567", "+358 (0)40 123 4567", "+358(0)40-1234567", "00358401234567", "00358 (0)40 1234567"]
FINNISH += ["358401234567", "358 40 123 4567", "358(0)401234567", "(040) 123-4567", "040.123.4567", "040\u00a0123\u00a04567"]
FINNISH += ["0401234567", "401234567", "'+358401234567", "358401234567.0", "0401234567.0", "tel:+358-40-123-4567", "puh. 040 1234567"]
FINNISH += ["040 1234567 (koti)", "０４０１２３４５６７", "+358 40 1234567\u200b", "040 1234567 / 09 123456", "0401234567, 0507654321"]


@pytest.mark.parametrize("text", FINNISH)
def test_a_finnish_phone_becomes_one_number(text):
    """However people, spreadsheets and other programs write it."""
    assert phone(text, "FI") == "+358401234567"


@pytest.mark.parametrize("text", ["112", "0600 12345", "0700 123456", "116117", "0800 123456", "0100100", "020202"])
def test_service_numbers_are_nobodys(text):
    """Emergency, premium, toll-free and short numbers are not a customer's."""
    assert phone(text, "FI") is None


@pytest.mark.parametrize(
    "text", ["", " ", "+", "358", "abc", "3.58401E+11", "3,58401E+11", "9" * 40, "0000 0000", "040", "(040)", "1234567890"]
)
def test_what_is_no_number_is_none(text):
    """Also what a spreadsheet has cut short: the lost digits cannot be guessed."""
    assert phone(text, "FI") is None


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+46 70 123 45 67", "FI", "+46701234567"),
        ("46701234567", "FI", "+46701234567"),
        ("070-123 45 67", "SE", "+46701234567"),
        ("+1 (650) 555-1212", "FI", "+16505551212"),
        ("16505551212", "FI", "+16505551212"),
        ("020 123 4567", "FI", "+358201234567"),
        ("09 1234 567", "FI", "+35891234567"),
    ],
)
def test_numbers_of_other_countries_and_firms(text, country, number):
    """The home country reads what has no country code; a firm's 020 number is a number."""
    assert phone(text, country) == number


@given(st.text(max_size=25) | st.from_regex(r"[+0-9 ()./-]{1,20}", fullmatch=True))
def test_a_number_read_once_reads_the_same_again(text):
    """No text breaks it; what comes out is E.164 and stays as it is, whatever the home country."""
    found = phone(text, "FI")
    assert found is None or (found[0] == "+" and found[1:].isdigit() and 8 <= len(found) <= 16)
    assert found is None or phone(found, "SE") == found


def test_equal_phones_are_read_once():
    """One answer for each distinct text."""
    assert normalise_phones(["040 1234567", "112", "040 1234567"], "FI") == {"040 1234567": "+358401234567", "112": None}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("  Maija@Example.FI ", "maija@example.fi"),
        ("Maija Mäkinen <maija@example.fi>", "maija@example.fi"),
        ("mailto:maija@example.fi", "maija@example.fi"),
        ("maija @example.fi", "maija@example.fi"),
        ("'maija@example.fi'", "maija@example.fi"),
        ("maija@example.fi;", "maija@example.fi"),
        ("maija@example.fi\u200b", "maija@example.fi"),
        ("MAIJA@HYVÄ.FI", "maija@xn--hyv-sla.fi"),
        ("maija@xn--hyv-sla.fi", "maija@xn--hyv-sla.fi"),
        ("mäija+news@a.co.uk", "mäija+news@a.co.uk"),
        ("john.smith@gmail.com", "john.smith@gmail.com"),
    ],
)
def test_an_address_in_one_form(text, address):
    """Small letters, no spaces, the domain as the network writes it; dots and + of the name stay: they are the owner's."""
    assert email(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "@", "a@", "@a.fi", "a@b", "a@b..fi", "a@.fi", "a@-b.fi", "a@b.f", "a b", ".a@b.fi", "a..b@c.fi", "a@b.fi, c@d.fi", "a@b@c.fi"],
)
def test_what_is_no_address_is_none(text):
    """Two addresses in one cell are none: nobody says which is meant."""
    assert email(text) is None


@given(st.text(max_size=40) | st.emails())
def test_an_address_read_once_reads_the_same_again(text):
    """No text breaks it."""
    found = email(text)
    assert found is None or email(found) == found


def test_names_keep_their_letters():
    """Composed, small, single spaces: the same name from a Mac and from Windows is one."""
    assert name(" MA\u0308KINEN ") == name("Mäkinen") == "mäkinen"
    assert name("Anna-Maija  af Ursin") == "anna-maija af ursin"


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        *[
            ("00100", "FI", "00100"),
            ("100", "FI", "00100"),
            ("100.0", "FI", "00100"),
            ("FI-00100", "FI", "00100"),
            ("'2100", "fi", "02100"),
        ],
        *[("123 45", "SE", "123 45"), ("SW1A 1AA", "GB", "SW1A 1AA"), ("100", "IS", "100"), ("", "FI", ""), ("ABC", "FI", "ABC")],
    ],
)
def test_a_finnish_postcode_has_its_zeros_again(text, country, code):
    """Five digits; elsewhere a postcode is as it was written."""
    assert postcode(text, country) == code


def test_hashes_are_of_utf8_in_small_hexadecimal():
    """Meta's published vector with an accent."""
    assert sha256("valéry") == "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"
