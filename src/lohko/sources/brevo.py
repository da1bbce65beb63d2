"""Brevo's API: contacts with their blacklists, and what became of transactional messages.

Contacts come in the order in which they were made, whatever changed: so pages lie over
each other a little, since one deleted meanwhile would move the next page. A deleted
contact Brevo does not tell of. What became of campaigns is in its exports alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from lohko.base.times import instant, written
from lohko.sources.kind import Arrived, Kind, Page, Reach, Row, Setting, Stream
from lohko.sources.since import Since

CONTACTS = Stream("contacts", "customers", "contacts with their attributes and blacklists")
EVENTS = Stream("events", "events", "transactional messages delivered, opened, clicked, bounced")
_CONTACTS, _SHARED = 500, 50
_EVENTS_AT_ONCE = 2500
_STRETCH = dt.timedelta(days=28)
_NAMES = {
    "delivered": "email_received",
    "opened": "email_opened",
    "clicks": "email_clicked",
    "hardBounces": "email_bounced",
    "softBounces": "email_bounced",
    "spam": "email_spam_report",
    "unsubscribed": "email_unsubscribed",
}
_ATTRIBUTES = {"FIRSTNAME": "first_name", "VORNAME": "first_name", "LASTNAME": "last_name", "NACHNAME": "last_name", "SMS": "phone"}


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    yield from _contacts(reach)
    yield from _events(reach)


def _contacts(reach: Reach) -> Iterator[Page]:
    cursor = reach.cursor(CONTACTS)
    before, offset = Since(cursor, reach.now), int(cursor.get("offset", 0))
    start = before.start
    since = Since(cursor.get("so_far") or cursor, reach.now)
    while True:
        query: dict[str, Any] = {"limit": _CONTACTS, "offset": offset, "sort": "asc"}
        if start is not None:
            query["modifiedSince"] = written(start)
        found = _ask(reach, "contacts", query)["contacts"]
        new = [item for item in found if not before.saw(item["id"], item["modifiedAt"]) and since.fresh(item["id"], item["modifiedAt"])]
        rows = [contact_row(item) for item in new]
        if len(found) < _CONTACTS:
            yield Page(CONTACTS, rows, since.cursor())
            return
        offset += _CONTACTS - _SHARED
        yield Page(CONTACTS, rows, {**cursor, "offset": offset, "so_far": since.cursor()})


def _events(reach: Reach) -> Iterator[Page]:
    """By stretches of whole days, as Brevo tells of them: what lies before the last sync's edge was in already."""
    since = Since(reach.cursor(EVENTS), reach.now, overlap=dt.timedelta(hours=1))
    start = since.start
    day = (start or reach.now - dt.timedelta(days=float(reach.settings["history_days"]))).date()
    while day <= reach.now.date() + dt.timedelta(days=1):  # its day may have begun already
        last, offset = day + _STRETCH - dt.timedelta(days=1), 0
        while True:
            query = {"startDate": day.isoformat(), "endDate": last.isoformat(), "sort": "asc", "limit": _EVENTS_AT_ONCE, "offset": offset}
            found = _ask(reach, "smtp/statistics/events", query).get("events") or []
            late = [item for item in found if start is None or (at := instant(item["date"])) is None or at >= start]
            rows = [event_row(item) for item in late if item["event"] in _NAMES]
            yield Page(EVENTS, [row for row in rows if since.fresh(row["message_id"], row["occurred_at"])], since.cursor())
            offset += _EVENTS_AT_ONCE
            if len(found) < _EVENTS_AT_ONCE:
                break
        day += _STRETCH


def _ask(reach: Reach, path: str, query: Mapping[str, Any]) -> Any:
    url = f"{reach.settings['address'].rstrip('/')}/v3/{path}"
    return reach.client.ask(url, params=query, headers={"api-key": reach.secret("key"), "accept": "application/json"}).json()


def contact_row(item: Mapping[str, Any]) -> Row:
    """A contact as a row of customers. A blacklist is an objection; not to be on it is no consent."""
    attributes = item.get("attributes") or {}
    return {
        # Messages name the address alone, so it is who a contact is; one without an address goes by its number.
        "customer_id": None if item.get("email") else item["id"],
        "email": item.get("email"),
        "joined": item.get("createdAt"),
        "updated_at": item.get("modifiedAt"),
        "lists": ", ".join(str(number) for number in item.get("listIds") or ()),
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
        "event": _NAMES.get(item["event"], item["event"]),
        "occurred_at": item["date"],
        "message_id": "brevo-" + hashlib.sha256(text.encode()).hexdigest()[:32],
        "subject": item.get("subject"),
        "tag": item.get("tag"),
        "url": item.get("link"),
    }


def _check(reach: Reach) -> str:
    return f"{_ask(reach, 'contacts', {'limit': 1})['count']:,} contacts"


KIND = Kind(
    key="brevo",
    title="Brevo, by its API",
    settings=(
        Setting("key", "an API key (xkeysib-...)", secret=True),
        Setting("history_days", "how far back messages are asked about at first", required=False, default="30"),
        Setting("address", "the address of the API", required=False, default="https://api.brevo.com"),
    ),
    streams=(CONTACTS, EVENTS),
    scopes="Brevo's keys have no scopes: make one for Lohko alone, and allow only the address that Lohko asks from.",
    pull=_pull,
    check=_check,
)
