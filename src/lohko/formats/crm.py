"""Companies and deals of CRMs: HubSpot's and Pipedrive's exports.

A deal that is open may have a day on which it is expected to close: that day counts only when it is won or lost. HubSpot
names companies by their record's number and name; Pipedrive's headers are `Entity - Field`.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import FirstOf

HUBSPOT_COMPANIES = Format(
    key="hubspot-companies",
    title="HubSpot companies",
    source="hubspot",
    kind="accounts",
    headers=(
        "Record ID", "Company name", "Company owner", "Create Date", "Phone Number", "City", "Country/Region", "Industry", "Company Domain Name",
        "Number of Employees", "Annual Revenue", "Parent Company",
    ),
    needs=("Company Domain Name", ("Company name", "Name")),
    fields={
        "account_id": "Record ID",
        "company": ("Company name", "Name"),
        "domain": "Company Domain Name",
        "industry": "Industry",
        "employees": "Number of Employees",
        "account_revenue": "Annual Revenue",
        "parent_account": ("Parent Company", "Parent Company Name"),
        "account_owner": "Company owner",
        "account_city": "City",
        "account_country": ("Country/Region", "Country"),
        "account_phone": "Phone Number",
        "updated_at": "Last Modified Date",
    },
    spellings={
        "Company name": ("Yrityksen nimi",),
        "Company Domain Name": ("Yrityksen verkkotunnus", "Yrityksen toimialueen nimi"),
        "Industry": ("Toimiala",),
        "Number of Employees": ("Työntekijöiden määrä",),
        "Annual Revenue": ("Vuosiliikevaihto",),
        "Company owner": ("Yrityksen omistaja",),
    },
    where="CRM > Companies > Export, with all properties",
)  # fmt: skip

HUBSPOT_DEALS = Format(
    key="hubspot-deals",
    title="HubSpot deals",
    source="hubspot",
    kind="deals",
    headers=(
        "Record ID", "Deal Name", "Deal Stage", "Close Date", "Deal owner", "Amount", "Currency", "Create Date", "Closed Lost Reason",
        "Associated Company IDs", "Associated Company",
    ),
    needs=("Deal Name", "Deal Stage"),
    fields={
        "deal_id": "Record ID",
        "title": "Deal Name",
        "stage": "Deal Stage",
        "owner": "Deal owner",
        "value": "Amount",
        "currency": "Currency",
        "created": "Create Date",
        "closed": "Close Date",
        "lost_reason": "Closed Lost Reason",
        "account_id": "Associated Company IDs",
        "company": "Associated Company",
        "updated_at": "Last Modified Date",
    },
    where="CRM > Deals > Export, with all properties",
)  # fmt: skip

PIPEDRIVE_ORGANISATIONS = Format(
    key="pipedrive-organisations",
    title="Pipedrive organisations",
    source="pipedrive",
    kind="accounts",
    headers=(
        "Organization - ID", "Organization - Name", "Organization - Label", "Organization - Address", "Organization - Industry",
        "Organization - Number of employees", "Organization - Annual revenue", "Organization - Owner", "Organization - Update time",
    ),
    needs=("Organization - Name", ("Organization - ID", "Organization - Owner")),
    lacks=("Person - Name", "Person - ID", "Deal - ID", "Deal - Title"),
    fields={
        "account_id": "Organization - ID",
        "company": "Organization - Name",
        "account_labels": ("Organization - Label", "Organization - Labels"),
        "industry": "Organization - Industry",
        "employees": "Organization - Number of employees",
        "account_revenue": "Organization - Annual revenue",
        "account_owner": "Organization - Owner",
        "account_postcode": "Organization - Zip/Postal code of Address",
        "account_city": "Organization - City/town/village/locality of Address",
        "account_country": "Organization - Country of Address",
        "domain": "Organization - Website",
        "updated_at": "Organization - Update time",
    },
    spellings={
        "Organization - ID": ("Organisaatio - Tunnus", "Organisaatio - ID"),
        "Organization - Name": ("Organisaatio - Nimi",),
        "Organization - Label": ("Organisaatio - Tunniste",),
        "Organization - Address": ("Organisaatio - Osoite",),
        "Organization - Industry": ("Organisaatio - Toimiala",),
        "Organization - Owner": ("Organisaatio - Omistaja",),
    },
    where="Contacts > Organizations > ... > Export results, with all columns",
)  # fmt: skip

_CLOSED = ("Deal - Won time", "Deal - Lost time", "Deal - Deal closed on", "Deal - Closing Date")

PIPEDRIVE_DEALS = Format(
    key="pipedrive-deals",
    title="Pipedrive deals",
    source="pipedrive",
    kind="deals",
    headers=(
        "Deal - ID", "Deal - Title", "Deal - Value", "Deal - Currency of Value", "Deal - Organization", "Deal - Contact person", "Deal - Stage",
        "Deal - Status", "Deal - Owner", "Deal - Deal created", "Deal - Update time", "Deal - Won time", "Deal - Lost time", "Deal - Lost reason",
        "Person - Email - Work",
    ),
    needs=("Deal - Title", ("Deal - Stage", "Deal - Status")),
    fields={
        "deal_id": "Deal - ID",
        "title": "Deal - Title",
        "stage": "Deal - Stage",
        "status": "Deal - Status",
        "value": "Deal - Value",
        "currency": ("Deal - Currency of Value", "Deal - Currency"),
        "owner": "Deal - Owner",
        "lost_reason": "Deal - Lost reason",
        "created": "Deal - Deal created",
        "closed": "Deal - closed",
        "company": ("Deal - Organization", "Organization - Name"),
        "account_id": ("Deal - Organization ID", "Organization - ID"),
        "customer_id": ("Deal - Person ID", "Person - ID"),
        "email": ("Person - Email - Work", "Person - Email"),
        "updated_at": "Deal - Update time",
    },
    spellings={
        "Deal - ID": ("Kauppa - Tunnus", "Kauppa - ID"),
        "Deal - Title": ("Kauppa - Otsikko", "Kauppa - Nimi"),
        "Deal - Value": ("Kauppa - Arvo",),
        "Deal - Organization": ("Kauppa - Organisaatio",),
        "Deal - Stage": ("Kauppa - Vaihe",),
        "Deal - Status": ("Kauppa - Tila",),
        "Deal - Owner": ("Kauppa - Omistaja",),
        "Deal - Deal created": ("Kauppa - Kauppa luotu",),
        "Deal - Lost reason": ("Kauppa - Häviön syy",),
    },
    where="Deals > list view > ... > Export results, with all columns",
    reshape=(FirstOf("Deal - closed", _CLOSED),),
)  # fmt: skip
