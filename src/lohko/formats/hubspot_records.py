"""HubSpot's contacts, companies and deals as its API writes them become rows of files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

FIELDS = {
    "email": "email",
    "phone": "phone",
    "mobilephone": "mobile",
    "firstname": "first_name",
    "lastname": "last_name",
    "jobtitle": "job_title",
    "address": "address",
    "zip": "postcode",
    "city": "city",
    "state": "region",
    "country": "country",
    "hs_language": "language",
    "lifecyclestage": "lifecycle_stage",
    "hs_lead_status": "lead_status",
    "createdate": "joined",
    "lastmodifieddate": "updated_at",
    "associatedcompanyid": "account",
    "hs_email_optout": "optout_email",
}


_REFUSAL = re.compile(r"(hs_email|business_unit)_optout_\d+")
_NOT_MARKETING = ("one to one", "customer service communication")


def refusals(properties: Iterable[Mapping[str, Any]]) -> list[str]:
    """The properties that tell who refused letters of one kind of subscription, or of one brand.

    Who follows the link in a newsletter may refuse its kind alone, of which `hs_email_optout` says nothing. Letters of a
    salesperson and of customer service, which HubSpot sets up for every account, are not those that audiences are for.
    """
    return [
        item["name"]
        for item in properties
        if _REFUSAL.fullmatch(item["name"]) and not str(item.get("label")).casefold().rstrip().endswith(_NOT_MARKETING)
    ]


def contact_row(
    item: Mapping[str, Any], companies: Mapping[str, Mapping[str, Any]], own: Sequence[str], refused: Sequence[str] = ()
) -> Row:
    """A contact as a row of customers, with its company; `refused` are the properties that tell of a no beside that to all letters."""
    given = item["properties"]
    row = {name: given.get(theirs) for theirs, name in FIELDS.items()}
    mobile = row.pop("mobile")
    company = companies.get(str(given.get("associatedcompanyid") or "")) or {}
    no = any(_yes(given.get(name)) for name in ("hs_email_optout", *refused))
    row["optout_email"] = given.get("lastmodifieddate") if no else None
    return {
        "customer_id": item["id"],
        **row,
        "phone": row["phone"] or mobile,
        "company": company.get("name"),
        "company_domain": company.get("domain"),
        "industry": company.get("industry"),
        "employees": company.get("numberofemployees"),
        **{name: given.get(name) for name in own},
    }


def company_row(item: Mapping[str, Any]) -> Row:
    """A company as a row of accounts."""
    given = item["properties"]
    return {
        "account_id": item["id"],
        "company": given.get("name"),
        "domain": given.get("domain"),
        "industry": given.get("industry"),
        "employees": given.get("numberofemployees"),
        "account_revenue": given.get("annualrevenue"),
        "account_city": given.get("city"),
        "account_postcode": given.get("zip"),
        "account_country": given.get("country"),
        "updated_at": given.get("hs_lastmodifieddate"),
    }


def deal_row(item: Mapping[str, Any], person: str | None, company: str | None) -> Row:
    """A deal as it stands, as a row of deals."""
    given = item["properties"]
    closed, won = (_yes(given.get(name)) for name in ("hs_is_closed", "hs_is_closed_won"))
    if "hs_is_closed" not in given:  # not asked for: the stages of the pipeline that every account has tell it too
        won = given.get("dealstage") == "closedwon"
        closed = won or given.get("dealstage") == "closedlost"
    return {
        "deal_id": item["id"],
        "title": given.get("dealname"),
        "stage": given.get("dealstage"),
        "status": "open" if not closed else "won" if won else "lost",
        "value": given.get("amount"),
        "currency": given.get("deal_currency_code"),
        "created": given.get("createdate"),
        "closed": given.get("closedate") if closed else None,
        "account_id": company,
        "customer_id": person,
        "updated_at": given.get("hs_lastmodifieddate"),
    }


def deleted_deal_row(item: Mapping[str, Any]) -> Row:
    """A deal that was archived, as a row of deals; whose it was is known from before."""
    return _ended(deal_row(item, None, None), item["archivedAt"])


def merged_deal_rows(item: Mapping[str, Any]) -> list[Row]:
    """The deals that were merged into a deal, which has a number of its own: they are no more, and nothing else tells it."""
    given = item["properties"]
    merged = str(given.get("hs_merged_object_ids") or "").split(";")
    became = {**dict.fromkeys(deal_row(item, None, None)), "title": given.get("dealname")}
    return [_ended({**became, "deal_id": one.strip()}, given.get("hs_lastmodifieddate")) for one in merged if one.strip()]


def _ended(row: Row, at: Any) -> Row:
    """Without its stage: one that is called won would tell that it still is."""
    return {**row, "status": "deleted", "stage": None, "closed": at, "updated_at": at}


def _yes(text: Any) -> bool:
    return str(text).lower() == "true"


def archived_row(item: Mapping[str, Any]) -> Row:
    """A contact that was archived, as a row of customers."""
    return {
        "customer_id": item["id"],
        "email": item["properties"].get("email"),
        "updated_at": item["archivedAt"],
        "hubspot_deleted_at": item["archivedAt"],
    }


def whole_contact_row(item: Mapping[str, Any]) -> Row:
    """A contact of a file, archived or not, with every property that was asked for; of its company only the number is there."""
    if item.get("archivedAt"):
        return archived_row(item)
    given = item["properties"]
    refused = [name for name in given if _REFUSAL.fullmatch(name)]  # of what kind each is, a file does not say
    row = contact_row(item, {}, (), refused)
    taken = (*FIELDS, *refused, "hs_object_id")
    own = {name: value for name, value in given.items() if name not in taken and row.get(name) is None}
    return {**row, **own, "account": company_of(item)}


def company_of(item: Mapping[str, Any]) -> str | None:
    """The number of a contact's company."""
    return item["properties"].get("associatedcompanyid") or _associated(item, "companies")


def whole_deal_row(item: Mapping[str, Any]) -> Row:
    """A deal of a file, archived or not, with the first contact and company that stand beside it."""
    if item.get("archivedAt"):
        return deleted_deal_row(item)
    return deal_row(item, _associated(item, "contacts"), _associated(item, "companies"))


def _associated(item: Mapping[str, Any], what: str) -> str | None:
    found = (((item.get("associations") or {}).get(what) or {}).get("results")) or ()
    return str(found[0]["id"]) if found else None


def is_contact(item: Mapping[str, Any]) -> bool:
    """Whether an object is a contact, archived or not."""
    return _has(item, "email", "lastmodifieddate") or (_has(item, "email") and "archivedAt" in item)


def is_company(item: Mapping[str, Any]) -> bool:
    """Whether an object is a company."""
    return _has(item, "name", "domain", "hs_lastmodifieddate")


def is_deal(item: Mapping[str, Any]) -> bool:
    """Whether an object is a deal."""
    return _has(item, "dealname", "dealstage", "hs_lastmodifieddate")


def _has(item: Mapping[str, Any], *names: str) -> bool:
    given = item.get("properties")
    return "id" in item and isinstance(given, dict) and all(name in given for name in names)
