"""Pipedrive's persons, organisations and deals as its API writes them become rows of files.

The source asks version 2. Files may have the older version 1, which nests whose
something is and writes UTC without a zone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from lohko.base.times import instant, written

Row = Mapping[str, Any]


_REFUSED = ("unsubscribed", "bounced")
"""Statuses of marketing that take a consent back. Whom letters do not reach is counted like who wants none, as of the other tools."""


def person_row(item: Mapping[str, Any], organisations: Mapping[int, Mapping[str, Any]], *, anew: bool = False) -> Row:
    """A person as a row of customers.

    Since when somebody is subscribed is not told, and every change of whatever else moves the time of change: that would
    make the yes later than a no that was said elsewhere. So it counts from when the person was added; with `anew`,
    after a no that was known of Pipedrive itself, from this change.
    """
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
        "consent_email": (changed if anew else item.get("add_time") or changed) if status == "subscribed" else None,
        "optout_email": changed if status in _REFUSED else None,
        "pipedrive_deleted_at": changed if item.get("is_deleted") else None,
    }


def still_refused(refused: Collection[str], persons: Iterable[Mapping[str, Any]]) -> set[str]:
    """Of which persons a no is known, after some more have come: their ids as texts, as an erasure finds them."""
    found = set(refused)
    for item in persons:
        if item.get("marketing_status") in _REFUSED:
            found.add(str(item["id"]))
        elif item.get("marketing_status") == "subscribed":
            found.discard(str(item["id"]))
    return found


def _first(values: Any) -> Any:
    """The primary one of several addresses, else work before home before other."""
    order = {"work": 0, "mobile": 1, "home": 2}
    given = [one for one in values or () if one.get("value")]
    given.sort(key=lambda one: (not one.get("primary"), order.get(one.get("label") or "", 3)))
    return given[0]["value"] if given else None


def organisation_row(item: Mapping[str, Any]) -> Row:
    """An organisation as a row of accounts."""
    address = item.get("address")
    place = address if isinstance(address, dict) else {}
    return {
        "account_id": item["id"],
        "company": item.get("name"),
        "domain": item.get("website"),
        "employees": item.get("employee_count"),
        "account_revenue": item.get("annual_revenue"),
        "account_city": place.get("locality"),
        "account_postcode": place.get("postal_code"),
        "account_country": place.get("country"),
        "updated_at": item.get("update_time"),
    }


def deal_row(item: Mapping[str, Any]) -> Row:
    """A deal as it stands, as a row of deals."""
    return {
        "deal_id": item["id"],
        "title": item.get("title"),
        "stage": item.get("stage_id"),
        "status": item.get("status"),
        "value": item.get("value"),
        "currency": item.get("currency"),
        "created": item.get("add_time"),
        "closed": item.get("won_time") or item.get("lost_time") or item.get("close_time"),
        "lost_reason": item.get("lost_reason"),
        "account_id": item.get("org_id"),
        "customer_id": item.get("person_id"),
        "updated_at": item.get("update_time"),
    }


_TIMES = ("add_time", "update_time", "won_time", "lost_time", "close_time")


def _as_version_2(item: Mapping[str, Any]) -> dict[str, Any]:
    """A record of either version as version 2 writes it."""
    found = dict(item)
    for name in ("org_id", "person_id"):
        if isinstance(item.get(name), dict):
            found[name] = item[name].get("value")
    for name, older in (("emails", "email"), ("phones", "phone")):
        if name not in item and isinstance(item.get(older), list):
            found[name] = item[older]
    for name in _TIMES:
        at = instant(item.get(name))
        if at is not None:
            found[name] = written(at)
    if "is_deleted" not in item and item.get("active_flag") is False:
        found["is_deleted"] = True
    return found


def person_row_of_any(item: Mapping[str, Any]) -> Row:
    """A person of either version; of the organisation what the older one says beside its number."""
    held = item.get("org_id")
    return person_row(_as_version_2(item), {held["value"]: held} if isinstance(held, dict) else {})


def organisation_row_of_any(item: Mapping[str, Any]) -> Row:
    """An organisation of either version."""
    parts = {"locality": "address_locality", "postal_code": "address_postal_code", "country": "address_country"}
    found = _as_version_2(item)
    if not isinstance(item.get("address"), dict):
        found["address"] = {name: item.get(older) for name, older in parts.items()}
    return organisation_row(found)


def deal_row_of_any(item: Mapping[str, Any]) -> Row:
    """A deal of either version."""
    return deal_row(_as_version_2(item))


def is_person(item: Mapping[str, Any]) -> bool:
    """Whether an object is a person of either version."""
    lists = [isinstance(item.get(name), list) for name in ("emails", "email", "phones", "phone")]
    return all(name in item for name in ("id", "name", "update_time")) and any(lists)


def is_organisation(item: Mapping[str, Any]) -> bool:
    """Whether an object is an organisation of either version."""
    told = any(name in item for name in ("visible_to", "owner_id", "employee_count", "people_count"))
    return all(name in item for name in ("id", "name", "update_time")) and told and "stage_id" not in item and not is_person(item)
