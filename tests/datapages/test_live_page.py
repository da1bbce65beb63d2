"""The page of events: whether segments are current, what became of every event, what is rejected, and the keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.posting import NOON, put, send, shop, track
from lohko.base import clock
from lohko.steps.feed import live_status
from lohko.steps.refresh import refresh
from lohko.steps.work import Work, silent
from lohko.steps.write_keys import event_key_list
from steps.rows import define
from web.small_shop import browsing


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    with shop(tmp_path / "shop") as found:
        yield found


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_what_came_and_what_became_of_it_is_told(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    monkeypatch.setattr("lohko.web.live_page.now", lambda: NOON)
    with browsing(work) as client:
        assert "No event has come in yet." in client.get("/live").text
        send(work, track("joined", user="u1", number="a"), track("joined", user="u1", number="a"), track("", user="u2"))
        put(work, track("Secret Thing", anonymous="b1"), kind="public")
        send(work, track("joined", user="u3"))
        said = text(client.get("/live").text)
        assert "Received 5 = Stored 2 + Known already 1 + Rejected 2" in said
        assert "The name of the event is missing 1" in said and "An event that a page may not bring 1" in said
        assert "14:00: 5 received, 2 rejected" in client.get("/live").text  # noon is two o'clock in Helsinki
        assert "Hylätyt tapahtumat" in client.get("/live", headers={"accept-language": "fi"}).text
        offered = re.findall(r'href="(/live/hours[^"]+)" download', client.get("/live").text)
        numbers, picture = (client.get(link) for link in offered)
        assert "T14:00:00+02:00,5,2" in numbers.text.splitlines()[-1] and 'data-png="hours"' in client.get("/live").text
        assert picture.headers["content-type"].startswith("image/svg+xml") and "14:00: 5 received, 2 rejected" in picture.text


def test_rejected_events_are_tried_again_once_their_key_may_bring_them(work: Work) -> None:
    put(work, track("Secret Thing", anonymous="b1"), kind="public")
    send(work, track("joined", user="u1"))
    send(work, track("Secret Thing", user="u1"))  # now there is such an event
    with browsing(work) as client:
        assert "1 event could be used now." in text(client.post("/live/retry", follow_redirects=True).text)
        assert "Rejected 0" in text(client.get("/live").text)


def test_keys_are_made_shown_once_and_revoked(work: Work) -> None:
    with browsing(work) as client:
        made = client.post("/live/keys", data={"source": "blog", "kind": "public"})
        key = next(item for item in event_key_list(work, silent)["keys"] if item["source"] == "blog")
        assert f'data-key="{key["key"]}" defer' in made.text and "/lohko.js" in made.text
        secret = re.search(
            r'<code class="secret">(lohko_ws_\S+?)</code>', client.post("/live/keys", data={"source": "erp", "kind": "server"}).text
        )
        assert secret is not None and secret[1] not in client.get("/live").text
        assert client.post("/live/keys", data={"source": "", "kind": "server"}).status_code == 400
        client.post(f"/live/keys/{key['id']}/revoke")
        assert not next(item for item in event_key_list(work, silent)["keys"] if item["id"] == key["id"])["holds"]


def test_a_page_may_bring_new_kinds_of_event_when_its_key_is_let(work: Work) -> None:
    """Said beside the rejected ones, done on the page, and undone; a server's key brings what it will anyway."""
    put(work, track("Secret Thing", anonymous="b1"), kind="public")
    send(work, track("joined", user="u1"))
    with browsing(work) as client:
        said = client.get("/live").text
        assert "Kinds of event that are not known are taken when their key is let bring new ones." in said
        key = next(item for item in event_key_list(work, silent)["keys"] if item["kind"] == "public")
        assert said.count("/names") == 1 and f"/live/keys/{key['id']}/names" in said
        client.post(f"/live/keys/{key['id']}/names", data={"new": "yes"})
        assert "Reject them" in client.get("/live").text
        assert "1 event could be used now." in text(client.post("/live/retry", follow_redirects=True).text)
        client.post(f"/live/keys/{key['id']}/names", data={"new": "no"})
        put(work, track("Another Thing", anonymous="b1"), kind="public")
        send(work, track("joined", user="u2"))
        assert "An event that a page may not bring 1" in text(client.get("/live").text)


def test_events_that_have_waited_for_some_seconds_are_said(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lohko.steps.live.take_some", lambda *_: None)  # the app takes what comes, maybe before the page is asked for
    send(work, track("joined", user="u1"))
    define(work, members="did joined")
    refresh(work, silent)
    with browsing(work) as client:
        assert "Yes: segments have seen all data." in client.get("/live").text
        put(work, track("joined", user="u3"))
        said = text(client.get("/live").text)
        assert "Events that have come in are not read yet. The oldest has waited for" in said and "have seen all data" not in said


def test_refreshing_by_itself_is_stopped_and_begun(work: Work) -> None:
    with browsing(work) as client:
        client.post("/live", data={"on": "no"})
        client.post("/live/check", data={"nightly": "yes"})
        status = live_status(work, silent)
        assert (status["on"], status["nightly_check"]) == (False, True)
        assert "Segments are not refreshed by themselves." in client.get("/live").text
