"""The page about the data, in both languages, and rejected rows that are read again by a button."""

from __future__ import annotations

import io
import re

import pytest
from starlette.testclient import TestClient

from lohko.steps.contracts import apply_contracts, edit_contract
from lohko.steps.ingest import ingest
from lohko.steps.work import Work, silent


@pytest.mark.parametrize(
    ("language", "said"), [("en", ("Mend first", "The books", "balanced")), ("fi", ("Korjaa ensin", "Rivien täsmäytys", "täsmää"))]
)
def test_the_page_tells_what_the_step_counts(client: TestClient, language: str, said: tuple[str, ...]) -> None:
    """The score of the page is the score of the API."""
    page = client.get("/quality", headers={"accept-language": language}).text
    assert all(text in page for text in said)
    found = client.get("/api/v1/quality").json()
    assert re.search(rf">\s*{found['score']}\s*<", page)
    assert client.get("/api/v1/books").json()["total"]["balanced"]


def test_a_segments_page_says_what_it_relies_on(client: TestClient) -> None:
    """Its fields and sources, also in Finnish."""
    assert "What it relies on" in client.get("/segments/twice").text
    assert "Mihin segmentti perustuu" in client.get("/segments/twice", headers={"accept-language": "fi"}).text
    assert client.get("/api/v1/segments/twice").json()["quality"]["sources"]


def test_rejected_rows_are_read_again_by_a_button(empty: Work, empty_client: TestClient) -> None:
    """The reason is said in words; when the rule is taken back, the button brings the row in."""
    apply_contracts(empty, silent, files={"c.yaml": "{source: shop, kind: orders, breach: reject, fields: {total: {range: [0, 100]}}}"})
    rows = b"customer_id,order_id,ordered_at,total\n1,a,2026-01-05,5\n2,b,2026-01-05,500\n"
    ingest(empty, silent, stream=io.BytesIO(rows), name="a.csv", kind="orders")
    page = empty_client.get("/imports/1/rejected", headers={"accept-language": "fi"}).text
    assert "ei ole sallitulla välillä" in page and "Lue ne uudelleen" in page
    edit_contract(empty, silent, source="shop", kind="orders", rules={"total:range": "off"})
    answer = empty_client.post("/imports/1/retry", follow_redirects=True)
    assert answer.status_code == 200 and "Read them again" not in answer.text
    assert empty_client.get("/api/v1/books").json()["imports"][0]["accepted"] == 2
