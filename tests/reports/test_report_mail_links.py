"""Reports sent by a real mail server on loopback when their time comes, and links that open, end and can be revoked."""

from __future__ import annotations

import datetime as dt
import email
import socket
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.state import reports as kept
from lohko.state.report_tables import report_link, report_schedule
from lohko.state.users import digest
from lohko.steps.guide import guide, guide_mark
from lohko.steps.reports import (
    report_link_add,
    report_link_revoke,
    report_links,
    report_mail_add,
    report_mail_list,
    report_mail_remove,
    report_send,
)
from lohko.steps.work import Work, silent
from web.small_shop import AS_OF, browsing, fill, new_workspace, opened

controller = pytest.importorskip("aiosmtpd.controller")
pytest.importorskip("reportlab")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("mail") / "small-shop")) as work:
        fill(work)
        yield work


@pytest.fixture(scope="module")
def client(shop: Work) -> Iterator[TestClient]:
    with browsing(shop) as found:
        yield found


class Inbox:
    """What the mail server took, and whom it refuses."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], Message]] = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append((list(envelope.rcpt_tos), email.message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    box = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = controller.Controller(box, hostname="127.0.0.1", port=port)
    running.start()
    for name, value in {"HOST": "127.0.0.1", "PORT": str(port), "FROM": "lohko@shop.fi", "SECURITY": "none"}.items():
        monkeypatch.setenv(f"LOHKO_SMTP_{name}", value)
    yield box
    running.stop()


def test_a_report_goes_out_when_its_time_has_come_and_once(shop: Work, inbox: Inbox) -> None:
    made = report_mail_add(shop, silent, receivers=["Boss@shop.fi"], schedule="* * * * *", segment="twice", form="xlsx", language="fi")
    with shop.state.begin() as connection:
        connection.execute(report_schedule.update().values(added_at=(now() - dt.timedelta(minutes=5)).isoformat()))
    assert [row["error"] for row in report_send(shop, silent, due=True)["sent"]] == [None]
    ((receivers, message),) = inbox.got
    assert receivers == ["Boss@shop.fi"]
    assert message["From"] == "lohko@shop.fi"
    text, file = message.get_payload()
    assert "liitteenä" in text.get_payload(decode=True).decode()
    assert file.get_filename().endswith(".xlsx") and file.get_payload(decode=True)[:2] == b"PK"
    with shop.state.begin() as connection:
        connection.execute(report_schedule.update().values(schedule="0 7 1 1 *"))
    assert report_send(shop, silent, due=True)["sent"] == [], "its time has not come again"
    report_mail_remove(shop, silent, schedule=made["id"])
    assert report_mail_list(shop, silent)["schedules"] == []


def test_one_that_fails_is_remembered_and_keeps_no_other_back(shop: Work, inbox: Inbox) -> None:
    inbox.refused = {"gone@shop.fi"}
    first = report_mail_add(shop, silent, receivers=["gone@shop.fi"], schedule="0 7 * * 1")
    second = report_mail_add(shop, silent, receivers=["there@shop.fi"], schedule="0 7 * * 1")
    sent = {row["id"]: row["error"] for row in report_send(shop, silent)["sent"]}
    assert sent[first["id"]]["code"] == "mail_refused" and sent[second["id"]] is None
    assert {row["id"]: row["last_error"] for row in report_mail_list(shop, silent)["schedules"]} == {
        first["id"]: "mail_refused",
        second["id"]: None,
    }
    for made in (first, second):
        report_mail_remove(shop, silent, schedule=made["id"])


def test_without_a_server_or_over_plain_text_with_a_password_nothing_is_sent(shop: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    made = report_mail_add(shop, silent, receivers=["boss@shop.fi"], schedule="0 7 * * 1")
    monkeypatch.delenv("LOHKO_SMTP_HOST", raising=False)
    assert report_send(shop, silent)["sent"][0]["error"]["code"] == "no_smtp"
    for name, value in {"HOST": "127.0.0.1", "FROM": "a@b.fi", "SECURITY": "none", "USER": "u", "PASSWORD": "p"}.items():
        monkeypatch.setenv(f"LOHKO_SMTP_{name}", value)
    assert report_send(shop, silent)["sent"][0]["error"]["code"] == "bad_smtp"
    report_mail_remove(shop, silent, schedule=made["id"])


def test_a_server_without_tls_is_not_trusted_when_tls_is_asked_for(shop: Work, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """`starttls` is the default: a server that does not offer it gets nothing."""
    monkeypatch.setenv("LOHKO_SMTP_SECURITY", "starttls")
    made = report_mail_add(shop, silent, receivers=["boss@shop.fi"], schedule="0 7 * * 1")
    assert report_send(shop, silent)["sent"][0]["error"]["code"] == "mail_failed"
    assert inbox.got == []
    report_mail_remove(shop, silent, schedule=made["id"])


@pytest.mark.parametrize(
    "wrong",
    [{"receivers": []}, {"receivers": ["no address"]}, {"schedule": "often"}, {"schedule": ""}, {"segment": "twise"}, {"form": "doc"}],
)
def test_what_cannot_be_sent_is_refused_at_once(shop: Work, wrong: dict[str, Any]) -> None:
    given: dict[str, Any] = {"receivers": ["a@shop.fi"], "schedule": "0 7 * * 1"} | wrong
    with pytest.raises(InputError) as refused:
        report_mail_add(shop, silent, **given)
    assert refused.value.hint


# --- links --------------------------------------------------------------------------------


def test_a_link_opens_the_report_and_shows_nobody(shop: Work, client: TestClient) -> None:
    made = report_link_add(shop, silent, segment="twice", days=7)
    answer = client.get(made["path"])
    assert answer.status_code == 200
    assert answer.headers["x-robots-tag"].startswith("noindex") and answer.headers["cache-control"] == "no-store"
    assert "twice" in answer.text
    for telling in ("@example.fi", "Etu1", "Mäkinen1", "/customers"):
        assert telling not in answer.text
    assert "Yleiskuva" in client.get(report_link_add(shop, silent, language="fi")["path"]).text


def test_a_link_ends_when_it_is_revoked_or_over(shop: Work, client: TestClient) -> None:
    revoked, over = report_link_add(shop, silent), report_link_add(shop, silent, days=1)
    report_link_revoke(shop, silent, link=revoked["id"])
    with shop.state.begin() as connection:
        past = (now() - dt.timedelta(seconds=1)).isoformat()
        connection.execute(report_link.update().where(report_link.c.id == over["id"]).values(expires_at=past))
    for made in (revoked, over):
        assert client.get(made["path"]).status_code == 404
    assert client.get("/shared/nothing").status_code == 404
    told = {row["id"]: row["open"] for row in report_links(shop, silent)["links"]}
    assert not told[revoked["id"]] and not told[over["id"]]


def test_what_opens_a_link_is_not_kept(shop: Work) -> None:
    made = report_link_add(shop, silent)
    secret = made["path"].removeprefix("/shared/")
    assert len(secret) >= 40
    body = b"".join(path.read_bytes() for path in Path(shop.folder.path).rglob("state.sqlite*"))
    assert secret.encode() not in body and digest(secret).encode() in body
    with shop.state.connect() as connection:
        assert kept.open_link(connection, secret) is not None


# --- the pages ----------------------------------------------------------------------------


def test_the_page_of_reports_makes_links_and_schedules(client: TestClient) -> None:
    origin = {"origin": str(client.base_url)}
    made = client.post("/reports/links", data={"segment": "twice", "days": "7"}, headers=origin)
    assert made.status_code == 200 and "/shared/" in made.text
    assert "/shared/" not in client.get("/reports").text, "it is shown once"
    refused = client.post("/reports/schedules", data={"receivers": "a at shop", "schedule": "0 7 * * 1"}, headers=origin)
    assert refused.status_code == 400 and 'value="a at shop"' in refused.text and 'role="alert"' in refused.text
    added = client.post("/reports/schedules", data={"receivers": "a@shop.fi; b@shop.fi", "schedule": "0 7 * * 1"}, headers=origin)
    assert "a@shop.fi, b@shop.fi" in added.text
    file = client.get("/reports/file?segment=twice&form=pdf")
    assert file.content[:5] == b"%PDF-" and "attachment" in file.headers["content-disposition"]


@pytest.mark.parametrize(
    "way", ["distribution", "cross", "cohorts?periods=24", "paths?days=730", "trend?unit=week&segment=*&segment=twice"]
)
def test_pages_of_exploring_have_their_picture_table_and_files(client: TestClient, way: str) -> None:
    name, _, query = way.partition("?")
    query += f"&as_of={AS_OF}"
    for language in ("en", "fi"):
        answer = client.get(f"/explore/{name}?{query}&lang={language}")
        assert answer.status_code == 200
        assert "<svg" in answer.text and "<table" in answer.text and "Etu1" not in answer.text
    table = client.get(f"/explore/{name}/table.csv?{query}")
    assert table.headers["content-type"].startswith("text/csv") and table.text.count("\n") > 1
    picture = client.get(f"/explore/{name}/picture/0?{query}")
    assert picture.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"') and "<style>" in picture.text
    assert client.get(f"/explore/{name}/picture/99?{query}").status_code == 404


def test_wrong_choices_of_exploring_are_sentences(client: TestClient) -> None:
    for address in (
        "/explore/nonsense",
        "/explore?attribute=email",
        "/explore/cohorts?periods=x",
        "/explore/trend?unit=fortnight",
        "/explore?segment=nobody-knows",
    ):
        answer = client.get(address)
        assert answer.status_code in (400, 404) and "Traceback" not in answer.text


# --- the guide ----------------------------------------------------------------------------


def test_the_guide_begins_with_data_and_knows_what_is_done(shop: Work, client: TestClient, tmp_path: Path) -> None:
    """An empty workspace is asked for data first; here files, segments and a refresh count by themselves, looking is ticked off."""
    with opened(new_workspace(tmp_path / "empty")) as empty:
        found = guide(empty, silent)
        assert (found["next"], found["done"]) == ("customers", 0)
        with browsing(empty) as other:
            assert other.get("/guide").status_code == 200
            assert "<svg" in other.get("/explore").text  # the brand; and no traceback where there is nothing
    found = guide(shop, silent)
    done = {step["id"] for step in found["steps"] if step["done"]}
    assert {"customers", "orders", "saved", "refreshed", "consent"} <= done
    assert found["next"] == "quality"
    client.post("/guide/quality", data={"done": "yes"}, headers={"origin": str(client.base_url)})
    assert guide(shop, silent)["next"] == "identity"
    assert guide_mark(shop, silent, step="quality", done=False)["next"] == "quality"
    with pytest.raises(InputError):
        guide_mark(shop, silent, step="nonsense")
    for language in ("en", "fi"):
        assert client.get("/guide", params={"lang": language}).status_code == 200
