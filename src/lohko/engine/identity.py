"""Which records are one person: the identity graph, settled deterministically.

Records that share an identifier are linked as its rule says (`model/identity.py`);
people are the connected parts of that graph. What is one person already stays so.
A part in which something speaks against one person gives up its weakest links, all of
a strength at once, until nothing does; so the outcome does not depend on any order.

What speaks against: more records than the largest person may have, a pair that was
told to be kept apart, two birthdays, names that clearly differ, and two customer numbers of one source whose full names are not the same.

Only people who are touched are looked at, with everyone who shares an identifier with them. All of it is linear in their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from lohko.engine import identifiers
from lohko.engine.links import APART, Link
from lohko.engine.sql import expression
from lohko.engine.tables import observed_table
from lohko.maths.components import components
from lohko.model.identity import AGREEING, KINDS, IdentityRules
from lohko.model.schema import Attribute, Schema

_SEED_ALL = "INSERT INTO around SELECT node FROM node"
_SEED = """
INSERT INTO around SELECT node FROM node WHERE person IN (
    SELECT n.person FROM node AS n WHERE n.own IN (SELECT person FROM batch_person WHERE batch > CAST(? AS INTEGER)))
"""
_LOOKED_AT = "SELECT count(DISTINCT a.node), (SELECT count(*) FROM node) FROM around AS a"
_SOUGHT = "CREATE OR REPLACE TEMP TABLE sought AS SELECT DISTINCT kind, value FROM identifier"
_SHARING = """
CREATE OR REPLACE TEMP TABLE sharing AS
WITH whose AS (SELECT i.kind, i.value, n.person FROM identifier AS i JOIN node AS n ON n.node = i.node),
common AS (SELECT kind, value FROM whose GROUP BY kind, value HAVING min(person) < max(person))
SELECT w.person FROM whose AS w JOIN common AS c ON c.kind = w.kind AND c.value = w.value
"""
# With postcodes as `fact` has them: letters and digits alone.
_BORN_NEAR = """
INSERT INTO sharing
WITH born AS (
    SELECT n.person, b.said AS "day", regexp_replace(p.said, '[^\\pL\\pN]', '', 'g') AS code FROM told AS b JOIN told AS p ON p.node = b.node AND p.what = 'postcode'
    JOIN node AS n ON n.node = b.node WHERE b.what = 'birthday'
), common AS (SELECT "day", code FROM born GROUP BY "day", code HAVING min(person) < max(person))
SELECT b.person FROM born AS b JOIN common AS c ON c."day" = b."day" AND c.code = b.code
"""
_OF_SHARING = "CREATE OR REPLACE TEMP TABLE around AS SELECT node FROM node WHERE person IN (SELECT person FROM sharing)"
_BORN = "SELECT node FROM __table WHERE NOT value IS NULL AND node IN (SELECT node FROM around) LIMIT 1"
_BORN_ALIKE = """
INSERT INTO around SELECT node FROM (SELECT DISTINCT node, __said AS said FROM __table WHERE NOT value IS NULL) AS b
WHERE b.said IN (SELECT said FROM told WHERE what = 'birthday')
"""

# A value stands for as many people as there are different names beside it, and customer numbers of one source without any.
SHARED = """
CREATE OR REPLACE TEMP TABLE shared AS
WITH often AS (SELECT kind, value FROM identifier GROUP BY kind, value HAVING count(*) > $most),
named AS (
    SELECT i.kind, i.value, f.name, f.source, f.numbered FROM identifier AS i JOIN often AS o ON o.kind = i.kind AND o.value = i.value
    JOIN fact AS f ON f.node = i.node
), nameless AS (
    SELECT kind, value, max(n) AS n FROM (
        SELECT kind, value, source, count(*) FILTER (WHERE numbered AND name IS NULL) AS n FROM named GROUP BY kind, value, source
    ) AS s GROUP BY kind, value
)
SELECT d.kind, d.value FROM named AS d JOIN nameless AS w ON w.kind = d.kind AND w.value = d.value
GROUP BY d.kind, d.value HAVING count(DISTINCT d.name) + any_value(w.n) > $most
"""
_USABLE = """
CREATE OR REPLACE TEMP TABLE usable AS
SELECT i.node, i.kind, i.value, f.name, f.person, r.alone, r.strength
FROM identifier AS i JOIN kind_rule AS r ON r.kind = i.kind JOIN fact AS f ON f.node = i.node
WHERE NOT EXISTS (SELECT 1 FROM shared AS s WHERE s.kind = i.kind AND s.value = i.value)
"""
_EDGES = """
WITH star AS (
    SELECT kind, min(person) AS hub, list(DISTINCT person) AS people, CAST($agreeing AS INTEGER) AS strength
    FROM usable WHERE NOT name IS NULL GROUP BY kind, value, name HAVING min(person) < max(person)
    UNION ALL
    SELECT kind, min(person), list(DISTINCT person), strength
    FROM usable WHERE alone GROUP BY kind, value, strength HAVING min(person) < max(person)
), edge AS (SELECT kind, hub AS a, unnest(people) AS b, strength FROM star)
SELECT a, b, kind, max(strength) AS strength FROM edge WHERE a <> b GROUP BY a, b, kind ORDER BY a, b, kind
"""


@dataclass
class Found:
    """What the rules make of the records: who moves, and how many groups were held back for which reason."""

    links: list[Link] = field(default_factory=list)
    looked_at: int = 0
    merged: Counter[str] = field(default_factory=Counter)
    """People who became part of another, by the kind of identifier that says so."""
    held_back: Counter[str] = field(default_factory=Counter)


def find_merges(cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules, country: str, *, since: int | None = None) -> Found:
    """The merges that the rules ask for: among everyone, or with those about whom anything came after the batch `since`."""
    _look_around(cursor, schema, rules, country, since)
    looked_at = _looked_at(cursor)
    if not _leave_who_shares(cursor, schema, rules):
        return Found(looked_at=looked_at)
    _tell(cursor, schema, rules)
    return _settled(cursor, _Graph.read(cursor), rules, looked_at)


def find_scored_merges(
    cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules, country: str, pairs: Sequence[tuple[int, int]]
) -> Found:
    """The merges that pairs of people ask for which were scored as one: those against which nothing speaks."""
    gather(cursor, schema, rules, country)
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    kind = np.full(len(pairs), "scored", dtype=object)
    graph = _Graph.of(ends[:, 0], ends[:, 1], kind, np.ones(len(pairs), dtype=np.int64))
    return _settled(cursor, graph, rules, _looked_at(cursor), scored=True)


def _settled(cursor: DuckDBPyConnection, graph: _Graph, rules: IdentityRules, looked_at: int, *, scored: bool = False) -> Found:
    """Parts of the graph against which nothing speaks are one person; the others give up their weakest links, until none are left."""
    found = Found(looked_at=looked_at)
    while len(graph.a):
        label = graph.label()
        against = _against(cursor, graph, label, rules, scored=scored)
        if not found.held_back:  # the parts that are held back; what is left of them may be held back again
            found.held_back.update(against.values())
        of_edge = label[graph.place_a]
        bad = np.isin(of_edge, np.fromiter(against, dtype=np.int64, count=len(against)))
        _take(cursor, graph.only(~bad), found)
        graph = graph.only(bad).without_weakest(of_edge[bad])
    return found


def _looked_at(cursor: DuckDBPyConnection) -> int:
    return int(cursor.execute("SELECT count(DISTINCT node) FROM around").fetchall()[0][0])


def gather(cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules, country: str) -> None:
    """Make the tables of the identity graph of everyone: `identifier`, `fact`, `mark`, `shared`, `usable` and `apart`."""
    _look_around(cursor, schema, rules, country, None)
    _tell(cursor, schema, rules)


def _tell(cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules) -> None:
    """Make the other tables of those in `around`, whose identifiers are there."""
    identifiers.take_facts(cursor, schema)
    identifiers.take_composites(cursor, rules)
    cursor.execute(APART)
    cursor.execute(SHARED, {"most": rules.most_people_per_value})
    told = identifiers.kinds_table(rules, {kind.name: kind.strength for kind in KINDS.values()})
    cursor.register("kind_rule_rows", {name: np.array(values) for name, values in told.items()})
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE kind_rule AS SELECT kind, alone, CAST(strength AS INTEGER) AS strength FROM kind_rule_rows"
    )
    cursor.unregister("kind_rule_rows")
    cursor.execute(_USABLE)


def _look_around(cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules, country: str, since: int | None) -> None:
    """Fill `around` and `identifier`: with everyone, or with those about whom anything came, whoever was born on their day, and the identifiers of whoever shares one with them."""
    identifiers.begin(cursor)
    if since is None:
        cursor.execute(_SEED_ALL)
    else:
        cursor.execute(_SEED, [since])
    identifiers.take_identifiers(cursor, schema, rules, country)
    looked_at, known = cursor.execute(_LOOKED_AT).fetchall()[0]
    if looked_at == known:  # of a first import these are all
        return
    cursor.execute(_SOUGHT)
    cursor.execute("DELETE FROM identifier")
    identifiers.take_identifiers(cursor, schema, rules, country, sought="sought")
    birthday = _birthday(cursor, schema, rules)
    if birthday is not None:
        identifiers.take_told(cursor, schema, ("birthday",))
        names, nodes = {"__table": observed_table(birthday)}, {"__said": identifiers.said_of(birthday)}
        cursor.execute(expression(_BORN_ALIKE, names, nodes).sql("duckdb"))


def _leave_who_shares(cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules) -> bool:
    """Leave in `around` the records of those who share an identifier, or a birthday and a postcode, with somebody else: nobody else can be joined. Whether anybody is left."""
    cursor.execute(_SHARING)
    if _birthday(cursor, schema, rules) is not None:
        identifiers.take_told(cursor, schema, ("birthday", "postcode"))
        cursor.execute(_BORN_NEAR)
    cursor.execute(_OF_SHARING)
    return _looked_at(cursor) > 0


def _birthday(cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules) -> Attribute | None:
    """The attribute, where somebody in `around` has one that can tell with a name and a postcode who they are."""
    found = schema.attributes.get("birthday")
    if found is None or found.type == "text_set" or rules.rules["name_birthday_postcode"] == "never":
        return None
    return found if cursor.execute(expression(_BORN, {"__table": observed_table(found)}).sql("duckdb")).fetchall() else None


@dataclass(frozen=True)
class _Graph:
    """Links between people, as arrays of one length; `place_a` and `place_b` are the ends as places in `people`."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    kind: NDArray[Any]
    strength: NDArray[np.int64]
    people: NDArray[np.int64]
    place_a: NDArray[np.int64]
    place_b: NDArray[np.int64]

    @classmethod
    def read(cls, cursor: DuckDBPyConnection) -> _Graph:
        rows = cursor.execute(_EDGES, {"agreeing": AGREEING}).fetchnumpy()
        return cls.of(rows["a"].astype(np.int64), rows["b"].astype(np.int64), np.asarray(rows["kind"]), rows["strength"].astype(np.int64))

    @classmethod
    def of(cls, a: NDArray[np.int64], b: NDArray[np.int64], kind: NDArray[Any], strength: NDArray[np.int64]) -> _Graph:
        people, places = np.unique(np.concatenate([a, b]), return_inverse=True)
        return cls(a, b, kind, strength, people, places[: len(a)], places[len(a) :])

    def label(self) -> NDArray[np.int64]:
        """Per person, in the order of `people`, the part that they are in, as the key of its first person."""
        found: NDArray[np.int64] = self.people[components(self.place_a, self.place_b, len(self.people))]
        return found

    def only(self, which: NDArray[np.bool_]) -> _Graph:
        return self.of(self.a[which], self.b[which], self.kind[which], self.strength[which])

    def without_weakest(self, part: NDArray[np.int64]) -> _Graph:
        """The graph without the links that are the weakest of their part, which is said for each link."""
        if not len(part):
            return self
        parts, place = np.unique(part, return_inverse=True)
        weakest = np.full(len(parts), np.iinfo(np.int64).max)
        np.minimum.at(weakest, place, self.strength)
        return self.only(self.strength > weakest[place])


MEMBERS = """
CREATE OR REPLACE TEMP TABLE member AS SELECT g.component, f.* FROM grouped AS g JOIN fact AS f ON f.person = g.person
"""
_TOO_LARGE = "SELECT component FROM member GROUP BY component HAVING count(*) > $largest"
_KEPT_APART = """
SELECT DISTINCT m.component FROM apart AS p JOIN member AS m ON m.node = p.a JOIN member AS k ON k.node = p.b AND k.component = m.component
"""
_TWO_MARKS = """
WITH said AS (SELECT DISTINCT m.component, m.person, t.what, t.said FROM member AS m JOIN mark AS t ON t.node = m.node),
mixed AS (SELECT component, what FROM said GROUP BY component, what HAVING count(DISTINCT said) > 1)
SELECT DISTINCT component FROM (
    SELECT a.component FROM mixed AS x JOIN said AS a ON a.component = x.component AND a.what = x.what
    JOIN said AS b ON b.component = a.component AND b.what = a.what AND b.person > a.person
    GROUP BY a.component, a.what, a.person, b.person HAVING NOT bool_or(a.said = b.said)
) AS pair
"""
_OTHER_NAMES = """
WITH said AS (SELECT DISTINCT component, person, tokens FROM member WHERE len(tokens) > 0),
mixed AS (SELECT component FROM said GROUP BY component HAVING count(DISTINCT tokens) > 1)
SELECT DISTINCT component FROM (
    SELECT a.component FROM mixed AS x JOIN said AS a ON a.component = x.component
    JOIN said AS b ON b.component = a.component AND b.person > a.person
    GROUP BY a.component, a.person, b.person HAVING bool_and(__disagree)
) AS pair
"""
_TWO_NUMBERS = """
WITH numbered AS (SELECT DISTINCT component, person, source FROM member WHERE numbered),
twice AS (SELECT component, source FROM numbered GROUP BY component, source HAVING count(*) > 1),
named AS (SELECT DISTINCT component, person, name FROM member)
SELECT DISTINCT component FROM (
    SELECT a.component FROM twice AS x JOIN numbered AS a ON a.component = x.component AND a.source = x.source
    JOIN numbered AS b ON b.component = a.component AND b.source = a.source AND b.person > a.person
    JOIN named AS c ON c.component = a.component AND c.person = a.person JOIN named AS d ON d.component = b.component AND d.person = b.person
    GROUP BY a.component, a.source, a.person, b.person HAVING NOT bool_or(coalesce(c.name = d.name, false))
) AS pair
"""

TOO_LARGE, KEPT_APART, TWO_MARKS, OTHER_NAMES, TWO_NUMBERS = (
    "too many records",
    "kept apart",
    "two birthdays",
    "names differ",
    "two customer numbers of one source",
)


def _against(
    cursor: DuckDBPyConnection, graph: _Graph, label: NDArray[np.int64], rules: IdentityRules, *, scored: bool
) -> Mapping[int, str]:
    """The parts of the graph that cannot be one person, with what speaks against it."""
    cursor.register("grouped_rows", {"person": graph.people, "component": label})
    cursor.execute("CREATE OR REPLACE TEMP TABLE grouped AS SELECT person, component FROM grouped_rows")
    cursor.unregister("grouped_rows")
    cursor.execute(MEMBERS)
    return speaks_against(cursor, rules, scored=scored)


def speaks_against(cursor: DuckDBPyConnection, rules: IdentityRules, *, scored: bool = False) -> dict[int, str]:
    """The groups in the table `member` that cannot be one person, with the first reason against each.

    Two numbers of one source whose names are not quite the same speak only against what no score says.
    """
    found: dict[int, str] = {}
    other_names = expression(_OTHER_NAMES, nodes={"__disagree": identifiers.disagree("a", "b")}).sql("duckdb")
    checks: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (TOO_LARGE, _TOO_LARGE, {"largest": rules.largest_person}),
        (KEPT_APART, _KEPT_APART, {}),
        (TWO_MARKS, _TWO_MARKS, {}),
        (OTHER_NAMES, other_names, {}),
        (TWO_NUMBERS, _TWO_NUMBERS, {}),
    )
    for reason, sql, values in checks[:-1] if scored else checks:
        new = [component for (component,) in cursor.execute(sql, values).fetchall()]
        found = dict.fromkeys(new, reason) | found
        if reason == TOO_LARGE and new:  # pairs within it would be too many
            cursor.execute("DELETE FROM member WHERE list_contains(CAST(? AS BIGINT[]), component)", [new])
    return found


_MOVES = """
SELECT f.node, g.component AS person, g.person AS before, g.how FROM merging AS g JOIN fact AS f ON f.person = g.person
WHERE g.person <> g.component ORDER BY f.node
"""


def _take(cursor: DuckDBPyConnection, graph: _Graph, found: Found) -> None:
    """Move every record of the graph's people to the first person of their part."""
    if not len(graph.a):
        return
    strongest = np.argsort(graph.strength, kind="stable")
    how = np.empty(len(graph.people), dtype=object)
    for place in (graph.place_a, graph.place_b):
        how[place[strongest]] = graph.kind[strongest]
    label = graph.label()
    found.merged.update(how[label != graph.people].tolist())
    cursor.register("merging_rows", {"person": graph.people, "component": label, "how": how})
    cursor.execute("CREATE OR REPLACE TEMP TABLE merging AS SELECT * FROM merging_rows")
    cursor.unregister("merging_rows")
    found.links += [Link(node, person, before, "merge", how, "rule") for node, person, before, how in cursor.execute(_MOVES).fetchall()]


_OF_PERSON = "INSERT INTO around SELECT node FROM node WHERE person = ?"
# A record that is known by its address has it as a value too: it shares nothing with itself.
_COMMON = "SELECT kind, value, list_sort(list(DISTINCT node)) FROM identifier GROUP BY kind, value HAVING count(DISTINCT node) > 1 ORDER BY kind, value"


def in_common(
    cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules, country: str, person: int
) -> list[tuple[str, str, list[int]]]:
    """The identifiers that several records of a person share: kind, value in its comparable form, records."""
    identifiers.begin(cursor)
    cursor.execute(_OF_PERSON, [person])
    identifiers.take_identifiers(cursor, schema, rules, country)
    identifiers.take_facts(cursor, schema)
    identifiers.take_composites(cursor, rules)
    return cursor.execute(_COMMON).fetchall()
