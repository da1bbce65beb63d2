"""Whom to call and why: each reason by somebody who has it, and never somebody who must not be called."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from access.people_who_use import Doors
from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.base.times import local_day, zone
from lohko.state import calls
from lohko.steps import sales as step
from lohko.steps.call_notes import call_note
from lohko.steps.ingest import ingest
from lohko.steps.person_erase import person_erase
from lohko.steps.person_page import person_page
from lohko.steps.person_rights import person_show
from lohko.steps.sales import sales
from lohko.steps.work import Work, silent
from lohko.web.language import texts
from lohko.web.role_words import Told
from lohko.web.words import Words
from roles_views.two_trades import fill
from web.small_shop import bring_in, new_workspace, opened

WHY = {
    "Yrjö Yhteys": ["deal"],
    "Sirpa Hiipunut": ["slipping"],
    "Jaana Johtaja": ["deal"],
    "Laila Lento": ["late"],
    "Aino Suostunut": ["late"],
    "Tiina Tuore": ["hot"],
}
"""Everyone who has a reason and may be called, in the order of the money at stake."""


def listed(found: dict[str, Any]) -> dict[str, list[str]]:
    return {row["name"] or row["account"]: [reason["why"] for reason in row["reasons"]] for row in found["calls"]}


def test_whoever_has_a_reason_is_called_in_the_order_of_the_money_at_stake(firm: Work) -> None:
    """Nobody who refused, is under a prohibition or objects to profiling; nobody without a number; nobody lost long ago."""
    found = sales(firm, silent)
    assert listed(found) == WHY and list(listed(found)) == list(WHY)
    assert [row["stake"] for row in found["calls"]] == [9000, 8000, 1000, 50, 40, 30]
    assert (found["counts"]["cold"], found["counts"]["refused"], found["more"]) == (1, 2, 0)
    deal = found["calls"][2]["reasons"][0]
    assert (deal["value_known"], deal["stake"]) == (False, 1000), "worth what won deals are"
    assert {row["name"] for row in found["calls"] if row["agreed"]} == {"Aino Suostunut"}


def test_where_the_law_asks_for_it_only_those_who_agreed_are_called(firm: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    found = sales(firm, silent, agreed=True)
    assert [row["name"] for row in found["calls"] if row["person_id"]] == ["Aino Suostunut"]
    assert [row["account"] for row in found["calls"] if not row["person_id"]] == ["Kahvila Oy", "Paahtimo Oy"]
    monkeypatch.setattr(step, "UNLESS_REFUSED", frozenset[str]())
    assert listed(sales(firm, silent)) == listed(found)


def test_who_agreed_to_calls_is_called_at_the_number_told_there(tmp_path: Path) -> None:
    """A yes in the shop is no yes for the telephone at work, though the profile shows that one."""
    with opened(new_workspace(tmp_path / "shop")) as work:
        fill(work)
        bring_in(
            work,
            "customer_id,email,phone,updated_at,consent_phone\nagreed,agreed@example.fi,0401000006,2026-01-01,yes\n",
            "customers",
            "yes.csv",
        )
        told_later = io.BytesIO(b"customer_id,email,phone,updated_at\nC1,agreed@example.fi,0409999999,2026-11-01\n")
        ingest(work, silent, stream=told_later, name="crm.csv", kind="customers", source="crm")
        assert sales_phone(work, "Aino Suostunut") == "+358401000006"
        assert str(person_show(work, silent, customer="agreed")).count("+358409999999"), "the profile has what was told last"


def sales_phone(work: Work, name: str) -> str:
    return next(row["phone"] for row in sales(work, silent)["calls"] if row["name"] == name)


def test_companies_stand_by_owner_with_what_comes_next(firm: Work) -> None:
    found = sales(firm, silent)
    keys = ("account", "owner", "open_deals", "open_value", "without_value", "quiet")
    assert [tuple(row[key] for key in keys) for row in found["accounts"]] == [
        ("Kahvila Oy", "Oona Omistaja", 2, 9500.0, 0, 2),
        ("Leipomo Oy", "Oona Omistaja", 1, 700.0, 0, 0),
        ("Paahtimo Oy", "Pasi Päällikkö", 1, 0.0, 1, 1),
    ]
    assert found["accounts"][0]["next"] == {"what": "deal", "deal": "d1", "title": "Uudet koneet", "stage": "Tarjous"}
    own = sales(firm, silent, owner="pasi päällikkö")
    assert (own["owner"], [row["account"] for row in own["accounts"]], list(listed(own))) == (
        "Pasi Päällikkö",
        ["Paahtimo Oy"],
        ["Jaana Johtaja"],
    )
    with pytest.raises(InputError, match="owns a deal"):
        sales(firm, silent, owner="Nobody")


def test_the_page_says_why_in_words_and_hides_names_from_those_who_need_not_know(doors: Doors) -> None:
    page = doors.by("marketer", "GET", "/sales").text
    assert "Usually orders every 22 days; the last order was 35 days ago, of 4 in all." in page
    assert "Nothing has changed in the deal “Uudet koneet” for 45 days. It is at the stage Tarjous." in page
    assert (
        "Has spent €8,000, among the best fifth of buyers, and last ordered 190 days ago." in page
        and "Came into the segment “Fresh”" in page
    )
    finnish = doors.by("marketer", "GET", "/sales?lang=fi").text
    assert "Tilaa tavallisesti 22 päivän välein; viime tilauksesta on 35 päivää" in finnish
    masked = doors.by("analyst", "GET", "/sales").text
    assert "Hiipunut" not in masked and "S••• H•••" in masked and "401000002" not in masked and "tel:" not in masked
    assert 'action="/sales/calls"' not in masked
    # a deal's title may name somebody: its number stands there
    companies = {role: doors.by(role, "GET", "/sales/accounts.csv").text for role in ("analyst", "marketer")}
    assert "Uudet koneet" not in masked + companies["analyst"] and "Uudet koneet" in companies["marketer"]
    assert "the deal “d1” for 45 days" in masked and "d1: Tarjous" in companies["analyst"]
    assert doors.by("analyst", "POST", "/sales/calls", data={"customer": "late", "outcome": "called"}).status_code == 403
    assert doors.by("analyst", "GET", "/sales/calls.csv").status_code == 403
    files = [doors.by("marketer", "GET", f"/sales/{name}.csv").text for name in ("calls", "accounts")]
    assert "Sirpa Hiipunut" in files[0] and "Kahvila Oy" in files[1]


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "Tuli tänään segmenttiin ”Uudet”."), (1, "Tuli eilen segmenttiin ”Uudet”."), (2, "Tuli segmenttiin ”Uudet” 2 päivää sitten.")],
)
def test_days_are_said_as_people_say_them(days: int, said: str) -> None:
    reason = {"why": "hot", "days": days, "segment": "fresh", "segment_title": {"fi": "Uudet"}}
    words = Words(texts("fi"), "fi", zone("Europe/Helsinki"))
    assert Told(texts("fi"), words, "fi", "EUR").why(reason) == said


def test_whoever_was_called_rests_and_what_was_agreed_is_known_to_all(firm: Work, doors: Doors) -> None:
    """A call that was noted on the page keeps somebody out of the list until its day, and stands on their own page and in the copy of their data."""
    before = list(listed(sales(firm, silent)))
    row = next(row for row in sales(firm, silent)["calls"] if row["name"] == "Laila Lento")
    form = {"customer": row["person_id"], "outcome": "later", "note": "Haluaa tarjouksen takeista", "until": "2099-01-01"}
    refused = doors.by("marketer", "POST", "/sales/calls", data=form)
    assert refused.status_code == 400, "so far away nobody calls"
    answer = doors.by("marketer", "POST", "/sales/calls", data=form | {"until": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sales?noted=1")
    call_note(firm, silent, account="kahvila oy", outcome="called", note="Lähetetään sopimus")
    found = sales(firm, silent)
    assert (
        list(listed(found)) == [name for name in before if name not in ("Laila Lento", "Yrjö Yhteys")] and found["counts"]["resting"] == 2
    )
    assert found["accounts"][0]["next"]["note"] == "Lähetetään sopimus"
    for path in ("/sales", "/sales/accounts.csv"):
        seen = {role: doors.by(role, "GET", path).text for role in ("marketer", "analyst")}
        assert "Lähetetään sopimus" in seen["marketer"] and "Kahvila Oy" in seen["analyst"]
        assert "Lähetetään" not in seen["analyst"], path
    shown = person_page(firm, silent, customer=row["person_id"])["glance"]["calls"]
    assert [(item["outcome"], item["note"], item["by"]) for item in shown] == [("later", "Haluaa tarjouksen takeista", "Marko")]
    assert person_show(firm, silent, customer="late")["calls"] == shown
    assert "Haluaa tarjouksen takeista" in doors.by("marketer", "GET", f"/customers/{row['person_id']}").text
    assert "Haluaa tarjouksen takeista" not in doors.by("analyst", "GET", f"/customers/{row['person_id']}").text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"customer": "late", "outcome": "shouted"}, "unknown_outcome"),
        ({"outcome": "called"}, "whose_call"),
        ({"customer": "late", "account": "Kahvila Oy", "outcome": "called"}, "whose_call"),
        ({"customer": "nobody-at-all", "outcome": "called"}, "unknown_customer"),
        ({"account": "Ei Mikään Oy", "outcome": "called"}, "unknown_account"),
        ({"customer": "late", "outcome": "later", "until": "soon"}, "bad_day"),
        ({"customer": "late", "outcome": "later", "until": "2001-01-01"}, "bad_day"),
        ({"customer": "late", "outcome": "called", "note": "x" * 501}, "too_long"),
    ],
)
def test_what_cannot_be_noted_is_refused(firm: Work, given: dict[str, str], code: str) -> None:
    with firm.state.connect() as connection:
        before = calls.calls(connection)
    with pytest.raises(InputError) as refused:
        call_note(firm, silent, **given)  # type: ignore[arg-type]
    with firm.state.connect() as connection:
        assert (refused.value.code, calls.calls(connection)) == (code, before)


def test_an_erasure_takes_the_notes_with_it_and_a_merge_keeps_them(tmp_path: Path) -> None:
    """A note is of a record: it is the person's who has the record by now, and is gone when that person is."""
    with opened(new_workspace(tmp_path / "shop")) as work:
        bring_in(work, "customer_id,email,first_name\n1,ines.unohdettava@example.fi,Ines\n2,jari@example.fi,Jari\n", "customers", "a.csv")
        call_note(work, silent, customer="1", outcome="called", note="Unohdettava muisto")
        call_note(work, silent, customer="2", outcome="called", note="Jari jatkaa")
        with work.state.connect() as connection:
            node = calls.calls(connection)[1].node
        assert calls.OUTCOMES["called"] == 14 and node is not None
        person_erase(work, silent, customers=["1"])
        with work.state.connect() as connection:
            assert [item.note for item in calls.calls(connection)] == ["Jari jatkaa"]
    kept = b"".join(file.read_bytes() for file in (tmp_path / "shop").rglob("*") if file.is_file())
    assert b"Unohdettava muisto" not in kept and b"Jari jatkaa" in kept


def test_until_which_day_somebody_rests(firm: Work) -> None:
    today = local_day(now(), firm.settings.zone)
    told = call_note(firm, silent, customer="n29", outcome="no_answer")
    assert (told["until"], told["outcome"]) == ((today.fromordinal(today.toordinal() + 1)).isoformat(), "no_answer")
