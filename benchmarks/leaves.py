"""A hundred mixed segments by Lohko's planner, by hand one after another, and as bare leaves; and the count of a rule that is being edited.

Before a number is printed the members of every segment are compared with those of
the hand-written query. By hand each segment has the faster of two queries: the
conditions as sets, or those about one table as one GROUP BY.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from benchmarks import by_hand, mixed
from benchmarks.shop import TODAY
from lohko.base.errors import LohkoError
from lohko.engine.leaf_cache import LeafCache
from lohko.engine.plan import evaluate, evaluate_all
from lohko.model.catalogue import Catalogue
from lohko.model.condition import And, EventsAre, Or
from lohko.model.definition import Definition
from lohko.model.operand import Number, Test
from lohko.model.walk import leaves
from lohko.steps.question import ask
from lohko.steps.work import Work

USES = (1, 3, 12)


@dataclass(frozen=True)
class Seconds:
    """What something took: on the clock, and of all processors."""

    wall: float
    cpu: float

    def __add__(self, other: Seconds) -> Seconds:
        return Seconds(self.wall + other.wall, self.cpu + other.cpu)


NOTHING = Seconds(0, 0)


def took(work: Callable[[], object]) -> Seconds:
    """The seconds that something takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Seconds(time.perf_counter() - wall, time.process_time() - cpu)


def fastest(found: list[Seconds]) -> Seconds:
    """The least of several: what others do on the machine only adds."""
    return Seconds(min(item.wall for item in found), min(item.cpu for item in found))


@dataclass(frozen=True)
class Sharing:
    """The same segments by each road, where every leaf is used in so many of them."""

    uses: int
    segments: int
    leaves: int
    lohko: Seconds
    by_hand: Seconds
    bare: Seconds
    reading: Seconds
    by_kind: dict[str, Seconds]


def measure_sharing(work: Work, how_many: int, times: int) -> list[Sharing]:
    """Segments with 1, 3 and 12 uses of each leaf; AssertionError when the members differ."""
    cursor = work.store.cursor()
    by_hand.make_views(cursor, work.schema())
    return [_sharing(work, cursor, how_many, uses, times) for uses in USES]


def _sharing(work: Work, cursor: DuckDBPyConnection, how_many: int, uses: int, times: int) -> Sharing:
    segments = mixed.segments(how_many, uses)
    definitions = {item.name: Definition(item.where) for item in segments}
    distinct = {part.said: part for item in segments for part in item.parts}
    runs, decided = [], {}
    for _ in range(times):
        work.leaves = LeafCache()  # nothing is known from before
        runs.append(took(lambda: decided.update(_decided(work, definitions))))
    hand = NOTHING
    for item in segments:
        hand += _by_hand(cursor, item, decided[item.name], times)
    bare, reading, by_kind = NOTHING, NOTHING, dict.fromkeys((leaf.kind for leaf in distinct.values()), NOTHING)
    for leaf in distinct.values():
        bare += fastest([took(lambda leaf=leaf: _run(cursor, f"SELECT count(*) FROM ({leaf.alone})")) for _ in range(times)])  # noqa: S608
        reading += fastest([took(lambda leaf=leaf: _run(cursor, _read(leaf))) for _ in range(times)])
        by_kind[leaf.kind] += fastest([took(lambda leaf=leaf: _alone(work, leaf)) for _ in range(times)])
    return Sharing(uses, len(segments), len(distinct), fastest(runs), hand, bare, reading, by_kind)


def _decided(work: Work, definitions: dict[str, Definition]) -> dict[str, BitMap]:
    question = ask(work, TODAY)
    found = evaluate_all(question.engine, Catalogue(question.schema, definitions))
    failed = [answer for answer in found.values() if isinstance(answer, LohkoError)]
    if failed:
        raise failed[0]
    return found  # type: ignore[return-value]


def _alone(work: Work, leaf: mixed.Question) -> None:
    work.leaves = LeafCache()
    question = ask(work, TODAY)
    evaluate(question.engine, Catalogue(question.schema, {}), leaf.node)


def _run(cursor: DuckDBPyConnection, sql: str) -> None:
    cursor.execute(sql.replace("$today", f"DATE '{TODAY}'")).fetchall()


def _read(leaf: mixed.Question) -> str:
    """Reading the rows of a leaf and nothing else; a sequence or a value of the profile is its own query."""
    if not leaf.number:
        return f"SELECT count(*) FROM ({leaf.alone})"  # noqa: S608
    columns = {"sum(total)": ", sum(total)", "avg(total)": ", sum(total)"}.get(leaf.number, "")
    return f"SELECT sum(person){columns} FROM {leaf.table} WHERE {leaf.rows}"  # noqa: S608


def _by_hand(cursor: DuckDBPyConnection, segment: mixed.Segment, expected: BitMap, times: int) -> Seconds:
    """The faster of the two queries, each kept as a table, as a segment has to be to be used; both must find the same people."""
    found = []
    for query in (mixed.as_sets(segment), mixed.as_groups(segment)):
        if query is not None:
            kept = f"CREATE OR REPLACE TEMP TABLE {segment.name} AS {query}"
            found.append(fastest([took(lambda kept=kept: _run(cursor, kept)) for _ in range(times)]))
            keys = cursor.execute(f"SELECT person FROM {segment.name}").fetchnumpy()["person"]  # noqa: S608
            people = BitMap(keys)
            assert len(people) == len(keys), f"a hand-written query names someone twice: {query}"
            assert people == expected, (
                f"other people, {len(expected):,} and {len(people):,}: {segment.shape}: {[p.said for p in segment.parts]}\n{query}"
            )
    return min(found, key=lambda item: item.wall)


def shown_sharing(rows: list[Sharing]) -> str:
    """The comparisons as text."""
    lines = [
        f"\n{rows[0].segments} mixed segments, members equal; seconds on the clock (of all processors)",
        "uses of a leaf  leaves        Lohko s        by hand s  speed-up   goal  (of processors)    bare leaves s  Lohko to bare   reading only s",
    ]
    for row in rows:
        goal, faster = max(1.5, 0.7 * row.uses), row.by_hand.wall / row.lohko.wall
        lines.append(
            f"{row.uses:>14}  {row.leaves:>6}  {_both(row.lohko)}  {_both(row.by_hand)}  {faster:>7.2f}x  {goal:>4.1f}x  {row.by_hand.cpu / row.lohko.cpu:>14.2f}x "
            f"{_both(row.bare)}  {row.lohko.wall / row.bare.wall:>13.2f}  {_both(row.reading)}"
        )
    kinds = rows[0].by_kind
    lines.append(
        f"Lohko's seconds for the {rows[0].leaves} leaves, each alone: "
        + ", ".join(f"{kind} {spent.wall:.2f}" for kind, spent in kinds.items())
    )
    return "\n".join(lines)


def _both(spent: Seconds) -> str:
    return f"{spent.wall:.2f} ({spent.cpu:.2f})".rjust(15)


# --- a rule that is being edited ----------------------------------------------------------------


@dataclass(frozen=True)
class Edited:
    """Counts of rules in which one leaf was changed, in seconds each, and the first count of the same rules."""

    first: list[float]
    changed: list[float]

    @staticmethod
    def at(share: float, found: list[float]) -> float:
        """The value that this share of them do not exceed."""
        ordered = sorted(found)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure_editing(work: Work, how_many: int) -> Edited:
    """Rules of three leaves: counted, then one leaf is changed, to another number or to another leaf, and it is counted again."""
    drawn = mixed.questions(4 * how_many, seed=11)
    first, changed = [], []
    work.leaves = LeafCache()
    for number in range(how_many):
        a, b, c, d = (item.node for item in drawn[4 * number : 4 * number + 4])
        rule = And((a, Or((b, c))))
        first.append(_counting(work, rule))
        edited = _nudged(a) if number % 2 and isinstance(a, EventsAre) and a.measure == "count" else d
        changed.append(_counting(work, replace(rule, parts=(edited, rule.parts[1]))))
    return Edited(first, changed)


def _counting(work: Work, rule: And) -> float:
    began = time.perf_counter()
    question = ask(work)  # now: seconds later than the count before
    question.engine.size(evaluate(question.engine, question.catalogue, rule))
    return time.perf_counter() - began


def _nudged(leaf: EventsAre) -> EventsAre:
    assert leaves(leaf) == (leaf,)
    return replace(leaf, test=Test(leaf.test.op, (Number(Decimal(5)),)))


def shown_editing(found: Edited) -> str:
    """The counts as text."""
    said = [
        f"{what}: median {1000 * Edited.at(0.5, times):.0f} ms, 95 of 100 within {1000 * Edited.at(0.95, times):.0f} ms, longest {1000 * max(times):.0f} ms"
        for what, times in (("counted first, three new leaves", found.first), ("one leaf changed, two from the cache", found.changed))
    ]
    return f"\nCounting a rule that is being edited, {len(found.changed)} rules\n" + "\n".join(said)
