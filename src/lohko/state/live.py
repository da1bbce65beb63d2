"""What refreshing all the time is set to and says of itself, the changes of small runs, and their rolling up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, func, insert, inspect, select, update

from lohko.state.live_tables import live_move, run_span
from lohko.state.runs import Run, RunSegment
from lohko.state.tables import batch, run, run_basis, run_segment, setting

_SETTINGS, _TOLD = "live", "live_told"


@dataclass(frozen=True)
class LiveSettings:
    """How the server refreshes: whether at all, how long it rests between two refreshes at least, whether it checks itself each night, for how many days changes are served."""

    on: bool = True
    pause_seconds: float = 0.1
    nightly_check: bool = False
    changes_days: int = 90


@dataclass(frozen=True)
class LiveMove:
    """Who entered, or left, a segment for one reason in a run that has no file yet."""

    run: int
    segment: str
    entered: bool
    cause: str
    version: int
    person_ids: list[str]


def read_settings(connection: Connection) -> LiveSettings:
    """As it was set, else as it is by itself."""
    known = {item.name for item in fields(LiveSettings)}
    found = _value(connection, _SETTINGS)
    return LiveSettings(**{name: value for name, value in found.items() if name in known})


def save_settings(connection: Connection, settings: LiveSettings) -> None:
    """Set it."""
    _keep(connection, _SETTINGS, asdict(settings))


def read_told(connection: Connection) -> dict[str, Any]:
    """What the refreshing says of itself."""
    return _value(connection, _TOLD)


def tell(connection: Connection, **said: Any) -> None:
    """Change some of what it says."""
    _keep(connection, _TOLD, read_told(connection) | said)


def _value(connection: Connection, name: str) -> dict[str, Any]:
    found = connection.execute(select(setting.c.value).where(setting.c.name == name)).scalar()
    return dict(found) if found else {}


def _keep(connection: Connection, name: str, value: dict[str, Any]) -> None:
    connection.execute(delete(setting).where(setting.c.name == name))
    connection.execute(insert(setting).values(name=name, value=value))


def received_after(connection: Connection, number: int) -> str | None:
    """When the first batch after one was received; None when there is none."""
    return connection.execute(select(batch.c.received_at).where(batch.c.number > number).order_by(batch.c.number).limit(1)).scalar()


# --- changes without a file --------------------------------------------------------------------


def add(connection: Connection, moves: Iterable[LiveMove]) -> None:
    """Keep the changes of a run, in the transaction that registers it."""
    rows = [vars(item) for item in moves]
    if rows:
        connection.execute(insert(live_move), rows)


def moves_of(connection: Connection, first: int, last: int) -> list[LiveMove]:
    """The changes of the runs from one to another, in order."""
    rows = connection.execute(
        select(live_move).where(live_move.c.run.between(first, last)).order_by(live_move.c.run, live_move.c.segment, live_move.c.entered)
    )
    return [LiveMove(**row._mapping) for row in rows]


def extent_of(connection: Connection, first: int, last: int) -> tuple[int, int]:
    """How many rows the changes of the runs from one to another take, and how much room their people: less when somebody was erased."""
    rows, room = connection.execute(
        select(func.count(), func.sum(func.length(live_move.c.person_ids))).where(live_move.c.run.between(first, last))
    ).one()
    return rows, room or 0


def ensure_together(connection: Connection) -> None:
    """A workspace of an older Lohko has a row for each change: put those together that are alike, once."""
    if not inspect(connection).has_table("live_change"):
        return
    old = Table("live_change", MetaData(), autoload_with=connection)
    found: dict[tuple[Any, ...], list[str]] = {}
    for row in connection.execute(select(old).order_by(old.c.run, old.c.segment, old.c.person_id)):
        found.setdefault((row.run, row.segment, row.entered, row.cause, row.version), []).append(row.person_id)
    add(
        connection,
        [LiveMove(run, segment, entered, cause, version, people) for (run, segment, entered, cause, version), people in found.items()],
    )
    old.drop(connection)


def forget_people(connection: Connection, person_ids: Sequence[str]) -> None:
    """Let nothing here tell of people who are erased."""
    said, gone = read_told(connection), set(person_ids)
    for item in connection.execute(select(live_move)).all():
        left = [one for one in item.person_ids if one not in gone]
        if len(left) < len(item.person_ids):
            this = [live_move.c[name] == getattr(item, name) for name in ("run", "segment", "entered", "cause")]
            connection.execute(update(live_move).where(*this).values(person_ids=left))
    for item in said.get("check", {}).get("differences", ()):
        item["person_ids"] = [one for one in item["person_ids"] if one not in gone]
    if said:
        _keep(connection, _TOLD, said)


# --- rolling up --------------------------------------------------------------------------------


def spans(connection: Connection) -> dict[int, int]:
    """The runs that stand for several, each with the first of them."""
    return {row.run: row.first for row in connection.execute(select(run_span))}


def without_file(connection: Connection, before: str) -> list[Run]:
    """The runs about instants before one whose changes are in no file, in order."""
    had = select(live_move.c.run).distinct()
    rows = connection.execute(select(run).where(run.c.number.in_(had), run.c.as_of < before).order_by(run.c.number))
    return [Run(**row._mapping) for row in rows]


def first_runs(connection: Connection) -> set[int]:
    """The runs in which some segment was told for the first time."""
    said = select(func.min(run_segment.c.run)).where(run_segment.c.size.is_not(None)).group_by(run_segment.c.segment)
    return set(connection.execute(said).scalars())


def said_of(connection: Connection, first: int, last: int) -> list[RunSegment]:
    """What the runs from one to another said of segments, in order."""
    rows = connection.execute(
        select(run_segment).where(run_segment.c.run.between(first, last)).order_by(run_segment.c.run, run_segment.c.segment)
    )
    return [RunSegment(**row._mapping) for row in rows]


def roll_up(connection: Connection, first: int, rolled: Run, said: Iterable[RunSegment]) -> None:
    """Let one run with a file stand for all from `first` to it, when the caller's transaction commits."""
    last = rolled.number
    connection.execute(delete(run_segment).where(run_segment.c.run.between(first, last)))
    connection.execute(delete(run_basis).where(run_basis.c.run.between(first, last)))
    connection.execute(delete(live_move).where(live_move.c.run.between(first, last)))
    connection.execute(delete(run).where(run.c.number.between(first, last - 1)))
    connection.execute(update(run).where(run.c.number == last).values(**asdict(rolled)))
    rows = [asdict(item) for item in said]
    if rows:
        connection.execute(insert(run_segment), rows)
    connection.execute(insert(run_span).values(run=last, first=first))
