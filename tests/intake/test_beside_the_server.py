"""The server runs the intake beside it, brings in what it took, starts it again when it dies, and ends it in order."""

from __future__ import annotations

import os
import queue
import signal
import time

import httpx2
import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from intake.posting import rows, shop, track
from lohko.intake.beside import Beside
from lohko.steps.event_books import events_books
from lohko.steps.work import silent
from lohko.steps.write_keys import event_key_add
from lohko.web.app import create_app

_PATIENCE = 60.0


def test_events_come_in_while_the_server_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("lohko.intake.beside._AFTER_FAILURE_SECONDS", 0.1)
    ports: queue.Queue[int] = queue.Queue()
    with shop(tmp_path / "shop") as work:
        key = event_key_add(work, silent, source="web", kind="server")["key"]
        intake = Beside(work.folder, work.state, "127.0.0.1", 0, {}, ports.put)
        intake.start()
        with TestClient(create_app(work), base_url="http://127.0.0.1") as pages:
            _post(ports.get(timeout=_PATIENCE), key, "first")
            assert _wait_for(work, 1) == ["first"]
            assert intake._process is not None
            os.kill(intake._process.pid, signal.SIGKILL)
            _post(ports.get(timeout=_PATIENCE), key, "second")
            assert _wait_for(work, 2) == ["first", "second"]
            assert pages.get("/api/v1/events/books").json()["total"] == events_books(work, silent)["total"]
        intake.close()
        assert intake._process.poll() is not None


@pytest.mark.parametrize("error", [OSError(11, "no process"), OperationalError("SELECT", {}, Exception("locked"))])
def test_the_looking_after_goes_on_when_a_look_fails(tmp_path, monkeypatch, error):
    monkeypatch.setattr("lohko.intake.beside._AFTER_FAILURE_SECONDS", 0.01)
    monkeypatch.setattr("lohko.intake.beside._LOOK_SECONDS", 0.01)
    looks: queue.Queue[None] = queue.Queue()

    class Failing(Beside):
        def _wanted(self) -> bool:
            looks.put(None)
            if looks.qsize() == 2:  # the first one is that of `start`
                raise error
            return False

    with shop(tmp_path / "shop") as work:
        intake = Failing(work.folder, work.state, "127.0.0.1", 0, {}, print)
        intake.start()
        until = time.monotonic() + _PATIENCE
        while looks.qsize() < 4 and time.monotonic() < until and intake._thread.is_alive():
            time.sleep(0.01)
        assert looks.qsize() >= 4
        intake.close()


def _post(port: int, key: str, name: str) -> None:
    body = {"batch": [track("Seen", user="u1", name=name)]}
    assert httpx2.post(f"http://127.0.0.1:{port}/v1/batch", json=body, auth=(key, ""), timeout=_PATIENCE).status_code == 200


def _wait_for(work, count: int) -> list[str]:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with work.guard:
            if (
                events_books(work, silent)["total"]["stored"] == count
                and work.store.cursor().execute("SELECT max(batch) FROM loaded_batch").fetchall()[0][0]
            ):
                found = [name for _, name in rows(work, "Seen", "name")]
                if len(found) == count:
                    return found
        time.sleep(0.05)
    raise AssertionError("what was acknowledged was not brought in")
