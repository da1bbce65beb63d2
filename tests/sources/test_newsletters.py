"""What the newsletter tools tell of consents and of what comes late, each in its own way."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from lohko.base.errors import LohkoError
from lohko.formats.brevo_records import contact_row
from lohko.formats.klaviyo_records import profile_row
from lohko.formats.mailchimp_records import member_row
from sources.local_server import serving, told
from sources.playing import Deed, iso
from sources.playing_newsletters import Brevo, Klaviyo, Mailchimp
from sources.pulling import Taken, small_pages


def kept(row: dict) -> dict:
    """What a row says of consents."""
    return {name: value for name, value in row.items() if name.startswith(("consent_", "optout_")) and value}


CHANGED = "2026-06-12T14:27:04+00:00"
SIGNED = "2026-06-12T13:12:38+00:00"
MEMBER = {
    "id": "3abd",
    "contact_id": "1bc3",
    "email_address": "anna@example.fi",
    "status": "subscribed",
    "sms_phone_number": "",
    "sms_subscription_status": "",
    "sms_subscription_last_updated": "",
    "merge_fields": {"FNAME": "Anna", "PHONE": ""},
    "timestamp_signup": "",
    "timestamp_opt": SIGNED,
    "last_changed": CHANGED,
    "tags": [],
}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, {"consent_email": SIGNED}),
        ({"sms_subscription_status": "nonsubscribed"}, {"consent_email": SIGNED}),
        ({"sms_subscription_status": "pending", "sms_subscription_last_updated": SIGNED}, {"consent_email": SIGNED}),
        (
            {"sms_subscription_status": "subscribed", "sms_subscription_last_updated": "2026-06-12T14:00:00+00:00"},
            {"consent_email": SIGNED, "consent_sms": "2026-06-12T14:00:00+00:00"},
        ),
        (
            {"status": "unsubscribed", "sms_subscription_status": "unsubscribed", "sms_subscription_last_updated": SIGNED},
            {"optout_email": CHANGED, "optout_sms": SIGNED},
        ),
        ({"status": "transactional", "sms_subscription_status": "unsubscribed"}, {"optout_sms": CHANGED}),
        ({"status": "archived"}, {}),
        ({"status": "archived", "unsubscribe_reason": "N/A (Unsubscribed by admin)"}, {"optout_email": CHANGED}),
        ({"marketing_permissions": []}, {"consent_email": SIGNED}),
        ({"marketing_permissions": [{"text": "Email", "enabled": True}, {"text": "Post", "enabled": False}]}, {"consent_email": SIGNED}),
        ({"marketing_permissions": [{"text": "Email", "enabled": False}, {"text": "Post", "enabled": False}]}, {}),
    ],
)
def test_what_a_member_of_mailchimp_agreed_to(more, said):
    assert kept(member_row({**MEMBER, **more})) == said


def test_a_member_of_mailchimp_may_have_a_number_alone():
    row = member_row({**MEMBER, "email_address": "", "sms_phone_number": "+12025550143"})
    assert (row["customer_id"], row["email"], row["phone"]) == ("1bc3", None, "+12025550143")
    row = member_row({**MEMBER, "sms_phone_number": "+12025550143", "merge_fields": {"PHONE": "040 1234567"}})
    assert (row["customer_id"], row["phone"]) == (None, "040 1234567")
    assert "phone" not in member_row(MEMBER)


def test_permissions_of_mailchimp_are_kept_by_their_words():
    permissions = [{"text": "Email", "enabled": True}, {"text": "Direct mail", "enabled": False}]
    assert member_row({**MEMBER, "marketing_permissions": permissions})["marketing_permissions"] == "Email"
    assert "marketing_permissions" not in member_row(MEMBER)


def test_archived_members_come_though_they_are_in_no_list_of_all(tmp_path, monkeypatch):
    """Mailchimp gives them only when their status is asked for; those archived before the first sync come too."""
    there = Mailchimp()
    small_pages(there, monkeypatch)
    there.delete(2)
    there.delete(5)
    with serving(there.answer) as server:
        taken = Taken(there, server, tmp_path)
        taken.sync()
        assert taken.emails("archived") == {"person2@example.fi", "person5@example.fi"} and taken.deleted == 2
        assert taken.emails("members") == {one.email for one in there.people.values() if not one.deleted}
        there.delete(9)
        there.people[9].changed = there.time(40)
        assert taken.sync() == 1 and taken.rows["archived"][-1]["mailchimp_deleted_at"] == there.time(40).isoformat()
        assert taken.sync() == 0
    assert json.loads(json.dumps(taken.cursors["archived"]))


def test_what_became_of_a_campaign_may_show_up_ten_minutes_late(tmp_path, monkeypatch):
    there = Mailchimp()
    small_pages(there, monkeypatch)
    with serving(there.answer) as server:
        taken = Taken(there, server, tmp_path)
        taken.sync()
        late = there.time(11) - dt.timedelta(minutes=10)
        there.deeds[70] = Deed(70, 3, late, late, more={"action": "bounce"})
        taken.rows.clear()
        assert taken.sync() == 1 and taken.rows["activity"][0]["event"] == "email_bounced"
        assert taken.sync() == 0


MADE = "2022-11-08T00:00:00+00:00"
GIVEN, LATER, LATEST = "2023-02-21T20:07:38+00:00", "2024-05-01T08:00:00+00:00", "2025-09-01 08:00:00.123456+00:00"


@pytest.mark.parametrize(
    ("marketing", "said"),
    [
        ({"consent": "SUBSCRIBED", "consent_timestamp": GIVEN, "last_updated": LATER}, {"consent_email": GIVEN}),
        # When something about it was last changed is not when it was given.
        ({"consent": "SUBSCRIBED", "consent_timestamp": None, "last_updated": LATER}, {"consent_email": MADE}),
        ({"consent": "NEVER_SUBSCRIBED", "consent_timestamp": None, "last_updated": LATER}, {}),
        ({"consent": "UNSUBSCRIBED", "consent_timestamp": LATER}, {"optout_email": LATER}),
        ({"consent": "UNSUBSCRIBED", "consent_timestamp": GIVEN, "last_updated": LATEST}, {"optout_email": LATEST}),
        ({"consent": "UNSUBSCRIBED", "consent_timestamp": None, "last_updated": None}, {"optout_email": "yes"}),
        (
            {
                "consent": "UNSUBSCRIBED",
                "consent_timestamp": GIVEN,
                "last_updated": LATEST,
                "suppression": [{"reason": "UNSUBSCRIBE", "timestamp": LATER}],
            },
            {"optout_email": LATER},
        ),
        # An address that bounced before its owner subscribed again is still not mailed.
        (
            {"consent": "SUBSCRIBED", "consent_timestamp": LATER, "suppression": [{"reason": "HARD_BOUNCE", "timestamp": GIVEN}]},
            {"consent_email": LATER, "optout_email": LATER},
        ),
        (
            {
                "consent": "NEVER_SUBSCRIBED",
                "suppression": [{"reason": "HARD_BOUNCE", "timestamp": LATER}, {"reason": "USER_SUPPRESSED", "timestamp": LATEST}],
            },
            {"optout_email": LATEST},
        ),
    ],
)
def test_what_a_profile_of_klaviyo_agreed_to(marketing, said):
    given = {
        "email": "anna@example.fi",
        "created": MADE,
        "updated": LATEST,
        "subscriptions": {"email": {"marketing": marketing}, "sms": None},
    }
    assert kept(profile_row({"id": "P1", "attributes": given}, ())) == said


def test_events_that_show_up_days_late_are_found_a_week_later(tmp_path, monkeypatch):
    """One that was not there when its time was read comes when a week has gone by; nothing is asked twice after that."""
    there = Klaviyo()
    small_pages(there, monkeypatch)
    with serving(there.answer) as server:
        taken = Taken(there, server, tmp_path)
        taken.sync()
        taken.cursors["events"]["settled"] = iso(there.time(0))  # as though this were the week of those events
        there.deeds[50] = Deed(50, 3, there.time(4.5), there.time(4.5))
        taken.rows.clear()
        assert taken.sync() == 0
        there.deeds[51] = Deed(51, 3, there.time(24 * 7 + 8), there.time(24 * 7 + 8))
        taken.sync()
        assert {row["message_id"] for row in taken.rows["events"]} == {f"klaviyo-E{n}" for n in (*range(1, 9), 50, 51)}
        assert taken.sync() == 0
        assert taken.cursors["events"]["settled"] == iso(there.time(8))


def test_a_second_look_that_breaks_down_goes_on_where_it_was(tmp_path, monkeypatch):
    there = Klaviyo()
    small_pages(there, monkeypatch)
    with serving(there.answer) as server:
        taken = Taken(there, server, tmp_path)
        taken.sync()
        taken.cursors["events"]["settled"] = iso(there.time(0))
        there.deeds[51] = Deed(51, 3, there.time(24 * 7 + 8), there.time(24 * 7 + 8))
        right, pages = there.right, iter(range(2))
        there.right = lambda asked: right(asked) if asked.path != "/api/events" or next(pages, None) is not None else told({}, 400)
        with pytest.raises(LohkoError):
            taken.sync()
        assert taken.cursors["events"]["settled"] == iso(there.time(4))
        there.right = right
        taken.rows.clear()
        taken.sync()
        assert {row["message_id"] for row in taken.rows["events"]} == {f"klaviyo-E{n}" for n in range(4, 9)}


def test_messages_of_brevo_come_where_it_is_still_yesterday(tmp_path, monkeypatch):
    """An account whose days are five hours behind: what happens in its evening is asked for under its own day."""
    there = Brevo()
    there.zone = dt.timedelta(hours=-5)
    there.deeds[60] = Deed(60, 3, there.time(13), there.time(13))  # 01:00 of the next day in UTC
    small_pages(there, monkeypatch)
    with serving(there.answer) as server:
        taken = Taken(there, server, tmp_path)
        taken.sync()
        taken.rows.clear()
        there.deeds[61] = Deed(61, 4, there.time(14), there.time(14))
        assert taken.sync() == 1 and taken.emails("events") == {"person4@example.fi"}
        assert taken.sync() == 0


def test_brevo_says_in_a_header_of_its_own_how_long_to_wait(tmp_path, monkeypatch):
    there = Brevo()
    small_pages(there, monkeypatch)
    with serving(there.answer) as server:
        server.wrong += [told({"code": "too_many_requests"}, 429, x_sib_ratelimit_reset="41"), told({}, 503, x_sib_ratelimit_reset="3000")]
        taken = Taken(there, server, tmp_path)
        assert taken.sync() > 20
        assert taken.waited[0] == 41.0 and taken.waited[1] < 5.0


def test_leaving_one_list_of_brevo_is_kept_and_refuses_nothing_else():
    contact = {"id": 7, "email": "anna@example.fi", "modifiedAt": LATER, "listIds": [2], "listUnsubscribed": [3, 5], "attributes": {}}
    row = contact_row({**contact, "emailBlacklisted": False, "smsBlacklisted": False})
    assert (row["lists"], row["lists_left"], kept(row)) == ("2", "3, 5", {})
    assert contact_row({**contact, "emailBlacklisted": True, "listUnsubscribed": None})["optout_email"] == LATER
