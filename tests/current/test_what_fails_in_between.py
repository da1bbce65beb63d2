"""What fails, is restored, refused or restricted between two rounds: nothing is lost, told twice under one id, or told that may not be."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from current.rounds import NOON, comes, seen
from intake.posting import identify, send, shop, track
from lohko.base.errors import InputError
from lohko.engine.membership import recorded
from lohko.steps import refresh_live as rounds
from lohko.steps.backup import backup
from lohko.steps.changes import changes
from lohko.steps.feed import changes_after, live_set, live_status
from lohko.steps.question import ask
from lohko.steps.refresh import refresh
from lohko.steps.refresh_live import refresh_live
from lohko.steps.restore import restore
from lohko.steps.segments import apply, members
from lohko.steps.special import special_mark
from lohko.steps.work import silent
from lohko.steps.write_keys import event_key_add
from lohko.web import changes_api
from lohko.wiring import open_work


def refused(work, code: str, **asked) -> None:
    with pytest.raises(InputError) as caught:
        changes_after(work, silent, **asked)
    assert caught.value.code == code


@pytest.mark.parametrize("again", [refresh_live, lambda work: refresh(work, silent)])
def test_a_run_that_could_not_be_loaded_is_loaded_before_the_next_one(work, time_of, monkeypatch, again):
    refresh_live(work)
    comes(work, time_of, identify("u1", plan="gold"))
    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(rounds, "load_changes", lambda *_: (_ for _ in ()).throw(OSError("disk")))
        refresh_live(work)
    comes(work, time_of, identify("u1", plan="basic"), identify("u2", plan="gold"))
    again(work)
    gold = [item[1:] for item in seen(work) if item[0] == "gold"]
    assert gold == [("u1", True, "data"), ("u1", False, "data"), ("u2", True, "data")]
    assert list(recorded(ask(work).engine.cursor, "gold")) == list(ask(work).people("gold"))


def test_no_number_of_a_run_is_given_again_after_a_restore(work, time_of, tmp_path):
    refresh_live(work)
    known = changes_after(work, silent)["next"]
    made = backup(work, silent, folder=str(tmp_path / "backups"))["backup"]
    for plan in ("gold", "basic", "gold"):
        comes(work, time_of, identify("u1", plan=plan))
        refresh_live(work)
    lost, later = changes_after(work, silent, after=known), changes_after(work, silent)["next"]
    target = tmp_path / "restored"
    restore(open_work, silent, made=Path(made), target=target)
    with open_work(target, silent) as other:
        event_key_add(other, silent, source="web", kind="server")
        refused(other, "unknown_position", after=later)
        assert changes_after(other, silent, after=known)["changes"] == []
        for plan in ("gold", "basic", "gold", "basic"):
            comes(other, time_of, identify("u1", plan=plan))
            refresh_live(other)
        anew = changes_after(other, silent, after=known)
        assert [item["entered"] for item in anew["changes"]] == [True, False, True, False]
        assert not {item["id"] for item in anew["changes"]} & {item["id"] for item in lost["changes"]}
        refused(other, "unknown_position", after=later)
        assert changes_after(other, silent, after=anew["next"])["changes"] == []


def test_whoever_follows_a_quiet_segment_has_missed_nothing(work, time_of):
    live_set(work, silent, changes_days=2)
    refresh_live(work)
    after = changes_after(work, silent, segment="gold")["next"]
    for day in range(6):
        time_of.goes(hours=20)
        comes(work, time_of, track("Looked", user="u1", at=time_of.at))
        refresh_live(work)
        found = changes_after(work, silent, after=after, segment="gold")
        assert found["changes"] == [], day
        after = found["next"]
    comes(work, time_of, identify("u2", plan="gold"))
    refresh_live(work)
    assert [item["customer"] for item in changes_after(work, silent, after=after, segment="gold")["changes"]] == ["u2"]
    refused(work, "changes_gone", after="0.1.viewers")


def test_segments_that_cannot_be_told_are_named_and_a_workspace_with_no_other_opens(time_of, tmp_path):
    with shop(tmp_path / "small") as work:
        send(work, identify("u1", health="bad"), at=NOON)
        apply(work, silent, files={"ill.yaml": "id: ill\nwhere: health is bad\n"})
        special_mark(work, silent, attribute="health", category="health")
        time_of.goes(seconds=1)
        refresh_live(work)
        assert live_status(work, silent)["untold"] == {"ill": "special_category"}
        refresh(work, silent)
    with open_work(tmp_path / "small", silent) as work:
        assert live_status(work, silent)["segments"] == 1
        special_mark(work, silent, attribute="health", category=None)
        time_of.goes(hours=1)
        refresh_live(work)
        assert live_status(work, silent)["untold"] == {}


def test_what_an_earlier_rule_said_of_a_special_category_is_not_told(work, time_of):
    comes(work, time_of, identify("u1", health="bad"))
    apply(work, silent, files={"x.yaml": "id: x\nwhere: health is bad\n"})
    refresh_live(work)
    ill = time_of.at
    apply(work, silent, files={"x.yaml": "id: x\nwhere: plan is gold\n"})
    comes(work, time_of, identify("u2", plan="gold"))
    refresh_live(work)
    assert ("x", "u1", True, "first") in seen(work)
    special_mark(work, silent, attribute="health", category="health")
    told = changes_after(work, silent, segment="x")["changes"]
    assert {item["version"] for item in told} == {2} and "u2" in {item["customer"] for item in told}
    listed = changes(work, silent, segment="x")["changes"]
    assert {item["run"] for item in listed} == {int(item["position"].split(".")[0]) for item in told}
    with pytest.raises(InputError) as caught:
        members(work, silent, segment="x", recorded_at=ill.isoformat())
    assert caught.value.code == "special_category"
    assert [item["customer"] for item in members(work, silent, segment="x", recorded_at=time_of.at.isoformat())["members"]] == ["u2"]


def test_of_the_restricted_only_that_they_left_is_told(work, time_of):
    from lohko.steps.consents import person_flag

    comes(work, time_of, identify("u1", plan="gold"))
    refresh_live(work)
    person_flag(work, silent, customer="u1", flag="restricted")
    time_of.goes(seconds=1)
    refresh_live(work)
    told = changes_after(work, silent)["changes"]
    assert "u1" not in {item["customer"] for item in told}
    assert {item["entered"] for item in told if item["customer"] is None} == {False}


def test_a_stream_ends_quietly_when_the_store_is_made_anew(work, time_of, caplog):
    refresh_live(work)
    comes(work, time_of, identify("u1", plan="gold"))
    streams = changes_api.Streams()

    async def heard() -> list[str]:
        found = []
        async for text in changes_api._events(work, streams, changes_after(work, silent, after="end"), None):
            found.append(text)
            if len(found) == 1:
                refresh_live(work)
            elif text.startswith("id: "):
                work.store.close()
        return found

    told = asyncio.run(asyncio.wait_for(heard(), 20))
    assert json.loads(told[1].split("data: ")[1])["customer"] == "u1"
    assert streams.open == 0


def test_a_clock_that_was_set_back_is_said(work, time_of):
    refresh_live(work)
    time_of.goes(seconds=-30)
    assert refresh_live(work) is None
    time_of.goes(hours=-1)
    with pytest.raises(InputError) as caught:
        refresh_live(work)
    assert caught.value.code == "clock_set_back"
    refused(work, "unknown_position", after="1.1.\udcff")
    refused(work, "unknown_position", after="1.1.a\nid: 9")
