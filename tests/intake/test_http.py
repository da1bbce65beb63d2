"""The HTTP API of events: what it takes, what it refuses and how, and that what it has answered is on disk."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest
from benchmarks.burst import accounts, send_until_taken
from starlette.testclient import TestClient

from intake.posting import SETTINGS, rows
from lohko.intake.app import ADDRESSES, create_intake
from lohko.intake.committing import Committer
from lohko.intake.gate import Gate, Room
from lohko.intake.process import _come_first
from lohko.landing import inbox
from lohko.landing.delivery import Delivery
from lohko.landing.inbox import Position, Writer
from lohko.landing.messages import MOST_OF_BATCH, MOST_OF_MESSAGE
from lohko.state import write_keys
from lohko.state.inbox import save_through
from lohko.state.workspace import create, open_workspace
from lohko.steps.event_books import events_books
from lohko.steps.intake import events_rejected, events_take
from lohko.steps.work import silent
from lohko.wiring import open_work

PAGE = {"origin": "https://shop.example"}


class Taking:
    """An intake over a new workspace, answering in this process."""

    def __init__(self, path, room=None):
        create(path, SETTINGS)
        self.folder, self.state, _ = open_workspace(path)
        with self.state.begin() as connection:
            self.server, self.public = (write_keys.add(connection, "web", kind, new_names=False)[0] for kind in ("server", "public"))
        self.gate = Gate(self.folder, self.state, room)
        self.client = TestClient(create_intake(self.gate, Committer(Writer(self.folder.inbox))))

    def kept(self):
        return [Delivery.unpack(data) for data in inbox.read(self.folder.inbox, Position(), 1 << 30).deliveries]

    def messages(self):
        return [json.loads(item.body) for item in self.kept()]


@pytest.fixture(scope="module")
def taking(tmp_path_factory):
    made = Taking(tmp_path_factory.mktemp("http") / "shop")
    with made.client:
        yield made


@pytest.fixture
def post(taking):
    def send(body=None, *, to="batch", key=None, **more):
        auth = {"auth": (key, "")} if key else {}
        return taking.client.post(f"/v1/{to}", **({"json": body} if body is not None else {}), **auth, **more)

    return send


@pytest.mark.parametrize("to", sorted(set(ADDRESSES) - {"batch", "b"}))
def test_each_type_of_message_has_its_address(taking, post, to):
    answer = post({"userId": "1", "messageId": f"to-{to}"}, to=to, key=taking.server)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert (taking.kept()[-1].kind, taking.messages()[-1]["messageId"]) == (ADDRESSES[to], f"to-{to}")


def test_an_address_may_end_in_a_slash_and_is_not_sent_on(taking, post):
    """To be sent on would take the key along, to http where a proxy speaks TLS."""
    assert post({"userId": "1", "messageId": "slash"}, to="page/", key=taking.server, follow_redirects=False).status_code == 200
    assert taking.messages()[-1]["messageId"] == "slash"
    assert [post({"userId": "1"}, to=wrong, key=taking.server).status_code for wrong in ("page/x", "", "import/")] == [404, 404, 404]


def test_the_key_may_stand_in_the_header_or_in_the_body_and_is_not_kept(taking, post):
    batch = {"batch": [{"type": "track", "userId": "1", "event": "x"}]}
    assert post(batch, headers={"authorization": f"Bearer {taking.server}"}).status_code == 200
    assert post({**batch, "writeKey": taking.server}).status_code == 200
    assert taking.server not in json.dumps(taking.messages())
    for wrong in ({"auth": ("no-key", "")}, {"auth": ("", "")}, {"headers": {"authorization": "Basic ?"}}, {}):
        answer = taking.client.post("/v1/batch", json=batch, **wrong)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_key")


def test_bodies_may_be_packed_and_packed_ones_are_not_larger_inside(taking, post):
    body = gzip.compress(json.dumps({"batch": [{"type": "page", "anonymousId": "a", "messageId": "packed"}]}).encode())
    assert post(content=body, key=taking.server, headers={"content-encoding": "gzip"}).status_code == 200
    assert taking.messages()[-1]["batch"][0]["messageId"] == "packed"
    bomb = zlib.compressobj(wbits=31)
    large = bomb.compress(b" " * 20_000_000) + bomb.flush()
    for wrong in (large, body[:-9], b"no gzip"):
        assert post(content=wrong, key=taking.server, headers={"content-encoding": "gzip"}).status_code == 400
    assert post(content=body, key=taking.server, headers={"content-encoding": "br"}).status_code == 415


@pytest.mark.parametrize(
    ("to", "body", "code"),
    [
        ("batch", b"{", "bad_json"),
        ("batch", b"[]", "bad_json"),
        ("batch", b'{"batch": NaN}', "bad_batch"),
        ("batch", b"[" * 100_000, "bad_json"),
        ("batch", b'{"batch":[{"a":' + b"[" * 5000 + b"]" * 5000 + b"}]}", None),
        ("batch", b'{"batch": {}}', "bad_batch"),
        ("batch", b"{}", "bad_batch"),
        ("batch", b" " * (MOST_OF_BATCH + 1), "too_large"),
        ("track", b'{"userId":"1","x":"' + b"y" * MOST_OF_MESSAGE + b'"}', "too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(taking, post, to, body, code):
    before = len(taking.kept())
    answer = post(content=body, to=to, key=taking.server)
    if code is not None:
        assert (answer.status_code, answer.json()["code"], len(taking.kept())) == (400, code, before)
    assert answer.status_code in (200, 400)


def test_pages_of_any_site_may_send_with_a_public_key_and_none_with_a_secret_one(taking, post):
    before = taking.client.options("/v1/batch", headers=PAGE)
    assert (before.status_code, before.headers["access-control-allow-origin"]) == (204, "*")
    body = {"batch": [{"type": "page", "anonymousId": "a"}]}
    beacon = taking.client.post(
        "/v1/batch", content=json.dumps({**body, "writeKey": taking.public}), headers={**PAGE, "content-type": "text/plain"}
    )
    assert (beacon.status_code, beacon.headers["access-control-allow-origin"]) == (200, "*")
    refused = post(body, key=taking.server, headers=PAGE)
    assert (refused.status_code, refused.json()["code"]) == (403, "secret_key_in_page")
    assert (
        "access-control-allow-origin" not in refused.headers and "access-control-allow-origin" not in post(body, key=taking.server).headers
    )


def test_nothing_can_be_read_with_a_write_key(taking):
    for path in ("/v1/batch", "/v1/track", "/api/v1/customers", "/", "/inbox", "/api/v1/status"):
        assert taking.client.get(path, auth=(taking.server, "")).status_code in (404, 405)
    assert taking.client.post("/v1/people", auth=(taking.server, ""), json={}).status_code == 404
    assert taking.client.get("/lohko.js").text.startswith("((w, d, n)") and taking.client.get("/health").json() == {"ok": True}


def test_a_revoked_key_is_refused(taking, post):
    with taking.state.begin() as connection:
        text, made = write_keys.add(connection, "web", "server", new_names=True)
    taking.gate.look()
    assert post({"batch": []}, key=text).status_code == 200
    with taking.state.begin() as connection:
        write_keys.revoke(connection, made.shown)
    taking.gate.look()
    assert post({"batch": []}, key=text).status_code == 401


def test_senders_wait_while_there_is_no_room_and_go_on_when_there_is(tmp_path):
    made = Taking(tmp_path / "shop", Room(most_waiting=2000))
    with made.client:
        body = {"batch": [{"type": "page", "userId": "1", "context": {"x": "y" * 3000}}]}
        assert made.client.post("/v1/batch", json=body, auth=(made.server, "")).status_code == 200
        made.gate.look()
        full = made.client.post("/v1/batch", json=body, auth=(made.server, ""))
        assert (full.status_code, full.headers["retry-after"], full.headers["x-ratelimit-reset"], full.json()["code"]) == (
            429,
            "5",
            "5",
            "wait",
        )
        assert made.client.get("/health").status_code == 503 and len(made.kept()) == 1
        position = inbox.read(made.folder.inbox, Position(), 1 << 30).position
        with made.state.begin() as connection:
            save_through(connection, position.file, position.offset)
        made.gate.look()
        assert made.client.post("/v1/batch", json=body, auth=(made.server, "")).status_code == 200
    low = Taking(tmp_path / "low", Room(least_free=1 << 60))
    with low.client:
        assert low.client.post("/v1/batch", json=body, auth=(low.server, "")).status_code == 429


def test_one_visitor_cannot_send_more_than_a_visitor_does(tmp_path):
    made = Taking(tmp_path / "shop", Room(visitor_rate=3))
    with made.client:
        statuses = [made.client.post("/v1/batch", json={"batch": []}, auth=(made.public, "")).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert made.client.post("/v1/batch", json={"batch": []}, auth=(made.server, "")).status_code == 200


def test_a_proxy_that_nobody_named_is_said_where_visitors_wait_for_it(tmp_path, caplog):
    """All visitors are one address then; whoever looks after the server is to know why they are told to wait."""
    taking = Taking(tmp_path / "shop", Room(least_free=0, visitor_rate=2))
    page = {"anonymousId": "a", "writeKey": taking.public}
    with taking.client:
        statuses = [
            taking.client.post("/v1/page", json=page, headers={"x-forwarded-for": f"192.0.2.{number}"}).status_code for number in range(4)
        ]
    assert statuses == [200, 200, 429, 429]
    assert sum("--proxy" in record.getMessage() for record in caplog.records) == 1


def test_many_requests_share_one_trip_to_the_disk_and_none_is_answered_before_it(tmp_path, monkeypatch):
    synced, gate = [], threading.Event()
    real = os.fdatasync

    def slow(descriptor):
        gate.wait(5)
        synced.append(len(answered))
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", slow)
    answered: list[int] = []

    async def send():
        committer = Committer(Writer(tmp_path / "inbox"))

        async def one(number):
            await committer.keep(b"x%d" % number)
            answered.append(number)

        tasks = [asyncio.create_task(one(number)) for number in range(200)]
        await asyncio.sleep(0.05)
        assert answered == []
        gate.set()
        await asyncio.gather(*tasks)
        await asyncio.to_thread(committer.close)

    asyncio.run(send())
    assert len(synced) <= 3 and synced[0] == 0 and len(answered) == 200
    assert len(inbox.read(tmp_path / "inbox", Position(), 1 << 30).deliveries) == 200


def test_a_disk_that_fails_is_said_and_nothing_of_it_is_acknowledged(tmp_path, monkeypatch):
    made = Taking(tmp_path / "shop")
    with made.client:
        monkeypatch.setattr(os, "fdatasync", lambda _fd: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        answer = made.client.post("/v1/batch", json={"batch": []}, auth=(made.server, ""))
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "cannot_keep", "5")
        monkeypatch.undo()
        assert made.client.post("/v1/batch", json={"batch": []}, auth=(made.server, "")).status_code == 200


@pytest.fixture
def process(request, tmp_path):
    """The intake as it runs beside the server: its own process, with the options that a test gives."""
    create(tmp_path / "shop", SETTINGS)
    _, state, _ = open_workspace(tmp_path / "shop")
    with state.begin() as connection:
        key, _ = write_keys.add(connection, "web", "server", new_names=True)
    state.dispose()
    options = json.dumps(getattr(request, "param", {}))
    command = [sys.executable, "-m", "lohko.intake.process", str(tmp_path / "shop"), "127.0.0.1", "0", options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout and started.stdin
        yield tmp_path / "shop", key, int(started.stdout.readline().split()[1]), started
        started.stdin.close()  # as when the server is gone
        assert started.wait(20) is not None


def test_a_common_library_works_unchanged_when_it_is_pointed_here(process):
    library = pytest.importorskip("segment.analytics.client", reason="segment-analytics-python is not installed")
    path, key, port, started = process
    errors: list[object] = []
    for packed in (False, True):
        client = library.Client(
            key, host=f"http://127.0.0.1:{port}", gzip=packed, max_retries=0, on_error=lambda *told: errors.append(told)
        )
        client.identify("maija", {"email": "maija@example.fi", "firstName": "Maija"}, anonymous_id="browser")
        client.track("maija", "Order Seen", {"total": 19.99, "packed": packed})
        client.page(anonymous_id="browser", name="Kassa", properties={"path": "/kassa"})
        client.screen("maija", "Cart", "Kassa")
        client.group("maija", "acme", {"name": "Acme Oy"})
        client.alias("before", "maija")
        client.flush()
        client.join()
    assert errors == []
    assert "duckdb" not in Path(f"/proc/{started.pid}/maps").read_text(), "who takes events never opens the store"
    with open_work(path, silent) as work:
        taken = events_take(work, silent)
        assert (taken["received"], taken["stored"], taken["rejected"]) == (12, 12, 0), events_rejected(work, silent)
        assert rows(work, "Order Seen", "packed") == [("before+before+browser+maija", packed) for packed in (False, True)]
        assert [name for _, name in rows(work, "Page Viewed", "name")] == ["Kassa", "Kassa"]
        assert events_books(work, silent)["total"]["balanced"]


def test_it_goes_before_others_where_it_may(process):
    """It and every thread that it starts have turns in real time where the system allows that, and none where it does not."""
    *_, started = process
    asking = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"
    allowed = subprocess.run([sys.executable, "-c", asking], capture_output=True).returncode == 0
    turns = [os.sched_getscheduler(int(thread.name)) for thread in Path(f"/proc/{started.pid}/task").iterdir()]
    assert os.sched_getscheduler(started.pid) == (os.SCHED_RR if allowed else os.SCHED_OTHER)
    own = 5  # itself, the inbox's, the gate's, the look-ups', and the one that waits for the end of its parent; libraries have more
    assert turns.count(os.SCHED_RR) >= own if allowed else os.SCHED_RR not in turns


@pytest.mark.parametrize("error", [PermissionError(1, "Operation not permitted"), OSError(38, "Function not implemented")])
def test_it_starts_where_it_may_not_go_before_others(monkeypatch, error):
    asked = []

    def refuse(*what):
        asked.append(what[:2])
        raise error

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    _come_first()
    assert asked == [(0, os.SCHED_RR)]


def _one(port, key):
    """What one more event is answered."""
    import httpx2

    body = {"type": "track", "event": "x", "userId": "1", "properties": {"text": "x" * 4000}}
    return httpx2.post(f"http://127.0.0.1:{port}/v1/batch", json={"batch": [body]}, auth=(key, "")).status_code


@pytest.mark.parametrize("process", [{"most_waiting": 20_000}], indirect=True)
def test_a_burst_is_told_to_wait_and_is_all_there_once(process):
    """Beyond the room senders hear 429 and for how long to wait; sent again, all that was acknowledged is stored, and nothing twice."""
    path, key, port, _ = process
    while _one(port, key) != 429:  # full before the burst begins, however slow or quick the machine is
        time.sleep(0.01)
    waits, over = threading.Event(), threading.Event()

    def read():
        with open_work(path, silent) as work:
            waits.wait(60)
            while not over.wait(0.2):
                events_take(work, silent)
            events_take(work, silent)

    reading = threading.Thread(target=read)
    reading.start()
    sent = send_until_taken(port, key, rate=10_000, seconds=0.4, prefix="b-", longest_wait=0.3, waits_first=waits)
    over.set()
    reading.join()
    assert sent["told_to_wait"] > 0 and sent["retry_after"] == ["5"]
    told = accounts(path, "b-", sent)
    assert (told["acknowledged"], told["stored"], told["lost"], told["doubled"], told["other_answers"]) == (4000, 4000, 0, 0, 0)


def test_what_was_on_its_way_is_answered_before_the_process_ends(process):
    import httpx2

    path, key, port, started = process
    answered, over = [], threading.Event()

    def send():
        with httpx2.Client() as client:
            while not over.is_set():
                try:
                    body = {"batch": [{"type": "track", "event": "x", "userId": "1"}]}
                    answered.append(client.post(f"http://127.0.0.1:{port}/v1/batch", json=body, auth=(key, "")).status_code)
                except httpx2.HTTPError:
                    return

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(answered) < 20:
        time.sleep(0.01)
    started.terminate()
    started.wait(20)
    over.set()
    for thread in threads:
        thread.join()
    kept = inbox.read(path / "inbox", Position(), 1 << 30).deliveries
    assert set(answered) == {200} and len(kept) >= len(answered)
