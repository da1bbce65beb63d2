"""Google Analytics 4: what its pages let one download is sums without people, under lines of comment. It is refused, with what to use instead."""

from __future__ import annotations

from lohko.formats.format import Format

GA4_REPORT = Format(
    key="ga4-report",
    title="a report downloaded from Google Analytics",
    source="ga4",
    kind="events",
    headers=("Event name", "Event count", "Total users", "Event count per active user", "Total revenue"),
    needs=(
        ("Event count", "Engaged sessions", "Views", "Engagement rate", "Event count per active user"),
        ("Total users", "Active users", "New users", "Returning users"),
    ),
    fields={},
    spellings={
        "Event name": ("Tapahtuman nimi",),
        "Event count": ("Tapahtumien määrä", "Tapahtumamäärä"),
        "Engaged sessions": ("Sitoutuneet istunnot",),
        "Views": ("Katselukerrat", "Näyttökerrat"),
        "Engagement rate": ("Sitoutumisaste",),
        "Total users": ("Käyttäjiä yhteensä", "Käyttäjät yhteensä"),
        "Active users": ("Aktiiviset käyttäjät",),
        "New users": ("Uudet käyttäjät",),
        "Returning users": ("Palaavat käyttäjät",),
        "Total revenue": ("Kokonaistulot",),
    },
    where="Reports > Share > Download CSV",
    refused="its rows are sums over all visitors, with nobody in them. "
    "link the property to BigQuery and export its tables events_YYYYMMDD as JSON lines or Parquet, or put Lohko's own script on the site.",
)
