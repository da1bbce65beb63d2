"""A merged person's values: at every instant the one that the rule says, found by looking at each record by itself."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.layout import empty_store, insert
from identity.records import SCHEMA
from lohko.engine.intervals import make_intervals

SOURCES = ("shop", "crm", "news")
DAYS = [dt.datetime(2026, 1, day) for day in range(1, 8)]
LONG_AGO = dt.datetime(1, 1, 1)
_kept = []

said = st.tuples(st.integers(1, 4), st.sampled_from(DAYS), st.sampled_from(("Oulu", "Salo", "Tampere", None)), st.booleans())
"""Record, day, value (none: it was taken away), and whether the source told no time."""


def store_of(rows, rule, sources):
    """Records 1 to 3 are one person, record 4 is another."""
    if not _kept:
        _kept.append(empty_store(SCHEMA))
    else:
        _kept[0].execute("ROLLBACK")
    store = _kept[0]
    store.execute("BEGIN")
    nodes = [(1, 1, "shop"), (2, 1, "crm"), (3, 1, "news"), (4, 4, "shop")]
    insert(store, [("node", {"node": n, "person": p, "source": s, "kind": "id", "value": str(n), "own": n}) for n, p, s in nodes])
    insert(store, [("link", {"node": 2, "person": 1, "before": 2, "cause": "merge", "batch": 1})])
    insert(store, [("survivorship", {"attribute": "a_city", "rule": rule, "sources": list(sources), "batch": 1})])
    for node, at, value, timeless in rows:
        row = {"node": node, "value": value, "fold": value and value.lower(), "at": at, "timeless": timeless, "batch": 1}
        insert(store, [("o_a_city", row)])
    make_intervals(store, [("o_a_city", "a_city")], "node")
    return store


def of_record(rows, node, at):
    """What one record says just before an instant: value, since when, and whether that is only assumed; None for nothing."""
    own = [row for row in rows if row[0] == node]
    past = [row for row in own if row[1] < at]
    if past:
        last = max(row[1] for row in past)
        values = sorted(row[2] for row in past if row[1] == last and row[2] is not None)
        return (values[-1], last, False, None) if values else None
    return _assumed(own)


def _assumed(own):
    """The first value without a time of its own holds for all earlier instants; of one day the greatest counts, and it counts as that row's."""
    for day in sorted({row[1] for row in own}):
        best = max((row for row in own if row[1] == day and row[2] is not None), key=lambda row: row[2], default=None)
        if best is not None and best[3]:
            return best[2], LONG_AGO, True, min(row[1] for row in own)
    return None


def of_person(rows, nodes, at, rule, sources):
    """The first of the records' values, known ones before assumed ones, then by the rule, then the latest said."""
    found = [(node, told) for node in nodes if (told := of_record(rows, node, at)) is not None]

    def order(item):
        node, (value, since, assumed, until) = item
        source = SOURCES[node - 1] if node < 4 else "shop"
        place = (sources.index(source) if source in sources else 99) if rule == "source priority" else 0
        size = -len(value) if rule == "most complete" else 0
        return assumed, place, size, until or LONG_AGO, -(since - LONG_AGO).total_seconds(), [-ord(letter) for letter in value]

    return min(found, key=order)[1][0] if found else None


@settings(max_examples=max(25, settings().max_examples // 2))
@given(
    st.lists(said, max_size=8, unique_by=lambda row: (row[0], row[1], row[2])),
    st.sampled_from(("most recent", "source priority", "most complete")),
    st.permutations(SOURCES).map(lambda found: found[:2]),
)
def test_one_value_at_a_time_by_the_rule(rows, rule, sources):
    """At every instant a person has at most one value, and it is the one that the plain way finds; for whoever has one record, too."""
    store = store_of(rows, rule, sources if rule == "source priority" else ())
    for person, nodes in ((1, (1, 2, 3)), (4, (4,))):
        for at in [*(day + dt.timedelta(hours=12) for day in DAYS), DAYS[0] - dt.timedelta(days=400)]:
            held = store.execute(
                "SELECT value FROM a_city WHERE person = ? AND valid_from < CAST(? AS TIMESTAMP) AND valid_to >= CAST(? AS TIMESTAMP)",
                [person, at, at],
            ).fetchall()
            wanted = of_person(rows, nodes, at, rule, sources)
            assert held == ([] if wanted is None else [(wanted,)]), (person, at)


@pytest.mark.parametrize(("rule", "value"), [("most recent", "Salo"), ("source priority", "Oulu"), ("most complete", "Tampere")])
def test_each_rule_chooses_its_own(rule, value):
    rows = [(1, DAYS[0], "Oulu", False), (2, DAYS[1], "Tampere", False), (3, DAYS[2], "Salo", False)]
    store = store_of(rows, rule, ("shop",) if rule == "source priority" else ())
    assert store.execute("SELECT value FROM a_city WHERE valid_to > TIMESTAMP '2027-01-01'").fetchall() == [(value,)]


def test_what_is_said_again_is_as_recent_as_its_last_saying():
    """Salo on the first day, Oulu from another record on the second, Salo again on the third: Salo."""
    rows = [(1, DAYS[0], "Salo", False), (2, DAYS[1], "Oulu", False), (1, DAYS[2], "Salo", False)]
    store = store_of(rows, "most recent", ())
    assert store.execute("SELECT value, valid_from FROM a_city ORDER BY valid_from").fetchall() == [
        ("Salo", DAYS[0]),
        ("Oulu", DAYS[1]),
        ("Salo", DAYS[2]),
    ]
