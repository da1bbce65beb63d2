"""Exchange rates: read from the bank's files, kept by day, and used for as long as they hold."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest

from lohko.base.errors import InputError
from lohko.state.database import open_database
from lohko.state.rates import Rate, factors, put_rates, read_rates
from lohko.steps.rates import read_ecb

HISTORY = "Date,USD,SEK,CYP,\n2026-11-27,1.0500,11.2,N/A,\n2026-11-26,1.0400,11.1,N/A,\n"
D = dt.date


def test_the_banks_history():
    """A column per currency, N/A where there was no rate, a comma at the end of every line."""
    found = {(item.currency, item.day.isoformat()): item.rate for item in read_ecb(HISTORY.encode())}
    assert found == {
        ("USD", "2026-11-27"): Decimal("1.0500"),
        ("SEK", "2026-11-27"): Decimal("11.2"),
        ("USD", "2026-11-26"): Decimal("1.0400"),
        ("SEK", "2026-11-26"): Decimal("11.1"),
    }


def test_the_banks_daily_file_and_its_zip():
    """The day is written in words, and blanks stand after the commas."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("eurofxref.csv", "Date, USD, JPY, \n27 November 2026, 1.05, 163.2, \n")
    assert [(item.currency, item.day, item.rate) for item in read_ecb(packed.getvalue())] == [
        ("USD", D(2026, 11, 27), Decimal("1.05")),
        ("JPY", D(2026, 11, 27), Decimal("163.2")),
    ]


def test_the_banks_data_portal():
    """A row per rate; months and other bases are left alone."""
    text = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,TIME_PERIOD,OBS_VALUE\nk,D,USD,EUR,2026-11-27,1.05\nk,M,USD,EUR,2026-11,1.04\nk,D,SEK,USD,2026-11-27,9\n"
    assert [(item.currency, item.rate) for item in read_ecb(text.encode())] == [("USD", Decimal("1.05"))]


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04x", b"a,b\n1,2\n", b"Date,USD\n2026-11-27,0\n", b"Date,USD\nsoon,1\n", b"\xff\xfe\x00"]
)
def test_other_files_are_refused(content):
    """With a reason, whatever they are."""
    with pytest.raises(InputError):
        list(read_ecb(content))


def test_a_rate_again_replaces_the_one_of_its_day(tmp_path):
    """So a file may be brought in as often as one likes."""
    database = open_database(tmp_path / "state.sqlite", create=True)
    with database.begin() as connection:
        put_rates(connection, [Rate("USD", D(2026, 1, 1), Decimal("1.1")), Rate("SEK", D(2026, 1, 1), Decimal(11))], "a")
        put_rates(connection, [Rate("USD", D(2026, 1, 1), Decimal("1.2"))], "b")
        assert [(item.currency, item.rate) for item in read_rates(connection)] == [("SEK", Decimal(11)), ("USD", Decimal("1.2"))]
    database.dispose()


def test_a_rate_holds_until_the_next_and_no_longer_than_a_month():
    """Over a weekend it does; a year later it does not."""
    found = factors([Rate("USD", D(2026, 1, 2), Decimal(2)), Rate("USD", D(2026, 1, 5), Decimal(4))], "EUR")
    assert [(item.since, item.until, item.factor) for item in found] == [
        (D(2026, 1, 2), D(2026, 1, 5), Decimal("0.5")),
        (D(2026, 1, 5), D(2026, 2, 5), Decimal("0.25")),
    ]


def test_where_the_workspace_has_another_currency_the_way_is_by_the_euro():
    """Dollars become kronor only on days on which both are known; the euro itself is one of the currencies then."""
    rates = [Rate("USD", D(2026, 1, 1), Decimal(2)), Rate("SEK", D(2026, 1, 3), Decimal(10))]
    found = {(item.currency, item.since, item.until): item.factor for item in factors(rates, "SEK")}
    assert found == {
        ("USD", D(2026, 1, 3), D(2026, 2, 1)): Decimal(5),
        ("EUR", D(2026, 1, 3), D(2026, 2, 3)): Decimal(10),
    }
