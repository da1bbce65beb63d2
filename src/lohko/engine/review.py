"""What a person decides: pairs of people who may be one and were not joined, and the links that a decision makes.

A pair stands for review when the two share an identifier that is not everybody's, or
were scored as likely one, and nobody has told them apart. Beside it stands what kept the rules from joining them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from duckdb import DuckDBPyConnection

from lohko.engine.identity import KEPT_APART, MEMBERS, OTHER_NAMES, gather, speaks_against
from lohko.engine.links import Cause, Link, Record, history_of, person_of, records_of
from lohko.model.identity import IdentityRules
from lohko.model.schema import Schema

NO_NAME = "the full names are not the same"
SCORED = "alike"


@dataclass(frozen=True)
class Candidate:
    """Two people who may be one: the kinds of identifiers they share, why no rule joined them, and how likely it is where that was scored."""

    item: str
    first: int
    second: int
    shared: tuple[str, ...]
    reason: str
    probability: float | None = None


_PAIRS = """
WITH few AS (
    SELECT kind, list_sort(list(DISTINCT person)) AS people FROM usable GROUP BY kind, value HAVING count(DISTINCT person) BETWEEN 2 AND 10
), one AS (SELECT kind, people, unnest(people) AS a FROM few), pair AS (SELECT kind, a, unnest(people) AS b FROM one)
SELECT q.a, q.b, p.person_id, r.person_id, list_sort(list(DISTINCT q.kind))
FROM pair AS q JOIN person AS p ON p.person = q.a AND p.living JOIN person AS r ON r.person = q.b AND r.living
WHERE q.a < q.b GROUP BY q.a, q.b, p.person_id, r.person_id
"""


def candidates(
    cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules, country: str, scored: Mapping[tuple[int, int], float]
) -> list[Candidate]:
    """The pairs for review: the likely first, then those that share most; whose names clearly differ come last. `scored` is by keys of people."""
    gather(cursor, schema, rules, country, since=None)
    found = {(a, b): (_item(one, other), tuple(kinds)) for a, b, one, other, kinds in cursor.execute(_PAIRS).fetchall()}
    ids = dict(cursor.execute("SELECT person, person_id FROM person WHERE living").fetchall()) if scored else {}
    for a, b in scored:
        if a in ids and b in ids and (a, b) not in found:
            found[a, b] = (_item(ids[a], ids[b]), ())
    against = _against(cursor, list(found), rules)
    pairs = [
        Candidate(item, a, b, shared, against.get(place, NO_NAME if shared else SCORED), scored.get((a, b)))
        for place, ((a, b), (item, shared)) in enumerate(found.items())
        if against.get(place) != KEPT_APART
    ]
    return sorted(pairs, key=lambda c: (c.reason == OTHER_NAMES, -(c.probability or 0), -len(c.shared), c.reason, c.first, c.second))


def _item(one: str, other: str) -> str:
    """A short id of a pair, the same as long as both people live."""
    return hashlib.sha256("/".join(sorted((one, other))).encode()).hexdigest()[:10]


def _against(cursor: DuckDBPyConnection, pairs: Sequence[tuple[int, int]], rules: IdentityRules) -> dict[int, str]:
    """What speaks against each pair, by its place."""
    if not pairs:
        return {}
    people = np.array(pairs, dtype=np.int64).ravel()
    cursor.register("grouped_rows", {"person": people, "component": np.repeat(np.arange(len(pairs)), 2)})
    cursor.execute("CREATE OR REPLACE TEMP TABLE grouped AS SELECT person, component FROM grouped_rows")
    cursor.unregister("grouped_rows")
    cursor.execute(MEMBERS)
    return speaks_against(cursor, rules)


# --- decisions as links ----------------------------------------------------------------------


def joined(cursor: DuckDBPyConnection, people: Iterable[int], how: str, by: str = "person") -> list[Link]:
    """The links that make these people one; who was kept apart before is so no more."""
    sides = [records_of(cursor, person) for person in dict.fromkeys(people)]
    target = person_of(record for side in sides for record in side)
    links = [Link(record.node, target, person_of(side), "merge", how, by) for side in sides for record in side if person_of(side) != target]
    return links + [link for one, other in combinations(sides, 2) for link in _judged(one, other, "together", how, by)]


def kept_apart(cursor: DuckDBPyConnection, people: Iterable[int], how: str = "review") -> list[Link]:
    """The links that keep these people apart for ever, whatever their records come to share."""
    sides = [records_of(cursor, person) for person in dict.fromkeys(people)]
    return [link for one, other in combinations(sides, 2) for link in _judged(one, other, "apart", how, "person")]


def parted(person: int, sides: Sequence[Sequence[Record]], how: str) -> list[Link]:
    """The links that make several people of one person's records, and keep them apart."""
    links = [
        Link(record.node, person_of(side), person, "unmerge", how, "person")
        for side in sides
        for record in side
        if person_of(side) != person
    ]
    return links + [link for one, other in combinations(sides, 2) for link in _judged(one, other, "apart", how, "person")]


def before_last_merge(cursor: DuckDBPyConnection, person: int) -> list[list[Record]]:
    """A person's records as the people they were before the last merge that still holds; one side only when there is none.

    What came to the person afterwards stays with those who were not moved.
    """
    records = {record.node: record for record in records_of(cursor, person)}
    came: dict[int, tuple[int, Link]] = {}
    for link, batch in history_of(cursor, person):
        if link.cause == "merge" and link.person == person and link.node in records:
            came[link.node] = (batch, link)
    last = max((batch for batch, _ in came.values()), default=0)
    sides: dict[int, list[Record]] = {}
    for node, record in records.items():
        batch, link = came.get(node, (0, Link(node, 0, 0, "merge", "", "")))
        sides.setdefault(link.before if batch == last else 0, []).append(record)
    return list(sides.values())


def _judged(one: Sequence[Record], other: Sequence[Record], cause: Cause, how: str, by: str) -> list[Link]:
    return [Link(a.node, 0, 0, cause, how, by, b.node) for a in one for b in other]
