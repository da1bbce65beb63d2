"""Pipedrive's API, version 2: persons with their organisation, organisations, and deals as events.

Deals deleted within the last thirty days are told of; a deleted person is told of
while Pipedrive still gives it, marked as deleted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lohko.base.errors import InputError
from lohko.sources.kind import Arrived, Kind, Page, Reach, Row, Setting, Stream, onward
from lohko.sources.since import Since, written

PERSONS = Stream("persons", "customers", "persons with their organisation")
DEALS = Stream("deals", "events", "deal_created, deal_changed, deal_won, deal_lost, deal_deleted of a person")
DELETED_DEALS = Stream("deleted_deals", "events", "deals deleted within the last thirty days")
_SIZE = 500
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*")


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    for found, since in _changed(reach, PERSONS, "persons", {"include_fields": "marketing_status"}):
        names = _organisations(reach, found)
        rows = [person_row(item, names) for item in found]
        yield Page(PERSONS, rows, since.cursor(), sum(bool(item.get("is_deleted")) for item in found))
    yield from _deals(reach, DEALS, {}, deal_rows)
    yield from _deals(reach, DELETED_DEALS, {"status": "deleted"}, deleted_rows)


def _deals(reach: Reach, stream: Stream, query: Mapping[str, str], rows: Callable[[Mapping[str, Any]], list[Row]]) -> Iterator[Page]:
    for found, since in _changed(reach, stream, "deals", query):
        told = [row for item in found if item.get("person_id") for row in rows(item)]
        yield Page(stream, told, since.cursor(), len(told) if stream is DELETED_DEALS else 0)


def _changed(reach: Reach, stream: Stream, what: str, more: Mapping[str, str]) -> Iterator[tuple[list[Mapping[str, Any]], Since]]:
    """What changed, page by page, by the cursors that Pipedrive gives."""
    since = Since(reach.cursor(stream), reach.now)
    query: dict[str, Any] = {"sort_by": "update_time", "sort_direction": "asc", "limit": _SIZE, **more}
    if since.start is not None:
        query["updated_since"] = written(since.start.replace(microsecond=0))
    while True:
        body = _ask(reach, what, query)
        yield [item for item in body.get("data") or () if since.fresh(item["id"], item["update_time"])], since
        cursor = (body.get("additional_data") or {}).get("next_cursor")
        if not cursor:
            return
        query["cursor"] = onward(cursor, query.get("cursor"))


def _organisations(reach: Reach, persons: Sequence[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """The organisations of some persons, by id."""
    ids = sorted({item["org_id"] for item in persons if item.get("org_id")})
    found: dict[int, Mapping[str, Any]] = {}
    for place in range(0, len(ids), 100):
        asked = {"ids": ",".join(str(number) for number in ids[place : place + 100]), "limit": 100}
        found |= {item["id"]: item for item in _ask(reach, "organizations", asked).get("data") or ()}
    return found


def _ask(reach: Reach, what: str, query: Mapping[str, Any]) -> Any:
    base = reach.settings.get("address", "").rstrip("/")
    if not base:
        company = reach.settings["company"]
        if not _DOMAIN.fullmatch(company):
            raise InputError(
                "bad_setting", f"{company!r} is no company's name at Pipedrive.", hint="the first part of its address, my-company."
            )
        base = f"https://{company}.pipedrive.com"
    return reach.client.ask(f"{base}/api/v2/{what}", params=query, headers={"x-api-token": reach.secret("token")}).json()


def person_row(item: Mapping[str, Any], organisations: Mapping[int, Mapping[str, Any]]) -> Row:
    """A person as a row of customers."""
    organisation = organisations.get(item.get("org_id") or 0) or {}
    address = organisation.get("address")
    place = address if isinstance(address, dict) else {}
    changed, status = item["update_time"], item.get("marketing_status")
    return {
        "customer_id": item["id"],
        "email": _first(item.get("emails")),
        "phone": _first(item.get("phones")),
        "first_name": item.get("first_name"),
        "last_name": item.get("last_name"),
        "name": item.get("name"),
        "company": organisation.get("name"),
        "account": item.get("org_id"),
        "employees": organisation.get("employee_count"),
        "postcode": place.get("postal_code"),
        "city": place.get("locality"),
        "country": place.get("country"),
        "joined": item.get("add_time"),
        "updated_at": changed,
        "consent_email": changed if status == "subscribed" else None,
        "optout_email": changed if status == "unsubscribed" else None,
        "pipedrive_deleted_at": changed if item.get("is_deleted") else None,
    }


def _first(values: Any) -> Any:
    """The primary one of several addresses, else work before home before other."""
    order = {"work": 0, "mobile": 1, "home": 2}
    given = [one for one in values or () if one.get("value")]
    given.sort(key=lambda one: (not one.get("primary"), order.get(one.get("label") or "", 3)))
    return given[0]["value"] if given else None


def deal_rows(item: Mapping[str, Any]) -> list[Row]:
    """What has become of a deal so far, as rows of events of its person."""
    whole = {"customer_id": item["person_id"], "deal_id": str(item["id"])}
    stand = {
        **whole,
        "title": item.get("title"),
        "deal_value": item.get("value"),
        "deal_currency": item.get("currency"),
        "status": item.get("status"),
        "pipeline": item.get("pipeline_id"),
        "stage": item.get("stage_id"),
        "lost_reason": item.get("lost_reason"),
    }
    rows: list[Row] = [
        {**whole, **_event("deal_created", item, item["add_time"])},
        {**stand, **_event("deal_changed", item, item["update_time"])},
    ]
    for name, at in (("deal_won", item.get("won_time")), ("deal_lost", item.get("lost_time"))):
        if at and item.get("status") == name.removeprefix("deal_"):
            rows.append({**stand, **_event(name, item, at)})
    return rows


def deleted_rows(item: Mapping[str, Any]) -> list[Row]:
    """That a deal was deleted."""
    return [{"customer_id": item["person_id"], "deal_id": str(item["id"]), **_event("deal_deleted", item, item["update_time"])}]


def _event(name: str, item: Mapping[str, Any], at: Any) -> Row:
    return {"event": name, "occurred_at": at, "message_id": f"pipedrive-{item['id']}-{name}-{at}"}


def _check(reach: Reach) -> str:
    return "persons and deals" if _ask(reach, "persons", {"limit": 1}).get("data") else "no persons yet"


KIND = Kind(
    key="pipedrive",
    title="Pipedrive, by its API",
    settings=(
        Setting("company", "the first part of its address, my-company", required=False),
        Setting("token", "an API token", secret=True),
        Setting("address", "another address than https://COMPANY.pipedrive.com", required=False),
    ),
    streams=(PERSONS, DEALS, DELETED_DEALS),
    scopes="The token of a user who may see every person, organisation and deal; for an OAuth app the scopes contacts:read and deals:read.",
    pull=_pull,
    check=_check,
)
