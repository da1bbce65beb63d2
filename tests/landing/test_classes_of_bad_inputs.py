"""Fifty and more bad inputs of each class: each file is read so that every record of it is accounted for, or refused in a sentence."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from landing.staging import staged
from lohko.base.errors import InputError
from lohko.landing.count import count_by_csv
from lohko.landing.layout import find_layout
from lohko.landing.records import read

HEADER = "customer_id,ordered_at,total,note"
GOOD = "".join(f"{n},2026-01-{n % 28 + 1:02},5,fine\n" for n in range(1, 11))
EACH = 50

# --- rows: one file a class, of fifty different bad rows among good ones ----------------------

_DATES = [
    "31.2.2026",
    "2026-13-01",
    "0000-00-00",
    "99999-01-01",
    "1.1.26 25:00",
    "2026-02-30T10:00",
    "tomorrow",
    "44197.5.1",
    "--",
    "2026-01-01T10:00+99:99",
]
_NUMBERS = [
    "1e308",
    "1e400",
    "-1e999",
    "nan",
    "Infinity",
    "1 234,50,1",
    "12-",
    "(5",
    "5)",
    "0x1F",
    "١٢٣",
    "½",
    "1_000",
    "--5",
    "9" * 40,
    "€",
    "5 EUR 3",
    "1.2.3.4",
]
_TEXTS = [
    "\u202etxet",
    "a\u200bb\u200d",
    "e" + "\u0301" * 2000,
    "\ufeff",
    "\u2028",
    "👩‍👩‍👧‍👦",
    "=cmd()",
    "@SUM(A1)",
    "\x07",
    "\ud7ff",
    "İıſß",
    "ﷺ" * 50,
]
_CONTACTS = [
    "a@@b.fi",
    "@",
    "a@b",
    "maija@hyvä.fi",
    "a b@c.fi",
    "а@раураl.com",
    "+",
    "+358(0)",
    "00358",
    "0" * 30,
    "040-123 45 67",
    "x@" + "y" * 300 + ".fi",
]


def quoted(rng: random.Random) -> str:
    """A row with a quote where none belongs."""
    row = list(f"q{rng.randrange(10**6)},2026-01-05,5,note")
    for _ in range(rng.randint(1, 3)):
        row.insert(rng.randrange(len(row)), '"')
    return "".join(row)


def ragged(rng: random.Random) -> str:
    """A row with another number of cells."""
    return ",".join(["r"] * rng.choice([1, 2, 3, 5, 6, 20]))


def with_cell(values: list[str], place: int) -> Callable[[random.Random], str]:
    """Rows with one of these values in a cell, with something of its own around it."""

    def made(rng: random.Random) -> str:
        cells = [f"w{rng.randrange(10**6)}", "2026-01-05", "5", "note"]
        cells[place] = rng.choice(["", " ", "'"]) + rng.choice(values) + rng.choice(["", " ", str(rng.randrange(10))])
        return ",".join(cells)

    return made


def coded(rng: random.Random) -> str:
    """A row with a personal identity code somewhere in it."""
    birth, number = f"{rng.randint(1, 28):02}{rng.randint(1, 12):02}{rng.randint(0, 99):02}", f"{rng.randint(2, 899):03}"
    check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(birth + number) % 31]
    cells = [f"h{rng.randrange(10**6)}", "2026-01-05", "5", "note"]
    cells[rng.choice([0, 3])] += f" {birth}{rng.choice('-+ABCDEFYXWVU')}{number}{check}"
    return ",".join(cells)


ROWS: dict[str, Callable[[random.Random], str]] = {
    "quotes": quoted,
    "ragged": ragged,
    "nul": with_cell(["\x00" + "words " * 40, "a\x00b" * 2 + "words " * 40], 3),
    "dates": with_cell(_DATES, 1),
    "numbers": with_cell(_NUMBERS, 2),
    "texts": with_cell(_TEXTS, 3),
    "contacts": with_cell(_CONTACTS, 0),
    "personal codes": coded,
}


@pytest.mark.parametrize("name", ROWS)
def test_bad_rows_cost_themselves(tmp_path, name):
    """Fifty bad rows, each after a good one: all good ones come in but those that a stray quote may have joined to a bad one, and no record is lost."""
    rng = random.Random(name)
    good = GOOD.splitlines()
    lines = [line for n in range(EACH) for line in (good[n % 10], ROWS[name](rng))]
    report, accepted, rejected = staged(tmp_path, "\n".join([HEADER, *lines]) + "\n")
    assert report["received"] == len(accepted) + len(rejected)
    from_good = [row for row in accepted if row["node_value"] in {str(n) for n in range(1, 11)}]
    assert len(from_good) >= EACH - (EACH // 5 if name == "quotes" else 0)
    if name != "quotes":
        assert report["received"] == 2 * EACH
    if name == "personal codes":
        assert report["masked"] == EACH


# --- whole files ---------------------------------------------------------------------------------


def encoded(rng: random.Random) -> bytes:
    """A text in some encoding, with bytes in it that are none of its."""
    data = bytearray(
        (f"{HEADER}\n" + GOOD.replace("fine", "hyvää €")).encode(rng.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be"]))
    )
    for _ in range(rng.randint(0, 4)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def line_ended(rng: random.Random) -> bytes:
    """Line ends of every sort, mixed."""
    return "".join(line + rng.choice(["\n", "\r\n", "\r", "\n\n", "\r\r\n"]) for line in (HEADER, *GOOD.splitlines())).encode()


def headed(rng: random.Random) -> bytes:
    """Headers that are repeated, differ in case, are empty, hold separators, or are thousands."""
    labels = [
        rng.choice(["customer_id", "Customer_ID", "", " ", '"a,b"', "ordered_at", "total", "tötäl", "1", "x" * 300, '"q""q"'])
        for _ in range(4)
    ]
    if rng.random() < 0.1:
        labels += [f"c{n}" for n in range(rng.choice([100, 600, 3000]))]
    return (",".join(labels) + "\n" + GOOD).encode()


def cut_off(rng: random.Random) -> bytes:
    """A file that was not written to its end."""
    data = f'{HEADER}\n{GOOD}11,2026-01-01,5,"two\nlines ""quoted"""\n{GOOD}'.encode()
    return data[: rng.randrange(1, len(data))]


def lines_of_json(rng: random.Random) -> bytes:
    """JSON that is too deep, says a name twice, holds numbers that are none, is cut or runs together."""
    deep = rng.choice([50, 300, 3000])
    items = [
        '{"customer_id": "a", "n": ' + "[" * deep + "]" * deep + "}",
        '{"customer_id": "a", "customer_id": "b"}',
        '{"customer_id": "a", "total": NaN, "x": -Infinity}',
        '{"customer_id": "a", "total": 1e400}',
        '{"customer_id": ' + "9" * rng.choice([30, 400, 5000]) + "}",
        '{"customer_id": "\\ud800", "ordered_at": "2026-01-01"}',
        '{"customer_id": "a"',
        '{"customer_id": "a"}{"customer_id": "b"}',
        '{"customer_id": "nul\\u0000"}',
        "[]",
        "null",
        '"text"',
        "{}",
    ]
    lines = [json.dumps({"customer_id": str(n), "ordered_at": "2026-01-01", "total": n}) for n in range(5)]
    for _ in range(rng.randint(1, 4)):
        lines.insert(rng.randint(1, len(lines)), rng.choice(items))
    text = "\n".join(lines)
    return (rng.choice(["", "\ufeff"]) + (f"[{','.join(lines)}]" if rng.random() < 0.2 else text)).encode("utf-8", "surrogatepass")


def parquet(rng: random.Random) -> bytes:
    """A Parquet file with some bytes that are not what was written."""
    data = bytearray(_PARQUET[rng.randrange(len(_PARQUET))])
    for _ in range(rng.choice([0, 1, 3, 20])):
        data[rng.randrange(4, len(data))] = rng.randrange(256)
    return bytes(data[: rng.randrange(8, len(data))] if rng.random() < 0.2 else data)


def _parquet_files(folder: Path) -> list[bytes]:
    made = []
    for number, select in enumerate(
        (
            "SELECT CAST(range AS VARCHAR) AS customer_id, DATE '2026-01-01' AS ordered_at, range * 1.5 AS total FROM range(40)",
            "SELECT range AS customer_id, [[range]] AS nested, {'a': {'b': range}} AS deep, TIMESTAMP '2026-01-01' AS ordered_at FROM range(3)",
            "SELECT CAST(range AS DECIMAL(38,10)) AS total, NULL AS customer_id FROM range(5)",
            "SELECT 1 AS customer_id WHERE false",
        )
    ):
        path = folder / f"whole-{number}.parquet"
        duckdb.connect().sql(select).write_parquet(str(path))
        made.append(path.read_bytes())
    return made


_PARQUET: list[bytes] = []


def packed(rng: random.Random) -> bytes:
    """A gzip that is cut, has more behind it, is packed twice, holds nothing or far too much."""
    inner = f"{HEADER}\n{GOOD}".encode()
    whole = gzip.compress(inner)
    changed = bytearray(whole)
    changed[rng.randrange(2, len(changed))] ^= 1 << rng.randrange(8)
    bomb = gzip.compress(b"0" * (1 << 20)) * rng.choice([1, 120])
    return rng.choice(
        [whole[: rng.randrange(2, len(whole))], whole + b"more", gzip.compress(whole), gzip.compress(b""), bytes(changed), bomb, whole]
    )


def workbook(rng: random.Random) -> bytes:
    """A workbook with damaged parts, entities that grow, paths that lead outside, or no sheet at all."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate([HEADER, *GOOD.splitlines()]):
            sheet.write_row(row, 0, line.split(","))
    data = out.getvalue()
    kind = rng.randrange(5)
    if kind == 4:
        return data
    if kind == 0:
        changed = bytearray(data)
        for _ in range(rng.randint(1, 30)):
            changed[rng.randrange(4, len(changed))] = rng.randrange(256)
        return bytes(changed)
    if kind == 1:
        return data[: rng.randrange(30, len(data))]
    entity = '<!DOCTYPE x [<!ENTITY a "' + "b" * 100 + '"><!ENTITY c "&a;&a;&a;&a;"><!ENTITY e SYSTEM "file:///etc/passwd">]>'
    evil = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(evil, "w") as target:
        for item in source.namelist():
            body = source.read(item)
            if kind == 2 and item.endswith(".xml"):
                body = body.replace(b"?>", b"?>" + entity.encode(), 1).replace(b"<t>", b"<t>&c;&e;")
            if not (kind == 3 and rng.random() < 0.3):
                target.writestr(item, body)
        target.writestr("../../outside.txt", "x")
    return evil.getvalue()


def noise(rng: random.Random) -> bytes:
    """Bytes that mean nothing, some after the sign of a format."""
    return rng.choice([b"", b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"{", b"[", b"\xff\xfe", b"\x00", b"%PDF"]) + rng.randbytes(
        rng.choice([0, 1, 7, 300, 5000])
    )


FILES: dict[str, Callable[[random.Random], bytes]] = {
    "encodings": encoded,
    "line ends": line_ended,
    "headers": headed,
    "cut": cut_off,
    "json": lines_of_json,
    "parquet": parquet,
    "gzip": packed,
    "xlsx": workbook,
    "noise": noise,
}


@pytest.mark.parametrize("name", FILES)
def test_bad_files_are_accounted_for_or_refused(tmp_path, name):
    """Fifty files of each class; where the standard library can count a text's records too, it counts as many."""
    if not _PARQUET:
        _PARQUET.extend(_parquet_files(tmp_path))
    rng = random.Random(name)
    refused = 0
    for number in range(EACH):
        path, folder = tmp_path / f"file-{number}", tmp_path / f"folder-{number}"
        path.write_bytes(FILES[name](rng))
        folder.mkdir()
        with duckdb.connect(config={"memory_limit": "1GB", "threads": "1"}) as connection:
            try:
                records, text = read(connection, path, folder, lambda _done, _what: None)
            except InputError as error:
                assert error.code and error.message.endswith(".")
                refused += 1
                continue
            found = [n for (n,) in connection.execute("SELECT record FROM raw").fetchall()] + [item.record for item in records.broken]
            assert records.received == len(found) == len(set(found)), f"{name} {number}"
            if records.detected["format"] == "csv" and records.detected["encoding"] == "utf-8" and not records.broken:
                layout = find_layout(text)
                counted = count_by_csv(text, layout.separator, layout.lines_before)
                assert counted in (None, records.received) or b"\r" in path.read_bytes()
    assert refused < EACH or name == "noise"


@pytest.mark.parametrize("name", ["encodings", "headers", "json", "cut"])
def test_some_of_them_go_all_the_way(tmp_path, name):
    """What is read of such a file is staged, or refused in a sentence."""
    rng = random.Random(f"{name} staged")
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            staged(folder, FILES[name](rng))
        except InputError as error:
            assert error.message
