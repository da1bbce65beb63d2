"""What sources of whole files share: the settings that say how a file is to be read, as `lohko import` takes them."""

from __future__ import annotations

import csv
from collections.abc import Mapping

from lohko.base.errors import InputError
from lohko.sources.kind import Setting, Stream

READING = (
    Setting("as", "what its rows are: order-lines, orders, customers or events"),
    Setting("map", "columns by hand, field=Column,field=Column", required=False),
    Setting("event", "the event's name, where no column says it", required=False),
    Setting("timezone", "the zone of its times; else the workspace's", required=False),
    Setting("currency", "its currency; else the workspace's", required=False),
    Setting("date_order", "dmy or mdy, where the rows do not tell", required=False),
    Setting("replace", "yes when its rows correct earlier rows of the same orders", required=False),
)
"""The settings of a source whose rows are what the user says."""
SHEET = Setting("sheet", "which sheet of a workbook; else the one whose headers are known best", required=False)
"""And of one whose files may be workbooks."""


def stream_of(settings: Mapping[str, str], what: str) -> Stream:
    """The one stream that such a source gives."""
    return Stream(
        name="rows",
        kind=settings["as"],
        what=what,
        replace=settings.get("replace", "no").casefold() in ("yes", "true", "1"),
        columns=columns_of(settings.get("map", "")),
        event=settings.get("event"),
        timezone=settings.get("timezone"),
        currency=settings.get("currency"),
        date_order=settings.get("date_order"),
        sheet=settings.get("sheet"),
    )


def columns_of(text: str) -> dict[str, str]:
    """Field to column, from `field=Column,field=Column`; InputError when it is not that.

    >>> columns_of('customer_id=Id, name="Full, name"')
    {'customer_id': 'Id', 'name': 'Full, name'}
    """
    found: dict[str, str] = {}
    for part in next(csv.reader([_unquoted(text)], skipinitialspace=True), []):
        name, sign, label = part.partition("=")
        if not sign or not name.strip():
            raise InputError(
                "bad_map", f"{part!r} in the setting map is not field=Column.", hint="for example map=customer_id=Id,email=Mail"
            )
        found[name.strip()] = label.strip()
    return found


def _unquoted(text: str) -> str:
    """`name="A, b"` as csv wants it: the quotes around the whole of it."""
    parts, inside, begin = [], False, 0
    for place, sign in enumerate(text):
        if sign == '"':
            inside = not inside
        elif sign == "," and not inside:
            parts.append(text[begin:place])
            begin = place + 1
    parts.append(text[begin:])
    return ",".join(f'"{part.strip().replace(chr(34), "")}"' if '"' in part else part.strip() for part in parts if part.strip())
