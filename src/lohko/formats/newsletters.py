"""ActiveCampaign and Kit: contacts with a state. Active is consent, without a date of its own; leaving and complaining take it back.

What has bounced or was never confirmed says nothing of consent. Their headers are
everyday words, so a file is taken as theirs by itself only when its row of headers is theirs.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import When

_LEFT = ("unsubscribed", "cancelled", "canceled", "complained")

ACTIVECAMPAIGN_CONTACTS = Format(
    key="activecampaign-contacts",
    title="ActiveCampaign contacts",
    source="activecampaign",
    kind="customers",
    headers=("Email", "First Name", "Last Name", "Phone", "Tags", "Date Created", "IP", "Status"),
    needs=("Email", "Date Created", "IP", "Status"),
    fields={
        "email": "Email",
        "first_name": "First Name",
        "last_name": "Last Name",
        "phone": "Phone",
        "tags": "Tags",
        "joined": "Date Created",
        "consent_email": "Active",
        "optout_email": "Unsubscribed",
    },
    spellings={"IP": ("IP Address",)},
    everyday=True,
    where="Contacts > Export > all fields",
    reshape=(When("Active", "Status", ("active", "subscribed", "1")), When("Unsubscribed", "Status", (*_LEFT, "2"))),
)

KIT_SUBSCRIBERS = Format(
    key="kit-subscribers",
    title="Kit subscribers",
    source="kit",
    kind="customers",
    headers=("first_name", "email", "created_at", "status"),
    needs=("first_name", "email", "created_at", "status"),
    fields={
        "first_name": "first_name",
        "email": "email",
        "joined": "created_at",
        "consent_email": "Active",
        "optout_email": "Unsubscribed",
    },
    everyday=True,
    where="Subscribers > Bulk actions > Export",
    reshape=(When("Active", "status", ("active", "confirmed")), When("Unsubscribed", "status", _LEFT)),
)
