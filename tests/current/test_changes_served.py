"""Changes over HTTP and on the command line: who may have them, where one goes on, and a stream that ends in order."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from starlette.testclient import TestClient

from commanding import command as run
from intake.posting import identify, send, shop
from lohko.steps.feed import changes_after
from lohko.steps.keys import key_add, key_revoke
from lohko.steps.refresh_live import refresh_live
from lohko.steps.segments import apply
from lohko.steps.work import silent
from lohko.web import changes_api
from lohko.web.app import create_app


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    with shop(tmp_path_factory.mktemp("served") / "shop") as work:
        send(work, identify("u0", plan="basic"))
        apply(work, silent, files={"gold.yaml": "id: gold\nwhere: plan is gold\n"})
        for user in ("u1", "u2", "u3"):
            send(work, identify(user, plan="gold"))
            refresh_live(work)
        yield work


def test_pages_are_for_keys_that_see_names(work):
    keys = {scope: key_add(work, silent, name=scope, scopes=[scope])["key"] for scope in ("read", "people")}
    client = TestClient(create_app(work), base_url="http://localhost")

    def get(scope, **asked):
        return client.get("/api/v1/changes", params=asked, headers={"authorization": f"Bearer {keys[scope]}"})

    assert get("read").status_code == 403
    whole = get("people").json()
    assert [item["customer"] for item in whole["changes"]] == ["u1", "u2", "u3"]
    assert get("people", limit=1).json()["more"] is True
    assert get("people", after=whole["changes"][1]["position"]).json()["changes"] == whole["changes"][2:]
    assert get("people", after="nonsense").json()["error"]["code"] == "unknown_position"
    assert get("people", segment="silver").status_code == 404
    live = client.get("/api/v1/live", headers={"authorization": f"Bearer {keys['read']}"}).json()
    assert (live["behind"], live["decided"]) == (0, 1)


def test_a_stream_begins_where_it_was_left_and_ends_when_the_server_does(work, monkeypatch):
    """Each event has the position as its id; the page of it is what `GET /api/v1/changes` says."""
    whole = changes_after(work, silent)["changes"]
    streams = changes_api.Streams()
    monkeypatch.setattr(changes_api, "HEARTBEAT_SECONDS", 0.05)

    async def heard(after: str, most: int) -> list[str]:
        first = changes_after(work, silent, after=after)
        found = []
        async for text in changes_api._events(work, streams, first, None):
            found.append(text)
            if len(found) == most:
                streams.close()
        return found

    told = asyncio.run(heard(whole[0]["position"], 4))
    events = [dict(line.split(": ", 1) for line in text.strip().split("\n")) for text in told[1:3]]
    assert [json.loads(item["data"]) for item in events] == whole[1:]
    assert [item["id"] for item in events] == [item["position"] for item in whole[1:]]
    assert (told[3], streams.open) == (": still here\n\n", 0)
    app = create_app(work)
    app.state.streams.close()
    answer = TestClient(app, base_url="http://localhost").get("/api/v1/changes/stream", headers={"last-event-id": whole[1]["position"]})
    assert answer.headers["content-type"].startswith("text/event-stream") and answer.text.startswith("retry:")


def test_a_stream_ends_when_its_key_is_revoked_and_one_look_serves_all_who_follow(work, monkeypatch):
    monkeypatch.setattr(changes_api, "KEY_SECONDS", 0.05)
    looks = []
    monkeypatch.setattr(changes_api.feed, "latest_run", lambda work: looks.append(1) or 3)
    made = key_add(work, silent, name="follower", scopes=["people"])
    begun = threading.Event()
    holds = changes_api.still_may

    def asked(*about):
        begun.set()
        return holds(*about)

    monkeypatch.setattr(changes_api, "still_may", asked)

    def revoke():
        begun.wait(20)
        key_revoke(work, silent, key=made["id"])

    revoking = threading.Thread(target=revoke)
    revoking.start()
    app = create_app(work)
    answer = TestClient(app, base_url="http://localhost").get("/api/v1/changes/stream", headers={"authorization": f"Bearer {made['key']}"})
    revoking.join()
    assert answer.status_code == 200 and answer.text.startswith("retry:") and app.state.streams.open == 0
    streams = changes_api.Streams()
    looks.clear()

    async def many():
        return await asyncio.gather(*(streams.latest(work) for _ in range(50)))

    asyncio.run(many())
    assert len(looks) == 1


def test_the_command_line_tells_changes_and_how_current_they_are(work, tmp_path):
    from lohko.remote import answering

    whole = changes_after(work, silent)["changes"]
    with answering(work):
        at = ["--workspace", str(work.folder.path)]
        assert json.loads(run("changes", "--json", "--after", whole[1]["position"], *at).stdout)["changes"] == whole[2:]
        assert run("changes", *at).stdout.splitlines()[1].split(",")[1:3] == ["gold", "u1"]
        said = run("live", "--pause", "2", "--nightly-check", *at)
        assert said.status == 0 and "2 s apart" in said.stdout and "still to come" in said.stdout
        assert run("live", "--pause", "0", *at).status == 2
