"""Mailchimp: an audience's export is three files, those who subscribe, those who left, and addresses that do not work.

Who confirmed, or else opted in, gave consent at that time; who left took it back at
`UNSUB_TIME`, whatever the row says of earlier times; where that is blank, by being in the file of those who left. An address that was cleaned
says nothing of consent, and is no grant. `TAGS` is a cell with quotes of its own,
which the reading of texts that say several understands.
"""

from __future__ import annotations

from lohko.formats.format import Format
from lohko.formats.shapes import FirstOf

_CONFIRMED = "CONFIRM_TIME, or OPTIN_TIME"
_GONE = "UNSUB_TIME, or yes"
_MEMBER = (
    "Email Address", "First Name", "Last Name", "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "LATITUDE",
    "LONGITUDE", "GMTOFF", "DSTOFF", "TIMEZONE", "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS",
)  # fmt: skip
_LEFT = ("UNSUB_TIME", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", "UNSUB_REASON", "UNSUB_REASON_OTHER")
_CLEANED = ("CLEAN_TIME", "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID")
_PERSON = {
    "email": "Email Address",
    "first_name": "First Name",
    "last_name": "Last Name",
    "joined": "OPTIN_TIME",
    "updated_at": "LAST_CHANGED",
    "latitude": "LATITUDE",
    "longitude": "LONGITUDE",
    "country": "CC",
    "region": "REGION",
    "tags": "TAGS",
}
_NEEDS = ("Email Address", "MEMBER_RATING", "LEID", "EUID")
_WHERE = "Audience > All contacts > Export audience; the ZIP holds one file for each state"

MAILCHIMP_SUBSCRIBED = Format(
    key="mailchimp-subscribed",
    title="Mailchimp, those who subscribe",
    source="mailchimp",
    kind="customers",
    headers=_MEMBER,
    needs=_NEEDS,
    lacks=(*_LEFT[:1], *_CLEANED[:1]),
    fields={**_PERSON, "consent_email": _CONFIRMED},
    where=_WHERE,
    reshape=(FirstOf(_CONFIRMED, ("CONFIRM_TIME", "OPTIN_TIME")),),
)

MAILCHIMP_UNSUBSCRIBED = Format(
    key="mailchimp-unsubscribed",
    title="Mailchimp, those who unsubscribed",
    source="mailchimp",
    kind="customers",
    headers=(*_MEMBER[:-4], *_LEFT, *_MEMBER[-4:]),
    needs=(*_NEEDS, "UNSUB_TIME"),
    fields={**_PERSON, "consent_email": _CONFIRMED, "optout_email": _GONE},
    where=_WHERE,
    reshape=(FirstOf(_CONFIRMED, ("CONFIRM_TIME", "OPTIN_TIME")), FirstOf(_GONE, ("UNSUB_TIME",), otherwise="yes")),
)

MAILCHIMP_CLEANED = Format(
    key="mailchimp-cleaned",
    title="Mailchimp, cleaned addresses",
    source="mailchimp",
    kind="customers",
    headers=(*_MEMBER[:-4], *_CLEANED, *_MEMBER[-4:]),
    needs=(*_NEEDS, "CLEAN_TIME"),
    fields=_PERSON,
    never=("CONFIRM_TIME",),
    where=_WHERE,
)
