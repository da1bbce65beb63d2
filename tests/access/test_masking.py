"""Who may not see names sees none: not in pages, not in the API, whatever shape the answer has."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.people_who_use import Doors
from lohko.model.masking import HIDDEN, mask, masked, tells
from lohko.web.access import ROUTES
from web.small_shop import AS_OF

PLANTED = ("planted.person", "planted.person@example.fi", "765 4321", "407654321", "Plantagenet")


def person(doors: Doors) -> str:
    found = doors.by("admin", "GET", "/api/v1/customers", params={"q": "planted.person"}).json()["customers"]
    return str(found[0]["person_id"])


def pages(one: str) -> list[str]:
    """Every page and answer that can be asked for, about the planted person where it is about one."""
    found = []
    for (method, pattern), _action in sorted(ROUTES.items()):
        if method == "GET" and not any(
            word in pattern for word in ("{link}", "{secret}", "{draft}", "{name}", "{kind}", "{version}", "{number}")
        ):
            path = pattern.replace("{person_id}", one).replace("{segment}", "never").replace("{batch}", "4")
            found.append(path.replace("{way}", "distribution"))
    return found


@pytest.mark.parametrize("who", ["viewer", "analyst", "read"])
def test_none_of_the_planted_texts_reaches_one_who_may_not_see_names(doors: Doors, who: str) -> None:
    """Over every route that reads; what is not refused holds nobody's name, e-mail or phone. `never` holds the planted person."""
    one = person(doors)
    seen = 0
    for path in pages(one):
        answer = doors.by_key("read", "GET", path) if who == "read" else doors.by(who, "GET", path)
        assert answer.status_code in (200, 303, 400, 403, 404), (path, answer.status_code)
        seen += answer.status_code == 200
        for text in PLANTED:
            assert text not in answer.text, f"{path} shows {text}"
        assert "Mäkinen" not in answer.text and "@example.fi" not in answer.text, path
    assert seen >= 8


def test_those_who_may_see_them_do(doors: Doors) -> None:
    """So that the test above would find something: the same pages show the planted person to a marketer, and to a key for people."""
    one = person(doors)
    assert "Plantagenet" in doors.by("marketer", "GET", f"/customers/{one}").text
    assert "planted.person@example.fi" in doors.by_key("read people", "GET", f"/api/v1/customers/{one}").text
    hidden = doors.by_key("read", "GET", f"/api/v1/customers/{one}").json()
    assert hidden["person_id"] == one and hidden["name"] == f"P{HIDDEN}"
    assert {item["name"]: item["value"] for item in hidden["attributes"]}["email"] == f"p{HIDDEN}@{HIDDEN}"


def test_numbers_are_the_same_for_everyone(doors: Doors) -> None:
    """Masking hides who, and changes no count and no sum."""
    for path in ("/api/v1/overview", "/api/v1/segments"):
        seen, all_of_it = (doors.by(who, "GET", path, params={"as_of": AS_OF}).json() for who in ("viewer", "admin"))
        assert numbers(seen) == numbers(all_of_it)


def numbers(told: Any) -> Any:
    """What was told without its texts: a rule about somebody, which may come from a test before this one, is masked."""
    if isinstance(told, dict):
        return {key: numbers(value) for key, value in told.items()}
    if isinstance(told, list):
        return [numbers(value) for value in told]
    return None if isinstance(told, str) else told


def test_the_description_of_the_api_is_not_masked(doors: Doors) -> None:
    """It holds no person, and its words have to stay whole."""
    assert doors.by("viewer", "GET", "/api/v1/openapi.json").json() == doors.by("admin", "GET", "/api/v1/openapi.json").json()


def test_finding_a_customer_by_name_is_for_those_who_see_names(doors: Doors) -> None:
    """Otherwise one could ask name by name."""
    assert doors.by("analyst", "GET", "/customers", params={"q": "planted"}).status_code == 403
    assert doors.by_key("read", "GET", "/api/v1/customers", params={"q": "planted"}).status_code == 403


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
shapes = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3), max_leaves=12
)
TELLING = sorted(name for name in ("email", "E-mail", "first_name", "Phone", "customer", "billing_email", "postcode"))


@given(shape=shapes, name=st.sampled_from(TELLING), way=st.sampled_from(["key", "pair", "text"]), deep=st.integers(0, 4))
def test_a_telling_text_is_hidden_wherever_it_stands(shape: Any, name: str, way: str, deep: int) -> None:
    """Under its own name, or as the value beside the name of its attribute; at any depth; and what was JSON stays JSON."""
    secret = "Secretperson"
    found: Any = (
        {name: secret, "rest": shape}
        if way == "key"
        else {"name": name, "value": secret}
        if way == "pair"
        else [shape, f"x {secret}@mail.example y"]
    )
    for _ in range(deep):
        found = {"inside": [found, shape]}
    hidden = mask(found)
    assert secret not in json.dumps(hidden)
    assert mask(hidden) == mask(mask(hidden))


@given(st.text())
def test_what_is_left_of_a_name_is_its_first_letters(text: str) -> None:
    """Never more than one letter of a word."""
    for word in masked(text).split():
        assert len(word.replace(HIDDEN, "").replace("@", "")) <= 1


def test_names_of_things_are_not_names_of_people() -> None:
    """A segment's, a source's and a product's name say nothing of a person."""
    same = {"name": "Lapsed VIPs", "source": "shop", "product_name": "Hat", "city": "Turku", "customers": 41, "currency": "EUR"}
    assert mask(same) == same
    assert not any(tells(name) for name in ("city", "country", "product_name", "order_id", "total", "segment"))
