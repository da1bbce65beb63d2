"""The page of one customer and what may be asked for on it, as forms send it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from lohko.model.identity import parse_identity
from lohko.state.audit import entries
from lohko.state.identity_rules import save_identity
from lohko.steps.consents import consent_history
from lohko.steps.ingest import ingest
from lohko.steps.look_customers import customers
from lohko.steps.person_life import person_life
from lohko.steps.refresh import refresh
from lohko.steps.review import review_merge
from lohko.steps.segments import apply
from lohko.steps.users import user_add
from lohko.steps.work import Work, silent
from web.small_shop import bring_in, browsing, new_workspace, opened

PEOPLE = (
    "customer_id,email,name,city,birthday,consent_email,updated_at\n"
    "1,a@x.fi,Maija Meri,Turku,1984-05-17,yes,2026-01-01\n2,b@x.fi,Kalle Kivi,Oulu,,no,2026-01-01\n"
)
CRM = b"customer_id,email,name,city,updated_at\n7,a@x.fi,Maija Meri,Pori,2026-02-01\n"
ORDERS = "customer_id,order_id,ordered_at,total\n1,a,2026-01-05,20\n1,b,2026-02-05,30\n2,c,2026-02-06,10\n"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("customer-page") / "shop")) as found:
        with found.state.begin() as connection:
            save_identity(connection, parse_identity("automatic: false"))
        bring_in(found, PEOPLE, "customers", "people.csv")
        ingest(found, silent, stream=io.BytesIO(CRM), name="crm.csv", kind="customers", source="crm")
        bring_in(found, ORDERS, "orders", "orders.csv")
        apply(found, silent, files={"many.yaml": "id: many\nwhere: did order at least 2 times\n"})
        review_merge(found, silent, names=["1", "7"])
        refresh(found, silent)
        yield found


@pytest.fixture(scope="module")
def client(work: Work) -> Iterator[TestClient]:
    with browsing(work) as found:
        yield found


def public(work: Work, number: str) -> str:
    return str(person_life(work, silent, customer=number)["person_id"])


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_page_tells_where_all_of_it_is_from(work: Work, client: TestClient) -> None:
    """Records with what joined them, the value that lost, scores, segments and the time line; viewing is one entry of the audit."""
    with work.state.connect() as connection:
        before = len(entries(connection))
    page = client.get(f"/customers/{public(work, '1')}").text
    with work.state.connect() as connection:
        assert [entry.action for entry in entries(connection)[before:]] == ["person_seen"] * 2  # the test's own look, and the page's
    said = text(page)
    for words in ("shop:1", "crm:7", "by review", "1 other value lost", "Turku", "Where the scores come from", "Came into a segment"):
        assert words in said, words
    assert text(client.get(f"/customers/{public(work, '1')}?topic=orders").text).count("Order €") == 2
    assert "Tietueet ja yhdistämiset" in client.get(f"/customers/{public(work, '1')}", headers={"accept-language": "fi"}).text


def test_consents_flags_and_corrections_are_recorded_from_the_page(work: Work, client: TestClient) -> None:
    """Each form does what its step does; what cannot be is said on the page, in its language."""
    person = public(work, "2")
    client.post(f"/customers/{person}/consents", data={"purpose": "sms", "given": "yes", "basis": "consent", "source": "the till"})
    client.post(f"/customers/{person}/consents", data={"purpose": "email", "given": "no", "proof": "letter 7"})
    assert consent_history(work, silent, customer=person)["stands"] == {"email": False, "sms": True}
    refused = client.post(f"/customers/{person}/consents", data={"purpose": "ads", "given": "yes", "basis": "b2b_role"})
    assert refused.status_code == 400 and "own consent" in refused.text
    page = client.post(f"/customers/{person}/corrections", data={"attribute": "city", "value": "Naantali"})
    assert "Naantali" in page.text and "a source had said: Oulu" in text(page.text)
    client.post(f"/customers/{person}/flags", data={"flag": "no_marketing", "holds": "yes", "reason": "by phone"})
    assert "Marketing is prohibited." in text(client.get(f"/customers/{person}").text)
    client.post(f"/customers/{person}/flags", data={"flag": "no_marketing", "holds": "no"})


def test_a_consent_is_withdrawn_from_the_page_in_one_capacity(tmp_path: Path) -> None:
    """Whoever takes the newsletter back at work keeps the one at home, and the page tells the two apart."""
    rows = "customer_id,email,company,consent_email\nh,anna@gmail.com,,yes\nw,anna@acme.fi,Acme Oy,yes\n"
    with opened(new_workspace(tmp_path / "shop")) as work, browsing(work) as client:
        bring_in(work, "Company name,Domain\nAcme Oy,acme.fi\n", "accounts", "companies.csv")
        bring_in(work, rows, "customers", "people.csv")
        review_merge(work, silent, names=["h", "w"])
        person = public(work, "h")
        before = client.get(f"/customers/{person}").text
        assert '<option value="Acme Oy">' in before and '<option value="consumer">' in before
        client.post(f"/customers/{person}/consents", data={"purpose": "email", "given": "no", "capacity": "Acme Oy"})
        stands = {row["capacity"]: row["stands"] for row in consent_history(work, silent, customer=person)["stands_as"]}
        assert stands == {"consumer": True, "contact": False}
        assert "contact of a company Acme Oy : does not stand" in text(client.get(f"/customers/{person}").text)


def test_who_is_set_aside_is_shown_with_their_rights_alone(work: Work, client: TestClient) -> None:
    """A restricted customer is in no list, and their page still lets the restriction be lifted."""
    person = public(work, "2")
    page = client.post(f"/customers/{person}/flags", data={"flag": "restricted", "holds": "yes"})
    assert page.status_code == 200 and "Set aside" in page.text and "Naantali" not in page.text and "What happened" not in page.text
    assert person not in [row["person_id"] for row in customers(work, silent)["customers"]]
    client.post(f"/customers/{person}/flags", data={"flag": "restricted", "holds": "no"})
    assert "What happened" in client.get(f"/customers/{person}").text


def test_the_archive_is_a_zip_to_hand_over(work: Work, client: TestClient) -> None:
    answer = client.post(f"/customers/{public(work, '1')}/archive")
    assert answer.headers["content-type"] == "application/zip" and "attachment" in answer.headers["content-disposition"]
    assert "person.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_records_are_taken_apart_and_a_merge_is_undone(work: Work, client: TestClient) -> None:
    """A marked record becomes a person of its own; all or none of them is refused on the page."""
    person = public(work, "1")
    assert client.post(f"/customers/{person}/split", data={}).status_code == 400
    assert "crm:7" not in text(client.post(f"/customers/{person}/split", data={"record": "crm:7"}).text)
    review_merge(work, silent, names=["1", "7"])
    page = client.get(f"/customers/{public(work, '1')}").text
    [batch] = re.findall(r'name="batch" value="(\d+)"', page)
    answer = client.post("/review/undo", data={"customer": person, "batch": batch, "back": "customer"})
    assert answer.url.path == f"/customers/{person}" and "the only record" in text(answer.text)


def test_an_erasure_asks_for_the_number_and_says_what_goes(work: Work, client: TestClient) -> None:
    """Nothing goes for a wrong number; for the right one the person is nowhere any more, and the page says so."""
    person = public(work, "2")
    page = text(client.get(f"/customers/{person}/erase").text)
    assert "Order: 1" in page and "It cannot be undone." in page
    refused = client.post(f"/customers/{person}/erase", data={"number": "3"})
    assert refused.status_code == 400 and "Nothing was erased" in refused.text
    assert client.get(f"/customers/{person}").status_code == 200
    answer = client.post(f"/customers/{person}/erase", data={"number": "2"})
    client.app.state.jobs.get(answer.url.path.rpartition("/")[2]).thread.join(120)  # type: ignore[attr-defined]
    done = text(client.get(answer.url.path).text)
    assert "The customer is erased" in done and "nothing of them is left" in done
    assert client.get(f"/customers/{person}").status_code == 404


def test_a_role_that_needs_no_names_sees_none_and_may_not_use_rights(work: Work, client: TestClient) -> None:
    """An analyst sees what somebody did, not who it is: neither names, birthdays nor customer numbers stand anywhere on the page, and every form is refused."""
    person = public(work, "1")
    secret = "a quiet river at noon 1"
    user_add(work, silent, email="admin@x.example", role="admin", password=secret)
    user_add(work, silent, email="analyst@x.example", role="analyst", password=secret)
    origin = {"origin": str(client.base_url)}
    client.post("/sign-in", data={"email": "analyst@x.example", "password": secret}, headers=origin)
    page = client.get(f"/customers/{person}").text
    assert "What happened" in page and "need the right role" in text(page)
    for telling in ("Maija", "Meri", "a@x.fi", "shop:1", "crm:7", "1984"):
        assert telling not in page, telling
    for form in ("consents", "flags", "corrections", "split", "archive", "erase"):
        assert client.post(f"/customers/{person}/{form}", data={}, headers=origin).status_code == 403, form
    assert client.get("/review").status_code == client.get("/sources").status_code == 403
