"""Mailchimp's Marketing API: the members of an audience, and what they did with each campaign.

An archived member is how Mailchimp tells of one that was taken away. Archived members
are left out where no status is asked for, so they are asked for by themselves. One
deleted for good it does not tell of.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lohko.base.errors import InputError
from lohko.base.times import written
from lohko.formats.mailchimp_records import activity_rows, member_row
from lohko.sources.kind import Arrived, Cursor, Kind, Page, Reach, Setting, Stream
from lohko.sources.since import Since, in_order

MEMBERS = Stream("members", "customers", "members with merge fields, tags and consent")
ARCHIVED = Stream("archived", "customers", "members that were archived")
ACTIVITY = Stream("activity", "events", "opens, clicks and bounces of each campaign")
_SIZE = 500
_LATE = dt.timedelta(minutes=15)
"""How much later than it happened something may show up: bounces took nearly four minutes."""


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    yield from _members(reach, MEMBERS, {})
    yield from _members(reach, ARCHIVED, {"status": "archived"})
    yield from _activity(reach)


def _members(reach: Reach, stream: Stream, status: Mapping[str, str]) -> Iterator[Page]:
    since = Since(reach.cursor(stream), reach.now)
    path = f"lists/{reach.settings['audience']}/members"

    def ask(start: dt.datetime | None, page: int) -> Sequence[Mapping[str, Any]]:
        query = {
            **status,
            "count": _SIZE,
            "offset": page * _SIZE,
            "sort_field": "last_changed",
            "sort_dir": "ASC",
            "exclude_fields": "members._links,_links",
        }
        if start is not None:
            query["since_last_changed"] = written((start - dt.timedelta(seconds=1)).replace(microsecond=0))
        found: Sequence[Mapping[str, Any]] = _ask(reach, path, query)["members"]
        return found

    for members in in_order(since, ask, _key, lambda item: f"{item['last_changed']}", _SIZE):
        yield Page(stream, [member_row(item) for item in members], since.cursor(), sum(item["status"] == "archived" for item in members))


def _key(item: Mapping[str, Any]) -> Any:
    """Its `id` is made of the address, so members without an address would all have the same."""
    return item["id"] if item.get("email_address") else item.get("contact_id")


def _activity(reach: Reach) -> Iterator[Page]:
    """What became of each campaign of late: only what is new is asked for."""
    cursor = reach.cursor(ACTIVITY)
    since: dict[str, Cursor] = dict(cursor.get("campaigns", {}))
    whole = bool(cursor.get("whole"))  # the first time has come to its end: from now on campaigns are followed for a while each
    oldest = reach.now - dt.timedelta(days=float(reach.settings["follow_days" if whole else "history_days"]))
    begun: dict[str, Cursor] = {}
    for campaign in _campaigns(reach, oldest):
        place, offset = Since(since.get(campaign["id"], {}), reach.now, overlap=_LATE), 0
        while True:
            query = {"count": _SIZE, "offset": offset, "exclude_fields": "emails._links,_links"}
            if place.start is not None:
                query["since"] = written(place.start.replace(microsecond=0))
            emails = _ask(reach, f"reports/{campaign['id']}/email-activity", query)["emails"]
            told = [row for item in emails for row in activity_rows(item, campaign)]
            rows = [row for row in told if not place.saw(row["message_id"], row["occurred_at"])]
            rows = [row for row in rows if place.fresh(row["message_id"], row["occurred_at"])]
            offset += _SIZE
            if len(emails) < _SIZE:
                break
            yield Page(ACTIVITY, rows, {"campaigns": {**since, **begun}, "whole": whole})
        begun[campaign["id"]] = place.cursor()
        yield Page(ACTIVITY, rows, {"campaigns": {**since, **begun}, "whole": whole})
    yield Page(ACTIVITY, [], {"campaigns": begun, "whole": True})  # those that are no longer asked about are forgotten


def _campaigns(reach: Reach, oldest: dt.datetime) -> Iterator[Mapping[str, Any]]:
    offset = 0
    while True:
        query = {
            "status": "sent",
            "list_id": reach.settings["audience"],
            "since_send_time": written(oldest.replace(microsecond=0)),
            "count": 100,
            "offset": offset,
            "sort_field": "send_time",
            "sort_dir": "ASC",
            "fields": "campaigns.id,campaigns.send_time,campaigns.settings.title",
        }
        found = _ask(reach, "campaigns", query)["campaigns"]
        yield from found
        offset += 100
        if len(found) < 100:
            return


def _ask(reach: Reach, path: str, query: Mapping[str, Any]) -> Any:
    key = reach.secret("key")
    base = reach.settings.get("address", "").rstrip("/")
    if not base:
        centre = key.rpartition("-")[2]
        if not re.fullmatch(r"[a-z]{2}\d{1,3}", centre):
            raise InputError("bad_secret", "The key does not end in Mailchimp's data centre.", hint="such as ...-us19; copy the whole key.")
        base = f"https://{centre}.api.mailchimp.com"
    return reach.client.ask(f"{base}/3.0/{path}", params=query, auth=("lohko", key)).json()


def _check(reach: Reach) -> str:
    found = _ask(reach, f"lists/{reach.settings['audience']}", {"fields": "name,stats.member_count"})
    return f"the audience {found['name']}, {found['stats']['member_count']:,} members"


KIND = Kind(
    key="mailchimp",
    title="Mailchimp, by its Marketing API",
    settings=(
        Setting("key", "an API key (...-us19)", secret=True),
        Setting("audience", "the audience's id, from its settings"),
        Setting("history_days", "how far back campaigns are asked about at first", required=False, default="365"),
        Setting("follow_days", "how long after it was sent a campaign is still asked about", required=False, default="90"),
        Setting("address", "another address than that of the key's data centre", required=False),
    ),
    streams=(MEMBERS, ARCHIVED, ACTIVITY),
    scopes="Mailchimp's keys have no scopes: make one for Lohko alone, of a user with the role Viewer.",
    pull=_pull,
    check=_check,
)
