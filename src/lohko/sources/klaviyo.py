"""Klaviyo's API: profiles with their consents, and the events that no export holds: opens and clicks.

Klaviyo keeps no trace of a deleted profile that could be asked for. Events show up
late, most within two hours and some after days, under the time at which they happened:
so each is asked for a second time a week later, and what was known then changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lohko.base.times import instant, written
from lohko.formats.klaviyo_records import EMAIL_EVENTS, event_row, included, profile_row
from lohko.sources.kind import Arrived, Kind, Page, Reach, Setting, Stream, onward, several
from lohko.sources.since import Since

PROFILES = Stream("profiles", "customers", "profiles with address and consents")
EVENTS = Stream("events", "events", "e-mails received, opened, clicked, bounced; everything else with metrics=all")
REVISION = "2026-10-15"
_EVENTS = {"sort": "datetime", "page[size]": "1000", "include": "metric,profile", "fields[profile]": "email", "fields[metric]": "name"}
_LATE = dt.timedelta(hours=2)
"""How much later than they happened most events show up."""
_SETTLED = dt.timedelta(days=7)
"""After how long all events of a time are there."""


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    yield from _profiles(reach)
    yield from _events(reach)


def _profiles(reach: Reach) -> Iterator[Page]:
    since = Since(reach.cursor(PROFILES), reach.now)
    query = {"sort": "updated", "page[size]": "100", "additional-fields[profile]": "subscriptions"}
    own = several(reach.settings.get("properties", ""))
    for body in _pages(reach, "profiles", {**query, **_after("updated", since.start)}):
        fresh = [item for item in body["data"] if since.fresh(item["id"], item["attributes"]["updated"])]
        yield Page(PROFILES, [profile_row(item, own) for item in fresh], since.cursor())


def _events(reach: Reach) -> Iterator[Page]:
    """What is new; then, of what lies a week back, what has come since it was read."""
    cursor = reach.cursor(EVENTS)
    since = Since(cursor, reach.now, overlap=_LATE)
    settled = instant(cursor.get("settled")) or (since.latest or reach.now) - _SETTLED
    for body in _pages(reach, "events", {**_EVENTS, **_after("datetime", since.start)}):
        fresh = [item for item in body["data"] if since.fresh(item["id"], item["attributes"]["datetime"])]
        yield Page(EVENTS, _rows(reach, body, fresh), {**since.cursor(), "settled": written(settled)})
    if since.latest is None or (end := since.latest.replace(microsecond=0) - _SETTLED) <= settled:
        return
    between = f"{_after('datetime', settled)['filter']},less-or-equal(datetime,{written(end)})"
    for body in _pages(reach, "events", {**_EVENTS, "filter": between}):
        reached = [at for item in body["data"] if (at := instant(item["attributes"]["datetime"])) is not None]
        yield Page(EVENTS, _rows(reach, body, body["data"]), {**since.cursor(), "settled": written(max((settled, *reached)))})
    yield Page(EVENTS, [], {**since.cursor(), "settled": written(end)})


def _rows(reach: Reach, body: Any, events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Some events of an answer as rows; only what became of messages, unless every event is wanted."""
    names, people = included(body)
    rows = [event_row(item, names, people) for item in events]
    return [row for row in rows if reach.settings["metrics"] == "all" or row["event"] in EMAIL_EVENTS.values()]


def _after(by: str, start: dt.datetime | None) -> dict[str, str]:
    """What asks for everything at or after an instant: what comes after it is given, so a second is taken off."""
    if start is None:
        return {}
    return {"filter": f"greater-than({by},{written((start - dt.timedelta(seconds=1)).replace(microsecond=0))})"}


def _pages(reach: Reach, what: str, query: Mapping[str, str]) -> Iterator[Any]:
    """Every page of what changed, by the cursors that Klaviyo gives; the links themselves are not followed."""
    asked = dict(query)
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
