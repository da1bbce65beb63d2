"""The way through the four phases for somebody who does it for the first time: what is done in this workspace, and what comes next.

What the workspace itself tells (files, segments, audiences) counts as done by itself;
what is only looked at is ticked off by hand. Nothing is locked: every step can be taken at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lohko.base.errors import InputError, did_you_mean
from lohko.engine.profiles import population
from lohko.model.orders import ORDER
from lohko.state import guide as kept
from lohko.state.audit import entries
from lohko.state.batches import batches, imports
from lohko.state.reports import links, schedules
from lohko.state.runs import last_run
from lohko.state.segments import current
from lohko.steps.work import Progress, Work

PHASES = ("analytics", "personas", "segments", "launch")


@dataclass(frozen=True)
class Known:
    """What the workspace tells about how far somebody is."""

    people: int
    events: frozenset[str]
    kinds: frozenset[str]
    """Kinds of batches: of files and of decisions."""
    sources: int
    consents: int
    segments: int
    goals: int
    refreshed: bool
    reports: int
    audiences: int


@dataclass(frozen=True)
class Step:
    """One step: its phase, its id, and how the workspace tells that it is done; None when only the user can tell."""

    phase: str
    id: str
    told: Callable[[Known], bool] | None = None


STEPS = (
    Step("analytics", "customers", lambda known: known.people > 0),
    Step("analytics", "orders", lambda known: ORDER in known.events),
    Step("analytics", "second_source", lambda known: known.sources > 1),
    Step("analytics", "quality"),
    Step("analytics", "identity", lambda known: "links" in known.kinds),
    Step("personas", "rfm"),
    Step("personas", "explore"),
    Step("segments", "saved", lambda known: known.segments > 0),
    Step("segments", "refreshed", lambda known: known.refreshed),
    Step("segments", "goal", lambda known: known.goals > 0),
    Step("segments", "shared", lambda known: known.reports > 0),
    Step("launch", "consent", lambda known: known.consents > 0),
    Step("launch", "audience", lambda known: known.audiences > 0),
    Step("launch", "measured"),
)
"""In the order in which a first-timer takes them."""
OPTIONAL = frozenset({"second_source", "goal", "shared"})
"""Worth doing, and never what comes next."""


def guide(work: Work, progress: Progress) -> dict[str, Any]:
    """Every step with whether it is done, told by the workspace (`told`) or by hand; `next` is the first that is not."""
    known = _known(work)
    with work.state.connect() as connection:
        marked = kept.marks(connection)
    rows = []
    for step in STEPS:
        told = step.told is not None and step.told(known)
        rows.append(
            {
                "phase": step.phase,
                "id": step.id,
                "done": told or step.id in marked,
                "told": told,
                "by_hand": not told,
                "optional": step.id in OPTIONAL,
            }
        )
    following = next((row["id"] for row in rows if not row["done"] and not row["optional"]), None)
    done = [row for row in rows if row["done"]]
    return {
        "steps": rows,
        "next": following,
        "done": len(done),
        "of": len(rows),
        "people": known.people,
        "data_version": work.data_version(),
    }


def guide_mark(work: Work, progress: Progress, *, step: str, done: bool = True) -> dict[str, Any]:
    """Tick a step off by hand, or take that back."""
    ids = [item.id for item in STEPS]
    if step not in ids:
        raise InputError("unknown_step", f"The guide has no step {step!r}.", hint=did_you_mean(step, ids))
    with work.state.begin() as connection:
        kept.mark(connection, step, done)
    return guide(work, progress)


_CONSENTS = "SELECT count(*) FROM (SELECT 1 FROM consent WHERE given LIMIT 1) AS one"


def _known(work: Work) -> Known:
    cursor, _, schema = work.snapshot()
    with work.state.connect() as connection:
        segments = current(connection)
        return Known(
            people=population(cursor),
            events=frozenset(schema.events),
            kinds=frozenset(row["kind"] for row in batches(connection)),
            sources=len({row["source"] for row in imports(connection)}),
            consents=int(cursor.execute(_CONSENTS).fetchall()[0][0]),
            segments=len(segments),
            goals=sum(item.goal is not None for item in segments.values()),
            refreshed=last_run(connection) is not None,
            reports=len(links(connection)) + len(schedules(connection)),
            audiences=len(entries(connection, 1, "audience_written")),
        )
