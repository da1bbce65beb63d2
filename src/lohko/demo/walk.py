"""A newcomer's walk: five exports of one imagined firm come in as they are, and become one set of people.

How well is measured against the truth that `imagined.py` keeps: of all pairs of
records that were put together how many are of one person (precision), and of all
pairs that are of one person how many were put together (recall).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lohko.base.clock import now
from lohko.base.times import local_day
from lohko.demo.imagined import Identity, imagine
from lohko.engine.links import identities
from lohko.state.workspace import Settings, create
from lohko.steps.ingest import ingest
from lohko.steps.work import Progress, Work
from lohko.wiring import open_work

_SETTINGS = Settings("Europe/Helsinki", "EUR", "FI")


@dataclass(frozen=True)
class Pairs:
    """Pairs of records: put together, of one person in truth, and both."""

    together: int
    true: int
    both: int

    @property
    def precision(self) -> float | None:
        """The share of pairs put together that belong together; None when none was."""
        return self.both / self.together if self.together else None

    @property
    def recall(self) -> float | None:
        """The share of pairs that belong together that were put together; None when there are none."""
        return self.both / self.true if self.true else None


def pairs(found: Mapping[Identity, object], truth: Mapping[Identity, object]) -> Pairs:
    """Compare who was found to be one person with who is; of the records that both know.

    >>> pairs({("a", "1"): 1, ("a", "2"): 1, ("b", "1"): 2}, {("a", "1"): 7, ("a", "2"): 7, ("b", "1"): 7})
    Pairs(together=1, true=3, both=1)
    """
    known = found.keys() & truth.keys()
    return Pairs(
        _within(found[one] for one in known),
        _within(truth[one] for one in known),
        _within((found[one], truth[one]) for one in known),
    )


def _within(groups: Iterable[object]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def walk(folder: Path, *, people: int, seed: int, say: Callable[[str], None], progress: Progress) -> dict[str, Any]:
    """Make a workspace in `folder`, bring the five exports in, and measure; what was taken for what, the books, people and pairs."""
    create(folder, _SETTINGS)
    place = folder / "files"
    place.mkdir(mode=0o700)
    made = imagine(place, people=people, until=_today(), seed=seed)
    with open_work(folder, progress) as work:
        files = [_bring_in(work, path, say, progress) for path in made.files]
        found = {(source, value.casefold()): person for source, _, value, person in identities(work.store.cursor())}
    measured = pairs(found, made.truth)
    known = found.keys() & made.truth.keys()
    return {
        "workspace": str(folder),
        "files": files,
        "records": len(made.truth),
        "records_known": len(known),
        "true_people": len({made.truth[one] for one in known}),
        "people_found": len({found[one] for one in known}),
        "precision": measured.precision,
        "recall": measured.recall,
    }


def _today() -> dt.date:
    return local_day(now(), _SETTINGS.zone)


def _bring_in(work: Work, path: Path, say: Callable[[str], None], progress: Progress) -> dict[str, Any]:
    with path.open("rb") as stream:
        found = ingest(work, progress, stream=stream, name=path.name)
    say(
        f"  {path.name}: {found['received']:,} rows = {found['accepted']:,} accepted"
        f" + {found['duplicate']:,} known already + {found['rejected']:,} rejected"
    )
    return {"file": path.name, **{key: found[key] for key in ("received", "accepted", "duplicate", "rejected")}}
