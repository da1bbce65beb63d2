"""Whatever is in a file, each record is accounted for or the whole is answered in a sentence; nothing crashes and nothing hangs."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile

import duckdb
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from landing.staging import named, staged
from lohko.base.errors import InputError
from lohko.landing.count import count_by_csv
from lohko.landing.words import Words

HEADER = "customer_id,ordered_at,total,note\n"
GOOD = [f"{n},2025-01-{n % 28 + 1:02},5,fine\n" for n in range(1, 21)]
CODE = "131052-308T"


def with_line(place: int, line: str, header: str = HEADER) -> str:
    """Twenty good records and a bad one among them."""
    return header + "".join([*GOOD[:place], line, *GOOD[place:]])


BAD_RECORDS = {
    "stray quote first": '"99,2025-01-01,5,note\n',
    "stray quote in the middle": '99,2025-01-01,5,"note\n',
    "stray quote last": '99,2025-01-01,5,note"\n',
    "quote inside": '99,2025-01-01,5,"no"te"\n',
    "quote that closes too soon": '99,2025-01-01,5,"no" te\n',
    "three quotes": '99,"2025"01-01,5,"note\n',
    "too few cells": "99,2025-01-01\n",
    "too many cells": "99,2025-01-01,5,note,more,and more\n",
    "nul": "99,2025-01-01,5,no\x00te\n",
    "words": "this is no record\n",
}


@pytest.mark.parametrize("place", [0, 10, 20])
@pytest.mark.parametrize("what", BAD_RECORDS)
def test_one_bad_record_costs_itself_at_most(tmp_path, what, place):
    """At the start, in the middle and at the end of a file all its neighbours come in."""
    report, accepted, rejected = staged(tmp_path, with_line(place, BAD_RECORDS[what]))
    assert [row["node_value"] for row in accepted if row["node_value"] != "99"] == [str(n) for n in range(1, 21)]
    assert report["received"] == 21 and len(rejected) + sum(row["node_value"] == "99" for row in accepted) == 1
    if rejected:
        assert rejected[0]["record"] == place + 1
        assert rejected[0]["raw"].replace("\u2400", "\x00").strip() == BAD_RECORDS[what].strip()


def test_many_stray_quotes_cost_a_record_each(tmp_path):
    """Every tenth of some thousand records has one."""
    lines = [f"{n},2025-01-01,5,{chr(34) if n % 10 == 0 else ''}x\n" for n in range(1, 2001)]
    report, _accepted, _rejected = staged(tmp_path, HEADER + "".join(lines))
    assert report["rejected_by_reason"] == {"broken_record": 200}


def test_a_file_cut_inside_its_last_record_says_so(tmp_path):
    """Half a row is refused; a last row that has all its cells comes in with a note that it may be cut."""
    whole = HEADER + "".join(GOOD)
    report, _, _ = staged(tmp_path, whole[: whole.rindex(",5")])
    assert report["rejected_by_reason"] == {"broken_record": 1}
    report, _, _ = staged(tmp_path, whole[:-2])
    assert (report["rejected"], [note["code"] for note in report["notes"]]) == (0, ["ends_open"])
    assert staged(tmp_path, whole)[0]["notes"] == []


def test_any_cut_of_a_file_is_accounted_for(tmp_path):
    """Wherever a file was cut, what was received are the records that the standard library can tell apart, or a sentence."""
    whole = 'customer_id,ordered_at,total,note\n1,2025-01-01,5,"a ""b"" c"\n2,2025-01-02,6,"two\nlines"\n3,2025-01-03,7,x\n'
    for place in range(1, len(whole), 4):
        try:
            report, accepted, _ = staged(tmp_path, whole[:place])
        except InputError as error:
            assert error.code in ("empty_file", "no_rows", "one_column", "missing_field", "not_a_table", "bad_header")
            continue
        assert [row["node_value"] for row in accepted] == ["1", "2", "3"][: len(accepted)]
        assert report["received"] <= 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_letters_survive_every_encoding(tmp_path, encoding):
    """With and without a mark at the beginning."""
    text = "customer_id;name\n" + "".join(f"{n};Äijälä-Öhman å\n" for n in range(30))
    report, accepted, _ = staged(tmp_path, text.encode(encoding), "customers")
    assert {named(report, row)["name"] for row in accepted} == {"Äijälä-Öhman å"}


def test_bytes_that_are_no_text_do_not_stop_a_file(tmp_path):
    """What is neither UTF-8 nor Windows-1252 becomes the replacement sign in its own cell."""
    report, accepted, _ = staged(tmp_path, b"customer_id,name\n1,ok\n2,a\xff\x81b\n3,ok\n", "customers")
    assert [row["node_value"] for row in accepted] == ["1", "2", "3"]
    assert [named(report, row)["name"] for row in accepted][::2] == ["ok", "ok"]


def test_formulas_are_kept_as_texts(tmp_path):
    """A cell that a spreadsheet would run is data here."""
    text = 'customer_id,name\n1,"=HYPERLINK(""http://x"",""y"")"\n2,+1+2\n3,@SUM(A1)\n'
    report, accepted, _ = staged(tmp_path, text, "customers")
    assert [named(report, row)["name"] for row in accepted] == ['=HYPERLINK("http://x","y")', "+1+2", "@SUM(A1)"]


def test_a_record_of_fifty_megabytes_costs_itself(tmp_path):
    """It is refused with its beginning, and its neighbours come in."""
    report, accepted, rejected = staged(tmp_path, with_line(10, "99,2025-01-01,5," + "x" * (50 << 20) + "\n"))
    assert (len(accepted), report["rejected_by_reason"]) == (20, {"too_long": 1})
    assert len(rejected[0]["raw"]) <= 1 << 20


def test_an_endless_line_is_never_held_whole(tmp_path, monkeypatch):
    """The engine holds a line more than twice: one of a gigabyte took more than two gigabytes of memory until it was left to the careful reader."""
    from lohko.landing import csv_file

    monkeypatch.setattr(csv_file, "_strictly", lambda *_: pytest.fail("the engine was asked"))
    path = tmp_path / "endless.csv"
    path.write_bytes(b"customer_id,email\n1,a@x.fi\n" + b"x" * (3 << 20) + b"\n2,b@x.fi\n")
    records = csv_file.read_csv(duckdb.connect(), path, tmp_path, lambda *_: None)
    assert (records.received, [item.reason for item in records.broken]) == (3, ["too_long"])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\n\n", "empty_file"),
        (b"\x00" * 1000, "empty_file"),
        (HEADER.encode(), "no_rows"),
        (b"x" * (50 << 20), "one_column"),
        (b"a,b\n" + b"x" * (2 << 20) + b"\n", "not_a_table"),
        ((",".join(f"c{n}" for n in range(10_000)) + "\n" + ",".join("1" * 10_000) + "\n").encode(), "too_many_columns"),
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "not_a_table"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "old_excel"),
        (b"{}\n", "no_rows"),
        (b'{"a": 1', "no_rows"),
        (b'[{"a": 1}, {"a"', "bad_json"),
        (b'{\n"a": 1\n}\n', "bad_json"),
        (b'{\n"orders": {"a": 1}\n}\n', "bad_json"),
        (b'{"orders": []}', "no_rows"),
        (b'[{"id": "ch_1", "object": "charge", "amount": 2000, "livemode": true, "customer": "c", "created": 1767600000}]', "bad_json"),
        (b'{\n"orders": [{"a": 1}, {"a": 2\n', "bad_json"),
        (b'[{"a": 1, "a": 2}]', "bad_json"),
        (b"[" * 100_000 + b'"a"' + b"]" * 100_000, "bad_json"),
        (gzip.compress(b"customer_id,ordered_at,total\n1,2025-01-01,5\n", mtime=0)[:-6], "bad_gzip"),
        (gzip.compress(b"customer_id,ordered_at,total\n1,2025-01-01,5\n", mtime=0) + b"garbage", "bad_gzip"),
        (gzip.compress(gzip.compress(b"customer_id,ordered_at,total\n1,2025-01-01,5\n", mtime=0), mtime=0), "not_a_table"),
    ],
)
def test_what_is_no_table_is_answered_in_a_sentence(tmp_path, data, code):
    """The answer has a code, says what is wrong and what to do."""
    with pytest.raises(InputError) as caught:
        staged(tmp_path, data)
    assert caught.value.code == code
    assert caught.value.message.endswith(".") and "Traceback" not in str(caught.value)


def test_a_bomb_is_refused_before_it_unpacks(tmp_path):
    """Compressed files that unpack to far more than they should: gzip, a workbook, a Parquet file of one repeated value."""
    bomb = gzip.compress(b"0" * (150 << 20), mtime=0)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", "<workbook/>")
        made.writestr("xl/worksheets/sheet1.xml", b"0" * (150 << 20))
    path = tmp_path / "bomb.parquet"
    duckdb.connect().sql("SELECT 1 AS customer_id, 2 AS total FROM range(120000000)").write_parquet(str(path))
    for data in (bomb, archive.getvalue(), path.read_bytes()):
        with pytest.raises(InputError) as caught:
            staged(tmp_path, data)
        assert caught.value.code == "too_large_unpacked"


@settings(max_examples=40)
@given(st.lists(st.text(alphabet='a1,;"\n\r\t \x00ä\u2028', max_size=12), max_size=12), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_any_text_is_accounted_for_or_answered(tmp_path_factory, lines, encoding):
    """Whatever follows a header: rows that add up to what two readers count, or a sentence."""
    folder = tmp_path_factory.mktemp("any")
    text = HEADER + "1,2025-01-01,5,x\n" + "\n".join(lines)
    try:
        report, _, _ = staged(folder, text.encode(encoding, "replace"))
    except InputError as error:
        assert error.message.endswith(".")
        return
    if not report["rejected_by_reason"].keys() & {"broken_record", "nul_byte"}:
        whole = folder / "whole.csv"
        whole.write_bytes(text.encode(encoding, "replace").decode(encoding).replace("\r\n", "\n").replace("\r", "\n").encode())
        assert report["received"] == count_by_csv(whole, ",", 1)


# --- personal identity codes ---------------------------------------------------------------


def xlsx(tmp_path, *sheets: list[list]) -> bytes:
    """A workbook of texts."""
    path = tmp_path / "made.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for rows in sheets:
        sheet = book.add_worksheet()
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    book.close()
    return path.read_bytes()


def parquet(tmp_path, sql: str) -> bytes:
    """A Parquet file of a query's rows."""
    path = tmp_path / "made.parquet"
    duckdb.connect().sql(sql).write_parquet(str(path))
    return path.read_bytes()


CODED = {
    "in a cell": lambda t: f"customer_id,note\n1,{CODE}\n",
    "in a text": lambda t: f"customer_id,note\n1,hetu: {CODE}.\n",
    "as the customer's id": lambda t: f"customer_id,note\n{CODE},x\n",
    "among whole numbers": lambda t: f"customer_id,note\n1,5\n2,{CODE}\n3,7\n",
    "in a header": lambda t: f"customer_id,{CODE}\n1,x\n",
    "above the header": lambda t: f"Report of {CODE}\n\ncustomer_id,note\n1,x\n",
    "in a broken record": lambda t: f"customer_id,note\n1,x\n2,x,{CODE}\n",
    "with a dash of typography": lambda t: f"customer_id,note\n1,{CODE.replace('-', '–')}\n",
    "in small letters": lambda t: f"customer_id,note\n1,{CODE.lower()}\n",
    "with a sign of this century": lambda t: "customer_id,note\n1,131052A308T\n",
    "in Windows-1252": lambda t: f"customer_id,note\n1,ä {CODE}\n".encode("cp1252"),
    "in UTF-16": lambda t: f"customer_id,note\n1,{CODE}\n".encode("utf-16"),
    "in gzip": lambda t: gzip.compress(f"customer_id,note\n1,{CODE}\n".encode(), mtime=0),
    "in JSON": lambda t: json.dumps({"customer_id": 1, "note": CODE}),
    "in a JSON name": lambda t: json.dumps({"customer_id": 1, CODE: "x"}),
    "hidden by JSON's escapes": lambda t: '{"customer_id": 1, "note": "131052\\u002d308T"}',
    "deep in JSON": lambda t: json.dumps({"customer_id": 1, "note": {"a": [{"b": CODE}]}}),
    "in a workbook": lambda t: xlsx(t, [["customer_id", "note"], [1, CODE]]),
    "in another sheet": lambda t: xlsx(t, [["customer_id", "note"], [1, "x"]], [[CODE]]),
    "in Parquet": lambda t: parquet(t, f"SELECT 1 AS customer_id, '{CODE}' AS note"),
    "deep in Parquet": lambda t: parquet(t, f"SELECT 1 AS customer_id, [{{'a': '{CODE}'}}] AS note"),
    "in a Parquet column's name": lambda t: parquet(t, f"SELECT 1 AS customer_id, 'x' AS \"{CODE}\""),
}


@pytest.mark.parametrize("where", CODED)
def test_a_personal_identity_code_is_masked_wherever_it_stands(tmp_path, where):
    """It is counted, so that the original is not kept, and no byte of it is left in what is staged."""
    report, accepted, rejected = staged(tmp_path, CODED[where](tmp_path), "customers")
    assert report["masked"] == 1
    said = f"{report} {accepted} {rejected}".upper()
    assert "308T" not in said
    if report["original"]:
        kept = (tmp_path / "out" / "masked").read_bytes()
        assert b"308T" not in kept.upper() and b"131052" in kept


def test_masks_count_every_row_that_has_one(tmp_path):
    """The same code in a thousand rows is a thousand codes; a number that only looks like one is left alone."""
    text = "customer_id,note\n" + f"1,{CODE}\n" * 1000 + "2,131052-308U\n"
    report, accepted, _ = staged(tmp_path, text, "customers")
    assert report["masked"] == 1000
    assert named(report, accepted[-1])["note"] == "131052-308U"


# --- JSON ------------------------------------------------------------------------------------


ORDER = '{"id": 1, "email": "a@x.fi", "order_number": 1, "created_at": "2026-01-05T10:00:00+02:00", "total_price": "10.00", "line_items": [{"sku": "m"}]}'


@pytest.mark.parametrize(
    "text",
    [
        f'{{"orders": [{ORDER}]}}',
        f'\n{{\n  "count": 1,\n  "orders": [\n    {ORDER}\n  ]\n}}\n',
        f'{{"data": [{ORDER}], "links": {{"next": null}}, "has_more": false}}',
        f"[{ORDER}]",
        f"{ORDER}\n",
    ],
)
def test_the_list_that_a_systems_api_gives_is_read_as_its_objects(tmp_path, text):
    """In one object, with what says how many there are and which page it is; orders are orders, never a list of customers."""
    report, accepted, rejected = staged(tmp_path, text, None)
    assert (report["kind"], report["received"], len(accepted), rejected) == ("orders", 1, 1, [])
    assert str(accepted[0]["amount"]) == "10.0000" and accepted[0]["order_id"] == "1"


@pytest.mark.parametrize(
    ("text", "received"),
    [
        ('{"orders": [{"total": 1}], "customer_id": 1, "email": "a@x.fi"}', 1),
        ('{"data": [{"x": 1}], "email": "a@x.fi"}\n{"data": [], "email": "b@x.fi"}\n', 2),
        ('{"count": 1, "email": "a@x.fi"}\n{"count": 2, "email": "b@x.fi"}\n', 2),
        ('{"count": 1, "email": "a@x.fi"}\nbroken\n', 2),
    ],
)
def test_a_record_that_has_a_list_is_a_record(tmp_path, text, received):
    """What else it says would be lost if the list were taken for the file's."""
    report, accepted, _ = staged(tmp_path, text, "customers")
    assert report["received"] == received and accepted[0]["node_value"] in ("1", "a@x.fi")


def test_json_lines_that_cannot_be_read_cost_themselves(tmp_path):
    """Truncated, too deep, twice the same name, no object, a NUL, and numbers no decimal holds."""
    good = '{"customer_id": 1, "ordered_at": "2025-01-01", "total": 5}'
    bad = [
        '{"customer_id": 1, "ordered_at": "2025-01-01", "tot',
        '{"a": ' * 5000 + "1" + "}" * 5000,
        '{"customer_id": 1, "customer_id": 2, "ordered_at": "2025-01-01", "total": 5}',
        "[1, 2]",
        '{"customer_id": "a\\u0000b", "ordered_at": "2025-01-01", "total": 5}',
        good + good,
    ]
    refused = [
        '{"customer_id": 1, "ordered_at": "2025-01-01", "total": 1e400}',
        '{"customer_id": 1, "ordered_at": "2025-01-01", "total": NaN}',
    ]
    report, accepted, _ = staged(tmp_path, "\n".join([good, *bad, *refused, good]))
    assert len(accepted) == 2
    assert report["rejected_by_reason"] == {"bad_number": 1, "broken_record": 5, "no_amount": 1, "nul_byte": 1}


def test_json_values_are_what_they_say(tmp_path):
    """Big numbers keep their digits, half characters are replaced, objects open one level, lists are kept as JSON."""
    item = {"customer_id": 12345678901234567890, "ok": True, "a": {"b": 1.50, "c": {"d": [1]}}, "e": [1, "x"]}
    text = json.dumps(item)[:-1] + ', "half": "\\ud800x", "none": null}\n'
    report, accepted, _ = staged(tmp_path, "\ufeff" + text, "customers")
    found = named(report, accepted[0])
    assert accepted[0]["node_value"] == "12345678901234567890"
    assert (found["ok"], str(found["a_b"]), found["a_c"], found["e"]) == (True, "1.5000000000", '{"d": [1]}', '[1, "x"]')
    assert found["half"] == "?x"


def test_a_list_of_objects_is_read_too(tmp_path):
    """As APIs answer it."""
    _, accepted, _ = staged(tmp_path, json.dumps([{"customer_id": n, "ordered_at": "2025-01-01", "total": n} for n in (1, 2)]))
    assert [row["node_value"] for row in accepted] == ["1", "2"]


# --- Parquet ---------------------------------------------------------------------------------


def test_parquet_values_are_the_texts_that_a_csv_would_hold(tmp_path):
    """Wide decimals, nested values, times with zones, doubles that are whole, and NaN."""
    data = parquet(
        tmp_path,
        """SELECT 7.0::DOUBLE AS customer_id, TIMESTAMPTZ '2025-09-01 14:05:00+02' AS ordered_at, 12.3400::DECIMAL(38,10) AS total,
        {'a': 1, 'b': [1, 2]} AS nested, 'nan'::DOUBLE AS nothing, DATE '2025-01-02' AS day, 'x'::BLOB AS bytes, 5::HUGEINT AS big""",
    )
    report, accepted, _ = staged(tmp_path, data)
    found = named(report, accepted[0])
    assert (accepted[0]["node_value"], str(accepted[0]["amount"]), str(accepted[0]["at"])) == ("7", "12.3400", "2025-09-01 12:05:00")
    assert found["nested"] == '{"a":1,"b":[1,2]}' and "nothing" not in found and str(found["day"]) == "2025-01-02" and found["big"] == 5


def test_a_parquet_file_without_rows_is_a_sentence(tmp_path):
    """It has columns and nothing else."""
    with pytest.raises(InputError) as caught:
        staged(tmp_path, parquet(tmp_path, "SELECT 1 AS customer_id WHERE false"))
    assert caught.value.code == "no_rows"


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 8))])
def test_flipped_bytes_in_a_parquet_file_are_a_sentence_or_rows(tmp_path, seed):
    """Two hundred damaged files in all: never a crash, never a row that is not accounted for."""
    whole = parquet(
        tmp_path,
        "SELECT 'c' || i AS customer_id, TIMESTAMP '2025-01-01' + to_days(i::INT) AS ordered_at, i::DECIMAL(9,2) AS total FROM range(50) r(i)",
    )
    dice = random.Random(seed)
    for _ in range(25):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 1, 3))):
            data[dice.randrange(4, len(data))] ^= 1 << dice.randrange(8)
        try:
            staged(tmp_path, bytes(data))
        except InputError as error:
            assert error.code in (
                "bad_parquet",
                "no_rows",
                "missing_field",
                "too_large_unpacked",
                "too_many_columns",
                "too_large",
                "ambiguous_dates",
            )


# --- XLSX ------------------------------------------------------------------------------------


def mended(data: bytes, name: str, change) -> bytes:
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            body = before.read(part)
            after.writestr(part, change(body) if part == name else body)
    return out.getvalue()


LAUGHS = b'<!DOCTYPE lolz [<!ENTITY a "lol">' + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)) + b"]>"


def test_a_workbook_that_laughs_a_billion_times_is_harmless(tmp_path):
    """Entities are not followed: the file is read without them or refused."""
    whole = xlsx(tmp_path, [["customer_id", "ordered_at", "total"], ["1", "2025-01-01", "5"]])

    def laugh(body: bytes) -> bytes:
        head, rest = body.split(b"?>", 1)
        return head + b"?>" + LAUGHS + rest.replace(b"customer_id", b"&j;", 1)

    try:
        report, _, _ = staged(tmp_path, mended(whole, "xl/sharedStrings.xml", laugh), map={"customer_id": "1"})
    except InputError as error:
        assert error.code in ("bad_xlsx", "missing_field")
    else:
        assert report["received"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_damaged_workbooks_are_a_sentence_or_rows(tmp_path, seed):
    """Flipped and cut bytes."""
    whole = xlsx(tmp_path, [["customer_id", "ordered_at", "total"], *[[str(n), "2025-01-01", n] for n in range(20)]])
    dice = random.Random(seed)
    for _ in range(15):
        data = bytearray(whole)
        data[dice.randrange(4, len(data))] ^= 1 << dice.randrange(8)
        cut = bytes(data[: dice.randrange(30, len(data))]) if dice.random() < 0.3 else bytes(data)
        try:
            staged(tmp_path, cut)
        except InputError as error:
            assert error.code in ("bad_xlsx", "bad_zip", "no_rows", "missing_field", "zip_archive", "too_large_unpacked", "not_a_table")


def test_other_archives_are_told_apart_from_workbooks(tmp_path):
    """A zip of files is no table itself: whoever brings it in is told so, and unpacks it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("orders.csv", "customer_id\n1\n")
    with pytest.raises(InputError) as caught:
        staged(tmp_path, out.getvalue())
    assert caught.value.code == "zip_archive"


def test_a_compressed_workbook_is_unpacked_first(tmp_path):
    """gzip around any format is taken off."""
    data = xlsx(tmp_path, [["customer_id", "ordered_at", "total"], ["1", "2025-01-01", 5]])
    report, _, _ = staged(tmp_path, gzip.compress(data, mtime=0))
    assert report["detected"]["format"] == "xlsx" and report["detected"]["compressed"]


# --- columns whose texts repeat, and those whose texts do not -----------------------------------


def test_texts_mean_the_same_whether_they_repeat_or_not(tmp_path, monkeypatch):
    """A column is understood once per distinct text or row by row; the staged rows are the same."""
    text = "customer_id;ordered_at;quantity;unit_price;country;name;consent_email;day\n" + "".join(
        f"{n};{n % 28 + 1}.{n % 12 + 1}.2025 klo 14.05;{n % 5};1 {n % 900 + 100:03},{n % 90 + 10};{('Suomi', 'SE', '')[n % 3]};"
        f"ÄİSß {n};{('kyllä', '1.2.2024', 'ei')[n % 3]};2025-01-0{n % 9 + 1}\n"
        for n in range(300)
    )
    once = staged(tmp_path, text, "order-lines")
    made = Words.__init__

    def never_repeats(self, connection, labels):
        made(self, connection, [])
        from lohko.landing.table import names
        from lohko.landing.words import Word

        self.of = {cell: Word(cell, False) for cell in names(len(labels))}
        self.masked = sum(self._look_at(word) for word in self.of.values())

    monkeypatch.setattr(Words, "__init__", never_repeats)
    assert staged(tmp_path, text, "order-lines") == once


def test_the_file_that_was_received_can_be_written_back_from_what_is_kept(tmp_path):
    """Rejected rows hold all their cells under their headers."""
    text = "customer_id,ordered_at,total,Ä ö\n1,never,5,a\n2,2025-01-01,x,b\n"
    _, _, rejected = staged(tmp_path, text)
    assert [list(json.loads(row["raw"]).values()) for row in rejected] == list(csv.reader(text.splitlines()[1:]))
