"""Ways round the mask that are closed: other languages, looking somebody up, reports, samples, addresses that are written oddly, and old links."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from access.people_who_use import PASSWORD, Doors
from lohko.base.errors import InputError
from lohko.model.masking import mask, tells
from lohko.steps.reports import report_link_add
from lohko.steps.segments import apply
from lohko.steps.users import change_password, user_add, user_disable, user_list, user_password
from lohko.steps.work import Work, silent
from lohko.web.app import create_app
from web.small_shop import browsing, new_workspace, opened

NAMED = 'id: named\nwhere: not (first_name is "Nobody") and email is "planted.person@example.fi"\n'


def planted(doors: Doors) -> str:
    found = doors.by("admin", "GET", "/api/v1/customers", params={"q": "planted.person"}).json()["customers"]
    return str(found[0]["person_id"])


@pytest.fixture(scope="module")
def named(shop: Work) -> Work:
    """A segment whose rule names people."""
    apply(shop, silent, files={"named.yaml": NAMED})
    return shop


@pytest.mark.parametrize("language", ["en", "fi"])
def test_what_decided_is_hidden_in_every_language(doors: Doors, named: Work, language: str) -> None:
    """The value beside a condition on a name is masked by what the condition asks about, not by how its sentence begins."""
    one = planted(doors)
    for answer in (
        doors.by_key("read", "GET", f"/api/v1/customers/{one}", params={"language": language}),
        doors.by("analyst", "GET", f"/customers/{one}", params={"lang": language}),
    ):
        assert answer.status_code == 200
        assert "Plantagenet" not in answer.text and "planted.person" not in answer.text
    assert "Plantagenet" in doors.by("admin", "GET", f"/api/v1/customers/{one}", params={"language": language}).text


def test_who_sees_no_names_finds_nobody_by_one(doors: Doors) -> None:
    """An address or a number opens a customer only to those who may know it; a public id does to both."""
    for known in ("planted.person@example.fi", "z1"):
        assert doors.by("analyst", "GET", f"/customers/{known}").status_code == 404
        assert doors.by("marketer", "GET", f"/customers/{known}").status_code == 200
    assert doors.by("analyst", "GET", f"/customers/{planted(doors)}").status_code == 200


def test_a_report_names_nobody(doors: Doors, named: Work) -> None:
    """Neither by the rule of its segment, which is not shown where it asks about names, nor to who opens its link."""
    link = report_link_add(named, silent, segment="named", language="en", days=1)["path"]
    page = doors.by_nobody("GET", link)
    assert page.status_code == 200 and "planted.person" not in page.text and "Nobody" not in page.text
    assert "not shown here" in page.text


def test_who_may_see_no_person_sees_no_row_of_one(doors: Doors) -> None:
    """A viewer looks at segments, not at their members."""
    assert doors.by("viewer", "GET", "/api/v1/segments/twice").json()["sample"] == []
    assert doors.by("analyst", "GET", "/api/v1/segments/twice").json()["sample"]
    assert "/customers/" not in doors.by("viewer", "GET", "/segments/twice").text.replace('href="/customers"', "")


@pytest.mark.parametrize("path", ["/segments/%09/members.csv", "/segments/%0a/members.xlsx", "/users/%09/disable"])
def test_an_address_is_judged_as_the_routes_read_it(doors: Doors, path: str) -> None:
    """Signs that are dropped on the way to a name do not make another route of it."""
    method = "POST" if path.startswith("/users") else "GET"
    assert doors.by("viewer", method, path).status_code in (403, 404)
    assert "segment" not in doors.by("viewer", method, path).text.casefold().partition("<main")[2]


def test_old_links_end_with_what_they_were_for(tmp_path) -> None:
    """A password that is set or changed, and a user who is disabled, leave no link behind; a new link leaves no old password."""
    with opened(new_workspace(tmp_path / "links")) as work:
        user_add(work, silent, email="boss@shop.fi", role="admin", password=PASSWORD)
        first = user_add(work, silent, email="anu@shop.fi", role="analyst")["invitation"]
        with browsing(work) as client:
            user_password(work, silent, user="anu@shop.fi", password=PASSWORD)
            assert client.get(f"/invitation/{first}").status_code == 400
            second = user_password(work, silent, user="anu@shop.fi")["invitation"]
            form = {"email": "anu@shop.fi", "password": PASSWORD}
            assert client.post("/sign-in", data=form, headers={"origin": "http://127.0.0.1:8000"}).status_code == 401
            user_disable(work, silent, user="anu@shop.fi")
            user_disable(work, silent, user="anu@shop.fi", disabled=False)
            assert client.get(f"/invitation/{second}").status_code == 400
        anu = next(item["id"] for item in user_list(work, silent)["users"] if item["email"] == "anu@shop.fi")
        third = user_password(work, silent, user="anu@shop.fi")["invitation"]
        change_password(work, anu, "", PASSWORD + " ja kuusi")
        with browsing(work) as client:
            assert client.get(f"/invitation/{third}").status_code == 400


def test_an_admin_who_never_chose_a_password_is_not_the_one_that_stays(tmp_path) -> None:
    """Only somebody who can sign in can let others in."""
    with opened(new_workspace(tmp_path / "admins")) as work:
        user_add(work, silent, email="boss@shop.fi", role="admin", password=PASSWORD)
        user_add(work, silent, email="new@shop.fi", role="admin")
        with pytest.raises(InputError) as error:
            user_disable(work, silent, user="boss@shop.fi")
        assert error.value.code == "last_admin"
        assert not next(item for item in user_list(work, silent)["users"] if item["email"] == "boss@shop.fi")["disabled"]


def test_what_comes_by_way_of_a_proxy_is_nobodys_own_machine(tmp_path) -> None:
    """Without users everybody on this machine may do everything, and nobody whose request was passed on."""
    with opened(new_workspace(tmp_path / "proxied")) as work, TestClient(create_app(work), base_url="http://127.0.0.1:8000") as client:
        assert client.get("/api/v1/status").status_code == 200
        assert client.get("/api/v1/status", headers={"x-forwarded-for": "203.0.113.7"}).status_code == 401


@pytest.mark.parametrize(
    "name", ["Puhelinnumero", "Sukunimi", "shipping name", "home_address", "phone_number", "Henkilötunnus", "customer_id"]
)
def test_fields_that_tell_are_known_in_finnish_too(name: str) -> None:
    assert tells(name)


def test_a_condition_is_about_what_it_asks() -> None:
    """Whatever its sentence says."""
    assert "Anna" not in str(mask({"text": "etunimi on Anna", "about": ["first_name"], "value": "Anna"})["value"])
    assert mask({"text": "city is Turku", "about": ["city"], "value": "Turku"})["value"] == "Turku"
