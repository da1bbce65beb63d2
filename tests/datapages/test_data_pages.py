"""The pages about the data: sources, imports and what was rejected, contracts, the review; in both languages and as forms send them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lohko.model.identity import parse_identity
from lohko.sources.registry import KINDS
from lohko.state.identity_rules import save_identity
from lohko.steps.books import books
from lohko.steps.contracts import contracts
from lohko.steps.review import review_list
from lohko.steps.sources import source_list
from lohko.steps.work import Work, silent
from lohko.web import data_words
from lohko.web.data_words import DataWords
from lohko.web.language import texts
from lohko.web.source_words import SAID, SETTINGS
from web.small_shop import bring_in, browsing, new_workspace, opened

PAGES = ("/sources", "/source-kinds/woocommerce", "/import", "/imports/2/rejected", "/quality", "/quality?source=shop&attribute=email", "/contracts",
         "/contracts/shop/customers", "/review", "/review?others=1")  # fmt: skip
CUSTOMERS = "customer_id,email,name,birthday,city\n1,a@x.fi,Maija Meri,1980-01-01,Turku\n2,A@x.fi,Maija Meri,1981-02-02,Oulu\n3,c@x.fi,Kalle Kivi,,\n4,c@x.fi,Liisa Lampi,,\n"
ORDERS = "customer_id,order_id,ordered_at,total,when\n1,a,2026-01-05,5,\n1,b,31.12.2025,6,\n,c,2026-01-07,7,\n2,d,soon,8,2026-01-08\n3,e,2026-01-09,plenty,\n"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("data-pages") / "shop")) as found:
        with found.state.begin() as connection:
            save_identity(connection, parse_identity("automatic: false"))
        bring_in(found, CUSTOMERS, "customers", "people.csv")
        bring_in(found, ORDERS, "orders", "orders.csv")
        yield found


@pytest.fixture(scope="module")
def client(work: Work) -> Iterator[TestClient]:
    with browsing(work) as found:
        yield found


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens_in_both_languages(client: TestClient, address: str) -> None:
    for language in ("en", "fi"):
        answer = client.get(address, headers={"accept-language": language})
        assert answer.status_code == 200 and answer.headers["content-language"] == language


def test_what_kinds_of_sources_say_is_known_to_the_pages() -> None:
    """A new kind's settings, streams and scopes are there to be translated."""
    said = (
        {kind.title for kind in KINDS.values()}
        | {kind.scopes for kind in KINDS.values()}
        | {item.what for kind in KINDS.values() for item in kind.streams}
    )
    said |= {item.meaning for kind in KINDS.values() for item in kind.settings}
    assert said <= SAID and said >= SAID
    assert {item.name for kind in KINDS.values() for item in kind.settings} == set(SETTINGS)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("REVIEW", {"two birthdays", "names differ", "kept apart", "too many records", "two customer numbers of one source", "alike"}),
        ("CAUSES", {"first", "rule", "merge", "unmerge", "data", "others", "time"}),
        ("FLAGS", {"no_marketing", "no_profiling", "restricted"}),
    ],
)
def test_tables_of_words_hold_the_names_of_the_code(table: str, names: set[str]) -> None:
    assert names <= set(getattr(data_words, table))


def test_a_source_is_added_tested_synced_scheduled_and_removed(work: Work, client: TestClient, tmp_path: Path) -> None:
    """A folder of files, from the form to its rows; its page says what came and how it went."""
    answer = client.post("/source-kinds/folder", data={"name": "Till!", "set-path": str(tmp_path), "set-as": "orders"})
    assert answer.status_code == 400 and "Till!" in answer.text and str(tmp_path) in answer.text
    (tmp_path / "till.csv").write_text("customer_id,order_id,ordered_at,total\n9,z,2026-02-01,9\n9,y,never,1\n", encoding="utf-8")
    settings = {"set-path": str(tmp_path), "set-as": "orders", "set-quiet_seconds": "0", "set-pattern": "*.csv"}
    page = client.post("/source-kinds/folder", data={"name": "till", "schedule": "0 * * * *", **settings}).text
    assert "not asked yet" in page and "every hour" in page
    assert "It answers." in client.post("/sources/till/test").text
    assert "tiedostoja tai tietueita: " in client.post("/sources/till/test", headers={"accept-language": "fi"}).text
    synced = text(client.post("/sources/till/sync").text)
    assert "2 rows came in." in synced and "Accepted 1, known already 0, rejected 1." in synced and "in order" in synced
    assert "Nothing new was there." in client.post("/sources/till/sync").text
    (tmp_path / "odd.csv").write_text("p,q\n1,2\n", encoding="utf-8")
    for said in ("1 of its files could not be used: odd.csv.", "Nothing new was there."):
        page = text(client.post("/sources/till/sync").text)
        assert said in page and "1 file could not be used and was left out: odd.csv" in page
    assert "1 tiedostoa ei voitu käyttää, ja se jäi pois: odd.csv" in text(
        client.get("/sources/till", headers={"accept-language": "fi"}).text
    )
    refused = client.post("/sources/till/schedule", data={"own_schedule": "now and then"})
    assert refused.status_code == 400
    client.post("/sources/till/schedule", data={"schedule": "0 3 * * *"})
    assert source_list(work, silent)["sources"][0]["schedule"] == "0 3 * * *"
    assert "till" in client.get("/sources").text
    client.post("/sources/till/remove")
    assert source_list(work, silent)["sources"] == []
    assert client.get("/sources/till").status_code == 404


def test_a_secret_is_named_and_never_shown(work: Work, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret itself, or the name of another variable of the machine, is refused; what is kept is not on any page."""
    form = {"name": "shop-api", "set-address": "https://shop.example", "set-secret": "LOHKO_SOURCE_SECRET"}
    for wrong in ("ck_12345", "env:HOME", "PATH", "file:/etc/hostname"):
        answer = client.post("/source-kinds/woocommerce", data={**form, "set-key": wrong})
        assert answer.status_code == 400 and "environment variable" in answer.text, wrong
    page = client.post("/source-kinds/woocommerce", data={**form, "set-key": "LOHKO_SOURCE_KEY"}).text
    assert "set, and not shown" in page and "LOHKO_SOURCE_KEY" not in page
    assert source_list(work, silent)["sources"][0]["settings"]["key"] == "env:LOHKO_SOURCE_KEY"
    monkeypatch.delenv("LOHKO_SOURCE_KEY", raising=False)
    assert "It does not answer as it should." in client.post("/sources/shop-api/test").text
    client.post("/sources/shop-api/remove")


def test_rejected_rows_are_mended_by_another_column_and_another_order(work: Work, client: TestClient) -> None:
    """Rows stand by reason with where they are; with the column of the time corrected one more comes in, and the books balance."""
    page = client.get("/imports/2/rejected").text
    assert "The time cannot be read as a date" in page and "A price or quantity is not a number" in page
    places = dict(re.findall(r'id="column-(\d+)-h">([^<]+)<', page))
    chosen = {"customer_id": "customer_id", "order_id": "order_id", "when": "ordered_at", "total": "total"}
    form = {f"column-{place}": chosen.get(header, "") for place, header in places.items()}
    twice = client.post("/imports/2/retry", data={**form, **{f"column-{place}": "total" for place in places}})
    assert twice.status_code == 400
    answer = client.post("/imports/2/retry", data=form)
    assert "1 row came in." in answer.text
    book = next(item for item in books(work, silent)["imports"] if item["batch"] == 2)
    assert book["balanced"] and book["rejected"] == 1 and book["received"] == 5
    [reason] = book["rejected_by_reason"]
    only = client.get(f"/imports/2/rejected?reason={reason}").text
    assert "All reasons" in only and "plenty" in only
    listed = text(client.get("/import").text)
    assert "balanced" in listed and "does not balance" not in listed


def test_a_file_without_identifiers_is_people_of_their_own(work: Work, client: TestClient) -> None:
    """The page of columns offers it where nothing tells who a row is about, and each row becomes a person."""
    answer = client.post(
        "/import", data={"kind": "customers"}, files={"file": ("survey.csv", io.BytesIO(b"age,city\n30,Turku\n40,Oulu\n"))}
    )
    address = answer.url.path
    client.app.state.jobs.get(address.rpartition("/")[2]).thread.join(60)  # type: ignore[attr-defined]
    page = client.get(address).text
    assert 'name="without_ids"' in page
    assert client.post(f"{address}/start", data={"column-1": "city"}).status_code == 400
    client.post(f"{address}/start", data={"column-1": "city", "without_ids": "yes"})
    client.app.state.jobs.get(address.rpartition("/")[2]).thread.join(60)  # type: ignore[attr-defined]
    assert "2 customers" in text(client.get(address).text)


def test_a_contract_is_changed_rule_by_rule_and_as_text(work: Work, client: TestClient) -> None:
    """What a form says is what the contract is; text that is wrong is kept on the page with what is wrong."""
    address = "/contracts/shop/customers"
    client.post(f"{address}/text", data={"text": "{source: shop, kind: customers, fields: {city: {allowed: [Turku, Oulu]}}}"})
    page = client.get(address).text
    assert "is one of the allowed values" in page and "Turku, Oulu" in page
    client.post(f"{address}/rules", data={"rule-city:allowed": "reject"})
    bring_in(work, "customer_id,email,city\n77,z@x.fi,Pori\n", "customers", "pori.csv")
    last = books(work, silent)["imports"][-1]
    assert last["rejected_by_reason"] == {"contract:city:allowed": 1}
    assert "Let this rule warn only" in client.get(f"/imports/{last['batch']}/rejected").text
    back = client.post(f"{address}/rules", data={"rule-city:allowed": "warn", "back": str(last["batch"])})
    assert back.url.path == f"/imports/{last['batch']}/rejected"
    assert "1 row came in." in client.post(f"/imports/{last['batch']}/retry").text
    wrong = client.post(f"{address}/text", data={"text": "{source: shop, kind: orders, fields: {}}"})
    assert wrong.status_code == 400 and "kind: orders" in wrong.text
    client.post(f"{address}/rules", data={"rule-city:allowed": "off"})
    assert "allowed" not in contracts(work, silent, source="shop", kind="customers")["contracts"][0]["yaml"]
    client.post(f"{address}/learn")
    assert client.get("/contracts/shop/nothing").status_code == 404


def test_pairs_are_put_off_kept_apart_merged_and_undone(work: Work, client: TestClient) -> None:
    """Each answer of the review is carried out, and what was decided stands below with who did it."""
    [pair] = review_list(work, silent)["items"]
    page = text(client.get("/review").text)
    assert "two birthdays" in page and "Maija" in page
    later = client.post("/review/later", data={"item": pair["item"]})
    assert "Only what was put off is left." in later.text and f"later={pair['item']}" in str(later.url)
    merged = client.post("/review/merge", data={"item": pair["item"]})
    [(customer, batch)] = re.findall(r'name="customer" value="([^"]+)"><input type="hidden" name="batch" value="(\d+)"', merged.text)
    assert client.post("/review/merge", data={"item": pair["item"]}).status_code == 200  # decided already: the page says how it is
    undone = text(client.post("/review/undo", data={"customer": customer, "batch": batch}).text)
    assert "parted again" in undone and "Nothing stands for review." in undone
    [other] = review_list(work, silent, different_names=True)["items"]
    client.post("/review/apart", data={"item": other["item"], "others": "1"})
    assert review_list(work, silent, different_names=True)["items"] == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("the shop Oy Kotipuoti, 12,345 customers", "kauppa Oy Kotipuoti, 12\xa0345 asiakasta"),
        ("at least 512 bytes", "512 tavua"),
        ("no orders yet", "siellä ei ole vielä tuotavaa"),
        ("something that nobody foresaw", "something that nobody foresaw"),
    ],
)
def test_what_a_source_answers_is_said_in_finnish(answer: str, said: str) -> None:
    assert said == DataWords(texts("fi")).answered(answer)
    assert answer == DataWords(texts("en")).answered(answer)
