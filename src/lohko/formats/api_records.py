"""What systems' own APIs write as JSON: told by what each object says, and read as the source of that system reads it.

A file of them and the source give the same rows, for both call the same function. Where
an object says less than that needs, it is a record like any other, told by its names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lohko.formats import (
    brevo_records,
    hubspot_records,
    klaviyo_records,
    mailchimp_records,
    pipedrive_records,
    shopify_records,
    woocommerce_records,
)
from lohko.formats.fields import Kind
from lohko.formats.format import Format
from lohko.formats.plain import PLAIN

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ApiRecords:
    """Objects of one kind that a system's API gives."""

    format: Format
    told: Callable[[Mapping[str, Any]], bool]
    """Whether an object is such a one."""
    rows: Callable[[Mapping[str, Any]], Sequence[Row]]
    """Its rows, with the fields of files; an object that lacks what it should have ends in one of `UNREADABLE`."""
    lines: tuple[str, ...] = ()
    """Under which names within one another its lines are, each of which is a row; empty for what is one row."""
    bare: bool = True
    """Whether one without lines is a row all the same."""
    beside: Callable[[Mapping[str, Any]], Callable[[Mapping[str, Any]], Sequence[Row]]] | None = None
    """Instead of `rows`, where what stands beside the list is needed to read its objects: the function that reads them."""
    unsaid: str | None = None
    """What its source asks for beside, and a file does not say: the code of a note, one of `UNSAID`."""
    says_all: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] = lambda item, beside: False
    """Whether an object, with what stands beside the list, has no more to ask."""


UNSAID = {
    "hubspot_companies": "The file names contacts' companies by their numbers alone: bring in companies too, or let HubSpot be a source.",
    "hubspot_deals": "Whose deal it is, the file says only of those whose associations were asked for (associations=contacts,companies).",
    "klaviyo_metrics": "The file does not say what its metrics are called, so events go by their numbers: ask Klaviyo with include=metric.",
    "mailchimp_campaigns": "The file names no campaign, only its number, so these events say none.",
    "pipedrive_names": "Labels and own fields are numbers in Pipedrive's API, which the file does not explain, so they were left out; "
    "organisations are told by their numbers.",
}
"""What a file of an API leaves out that its source asks for: code to sentence."""
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What comes of an object that is not what it should be."""


def _format(key: str, title: str, source: str, kind: Kind, where: str) -> Format:
    """The rows have the names of plain files, so they are read as those are."""
    plain = next(item for item in PLAIN if item.kind == kind)
    return replace(plain, key=key, title=title, source=source, where=where)


def _says(*names: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda item: all(name in item for name in names)


def _rest_customer_of_shopify(item: Mapping[str, Any]) -> bool:
    """An old API's customers say `accepts_marketing` alone, which is told by its name as in any file."""
    marketing = "email_marketing_consent" in item or "accepts_marketing" not in item
    return _says("id", "updated_at", "verified_email", "tags")(item) and marketing


def _customer_of_woocommerce(item: Mapping[str, Any]) -> bool:
    return _says("id", "email", "billing", "date_created_gmt")(item) and "line_items" not in item


_SHOPIFY_ORDERS = _format(
    "shopify-api-orders", "Shopify API orders", "shopify", "order-lines", "the Admin API, or an app that saves its JSON"
)
_SHOPIFY_CUSTOMERS = _format(
    "shopify-api-customers", "Shopify API customers", "shopify", "customers", "the Admin API, or an app that saves its JSON"
)
_WOO_ORDERS = _format("woocommerce-api-orders", "WooCommerce API orders", "woocommerce", "order-lines", "the REST API (`wc/v3/orders`)")
_WOO_CUSTOMERS = _format(
    "woocommerce-api-customers", "WooCommerce API customers", "woocommerce", "customers", "the REST API (`wc/v3/customers`)"
)

_KLAVIYO_PROFILES = _format("klaviyo-api-profiles", "Klaviyo API profiles", "klaviyo", "customers", "the API (`/api/profiles`)")
_KLAVIYO_EVENTS = _format("klaviyo-api-events", "Klaviyo API events", "klaviyo", "events", "the API (`/api/events?include=metric,profile`)")
_BREVO_CONTACTS = _format("brevo-api-contacts", "Brevo API contacts", "brevo", "customers", "the API (`/v3/contacts`)")
_BREVO_EVENTS = _format("brevo-api-events", "Brevo API events", "brevo", "events", "the API (`/v3/smtp/statistics/events`)")
_MAILCHIMP_MEMBERS = _format(
    "mailchimp-api-members", "Mailchimp API members", "mailchimp", "customers", "the Marketing API (`lists/.../members`)"
)
_MAILCHIMP_ACTIVITY = _format(
    "mailchimp-api-activity", "Mailchimp API activity", "mailchimp", "events", "the Marketing API (`reports/.../email-activity`)"
)
_HUBSPOT_CONTACTS = _format(
    "hubspot-api-contacts", "HubSpot API contacts", "hubspot", "customers", "the CRM API (`crm/objects/2026-09/contacts`, or v3)"
)
_HUBSPOT_COMPANIES = _format(
    "hubspot-api-companies", "HubSpot API companies", "hubspot", "accounts", "the CRM API (`crm/objects/2026-09/companies`, or v3)"
)
_HUBSPOT_DEALS = _format(
    "hubspot-api-deals",
    "HubSpot API deals",
    "hubspot",
    "deals",
    "the CRM API (`crm/objects/2026-09/deals?associations=contacts,companies`, or v3)",
)
_PIPEDRIVE_PERSONS = _format(
    "pipedrive-api-persons", "Pipedrive API persons", "pipedrive", "customers", "the API (`api/v2/persons`, or v1)"
)
_PIPEDRIVE_ORGANISATIONS = _format(
    "pipedrive-api-organisations", "Pipedrive API organisations", "pipedrive", "accounts", "the API (`api/v2/organizations`, or v1)"
)
_PIPEDRIVE_DEALS = _format("pipedrive-api-deals", "Pipedrive API deals", "pipedrive", "deals", "the API (`api/v2/deals`, or v1)")

API_RECORDS: tuple[ApiRecords, ...] = (
    ApiRecords(
        _WOO_ORDERS, _says("id", "billing", "date_created_gmt", "line_items", "total"), woocommerce_records.order_rows, ("line_items",)
    ),
    ApiRecords(_WOO_CUSTOMERS, _customer_of_woocommerce, lambda item: [woocommerce_records.customer_row(item)]),
    ApiRecords(
        _SHOPIFY_ORDERS,
        _says("id", "name", "created_at", "total_price", "line_items"),
        shopify_records.order_rows_of_rest,
        ("line_items",),
    ),
    ApiRecords(_SHOPIFY_CUSTOMERS, _rest_customer_of_shopify, lambda item: [shopify_records.customer_row_of_rest(item)]),
    ApiRecords(
        _SHOPIFY_ORDERS,
        _says("name", "createdAt", "totalPriceSet", "lineItems"),
        shopify_records.order_rows_with_lines,
        ("lineItems", "nodes"),
    ),
    ApiRecords(
        _SHOPIFY_CUSTOMERS, _says("legacyResourceId", "updatedAt", "defaultEmailAddress"), lambda item: [shopify_records.customer_row(item)]
    ),
    ApiRecords(_KLAVIYO_PROFILES, klaviyo_records.is_profile, lambda item: [klaviyo_records.whole_profile_row(item)]),
    ApiRecords(
        _KLAVIYO_EVENTS,
        klaviyo_records.is_event,
        lambda item: [klaviyo_records.event_row(item, {}, {})],
        beside=klaviyo_records.events_beside,
        unsaid="klaviyo_metrics",
        says_all=lambda _item, beside: "included" in beside,
    ),
    ApiRecords(_BREVO_CONTACTS, _says("id", "emailBlacklisted", "modifiedAt"), lambda item: [brevo_records.contact_row(item)]),
    ApiRecords(_BREVO_EVENTS, _says("email", "event", "date", "messageId"), lambda item: [brevo_records.event_row(item)]),
    ApiRecords(
        _MAILCHIMP_MEMBERS,
        _says("email_address", "status", "merge_fields", "last_changed"),
        lambda item: [mailchimp_records.member_row(item)],
    ),
    ApiRecords(
        _MAILCHIMP_ACTIVITY,
        _says("campaign_id", "email_id", "email_address", "activity"),
        lambda item: mailchimp_records.activity_rows(item, {"id": item["campaign_id"]}),
        ("activity",),
        bare=False,
        unsaid="mailchimp_campaigns",
    ),
    ApiRecords(
        _HUBSPOT_CONTACTS,
        hubspot_records.is_contact,
        lambda item: [hubspot_records.whole_contact_row(item)],
        unsaid="hubspot_companies",
        says_all=lambda item, _beside: not hubspot_records.company_of(item),
    ),
    ApiRecords(_HUBSPOT_COMPANIES, hubspot_records.is_company, lambda item: [hubspot_records.company_row(item)]),
    ApiRecords(
        _HUBSPOT_DEALS,
        hubspot_records.is_deal,
        lambda item: [hubspot_records.whole_deal_row(item)],
        unsaid="hubspot_deals",
        says_all=lambda item, _beside: bool(item.get("associations")),
    ),
    ApiRecords(
        _PIPEDRIVE_PERSONS,
        pipedrive_records.is_person,
        lambda item: [pipedrive_records.person_row_of_any(item)],
        unsaid="pipedrive_names",
        says_all=lambda item, _beside: not any(item.get(name) for name in ("org_id", "label_ids", "custom_fields")),
    ),
    ApiRecords(_PIPEDRIVE_ORGANISATIONS, pipedrive_records.is_organisation, lambda item: [pipedrive_records.organisation_row_of_any(item)]),
    ApiRecords(
        _PIPEDRIVE_DEALS,
        _says("id", "title", "stage_id", "status", "add_time", "update_time"),
        lambda item: [pipedrive_records.deal_row_of_any(item)],
    ),
)
API_FORMATS: tuple[Format, ...] = tuple({item.format.key: item.format for item in API_RECORDS}.values())


def api_records(item: Mapping[str, Any], kind: str | None, name: str | None) -> ApiRecords | None:
    """What an object is, where it is a record of a system's API and may be read as the kind and the format that are asked for."""
    for one in API_RECORDS:
        if kind in (None, one.format.kind) and name in (None, one.format.key) and one.told(item):
            return one
    return None
