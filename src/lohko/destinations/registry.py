"""Every destination: one file and one row each."""

from __future__ import annotations

from lohko.destinations.contact import Destination
from lohko.destinations.google_ads import GOOGLE_ADS
from lohko.destinations.meta import META

DESTINATIONS: dict[str, Destination] = {item.id: item for item in (GOOGLE_ADS, META)}
