"""A person's rights over the API: the same as the commands, and an erasure that holds."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from starlette.testclient import TestClient

from lohko.steps.read import count
from lohko.steps.work import Work, silent
from web.small_shop import CUSTOMERS, bring_in

HEAD = {"origin": "http://127.0.0.1:8000"}


@pytest.fixture
def person(empty: Work, empty_client: TestClient) -> str:
    """The address of one of the customers of a shop that may be changed."""
    bring_in(empty, CUSTOMERS, "customers", "customers.csv")
    found = empty_client.get("/api/v1/customers", params={"q": "c7@example.fi"}).json()["customers"]
    return f"/api/v1/customers/{found[0]['person_id']}"


def said(client: TestClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body, headers=HEAD)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_all_that_is_known_is_shown_and_handed_over(empty_client: TestClient, person: str) -> None:
    """The archive holds what the answer says."""
    shown = empty_client.get(f"{person}/everything").json()
    assert "c7@example.fi" in {row["value"] for row in shown["attributes"]}
    archive = empty_client.get(f"{person}/archive")
    assert archive.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(archive.content)) as packed:
        assert "README.txt" in packed.namelist()
        (whole,) = (name for name in packed.namelist() if name.endswith(".json"))
        assert json.loads(packed.read(whole))["person_id"] == shown["person_id"]


def test_a_value_is_put_right(empty: Work, empty_client: TestClient, person: str) -> None:
    """It is asked about at once."""
    before = count(empty, silent, condition='city is "Rauma"')["count"]
    assert said(empty_client, f"{person}/corrections", {"attribute": "city", "value": "Rauma"})["value"] == "Rauma"
    assert count(empty, silent, condition='city is "Rauma"')["count"] == before + 1
    wrong = empty_client.post(f"{person}/corrections", json={"attribute": "citty", "value": "Rauma"}, headers=HEAD)
    assert wrong.status_code == 400 and "city" in wrong.json()["error"]["hint"]


def test_a_withdrawal_stands_and_an_objection_counts(empty: Work, empty_client: TestClient, person: str) -> None:
    """A consent said yes to and then no to does not stand; who is restricted is in nothing."""
    said(empty_client, f"{person}/consents", {"purpose": "ads", "given": True, "wording": "Yes to advertisements"})
    assert count(empty, silent, condition="has consented to ads")["count"] == 20
    said(empty_client, f"{person}/consents", {"purpose": "ads", "given": False})
    assert count(empty, silent, condition="has consented to ads")["count"] == 19
    assert {row["given"] for row in empty_client.get(f"{person}/consents").json()["records"]} == {True, False}
    people = count(empty, silent, condition="city is known")["count"]
    said(empty_client, f"{person}/flags", {"flag": "restricted", "reason": "asked by phone"})
    assert count(empty, silent, condition="city is known")["count"] == people - 1
    said(empty_client, f"{person}/flags", {"flag": "restricted", "holds": False})
    assert count(empty, silent, condition="city is known")["count"] == people


def test_who_is_erased_is_gone_and_stays_gone(empty: Work, empty_client: TestClient, person: str) -> None:
    """The same file brings everybody back but them."""
    assert empty_client.delete(person, headers=HEAD).json()["erased"] == 1
    assert empty_client.get(f"{person}/everything").status_code == 404
    assert empty_client.get("/api/v1/customers", params={"q": "c7@example.fi"}).json()["total"] == 0
    bring_in(empty, CUSTOMERS + "c41,c41@example.fi,Etu,Suku,Oulu,FI,yes\n", "customers", "again.csv")
    assert count(empty, silent, condition="city is known")["count"] == 40


def test_another_site_cannot_erase(empty_client: TestClient, person: str) -> None:
    """What a browser sends from elsewhere is refused."""
    assert empty_client.delete(person, headers={"origin": "http://evil.example"}).status_code == 403
    assert empty_client.get(f"{person}/everything").status_code == 200


def test_who_was_erased_is_let_in_again_when_they_ask(empty: Work, empty_client: TestClient, person: str) -> None:
    """Nobody is named by what keeps them out; the next file brings back the one who asked."""
    empty_client.delete(person, headers=HEAD)
    listed = empty_client.get("/api/v1/suppression").json()
    assert (
        listed["people"] == 1
        and "c7@" not in json.dumps(listed["rows"])
        and "c7" not in {str(value) for row in listed["rows"] for value in row.values()}
    )
    told = said(empty_client, "/api/v1/suppression/lift", {"identifier": "c7@example.fi", "reason": "asked by phone"})
    assert told["lifted"] == listed["identifiers"]
    bring_in(empty, CUSTOMERS, "customers", "customers.csv")
    assert count(empty, silent, condition="city is known")["count"] == 40
    assert empty_client.post("/api/v1/suppression/lift", json={"identifier": "x@y.fi", "reason": "?"}, headers=HEAD).status_code == 404
