"""Audience files hold what the platforms published, to the letter."""

from __future__ import annotations

import pytest

from lohko.base.contacts import phone, sha256
from lohko.destinations import google_ads, meta
from lohko.destinations.contact import Contact

MAIJA = Contact(" Maija@Example.FI ", "040 123 4567", "Anna-Maija", "Mäkinen", "Iso Kyrö", "00100", "FI")


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("john_smith@gmail.com", "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"),
        ("16505551212", "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"),
        ("mary", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
        (meta.name("Valéry."), "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
        (meta.name("MÄKINEN"), "8b25c5211b7b8aa95b10f02e4f895f830a06edfb8b555ed40c49439055651f2e"),
        ("us", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
        ("fi", "b4bdc848109722a383d0a972c6eb859f2abd29565b8c4cc7199e7c9eb708f1b7"),
    ],
)
def test_published_vectors(text, digest):
    """Meta's own vectors and the Finnish ones."""
    assert sha256(text) == digest


def test_one_phone_hashes_differently_for_the_two():
    """Google hashes it with +, Meta without; country and postcode are never hashed for Google."""
    google, other = google_ads.row(MAIJA, "FI"), meta.row(MAIJA, "FI")
    assert google[1] == "d41d2f7475d7d4953ac320c5556699d055035af91aa09844f48f925ec450d744"
    assert other[1] == "ae6aa2a1953cdcbd58e3da4dc114e7caa82883b6c8d2efa4362971c08095a762"
    assert google[4:] == ["FI", "00100"]
    assert google[3] == other[3] == sha256("mäkinen")
    assert other[4] == sha256("00100") and other[5] == sha256("isokyrö")


def test_nobody_without_an_identifier_is_written():
    """A name without an address matches no one; Google's address match needs all four parts."""
    assert google_ads.row(Contact(first_name="A", last_name="B", country="FI"), "FI") is None
    assert meta.row(Contact(first_name="A"), "FI") is None


@pytest.mark.parametrize(
    "text", ["040 123 4567", "+358 40 1234567", "+358 (0)40 123 4567", "00358401234567", "358401234567", "(040) 123-4567"]
)
def test_finnish_phones_become_one_number(text):
    """However it is written."""
    assert phone(text, "FI") == "+358401234567"
