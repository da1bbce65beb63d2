"""What a user made ends with their right to make it; tries and unknown addresses are counted; and few people are shown to those only who see names."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from access.people_who_use import PASSWORD, Doors
from lohko.base.errors import InputError
from lohko.state import users
from lohko.state.acting import acting
from lohko.state.audit import entries
from lohko.state.report_tables import report_maker
from lohko.steps import passwords, reports
from lohko.steps.drafts import draft_new, draft_of
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply
from lohko.steps.users import sign_in, user_disable, user_role
from lohko.steps.work import Work, silent


@pytest.fixture(scope="module")
def work(shop: Work) -> Work:
    """With a segment of one, and users who make reports and lose the right to."""
    with shop.state.begin() as connection:
        for name in ("first", "second", "third"):
            users.add(connection, f"{name}@shop.fi", name, "marketer", None)
    apply(shop, silent, files={"few.yaml": 'id: few\nwhere: email is "c1@example.fi"\n'})
    return shop


def as_user(work: Work, name: str) -> Any:
    with work.state.connect() as connection:
        return acting(f"user {users.find(connection, f'{name}@shop.fi').id}")


@pytest.mark.parametrize(("ends", "name"), [("disabled", "first"), ("role", "second")])
def test_a_link_and_a_schedule_rest_when_their_maker_may_not_any_more(work: Work, doors: Doors, ends: str, name: str) -> None:
    """They say who made them; an admin can take them over, and what the machine's own user made is nobody's to lose."""
    maker = f"{name}@shop.fi"
    with as_user(work, name):
        link = reports.report_link_add(work, silent, segment="twice")
        mail = reports.report_mail_add(work, silent, receivers=["boss@shop.fi"], schedule="0 7 * * 1", segment="twice")
    machines = reports.report_link_add(work, silent, segment="twice")
    by_id = {row["id"]: row for row in reports.report_links(work, silent)["links"]}
    assert (by_id[link["id"]]["made_by"], by_id[machines["id"]]["made_by"]) == (maker, None)
    assert doors.by_nobody("GET", link["path"]).status_code == 200

    def end(done: bool) -> None:
        if ends == "disabled":
            user_disable(work, silent, user=maker, disabled=done)
        else:
            user_role(work, silent, user=maker, role="viewer" if done else "marketer")

    end(True)
    assert doors.by_nobody("GET", link["path"]).status_code == 404 and doors.by_nobody("GET", machines["path"]).status_code == 200
    by_id = {row["id"]: row for row in reports.report_links(work, silent)["links"]}
    assert (by_id[link["id"]]["open"], by_id[link["id"]]["rests"]) == (False, True)
    assert next(row for row in reports.report_mail_list(work, silent)["schedules"] if row["id"] == mail["id"])["rests"]
    sent = reports.report_send(work, silent, schedule=mail["id"])["sent"]
    assert [row["error"]["code"] for row in sent] == ["maker_gone"]
    page = doors.by("admin", "GET", "/reports").text
    assert maker in page and page.count("who made it may not make reports any more") >= 2
    assert "Take over" not in doors.by("analyst", "GET", "/reports").text
    seen = {role: doors.by(role, "GET", "/reports").text for role in ("viewer", "analyst")}
    assert "As a file" in seen["viewer"]
    for told in ("boss@shop.fi", maker, "/reports/links", "/reports/schedules"):
        assert told in seen["analyst"] and told not in seen["viewer"]
    assert doors.by("analyst", "POST", f"/reports/taken-over/{link['id']}").status_code == 403
    for item in (link["id"], mail["id"]):
        assert doors.by("admin", "POST", f"/reports/taken-over/{item}").status_code == 303
    assert doors.by("admin", "POST", "/reports/taken-over/nothing").status_code == 400
    assert doors.by_nobody("GET", link["path"]).status_code == 200
    assert {row["made_by"] for row in reports.report_mail_list(work, silent)["schedules"]} == {"admin@shop.fi"}
    end(False)
    reports.report_mail_remove(work, silent, schedule=mail["id"])
    with work.state.connect() as connection:
        assert mail["id"] not in connection.execute(select(report_maker.c.item)).scalars().all()


def test_a_schedule_that_rests_is_not_due(work: Work) -> None:
    """It is not tried again and again; when its maker may again, it goes on."""
    with as_user(work, "third"):
        mail = reports.report_mail_add(work, silent, receivers=["boss@shop.fi"], schedule="* * * * *", segment="twice")
    user_disable(work, silent, user="third@shop.fi")
    with work.state.begin() as connection:
        connection.exec_driver_sql("UPDATE report_schedule SET added_at = '2020-01-01T00:00:00+00:00'")
    assert reports.report_send(work, silent, due=True)["sent"] == []
    user_disable(work, silent, user="third@shop.fi", disabled=False)
    assert [row["id"] for row in reports.report_send(work, silent, due=True)["sent"]] == [mail["id"]]
    reports.report_mail_remove(work, silent, schedule=mail["id"])


def test_ones_own_password_is_tried_as_often_as_at_the_door(doors: Doors) -> None:
    """Ten times in a quarter of an hour, wherever: who holds a session cannot go on guessing, nor at the door afterwards."""
    wrong = {"before": "not the one of now", "password": "kolme kuusta lahti", "again": "kolme kuusta lahti"}
    told = [doors.by("analyst", "POST", "/account/password", data=wrong).status_code for _ in range(12)]
    assert told == [400] * 10 + [429] * 2
    form = {"email": "Analyst@shop.fi", "password": PASSWORD}
    assert doors.by_nobody("POST", "/sign-in", data=form).status_code == 429


def test_an_unknown_address_is_noted_without_itself_and_takes_as_long(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit tells one from another by a hash that only the workspace's key makes; as many hashes of passwords are made."""
    passwords._nobodys()
    real, tried = passwords._hasher(), list[str]()

    class Counted:
        def verify(self, kept: str, password: str) -> bool:
            tried.append(kept)
            return real.verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counted)
    for email in ("Stranger@nowhere.fi", "stranger@nowhere.fi", "another@nowhere.fi", "marketer@shop.fi"):
        with pytest.raises(InputError) as error:
            sign_in(work, email, "not the right one")
        assert error.value.code == "wrong_sign_in"
    assert len(tried) == 4 and len({kept.rsplit("$", 2)[0] for kept in tried}) == 1  # each once, with the same settings
    with work.state.connect() as connection:
        notes = [item.detail for item in entries(connection) if item.action == "sign_in_refused"][-4:]
    assert notes[0] == notes[1] != notes[2] and set(notes[0]) == {"by", "address"} and set(notes[3]) == {"by", "user"}
    assert "nowhere" not in str(notes) and len(notes[0]["address"]) == 16


def test_few_people_are_shown_to_those_who_see_names(work: Work, doors: Doors) -> None:
    """A rule that finds fewer than five singles them out: to others neither its sample nor its members are shown, by any way."""
    asked = {
        "page": ("/segments/few", "/segments/twice"),
        "members": ("/segments/few/members", "/segments/twice/members"),
    }
    for few, many in asked.values():
        assert "/customers/" not in doors.by("analyst", "GET", few).text.replace('href="/customers"', "")
        assert "Fewer than five people" in doors.by("analyst", "GET", few).text
        assert "/customers/" in doors.by("marketer", "GET", few).text
        assert "Fewer than five people" not in doors.by("analyst", "GET", many).text
    for role, shown in (("analyst", False), ("marketer", True)):
        with as_user(work, role):
            draft = draft_new(work, silent, text='email is "c1@example.fi"')["draft"]
            revision = draft_of(work, draft).revision
        panel = doors.by(role, "GET", f"/builder/{draft}/panel/sample?revision={revision}")
        assert panel.status_code == 200
        assert ("Etu1" in panel.text, "Fewer than five people" in panel.text) == (shown, not shown)
    one = doors.by_key("read", "GET", "/api/v1/segments/few").json()
    assert one["sample"] == [] and one["withheld"] and one["size"] == 1
    listed = doors.by_key("read", "GET", "/api/v1/segments/few/members").json()
    assert listed["members"] == [] and listed["withheld"]
    assert len(doors.by_key("read people", "GET", "/api/v1/segments/few/members").json()["members"]) == 1
    assert "withheld" not in doors.by_key("read", "GET", "/api/v1/segments/twice/members").json()


def test_who_came_and_left_is_withheld_like_the_members(work: Work, doors: Doors) -> None:
    """By the segment's size, and by how many people the answer is of."""
    refresh(work, silent)

    def asked(scopes: str, address: str) -> tuple[int, bool]:
        found = doors.by_key(scopes, "GET", f"/api/v1/segments/{address}").json()
        return len(found["changes"]), found.get("withheld", False)

    assert asked("read", "few/changes") == (0, True) and asked("read people", "few/changes") == (1, False)
    many, withheld = asked("read", "twice/changes")
    assert many >= 5 and not withheld
    assert asked("read", "twice/changes?limit=4") == (0, True) and asked("read people", "twice/changes?limit=4") == (4, False)
