"""Salesforce: leads and contacts, under the labels of its reports or the names of its exports of data.

Who opted out of e-mail or is not to be called refuses that; that somebody did not is no consent.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import FirstOf

_PHONE = "Mobile, or phone"

SALESFORCE_PEOPLE = Format(
    key="salesforce-people",
    title="Salesforce leads or contacts",
    source="salesforce",
    kind="customers",
    headers=(
        "Contact ID", "Lead ID", "First Name", "Last Name", "Title", "Account Name", "Company / Account", "Email", "Phone", "Mobile", "Lead Source",
        "Lead Status", "Lead Owner", "Account Owner", "Mailing Street", "Mailing City", "Mailing Zip/Postal Code", "Mailing Country", "Created Date",
        "Last Modified Date", "Email Opt Out", "Do Not Call",
    ),
    needs=(
        "Email",
        "Last Name",
        ("Lead Owner", "Lead ID", "Account Owner", "Mailing Zip/Postal Code", "Email Opt Out", "AccountId"),
        ("Company / Account", "Account Name", "Lead Source", "AccountId", "Account ID", "IsDeleted"),
    ),
    fields={
        "customer_id": ("Contact ID", "Lead ID", "Id"),
        "first_name": "First Name",
        "last_name": "Last Name",
        "job_title": "Title",
        "company": ("Account Name", "Company / Account"),
        "account": "Account ID",
        "email": "Email",
        "phone": _PHONE,
        "address": ("Mailing Street", "Street"),
        "city": ("Mailing City", "City"),
        "postcode": ("Mailing Zip/Postal Code", "Zip/Postal Code"),
        "country": ("Mailing Country", "Country"),
        "joined": "Created Date",
        "updated_at": "Last Modified Date",
        "optout_email": "Email Opt Out",
        "optout_phone": "Do Not Call",
    },
    spellings={
        "Company / Account": ("Company",),
        "Mobile": ("MobilePhone", "Mobile Phone"),
        "Mailing Zip/Postal Code": ("MailingPostalCode", "Mailing Postal Code"),
        "Zip/Postal Code": ("PostalCode",),
        "Email Opt Out": ("HasOptedOutOfEmail",),
    },
    where="Reports > a report of leads or contacts > Export > Details only; or Setup > Data Export",
    reshape=(FirstOf(_PHONE, ("Mobile", "Phone")),),
)  # fmt: skip
