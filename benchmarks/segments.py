"""Refresh, count and explain against the hand-written queries; the members must be the same, or a ratio says nothing."""

from __future__ import annotations

from pathlib import Path

from pyroaring import BitMap
from sqlalchemy import delete

from benchmarks import by_hand
from benchmarks.shop import SETTINGS, SIZES, TODAY, TOMORROW, make_shop
from benchmarks.timing import Row, best, timed
from lohko.engine.leaf_cache import LeafCache
from lohko.engine.membership import recorded
from lohko.engine.plan import evaluate_all
from lohko.engine.sql import render
from lohko.state.live_tables import segment_decided
from lohko.state.tables import run, run_basis, run_segment
from lohko.steps.explain import explain
from lohko.steps.question import ask
from lohko.steps.read import count
from lohko.steps.refresh import refresh
from lohko.steps.work import Work, silent
from lohko.wiring import open_work


def prepare(folder: Path, size: str) -> tuple[Path, str]:
    """The shop's workspace, made when it is not there yet, and a line that says what it holds."""
    path = folder / f"shop-{size}"
    if path.exists():
        return path, f"{SIZES[size].customers:,} customers (kept from before)"
    seconds, events = timed(lambda: make_shop(path, SIZES[size]))
    return path, f"{SIZES[size].customers:,} customers, {events:,} events, made in {seconds:.0f} s"


def measure_refresh(work: Work, times: int) -> tuple[list[Row], dict[str, float]]:
    """All ready-made segments: decided only, refreshed for the first time, and refreshed the next day; seconds by hand per segment."""
    lohko, hand, each = [], [], {}
    for _ in range(times):
        seconds, decided = timed(lambda: _decide(work, TODAY))
        lohko.append(seconds)
        each, made = _by_hand(work, TODAY)
        hand.append(sum(each.values()))
        _same(decided, made)
    forget_refreshes(work)
    rows = [Row("decide every segment", min(lohko), min(hand), "members in memory, nothing recorded")]
    first, _ = timed(lambda: refresh(work, silent, as_of=TODAY))
    _same(_recorded(work, list(made)), made)
    rows.append(Row("first refresh", first, min(hand), "every member is an entry of the ledger"))
    second, report = timed(lambda: refresh(work, silent, as_of=TOMORROW))
    next_day, made = _by_hand(work, TOMORROW)
    _same(_recorded(work, list(made)), made)
    rows.append(Row("refresh on the next day", second, sum(next_day.values()), f"{report['changes']:,} people moved"))
    return rows, each


def forget_refreshes(work: Work) -> None:
    """A shop that is kept between runs, as if it had never been refreshed."""
    with work.state.begin() as connection:
        for table in (segment_decided, run_segment, run_basis, run):
            connection.execute(delete(table))
    for table in ("membership_change", "loaded_run"):
        work.store.execute(render("DELETE FROM __table", {"__table": table}))
    for file in work.folder.ledger.glob("run-*.parquet"):
        file.unlink()


def _decide(work: Work, day: str) -> dict[str, BitMap]:
    work.leaves = LeafCache()  # nothing is known from before
    question = ask(work, day)
    return dict(evaluate_all(question.engine, question.catalogue))  # type: ignore[arg-type]


def _recorded(work: Work, names: list[str]) -> dict[str, BitMap]:
    return {name: recorded(work.store.cursor(), name) for name in names}


def _by_hand(work: Work, day: str) -> tuple[dict[str, float], dict[str, BitMap]]:
    cursor = work.store.cursor()
    by_hand.make_views(cursor, work.schema())
    seconds, people = {}, {}
    for query in by_hand.queries():
        if query.kind == "segment":
            values = by_hand.parameters(query, day, SETTINGS.zone)
            seconds[query.name], _ = timed(lambda query=query, values=values: by_hand.answer(cursor, query, values))
            people[query.name] = by_hand.people(cursor)
    return seconds, people


def _same(lohko: dict[str, BitMap], hand: dict[str, BitMap]) -> None:
    assert lohko.keys() == hand.keys(), lohko.keys() ^ hand.keys()
    wrong = [f"{name}: {len(lohko[name])} and {len(hand[name])}" for name in hand if lohko[name] != hand[name]]
    assert not wrong, f"Lohko and the hand-written query find other people: {'; '.join(wrong)}"
    assert all(hand.values()), "a segment is empty, which shows nothing"


def measure_counts(work: Work, times: int) -> list[Row]:
    """Counting a rule that is not saved."""
    cursor, rows = work.store.cursor(), []
    by_hand.make_views(cursor, work.schema())
    for query in by_hand.queries():
        if query.kind == "rule":
            values = by_hand.parameters(query, TODAY, SETTINGS.zone)
            found = count(work, silent, condition=query.name, as_of=TODAY)["count"]
            expected = cursor.execute(query.sql, values).fetchall()[0][0]
            assert found == expected > 0, (query.name, found, expected)
            lohko = best(lambda query=query: _count_anew(work, query.name), times)
            hand = best(lambda query=query, values=values: cursor.execute(query.sql, values).fetchall(), times)
            leaves = query.name.count(" and ") + query.name.count(" or ") + 1
            rows.append(Row(f"count, {leaves} {'leaf' if leaves == 1 else 'leaves'}", lohko, hand, query.name[:60]))
    return rows


def _count_anew(work: Work, rule: str) -> None:
    work.leaves = LeafCache()
    count(work, silent, condition=rule, as_of=TODAY)


def measure_explain(work: Work, times: int) -> list[Row]:
    """Explaining one person's membership, beside the one query that answers the same."""
    cursor = work.store.cursor()
    by_hand.make_views(cursor, work.schema())
    query = next(query for query in by_hand.queries() if query.kind == "explain")
    values = by_hand.parameters(query, TODAY, SETTINGS.zone)
    lohko = best(lambda: explain(work, silent, segment=query.name, customer=values["customer"], as_of=TODAY), times)
    hand = best(lambda: cursor.execute(query.sql, values).fetchall(), times)
    return [Row("explain one person", lohko, hand, query.name)]


def open_shop(path: Path):  # type: ignore[no-untyped-def]
    """The shop's workspace, open."""
    return open_work(path, silent)
