"""The demo shop comes in by the same road as a user's files."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pytest

from lohko.demo.files import CUSTOMER_HEADERS, ORDER_HEADERS
from lohko.demo.shop import write_shop
from lohko.starter import usable
from lohko.state.workspace import Settings, create
from lohko.steps import read, segments
from lohko.steps.ingest import ingest
from lohko.wiring import open_work

UNTIL = dt.date(2026, 11, 25)
AS_OF = UNTIL.isoformat()


def quiet(_done: float, _what: str) -> None:
    pass


@pytest.fixture(scope="module")
def road(tmp_path_factory) -> Iterator[tuple]:
    """A workspace that holds a small shop; with it the files and the reports of their imports."""
    folder = tmp_path_factory.mktemp("demo")
    create(folder / "workspace", Settings("Europe/Helsinki", "EUR", "FI"))
    files = write_shop(folder / "files", customers=600, until=UNTIL)
    with open_work(folder / "workspace", quiet) as work:
        reports = []
        for file in files:
            with file.path.open("rb") as stream:
                arguments = {"name": file.path.name, "kind": file.kind, "source": file.source, **file.arguments}
                reports.append(ingest(work, quiet, stream=stream, **arguments))
        yield work, files, reports


def test_the_books_of_every_file_balance_and_only_what_was_planted_is_rejected(road):
    """Every record is accounted for, by the reasons that were planted and no others."""
    _work, files, reports = road
    for file, report in zip(files, reports, strict=True):
        assert report["received"] == file.records == report["accepted"] + report["duplicate"] + report["rejected"]
        assert report["rejected_by_reason"] == file.rejected
        assert report["duplicate"] == file.repeated
    assert 15 <= reports[1]["rejected"] <= 30 and len(reports[1]["rejected_by_reason"]) >= 6
    assert reports[2]["duplicate"] > 0


def test_every_header_is_understood(road):
    """Only the free notes of the register and the events' own properties keep their own names."""
    customers, orders, events = road[2]
    assert customers["unmatched"] == ["Lisätiedot"] and len(customers["mapping"]) == len(CUSTOMER_HEADERS) - 1
    assert orders["unmatched"] == [] and len(orders["mapping"]) == len(ORDER_HEADERS)
    assert set(events["unmatched"]) == {f"properties.{name}" for name in ("price", "quantity", "device", "campaign", "subject")}
    assert events["mapping"].keys() >= {"event", "customer_id", "occurred_at", "message_id", "product_id", "category", "brand"}
    assert customers["detected"]["encoding"] == "cp1252" and orders["detected"]["decimal"] == ","


def test_what_does_not_fit_is_what_was_planted(road):
    """Two birthdays that are none, two personal identity codes that are masked; nothing else is lost or masked."""
    customers, orders, events = road[2]
    assert customers["unfit"] == {"Syntymäaika": 2} and customers["masked"] == 2
    for report in (orders, events):
        assert report["unfit"] == {} and report["masked"] == 0
    for report in road[2]:
        assert report["unknown_codes"] == {} and report["times"] == {"twice": 0, "missing": 0}


def test_orders_and_events_are_of_customers_in_the_register(road):
    """Three files, one shop: nobody is new in the second and third."""
    customers, orders, events = road[2]
    assert customers["new_customers"] == customers["customers"] == 600
    assert (orders["new_customers"], events["new_customers"]) == (0, 0)
    assert min(orders["refunds"], orders["cancelled"], orders["anonymous"]) > 0
    assert 0.75 < orders["customers"] / 600 < 0.95


def test_every_rfm_group_and_every_ready_made_segment_holds_someone_and_none_holds_everyone(road):
    """What the first page shows is not empty."""
    work = road[0]
    groups = [group["customers"] for group in read.rfm(work, quiet, as_of=AS_OF)["groups"]]
    assert len(groups) == 12 and min(groups) > 0 and 580 < sum(groups) <= 600  # a few have two accounts and are one person
    segments.apply(work, quiet, files=dict(usable(set(work.schema().events))))
    sizes = {item["id"]: item["size"] for item in segments.segments(work, quiet, as_of=AS_OF)["segments"]}
    assert len(sizes) >= 20
    assert {name: size for name, size in sizes.items() if not 0 < size < 600} == {}


def test_postcodes_that_lost_their_zeros_get_them_back(road):
    """Who lives in 00100 and 02100 is found, however the register wrote it."""
    work, files, _reports = road
    written = Counter(line.split(";")[7] for line in files[0].path.read_text(encoding="cp1252").splitlines()[1:])
    short = {code: n for code, n in written.items() if code.isdigit() and len(code) in (3, 4)}
    assert short
    for code in short:
        whole = code.zfill(5)
        found = read.count(work, quiet, condition=f'postcode is "{whole}"', as_of=AS_OF)["count"]
        assert 0 <= short[code] + written[whole] - found <= 2  # a person with two accounts is counted once
