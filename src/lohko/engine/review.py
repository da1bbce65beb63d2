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
    gather(cursor, schema, rules, country)
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


def before_merge(cursor: DuckDBPyConnection, person: int, merge: int | None = None) -> list[list[Record]]:
    """A person's records as the people they were before a merge that still holds, named by its batch, or the last one; one side only when there is none.

    What came to the person otherwise stays with those who were not moved.
    """
    records = {record.node: record for record in records_of(cursor, person)}
    came: dict[int, tuple[int, Link]] = {}
    for link, batch in history_of(cursor, person):
        if link.cause == "merge" and link.person == person and link.node in records:
            came[link.node] = (batch, link)
    wanted = max((batch for batch, _ in came.values()), default=0) if merge is None else merge
    sides: dict[int, list[Record]] = {}
    for node, record in records.items():
        batch, link = came.get(node, (0, Link(node, 0, 0, "merge", "", "")))
        sides.setdefault(link.before if batch == wanted else 0, []).append(record)
    return list(sides.values())


_DECIDED = """
SELECT l.batch, l.cause, l.how, l."by", count(DISTINCT l.node), list_sort(list(DISTINCT n.person))
FROM link AS l JOIN node AS n ON n.node = l.node OR n.node = l.other
WHERE l.cause <> 'together' AND (l.cause <> 'apart' OR NOT l.batch IN (SELECT batch FROM link WHERE cause = 'unmerge'))
    AND l.batch IN (SELECT batch FROM link GROUP BY batch HAVING bool_or("by" = 'person') OR count(DISTINCT person) <= 10)
GROUP BY l.batch, l.cause, l.how, l."by"
ORDER BY l.batch DESC, l.cause LIMIT ?
"""
_STANDING = """
SELECT DISTINCT person FROM link AS l WHERE batch = ? AND cause = 'merge' AND how = ? AND "by" = ?
    AND EXISTS (SELECT 1 FROM node AS n WHERE n.node = l.node AND n.person = l.person)
    AND NOT EXISTS (SELECT 1 FROM link AS m WHERE m.node = l.node AND m.batch > l.batch AND m.cause IN ('merge', 'unmerge'))
"""


@dataclass(frozen=True)
class Decided:
    """A decision about who is one person: its batch, what it did (merge, unmerge, apart), by what and by whom, how many records it was about, and whom they are of now."""

    batch: int
    cause: str
    how: str
    by: str
    records: int
    people: tuple[int, ...]
    standing: tuple[int, ...]
    """The people for whom this merge still holds, so that it can be undone."""


def decided(cursor: DuckDBPyConnection, limit: int) -> list[Decided]:
    """The latest decisions, the newest first; what rules joined in bulk is left out."""
    rows = cursor.execute(_DECIDED, [limit]).fetchall()
    return [
        Decided(batch, cause, how, by, records, tuple(people), _standing(cursor, batch, how, by) if cause == "merge" else ())
        for batch, cause, how, by, records, people in rows
    ]


def _standing(cursor: DuckDBPyConnection, batch: int, how: str, by: str) -> tuple[int, ...]:
    return tuple(person for (person,) in cursor.execute(_STANDING, [batch, how, by]).fetchall())


def _judged(one: Sequence[Record], other: Sequence[Record], cause: Cause, how: str, by: str) -> list[Link]:
    return [Link(a.node, 0, 0, cause, how, by, b.node) for a in one for b in other]
