"""Klaviyo: profiles of a list or segment. Consent is a state per channel, dated by its own timestamp where the file has it.

`NEVER_SUBSCRIBED` says nothing: neither a grant nor a withdrawal. Whoever is suppressed is mailed by nobody, whatever it was for:
the state may say so, or a column of suppressions beside it, while the consent still says `SUBSCRIBED`. An address that bounced
stays suppressed when its owner subscribes again, so a suppression holds when the file is taken, whenever it began.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import FirstOf, When

_GIVEN = ("subscribed", "explicit", "implicit", "yes", "true")
_TAKEN = ("unsubscribed", "suppressed", "no", "false")
_NOTHING = ("[]", "none", "false", "no")
_REFUSED = "Unsubscribed from email, or suppressed"
_STATES = {
    "email": ("Email Marketing Consent", "Email Marketing Consent Timestamp"),
    "sms": ("SMS Marketing Consent", "SMS Marketing Consent Timestamp"),
}

KLAVIYO_PROFILES = Format(
    key="klaviyo-profiles",
    title="Klaviyo profiles",
    source="klaviyo",
    kind="customers",
    headers=(
        "Email Address", "Phone Number", "First Name", "Last Name", "City", "Region", "Country", "Zip Code", "Email Marketing Consent",
        "Email Marketing Consent Timestamp", "SMS Marketing Consent", "SMS Marketing Consent Timestamp", "Klaviyo ID",
    ),
    needs=(
        ("Email Address", "Phone Number"),
        ("Email Marketing Consent", "SMS Marketing Consent", "Klaviyo ID"),
        ("First Name", "Last Name", "Klaviyo ID", "Email Marketing Consent Timestamp", "SMS Marketing Consent Timestamp"),
    ),
    fields={
        "email": "Email Address",
        "phone": "Phone Number",
        "first_name": "First Name",
        "last_name": "Last Name",
        "city": "City",
        "region": "Region",
        "country": "Country",
        "postcode": "Zip Code",
        "joined": "Profile Created On",
        "consent_email": "Consented to email",
        "optout_email": _REFUSED,
        "consent_sms": "Consented to SMS",
        "optout_sms": "Unsubscribed from SMS",
    },
    spellings={
        "Email Address": ("Email",),
        "Zip Code": ("Zip / Postal Code", "Postal Code"),
        "Region": ("State / Region", "State/Region"),
        "Email Marketing Consent": ("Email Consent", "Email Marketing Status"),
        "SMS Marketing Consent": ("SMS Consent", "SMS Marketing Status"),
        "Email Marketing Consent Timestamp": ("Email Consent Timestamp",),
        "SMS Marketing Consent Timestamp": ("SMS Consent Timestamp",),
    },
    date_order="ymd",
    where="Audience > Lists & segments > a list > Manage > Export to CSV, with the consent columns",
    reshape=(
        When("Consented to email", _STATES["email"][0], _GIVEN, _STATES["email"][1]),
        When("Unsubscribed from email", _STATES["email"][0], _TAKEN, _STATES["email"][1]),
        When("Suppressed", "Email Suppressions", _NOTHING, others=True),
        FirstOf(_REFUSED, ("Unsubscribed from email", "Suppressed")),
        When("Consented to SMS", _STATES["sms"][0], _GIVEN, _STATES["sms"][1]),
        When("Unsubscribed from SMS", _STATES["sms"][0], _TAKEN, _STATES["sms"][1]),
    ),
)  # fmt: skip
