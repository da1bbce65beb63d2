"""Figures that others published, from the public data, through the import and the engine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lohko.state.workspace import Settings, create
from lohko.steps.ingest import ingest
from lohko.steps.read import rfm
from lohko.steps.work import silent
from lohko.wiring import open_work

CUTS = "cuts: {recency_days: [115, 181, 297.4, 482], frequency: [4, 5, 6, 8], monetary: [255.8, 382, 506.4, 666]}"


def test_fixed_cut_points_give_the_scores_of_the_rfm_package(tmp_path: Path, rfm_r: Path):
    """995 customers and 4,906 orders of the R package rfm: its scores of single customers, and how many have each."""
    file = rfm_r / "rfm_data_orders.csv"
    create(tmp_path / "shop", Settings("UTC", "USD", "US"))
    with open_work(tmp_path / "shop", silent) as work:
        with file.open("rb") as stream:
            books = ingest(work, silent, stream=stream, name=file.name, kind="orders", columns={"total": "revenue"})
        assert (books["accepted"], books["customers"]) == (4906, 995)
        found = rfm(work, silent, as_of="2006-12-31", rules=CUTS)
    by_name = {row["customer"]: row for row in found["customers"]}
    for name, values, scores in (
        ("Abbey O'Reilly", (205, 6, 472), (3, 4, 3)),
        ("Add Senger", (140, 3, 340), (4, 1, 2)),
        ("Aden Lesch", (194, 4, 405), (3, 2, 3)),
        ("Aden Murphy", (98, 7, 596), (5, 4, 4)),
        ("Admiral Senger", (132, 5, 448), (4, 3, 3)),
    ):
        row = by_name[name]
        assert (row["recency_days"], row["frequency"], row["monetary"]) == values
        assert (row["r"], row["f"], row["m"]) == scores
    counts = {score: [Counter(row[score] for row in found["customers"])[level] for level in range(1, 6)] for score in "rfm"}
    assert counts == {"r": [197, 200, 199, 199, 200], "f": [268, 187, 176, 244, 120], "m": [200, 200, 198, 202, 195]}


@pytest.mark.slow
def test_online_retail_by_month_and_at_the_top(tmp_path: Path, online_retail: Path):
    """Revenue of every month, one-time and repeat buyers, and the largest customers of the UCI data, as published."""
    from lohko.steps.read import count

    create(tmp_path / "shop", Settings("Europe/London", "GBP", "GB"))
    named = {"customer_id": "CustomerID", "order_id": "InvoiceNo", "ordered_at": "InvoiceDate", "product_id": "StockCode"}
    with open_work(tmp_path / "shop", silent) as work:
        with (online_retail / "online_retail.parquet").open("rb") as stream:
            ingest(
                work,
                silent,
                stream=stream,
                name="online_retail.parquet",
                kind="order-lines",
                columns={**named, "quantity": "Quantity", "unit_price": "UnitPrice", "country": "Country"},
            )
        rows = rfm(work, silent, as_of="2011-12-10", refunds="ignore")["customers"]
        buyers = [row for row in rows if row["frequency"]]
        assert (sum(row["frequency"] == 1 for row in buyers), sum(row["frequency"] > 1 for row in buyers)) == (1493, 2845)
        top = sorted(buyers, key=lambda row: -row["monetary"])[:3]
        assert [(row["customer"], row["monetary"]) for row in top] == [("14646", 280206.02), ("18102", 259657.30), ("17450", 194550.79)]
        assert round(sum(row["monetary"] for row in buyers), 2) == 8911407.90
        active = [count(work, silent, condition=f"did order where total > 0 between {first} and {last}")["count"] for first, last in MONTHS]
        assert active == [885, 741, 758, 974, 856, 1056, 991, 949, 935, 1266, 1364, 1664, 615]
        united_kingdom = "did order where total > 0 and country is 'United Kingdom'".replace("'", '"')
        assert count(work, silent, condition=united_kingdom, as_of="2011-12-10")["count"] in range(3915, 3925)


MONTHS = [("2010-12-01", "2010-12-31")] + [
    (f"2011-{month:02}-01", f"2011-{month:02}-{last}")
    for month, last in zip(range(1, 13), (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True)
]
