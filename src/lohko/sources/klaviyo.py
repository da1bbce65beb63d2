"""Klaviyo's API: profiles with their consents, and the events that no export holds: opens and clicks.

Klaviyo keeps no trace of a deleted profile that could be asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lohko.base.times import written
from lohko.formats.klaviyo_records import EMAIL_EVENTS, event_row, included, profile_row
from lohko.sources.kind import Arrived, Kind, Page, Reach, Setting, Stream, onward, several
from lohko.sources.since import Since

PROFILES = Stream("profiles", "customers", "profiles with address and consents")
EVENTS = Stream("events", "events", "e-mails received, opened, clicked, bounced; everything else with metrics=all")
REVISION = "2026-10-15"
_LATE = dt.timedelta(hours=1)
"""How far back events may be written later than they happened."""


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    since = Since(reach.cursor(PROFILES), reach.now)
    query = {"sort": "updated", "page[size]": "100", "additional-fields[profile]": "subscriptions"}
    own = several(reach.settings.get("properties", ""))
    for body in _pages(reach, "profiles", query, "updated", since):
        fresh = [item for item in body["data"] if since.fresh(item["id"], item["attributes"]["updated"])]
        yield Page(PROFILES, [profile_row(item, own) for item in fresh], since.cursor())
    since = Since(reach.cursor(EVENTS), reach.now, overlap=_LATE)
    query = {"sort": "datetime", "page[size]": "1000", "include": "metric,profile", "fields[profile]": "email", "fields[metric]": "name"}
    everything = reach.settings["metrics"] == "all"
    for body in _pages(reach, "events", query, "datetime", since):
        names, people = included(body)
        fresh = [item for item in body["data"] if since.fresh(item["id"], item["attributes"]["datetime"])]
        rows = [event_row(item, names, people) for item in fresh]
        yield Page(EVENTS, [row for row in rows if everything or row["event"] in EMAIL_EVENTS.values()], since.cursor())


def _pages(reach: Reach, what: str, query: Mapping[str, str], by: str, since: Since) -> Iterator[Any]:
    """Every page of what changed, by the cursors that Klaviyo gives; the links themselves are not followed."""
    asked = dict(query)
    if since.start is not None:
        asked["filter"] = f"greater-than({by},{written((since.start - dt.timedelta(seconds=1)).replace(microsecond=0))})"
    while True:
        body = _ask(reach, what, asked)
        yield body
        link = (body.get("links") or {}).get("next")
        cursor = parse_qs(urlsplit(link or "").query).get("page[cursor]")
        if not cursor:
            return
        asked["page[cursor]"] = onward(cursor[0], asked.get("page[cursor]"))


def _ask(reach: Reach, what: str, query: Mapping[str, str]) -> Any:
    headers = {
        "authorization": f"Klaviyo-API-Key {reach.secret('key')}",
        "revision": reach.settings["revision"],
        "accept": "application/vnd.api+json",
    }
    return reach.client.ask(f"{reach.settings['address'].rstrip('/')}/api/{what}", params=query, headers=headers).json()


def _check(reach: Reach) -> str:
    _ask(reach, "events", {"page[size]": "1"})
    return "profiles and events" if _ask(reach, "profiles", {"page[size]": "1"})["data"] else "no profiles yet"


KIND = Kind(
    key="klaviyo",
    title="Klaviyo, by its API",
    settings=(
        Setting("key", "a private API key (pk_...)", secret=True),
        Setting("metrics", "email: what became of messages; all: every event", required=False, default="email"),
        Setting("properties", "which own properties of profiles are taken, name,name", required=False),
        Setting("revision", "the revision of the API", required=False, default=REVISION),
        Setting("address", "the address of the API", required=False, default="https://a.klaviyo.com"),
    ),
    streams=(PROFILES, EVENTS),
    scopes="Scopes: profiles:read, subscriptions:read, events:read, metrics:read.",
    pull=_pull,
    check=_check,
)
