"""Coded attributes are one value whatever the label, in the file and in the rule."""

from __future__ import annotations

import io

from lohko.steps.ingest import ingest
from lohko.steps.read import count
from lohko.steps.work import silent

PEOPLE = "customer_id,maakunta,kieli,maa\nann,Uusimaa,suomi,Suomi\nbo,Nyland,ruotsi,FI\ncy,Pirkanmaa,fi,Finland\ndee,Ontario,en,Canada\n"


def test_regions_languages_and_countries_are_codes(work):
    """Uusimaa is Nyland, ruotsi is Swedish, Suomi is FI; a region that is in no list stays as it is written."""
    ingest(work, silent, stream=io.BytesIO(PEOPLE.encode()), name="p.csv", kind="customers")
    for rule, size in (
        ("region is Uusimaa", 2),
        ('region is "FI-18"', 2),
        ("region is Ontario", 1),
        ("language is Finnish", 2),
        ("country is Finland", 3),
    ):
        assert count(work, silent, condition=rule)["count"] == size, rule
    assert count(work, silent, condition="region is Nyland")["sentence"] == 'region is "Uusimaa"'
