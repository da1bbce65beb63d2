"""The road that is walked while it is killed: generated files of a small shop, and the steps that take them.

Every step is what the command line does: open the workspace, call one step, close.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from lohko.base import clock
from lohko.state.workspace import Settings
from lohko.state.workspace import create as create
from lohko.steps import intake, segments
from lohko.steps.ingest import ingest
from lohko.steps.work import Progress, Work, silent
from lohko.wiring import open_work

SETTINGS = Settings("Europe/Helsinki", "EUR", "FI")
INSTANT = dt.datetime(2025, 12, 1, 12, 0, tzinfo=dt.UTC)
"""The one instant at which everything is received, so that two workspaces can be compared to the last row."""

Verb = Literal["import", "apply", "refresh", "take"]


@dataclass(frozen=True)
class Step:
    """One thing a user does, as data that can be sent to another process."""

    name: str
    verb: Verb
    arguments: dict[str, Any] = field(default_factory=dict)

    def as_text(self) -> str:
        """The step as one line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_text(text: str) -> Step:
        """The step that `as_text` wrote."""
        return Step(**json.loads(text))


@contextmanager
def stopped_clock() -> Iterator[None]:
    """Every module that reads the clock reads `INSTANT` instead."""
    real = clock.now
    readers = [module for name, module in list(sys.modules.items()) if name.startswith("lohko") and getattr(module, "now", None) is real]
    for module in readers:
        module.now = lambda: INSTANT  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in readers:
            module.now = real  # type: ignore[attr-defined]


def perform(path: Path, step: Step, progress: Progress = silent, *, wait_seconds: float = 20.0) -> dict[str, Any]:
    """Do a step on the workspace at `path`, as the command line would."""
    with open_work(path, progress, wait_seconds=wait_seconds) as work:
        return _do(work, step, progress)


def _do(work: Work, step: Step, progress: Progress) -> dict[str, Any]:
    if step.verb == "import":
        file = Path(step.arguments["file"])
        with file.open("rb") as stream:
            return ingest(work, progress, stream=stream, name=file.name, kind=step.arguments["kind"], replace=step.arguments["replace"])
    if step.verb == "apply":
        return segments.apply(work, progress, files={"rules.yaml": RULES})
    if step.verb == "take":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(intake, "MOST_BYTES", 6_000)  # so that it takes several goes
            return intake.events_take(work, progress)
    from lohko.steps.refresh import refresh

    return refresh(work, progress, as_of=step.arguments["as_of"])


RULES = """
- id: buyers
  where: did order
- id: fresh
  where: did order in last 60 days
- id: big
  where: sum of total of order in last 365 days >= 300 or rfm_group is "Champions"
- id: finns
  where: in segment buyers and country is Finland
- id: watchers
  where: did product_view at least 2 times in last 90 days and not in segment fresh
"""


def road(folder: Path, rows: int, *, seed: int = 1, with_refresh: bool = True) -> list[Step]:
    """Write the shop's files of about `rows` rows each into `folder`; the steps in order.

    The files overlap, hold equal lines, refunds, lines without a customer, rows that
    must be rejected, a corrected order, consent and events that repeat.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(seed)
    lines = _order_lines(dice, rows * 2)
    early, late = lines[: rows // 2], lines
    files = {
        "january.csv": ("order-lines", _LINE_HEAD, early),
        "customers.csv": ("customers", _CUSTOMER_HEAD, _customers(dice, rows // 4)),
        "june.csv": ("order-lines", _LINE_HEAD, late[: rows + rows // 2]),
        "events.csv": ("events", _EVENT_HEAD, _events(dice, rows)),
        "corrected.csv": ("order-lines", _LINE_HEAD, [line.replace(",P1,", ",P9,") for line in late[rows // 4 : rows // 2]]),
        "autumn.csv": ("order-lines", _LINE_HEAD, late[rows:]),
    }
    steps = []
    for name, (kind, head, body) in files.items():
        path = folder / name
        path.write_text(head + "".join(line + "\n" for line in body), encoding="utf-8")
        replace = name == "corrected.csv"
        steps.append(Step(f"import {name.removesuffix('.csv')}", "import", {"file": str(path), "kind": kind, "replace": replace}))
    if with_refresh:
        steps.insert(4, Step("apply", "apply"))
        steps.insert(5, Step("first refresh", "refresh", {"as_of": "2025-07-01"}))
        steps.append(Step("second refresh", "refresh", {"as_of": "2025-12-01"}))
    return steps


_LINE_HEAD = "customer_id,order_id,ordered_at,product_id,product_name,quantity,unit_price,country,consent_email\n"
_CUSTOMER_HEAD = "customer_id,city,country,consent_ads,birthday,email\n"
_EVENT_HEAD = "customer_id,event,at,message_id,brand\n"


def _order_lines(dice: random.Random, rows: int) -> list[str]:
    lines: list[str] = []
    people, order = max(rows // 12, 5), 0
    while len(lines) < rows:
        order += 1
        # A few orders have no customer; days go on from January to November as the file does.
        who = "" if dice.random() < 0.03 else f"c{dice.randrange(people)}"
        at = dt.datetime(2025, 1, 2) + dt.timedelta(days=330 * len(lines) / rows, minutes=dice.randrange(600))
        country = dice.choice(("FI", "Suomi", "SE", "Finland"))
        refund = dice.random() < 0.05
        for _ in range(dice.randint(1, 4)):
            quantity = -1 if refund else dice.randint(1, 5)
            line = f"{who},{order},{at:%Y-%m-%d %H:%M},P{dice.randrange(40)},Tuote ä {dice.randrange(9)},{quantity},{dice.randrange(100, 9000) / 100},{country},{dice.choice(('yes', 'no', ''))}"
            lines.append(line)
            if dice.random() < 0.05:
                lines.append(line)
        if dice.random() < 0.03:
            lines.append(f"c1,{order},not a day,P1,x,1,5,FI,")
    return lines[:rows]


def _customers(dice: random.Random, rows: int) -> list[str]:
    cities = ("Turku", "Oulu", "Mäntyharju", "")
    return [
        f"c{i},{dice.choice(cities)},{dice.choice(('FI', 'SE'))},{dice.choice(('yes', 'no', '2025-03-01', ''))},19{dice.randrange(40, 99)}-02-0{dice.randrange(1, 9)},c{i}@example.fi"
        for i in range(rows)
    ]


def _events(dice: random.Random, rows: int) -> list[str]:
    found = []
    for i in range(rows):
        day = dt.datetime(2025, 5, 1) + dt.timedelta(minutes=dice.randrange(200 * 1440))
        who = f"c{dice.randrange(max(rows // 8, 4))}"
        found.append(
            f"{who},{dice.choice(('product_view', 'email_opened'))},{day:%Y-%m-%d %H:%M},m{i - (i % 50 == 0)},{dice.choice(('Nokia', 'Marimekko', ''))}"
        )
    return found
