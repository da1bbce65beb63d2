"""Brevo's API: contacts with their blacklists, and what became of transactional messages.

Contacts come in the order in which they were made, whatever changed: so pages lie over
each other a little, since one deleted meanwhile would move the next page. A deleted
contact Brevo does not tell of. What became of campaigns is in its exports alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from lohko.base.times import instant, written
from lohko.formats.brevo_records import EVENTS_OF_MESSAGES, contact_row, event_row
from lohko.sources.kind import Arrived, Kind, Page, Reach, Setting, Stream
from lohko.sources.since import Since

CONTACTS = Stream("contacts", "customers", "contacts with their attributes and blacklists")
EVENTS = Stream("events", "events", "transactional messages delivered, opened, clicked, bounced")
_CONTACTS, _SHARED = 500, 50
_EVENTS_AT_ONCE = 2500
_STRETCH = dt.timedelta(days=28)
_BEHIND = dt.timedelta(hours=12)


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
    """By stretches of whole days, none of them to come, as Brevo tells of them: what lies before the last sync's edge was in already.

    Whose days they are it does not say, and in America it may still be yesterday.
    """
    since = Since(reach.cursor(EVENTS), reach.now, overlap=dt.timedelta(hours=1))
    start, today = since.start, reach.now.date()
    first = start or reach.now - dt.timedelta(days=float(reach.settings["history_days"]))
    day = (first - _BEHIND).date()
    while day <= today:
        last, offset = min(day + _STRETCH - dt.timedelta(days=1), today), 0
        while True:
            query = {"startDate": day.isoformat(), "endDate": last.isoformat(), "sort": "asc", "limit": _EVENTS_AT_ONCE, "offset": offset}
            found = _ask(reach, "smtp/statistics/events", query).get("events") or []
            late = [item for item in found if start is None or (at := instant(item["date"])) is None or at >= start]
            rows = [event_row(item) for item in late if item["event"] in EVENTS_OF_MESSAGES]
            yield Page(EVENTS, [row for row in rows if since.fresh(row["message_id"], row["occurred_at"])], since.cursor())
            offset += _EVENTS_AT_ONCE
            if len(found) < _EVENTS_AT_ONCE:
                break
        day += _STRETCH


def _ask(reach: Reach, path: str, query: Mapping[str, Any]) -> Any:
    url = f"{reach.settings['address'].rstrip('/')}/v3/{path}"
    return reach.client.ask(url, params=query, headers={"api-key": reach.secret("key"), "accept": "application/json"}).json()


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
