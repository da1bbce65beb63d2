"""Which refreshes count, and what they said: sizes per segment and run, and days filled in afterwards.

Sizes are kept as totals, so that erasing a person does not redraw an old chart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from lohko.state.live_tables import segment_decided
from lohko.state.tables import reconstructed_day, run, run_basis, run_segment, setting


@dataclass(frozen=True)
class Run:
    """One refresh: the instant it was about, the data it saw, and the ledger's file (empty when nobody moved)."""

    number: int
    as_of: str
    data_version: int
    recorded_at: str
    changes: int
    file: str
    sha256: str


@dataclass(frozen=True)
class RunSegment:
    """What one refresh said of one segment; when it could not be told, only why."""

    run: int
    segment: str
    version: int
    rule: str
    day: str
    size: int | None
    entered: int | None
    left: int | None
    error: dict[str, Any] | None = None


@dataclass(frozen=True)
class LastRefresh:
    """The latest refresh that could tell a segment: the last run by then, and of which instant and data it is.

    `basis` is a hash of what it was decided with besides data and definitions.
    """

    segment: str
    run: int
    version: int
    rule: str
    size: int
    as_of: dt.datetime
    data_version: int
    recorded_at: str
    basis: str | None


@dataclass(frozen=True)
class SizeOfDay:
    """How many were in a segment at the end of a local day, and how many entered and left on it."""

    day: str
    size: int
    entered: int
    left: int
    kind: Literal["recorded", "reconstructed"]


_LEAPS = "run_leaps"
_HIGHEST = 900_000_000
"""A position in the feed has nine digits for its run."""


def last_number(connection: Connection) -> int:
    """The number of the latest run; 0 when there is none."""
    return connection.execute(select(func.max(run.c.number))).scalar() or 0


def next_number(connection: Connection) -> int:
    """The number of the next run."""
    return max([last_number(connection) + 1, *(after for _, after in leaps(connection))])


def leaps(connection: Connection) -> list[tuple[int, int]]:
    """Numbers that no run has here, since another course of things, which a restore undid, may have given them out: the run before them, and the first after."""
    found = connection.execute(select(setting.c.value).where(setting.c.name == _LEAPS)).scalar()
    return [(before, after) for before, after in (found or {}).get("leaps", ())]


def leap(connection: Connection, numbers: int) -> None:
    """Leave out so many numbers of runs, from the next one on."""
    before, found = last_number(connection), leaps(connection)
    first = next_number(connection)
    after = min(first + numbers, first + (_HIGHEST - first) // 2)
    connection.execute(delete(setting).where(setting.c.name == _LEAPS))
    connection.execute(insert(setting).values(name=_LEAPS, value={"leaps": [*found, (before, after)]}))


def register(connection: Connection, made: Run, said: Iterable[RunSegment]) -> None:
    """Make a run count, when the caller's transaction commits."""
    connection.execute(insert(run).values(**asdict(made)))
    rows = [vars(item) for item in said]
    if rows:
        connection.execute(insert(run_segment), rows)


def decided(connection: Connection, found: Iterable[LastRefresh]) -> None:
    """Remember what a refresh could tell, whether or not anybody moved: where the next one begins."""
    rows = [{**vars(item), "as_of": item.as_of.isoformat()} for item in found]
    if rows:
        connection.execute(delete(segment_decided).where(segment_decided.c.segment.in_([row["segment"] for row in rows])))
        connection.execute(insert(segment_decided), rows)


def runs(connection: Connection) -> list[Run]:
    """Every run that counts, in order."""
    return [Run(**row._mapping) for row in connection.execute(select(run).order_by(run.c.number))]


def last_run(connection: Connection) -> Run | None:
    """The latest run, or None."""
    row = connection.execute(select(run).order_by(run.c.number.desc()).limit(1)).first()
    return Run(**row._mapping) if row else None


def last_refreshes(connection: Connection) -> dict[str, LastRefresh]:
    """Per segment, the latest refresh that could tell it."""
    rows = connection.execute(select(segment_decided)).mappings()
    return {row["segment"]: LastRefresh(**{**row, "as_of": dt.datetime.fromisoformat(row["as_of"])}) for row in rows}


def ensure_decided(connection: Connection) -> None:
    """A workspace of an older Lohko knows by its runs alone what was told last: read it out of them, once."""
    if connection.execute(select(segment_decided).limit(1)).first() or not connection.execute(select(run).limit(1)).first():
        return
    told = run_segment.c.size.is_not(None)
    latest = select(run_segment.c.segment, func.max(run_segment.c.run).label("run")).where(told).group_by(run_segment.c.segment).subquery()
    columns = (run_segment.c.segment, run_segment.c.run, run_segment.c.version, run_segment.c.rule, run_segment.c.size)
    rows = connection.execute(
        select(*columns, run.c.as_of, run.c.data_version, run.c.recorded_at, run_basis.c.basis)
        .join(latest, (latest.c.segment == run_segment.c.segment) & (latest.c.run == run_segment.c.run))
        .join(run, run.c.number == run_segment.c.run)
        .outerjoin(run_basis, run_basis.c.run == run_segment.c.run)
    ).mappings()
    found = [dict(row) for row in rows]
    if found:  # no run may have been able to tell any segment
        connection.execute(insert(segment_decided), found)


def days(connection: Connection, segment: str | None = None) -> dict[str, list[SizeOfDay]]:
    """Per segment, one size a day in order: the days filled in, then those that were recorded."""
    found: dict[str, dict[str, SizeOfDay]] = {}
    filled = select(reconstructed_day).order_by(reconstructed_day.c.segment, reconstructed_day.c.day)
    said = select(run_segment).where(run_segment.c.size.is_not(None)).order_by(run_segment.c.segment, run_segment.c.run)
    if segment is not None:
        filled, said = filled.where(reconstructed_day.c.segment == segment), said.where(run_segment.c.segment == segment)
    for row in connection.execute(filled):
        found.setdefault(row.segment, {})[row.day] = SizeOfDay(row.day, row.size, row.entered, row.left, "reconstructed")
    for row in connection.execute(said):
        of_segment = found.setdefault(row.segment, {})
        before = of_segment.get(row.day)
        earlier = (before.entered, before.left) if before is not None and before.kind == "recorded" else (0, 0)
        of_segment[row.day] = SizeOfDay(row.day, row.size, row.entered + earlier[0], row.left + earlier[1], "recorded")
    return {name: [by_day[day] for day in sorted(by_day)] for name, by_day in found.items()}


@dataclass(frozen=True)
class Told:
    """What the last refresh of a day said of a segment, and of which instant, rule and data it said it."""

    segment: str
    day: str
    size: int
    rule: str
    as_of: str
    data_version: int


def told_of(connection: Connection, segment: str) -> list[Told]:
    """Per day the last refresh that could tell the segment, in order."""
    rows = connection.execute(
        select(run_segment.c.day, run_segment.c.size, run_segment.c.rule, run.c.as_of, run.c.data_version)
        .join(run, run.c.number == run_segment.c.run)
        .where((run_segment.c.segment == segment) & run_segment.c.size.is_not(None))
        .order_by(run_segment.c.run)
    )
    return list({row.day: Told(segment, row.day, row.size, row.rule, row.as_of, row.data_version) for row in rows}.values())


def version_told(connection: Connection, segment: str, until: dt.datetime) -> int | None:
    """The version by which a segment was decided last at or before an instant; None when it was not."""
    rows = connection.execute(
        select(run_segment.c.version, run.c.as_of)
        .join(run, run.c.number == run_segment.c.run)
        .where((run_segment.c.segment == segment) & run_segment.c.size.is_not(None))
        .order_by(run_segment.c.run.desc())
    )
    return next((row.version for row in rows if dt.datetime.fromisoformat(row.as_of) <= until), None)


def fill_in(connection: Connection, segment: str, version: int, made: Iterable[SizeOfDay]) -> None:
    """Keep days that were reconstructed for a segment instead of those kept before."""
    connection.execute(delete(reconstructed_day).where(reconstructed_day.c.segment == segment))
    rows = [
        {"segment": segment, "version": version, "day": day.day, "size": day.size, "entered": day.entered, "left": day.left} for day in made
    ]
    if rows:
        connection.execute(insert(reconstructed_day), rows)


def rewrite(connection: Connection, number: int, file: str, sha256: str) -> None:
    """Make a run's file count as it was written anew; what the run said of sizes stays."""
    connection.execute(update(run).where(run.c.number == number).values(file=file, sha256=sha256))
