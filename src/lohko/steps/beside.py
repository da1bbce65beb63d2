"""What lies beside a file while it is read: the exchange rates and the postcodes that its rows may need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lohko.base.times import midnight
from lohko.engine.incoming import write_columns
from lohko.engine.places import write_places
from lohko.landing.made import PLACES_FILE, RATES_FILE
from lohko.state.rates import factors, read_rates

if TYPE_CHECKING:
    from lohko.steps.work import Work


def lay_beside(work: Work, folder: Path) -> None:
    """Write the tables that are kept into the folder in which a file is read."""
    cursor = work.store.cursor()
    with work.state.connect() as connection:
        made = sorted(factors(read_rates(connection), work.settings.currency), key=lambda item: (item.currency, item.since))
    if made:
        days = {day: midnight(day, work.settings.zone).replace(tzinfo=None) for item in made for day in (item.since, item.until)}
        columns = {
            "currency": np.array([item.currency for item in made], dtype=object),
            "since": np.array([days[item.since] for item in made], dtype="datetime64[us]"),
            "until": np.array([days[item.until] for item in made], dtype="datetime64[us]"),
            "factor": np.array([float(item.factor) for item in made], dtype=np.float64),
        }
        write_columns(cursor, columns, folder / RATES_FILE)
    write_places(cursor, folder / PLACES_FILE)
    cursor.close()
