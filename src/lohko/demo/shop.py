"""The demo shop: a seeded, invented Finnish web shop with a few stores, as the files that its programs export.

Who the customers are is in `people.py`, how they behave in `behaviour.py`, what
follows from it in `orders.py` and `events.py`, and how it is written down in
`files.py`. The same arguments give the same bytes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from lohko.demo.behaviour import habits
from lohko.demo.consents import consents
from lohko.demo.events import events
from lohko.demo.files import Registered, Written, write_customers, write_events, write_orders
from lohko.demo.orders import orders
from lohko.demo.people import People
from lohko.demo.season import Calendar

SOURCE = "shop"
_FIRST_NUMBER = 10_001


@dataclass(frozen=True)
class DemoFile:
    """One file to import: what its rows are, from which source, with which further arguments of the import.

    `records`, `rejected` (by reason) and `repeated` say what an import of it into
    an empty workspace has to report.
    """

    path: Path
    kind: str
    source: str
    records: int
    rejected: Mapping[str, int]
    repeated: int = 0
    arguments: Mapping[str, Any] = field(default_factory=dict)


def write_shop(folder: Path, *, customers: int = 5000, until: dt.date, years: int = 2, seed: int = 20) -> tuple[DemoFile, ...]:
    """Write the shop's exports to a folder: customers, order lines and events, in the order to import them.

    Args:
        folder: Where the files go; made when it is not there.
        customers: How many there are in the register, those who never bought included; at least 20.
        until: The first day that has not happened yet; nothing is dated on it or later.
        years: How many years before `until` the shop's books begin.
        seed: Another seed is another shop.

    Returns:
        The three files.
    """
    if customers < 20 or years < 1:
        raise ValueError("a demo shop needs at least 20 customers and one year")
    calendar = Calendar(_years_before(until, years), until)
    people, ways = People(_random(seed, "people"), until), _random(seed, "habits")
    drawn = [(person, habits(ways, person, calendar)) for person in (people.draw() for _ in range(customers))]
    drawn.sort(key=lambda item: item[1].joined)  # so that the numbers are given in the order of joining
    all_habits = [item[1] for item in drawn]
    agreed = [consents(ways, person, habit, calendar) for person, habit in drawn]
    numbers = [str(_FIRST_NUMBER + place) for place in range(customers)]
    made = orders(_random(seed, "orders"), all_habits, calendar)
    happened = events(_random(seed, "events"), all_habits, agreed, made, calendar)

    folder.mkdir(parents=True, exist_ok=True)
    faults = _random(seed, "files")
    register = [Registered(*row) for row in zip(numbers, (p for p, _ in drawn), (h.joined for h in all_habits), agreed, strict=True)]
    customer_file, order_file, event_file = folder / "asiakkaat.csv", folder / "tilaukset.csv", folder / "tapahtumat.jsonl.gz"
    return (
        _file(customer_file, "customers", write_customers(customer_file, faults, register)),
        _file(order_file, "order-lines", write_orders(order_file, faults, made, numbers)),
        _file(event_file, "events", write_events(event_file, faults, happened, numbers)),
    )


def _file(path: Path, kind: str, done: Written) -> DemoFile:
    return DemoFile(path, kind, SOURCE, done.records, done.rejected, done.repeated)


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _random(seed: int, what: str) -> Random:
    """A stream of its own for each part, so that a change in one does not make the others another shop."""
    return Random(f"{seed} {what}")  # noqa: S311 - a demo shop has to be repeatable, not secret
