"""Pipedrive's API, version 2: organisations, persons, and deals.

Deals deleted within the last thirty days are told of; a deleted person is told of
while Pipedrive still gives it, marked as deleted. Archived deals stand in a list of
their own since July 2025 and keep the status that they had.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from lohko.base.errors import InputError
from lohko.base.times import written
from lohko.formats.pipedrive_records import deal_row, organisation_row, person_row, still_refused
from lohko.outgoing import Answer
from lohko.sources.kind import Arrived, Kind, Page, Reach, Setting, Stream, onward
from lohko.sources.since import Since

ORGANISATIONS = Stream("organizations", "accounts", "organisations")
PERSONS = Stream("persons", "customers", "persons with their organisation")
DEALS = Stream("deals", "deals", "deals of an organisation and a person, with every change of stage or value")
DELETED_DEALS = Stream("deleted_deals", "deals", "deals deleted within the last thirty days")
ARCHIVED_DEALS = Stream("archived_deals", "deals", "deals that were archived")
_SIZE = 500
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*")


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    for found, since in _changed(reach, ORGANISATIONS, "organizations", {}):
        yield Page(ORGANISATIONS, [organisation_row(item) for item in found], since.cursor())
    refused = set(reach.cursor(PERSONS).get("refused", ()))
    for found, since in _changed(reach, PERSONS, "persons", {"include_fields": "marketing_status"}):
        names = _organisations(reach, found)
        rows = [person_row(item, names, anew=str(item["id"]) in refused) for item in found]
        refused = still_refused(refused, found)
        cursor = {**since.cursor(), "refused": sorted(refused)}
        yield Page(PERSONS, rows, cursor, sum(bool(item.get("is_deleted")) for item in found))
    for found, since in _changed(reach, DEALS, "deals", {}):
        yield Page(DEALS, [deal_row(item) for item in found], since.cursor())
    for found, since in _changed(reach, DELETED_DEALS, "deals", {"status": "deleted"}):
        yield Page(DELETED_DEALS, [deal_row(item) for item in found], since.cursor(), len(found))
    for found, since in _changed(reach, ARCHIVED_DEALS, "deals/archived", {}):
        yield Page(ARCHIVED_DEALS, [deal_row(item) for item in found], since.cursor())


def _changed(reach: Reach, stream: Stream, what: str, more: Mapping[str, str]) -> Iterator[tuple[list[Mapping[str, Any]], Since]]:
    """What changed, page by page, by the cursors that Pipedrive gives."""
    since = Since(reach.cursor(stream), reach.now)
    query: dict[str, Any] = {"sort_by": "update_time", "sort_direction": "asc", "limit": _SIZE, **more}
    if since.start is not None:
        query["updated_since"] = written(since.start.replace(microsecond=0))
    while True:
        body = _told(reach, what, query)
        yield [item for item in body.get("data") or () if since.fresh(item["id"], item["update_time"])], since
        cursor = (body.get("additional_data") or {}).get("next_cursor")
        if not cursor:
            return
        query["cursor"] = onward(cursor, query.get("cursor"))


def _told(reach: Reach, what: str, query: dict[str, Any]) -> Any:
    """A page. Only a company with Campaigns may ask for the status of marketing: where the first page is refused for it, all are asked without it."""
    if "include_fields" in query and "cursor" not in query:
        answer = _answer(reach, what, query, also=(400, 403))
        if answer.status < 400:
            return answer.json()
        del query["include_fields"]
    return _ask(reach, what, query)


def _organisations(reach: Reach, persons: Sequence[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """The organisations of some persons, by id."""
    ids = sorted({item["org_id"] for item in persons if item.get("org_id")})
    found: dict[int, Mapping[str, Any]] = {}
    for place in range(0, len(ids), 100):
        asked = {"ids": ",".join(str(number) for number in ids[place : place + 100]), "limit": 100}
        found |= {item["id"]: item for item in _ask(reach, "organizations", asked).get("data") or ()}
    return found


def _ask(reach: Reach, what: str, query: Mapping[str, Any]) -> Any:
    return _answer(reach, what, query).json()


def _answer(reach: Reach, what: str, query: Mapping[str, Any], also: Collection[int] = ()) -> Answer:
    base = reach.settings.get("address", "").rstrip("/")
    if not base:
        company = reach.settings["company"]
        if not _DOMAIN.fullmatch(company):
            raise InputError(
                "bad_setting", f"{company!r} is no company's name at Pipedrive.", hint="the first part of its address, my-company."
            )
        base = f"https://{company}.pipedrive.com"
    return reach.client.ask(f"{base}/api/v2/{what}", params=query, headers={"x-api-token": reach.secret("token")}, also=also)


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
    streams=(ORGANISATIONS, PERSONS, DEALS, DELETED_DEALS, ARCHIVED_DEALS),
    scopes="The token of a user who may see every person, organisation and deal; for an OAuth app the scopes contacts:read and deals:read.",
    pull=_pull,
    check=_check,
)
