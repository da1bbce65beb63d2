"""Mailchimp's members, and what they did with a campaign, as its API writes them become rows of files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]

_ACTIONS = {"open": "email_opened", "click": "email_clicked", "bounce": "email_bounced"}
_MERGED = {"FNAME": "first_name", "LNAME": "last_name", "PHONE": "phone", "BIRTHDAY": None, "ADDRESS": None}


def member_row(item: Mapping[str, Any]) -> Row:
    """A member as a row of customers."""
    merged = item.get("merge_fields") or {}
    given = merged.get("ADDRESS")
    address = given if isinstance(given, dict) else {}
    changed, email = item["last_changed"], item["email_address"]
    return {
        # What became of campaigns names the address alone, so it is who a member is; one without an address goes by its number.
        "customer_id": None if email else item.get("contact_id"),
        "email": email or None,
        "language": item.get("language"),
        "tags": ", ".join(str(tag["name"]) for tag in item.get("tags") or ()),
        "joined": item.get("timestamp_signup") or item.get("timestamp_opt"),
        "updated_at": changed,
        "member_rating": item.get("member_rating"),
        "address": address.get("addr1"),
        "postcode": address.get("zip"),
        "city": address.get("city"),
        "country": address.get("country"),
        **_consent(item, changed),
        **_consent_to_texts(item, changed),
        **{_MERGED.get(tag) or tag.lower(): value for tag, value in merged.items() if tag != "ADDRESS" and value not in ("", None)},
    }


def _consent(item: Mapping[str, Any], changed: Any) -> Row:
    """Those whom mail does not reach are counted like those who want none, as in Mailchimp's exports.

    An archived member is told without what it was before, but for the reason that somebody gave for leaving.
    """
    match item["status"]:
        case "subscribed":
            given = {"consent_email": item.get("timestamp_opt") or item.get("timestamp_signup") or changed}
            return _permitted(item, given)
        case "unsubscribed" | "cleaned":
            return {"optout_email": changed}
        case "archived":
            return {"mailchimp_deleted_at": changed, **({"optout_email": changed} if item.get("unsubscribe_reason") else {})}
    return {}


def _permitted(item: Mapping[str, Any], given: Row) -> Row:
    """Where an audience asks for marketing permissions, whoever gave none of them is on it without a consent."""
    permissions = item.get("marketing_permissions") or ()
    if not permissions:
        return given
    enabled = [str(one.get("text") or "") for one in permissions if one.get("enabled")]
    return {"marketing_permissions": ", ".join(enabled), **(given if enabled else {})}


def _consent_to_texts(item: Mapping[str, Any], changed: Any) -> Row:
    """Text messages have a number, a state and a time of their own; all are empty where they are not used."""
    at = item.get("sms_subscription_last_updated") or changed
    number = item.get("sms_phone_number")
    found: dict[str, Any] = {"phone": number} if number else {}
    match item.get("sms_subscription_status"):
        case "subscribed":
            found["consent_sms"] = at
        case "unsubscribed":
            found["optout_sms"] = at
    return found


def activity_rows(item: Mapping[str, Any], campaign: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What one address did with a campaign, as rows of events."""
    title = (campaign.get("settings") or {}).get("title")
    rows = []
    for act in item.get("activity") or ():
        text = "|".join((campaign["id"], item["email_id"], act["action"], act["timestamp"], act.get("url") or ""))
        rows.append(
            {
                "email": item["email_address"],
                "event": _ACTIONS.get(act["action"], f"email_{act['action']}"),
                "occurred_at": act["timestamp"],
                "message_id": "mailchimp-" + hashlib.sha256(text.encode()).hexdigest()[:32],
                "campaign": title,
                "url": act.get("url"),
                "bounce": act.get("type") if act["action"] == "bounce" else None,
            }
        )
    return rows
