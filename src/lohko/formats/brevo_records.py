"""Brevo's contacts, and what became of its messages, as its API writes them become rows of files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]

EVENTS_OF_MESSAGES = {
    "delivered": "email_received",
    "opened": "email_opened",
    "clicks": "email_clicked",
    "hardBounces": "email_bounced",
    "softBounces": "email_bounced",
    "spam": "email_spam_report",
    "unsubscribed": "email_unsubscribed",
}
_ATTRIBUTES = {"FIRSTNAME": "first_name", "VORNAME": "first_name", "LASTNAME": "last_name", "NACHNAME": "last_name", "SMS": "phone"}


def contact_row(item: Mapping[str, Any]) -> Row:
    """A contact as a row of customers. A blacklist is an objection; not to be on it, or to have left one list, says neither yes nor no."""
    attributes = item.get("attributes") or {}
    return {
        # Messages name the address alone, so it is who a contact is; one without an address goes by its number.
        "customer_id": None if item.get("email") else item["id"],
        "email": item.get("email"),
        "joined": item.get("createdAt"),
        "updated_at": item.get("modifiedAt"),
        "lists": ", ".join(str(number) for number in item.get("listIds") or ()),
        "lists_left": ", ".join(str(number) for number in item.get("listUnsubscribed") or ()),
        "optout_email": item["modifiedAt"] if item.get("emailBlacklisted") else None,
        "optout_sms": item["modifiedAt"] if item.get("smsBlacklisted") else None,
        **{_ATTRIBUTES.get(name) or name.lower(): _phone(name, value) for name, value in attributes.items() if value not in ("", None)},
    }


def _phone(name: str, value: Any) -> Any:
    """Brevo keeps phone numbers with their country code and without a plus."""
    return f"+{value}" if name == "SMS" and str(value).isdecimal() else value


def event_row(item: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a message, as a row of events."""
    text = "|".join(str(item.get(name) or "") for name in ("messageId", "event", "date", "link", "email"))
    return {
        "email": item["email"],
        "event": EVENTS_OF_MESSAGES.get(item["event"]) or f"email_{item['event']}",
        "occurred_at": item["date"],
        "message_id": "brevo-" + hashlib.sha256(text.encode()).hexdigest()[:32],
        "subject": item.get("subject"),
        "tag": item.get("tag"),
        "url": item.get("link"),
    }
