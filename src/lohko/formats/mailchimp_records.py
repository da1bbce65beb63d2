"""Mailchimp's members, and what they did with a campaign, as its API writes them become rows of files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]

_ACTIONS = {"open": "email_opened", "click": "email_clicked", "bounce": "email_bounced"}
_MERGED = {"FNAME": "first_name", "LNAME": "last_name", "PHONE": "phone", "BIRTHDAY": None, "ADDRESS": None}


def member_row(item: Mapping[str, Any]) -> Row:
    """A member as a row of customers. Those whom mail does not reach are counted like those who want none, as in Mailchimp's exports."""
    merged = item.get("merge_fields") or {}
    given = merged.get("ADDRESS")
    address = given if isinstance(given, dict) else {}
    changed, status = item["last_changed"], item["status"]
    consent: dict[str, Any] = {}
    if status == "subscribed":
        consent["consent_email"] = item.get("timestamp_opt") or item.get("timestamp_signup") or changed
    elif status in ("unsubscribed", "cleaned"):
        consent["optout_email"] = changed
    elif status == "archived":
        consent["mailchimp_deleted_at"] = changed
    return {
        "email": item["email_address"],
        "language": item.get("language"),
        "tags": ", ".join(str(tag["name"]) for tag in item.get("tags") or ()),
        "joined": item.get("timestamp_signup") or item.get("timestamp_opt"),
        "updated_at": changed,
        "member_rating": item.get("member_rating"),
        "address": address.get("addr1"),
        "postcode": address.get("zip"),
        "city": address.get("city"),
        "country": address.get("country"),
        **consent,
        **{_MERGED.get(tag) or tag.lower(): value for tag, value in merged.items() if tag != "ADDRESS" and value not in ("", None)},
    }


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
