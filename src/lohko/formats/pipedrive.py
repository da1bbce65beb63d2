"""Pipedrive: persons. Its headers are `Entity - Field`; a person may have an address for work, home and others.

The one for work counts before that for home and the others. Of `Marketing status`
only `Subscribed` (also while an upgrade is pending) is consent and only
`Unsubscribed` takes it back; a double opt-in that is pending is no consent yet.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import FirstOf, When

_EMAIL = tuple(f"Person - Email - {which}" for which in ("Work", "Home", "Other"))
_PHONE = tuple(f"Person - Phone - {which}" for which in ("Work", "Mobile", "Home", "Other"))
_STATUS = "Person - Marketing status"
_NOT_CONFIRMED = ("Person - Double opt-in", ("pending", "unconfirmed", "not confirmed", "odottaa", "odottaa vahvistusta"))

PIPEDRIVE_PERSONS = Format(
    key="pipedrive-persons",
    title="Pipedrive persons",
    source="pipedrive",
    kind="customers",
    headers=(
        "Person - ID", "Person - Name", "Person - First name", "Person - Last name", "Person - Title", "Person - Organization", "Person - Label",
        _STATUS, "Person - Double opt-in", *_EMAIL, *_PHONE,
    ),
    needs=("Person - Name", (*_EMAIL, "Person - Email", "Person - ID")),
    lacks=("Deal - ID", "Deal - Title", "Activity - Subject"),
    fields={
        "customer_id": "Person - ID",
        "email": ("Person - first email", "Person - Email"),
        "phone": ("Person - first phone", "Person - Phone"),
        "name": "Person - Name",
        "first_name": "Person - First name",
        "last_name": "Person - Last name",
        "job_title": ("Person - Job title", "Person - Title"),
        "company": ("Person - Organization", "Organization - Name"),
        "account": ("Person - Organization ID", "Organization - ID"),
        "tags": ("Person - Label", "Person - Labels"),
        "joined": "Person - Person created",
        "updated_at": "Person - Update time",
        "consent_email": "Person - subscribed",
        "optout_email": "Person - unsubscribed",
    },
    spellings={
        "Person - ID": ("Henkilö - Tunnus", "Henkilö - ID"),
        "Person - Name": ("Henkilö - Nimi",),
        "Person - First name": ("Henkilö - Etunimi",),
        "Person - Last name": ("Henkilö - Sukunimi",),
        "Person - Title": ("Henkilö - Titteli",),
        "Person - Organization": ("Henkilö - Organisaatio",),
        "Person - Label": ("Henkilö - Tunniste",),
        "Person - Marketing status": ("Henkilö - Markkinoinnin tila",),
        "Person - Person created": ("Person - Add time", "Henkilö - Henkilö luotu"),
        "Person - Update time": ("Henkilö - Päivitysaika",),
        **{f"Person - Email - {en}": (f"Henkilö - Sähköposti - {fi}",) for en, fi in (("Work", "Työ"), ("Home", "Koti"), ("Other", "Muu"))},
        **{
            f"Person - Phone - {en}": (f"Henkilö - Puhelin - {fi}",)
            for en, fi in (("Work", "Työ"), ("Mobile", "Matkapuhelin"), ("Home", "Koti"), ("Other", "Muu"))
        },
    },
    where="Contacts > People > ... > Export results, with all columns",
    reshape=(
        FirstOf("Person - first email", _EMAIL),
        FirstOf("Person - first phone", _PHONE),
        When("Person - subscribed", _STATUS, ("subscribed", "pending upgrade", "tilannut", "tilaaja"), unless=_NOT_CONFIRMED),
        When("Person - unsubscribed", _STATUS, ("unsubscribed", "perunut tilauksen", "tilaus peruttu")),
    ),
)  # fmt: skip
