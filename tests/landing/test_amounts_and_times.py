"""Numbers and times as people and spreadsheets write them."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from landing.staging import named, staged
from lohko.base.errors import InputError
from lohko.landing.moments import TimeStyle, naive_time, offset_seconds

COMMA = [
    ("1 234,56 €", "1234.5600"),
    ("1\u00a0234,56\u00a0€", "1234.5600"),
    ("1\u2009234,56", "1234.5600"),
    ("1\u202f234,56 EUR", "1234.5600"),
    ("1.234,56", "1234.5600"),
    ("1'234,56", "1234.5600"),
    ("12.345.678,90", "12345678.9000"),
    ("€ 5,00", "5.0000"),
    ("5,00-", "-5.0000"),
    ("5,00 -", "-5.0000"),
    ("−5", "-5.0000"),
    ("–5,5", "-5.5000"),
    ("- 5,00 €", "-5.0000"),
    ("-€5,00", "-5.0000"),
    ("(5,00)", "-5.0000"),
    ("(5,00 €)", "-5.0000"),
    ("12,-", "12.0000"),
    ("12,- €", "12.0000"),
    ("12,–", "12.0000"),
    ("+7", "7.0000"),
    (",5", "0.5000"),
    ("0,125", "0.1250"),
    ("12.50", "12.5000"),
    ("1,234.56", "1234.5600"),
    ("'7,00", "7.0000"),
    ("1.234", "1234.0000"),
    ("1e3", "1000.0000"),
]
POINT = [
    ("1,234.56", "1234.5600"),
    ("$1,234.56", "1234.5600"),
    ("1,234", "1234.0000"),
    ("(5.00)", "-5.0000"),
    ("1 234.56", "1234.5600"),
    ("12,50", "12.5000"),
    ("1.234,56", "1234.5600"),
    ("USD 12.00", "12.0000"),
    ("2.5E-1", "0.2500"),
    ("1.005", "1.0050"),
]
NO_NUMBER = ["12 34", "1,2,3", "1.2.3", "abc", "1e308", "1e400", "NaN", "inf", "--", "€", "12x34", "9" * 30, "1-2", "٣"]


@pytest.mark.parametrize(("comma", "cases"), [(True, COMMA), (False, POINT)])
def test_amounts_are_read_as_their_column_writes_them(tmp_path, comma, cases):
    """The whole column decides the decimal mark; what can be read in one way alone is read so in any column."""
    sure = "0,55;0,66;0,77" if comma else "0.55;0.66;0.77"
    texts = [text for text, _ in cases] + sure.split(";") * (len(cases) + 1)
    body = "".join(f'1;2025-01-01;"{text}"\n' for text in texts)
    own = "EUR" if comma else "USD"
    report, accepted, rejected = staged(tmp_path, "customer_id;ordered_at;total\n" + body, currency=own, workspace_currency=own)
    assert rejected == []
    assert report["detected"]["decimal"] == ("," if comma else ".")
    assert [(text, str(row["amount"])) for (text, _), row in zip(cases, accepted, strict=False)] == cases


def test_what_is_no_number_is_refused_with_its_text(tmp_path):
    """Two numbers in a cell, words, and what no decimal can hold are rejected rows, never a zero or another number."""
    body = "".join(f'1;2025-01-01;"{text}"\n' for text in [*NO_NUMBER, "5,00"])
    report, accepted, rejected = staged(tmp_path, "customer_id;ordered_at;total\n" + body)
    assert [str(row["amount"]) for row in accepted] == ["5.0000"]
    assert report["rejected_by_reason"] == {"bad_number": len(NO_NUMBER)}
    assert all(text in row["raw"] for text, row in zip(NO_NUMBER, rejected, strict=True))


def test_a_number_that_cannot_be_read_is_told_by_its_field(tmp_path):
    """Of a quantity and a price the one that is none is named; where nothing is said of the price, that."""
    body = "1;2025-01-01;1;5,00\n1;2025-01-01;two;5,00\n1;2025-01-01;1;much\n1;2025-01-01;1;\n1;2025-01-01; ;5,50\n"
    for price in ("unit_price", "line_total"):
        _, _, rejected = staged(tmp_path, f"customer_id;ordered_at;quantity;{price}\n{body}", kind="order-lines")
        assert [(row["reason"], row["field"]) for row in rejected] == [
            ("bad_number", "quantity"),
            ("bad_number", price),
            ("no_amount", price),
            ("no_quantity", "quantity"),
        ]


def test_a_price_that_can_be_read_in_two_ways_is_read_in_one_and_said(tmp_path):
    """1,234 alone is a thousand or one: the separator decides, and the report says so."""
    report, accepted, _ = staged(tmp_path, 'customer_id,ordered_at,total\n1,2025-01-01,"1,234"\n')
    assert str(accepted[0]["amount"]) == "1234.0000"
    assert [(note["code"], note["column"]) for note in report["notes"]] == [("decimal_undecided", "total")]
    report, accepted, _ = staged(tmp_path, "customer_id;ordered_at;total\n1;2025-01-01;1,234\n")
    assert str(accepted[0]["amount"]) == "1.2340"
    assert [note["code"] for note in report["notes"]] == ["decimal_undecided"]


def test_quantities_may_have_a_unit(tmp_path):
    """`2 kpl` is two."""
    text = 'customer_id,ordered_at,quantity,unit_price\n1,2025-01-01,2 kpl,1.50\n1,2025-01-01,"1,5 kg",2.00\n1,2025-01-01,3 pcs.,1.00\n'
    _, accepted, _ = staged(tmp_path, text, "order-lines")
    assert [str(row["amount"]) for row in accepted] == ["3.0000", "3.0000", "3.0000"]


TIMES = {
    "dmy": [
        ("1.9.2025", "2025-08-31 21:00:00"),
        ("01.09.25", "2025-08-31 21:00:00"),
        ("1.9.2025 14.05", "2025-09-01 11:05:00"),
        ("1.9.2025 14.05.30", "2025-09-01 11:05:30"),
        ("1.9.2025 klo 14.05", "2025-09-01 11:05:00"),
        ("1.9.2025 klo 9.05", "2025-09-01 06:05:00"),
        ("1.9.2025, 14:05", "2025-09-01 11:05:00"),
        ("2025-09-01T14:05:00+00:00", "2025-09-01 14:05:00"),
    ],
    "ymd": [
        ("2025-09-01", "2025-08-31 21:00:00"),
        ("20250901", "2025-08-31 21:00:00"),
        ("2025/09/01 14:05", "2025-09-01 11:05:00"),
        ("2025-09-01T14:05:00Z", "2025-09-01 14:05:00"),
        ("2025-09-01T14:05:00.250Z", "2025-09-01 14:05:00.250000"),
        ("2025-09-01 14:05:00 +0200", "2025-09-01 12:05:00"),
        ("2025-09-01T14:05:00+05:30", "2025-09-01 08:35:00"),
        ("2025-09-01 14:05:00 UTC", "2025-09-01 14:05:00"),
        ("2025-09-01 14:05:00-03", "2025-09-01 17:05:00"),
        ("2025-09-01 14.05", "2025-09-01 11:05:00"),
        ("Sep 1, 2025", "2025-08-31 21:00:00"),
        ("1 Sep 2025 14:05", "2025-09-01 11:05:00"),
        ("01-Sep-2025", "2025-08-31 21:00:00"),
        ("2025-09-01 02:05:00 PM", "2025-09-01 11:05:00"),
        ("2025/09/01 2:05:00 PM GMT+3", "2025-09-01 11:05:00"),
        ("2025/09/01 2:05:00 PM EEST", "2025-09-01 11:05:00"),
        ("2025/12/01 10:00:00 AM EET", "2025-12-01 08:00:00"),
        ("2025/12/01 10:00:00 AM CET", "2025-12-01 09:00:00"),
        ("2025-09-01 14:05:00 CEST", "2025-09-01 12:05:00"),
        ("2025/09/01 9.05.00 ap. UTC+3", "2025-09-01 06:05:00"),
        ("2025/09/01 2.05.00 ip. UTC+5:30", "2025-09-01 08:35:00"),
    ],
    "mdy": [
        ("9/1/2025", "2025-08-31 21:00:00"),
        ("9/1/2025 2:05 PM", "2025-09-01 11:05:00"),
        ("9/1/25 14:05", "2025-09-01 11:05:00"),
        ("9/1/2025 2:05 p.m.", "2025-09-01 11:05:00"),
        ("12/31/2025", "2025-12-30 22:00:00"),
    ],
}


@pytest.mark.parametrize("order", TIMES)
def test_times_are_read_as_their_column_writes_them(tmp_path, order):
    """Dots are never month first, a number above 12 tells which is the day, offsets hold against the file's zone."""
    body = "".join(f'1,"{text}",5\n' for text, _ in TIMES[order])
    report, accepted, rejected = staged(tmp_path, "customer_id,ordered_at,total\n" + body)
    assert rejected == [] and report["detected"]["date_order"] == order
    assert [(text, str(row["at"])) for (text, _), row in zip(TIMES[order], accepted, strict=True)] == TIMES[order]


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("1756735500", "s"),
        ("1756735500000", "ms"),
        ("1756735500000000", "us"),
        ("45901.586805555555", "excel"),
        ("45901,586805555555", "excel"),
    ],
)
def test_numbers_that_are_times(tmp_path, text, style):
    """Seconds and their parts since 1970 are UTC; a spreadsheet's days since 1900 are on its own clock."""
    report, accepted, _ = staged(tmp_path, f'customer_id,ordered_at,total\n1,"{text}",5\n')
    assert report["detected"]["date_order"] == style
    assert str(accepted[0]["at"]) == ("2025-09-01 11:05:00" if style == "excel" else "2025-09-01 14:05:00")


def test_dates_that_may_be_two_days_are_asked_for(tmp_path):
    """No number above 12: the answer is the option that settles it, and with it the file comes in."""
    text = "customer_id,ordered_at,total\n1,1/2/2025,5\n"
    with pytest.raises(InputError) as caught:
        staged(tmp_path, text)
    assert caught.value.code == "ambiguous_dates" and "--date-order" in (caught.value.hint or "")
    assert str(staged(tmp_path, text, date_order="mdy")[1][0]["at"]) == "2025-01-01 22:00:00"
    assert str(staged(tmp_path, text, date_order="dmy")[1][0]["at"]) == "2025-01-31 22:00:00"


def test_dates_of_both_orders_are_asked_for_with_that_reason(tmp_path):
    with pytest.raises(InputError, match="some rows have the day first and as many the month"):
        staged(tmp_path, "customer_id,ordered_at,total\n1,3/14/2025,5\n2,15/6/2025,5\n")


def test_a_column_that_nobody_asked_for_does_not_stop_a_file_by_its_dates(tmp_path):
    """An own column whose dates cannot be told stays text; one whose dates can be told is dates."""
    text = "customer_id,seen,born\n1,1/2/2025,25/2/1980\n2,3/4/2025,1/3/1981\n"
    report, accepted, _ = staged(tmp_path, text, "customers")
    assert [(c["name"], c["type"]) for c in report["columns"]] == [("seen", "text"), ("born", "date")]
    assert named(report, accepted[1])["born"] == dt.date(1981, 3, 1)


def test_days_that_do_not_exist_are_refused(tmp_path):
    """The thirteenth month, the thirty-first of February, the year 0 and words are no time."""
    wrong = ["2025-13-01", "2025-02-31", "0000-01-01", "yesterday", "1850-01-01", "2199-01-01", "99999999"]
    body = "".join(f"1,{text},5\n" for text in wrong)
    report, accepted, _ = staged(tmp_path, "customer_id,ordered_at,total\n1,2025-01-01,5\n" + body)
    assert report["rejected_by_reason"] == {"bad_time": len(wrong)} and len(accepted) == 1


def test_spreadsheets_days_are_days_with_and_without_a_format(tmp_path):
    """A date cell is its day; a cell that lost its format is the number that a spreadsheet keeps for the day."""
    path = tmp_path / "b.xlsx"
    for name in ("with", "without"):
        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["customer_id", "ordered_at", "total"])
        sheet.write_row(1, 0, [1, 45901.586805555555, 12.5])
        if name == "with":
            sheet.write_datetime(1, 1, dt.datetime(2025, 9, 1, 14, 5), book.add_format({"num_format": "d.m.yyyy"}))
        book.close()
        _, accepted, _ = staged(tmp_path, path.read_bytes())
        assert (str(accepted[0]["at"]), str(accepted[0]["amount"])) == ("2025-09-01 11:05:00", "12.5000")


def test_leading_zeros_are_part_of_a_text(tmp_path):
    """A column of codes such as 00004 is no number, whatever it is called."""
    report, accepted, _ = staged(tmp_path, "customer_id,shelf\n1,00004\n2,00017\n", "customers")
    assert named(report, accepted[0])["shelf"] == "00004"


@pytest.mark.parametrize(
    ("headers", "cells", "net", "gross"),
    [
        ("Summa (veroton);ALV", "100,00;25,50", 100, 125.5),
        ("Summa;ALV", "100,00;25,50", 100, 125.5),  # a quarter of the whole and a half: no total holds so much
        ("Summa;ALV", "125,50;25,50", 100, 125.5),
        ("Total excl. VAT;VAT rate", "100;25,5", 100, 125.5),
        ("Summa;ALV %", "125,50;25,5", 100, 125.5),
        ("Summa;Vero", "100,00;20,00", 80, 100),  # 25 % of what it leaves or 20 % of the whole: taken to be in it
    ],
)
def test_tax_beside_a_total_without_it_is_not_taken_off_again(tmp_path, headers, cells, net, gross):
    total = headers.partition(";")[0]
    text = f"tilausnumero;sähköposti;tilauspvm;{headers}\n" + "".join(f"{n};a{n}@x.fi;1.2.2026;{cells}\n" for n in range(3))
    report, accepted, _ = staged(tmp_path, text, "orders", map={"total": total})
    assert {(float(row["amount"]), float(named(report, row)["gross"])) for row in accepted} == {(net, gross)}


@settings(max_examples=200)
@given(
    st.one_of(
        st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", fullmatch=True),
        st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)).map(lambda at: at.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")),
    )
)
def test_a_plain_time_is_read_as_it_would_be_without_the_short_way(text):
    """The short way is taken for texts of one shape; the long way reads the same when it is made to look as another shape."""
    value = exp.Literal.string(text)
    short = naive_time(value, TimeStyle("ymd"))
    long = list(short.find_all(exp.Coalesce))[-1]
    sql = exp.select(short, long, offset_seconds(value, "at")).sql("duckdb")
    said, otherwise, offset = duckdb.sql(sql).fetchall()[0]
    assert said == otherwise and offset is None
    try:
        assert said == dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        assert said is None or "24:00:00" in text or ":60" in text
