"""Import of order lines, and of a list of customers, against DuckDB's bare `read_csv` with the types given."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from benchmarks.shop import SETTINGS
from benchmarks.timing import Row, timed
from lohko.landing import log
from lohko.landing.parse import parse
from lohko.landing.stage import Request
from lohko.state.workspace import create
from lohko.steps.ingest import ingest
from lohko.steps.work import silent
from lohko.wiring import open_work

ROWS = {"small": 20_000, "full": 2_000_000}
CUSTOMERS = {"small": 5_000, "full": 300_000}
MAPPING = {
    "customer_id": "CustomerID",
    "order_id": "InvoiceNo",
    "ordered_at": "InvoiceDate",
    "product_id": "StockCode",
    "product_name": "Description",
    "quantity": "Quantity",
    "unit_price": "UnitPrice",
    "country": "Country",
}
_TYPES = {
    "InvoiceNo": "VARCHAR",
    "StockCode": "VARCHAR",
    "Description": "VARCHAR",
    "Quantity": "INTEGER",
    "InvoiceDate": "TIMESTAMP",
    "UnitPrice": "DECIMAL(18,4)",
    "CustomerID": "VARCHAR",
    "Country": "VARCHAR",
}

_OF_CUSTOMERS = {
    "customer_id": "VARCHAR",
    "first_name": "VARCHAR",
    "last_name": "VARCHAR",
    "email": "VARCHAR",
    "phone": "VARCHAR",
    "postcode": "VARCHAR",
    "city": "VARCHAR",
    "country": "VARCHAR",
    "birthday": "DATE",
    "newsletter": "VARCHAR",
    "created_at": "TIMESTAMP",
}
_CUSTOMERS = """
SELECT 100000 + i AS customer_id, 'Etu' || hash(i, 'f') % 2000 AS first_name, 'Suku' || hash(i, 'l') % 20000 AS last_name, 'a' || i || '@example.fi' AS email,
    '+35840' || lpad(CAST(hash(i, 'p') % 10000000 AS VARCHAR), 7, '0') AS phone, lpad(CAST(hash(i, 'z') % 3000 * 10 AS VARCHAR), 5, '0') AS postcode,
    'Turku' AS city, 'FI' AS country, DATE '1950-01-01' + CAST(hash(i, 'b') % 20000 AS INTEGER) AS birthday, CASE WHEN i % 2 = 0 THEN 'yes' ELSE 'no' END AS newsletter,
    TIMESTAMP '2020-01-01' + to_seconds(CAST(hash(i, 't') % 100000000 AS BIGINT)) AS created_at
FROM range(CAST(? AS BIGINT)) AS t(i)
"""

# The shape of Online Retail: 20 lines an order, 6 % refunds, a quarter of the lines without a customer.
_GENERATE = """
SELECT CASE WHEN o % 17 = 0 THEN 'C' ELSE '' END || (536365 + o) AS InvoiceNo, 20000 + hash(i, 'p') % 4000 || CASE WHEN i % 9 = 0 THEN 'B' ELSE '' END AS StockCode,
    'PRODUCT NUMBER ' || hash(i, 'p') % 4000 || ' OF THE SHOP' AS Description,
    CAST((1 + hash(i, 'q') % 24) * CASE WHEN o % 17 = 0 THEN -1 ELSE 1 END AS INTEGER) AS Quantity,
    TIMESTAMP '2024-01-01 08:00:00' + to_seconds(CAST(o * 60000000 // (SELECT max(x // 20) + 1 FROM range(CAST(? AS BIGINT)) AS r(x)) AS BIGINT)) AS InvoiceDate,
    CAST((25 + hash(i, 'u') % 2000) / 100.0 AS DECIMAL(18,2)) AS UnitPrice,
    CASE WHEN o % 4 = 0 THEN NULL ELSE 12000 + CAST(floor(power((hash(o) % 1000000) / 1000000.0, 1.7) * CAST(? AS INTEGER)) AS INTEGER) END AS CustomerID,
    CASE WHEN o % 10 = 0 THEN 'France' ELSE 'United Kingdom' END AS Country
FROM (SELECT i, i // 20 AS o FROM range(CAST(? AS BIGINT)) AS t(i))
"""


def generate(path: Path, rows: int) -> None:
    """A CSV of that many order lines."""
    connection = duckdb.connect()
    connection.sql(_GENERATE, params=[rows, max(rows // 100, 10), rows]).write_csv(str(path), header=True)
    connection.close()


def measure(folder: Path, size: str, real: Path | None) -> list[Row]:
    """The generated file, and the real one when it is there."""
    made = folder / "lines.csv"
    generate(made, ROWS[size])
    rows = _measure(folder, made, f"generated, {ROWS[size]:,} lines")
    made.unlink()
    if real is not None and size == "full":
        rows += _measure(folder, real, "Online Retail, 541,909 lines")
    return [*rows, _of_customers(folder, size)]


def _of_customers(folder: Path, size: str) -> Row:
    """A list of customers who are all new: profiles with their past, consents, and who is one with whom."""
    file, many = folder / "customers.csv", CUSTOMERS[size]
    connection = duckdb.connect()
    connection.sql(_CUSTOMERS, params=[many]).write_csv(str(file), header=True)
    connection.close()
    hand, _ = min(_bare(file, folder / "bare.duckdb", _OF_CUSTOMERS) for _ in range(2))
    whole, report = timed(lambda: _import(file, folder / "import", "customers", {}))
    assert report["new_customers"] == many, report
    shutil.rmtree(folder / "import")
    file.unlink()
    return Row(f"import, {many:,} customers", whole, hand, f"{many / whole:,.0f} customers a second")


def _measure(folder: Path, file: Path, what: str) -> list[Row]:
    hand, lines = min(_bare(file, folder / "bare.duckdb", _TYPES) for _ in range(2))
    staging, report = timed(lambda: _stage(file, folder / "staged"))
    assert report["received"] == lines, (report["received"], lines)
    whole, report = timed(lambda: _import(file, folder / "import", "order-lines", MAPPING))
    assert report["received"] == lines == report["accepted"] + report["duplicate"] + report["rejected"], report
    shutil.rmtree(folder / "import")
    shutil.rmtree(folder / "staged")
    note = f"{lines / whole:,.0f} lines a second"
    return [Row(f"staging, {what}", staging, hand, "parsed, typed, folded, digested"), Row(f"import, {what}", whole, hand, note)]


def _bare(file: Path, database: Path, types: dict[str, str]) -> tuple[float, int]:
    database.unlink(missing_ok=True)
    connection = duckdb.connect(str(database))

    def read() -> int:
        connection.read_csv(str(file), columns=types, header=True).create("lines")
        return int(connection.table("lines").count("*").fetchall()[0][0])

    found = timed(read)
    connection.close()
    database.unlink()
    return found


def _stage(file: Path, folder: Path) -> dict[str, object]:
    folder.mkdir()
    with file.open("rb") as stream:
        incoming = log.receive(stream, file.name, folder)
    request = Request(
        file=str(incoming.path),
        kind="order-lines",
        map=MAPPING,
        file_zone=SETTINGS.timezone,
        currency=SETTINGS.currency,
        workspace_currency=SETTINGS.currency,
        country=SETTINGS.country,
        out=str(folder),
    )
    return parse(request, silent)


def _import(file: Path, path: Path, kind: str, columns: dict[str, str]) -> dict[str, object]:
    create(path, SETTINGS)
    with open_work(path, silent) as work, file.open("rb") as stream:
        return ingest(work, silent, stream=stream, name=file.name, kind=kind, columns=columns)
