"""Brevo: contacts. Its black lists are people who opted out; who is not on them has not opted in by that.

Dates are day-month-year with dashes; `SMS` is a phone number as digits with the country code.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import International

BREVO_CONTACTS = Format(
    key="brevo-contacts",
    title="Brevo contacts",
    source="brevo",
    kind="customers",
    headers=("EMAIL", "LASTNAME", "FIRSTNAME", "SMS", "EMAIL_BLACKLISTED", "SMS_BLACKLISTED", "ADDED_TIME", "MODIFIED_TIME"),
    needs=("EMAIL", "EMAIL_BLACKLISTED", ("SMS_BLACKLISTED", "ADDED_TIME", "MODIFIED_TIME")),
    fields={
        "email": "EMAIL",
        "last_name": "LASTNAME",
        "first_name": "FIRSTNAME",
        "phone": "SMS",
        "optout_email": "EMAIL_BLACKLISTED",
        "optout_sms": "SMS_BLACKLISTED",
        "joined": "ADDED_TIME",
        "updated_at": "MODIFIED_TIME",
    },
    spellings={"LASTNAME": ("SUKUNIMI", "NOM"), "FIRSTNAME": ("ETUNIMI", "PRENOM")},
    date_order="dmy",
    where="Contacts > a list > Export contacts, with all attributes",
    reshape=(International("SMS"),),
)
