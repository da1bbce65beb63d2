"""What every system's API does as a source: everything once, then what is new, whatever happens in between."""

from __future__ import annotations

import datetime as dt

import pytest

from lohko.base.errors import LohkoError
from lohko.formats.pipedrive_records import person_row
from lohko.formats.woocommerce_records import order_rows
from lohko.outgoing import Outgoing
from lohko.sources.kind import Reach
from sources.local_server import serving, told
from sources.playing import iso
from sources.playing_crms import HubSpot, Pipedrive
from sources.pulling import Taken, small_pages

DAILY = ("woocommerce",)
"""Customers are gone through once a day only."""
TELLS = ("mailchimp", "pipedrive", "hubspot")
"""The systems that tell what was deleted when they are asked."""


def a_day_later(taken: Taken) -> None:
    if taken.system.kind in DAILY:
        taken.cursors["customers"]["looked_at"] = "2026-03-01T00:00:00Z"


def test_all_there_is_comes_once_and_then_nothing(taken):
    assert taken.sync() > 20
    assert taken.emails(taken.system.people_stream) == {one.email for one in taken.system.people.values()}
    assert all(
        len(rows) == len(taken.distinct()[name])
        for name, rows in taken.rows.items()
        if rows and "orders" not in name and name != "contacts"
    )
    assert taken.sync() == 0
    assert taken.sync() == 0


def test_a_change_and_a_new_one_come_by_themselves(taken):
    taken.sync()
    backfill = len(taken.server.asked)
    one = taken.system.people[3]
    one.city, one.changed = "Turku", taken.system.time(30)
    taken.system.deeds[99] = type(taken.system.deeds[1])(99, 2, taken.system.time(31), taken.system.time(31))
    a_day_later(taken)
    assert 2 <= taken.sync() <= 5
    assert taken.rows[taken.system.people_stream][-1]["email"] == one.email
    assert len(taken.server.asked) < backfill
    assert taken.sync() == 0


def test_refusals_for_now_change_nothing(taken):
    taken.server.wrong += [told({}, 429, retry_after="2"), (500, {}, b"oops"), told({}, 503)]
    taken.sync()
    assert taken.emails(taken.system.people_stream) == {one.email for one in taken.system.people.values()}
    assert taken.waited[0] == 2.0 and len(taken.waited) >= 3


@pytest.mark.parametrize(("status", "code"), [(401, "source_unauthorised"), (403, "source_forbidden"), (422, "source_failed")])
def test_a_refusal_for_good_ends_the_sync_and_the_next_goes_on(taken, status, code):
    taken.server.wrong.append(told({"message": "anna@example.fi"}, status))
    with pytest.raises(LohkoError) as caught:
        taken.sync()
    assert caught.value.code == code and "anna" not in str(caught.value)
    taken.sync()
    assert taken.emails(taken.system.people_stream) == {one.email for one in taken.system.people.values()}


def test_wherever_it_breaks_down_the_rest_comes_later(system, tmp_path):
    """The system stops answering after n requests, for every n; when it answers again, all is in as though nothing had been."""
    with serving(system.answer) as server:
        whole = Taken(system, server, tmp_path)
        whole.sync()
        requests = len(server.asked)
        right = system.right
        for stop in range(0, min(requests, 14), 1 if requests < 15 else 2):
            left = [stop]

            def breaking(asked, left=left):
                left[0] -= 1
                return right(asked) if left[0] >= 0 else told({}, 400)

            system.right = breaking
            broken = Taken(system, server, tmp_path)
            with pytest.raises(LohkoError):
                broken.sync()
            left[0] = 10**6
            broken.sync()
            assert broken.distinct() == whole.distinct(), stop


def test_what_changes_while_it_is_read_is_not_passed_over(taken):
    """With each request someone else changes and so moves to the end: all the others still come."""
    right, turn = taken.system.right, iter(range(1, 6))

    def moving(asked):
        answer = right(asked)
        if (n := next(turn, None)) is not None:
            taken.system.people[n].changed = taken.system.time(10 + n)
        return answer

    taken.system.right = moving
    taken.sync()
    assert taken.emails(taken.system.people_stream) == {one.email for one in taken.system.people.values()}


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_goes_wrong_loses_nothing(system, tmp_path, hours, monkeypatch):
    """The system's clock is a day and more off, both ways: what is new still comes, since only its own times are compared."""
    odd = type(system)(dt.timedelta(hours=hours))
    small_pages(odd, monkeypatch)
    with serving(odd.answer) as server:
        taken = Taken(odd, server, tmp_path)
        taken.sync()
        odd.deeds[77] = type(odd.deeds[1])(77, 2, odd.time(40), odd.time(40))
        assert taken.sync() >= 1


def test_a_time_ahead_of_everything_does_not_hide_what_comes_after(taken):
    """One record says that it was changed in 2090: those changed now still come."""
    taken.system.people[5].changed = dt.datetime(2090, 1, 1, tzinfo=dt.UTC)
    taken.sync()
    one = taken.system.people[6]
    one.city, one.changed = "Turku", dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)  # noqa: TID251
    a_day_later(taken)
    taken.rows.clear()
    taken.sync()
    if taken.system.kind not in DAILY:  # it compares with the highest time it saw
        assert one.email in taken.emails(taken.system.people_stream)


def test_what_was_deleted_is_noticed_where_the_system_tells(taken):
    taken.sync()
    taken.system.delete(4)
    taken.system.people[4].changed = taken.system.time(50)
    taken.rows.clear()
    taken.sync()
    name = f"{taken.system.kind}_deleted_at"
    gone = [row["email"] for rows in taken.rows.values() for row in rows if row.get(name)]
    assert gone == (["person4@example.fi"] if taken.system.kind in TELLS else [])
    assert taken.deleted == len(gone)


def test_testing_asks_little_and_says_what_it_found(taken, monkeypatch, tmp_path):
    def check():
        with Outgoing({taken.server.host}, wait=lambda _seconds: None) as client:
            return taken.kind.check(Reach(taken.settings, client, dt.datetime.now(dt.UTC), tmp_path))  # noqa: TID251

    assert check() and len(taken.server.asked) <= 2
    for value, code in (("wrong", "source_unauthorised"), ("", "no_secret")):
        monkeypatch.setenv("PLAYED_KEY", value)
        with pytest.raises(LohkoError) as caught:
            check()
        assert caught.value.code == code


def test_consents_are_as_the_system_says(taken):
    """Person 1 said no, person 3 yes, person 2 nothing (n mod 3 is 1, 0, 2)."""
    taken.sync()
    by_email = {row["email"]: row for row in taken.rows[taken.system.people_stream]}
    one, two, three = (by_email[f"person{n}@example.fi"] for n in (1, 2, 3))
    if taken.system.kind == "woocommerce":  # it knows no consents
        return
    assert one.get("optout_email") and not one.get("consent_email")
    assert not two.get("optout_email") and not two.get("consent_email")
    assert not three.get("optout_email")
    assert bool(three.get("consent_email")) == (taken.system.kind not in ("brevo", "hubspot"))  # they know objections alone


@pytest.mark.parametrize(("status", "came_about"), [("pending", False), ("on-hold", True), ("processing", True)])
def test_an_order_of_woocommerce_that_is_not_paid_did_not_come_about(status, came_about):
    """As in the shop's own reports; a file of the same orders says the same."""
    assert [row["cancelled_at"] is None for row in order_rows({"id": 1, "status": status})] == [came_about]


def test_deals_that_pipedrive_archived_are_in_with_the_status_that_they_have(tmp_path, monkeypatch):
    """Since July 2025 they are in no other list: those archived before the first sync, and one that is later."""
    crm = Pipedrive()
    small_pages(crm, monkeypatch)
    for number in range(1, 7):
        crm.deeds[number].state, crm.deeds[number].more = "won", {"archived": True}
    with serving(crm.answer) as server:
        taken = Taken(crm, server, tmp_path)
        taken.sync()
        assert {row["deal_id"]: row["status"] for row in taken.rows["archived_deals"]} == dict.fromkeys(range(1, 7), "won")
        assert {row["deal_id"] for row in taken.rows["deals"]} == set(range(7, 12))
        crm.deeds[8].more, crm.deeds[8].changed = {"archived": True}, crm.time(20)
        assert (taken.sync(), taken.rows["archived_deals"][-1]["deal_id"], taken.sync()) == (1, 8, 0)


def test_a_company_without_campaigns_has_no_status_of_marketing_in_pipedrive(tmp_path, monkeypatch):
    """It may not ask for it: persons come all the same, and say nothing of consents. Where it may, whom letters do not reach is counted like who wants none."""
    crm = Pipedrive()
    small_pages(crm, monkeypatch)
    with serving(crm.answer) as server:
        crm.campaigns = False
        taken = Taken(crm, server, tmp_path)
        taken.sync()
        assert taken.emails("persons") == {one.email for one in crm.people.values()}
        assert not any(row["consent_email"] or row["optout_email"] for row in taken.rows["persons"])
        assert [one.path for one in server.asked].count("/api/v2/persons") == 5, "all pages after the first are asked without it at once"
    assert person_row({**crm.person(crm.people[1]), "marketing_status": "bounced"}, {})["optout_email"]
    archived = person_row({**crm.person(crm.people[1]), "marketing_status": "archived"}, {})
    assert not archived["consent_email"] and not archived["optout_email"], "kept for later is neither given nor taken back"


def test_a_subscription_of_pipedrive_is_no_later_than_it_is_told_to_be(tmp_path, monkeypatch):
    """Another phone number makes no new yes, which would override a no that was said elsewhere; a yes after a no of Pipedrive's own is a new one."""
    crm = Pipedrive()
    small_pages(crm, monkeypatch)
    added = iso(crm.time(-1000))
    with serving(crm.answer) as server:
        taken = Taken(crm, server, tmp_path)
        taken.sync()
        said = {row["customer_id"]: (row["consent_email"], row["optout_email"]) for row in taken.rows["persons"]}
        assert said[3] == (added, None) and said[1] == (None, iso(crm.time(0)))
        for number, hours in ((3, 20), (1, 21)):
            crm.people[number].subscribed, crm.people[number].changed = True, crm.time(hours)
        taken.sync()
        assert [row["consent_email"] for row in taken.rows["persons"][-2:]] == [added, iso(crm.time(21))]
        crm.people[1].changed = crm.time(22)
        taken.sync()
        assert taken.rows["persons"][-1]["consent_email"] == added, "what was given at 21 is known, and is not given again"


def test_who_refused_one_kind_of_letters_of_hubspot_refused_letters(tmp_path, monkeypatch):
    """Of any kind or brand but those that no audience is for; and however many own fields are asked for, which no search has room for."""
    crm = HubSpot()
    small_pages(crm, monkeypatch)
    for one in crm.people.values():
        one.subscribed, one.more = None, {"hs_email_optout_11": ""}
    for number, name in enumerate(crm.kinds, 1):
        crm.people[number].more = {name: "true"}
    crm.people[6].more = {f"own_property_of_the_account_{n}": f"v{n}" for n in range(200)}
    with serving(crm.answer) as server:
        taken = Taken(crm, server, tmp_path, properties=",".join(crm.people[6].more))
        taken.sync()
        by_id = {row["customer_id"]: row for row in taken.rows["contacts"]}
        assert {number for number, row in by_id.items() if row["optout_email"]} == {"1", "4", "5"}
        assert by_id["6"]["own_property_of_the_account_199"] == "v199" and by_id["7"]["own_property_of_the_account_199"] is None
        assert taken.sync() == 0
        del taken.cursors["contacts"]["refusals"]
        assert (taken.sync(), taken.sync()) == (13, 0), "whom an earlier version brought in are asked for once more"
