"""Where a table begins and ends, and how its cells are set apart."""

from __future__ import annotations

import csv
import io

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from landing.staging import named, staged
from lohko.base.errors import InputError
from lohko.landing.count import count_by_bytes, count_by_csv

HEADER = "customer_id,ordered_at,total"
ROWS = "1,2025-01-01,5\n2,2025-01-02,6\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{ROWS}",
        f"\ufeff{HEADER}\n{ROWS}",
        f"\n\n{HEADER}\n\n{ROWS}\n\n",
        f"sep=,\n{HEADER}\n{ROWS}",
        f"Orders of 2025\n{HEADER}\n{ROWS}",
        f"Orders of 2025,,\n,,\n{HEADER}\n{ROWS}",
        f"# report\n# of all\n\n{HEADER}\n{ROWS}",
        f"{HEADER},,,\n1,2025-01-01,5,,,\n2,2025-01-02,6,,,\n",
        f"{HEADER},,\n{ROWS}",
        f"{HEADER}\n1,2025-01-01,5,\n2,2025-01-02,6,\n",
        f"{HEADER}\r\n1,2025-01-01,5\r\n2,2025-01-02,6\r\n",
        f"{HEADER}\r1,2025-01-01,5\r2,2025-01-02,6\r",
        f"{HEADER}\r\n1,2025-01-01,5\n2,2025-01-02,6\r",
        f"{HEADER}\n{ROWS}".rstrip("\n"),
        f"{HEADER}\n{ROWS}".replace(",", ";"),
        f"sep=;\n{HEADER}\n{ROWS}".replace(",", ";"),
        f"{HEADER}\n{ROWS}".replace(",", "\t"),
        f"{HEADER}\n{ROWS}".replace(",", "|"),
        f"{HEADER}\n{ROWS}".replace(",", ", "),
        '"customer_id","ordered_at","total"\n"1","2025-01-01","5"\n"2","2025-01-02","6"\n',
        f"CUSTOMER ID,Ordered At,TOTAL\n{ROWS}",
        '"customer\nid",ordered_at,total\n' + ROWS,
    ],
)
def test_a_table_is_found_wherever_it_begins(tmp_path, text):
    """Marks, blank lines, titles, trailing empty columns, line ends of any kind and the last line's end do not matter."""
    _report, accepted, rejected = staged(tmp_path, text)
    assert [(row["node_value"], str(row["amount"])) for row in accepted] == [("1", "5.0000"), ("2", "6.0000")]
    assert rejected == []


def test_a_file_without_headers_has_numbered_columns(tmp_path):
    """Its first row is data and counts; columns are named by their place."""
    text = " 00004 0001 19970101  2   29.33\n 00004 0001 19970118  2   29.73\n 00021 0002 19970101  3   63.34\n"
    with pytest.raises(InputError) as caught:
        staged(tmp_path, text)
    assert "column 1" in str(caught.value)
    given_by_place = {"customer_id": "column 2", "ordered_at": "3", "quantity": "4", "total": "5"}
    report, accepted, _ = staged(tmp_path, text, map=given_by_place)
    assert report["received"] == 3 and report["detected"]["separator"] == "blanks"
    assert [row["node_value"] for row in accepted] == ["0001", "0001", "0002"]
    assert named(report, accepted[0])["column_1"] == "00004"


def test_a_list_of_addresses_is_a_list_of_customers(tmp_path):
    """One column is enough when its header says that it holds the customers."""
    _, accepted, _ = staged(tmp_path, "Sähköposti\na@x.fi\nb@x.fi\n", "customers")
    assert [row["node_value"] for row in accepted] == ["a@x.fi", "b@x.fi"]


@pytest.mark.parametrize("word", ["Yhteensä", "Total", "Grand Total", "SUMMA"])
@pytest.mark.parametrize("kind", ["orders", "customers"])
def test_the_row_that_adds_up_the_others_is_no_customer(tmp_path, word, kind):
    """It is kept as a rejected row that says what it is."""
    report, accepted, _ = staged(tmp_path, f"customer_id,ordered_at,total\n{ROWS}{word},,11\n", kind)
    assert report["rejected_by_reason"] == {"totals_row": 1} and len(accepted) == 2


def test_rows_of_separators_alone_are_counted_and_named(tmp_path):
    """Spreadsheets leave them at the end."""
    report, _, _ = staged(tmp_path, f"{HEADER}\n{ROWS},,\n,,\n")
    assert report["rejected_by_reason"] == {"empty_row": 2}


def test_headers_that_repeat_or_differ_in_case_stay_apart(tmp_path):
    """Every column is kept under a name of its own."""
    report, accepted, _ = staged(tmp_path, "customer_id,note,Note,note,,\n1,a,b,c,d,e\n2,a,b,c,d,e\n", "customers")
    assert sorted(named(report, accepted[0]).values()) == ["a", "b", "c", "d", "e"]
    assert len({c["name"] for c in report["columns"]}) == 5


def test_a_separator_and_a_line_break_in_quotes_are_part_of_their_cell(tmp_path):
    """Also in a header, and with the line ends of another system inside the cell."""
    text = 'customer_id,"name, first",note\r\n1,"Mäki, Aino","two\nlines"\r\n2,"a ""b""",c\r\n'
    report, accepted, _ = staged(tmp_path, text, "customers")
    assert [named(report, row)["note"] for row in accepted] == ["two\nlines", "c"]
    assert [named(report, row)["name_first"] for row in accepted] == ["Mäki, Aino", 'a "b"']


def book(path, *sheets: list[list]) -> bytes:
    """A workbook with these sheets."""
    made = xlsxwriter.Workbook(str(path))
    for rows in sheets:
        sheet = made.add_worksheet()
        for n, row in enumerate(rows):
            for m, cell in enumerate(row):
                sheet.write_formula(n, m, cell[0], None, cell[1]) if isinstance(cell, tuple) else sheet.write(n, m, cell)
    made.close()
    return path.read_bytes()


def test_a_workbook_is_read_from_its_first_table(tmp_path):
    """Empty sheets, title rows and empty rows are passed over; booleans, formulas and errors are what they show."""
    rows = [
        ["Orders of 2025"],
        [],
        ["customer_id", "ordered_at", "total", "gift", "note"],
        [1, "2025-01-01", ("=2+3", 5), True, ("=NA()", "#N/A")],
        [],
        [2, "2025-01-02", 6.5, False, "=1+1"],
        ["Yhteensä", "", 11.5],
    ]
    report, accepted, rejected = staged(tmp_path, book(tmp_path / "b.xlsx", [], rows, [["other"], [1]]))
    assert [(row["node_value"], str(row["amount"])) for row in accepted] == [("1", "5.0000"), ("2", "6.5000")]
    assert [named(report, row)["gift"] for row in accepted] == [True, False]
    assert [row["reason"] for row in rejected] == ["totals_row"]
    assert report["detected"]["sheet"] == "Sheet2" and [note["code"] for note in report["notes"]] == ["other_sheets"]


cells = st.text(alphabet="ab ,;\n\r\"'ä", max_size=5)


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=30), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_two_counts_of_records_agree_on_what_is_whole(tmp_path_factory, table, ends, closed):
    """The count over bytes and that of the standard library, which knows nothing of each other."""
    out = io.StringIO()
    csv.writer(out, lineterminator=ends).writerows([[cell.replace("\r", "") for cell in row] for row in table])
    path = tmp_path_factory.mktemp("count") / "t.csv"
    text = out.getvalue()
    path.write_bytes((text if closed else text.removesuffix(ends)).encode())
    assert count_by_bytes(path, 0) == count_by_csv(path, ",", 0)


CUSTOMERS = [["Asiakasnumero", "Sähköposti", "Etunimi"], [1, "anna@example.com", "Anna"], [2, "olli@example.com", "Olli"]]
MONTHS = [["Kuukausi", "Kpl"], ["Tammikuu", 5], ["Helmikuu", 7]]
NOTES = [["Asiakaslista 2026"], ["Luottamuksellinen"]]


def test_of_several_sheets_the_one_whose_headers_are_known_is_read(tmp_path):
    """A summary before the customers is no list of customers; which sheets were left is said by name."""
    report, accepted, _ = staged(tmp_path, book(tmp_path / "b.xlsx", NOTES, MONTHS, CUSTOMERS), kind=None)
    assert report["kind"] == "customers" and [row["node_value"] for row in accepted] == ["1", "2"]
    assert report["notes"] == [
        {
            "code": "other_sheets",
            "message": "Only the sheet 'Sheet3' was read; not read: Sheet1, Sheet2. Name one with --sheet to read it.",
        }
    ]


def test_a_hidden_sheet_is_read_only_when_it_is_named(tmp_path):
    """What is hidden in a workbook is seldom what its sender means to give."""
    made = xlsxwriter.Workbook(str(tmp_path / "b.xlsx"))
    for name, first in (("Old", 7), ("Now", 1)):
        sheet = made.add_worksheet(name)
        for n, row in enumerate([CUSTOMERS[0], [first, *CUSTOMERS[1][1:]]]):
            sheet.write_row(n, 0, row)
    made.get_worksheet_by_name("Old").hide()
    made.get_worksheet_by_name("Now").activate()
    made.close()
    data = (tmp_path / "b.xlsx").read_bytes()

    _, seen, _ = staged(tmp_path, data, kind="customers")
    report, hidden, _ = staged(tmp_path, data, kind="customers", sheet="old")

    assert [row["node_value"] for row in seen] == ["1"] and [row["node_value"] for row in hidden] == ["7"]
    assert "which is hidden" in report["notes"][0]["message"]


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    """A wrong name reads nothing else instead."""
    data = book(tmp_path / "b.xlsx", NOTES, CUSTOMERS)
    with pytest.raises(InputError, match="no sheet of that name") as refused:
        staged(tmp_path, data, kind="customers", sheet="Asiakkaat")
    assert refused.value.hint == "its sheets are Sheet1, Sheet2."
    with pytest.raises(InputError, match="Only workbooks"):
        staged(tmp_path, "customer_id\n1\n", kind="customers", sheet="Sheet1")
