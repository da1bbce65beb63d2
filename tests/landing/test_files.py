"""Files of any kind come in with every record accounted for."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.errors import InputError
from lohko.landing.cut import cut
from lohko.landing.layout import Layout
from lohko.landing.parse import parse, preview
from lohko.landing.request import Request


def stage(tmp_path: Path, data: bytes, kind: str = "order-lines", name: str = "file.csv", **more):
    source, out = tmp_path / name, tmp_path / "out"
    source.write_bytes(data)
    out.mkdir(exist_ok=True)
    report = parse(Request(file=str(source), kind=kind, out=str(out), file_zone="Europe/Helsinki", **more), lambda _d, _w: None)
    assert report["received"] == report["accepted"] + report["rejected"]
    return report, rows(out / "accepted.parquet"), rows(out / "rejected.parquet")


def rows(path: Path) -> list[dict]:
    found = duckdb.connect().execute("SELECT * FROM read_parquet(?) ORDER BY record", [str(path)])
    names = [item[0] for item in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


FINNISH = "Asiakasnumero;Tilausnumero;Tilauspäivä;Tuote;Määrä;À-hinta\r\n0012;A1;1.9.2025 14.05;Kahvi;2;1 234,50 €\r\n;A2;klo;Tee;1;2,00\r\n7;A3;2.9.2025;Maito;x;1,10\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_finnish_spreadsheet_export_is_understood(tmp_path, encoding):
    """Semicolons, decimal commas, dots in dates, Finnish headers, in whatever encoding."""
    report, accepted, rejected = stage(tmp_path, FINNISH.encode(encoding))
    assert report["detected"]["separator"] == ";" and report["detected"]["decimal"] == ","
    assert [r["reason"] for r in rejected] == ["bad_time", "bad_number"]
    assert accepted[0]["node_value"] == "0012"
    assert str(accepted[0]["amount"]) == "2469.0000"
    assert str(accepted[0]["at"]) == "2025-09-01 11:05:00"


def test_the_same_rows_have_the_same_digest_in_every_format(tmp_path):
    """CSV, gzip, XLSX, Parquet and JSON lines of the same rows are the same rows."""
    header = ["customer_id", "order_id", "ordered_at", "product_id", "quantity", "unit_price"]
    body = [[17850, "A1", "2025-09-01 14:05:00", "P1", 6, 2.55], [17850, "A1", "2025-09-01 14:05:00", "P2", 1, 3.0]]
    text = "\n".join(",".join(map(str, row)) for row in [header, *body]).encode()
    lines = "\n".join(json.dumps(dict(zip(header, row, strict=True))) for row in body).encode()
    book = xlsxwriter.Workbook(str(tmp_path / "b.xlsx"))
    sheet = book.add_worksheet()
    for n, row in enumerate([header, *body]):
        sheet.write_row(n, 0, row)
    book.close()
    (tmp_path / "a.csv").write_bytes(text)
    duckdb.connect().execute(
        "COPY (SELECT customer_id::DOUBLE AS customer_id, * EXCLUDE (customer_id) FROM read_csv(?)) TO '"
        + str(tmp_path / "p.parquet")
        + "' (FORMAT parquet)",
        [str(tmp_path / "a.csv")],
    )
    found = []
    for data in (text, gzip.compress(text), lines, (tmp_path / "b.xlsx").read_bytes(), (tmp_path / "p.parquet").read_bytes()):
        _report, accepted, _rejected = stage(tmp_path, data)
        found.append([row["digest"] for row in accepted])
    assert found[0] == found[1] == found[2] == found[3] == found[4]


def test_a_stray_quote_costs_its_own_record_and_no_other(tmp_path):
    """The record with the quote is kept as broken; its neighbours, and cells with line breaks, come in."""
    text = 'customer_id,ordered_at,total,note\n1,2025-01-01,5,"two\nlines"\n2,2025-01-01,5,"stray\n3,2025-01-01,5,fine\n4,2025-01-01\n5,2025-01-01,5,"said ""hi"""\n'
    report, accepted, rejected = stage(tmp_path, text.encode(), "orders")
    assert report["received"] == 5
    assert [row["node_value"] for row in accepted] == ["1", "3", "5"]
    assert [row["record"] for row in rejected] == [2, 4]
    assert {row["reason"] for row in rejected} == {"broken_record"}


cells = st.text(alphabet='ab ,;\n"ä', max_size=6)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=12), st.data())
def test_records_are_cut_as_the_standard_library_wrote_them(tmp_path_factory, table, data):
    """What csv writes is read back cell for cell; a stray quote put in one plain record costs at most that record."""
    table = [[cell or "x" for cell in row] for row in table]
    path = tmp_path_factory.mktemp("cut") / "t.csv"
    broken = data.draw(st.none() | st.integers(0, len(table) - 1))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for n, row in enumerate(table):
            if n == broken:
                out.write('y,"y y,y\n')
            else:
                writer.writerow(row)
    found = [record for record, _reason, _raw in cut(path, Layout(",", ("a", "b", "c")), 0) if record is not None]
    wanted = [row for n, row in enumerate(table) if n != broken]
    # Another quote could close the stray one; without any, exactly one record is lost.
    if broken is None or not any(set('",\n') & set("".join(row)) for row in wanted):
        assert found == wanted


def test_a_personal_identity_code_is_masked_before_anything_is_kept(tmp_path):
    """Wherever it stands, also in a row that is rejected, and it is counted."""
    text = "customer_id,ordered_at,total,note\n1,2025-01-01,5,hetu 131052-308T\n2,never,5,131052-308T\n"
    report, accepted, rejected = stage(tmp_path, text.encode(), "orders")
    assert report["masked"] == 2
    assert b"308T" not in b"".join(p.read_bytes() for p in (tmp_path / "out").iterdir())
    assert "131052*****" in str(accepted) and "131052*****" in str(rejected)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"customer_id,ordered_at,total\n", "no_rows"),
        (bytes(range(256)) * 50, "not_a_table"),
        (b"PAR1garbage", "bad_parquet"),
        (b"PK\x03\x04garbage", "bad_xlsx"),
        (b"\x1f\x8bgarbage", "bad_gzip"),
        (b"just words\nand more words\n", "one_column"),
        (b"a,b\n1,2\n", "missing_field"),
        (b"customer_id,ordered_at,total\n1,1/2/2025,5\n", "ambiguous_dates"),
    ],
)
def test_a_file_that_cannot_be_used_is_answered_in_a_sentence(tmp_path, data, code):
    """No garbage ends in a traceback."""
    with pytest.raises(InputError) as caught:
        stage(tmp_path, data, "orders")
    assert caught.value.code == code


def test_times_follow_the_clock_of_their_zone(tmp_path):
    """The hour that occurs twice is the first, the one that does not occur moves forward, offsets are kept; all are counted."""
    times = ["2025-10-26 03:30", "2025-03-30 03:30", "2025-06-01T12:00:00Z", "2025-06-01 12:00:00 +0200", "2025-06-01 12:00"]
    text = "customer_id,ordered_at,total\n" + "".join(f"1,{time},5\n" for time in times)
    report, accepted, _ = stage(tmp_path, text.encode(), "orders")
    assert report["times"] == {"twice": 1, "missing": 1}
    assert [str(row["at"]) for row in accepted] == [
        "2025-10-26 00:30:00",
        "2025-03-30 01:30:00",
        "2025-06-01 12:00:00",
        "2025-06-01 10:00:00",
        "2025-06-01 09:00:00",
    ]


def test_what_the_headers_do_not_say_can_be_given_by_hand(tmp_path):
    """A preview shows the guess; a map overrules it."""
    source = tmp_path / "f.csv"
    source.write_text("who,Date,total\nann,2025-01-01,5\n")
    found = preview(Request(file=str(source), kind="orders", out=str(tmp_path)))
    assert set(found["guess"]) == {"ordered_at", "total"}
    report, accepted, _ = stage(tmp_path, source.read_bytes(), "orders", map={"customer_id": "who"})
    assert report["accepted"] == 1 and accepted[0]["node_value"] == "ann"
