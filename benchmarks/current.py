"""A refresh after something changed, against a refresh of everyone: a few people with new events, new events over many, and time alone.

    python -m benchmarks.run current --size full --keep FOLDER

Every change is refreshed twice from the same state: by asking those who may have
moved (`steps/refresh_few.py`), and by asking everyone. Before a ratio is printed
the members of both are compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks import mixed
from benchmarks.leaves import Seconds, took
from benchmarks.segments import forget_refreshes
from benchmarks.shop import TODAY
from lohko.base.errors import LohkoError
from lohko.base.times import naive, parse_as_of
from lohko.engine.leaf_cache import LeafCache
from lohko.engine.sql import render
from lohko.engine.store import stored_version
from lohko.model.sentence import sentence
from lohko.state import runs
from lohko.steps import refresh_few
from lohko.steps.question import ask
from lohko.steps.refresh import decided, refresh
from lohko.steps.refresh_few import Few, Moves, basis_of, decided_few, few_of
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent

SHARES = (0.0001, 0.001, 0.01, 0.03, 0.1, 0.2, 0.4)
"""Of everyone, who has one new event: the break-even is read from these."""


@dataclass(frozen=True)
class Current:
    """One change: how many people were asked again, and what both ways took."""

    what: str
    asked: int
    few: Seconds
    everyone: Seconds


def measure(work: Work, how_many: int) -> list[Current]:
    """A hundred mixed segments, three uses of a leaf, after each kind of change."""
    made = mixed.segments(how_many, 3)
    rules = "\n---\n".join(f"id: {item.name}\nwhere: |\n  {sentence(item.where)}" for item in made)
    apply(work, silent, files={"mixed.yaml": rules})
    forget_refreshes(work)
    names = [item.name for item in made]
    at = parse_as_of(TODAY, work.settings.zone) + dt.timedelta(hours=9)
    refresh(work, silent, segments=names, as_of=at.isoformat())
    worth, refresh_few.WORTH_IT = refresh_few.WORTH_IT, 2.0  # also where it is not worth it
    try:
        return [_both_ways(work, names, at + dt.timedelta(minutes=5 * n), what) for n, what in enumerate(_changes(work, at), start=1)]
    finally:
        refresh_few.WORTH_IT = worth


def _changes(work: Work, at: dt.datetime) -> Iterator[str]:
    """Makes each change when it is asked for, and says what it was."""
    everyone = len(ask(work).engine.everyone())
    yield "five minutes pass"
    for share in SHARES:
        step = max(1, round(1 / share))
        _arrive(work, at, ["product_view"], _ONE_EACH, [step])
        yield f"{everyone // step:,} people with one new event each"
    _arrive(work, at, list(work.schema().events), _AS_SPREAD, [])
    yield "1 % new events, spread as events are"


_ONE_EACH = """
INSERT INTO __table SELECT v.* REPLACE (p.person AS person, p.person AS node, CAST(? AS TIMESTAMP) AS "at", CAST(? AS INTEGER) AS batch)
FROM (SELECT person, row_number() OVER () AS n FROM person WHERE person % CAST(? AS INTEGER) = 0) AS p
JOIN (SELECT * FROM __table) AS v ON v.record = p.n - 1 AND v.batch = 1
"""
_AS_SPREAD = """
INSERT INTO __table SELECT v.* REPLACE (CAST(? AS TIMESTAMP) AS "at", CAST(? AS INTEGER) AS batch) FROM __table AS v
WHERE v.batch = 1 AND hash(v.record) % 100 = 7
"""
_OF_WHOM = "INSERT INTO batch_person SELECT DISTINCT CAST(? AS INTEGER), person FROM __table WHERE batch = CAST(? AS INTEGER)"


def _arrive(work: Work, at: dt.datetime, events: Iterable[str], template: str, more: list[int]) -> None:
    """New rows of events, loaded as a batch is: the store alone knows of them, as of the whole generated shop."""
    schema, batch = work.schema(), max(1, stored_version(work.store)) + 1
    work.store.execute("BEGIN")
    for name in events:
        table = {"__table": schema.event(name).table}
        work.store.execute(render(template, table), [naive(at), batch, *more])
        work.store.execute(render(_OF_WHOM, table), [batch, batch])
    work.store.execute("INSERT INTO loaded_batch VALUES (?, 'generated')", [batch])
    work.store.execute("COMMIT")


def _both_ways(work: Work, names: list[str], at: dt.datetime, what: str) -> Current:
    """Decide by asking few and by asking everyone; the first is written, and its writing counts for both."""
    work.leaves = LeafCache()  # nothing is known from before
    question = ask(work, at)
    answers: dict[str, dict[str, Moves | LohkoError]] = {}
    found: list[Few | None] = []

    def few() -> None:
        with work.state.connect() as connection:
            before = runs.last_refreshes(connection)
        found.append(few_of(work, question, names, before, basis_of(work, question)))
        assert found[0] is not None
        answers["few"] = decided_few(work, question, found[0])
        answers["few"] |= decided(question, [name for name in names if name not in answers["few"]], silent)

    def everyone() -> None:
        answers["everyone"] = decided(question, names, silent)

    by_few, by_everyone = took(few), took(everyone)
    if answers["few"] != answers["everyone"]:
        raise SystemExit(f"{what}: asking few and asking everyone give other members")
    work.leaves = LeafCache()
    whole = took(lambda: refresh(work, silent, segments=names, as_of=at.isoformat()))
    assert found[0] is not None
    return Current(what, len(found[0].people), whole, Seconds(whole.wall - by_few.wall, whole.cpu - by_few.cpu) + by_everyone)


def shown(rows: list[Current]) -> str:
    """A line for each change."""
    lines = [f"{'after':48} {'asked again':>12} {'few s (cpu)':>16} {'everyone s (cpu)':>18} {'ratio':>7} {'of cpu':>7}"]
    for row in rows:
        few, everyone = (f"{spent.wall:.2f} ({spent.cpu:.2f})" for spent in (row.few, row.everyone))
        wall, cpu = row.few.wall / row.everyone.wall, row.few.cpu / row.everyone.cpu
        lines.append(f"{row.what:48} {row.asked:12,} {few:>16} {everyone:>18} {wall:7.3f} {cpu:7.3f}")
    return "\n".join(lines)
