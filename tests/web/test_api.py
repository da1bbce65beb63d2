"""The JSON under /api/v1: the same numbers as the steps, and errors that a program can act on."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from lohko.maths.few import is_few
from lohko.steps.explain import explain
from lohko.steps.history import history
from lohko.steps.read import count, rfm, status
from lohko.steps.segments import members, segments
from lohko.steps.work import Work, silent
from web.small_shop import AS_OF, RULES


def get(client: TestClient, path: str, status: int = 200, **query: Any) -> Any:
    answer = client.get(f"/api/v1{path}", params=query)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def some_customer(client: TestClient, word: str) -> dict[str, Any]:
    return get(client, "/customers", q=word)["customers"][0]


def test_status_and_imports_are_the_books_of_the_imports(client: TestClient, shop: Work) -> None:
    """Every row received is accepted, a repeat, or rejected; and the two routes say the same."""
    found = get(client, "/status")
    assert found == status(shop, silent)
    assert found["people"] == 41
    assert get(client, "/imports") == {"data_version": 3, "imports": found["imports"]}
    for item in found["imports"]:
        assert item["received"] == item["accepted"] + item["duplicate"] + item["rejected"]


def test_rejected_rows_are_given_as_they_came_with_their_reason(client: TestClient) -> None:
    """A program can show the owner of the file which rows to mend."""
    found = get(client, "/imports/2/rejected")
    assert found["by_reason"] == {"bad_number": 1, "bad_time": 1}
    assert [row["raw"]["order_id"] for row in found["rows"]] == ["bad-time", "bad-total"]
    assert len(get(client, "/imports/2/rejected", limit=1)["rows"]) == 1
    assert get(client, "/imports/1/rejected")["rows"] == []


def test_the_overview_agrees_with_rfm_and_with_itself(client: TestClient, shop: Work) -> None:
    """Groups, squares and months are parts of the same whole."""
    found = get(client, "/overview", as_of=AS_OF)
    by_step = rfm(shop, silent, as_of=AS_OF)
    assert (found["customers"], found["buyers"]) == (41, 36)
    assert found["as_of"] == by_step["as_of"] == "2024-10-31T22:00:00Z"
    for parts, told, whole in (("groups", ("group",), 41), ("cells", ("r", "f"), 36)):
        ours, theirs = ({tuple(row[name] for name in told): row for row in rows[parts]} for rows in (found["rfm"], by_step))
        assert ours.keys() == theirs.keys() and sum(row["customers"] for row in theirs.values()) == whole
        hidden = {key for key, row in ours.items() if row["customers"] is None}
        assert hidden >= {key for key, row in theirs.items() if is_few(row["customers"])} and len(hidden) < len(ours)
        assert not is_few(sum(theirs[key]["customers"] for key in hidden))
        assert all(row == theirs[key] if key not in hidden else row["revenue"] is None for key, row in ours.items())
    bought = sum(row["monetary"] or 0 for row in by_step["customers"])
    months = [month["revenue"] for month in found["months"]]
    assert (sum(months) == pytest.approx(bought)) if None not in months else sum(filter(None, months)) < bought
    assert found["repeat_rate"] == pytest.approx(found["repeat_buyers"] / found["buyers"], abs=1e-6)
    assert [source["kind"] for source in found["freshness"]["sources"]] == ["customers", "orders", "order-lines"]


def test_rfm_is_that_of_the_step(client: TestClient, shop: Work) -> None:
    """The API adds nothing and leaves nothing out."""
    assert get(client, "/rfm", as_of=AS_OF) == rfm(shop, silent, as_of=AS_OF)
    ignored = get(client, "/rfm", as_of=AS_OF, refunds="ignore", window="12 months")
    assert ignored == rfm(shop, silent, as_of=AS_OF, refunds="ignore", window="12 months")
    assert ignored["refunds"] == "ignore" and ignored["window"] == "12 months"


def test_segments_have_the_sizes_that_their_members_and_a_count_have(client: TestClient, shop: Work) -> None:
    """A segment's size is one number, wherever it is asked for."""
    found = get(client, "/segments", as_of=AS_OF)
    assert found == segments(shop, silent, as_of=AS_OF)
    assert {item["id"] for item in found["segments"]} == set(RULES)
    for item in found["segments"]:
        name = item["id"]
        one = get(client, f"/segments/{name}", as_of=AS_OF)
        people = get(client, f"/segments/{name}/members", as_of=AS_OF)
        counted = client.post("/api/v1/count", json={"condition": RULES[name], "as_of": AS_OF}).json()
        assert people == members(shop, silent, segment=name, as_of=AS_OF)
        assert item["size"] == one["size"] == len(people["members"]) == counted["count"]
        assert counted["population"] == one["population"] == 41


def test_a_count_is_that_of_the_step_and_stores_nothing(client: TestClient, shop: Work) -> None:
    """Counting while a rule is being written leaves no trace."""
    rule = 'did order at least 2 times and city is "Turku" or did not order'
    found = client.post("/api/v1/count", json={"condition": rule, "as_of": AS_OF})
    assert found.json() == count(shop, silent, condition=rule, as_of=AS_OF)
    assert found.json()["warnings"][0]["code"]
    assert {item["id"] for item in get(client, "/segments")["segments"]} == set(RULES)


def test_a_segment_is_compared_with_everyone_only_when_it_is_large_enough(client: TestClient) -> None:
    """A comparison of a few people would change with every customer."""
    large, small = get(client, "/segments/twice", as_of=AS_OF), get(client, "/segments/nobody", as_of=AS_OF)
    assert large["size"] >= 20 and not large["few"]
    measured = {row["measure"]: row for row in large["compared"]}
    assert measured["orders_per_buyer"]["segment"] > measured["orders_per_buyer"]["everyone"]
    assert measured["buyers_share"]["segment"] == 1.0
    assert (small["size"], small["few"], small["compared"], small["sample"]) == (0, True, None, [])


def test_history_and_changes_are_what_the_refresh_said(client: TestClient, shop: Work) -> None:
    """The day of the first refresh has its size, and each of its members entered."""
    found = get(client, "/segments/twice/history")
    assert found == history(shop, silent, segment="twice")
    size = found["days"][-1]["size"]
    moved = get(client, "/segments/twice/changes", limit=500)["changes"]
    assert len(moved) == size and {row["cause"] for row in moved} == {"first"} and all(row["entered"] for row in moved)
    assert len(get(client, "/segments/twice/changes", limit=3)["changes"]) == 3


def test_customers_are_found_by_every_word_and_in_any_letter_case(client: TestClient) -> None:
    """Number, name and e-mail all lead to the customer; a word more narrows."""
    for words in ("c7@example", "ETU7 mäkinen7", "mÄkinen7"):
        found = get(client, "/customers", q=words)
        assert [item["customer"] for item in found["customers"]] == ["c7"] and found["total"] == 1
    assert get(client, "/customers", q="etu7 mäkinen8")["total"] == 0
    assert get(client, "/customers", q="'; DROP TABLE person --")["total"] == 0
    everyone = get(client, "/customers", limit=5)
    assert (everyone["total"], len(everyone["customers"])) == (41, 5)


def test_a_customer_has_everything_known_of_them_and_why(client: TestClient, shop: Work) -> None:
    """What is said of a segment is what `explain` says, about the same instant."""
    person = some_customer(client, "c7@example")
    found = get(client, f"/customers/{person['person_id']}", as_of=AS_OF)
    assert (found["customer"], found["name"]) == ("c7", "Etu7 Mäkinen7")
    assert {item["name"]: item["value"] for item in found["attributes"]}["city"] == "Turku"
    assert found["consents"] == []
    now = get(client, f"/customers/{person['person_id']}")
    assert [(item["purpose"], item["given"], item["dated"]) for item in now["consents"]] == [("ads", True, False)]
    assert [item["event"] for item in found["timeline"]] == ["order"] * 4
    assert found["rfm"]["orders"] == 4 and found["rfm"]["revenue"] == pytest.approx(sum(20.5 + 7 * k for k in range(4)))
    assert [item["id"] for item in found["segments"]] == [item["id"] for item in get(client, "/segments")["segments"]]
    for item in found["segments"]:
        by_step = explain(shop, silent, segment=item["id"], customer="c7", as_of=AS_OF)
        assert (item["holds"], item["trace"]) == (by_step["holds"], by_step["trace"])


def test_a_customers_timeline_shows_lines_refunds_and_only_the_past(client: TestClient) -> None:
    """Lines stand in their order, and what was still to come at the instant is not shown."""
    person = some_customer(client, "l1")["person_id"]
    found = get(client, f"/customers/{person}", as_of=AS_OF)
    assert [item["event"] for item in found["timeline"]] == ["refund", "order"]
    assert [line["product_name"] for line in found["timeline"][1]["lines"]] == ["<script>alert(1)</script>", "Hat"]
    earlier = get(client, f"/customers/{person}", as_of="2024-09-10")
    assert [item["event"] for item in earlier["timeline"]] == ["order"]
    assert get(client, f"/customers/{person}", as_of=AS_OF, limit=1)["more"] is True


def test_an_empty_workspace_answers_with_zeros(empty_client: TestClient) -> None:
    """Nothing yet is no error."""
    found = get(empty_client, "/overview")
    assert (found["customers"], found["buyers"], found["repeat_rate"], found["months"]) == (0, 0, None, [])
    assert get(empty_client, "/segments")["segments"] == []
    assert get(empty_client, "/customers")["customers"] == []
    assert get(empty_client, "/rfm")["customers"] == []
    assert get(empty_client, "/imports") == {"data_version": 0, "imports": []}
    assert get(empty_client, "/imports/1/rejected", status=404)["error"]["code"] == "no_imports"
    counted = empty_client.post("/api/v1/count", json={"condition": "country is Finland"})
    assert counted.status_code == 400 and counted.json()["error"]["code"]


@pytest.mark.parametrize("path", ["/segments/twise", "/segments/twise/members", "/segments/twise/history", "/segments/twise/changes"])
def test_an_unknown_segment_is_404_and_names_the_candidates(client: TestClient, path: str) -> None:
    """A misspelt id is a sentence, not an empty answer."""
    error = get(client, path, status=404)["error"]
    assert error == {"code": "unknown_segment", "message": "No segment is called 'twise'.", "place": None, "hint": "did you mean twice?"}


def test_unknown_customers_imports_and_addresses_are_404(client: TestClient) -> None:
    """Each says what is not there."""
    assert get(client, "/customers/00000000-0000-0000-0000-000000000000", status=404)["error"]["code"] == "unknown_customer"
    assert get(client, "/customers/c7", status=404)["error"]["hint"]
    assert "1 to 3" in get(client, "/imports/99/rejected", status=404)["error"]["hint"]
    assert get(client, "/nothing", status=404)["error"]["code"] == "not_found"
    assert client.delete("/api/v1/segments").status_code == 405


@pytest.mark.parametrize(
    ("path", "query", "place"),
    [
        ("/overview", {"as_of": "yesterday"}, None),
        ("/customers", {"limit": "many"}, "limit"),
        ("/customers", {"limit": "0"}, "limit"),
        ("/customers", {"limit": "501"}, "limit"),
        ("/customers", {"q": "x" * 201}, "q"),
        ("/imports/first/rejected", {}, "batch"),
        ("/rfm", {"refunds": "sometimes"}, None),
        ("/rfm", {"window": "a while"}, None),
        ("/segments/twice/members", {"as_of": AS_OF, "recorded_at": AS_OF}, None),
    ],
)
def test_a_wrong_value_is_400_and_says_where(client: TestClient, path: str, query: dict[str, str], place: str | None) -> None:
    """The place is the name of the value, where one value is to blame."""
    error = get(client, path, status=400, **query)["error"]
    assert set(error) == {"code", "message", "place", "hint"}
    assert error["message"].endswith(".")
    if place:
        assert error["place"] == place


@pytest.mark.parametrize("as_of", ["0001-01-01", "1000-06-15", "9999-12-31", "2026-11-01T12:30+02:00", "2026-02-30", "-1", "١٢"])
def test_no_instant_breaks_the_overview(client: TestClient, as_of: str) -> None:
    """Far away days are answered or refused, never failed on."""
    assert client.get("/api/v1/overview", params={"as_of": as_of}).status_code in (200, 400)
    assert client.get("/api/v1/segments", params={"as_of": as_of}).status_code in (200, 400)


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b"{", "bad_json", None),
        (b"", "bad_input", None),
        (b"[]", "bad_input", None),
        (b'"did order"', "bad_input", None),
        (b"\xff\xfe", None, None),
        (b"{}", "bad_input", "condition"),
        (b'{"condition": 5}', "bad_input", "condition"),
        (b'{"condition": "did order", "as_off": "2026-01-01"}', "bad_input", "as_off"),
        (b'{"condition": "did order", "as_of": "soon"}', "bad_as_of", None),
        (b'{"condition": ""}', None, None),
        (b'{"condition": "did ordr"}', None, None),
        (b'{"condition": "city is"}', None, None),
    ],
)
def test_a_wrong_count_is_400_and_says_what(client: TestClient, body: bytes, code: str | None, place: str | None) -> None:
    """Malformed JSON, missing and misspelt fields, and rules that cannot be read are all the sender's to mend."""
    answer = client.post("/api/v1/count", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    if code:
        assert error["code"] == code
    if place:
        assert error["place"] == place


def test_a_wrong_rule_points_at_its_place_and_names_candidates(client: TestClient) -> None:
    """The error of the API is the error of the command line."""
    error = client.post("/api/v1/count", json={"condition": "did ordr at least 2 times"}).json()["error"]
    assert "ordr" in error["message"] and "order" in error["hint"]
    assert "exit_status" not in error
