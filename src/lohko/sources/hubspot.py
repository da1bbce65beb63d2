"""HubSpot's CRM API: companies, contacts, deals, and contacts that were archived.

What changed is found by search, which tells of ten thousand records at most and lags a
little behind: so it is asked anew from the latest change, and again from some minutes
before it. Archived contacts and deals are listed in full at each sync; HubSpot keeps
them for ninety days. The paths have a date since 2026, and each date is kept for eighteen
months; those with v3 and v4 are to end in 2027.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lohko.formats.hubspot_records import (
    FIELDS,
    archived_row,
    company_row,
    contact_row,
    deal_row,
    deleted_deal_row,
    merged_deal_rows,
    refusals,
)
from lohko.sources.kind import Arrived, Cursor, Kind, Page, Reach, Setting, Stream, onward, several
from lohko.sources.since import Since, in_order

CONTACTS = Stream("contacts", "customers", "contacts with their company")
ARCHIVED = Stream("archived", "customers", "contacts that were archived")
COMPANIES = Stream("companies", "accounts", "companies")
DEALS = Stream("deals", "deals", "deals of a company and a contact, with every change of stage or value")
DELETED_DEALS = Stream("deleted_deals", "deals", "deals deleted within the last ninety days")
_VERSION = "2026-09"
_SIZE = 200
_MOST_PAGES = 10_000 // _SIZE
_COMPANY = ("name", "domain", "industry", "numberofemployees")
_PLACE = ("annualrevenue", "city", "zip", "country", "hs_lastmodifieddate")
_DEAL = (
    "dealname",
    "amount",
    "deal_currency_code",
    "dealstage",
    "pipeline",
    "createdate",
    "closedate",
    "hs_is_closed_won",
    "hs_is_closed",
    "hs_merged_object_ids",
    "hs_lastmodifieddate",
)


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    own = several(reach.settings.get("properties", ""))
    for found, since in _changed(reach, reach.cursor(COMPANIES), "companies", "hs_lastmodifieddate", [*_COMPANY, *_PLACE]):
        yield Page(COMPANIES, [company_row(item) for item in found], since.cursor())
    refused = refusals(_get(reach, "properties", "contacts", {})["results"])
    begin = reach.cursor(CONTACTS)
    if not begin.get("refusals"):  # an earlier version did not ask who refused one kind of letters: everybody is asked for once more
        begin = {}
    for found, since in _changed(reach, begin, "contacts", "lastmodifieddate", list(FIELDS)):
        companies = _read(reach, "companies", [str(item["properties"].get("associatedcompanyid") or "") for item in found], _COMPANY)
        rows = [contact_row(item, companies, own, refused) for item in _fuller(reach, "contacts", found, [*own, *refused])]
        yield Page(CONTACTS, rows, {**since.cursor(), "refusals": True})
    yield from _archived(reach, ARCHIVED, "contacts", ("email",), archived_row)
    for found, since in _changed(reach, reach.cursor(DEALS), "deals", "hs_lastmodifieddate", _DEAL):
        ids = [item["id"] for item in found]
        contacts, owners = _of_deals(reach, "contacts", ids), _of_deals(reach, "companies", ids)
        rows = [deal_row(item, contacts.get(item["id"]), owners.get(item["id"])) for item in found]
        yield Page(DEALS, [*rows, *(row for item in found for row in merged_deal_rows(item))], since.cursor())
    yield from _archived(reach, DELETED_DEALS, "deals", _DEAL, deleted_deal_row)


def _changed(
    reach: Reach, cursor: Cursor, what: str, by: str, properties: Sequence[str]
) -> Iterator[tuple[list[Mapping[str, Any]], Since]]:
    since = Since(cursor, reach.now)

    def ask(start: dt.datetime | None, page: int) -> Sequence[Mapping[str, Any]]:
        body: dict[str, Any] = {
            "limit": _SIZE,
            "after": str(page * _SIZE),
            "sorts": [{"propertyName": by, "direction": "ASCENDING"}],
            "properties": list(properties),
        }
        if start is not None:
            millis = int(start.timestamp() * 1000)
            body["filterGroups"] = [{"filters": [{"propertyName": by, "operator": "GTE", "value": str(millis)}]}]
        found: Sequence[Mapping[str, Any]] = _ask(reach, "objects", f"{what}/search", body)["results"]
        return found

    key, changed = (lambda item: item["id"]), (lambda item: item["properties"][by])
    for found in in_order(since, ask, key, changed, _SIZE, most_pages=_MOST_PAGES):
        yield found, since


def _archived(
    reach: Reach, stream: Stream, what: str, properties: Sequence[str], row: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Iterator[Page]:
    """What was archived since the last sync, each once."""
    cursor = reach.cursor(stream)
    known: dict[str, str] = dict(cursor.get("archived", {}))
    now: dict[str, str] = {}
    after: str | None = None
    while True:
        query = {"archived": "true", "limit": "100", "properties": ",".join(properties), **({"after": after} if after else {})}
        body = _get(reach, "objects", what, query)
        new = [item for item in body["results"] if known.get(item["id"]) != item["archivedAt"]]
        now |= {item["id"]: item["archivedAt"] for item in body["results"]}
        rows = [row(item) for item in new]
        after = onward(((body.get("paging") or {}).get("next") or {}).get("after"), after)
        yield Page(stream, rows, {"archived": now if after is None else {**known, **now}}, len(rows))
        if after is None:
            return


def _read(reach: Reach, what: str, ids: Sequence[str], properties: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Some records by id."""
    wanted = sorted({one for one in ids if one})
    found: dict[str, Mapping[str, Any]] = {}
    for place in range(0, len(wanted), 100):
        body = {"properties": list(properties), "inputs": [{"id": one} for one in wanted[place : place + 100]]}
        found |= {item["id"]: item["properties"] for item in _ask(reach, "objects", f"{what}/batch/read", body)["results"]}
    return found


def _fuller(reach: Reach, what: str, records: Sequence[Mapping[str, Any]], properties: Sequence[str]) -> list[Mapping[str, Any]]:
    """Some records with more properties: a search may have three thousand characters in all, which many do not fit into."""
    if not properties:
        return list(records)
    more = _read(reach, what, [item["id"] for item in records], properties)
    told = {key: {name: given.get(name) for name in properties} for key, given in more.items()}
    return [{**item, "properties": {**item["properties"], **told.get(item["id"], {})}} for item in records]


def _of_deals(reach: Reach, what: str, deals: Sequence[str]) -> dict[str, str]:
    """The first contact, or company, of each of some deals; of companies the primary one, where one is."""
    found: dict[str, str] = {}
    for place in range(0, len(deals), 100):
        body = {"inputs": [{"id": one} for one in deals[place : place + 100]]}
        for item in _ask(reach, "associations", f"deals/{what}/batch/read", body)["results"]:
            if item["to"]:
                one = next((one for one in item["to"] if _primary(one)), item["to"][0])
                found[str(item["from"]["id"])] = str(one["toObjectId"])
    return found


def _primary(associated: Mapping[str, Any]) -> bool:
    """Whether a company is a deal's primary one: HubSpot's own association number 5."""
    types = associated.get("associationTypes") or ()
    return any(one.get("category") == "HUBSPOT_DEFINED" and one.get("typeId") == 5 for one in types)


def _ask(reach: Reach, of: str, path: str, body: Mapping[str, Any]) -> Any:
    return reach.client.ask(_url(reach, of, path), method="POST", headers=_headers(reach), body=dict(body)).json()


def _get(reach: Reach, of: str, path: str, query: Mapping[str, str]) -> Any:
    return reach.client.ask(_url(reach, of, path), params=query, headers=_headers(reach)).json()


def _url(reach: Reach, of: str, path: str) -> str:
    return f"{reach.settings['address'].rstrip('/')}/crm/{of}/{_VERSION}/{path}"


def _headers(reach: Reach) -> dict[str, str]:
    return {"authorization": f"Bearer {reach.secret('token')}"}


def _check(reach: Reach) -> str:
    _ask(reach, "objects", "deals/search", {"limit": 1})
    return f"{_ask(reach, 'objects', 'contacts/search', {'limit': 1})['total']:,} contacts"


KIND = Kind(
    key="hubspot",
    title="HubSpot, by its CRM API",
    settings=(
        Setting("token", "a service key, or the access token of an older private app (pat-...)", secret=True),
        Setting("properties", "which more properties of contacts are taken, name,name", required=False),
        Setting("address", "the address of the API", required=False, default="https://api.hubapi.com"),
    ),
    streams=(COMPANIES, CONTACTS, ARCHIVED, DEALS, DELETED_DEALS),
    scopes="Scopes: crm.objects.contacts.read, crm.objects.companies.read, crm.objects.deals.read.",
    pull=_pull,
    check=_check,
)
