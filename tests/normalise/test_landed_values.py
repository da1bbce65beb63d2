"""What landing makes of contacts, postcodes and money: through real imports, kept beside what came."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from formats.bringing import bring, workspace
from lohko.steps.places import postcode, postcodes_update
from lohko.steps.rates import rates_add
from lohko.steps.read import count
from lohko.steps.retry import retry
from lohko.steps.work import Work, silent
from public_data import DATA

POSTI = DATA / "finland" / "posti_pcf_20260526.json"
PLACES = json.dumps(
    [
        {"postcode": code, "postcode_fi_name": name, "ad_area_fi": region, "municipal_code": number, "municipal_name_fi": town}
        for code, name, region, number, town in (
            ("00100", "HELSINKI", "Helsinki-Uusimaa", "091", "Helsinki"),
            ("33100", "TAMPERE", "Pirkanmaa", "837", "Tampere"),
        )
    ]
).encode()


@pytest.fixture
def work(tmp_path):
    """A workspace; in the end it is made again from its log and must be the same."""
    with workspace(tmp_path) as found:
        yield found


def archived(work: Work, found: dict[str, Any]) -> list[dict[str, Any]]:
    """The accepted rows of an import as the archive has them, by the names of what they say."""
    names = {item["column"]: item["name"] for item in _plan(work, found["batch"])}
    path = work.folder.landing / f"batch-{found['batch']:06}" / "accepted.parquet"
    with duckdb.connect() as connection:
        answer = connection.execute("SELECT * FROM read_parquet(?) ORDER BY record", [str(path)])
        labels = [item[0] for item in answer.description or ()]
        return [{names.get(label, label): value for label, value in zip(labels, row, strict=True)} for row in answer.fetchall()]


def _plan(work: Work, batch: int) -> list[dict[str, Any]]:
    manifest = json.loads(Path(work.folder.landing / f"batch-{batch:06}" / "manifest.json").read_text("utf-8"))
    plan: list[dict[str, Any]] = manifest["plan"]
    return plan


def finds(work: Work, rule: str, as_of: str = "2027-01-01") -> int:
    """How many people a rule finds."""
    return int(count(work, silent, condition=rule, as_of=as_of)["count"])


PEOPLE = (
    "customer_id,email,phone,first_name,postcode,country\n"
    "1,Maija.M+kauppa@GMAIL.com,040 123 4567,A\u0308sa,100,\n"
    "2,maija(at)x.fi,0600 12345,Eino,1010,Austria\n"
    "3,m@hyv\u00e4.fi,+46 70 123 45 67,Bo,2100,FI\n"
)


def test_contacts_and_postcodes(work):
    """In their plain forms, the original beside them where it differs; what is none is no value, counted and kept as it came."""
    found = bring(work, "people.csv", PEOPLE, kind="customers")
    first, second, third = archived(work, found)
    assert (first["email"], first["phone"], first["first_name"], first["postcode"]) == (
        "maija.m+kauppa@gmail.com",
        "+358401234567",
        "\u00c4sa",
        "00100",
    )
    assert (second["email"], second["phone"], second["postcode"]) == (None, None, "1010")
    assert (third["email"], third["phone"], third["postcode"]) == ("m@hyv\u00e4.fi", "+46701234567", "02100")
    assert (found["unfit"], json.loads(second["extra"])) == ({"email": 1, "phone": 1}, {"email": "maija(at)x.fi", "phone": "0600 12345"})
    originals = {key: value for key, value in first.items() if key.endswith("_o") and value}
    assert sorted(originals.values()) == ["040 123 4567", "A\u0308sa", "Maija.M+kauppa@GMAIL.com"]
    assert (finds(work, "reachable by e-mail"), finds(work, "reachable by SMS")) == (2, 2)


def test_places_of_postcodes(work):
    """People who were there before the table get theirs when it comes, later ones when they come; what a source says itself stays."""
    bring(work, "before.csv", PEOPLE + "4,x@x.fi,,Ida,33100,\n", kind="customers", source="a")
    told = postcodes_update(work, silent, stream=io.BytesIO(PLACES), name="p.json")
    assert (told["postcodes"], told["people"]) == (2, 2)
    bring(work, "after.csv", "customer_id,postcode,country\n11,00100,\n12,00100,SE\n13,99999,FI\n", kind="customers", source="b")
    bring(work, "own.csv", "customer_id,postcode,municipality,city\n21,00100,Vantaa,Vantaa\n", kind="customers", source="c")
    assert [finds(work, f"municipality is {name}") for name in ("Helsinki", "Tampere", "Vantaa")] == [2, 1, 1]
    assert [finds(work, f"region is {name}") for name in ("Uusimaa", "Pirkanmaa", "Birkaland")] == [3, 1, 1]
    again = postcodes_update(work, silent, stream=io.BytesIO(PLACES), name="p.json")
    assert again["people"] == 0
    moved = PLACES.replace(b"Tampere", b"Nokia")
    assert postcodes_update(work, silent, stream=io.BytesIO(moved), name="p.json")["people"] == 1
    assert [finds(work, f"municipality is {name}") for name in ("Tampere", "Nokia")] == [0, 1]
    assert postcode(work, silent, code="100")["region_statistics_finland"] == "01"


@pytest.mark.skipif(not POSTI.is_file(), reason=f"Posti's file is not in {POSTI.parent}")
def test_the_whole_table(work):
    """3,779 codes, and a person of each."""
    with POSTI.open("rb") as stream:
        told = postcodes_update(work, silent, stream=stream, name=POSTI.name)
    assert (told["postcodes"], told["municipalities"], told["regions"]) == (3779, 308, 19)
    codes = [item["postcode"] for item in json.loads(POSTI.read_text("utf-8"))]
    bring(
        work, "all.csv", "customer_id,postcode\n" + "".join(f"{n},{code.lstrip('0')}\n" for n, code in enumerate(codes)), kind="customers"
    )
    assert [finds(work, f"region is {name}") for name in ("Uusimaa", "Ahvenanmaa", "Lappi")] == [671, 37, 305]


LINES = (
    "customer_id,order_id,ordered_at,category,unit_price,quantity,unit_cost\n"
    "1,a,2024-08-31 12:00,Coffee,124,1,40\n"
    "1,b,2024-09-01 12:00,Coffee,125.50,1,40\n"
    "1,c,2024-12-31 12:00,Books,110,1,\n"
    "1,d,2025-01-01 00:30,Books,228,2,50\n"
)


def test_vat_by_class_and_day(work):
    """The rate is that of the class of the row's category on its local day; gross and net and the margin stand side by side."""
    found = bring(work, "lines.csv", LINES, kind="order-lines", vat={"": "general", "Books": "books"})
    rows = archived(work, found)
    assert [(row["amount"], row["gross"], row["vat_rate"]) for row in rows] == [
        (Decimal("100.0000"), Decimal("124.0000"), Decimal("24")),
        (Decimal("100.0000"), Decimal("125.5000"), Decimal("25.5")),
        (Decimal("100.0000"), Decimal("110.0000"), Decimal("10")),
        (Decimal("400.0000"), Decimal("456.0000"), Decimal("14")),
    ]
    assert [row["margin"] for row in rows] == [Decimal(60), Decimal(60), None, Decimal(300)]
    assert found["money"] == "net" and "vat_by_table" in [note["code"] for note in found["notes"]]
    assert finds(work, "sum of margin of order_line > 419") == 1 and finds(work, "sum of gross of order_line is 815.50") == 1


def test_a_file_that_tells_its_tax_is_believed(work):
    """What the source states goes before any table; what was paid stands beside it."""
    text = "customer_id,order_id,ordered_at,total,vat\n1,a,2026-01-01,114,14\n2,b,2026-01-01,120,20\n"
    rows = archived(work, bring(work, "orders.csv", text, kind="orders", vat={"": "general"}))
    assert [(row["amount"], row["gross"]) for row in rows] == [(Decimal(100), Decimal(114)), (Decimal(100), Decimal(120))]


def test_rows_in_another_currency(work):
    """At the rate of their local day, with the original beside; without one they wait, and come in when there is one."""
    rates_add(work, silent, currency="USD", day="2026-01-02", rate="1.25")
    text = (
        "customer_id,order_id,ordered_at,total,currency\n"
        "1,a,2026-01-02 00:30,100,USD\n2,b,2026-01-01 23:30,100,USD\n3,c,2026-01-02,7,EUR\n4,d,2026-03-02,9,USD\n5,e,2026-01-10,50,SEK\n"
    )
    found = bring(work, "orders.csv", text, kind="orders")
    assert found["rejected_by_reason"] == {"no_rate": 3}
    rows = [(row["amount"], row["original_total"], row["original_currency"]) for row in archived(work, found)]
    assert rows == [(Decimal("80.0000"), Decimal("100.0000"), "USD"), (Decimal("7.0000"), None, None)]
    assert finds(work, "did order where (original_currency is usd and total is 80)") == 1
    rates_add(work, silent, currency="SEK", day="2026-01-09", rate="10")
    rates_add(work, silent, currency="USD", day="2026-03-01", rate="1.5")
    assert retry(work, silent)["accepted"] == 2
    assert finds(work, "sum of total of order is 5") == 1 and finds(work, "sum of total of order is 6") == 1
