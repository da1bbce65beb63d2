"""What stands before every route: hosts, other sites, sizes, headers; what is logged; and whether all is well."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from lohko.steps import figures
from lohko.steps.work import Work
from web.small_shop import ADDRESS, AS_OF, bring_in, browsing

PAGES = ["/", "/segments", "/segments/twice", "/customers", "/customers?q=c7", "/import", "/imports/2/rejected"]
EVERY_KIND = [
    *PAGES,
    "/health",
    "/api/v1/overview",
    "/api/v1/openapi.json",
    "/static/app.css",
    "/static/app.js",
    "/nothing",
    "/static/nothing.css",
    "/segments/nothing",
    "/api/v1/nothing",
    "/api/v1/customers?limit=x",
    "/imports/x/rejected",
]


def assert_guarded(headers: Any) -> None:
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy and "form-action 'self'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers and "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", EVERY_KIND)
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    """Pages, JSON, errors and static files alike."""
    answer = client.get(path)
    assert_guarded(answer.headers)
    static = path.startswith("/static/")
    assert ("no-store" in answer.headers["cache-control"]) is not static


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_a_page_in_both_languages(client: TestClient, path: str) -> None:
    """One heading, one main part, its language said, and no script or style inside it that the policy would block."""
    for language in ("en", "fi"):
        answer = client.get(path, headers={"accept-language": language})
        assert answer.status_code == 200 and answer.headers["content-language"] == language
        assert f'<html lang="{language}">' in answer.text
        assert answer.text.count("<h1") == 1 and answer.text.count("<main") == 1
        assert " style=" not in answer.text and " onclick=" not in answer.text and "<style" not in answer.text


def test_a_page_of_an_error_says_what_is_wrong_and_where_to_go(client: TestClient) -> None:
    """Never a traceback, never a bare number."""
    for path, status in (("/nothing", 404), ("/segments/twise", 404), ("/customers/x", 404), ("/?as_of=soon", 400), ("/import/gone", 404)):
        for language in ("en", "fi"):
            answer = client.get(path, headers={"accept-language": language})
            assert answer.status_code == status, path
            assert 'href="/"' in answer.text and "Traceback" not in answer.text and "InputError" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", "10.0.0.1", "", "[", "0.0.0.0"])
def test_another_host_name_is_refused(client: TestClient, host: str) -> None:
    """A site that points its own name at this machine gets nothing."""
    for path in ("/", "/api/v1/overview", "/static/app.css", "/health"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 421
        assert "Mäkinen" not in answer.text and len(answer.text) < 200
        assert_guarded(answer.headers)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9999", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_this_machines_own_names_are_answered(client: TestClient, host: str) -> None:
    """Whatever the port, by name or number."""
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": ADDRESS, "sec-fetch-site": "cross-site"},
    ],
)
def test_another_site_cannot_post(client: TestClient, headers: dict[str, str]) -> None:
    """Neither a form nor a script of another site makes this app do anything."""
    for path in ("/import", "/segments/refresh", "/segments/starter", "/api/v1/count"):
        answer = client.post(path, headers=headers)
        assert answer.status_code == 403
        assert_guarded(answer.headers)
    error = client.post("/api/v1/count", headers=headers, json={"condition": "did order"}).json()["error"]
    assert error["code"] == "other_site" and set(error) == {"code", "message", "place", "hint"}


def test_the_apps_own_pages_and_programs_can_post(client: TestClient) -> None:
    """A browser on this app's page, and a program that sends neither header."""
    for headers in ({}, {"origin": ADDRESS, "sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}):
        assert client.post("/api/v1/count", headers=headers, json={"condition": "did order"}).status_code == 200


def test_a_body_that_is_too_large_is_refused_whatever_its_header_says(client: TestClient) -> None:
    """By its stated length at once; without one, when the limit is passed."""
    stated = client.post("/api/v1/count", content=b"x" * (1 << 20) + b"x", headers={"content-type": "application/json"})

    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * (1 << 15)

    unstated = client.post("/api/v1/count", content=pieces(), headers={"content-type": "application/json"})
    for answer in (stated, unstated):
        assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"
        assert_guarded(answer.headers)


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", "٣"])
def test_a_length_that_is_no_number_is_refused(client: TestClient, length: str) -> None:
    """It is not guessed at."""
    answer = client.post("/api/v1/count", content=b"{}", headers={"content-length": length.encode()})
    assert answer.status_code == 413


def test_a_failure_nobody_expected_is_an_answer_and_its_text_stays_out_of_the_log(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The kind of the error is logged; its words may hold a customer's data."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("could not handle anna.makinen@example.fi")

    monkeypatch.setattr(figures, "overview", fail)
    with caplog.at_level(logging.DEBUG):
        page, json = client.get("/"), client.get("/api/v1/overview")
    for answer in (page, json):
        assert answer.status_code == 500 and "anna" not in answer.text and "RuntimeError" not in answer.text
        assert_guarded(answer.headers)
    assert json.json()["error"]["code"] == "failed"
    logged = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert "RuntimeError" in logged and "anna" not in logged


def test_nothing_personal_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """Not a searched name, not a customer's page, not a rule's values, not an imported row."""
    with caplog.at_level(logging.DEBUG, logger="lohko"):
        person = client.get("/api/v1/customers", params={"q": "mäkinen7"}).json()["customers"][0]["person_id"]
        client.get("/customers", params={"q": "mäkinen7"})
        client.get(f"/customers/{person}")
        client.get("/customers/nobody@example.fi")
        client.post("/api/v1/count", json={"condition": 'email is "c7@example.fi"'})
        client.post("/api/v1/count", json={"condition": 'emial is "c7@example.fi"'})
    logged = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    for word in ("kinen7", "example.fi", person):
        assert word not in logged


def test_health_says_that_all_is_well_and_nothing_else(client: TestClient) -> None:
    """For whoever watches the process."""
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "data_version": 3})


def test_health_fails_when_the_store_or_the_state_cannot_be_read(empty: Work, caplog: pytest.LogCaptureFixture) -> None:
    """A process that runs but cannot read its data is not well; what is wrong is in the log, not in the answer."""
    with browsing(empty) as client:
        assert client.get("/health").status_code == 200
        empty.store.execute("ALTER TABLE person RENAME TO elsewhere")
        answer = client.get("/health")
        assert (answer.status_code, answer.json()) == (503, {"status": "failed"})
        empty.store.execute("ALTER TABLE elsewhere RENAME TO person")
        assert client.get("/health").status_code == 200
        with sqlite3.connect(empty.folder.path / "state.sqlite") as state:
            state.execute("ALTER TABLE batch RENAME TO elsewhere")
        assert client.get("/health").status_code == 503
    assert "the health check failed" in caplog.text


def test_the_description_of_the_api_is_whole(client: TestClient) -> None:
    """Every operation has an id, a summary, and its errors with their one shape; every reference leads somewhere."""
    found = client.get("/api/v1/openapi.json").json()
    assert found["openapi"].startswith("3.")
    operations = [(path, method, item) for path, methods in found["paths"].items() for method, item in methods.items()]
    assert len(operations) == 33
    assert len({item["operationId"] for _, _, item in operations}) == len(operations)
    for path, _method, item in operations:
        assert path.startswith("/api/v1/") and item["summary"] and item["description"]
        assert "422" not in item["responses"]
        for status in ("400", "404", "409", "413", "503", "default"):
            shape = item["responses"][status]["content"]["application/json"]["schema"]
            assert shape == {"$ref": "#/components/schemas/Error"}
        named = {part["name"] for part in item.get("parameters", ()) if part["in"] == "path"}
        assert named == {part.strip("{}") for part in path.split("/") if part.startswith("{")}
    schemas = found["components"]["schemas"]
    assert set(schemas["Problem"]["required"]) == {"code", "message", "place", "hint"}

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    for reference in references(found):
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_hostile_values_are_shown_as_text(client: TestClient, empty: Work) -> None:
    """A product's name, a file's name and a searched word are text on every page, never markup."""
    person = client.get("/api/v1/customers", params={"q": "l1"}).json()["customers"][0]["person_id"]
    assert "<script>alert(1)" not in client.get(f"/customers/{person}").text
    assert "<b>x</b>" not in client.get("/customers", params={"q": '"><b>x</b>'}).text
    assert "<b>x</b>" not in client.get("/segments/<b>x</b>").text
    assert "javascript:" not in client.get("/", params={"as_of": "2024-11-01", "x": '"><a href="javascript:alert(1)">'}).text
    bring_in(
        empty, f"customer_id,order_id,ordered_at,total\n<i>c</i>,<i>o</i>,{AS_OF},<i>no</i>\nc,o,{AS_OF},5\n", "orders", "<i>f</i>.csv"
    )
    with browsing(empty) as other:
        for path in ("/import", "/imports/1/rejected", "/", "/customers"):
            assert "<i>" not in other.get(path).text
