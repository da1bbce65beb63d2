"""A personal identity code is never stored, wherever it stands and however it is written; it is counted, and that is said."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from formats.bringing import bring, workspace
from lohko.landing.personal_code import _CHECK, SHAPE, mask

SIGNS = "-+ABCDEFUVWXY"


def code(birth: str, sign: str, number: int) -> str:
    """A code that is right."""
    return f"{birth}{sign}{number:03}{_CHECK[int(f'{birth}{number:03}') % 31]}"


CODES = st.builds(code, st.sampled_from(["131052", "010100", "311299", "290204"]), st.sampled_from(SIGNS), st.integers(2, 999))
AROUND = st.sampled_from(["", " ", "hetu ", "(", "HETU:", "hetu", "x_", "ä", "é.", "\n", ";", '"', "mies"])


@given(CODES, AROUND, AROUND)
def test_every_sign_in_any_text(text, before, after):
    """With the signs of all centuries, in capitals and small letters, against words and other signs."""
    for written in (text, text.lower()):
        clean, found = mask(f"{before}{written}{after}")
        assert found == 1 and text[6:].lower() not in clean.lower()


@given(CODES)
def test_written_otherwise(text):
    """In full-width signs, with typographic dashes, with marks that nobody sees, with blanks around the sign."""
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in text)
    hidden = [f"{text[:6]}\u00ad{text[6:]}", "\u200b".join(text), f"\ufeff{text[:3]}\u2060{text[3:]}"]
    dashed = [text.replace("-", sign) for sign in ("\u2010", "\u2011", "\u2013", "\u2014", "\u2212", " - ", " -", "-\u00a0")]
    for written in [wide, *hidden, *(dashed if text[6] == "-" else [])]:
        assert mask(f"a {written} b")[1] == 1, written


@given(CODES, st.sampled_from(["7", "07", "a1", "1a"]))
def test_a_part_of_something_longer_is_left_alone(text, beside):
    """A number of a parcel, or an id of letters and digits mixed, is no code."""
    assert mask(beside + text) == (beside + text, 0) and mask(text + beside) == (text + beside, 0)


@given(CODES)
def test_with_another_check_sign_it_is_none(text):
    """The remainder by 31 decides."""
    other = _CHECK[(_CHECK.index(text[-1]) + 1) % 31]
    assert mask(text[:-1] + other)[1] == 0


@given(st.text(max_size=12), CODES, st.text(max_size=12))
def test_the_sieve_lets_every_code_through(before, text, after):
    """What DuckDB passes over, Python finds nothing in."""
    whole = (before + text + after).replace("\x00", "")
    if mask(whole)[1]:
        with duckdb.connect() as connection:
            assert connection.execute("SELECT regexp_matches(?, ?)", [whole.encode("utf-8", "replace").decode(), SHAPE]).fetchall() == [
                (True,)
            ]


def test_numbers_of_orders_are_no_codes(tmp_path):
    """Numbers of day and sequence have a right check sign now and then; masked, the orders of one day would become one."""
    numbers = [f"2401{year}-{n:04}" for year in (25, 26) for n in (*range(1, 19), *range(1230, 1300))]
    assert sum(mask(number)[1] for number in numbers) > 5
    rows = "".join(f"{number},c{place},2026-01-24,10,\n" for place, number in enumerate(numbers))
    with workspace(tmp_path) as work:
        header = "order_id,customer_id,ordered_at,total,note\n"
        found = bring(work, "orders.csv", f"{header}{rows}240126-9999,c1,2026-01-24,10,hetu {SECRETS[0]}\nx,c1,never,10,\n", kind="orders")
        assert (found["accepted"], found["masked"], found["rejected"]) == (len(numbers) + 1, 1, 1)
        cursor, _, schema = work.snapshot()
        order = schema.event("order")
        kept = {text for (text,) in cursor.execute(f'SELECT "{order.property("order_id").column}" FROM "{order.table}"').fetchall()}
        [original] = work.folder.landing.rglob("original*")
        copy = original.read_text()
    assert kept == {*numbers, "240126-9999"}
    assert all(number in copy for number in numbers) and SECRETS[0] not in copy


@pytest.mark.parametrize(("second", "masked"), [("240126-1241", 0), ("131052-308T", 2)])
def test_the_numbers_of_two_orders_are_no_codes_unless_one_ends_in_a_letter(tmp_path, second, masked):
    """A column whose header says that it numbers orders is believed, be there ever so few of them."""
    with workspace(tmp_path) as work:
        body = f"order_id,customer_id,ordered_at,total\n240126-1240,c1,2026-01-24,10\n{second},c2,2026-01-24,10\n"
        assert bring(work, "orders.csv", body, kind="orders")["masked"] == masked


def test_a_column_of_codes_is_masked_though_some_are_mistyped(tmp_path):
    """Only where most are wrong and the right ones end in digits does a column number something else."""
    codes = [code("131052", "-", number) for number in range(300, 310)]
    mistyped = [f"{item[:-1]}{_CHECK[(_CHECK.index(item[-1]) + 1) % 31]}" for item in codes[:4]]
    rows = "".join(f"{place},a{place}@x.fi,{item}\n" for place, item in enumerate([*codes, *mistyped]))
    with workspace(tmp_path) as work:
        assert bring(work, "people.csv", f"customer_id,email,hetu\n{rows}", kind="customers")["masked"] == 10


@pytest.mark.parametrize("text", ["131052-0000", "131052-001A", "310299-308T", "290201-308T"])
def test_no_such_day_or_number(text):
    """Numbers begin at 002, and the day must have been in some century."""
    birth, number = text[:6], text[7:10]
    assert mask(f"{birth}-{number}{_CHECK[int(birth + number) % 31]}")[1] == 0


def workbook(secrets: list[str]) -> bytes:
    """A workbook with codes in a cell, in a comment, in the name of a sheet's neighbour and in its properties."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet, other = book.add_worksheet("people"), book.add_worksheet("notes")
    for row, cells in enumerate((("customer_id", "email", "note"), ("1", "a@x.fi", f"hetu {secrets[0]}"), ("2", "b@x.fi", "x"))):
        sheet.write_row(row, 0, cells)
    sheet.write_comment("C3", f"is {secrets[1]}")
    other.write("A1", secrets[2])
    book.set_properties({"comments": secrets[3]})
    book.close()
    return target.getvalue()


def parquet(secrets: list[str], path: Path) -> bytes:
    """A Parquet file with codes in a column, in a list, in a header and beside the rows."""
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT '1' AS customer_id, 'a@x.fi' AS email, '{secrets[0]}' AS note, ['{secrets[1]}', 'y'] AS \"{secrets[2]}\")"
            f" TO '{path}' (FORMAT parquet, KV_METADATA {{writer: '{secrets[3]}'}})"
        )
    return path.read_bytes()


SECRETS = [code("131052", "-", 308), code("010200", "A", 11), code("020304", "C", 77), code("311299", "V", 500)]


@pytest.mark.parametrize("form", ["csv", "json", "xlsx", "parquet"])
def test_nothing_in_the_workspace_has_it(tmp_path, form):
    """In every column, in free text, in headers, comments and what lies beside the rows: no file of the workspace holds one afterwards."""
    body = {
        "csv": lambda: f"customer_id,email,{SECRETS[2]},note\n{SECRETS[0]},a@x.fi,x,see {SECRETS[1]}!\n2,b@x.fi,{SECRETS[3]},\n".encode("utf-16"),
        "json": lambda: json.dumps([{"customer_id": "1", "email": "a@x.fi", SECRETS[2]: 1, "deep": {"er": [SECRETS[0], {SECRETS[1]: SECRETS[3]}]}}]).replace("-", "\\u002d").encode(),
        "xlsx": lambda: workbook(SECRETS),
        "parquet": lambda: parquet(SECRETS, tmp_path / "file.parquet"),
    }[form]()  # fmt: skip
    with workspace(tmp_path) as work:
        assert bring(work, f"{SECRETS[0]}.{form}", body, kind="customers")["masked"] >= 1
        place = work.folder.path
    left = [path for path in place.rglob("*") if path.is_file()]
    with duckdb.connect() as connection:
        for path in left:
            text = path.read_bytes().decode("latin-1")
            if path.suffix == ".parquet":
                text += str(connection.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall())
            elif zipfile.is_zipfile(path):
                text += "kept workbook"
            for secret in SECRETS:
                assert secret not in text and "kept workbook" not in text, (path.name, secret)


@given(CODES)
def test_the_sieve_lets_through_every_way_of_writing_one(text):
    """Landing looks only at what the cheap pattern lets through, so that pattern must know each sign in its wide form too."""
    sieve = "SELECT regexp_matches(?, ?)"
    wide = [text[:place] + chr(ord(text[place]) + 0xFEE0) + text[place + 1 :] for place in range(len(text))]
    for written in [text, *wide]:
        if mask(written)[1]:
            assert duckdb.execute(sieve, [written, SHAPE]).fetchall() == [(True,)], written


@pytest.mark.parametrize(("last", "masked"), [("6", 0), ("B", 1)])
def test_a_column_is_of_other_numbers_only_where_all_of_them_end_in_digits(tmp_path, last, masked):
    """A list of codes, most of them with a mistake, is a list of codes still: two in three of them end in a letter."""
    numbers = ["240126-1238", "240126-1239", "240126-1240", f"240126-124{last}"]
    body = "customer_id,email\n" + "".join(f"{number},a{place}@x.fi\n" for place, number in enumerate(numbers))
    with workspace(tmp_path) as work:
        assert bring(work, "list.csv", body.encode(), kind="customers")["masked"] == masked
