"""Backtests of public data, against the same numbers made by hand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest

from lohko.state.workspace import Settings, create
from lohko.steps.backtest import backtest
from lohko.steps.compare import compare
from lohko.steps.ingest import ingest
from lohko.steps.work import silent
from lohko.wiring import open_work
from public_data import DATA
from steps.rows import bring_in, define


def test_cdnow_repeaters_buy_again_as_published(tmp_path: Path):
    """946 of the 2,357 customers of the CDNOW sample had bought again by the end of September 1997 (Fader, Hardie and Lee 2005).

    What they did in the 39 weeks after is counted from the file, customer by customer.
    """
    file = DATA / "cdnow" / "CDNOW_sample.txt"
    if not file.is_file():
        pytest.skip("the public data 'cdnow' is not beside the project; LOHKO_TEST_DATA names another place")
    days: dict[str, dict[dt.date, float]] = defaultdict(lambda: defaultdict(float))
    for line in file.read_text().splitlines():
        _, who, day, _, dollars = line.split()
        days[who][dt.datetime.strptime(day, "%Y%m%d").date()] += float(dollars)
    rows = [(who, day, round(money, 2)) for who, bought in days.items() for day, money in bought.items()]
    assert len(rows) == 6696
    split, end = dt.date(1997, 10, 1), dt.date(1998, 7, 1)
    repeaters = {who for who, bought in days.items() if sum(day < split for day in bought) >= 2}
    after = {who: sum(money for day, money in bought.items() if split <= day < end) for who, bought in days.items()}
    did = {who for who, bought in days.items() if any(split <= day < end for day in bought)}

    create(tmp_path / "shop", Settings("America/New_York", "USD", "US"))
    with open_work(tmp_path / "shop", silent) as work:
        bring_in(work, "".join(f"c{who},{n},{day},{money}\n" for n, (who, day, money) in enumerate(rows)))
        define(work, repeaters="did order at least 2 times")
        [row] = backtest(work, silent, segment="repeaters", at="1997-10-01", outcome="did order", within="39w")["rows"]

    assert row["too_early"] is None
    assert (row["size"], row["members"]["people"], row["others"]["people"]) == (946, 946, 2357 - 946) == (len(repeaters), 946, 1411)
    assert (row["members"]["did"], row["others"]["did"]) == (len(did & repeaters), len(did - repeaters))
    assert row["members"]["revenue"] == pytest.approx(sum(after[who] for who in repeaters), abs=0.005)
    assert row["others"]["revenue"] == pytest.approx(sum(money for who, money in after.items() if who not in repeaters), abs=0.005)
    assert row["lift"]["low"] > 1


# An invoice with a customer is an order unless all its amounts are negative, as credit notes are. Written from the file alone.
_BY_HAND = """
WITH line AS (
    SELECT CustomerID AS who, InvoiceNo AS invoice, InvoiceDate AS moment, Quantity AS quantity,
        CAST(Quantity AS DECIMAL(18,4)) * CAST(UnitPrice AS DECIMAL(18,4)) AS amount
    FROM read_parquet($file) WHERE CustomerID IS NOT NULL
), invoice AS (
    SELECT who, invoice, min(moment) AS moment, sum(amount) AS total,
        bool_or(amount < 0 OR (amount = 0 AND quantity < 0)) AND NOT bool_or(amount > 0) AS refund
    FROM line GROUP BY who, invoice
), person AS (
    SELECT who, count(*) FILTER (WHERE NOT refund AND moment < $first) >= 3 AS member,
        count(*) FILTER (WHERE NOT refund AND moment >= $first AND moment < $end) > 0 AS did,
        coalesce(sum(total) FILTER (WHERE moment >= $first AND moment < $end), 0) AS revenue
    FROM invoice GROUP BY who HAVING min(moment) < $first
)
SELECT member, count(*), count(*) FILTER (WHERE did), sum(revenue) FROM person GROUP BY member ORDER BY member DESC
"""


@pytest.mark.slow
def test_online_retail_by_the_month(tmp_path: Path, online_retail: Path):
    """Loyal customers of the UCI shop, month by month: two rows are the same as by hand, from the file with one query."""
    file = online_retail / "online_retail.parquet"
    named = {"customer_id": "CustomerID", "order_id": "InvoiceNo", "ordered_at": "InvoiceDate", "product_id": "StockCode"}
    columns = {**named, "quantity": "Quantity", "unit_price": "UnitPrice", "country": "Country"}
    create(tmp_path / "shop", Settings("Europe/London", "GBP", "GB"))
    with open_work(tmp_path / "shop", silent) as work:
        with file.open("rb") as stream:
            ingest(work, silent, stream=stream, name=file.name, kind="order-lines", columns=columns)
        define(work, loyal="did order at least 3 times", quiet="not did order in last 60 days", british='country is "GB"')
        asked = {"segment": "loyal", "outcome": "did order", "within": "90d", "every": "month"}
        rows = backtest(work, silent, at="2011-03-01", until="2011-12-01", **asked)["rows"]
        compared = compare(work, silent, segments=["loyal", "quiet", "british"], as_of="2011-12-10")

    assert [bool(row["too_early"]) for row in rows] == [False] * 7 + [True] * 3
    for row, first in ((rows[0], dt.datetime(2011, 3, 1)), (rows[5], dt.datetime(2011, 8, 1))):
        wanted = {"file": str(file), "first": first, "end": first + dt.timedelta(days=90)}
        by_hand = duckdb.connect().execute(_BY_HAND, wanted).fetchall()
        assert [member for member, *_ in by_hand] == [True, False]
        for side, (_, people, did, revenue) in zip((row["members"], row["others"]), by_hand, strict=True):
            assert (side["people"], side["did"], side["revenue"]) == (people, did, pytest.approx(float(revenue), abs=0.005))
    assert all(row["lift"]["low"] > 1.5 for row in rows[:7])
    sizes = {item["id"]: item["size"] for item in compared["segments"]}
    few = any(item["size"] is None for item in compared["combinations"])
    for name, size in sizes.items():
        told = sum(item["size"] or 0 for item in compared["combinations"] if name in item["segments"])
        assert told <= size if few else told == size
    assert sum(item["size"] or 0 for item in compared["combinations"]) <= compared["population"]
