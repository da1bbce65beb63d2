"""Every recognised export goes in untouched: told by its headers, with the right rows, people and consents; a copy saved again adds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lohko.base.errors import InputError
from lohko.formats.fields import KINDS
from lohko.formats.recognise import recognise
from lohko.formats.registry import FORMATS
from lohko.landing.records import read
from lohko.state.workspace import Settings, create
from lohko.steps.ingest import ingest
from lohko.steps.work import Work, silent
from lohko.wiring import open_work

FIXTURES = Path(__file__).parent / "fixtures"
MAIJA, VILLE, KAISA, EINO = (f"{name}@example.fi" for name in ("maija", "ville", "kaisa", "eino"))
EMAIL, SMS = "email", "sms"


@dataclass(frozen=True)
class Expected:
    """What must come of a fixture. A consent is purpose, given or taken back, and since when where the file says it."""

    source: str
    kind: str
    accepted: int
    customers: int
    rejected: dict[str, int] = field(default_factory=dict)
    anonymous: int = 0
    revenue: str | None = None
    """Of orders that came about, net of VAT where the file says it and of refunds."""
    consents: dict[str, set[tuple[str, bool, str | None]]] = field(default_factory=dict)


EXPECTED = {
    "shopify-customers": Expected(
        "shopify", "customers", 3, 3,
        consents={
            "6789012345": {(EMAIL, True, None), (SMS, False, None)},
            "6789012346": {(EMAIL, False, None), (SMS, True, None)},
            "6789012347": {(EMAIL, False, None), (SMS, False, None)},
        },
    ),
    "shopify-orders": Expected(
        "shopify", "order-lines", 5, 2, anonymous=1, revenue="127.00",  # 100 net + 27; the refunded and the cancelled are worth nothing
        consents={MAIJA: {(EMAIL, True, "2026-05-01 07:59:00")}, VILLE: {(EMAIL, False, "2026-05-01 07:59:00")}},
    ),
    "woocommerce-customers": Expected("woocommerce", "customers", 2, 2),
    "woocommerce-customers-fi": Expected("woocommerce", "customers", 2, 2),
    "woocommerce-orders": Expected("woocommerce", "orders", 4, 2, revenue="100.00"),  # one was begun and not paid
    "woocommerce-order-lines": Expected("woocommerce", "order-lines", 3, 2, revenue="100.00"),
    "stripe-payments": Expected("stripe", "orders", 6, 2, revenue="160.00"),  # one is of its test mode
    "mycashflow-orders": Expected("mycashflow", "orders", 3, 2, revenue="200.00"),
    "vilkas-orders": Expected("vilkas", "orders", 3, 2, revenue="1040.00"),
    "till-receipts": Expected("till", "order-lines", 4, 2, anonymous=1, revenue="7.2863"),
    "invoices": Expected("invoicing", "orders", 3, 2, revenue="1080.00"),
    "mailchimp-subscribed": Expected(
        "mailchimp", "customers", 3, 3,
        consents={MAIJA: {(EMAIL, True, "2024-01-02 08:05:00")}, VILLE: {(EMAIL, True, "2025-06-01 05:00:00")}},
    ),
    "mailchimp-unsubscribed": Expected(
        "mailchimp", "customers", 3, 3,
        consents={
            MAIJA: {(EMAIL, True, "2024-01-02 08:05:00"), (EMAIL, False, "2026-02-01 06:00:00")},
            VILLE: {(EMAIL, False, "2026-02-02 06:00:00")},
            KAISA: {(EMAIL, True, "2024-01-02 08:05:00"), (EMAIL, False, "2026-03-01 07:00:00")},  # when she left is not said
        },
    ),
    "mailchimp-cleaned": Expected("mailchimp", "customers", 1, 1),
    "brevo-contacts": Expected(  # as of when the contact was changed
        "brevo", "customers", 3, 3,
        consents={MAIJA: {(EMAIL, False, "2022-04-06 07:00:00")}, KAISA: {(SMS, False, "2023-02-01 21:59:00")}},
    ),
    "klaviyo-profiles": Expected(
        "klaviyo", "customers", 3, 3,
        consents={
            MAIJA: {(EMAIL, True, "2025-01-02 10:00:00"), (SMS, True, "2025-01-03 10:00:00")},
            VILLE: {(EMAIL, False, "2025-05-05 05:05:05")},
            KAISA: {(SMS, False, None)},
        },
    ),
    "activecampaign-contacts": Expected(
        "activecampaign", "customers", 4, 4, consents={MAIJA: {(EMAIL, True, None)}, VILLE: {(EMAIL, False, None)}}
    ),
    "kit-subscribers": Expected(
        "kit", "customers", 4, 4,
        consents={MAIJA: {(EMAIL, True, None)}, VILLE: {(EMAIL, False, None)}, KAISA: {(EMAIL, False, None)}},
    ),
    "hubspot-contacts": Expected("hubspot", "customers", 3, 3, consents={"502": {(EMAIL, False, None)}}),
    "pipedrive-persons": Expected(
        "pipedrive", "customers", 6, 6, consents={"1": {(EMAIL, True, None)}, "2": {(EMAIL, False, None)}, "5": {(EMAIL, True, None)}}
    ),
    "stripe-customers": Expected("stripe", "customers", 2, 2),
    "paypal-activity": Expected("paypal", "orders", 4, 2, anonymous=1, revenue="125.50"),  # one was paid back, a transfer to the bank is no order
    "square-items": Expected("square", "order-lines", 3, 1, revenue="6.50"),  # net sales are without tax
    "square-customers": Expected(
        "square", "customers", 2, 2, consents={"CUST1": {(EMAIL, True, None)}, "CUST2": {(EMAIL, False, None)}}
    ),
    "salesforce-people": Expected("salesforce", "customers", 2, 2, consents={"00Q2": {(EMAIL, False, None)}}),
    "calendly-events": Expected("calendly", "bookings", 1, 1),
    "trustpilot-reviews": Expected("trustpilot", "events", 1, 1),
    "pipedrive-activities": Expected("pipedrive", "events", 1, 1),
    "google-merchant": Expected("google-merchant", "products", 1, 0),
    "customers": Expected("shop", "customers", 2, 2, consents={MAIJA: {(EMAIL, True, None)}, VILLE: {(EMAIL, False, None)}}),
    "orders": Expected("shop", "orders", 2, 2, revenue="1100.00"),
    "order-lines": Expected("shop", "order-lines", 3, 1, anonymous=1, revenue="39.03"),
    "events": Expected("shop", "events", 3, 2),
}  # fmt: skip
REFUSED = ("ga4-report", "woocommerce-analytics-orders")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """One workspace that all of them go into, as a shop's would."""
    place = tmp_path_factory.mktemp("exports") / "shop"
    create(place, Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(place, silent) as opened:
        yield opened


def bring(work: Work, name: str, data: bytes, **more: Any) -> dict[str, Any]:
    """Import bytes as a file whose headers tell what it is."""
    return ingest(work, silent, stream=BytesIO(data), name=name, **more)


@pytest.mark.parametrize("stem", EXPECTED)
def test_an_export_goes_in_untouched_and_a_copy_of_it_adds_nothing(work, stem):
    """Rows, people, revenue and consents are those that the file says; saved again with other line ends it is all known."""
    data, wanted = (FIXTURES / f"{stem}.csv").read_bytes(), EXPECTED[stem]
    found = bring(work, f"{stem}.csv", data)
    assert (found["kind"], found["rejected_by_reason"], found["anonymous"]) == (wanted.kind, wanted.rejected, wanted.anonymous)
    assert (found["accepted"], found["customers"]) == (wanted.accepted, wanted.customers)
    assert found["unfit"] == {}
    assert found["recognised"] is not None
    assert source_of(work, found["batch"]) == wanted.source
    assert consents(work, found["batch"]) == wanted.consents
    if wanted.revenue is not None:
        assert revenue(work, found["batch"], wanted.kind) == Decimal(wanted.revenue)
    again = bring(work, f"{stem} again.csv", data.replace(b"\n", b"\r\n"))
    assert not again["already_imported"]
    assert (again["accepted"], again["new_customers"], again["rejected"]) == (0, 0, 0)
    assert again["duplicate"] == wanted.accepted


def source_of(work: Work, batch: int) -> str:
    """The source that a batch's people came from."""
    with work.state.connect() as connection:
        return str(connection.exec_driver_sql("SELECT source FROM batch WHERE number = ?", (batch,)).scalar())


def consents(work: Work, batch: int) -> dict[str, set[tuple[str, bool, str | None]]]:
    """What a batch said of whose consent, by the customer's own identifier."""
    rows = work.store.cursor().execute(
        "SELECT n.value, c.purpose, c.given, CASE WHEN c.dated THEN CAST(c.effective_at AS VARCHAR) END"
        " FROM consent AS c JOIN node AS n ON n.node = c.node WHERE c.batch = ?",
        [batch],
    )
    found: dict[str, set[tuple[str, bool, str | None]]] = {}
    for value, purpose, given, at in rows.fetchall():
        found.setdefault(value, set()).add((purpose, given, at))
    return found


def revenue(work: Work, batch: int, kind: str) -> Decimal:
    """What the orders of a batch that came about were worth, less what was given back of them."""
    table = "line_row" if kind == "order-lines" else "header_row"
    sql = f"SELECT sum(amount - coalesce(refunded, 0)) FROM {table} WHERE batch = ? AND NOT cancelled"
    return Decimal(work.store.cursor().execute(sql, [batch]).fetchall()[0][0])


def headers(path: Path, tmp_path: Path) -> list[str]:
    """The headers of a file of any format."""
    connection = duckdb.connect()
    try:
        return read(connection, path, tmp_path, lambda _done, _what: None)[0].labels
    finally:
        connection.close()


def test_every_format_has_a_fixture(tmp_path):
    """A format without a file that is recognised as it has not been tried."""
    files = [path for path in sorted(FIXTURES.iterdir()) if path.is_file()]
    found = [recognise(headers(path, tmp_path)) for path in files]
    assert {one.key for one in FORMATS} <= {items[0].format.key for items in found if items}


@pytest.mark.parametrize("stem", REFUSED)
def test_a_report_without_people_is_refused_with_what_to_use_instead(work, stem):
    """Its sums name nobody; the answer says so, and nothing of it is kept."""
    with pytest.raises(InputError) as caught:
        bring(work, f"{stem}.csv", (FIXTURES / f"{stem}.csv").read_bytes())
    assert caught.value.code == "refused_format"
    assert caught.value.hint and "export" in caught.value.hint


def test_formats_are_whole():
    """Keys are told apart, kinds exist, and every header that a format is told by is one that it has or names."""
    assert len({one.key for one in FORMATS}) == len(FORMATS)
    for one in FORMATS:
        assert set(one.kinds) <= set(KINDS), one.key
        assert one.where and one.source and one.needs, one.key
