"""Countries and languages are one value, however they are written."""

from __future__ import annotations

import subprocess
import sys

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.codes import country_code, country_label, language_code, language_label


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[(text, "FI") for text in ("FI", "fi", "FIN", "Finland", " SUOMI ", "suomi")],
        *[(text, "GB") for text in ("UK", "GB", "GBR", "United Kingdom", "the united kingdom", "Iso-Britannia", "Storbritannien")],
        *[(text, "US") for text in ("USA", "U.S.A.", "US", "United States", "Yhdysvallat", "USA ")],
        *[("EIRE", "IE"), ("RSA", "ZA"), ("Viro", "EE"), ("The Netherlands", "NL"), ("Czech Republic", "CZ"), ("Tšekki", "CZ")],
        *[("Bosnia and Herzegovina", "BA"), ("Bosnia & Herzegovina", "BA"), ("Canary Islands", "ES"), ("Ahvenanmaa", "AX")],
        *[("Turkey", "TR"), ("Türkiye", "TR"), ("Russia", "RU"), ("Hong Kong", "HK"), ("Sverige", "SE"), ("Kosovo", "XK")],
        *[(text, None) for text in ("", "  ", "Narnia", "EU", "ZZ", "European Community", "Channel Islands", "Unspecified", "FI2")],
    ],
)
def test_a_country_is_found_by_code_name_and_what_shops_write(text, code):
    """Codes of two and three letters, names in three languages, former and short names; what is none stays none."""
    assert country_code(text) == code


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
def test_every_countrys_label_leads_back_to_its_code(language):
    """What the user interface shows can be typed into a rule."""
    codes = {country_code(code) for code in Locale("en").territories if len(code) == 2} - {None}
    assert len(codes) > 240
    assert {code: country_code(country_label(code, language)) for code in codes} == {code: code for code in codes}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[("fi", "fi"), ("FIN", "fi"), ("suomi", "fi"), ("Finnish", "fi"), ("finska", "fi"), ("fi-FI", "fi"), ("fi_FI.UTF-8", "fi")],
        *[("ruotsi", "sv"), ("sv_FI", "sv"), ("English", "en"), ("en-GB", "en"), ("zh-Hans-CN", "zh"), ("ga", "ga"), ("iw", "he")],
        *[("", None), ("-", None), ("Klingonese", None), ("xx-FI", None)],
    ],
)
def test_a_language_is_found_by_code_tag_and_name(text, code):
    """A code wins over a name spelt alike: `ga` is Irish, not Ga."""
    assert language_code(text) == code


def test_labels_are_in_the_language_asked_for():
    """An unknown code is shown as it is."""
    assert (country_label("FI", "en"), country_label("FI", "fi"), country_label("Q?", "fi")) == ("Finland", "Suomi", "Q?")
    assert (language_label("sv", "en"), language_label("sv", "fi"), language_label("q?", "fi")) == ("Swedish", "ruotsi", "q?")


@given(st.text(max_size=30))
def test_any_text_has_an_answer(text):
    """A code of two letters, or none; the answer is found again from itself."""
    code = country_code(text)
    assert code is None or (len(code) == 2 and country_code(code) == code)
    tongue = language_code(text)
    assert tongue is None or language_code(tongue) == tongue


def test_importing_the_codes_does_not_load_babel():
    """The command line starts fast: the names are read when the first one is asked for."""
    done = subprocess.run([sys.executable, "-c", "import lohko.base.codes, sys; sys.exit('babel' in sys.modules)"], check=False)
    assert done.returncode == 0


def test_a_finnish_region_is_one_value_in_three_languages_and_a_bare_number_is_none():
    """Names in Finnish, Swedish and English are one ISO code; 11 is Pirkanmaa in one list and Pohjois-Savo in another."""
    from lohko.base.codes import region_code, region_label

    for name in ("Varsinais-Suomi", "EGENTLIGA FINLAND", "Southwest Finland", "fi-19"):
        assert region_code(name) == "FI-19"
    assert region_code("11") is None and region_code("Ontario") is None
    assert (region_label("FI-15", "fi"), region_label("FI-15", "en")) == ("Pohjois-Savo", "North Savo")
