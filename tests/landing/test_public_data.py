"""Public data sets, in their original form, come in as a shop owner would bring them, to the last row."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lohko.base.errors import InputError
from lohko.landing.parse import parse
from lohko.landing.request import Request
from public_data import DATA


def brought(tmp_path: Path, name: str, kind: str, columns: str = "", **more: Any) -> tuple[dict, duckdb.DuckDBPyRelation]:
    """The report of a public file and its accepted rows; skipped when it is not beside the project."""
    source, out = DATA / name, tmp_path / "out"
    if not source.is_file():
        pytest.skip(f"{name} of the public data is not beside the project")
    out.mkdir(exist_ok=True)
    given = dict(part.split("=") for part in columns.split(",")) if columns else {}
    request = Request(file=str(source), kind=kind, map=given, out=str(out), **{"file_zone": "Europe/Helsinki", **more})
    report = parse(request, lambda _done, _what: None)
    assert report["received"] == report["accepted"] + report["rejected"]
    return report, duckdb.connect().read_parquet(str(out / "accepted.parquet"))


def records(name: str) -> int:
    """How many data records the standard library's csv sees in a file."""
    opened = gzip.open if name.endswith(".gz") else open
    with opened(DATA / name, "rt", encoding="utf-8", newline="") as stream:
        return sum(1 for row in csv.reader(stream) if row) - 1


RETAIL = "customer_id=CustomerID,order_id=InvoiceNo,ordered_at=InvoiceDate,product_id=StockCode,quantity=Quantity,unit_price=UnitPrice"


@pytest.mark.parametrize("name", ["online_retail/online_retail.parquet", "online_retail/online_retail.csv.gz"])
def test_a_shop_of_half_a_million_lines_is_read_whole(tmp_path, name):
    """541,909 lines, 135,080 of them without a customer, 4,372 customers, and the same digests from every format."""
    report, rows = brought(tmp_path, name, "order-lines", RETAIL, file_zone="Europe/London")
    assert (report["received"], report["accepted"], report["anonymous"]) == (541_909, 541_909, 135_080)
    found = rows.aggregate(
        "count(DISTINCT node_value), sum(amount), md5(string_agg(replace(CAST(digest AS VARCHAR), '-', ''), '' ORDER BY record))"
    ).fetchall()[0]
    assert (found[0], str(found[1])) == (4372, "9747747.9340")
    assert found[2] == "e7ee8f152eb574d721c860f0715c07b5"


def test_orders_without_a_map(tmp_path):
    """Names as ids, one row an order."""
    report, rows = brought(tmp_path, "rfm_r/rfm_data_orders.csv", "orders")
    assert report["received"] == report["accepted"] == records("rfm_r/rfm_data_orders.csv") == 4906
    assert rows.aggregate("count(DISTINCT node_value)").fetchall() == [(995,)]


def test_a_table_without_headers_and_with_blanks_between_its_columns(tmp_path):
    """The CDNOW sample: 6,919 transactions of 2,357 customers, $244,091.94."""
    report, rows = brought(
        tmp_path, "cdnow/CDNOW_sample.txt", "orders", "customer_id=column 2,ordered_at=column 3,quantity=column 4,total=column 5"
    )
    assert report["accepted"] == 6919
    assert [str(n) for n in rows.aggregate("count(DISTINCT node_value), sum(amount)").fetchall()[0]] == ["2357", "244091.9400"]


def test_deals_whose_years_have_two_digits(tmp_path):
    """2,089 deals are still open: they have no closing day and are kept as such."""
    given = "customer_id=account,order_id=opportunity_id,ordered_at=close_date,total=close_value,status=deal_stage"
    report, _ = brought(tmp_path, "maven_crm/sales_pipeline.csv", "orders", given)
    assert report["received"] == records("maven_crm/sales_pipeline.csv") == 8800
    assert report["rejected_by_reason"] == {"no_time": 2089}
    assert (report["first_at"], report["last_at"]) == ("2017-02-28T22:00:00Z", "2017-12-30T22:00:00Z")


CUSTOMERS = {
    "rfm_r/rfm_data_customer.csv.gz": (39_999, ""),
    "mall/Mall_Customers.csv": (200, ""),
    "customer_personality/marketing_campaign.csv": (2240, ""),
    "febrl/dataset2.csv": (5000, ""),
    "maven_crm/accounts.csv": (85, "customer_id=account"),
    "cdnow/cdnow_customers_summary_with_transactions.csv": (2357, ""),
    "splink/fake_1000.csv": (1000, "customer_id=unique_id"),
}


@pytest.mark.parametrize("name", CUSTOMERS)
def test_lists_of_customers(tmp_path, name):
    """A mark at the beginning, blanks after separators, a last line without an end, numbers as ids."""
    count, given = CUSTOMERS[name]
    report, rows = brought(tmp_path, name, "customers", given)
    assert report["received"] == report["accepted"] == count
    assert rows.aggregate("count(DISTINCT node_value)").fetchall() == [(count,)]


def test_dates_of_joining_are_told_by_a_day_above_twelve(tmp_path):
    """Month first, as a spreadsheet in America wrote it: 2012-07-30 to 2014-06-29."""
    report, rows = brought(tmp_path, "customer_personality/marketing_campaign.csv", "customers")
    joined = next(c for c in report["columns"] if c["name"] == "dt_customer")
    assert joined["type"] == "date"
    found = rows.aggregate(f"min({joined['column']}), max({joined['column']}), count({joined['column']})").fetchall()[0]
    assert [str(value) for value in found] == ["2012-07-30", "2014-06-29", "2240"]


def test_a_stream_of_events(tmp_path):
    """31,106 events of 600 users, 470 of them purchases."""
    report, rows = brought(tmp_path, "retentioneering/ecom.csv.gz", "events")
    assert report["accepted"] == records("retentioneering/ecom.csv.gz") == 31_106
    assert rows.aggregate("count(DISTINCT node_value)").fetchall() == [(600,)]
    assert len(report["events"]) == 19


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("hillstrom/hillstrom.csv", "customers"),
        ("hillstrom/hillstrom.csv", "orders"),
        ("wholesale/Wholesale customers data.csv", "customers"),
        ("online_shoppers/online_shoppers_intention.csv", "events"),
        ("mcdonalds_survey/mcdonalds.csv", "customers"),
    ],
)
def test_a_file_that_does_not_say_who_its_customers_are_is_refused_in_a_sentence(tmp_path, name, kind):
    """It is asked for by name, with the columns there are."""
    with pytest.raises(InputError) as caught:
        brought(tmp_path, name, kind)
    assert caught.value.code == "missing_field"
    assert "customer_id" in caught.value.message and "cannot be imported" in (caught.value.hint or "")
