"""Klaviyo's profiles and events as its API writes them become rows of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lohko.base.times import instant

Row = Mapping[str, Any]

EMAIL_EVENTS = {
    "Received Email": "email_received",
    "Opened Email": "email_opened",
    "Clicked Email": "email_clicked",
    "Bounced Email": "email_bounced",
    "Marked Email as Spam": "email_spam_report",
    "Unsubscribed from Email Marketing": "email_unsubscribed",
    "Received SMS": "sms_received",
    "Clicked SMS": "sms_clicked",
}


def profile_row(item: Mapping[str, Any], own: Sequence[str]) -> Row:
    """A profile as a row of customers, with those of its own properties that are named."""
    given = item["attributes"]
    place = given.get("location") or {}
    properties = given.get("properties") or {}
    return {
        "customer_id": item["id"],
        "email": given.get("email"),
        "phone": given.get("phone_number"),
        "first_name": given.get("first_name"),
        "last_name": given.get("last_name"),
        "company": given.get("organization"),
        "job_title": given.get("title"),
        "address": place.get("address1"),
        "postcode": place.get("zip"),
        "city": place.get("city"),
        "region": place.get("region"),
        "country": place.get("country"),
        "language": given.get("locale"),
        "klaviyo_external_id": given.get("external_id"),
        "joined": given.get("created"),
        "updated_at": given.get("updated"),
        **_consent("email", given),
        **_consent("sms", given),
        **{name: properties.get(name) for name in own},
    }


def whole_profile_row(item: Mapping[str, Any]) -> Row:
    """A profile with all of its own properties that no field of the row is called like."""
    row = profile_row(item, ())
    properties = item["attributes"].get("properties") or {}
    return {**row, **{name: value for name, value in properties.items() if name not in row}}


def _consent(channel: str, given: Mapping[str, Any]) -> Row:
    """A suppression is lifted by being listed no longer: while it is there, a consent given after it does not count either.

    When a consent began is its own time, or else when the profile did, since anything later may be another change; when it
    ended is the latest time known.
    """
    marketing = ((given.get("subscriptions") or {}).get(channel) or {}).get("marketing") or {}
    suppressed, left = marketing.get("suppression") or (), marketing.get("consent") == "UNSUBSCRIBED"
    at = marketing.get("consent_timestamp") or marketing.get("timestamp")
    stopped = [one.get("timestamp") for one in suppressed]
    found: dict[str, Any] = {f"consent_{channel}": at or given.get("created") or "yes"} if marketing.get("consent") == "SUBSCRIBED" else {}
    if suppressed or left:
        told = stopped if any(stopped) else [marketing.get("last_updated")]
        found[f"optout_{channel}"] = _latest([at, *told])
    return found


def _latest(times: Sequence[Any]) -> Any:
    """The latest of some times, as it is written; yes where none is one."""
    dated = [(moment, text) for text in times if (moment := instant(text)) is not None]
    return max(dated, key=lambda one: one[0])[1] if dated else "yes"


def event_row(item: Mapping[str, Any], names: Mapping[str, Any], people: Mapping[str, Any]) -> Row:
    """An event as a row of events."""
    given, related = item["attributes"], item.get("relationships") or {}
    metric = _id(related, "metric")
    name = names.get(metric) or (f"metric {metric}" if metric else "event")
    more = given.get("event_properties") or {}
    person = _id(related, "profile")
    return {
        "customer_id": person,
        "email": people.get(person),
        "event": EMAIL_EVENTS.get(name) or re.sub(r"[\W_]+", "_", name).strip("_").lower(),
        "occurred_at": given["datetime"],
        "message_id": f"klaviyo-{item['id']}",
        "campaign": more.get("Campaign Name"),
        "subject": more.get("Subject"),
        "url": more.get("URL"),
        "value": more.get("$value"),
    }


def _id(related: Mapping[str, Any], name: str) -> str:
    return str(((related.get(name) or {}).get("data") or {}).get("id") or "")


def is_profile(item: Mapping[str, Any]) -> bool:
    """Whether an object is a profile of JSON:API."""
    return item.get("type") == "profile" and _has(item, "email", "updated")


def is_event(item: Mapping[str, Any]) -> bool:
    """Whether an object is an event of JSON:API."""
    return item.get("type") == "event" and _has(item, "datetime", "event_properties")


def _has(item: Mapping[str, Any], *names: str) -> bool:
    given = item.get("attributes")
    return "id" in item and isinstance(given, dict) and all(name in given for name in names)


def events_beside(answer: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Sequence[Row]]:
    """How an answer's events are read, with the metrics and profiles that it includes."""
    names, people = included(answer)
    return lambda item: [event_row(item, names, people)]


def included(answer: Mapping[str, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The names of metrics, and the addresses of profiles, that an answer includes, by their ids."""
    there = answer.get("included") or ()
    names = {item["id"]: item["attributes"].get("name") for item in there if item["type"] == "metric"}
    return names, {item["id"]: item["attributes"].get("email") for item in there if item["type"] == "profile"}
