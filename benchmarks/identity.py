"""How long joining records into people takes, and how well it does.

    python -m benchmarks.identity --people 100000 1000000     # linear in people; and what one import of a thousand records costs
    python -m benchmarks.identity --figures                   # precision, recall and F1 on the public sets, beside Splink alone

The people are made up by SQL: each has one to three records over three sources, with e-mail, phone, name, birthday and postcode, some of them left out.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np

from benchmarks.identity_sets import DATA, SCHEMA, SETS, deterministic, read, scored
from benchmarks.splink_alone import alone, read_raw
from lohko.base.times import zone
from lohko.engine.identity import Found, find_merges
from lohko.engine.links import columns_of
from lohko.engine.sql import render
from lohko.engine.store import fill_local_offsets
from lohko.engine.tables import FIXED, observed_table, shape
from lohko.model.identity import IdentityRules

_NODES = """
INSERT INTO node SELECT row_number() OVER (ORDER BY p, s), row_number() OVER (ORDER BY p, s), list_extract(['shop', 'crm', 'news'], s + 1),
    CASE WHEN s = 2 THEN 'email' ELSE 'id' END, CASE WHEN s = 2 THEN concat('m', p, '@x.fi') ELSE CAST(p AS VARCHAR) END,
    row_number() OVER (ORDER BY p, s)
FROM (SELECT range AS p FROM range(CAST(? AS BIGINT))) AS people, (SELECT range AS s FROM range(3)) AS sources WHERE s = 0 OR hash(p, s) % 4 = 0
"""
_WHO = """
CREATE TEMP TABLE who AS SELECT node, source, CASE WHEN kind = 'email' THEN CAST(regexp_extract(value, '[0-9]+') AS BIGINT) ELSE CAST(value AS BIGINT) END AS p
FROM node
"""
_SAID = {
    "email": "CASE WHEN hash(node, 1) % 10 < 8 THEN concat('m', p, '@x.fi') END",
    "phone": "CASE WHEN hash(node, 2) % 10 < 6 THEN concat('04', lpad(CAST(p AS VARCHAR), 8, '0')) END",
    "first_name": "concat('first', hash(p, 3) % 900)",
    "last_name": "concat('last', hash(p, 4) % 20000)",
    "postcode": "CASE WHEN hash(node, 5) % 10 < 7 THEN lpad(CAST(hash(p, 6) % 99999 AS VARCHAR), 5, '0') END",
    "birthday": "CASE WHEN hash(node, 7) % 10 < 3 THEN DATE '1940-01-01' + CAST(hash(p, 8) % 25000 AS INTEGER) END",
}
_LATE = "INSERT INTO batch_person SELECT 2, node FROM node ORDER BY hash(node) LIMIT 1000"


def store_of(people: int) -> duckdb.DuckDBPyConnection:
    """A store with so many people, each record its own person still."""
    store = duckdb.connect(config={"memory_limit": "5GB"})
    for statement in FIXED:
        store.execute(statement)
    fill_local_offsets(store, zone("Europe/Helsinki"))
    shape(store.cursor(), SCHEMA)
    store.execute(_NODES, [people])
    store.execute("INSERT INTO person SELECT node, CAST(node AS VARCHAR), true, value FROM node")
    store.execute(_WHO)
    for name, said in _SAID.items():
        fold = "NULL" if name == "birthday" else "lower(said)"
        sql = f"INSERT INTO __t SELECT node, said, {fold}, TIMESTAMP '2026-01-01', false, 1 FROM (SELECT node, {said} AS said FROM who) WHERE NOT said IS NULL"  # noqa: S608
        store.execute(render(sql, {"__t": observed_table(SCHEMA.attributes[name])}))
    store.execute(_LATE)
    return store


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds by the clock, seconds that the processor worked (all threads), and what came of it."""
    start, worked = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - start, time.process_time() - worked, found


def growth(sizes: list[int]) -> None:
    """One line a size: seconds for all records and for a thousand among them, by the clock and of the processor, and the most memory so far."""
    rules = IdentityRules()
    print(
        f"{'people':>10} {'records':>10} {'joined':>9} {'all, s':>8} {'cpu, s':>8} {'us/record':>10} {'1,000, s':>9} {'cpu, s':>7} {'GB':>5}"
    )
    for people in sizes:
        store = store_of(people)
        [(records,)] = store.execute("SELECT count(*) FROM node").fetchall()
        late, late_worked, some = timed(lambda: find_merges(store.cursor(), SCHEMA, rules, "FI", since=1))  # noqa: B023
        whole, worked, found = timed(lambda: find_merges(store.cursor(), SCHEMA, rules, "FI"))  # noqa: B023
        assert isinstance(found, Found) and len(some.links) <= len(found.links)
        _check(store, found)
        print(
            f"{people:>10,} {records:>10,} {sum(found.merged.values()):>9,} {whole:>8.1f} {worked:>8.1f} {worked / records * 1e6:>10.1f} "
            f"{late:>9.1f} {late_worked:>7.1f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:>5.1f}",
            flush=True,
        )
        store.close()


def _check(store: duckdb.DuckDBPyConnection, found: Found) -> None:
    """Nobody was joined with somebody else: who every record is, is known here."""
    store.register("joined", {name: values for name, values in columns_of(found.links).items() if name in ("node", "person")})
    wrong = store.execute(
        "SELECT count(*) FROM joined AS j JOIN who AS a ON a.node = j.node JOIN who AS b ON b.node = j.person WHERE a.p <> b.p"
    ).fetchall()[0][0]
    store.unregister("joined")
    if wrong:
        raise SystemExit(f"{wrong} records were joined with somebody else")


def figures(names: list[str]) -> None:
    """Two lines a set, Lohko's and Splink's alone: precision, recall and F1 of rules, of scored pairs, and of the people these make; seconds; the ratio."""
    heads = f"{'rules':^22} {'scored pairs':^22} {'scored people':^22}"
    print(f"{'set':<16} {'by':<7} {heads} {'s':>6} {'cpu, s':>7} {'ratio':>6}")
    for name in names:
        if not (DATA / SETS[name].path).is_file():
            print(f"{name:<16} is not there (LOHKO_TEST_DATA)")
            continue
        columns, raw = read(name), read_raw(name)
        rules = deterministic(columns)
        again = range(1 if len(raw["truth"]) > 10_000 else 2)  # the first of short runs also loads what Splink needs
        theirs = [timed(lambda: alone(name, raw, 0.5)) for _ in again]  # noqa: B023
        ours = [timed(lambda: scored(columns, 0.5)) for _ in again]  # noqa: B023
        best = [min(runs, key=lambda run: run[1]) for runs in (ours, theirs)]
        for by, (seconds, worked, of), first in zip(("Lohko", "Splink"), best, (rules, None), strict=True):
            said = "  ".join(" " * 20 if one is None else f"{one.precision:.4f} {one.recall:.4f} {one.f1:.4f}" for one in (first, *of))
            ratio = f"{worked / best[1][1]:>6.2f}" if by == "Lohko" else ""
            print(f"{name:<16} {by:<7} {said} {seconds:>6.1f} {worked:>7.1f} {ratio}", flush=True)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="*", default=[])
    parser.add_argument("--figures", nargs="*", choices=[*SETS, []], default=None, help="the public sets, all when none is named")
    given = parser.parse_args()
    if given.people:
        growth(given.people)
    if given.figures is not None:
        figures(given.figures or list(SETS))


if __name__ == "__main__":
    np.seterr(all="raise")
    main()
