"""What is wrong and what to do about it are said in the page's language."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lohko.engine.store import open_store
from lohko.steps.reports import report_link_add, report_link_revoke, report_links
from lohko.steps.work import Work, silent
from web.small_shop import browsing, new_workspace, opened


def test_a_link_that_was_revoked_says_so_and_whom_to_ask(shop: Work) -> None:
    path = report_link_add(shop, silent, language="fi")["path"]
    report_link_revoke(shop, silent, link=report_links(shop, silent)["links"][0]["id"])
    with browsing(shop) as client:
        answer = client.get(path, headers={"accept-language": "fi", "accept": "text/html"})
        assert answer.status_code == 404
        assert "Linkki ei enää avaa mitään: se on vanhentunut tai peruttu." in answer.text
        assert "<p>Pyydä uusi linkki sen lähettäjältä.</p>" in answer.text
        english = client.get(path, headers={"accept-language": "en", "accept": "text/html"})
        assert "Ask whoever sent it for a new one." in english.text


@contextmanager
def being_replaced(work: Work) -> Iterator[None]:
    """For a moment there is no store, as at the end of an erasure."""
    closed = threading.Event()

    def replace() -> None:
        with work.guard:
            work.store.close()
            closed.set()
            time.sleep(0.3)
            work.store = open_store(work.folder.store, [work.folder.landing, work.folder.ledger], work.memory)

    thread = threading.Thread(target=replace)
    thread.start()
    closed.wait(10)
    yield
    thread.join()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Work]:
    with opened(new_workspace(tmp_path / "own")) as work:
        yield work


@pytest.mark.parametrize("path", ["/", "/segments", "/review", "/api/v1/segments"])
def test_whoever_looks_while_the_store_is_replaced_waits_for_the_new_one(own: Work, path: str) -> None:
    with browsing(own) as client, being_replaced(own):
        assert client.get(path).status_code == 200


def test_what_changes_something_meanwhile_says_that_it_has_to_be_tried_again(own: Work) -> None:
    """Whether it has begun to change something nobody knows, so it is not done twice."""
    with browsing(own) as client, being_replaced(own):
        answer = client.post("/api/v1/count", json={"condition": "did order"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_replaced")
