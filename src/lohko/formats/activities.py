"""What people did, as tools for meetings, reviews and sales list it: Calendly's appointments, Trustpilot's reviews, Pipedrive's activities.

An appointment's host and an activity's owner are of the firm; the person is the invitee, the reviewer, the contact. Headers are from memory.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import FirstOf

CALENDLY_EVENTS = Format(
    key="calendly-events",
    title="Calendly appointments",
    source="calendly",
    kind="bookings",
    headers=(
        "Team", "User Name", "User Email", "Invitee Name", "Invitee First Name", "Invitee Last Name", "Invitee Email", "Invitee Time Zone",
        "Invitee accepted marketing emails", "Text Reminder Number", "Event Type Name", "Start Date & Time", "End Date & Time", "Location",
        "Event Created Date & Time", "Canceled", "Canceled By", "Cancellation reason", "UTM Campaign", "UTM Source", "UTM Medium", "UTM Term",
        "UTM Content", "Marked as No-Show",
    ),
    needs=("Invitee Email", "Event Type Name", "Start Date & Time"),
    fields={
        "booked_at": ("Event Created Date & Time", "Start Date & Time"),
        "arrival": "Start Date & Time",
        "email": "Invitee Email",
        "name": "Invitee Name",
        "first_name": "Invitee First Name",
        "last_name": "Invitee Last Name",
        "phone": "Text Reminder Number",
        "consent_email": "Invitee accepted marketing emails",
        "cancelled_at": "Canceled",
        "no_show": "Marked as No-Show",
    },
    never=("User Name", "User Email", "Team", "Location"),
    where="Meetings > Export",
)  # fmt: skip

TRUSTPILOT_REVIEWS = Format(
    key="trustpilot-reviews",
    title="Trustpilot reviews",
    source="trustpilot",
    kind="events",
    headers=(
        "Review Id", "Review Created (UTC)", "Review Consumer User Id", "Review Title", "Review Content", "Review Stars", "Source Of Review",
        "Review Username", "Review User Email", "Reference Id", "Company Reply Date (UTC)", "Company Reply", "Location Id", "Tags",
    ),
    needs=("Review Id", "Review Created (UTC)", "Review Stars"),
    fields={
        "message_id": "Review Id",
        "occurred_at": "Review Created (UTC)",
        "customer_id": "Review Consumer User Id",
        "email": "Review User Email",
        "name": "Review Username",
    },
    event="review",
    where="Reviews > Export",
)  # fmt: skip

_EMAIL = tuple(f"Person - Email - {which}" for which in ("Work", "Home", "Other"))
PIPEDRIVE_ACTIVITIES = Format(
    key="pipedrive-activities",
    title="Pipedrive activities",
    source="pipedrive",
    kind="events",
    headers=(
        "Activity - ID", "Activity - Subject", "Activity - Type", "Activity - Due date", "Activity - Done", "Activity - Contact person",
        "Activity - Organization", "Activity - Deal", "Activity - Owner", "Activity - Note", "Activity - Add time", "Activity - Marked as done time",
        *_EMAIL,
    ),
    needs=("Activity - Subject", "Activity - Type"),
    fields={
        "message_id": "Activity - ID",
        "occurred_at": "When",
        "email": "Person - first email",
        "customer_id": ("Person - ID", "Activity - Contact person ID"),
        "company": "Activity - Organization",
    },
    spellings={
        "Activity - ID": ("Toiminto - ID", "Aktiviteetti - ID"),
        "Activity - Subject": ("Toiminto - Aihe", "Aktiviteetti - Aihe"),
        "Activity - Type": ("Toiminto - Tyyppi", "Aktiviteetti - Tyyppi"),
        "Activity - Due date": ("Toiminto - Määräpäivä", "Aktiviteetti - Eräpäivä"),
        "Activity - Add time": ("Toiminto - Lisäysaika", "Aktiviteetti - Lisäysaika"),
        **{f"Person - Email - {en}": (f"Henkilö - Sähköposti - {fi}",) for en, fi in (("Work", "Työ"), ("Home", "Koti"), ("Other", "Muu"))},
    },
    event="activity",
    where="Activities > ... > Export results, with the person's e-mail as a column",
    reshape=(
        FirstOf("Person - first email", (*_EMAIL, "Person - Email")),
        FirstOf("When", ("Activity - Marked as done time", "Activity - Due date", "Activity - Add time")),
    ),
)  # fmt: skip
