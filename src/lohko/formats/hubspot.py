"""HubSpot: contacts, under the labels of its screens or its internal names.

`Marketing contact status` says who is paid for, not who consented; only who opted out is known from the file.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import FirstOf, When

_TRUE = ("true", "yes", "kyllä", "1")
_PHONE = "Phone, or mobile phone"

HUBSPOT_CONTACTS = Format(
    key="hubspot-contacts",
    title="HubSpot contacts",
    source="hubspot",
    kind="customers",
    headers=(
        "Record ID",
        "First Name",
        "Last Name",
        "Email",
        "Phone Number",
        "Company Name",
        "Lifecycle Stage",
        "Lead Status",
        "Create Date",
    ),
    needs=("Email", ("Lifecycle Stage", "Lead Status", "Marketing contact status"), ("First Name", "Last Name", "Record ID")),
    lacks=("Lead Owner", "Lead ID", "Company / Account"),
    fields={
        "customer_id": "Record ID",
        "email": "Email",
        "first_name": "First Name",
        "last_name": "Last Name",
        "phone": _PHONE,
        "company": "Company Name",
        "job_title": "Job Title",
        "address": "Street Address",
        "city": "City",
        "postcode": "Postal Code",
        "region": "State/Region",
        "country": "Country/Region",
        "language": "Preferred language",
        "joined": "Create Date",
        "updated_at": "Last Modified Date",
        "optout_email": "Opted out of all, or of marketing",
    },
    spellings={
        "Record ID": ("hs_object_id", "Record ID - Contact", "Contact ID", "Tietuetunnus", "Tietueen tunnus"),
        "Email": ("Sähköposti",),
        "First Name": ("Etunimi",),
        "Last Name": ("Sukunimi",),
        "Phone Number": ("Phone", "Puhelinnumero"),
        "Mobile Phone Number": ("mobilephone", "Matkapuhelinnumero"),
        "Company Name": ("Company", "Yrityksen nimi", "Primary company", "Ensisijainen yritys", "Associated Company"),
        "Create Date": ("createdate", "Luomispäivä", "Luontipäivä"),
        "Lifecycle Stage": ("Elinkaaren vaihe",),
        "Lead Status": ("hs_lead_status", "Liidin tila"),
        "Job Title": ("Ammattinimike",),
        "Postal Code": ("zip",),
        "State/Region": ("state",),
        "Country/Region": ("country",),
        "Street Address": ("address",),
        "Preferred language": ("hs_language",),
        "Last Modified Date": ("lastmodifieddate",),
        "Unsubscribed from all email": ("hs_email_optout", "Opted out of all email"),
    },
    where="CRM > Contacts > Export view, with all properties",
    reshape=(
        FirstOf(_PHONE, ("Phone Number", "Mobile Phone Number")),
        When(
            "Opted out of all, or of marketing",
            "Unsubscribed from all email",
            _TRUE,
            also=("Opted out of email: Marketing Information", _TRUE),
        ),
    ),
)
