"""Numbers, money and dates as English and Finnish readers write them."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.formats import date, datetime_local, money, month, number, percent
from lohko.base.money import currency_code, kept, shown

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "english", "finnish"),
    [
        (Decimal("1234.5"), "€1,234.50", f"1{NBSP}234,50{NBSP}€"),
        (Decimal("0.125"), "€0.13", f"0,13{NBSP}€"),
        (0.1 + 0.2, "€0.30", f"0,30{NBSP}€"),
        (-12, "-€12.00", f"-12,00{NBSP}€"),
        (Decimal("99999999999999.9999"), "€100,000,000,000,000.00", f"100{NBSP}000{NBSP}000{NBSP}000{NBSP}000,00{NBSP}€"),
        (None, "–", "–"),
    ],
)
def test_money_is_written_as_each_language_does(value, english, finnish):
    """The sign, the spaces that never break a line, the comma; halves are rounded away from zero."""
    assert money(value, "EUR", "en") == english
    assert money(value, "EUR", "fi").replace("−", "-") == finnish


def test_other_currencies_and_whole_sums():
    """Yen have no cents; totals may leave them out."""
    assert money(Decimal("1234.5"), "JPY", "fi") == f"1{NBSP}235{NBSP}¥"
    assert money(Decimal("1234.5"), "GBP", "en") == "£1,234.50"
    assert (money(1234.5, "GBP", "en", whole=True), money(1234.5, "EUR", "fi", whole=True)) == ("£1,235", f"1{NBSP}235{NBSP}€")


def test_numbers_and_shares():
    """Idle zeros of a number go, those of a share stay so that columns align."""
    assert (number(1234567, "en"), number(1234567, "fi")) == ("1,234,567", f"1{NBSP}234{NBSP}567")
    assert (number(Decimal("2.50"), "fi", places=2), number(0.5, "en"), number(2.0, "en", places=2)) == ("2,5", "1", "2")
    assert (percent(0.1234, "en"), percent(0.5, "fi"), percent(0.005, "fi", places=0)) == ("12.3%", f"50,0{NBSP}%", f"1{NBSP}%")
    assert percent(None, "en") == number(None, "fi") == "–"


def test_days_and_months():
    """The English day comes with the month's name; the Finnish month stands in its basic form."""
    day = dt.date(2026, 2, 1)
    assert (date(day, "en"), date(day, "fi")) == ("1 Feb 2026", "1.2.2026")
    assert (month(day, "en"), month(day, "fi")) == ("February 2026", "helmikuu 2026")
    assert date(None, "fi") == month(None, "en") == "–"


def test_an_instant_is_shown_in_the_zone_asked_for():
    """Summer and winter time; an instant without a zone is a mistake of the program."""
    helsinki = ZoneInfo("Europe/Helsinki")
    assert datetime_local(dt.datetime(2026, 7, 1, 21, 5, tzinfo=dt.UTC), helsinki, "fi") == "2.7.2026 klo 0.05"
    assert datetime_local(dt.datetime(2026, 12, 1, 21, 5, tzinfo=dt.UTC), helsinki, "en") == "1 Dec 2026, 23:05"
    assert datetime_local(None, helsinki, "en") == "–"
    with pytest.raises(ValueError, match="zone"):
        datetime_local(dt.datetime(2026, 12, 1), helsinki, "en")


@given(st.decimals(-(10**13), 10**13, places=6))
def test_what_is_shown_is_the_nearest_cent(value):
    """And what is kept the nearest ten-thousandth; showing what is kept of a kept sum changes nothing more."""
    assert abs(shown(value, "EUR") - value) <= Decimal("0.005")
    assert abs(kept(value) - value) <= Decimal("0.00005") and kept(kept(value)) == kept(value)
    assert shown(-value, "EUR") == -shown(value, "EUR")


@pytest.mark.parametrize(("text", "code"), [("EUR", "EUR"), (" gbp ", "GBP"), ("FIM", "FIM"), ("XYZ", None), ("euro", None), ("", None)])
def test_a_currency_is_known_by_its_code(text, code):
    """Also one that is no longer in use: old orders have it."""
    assert currency_code(text) == code


def test_importing_the_formats_does_not_load_babel():
    """The command line starts fast."""
    done = subprocess.run([sys.executable, "-c", "import lohko.base.formats, sys; sys.exit('babel' in sys.modules)"], check=False)
    assert done.returncode == 0


def test_nothing_is_written_as_less_than_nothing():
    """A small loss that rounds to nothing has no minus, also beside a real nothing."""
    assert number(-0.3, "en") == number(-0.0, "en") == number(0, "en") == "0"
    assert percent(-0.00001, "fi") == percent(0, "fi")
