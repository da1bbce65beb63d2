"""Keys of people: allocated once, never reused, read back by every rebuild.

A node is one identity in one source (`shop`, customer id 17850), and comes with a
person of its own; that several are one person is said in the log (`engine/links.py`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, repeat
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from lohko.state.tables import node, person

ERASED = "erased"
"""The kind of a node whose person was erased: its key stays taken, and it is nobody's."""


AT_ONCE = 50_000
"""Of so many people the records are held in memory at a time."""
_LOOKED_UP = 10_000
_KNOWN = "SELECT value, node FROM node WHERE source = ? AND kind = ? AND value IN (SELECT value FROM json_each(?))"
"""Plain driver SQL, and one parameter for all: a statement with thousands of parameters takes longer to make than to answer."""


class Node(NamedTuple):
    """An identity in a source, with the dense key of its person and that person's public id."""

    node: int
    person: int
    person_id: str
    source: str
    kind: str
    value: str


NodeRow = tuple[int, int, str, str, str, str]
"""The same as the plain tuple that many are handled as."""


def public_ids(many: int) -> Iterator[str]:
    """Random ids for so many people (UUIDs of version 4), drawn at once: one by one they take as long as writing the people down."""
    said = os.urandom(16 * many).hex()
    for at in range(0, len(said), 32):
        variant = "89ab"[int(said[at + 16], 16) & 3]
        yield f"{said[at : at + 8]}-{said[at + 8 : at + 12]}-4{said[at + 13 : at + 16]}-{variant}{said[at + 17 : at + 20]}-{said[at + 20 : at + 32]}"


def next_node(connection: Connection) -> int:
    """The key that the next new identity gets."""
    return 1 + (connection.execute(select(func.max(node.c.node))).scalar() or 0)


def known(connection: Connection, source: str, identities: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The nodes of those of the identities (kind, value) that a source has already."""
    of_kind: dict[str, list[str]] = {}
    odd: list[tuple[str, str]] = []
    for kind, value in identities:
        if "\0" in value:  # where SQLite's texts in JSON would end
            odd.append((kind, value))
        else:
            of_kind.setdefault(kind, []).append(value)
    found: dict[tuple[str, str], int] = {}
    for kind, value in odd:
        number = connection.execute(select(node.c.node).where(node.c.source == source, node.c.kind == kind, node.c.value == value)).scalar()
        if number is not None:
            found[kind, value] = number
    for kind, values in of_kind.items():
        for begin in range(0, len(values), _LOOKED_UP):
            asked = json.dumps(values[begin : begin + _LOOKED_UP])
            rows = connection.exec_driver_sql(_KNOWN, (source, kind, asked)).fetchall()
            found.update({(kind, value): number for value, number in rows})
    return found


def allocate(connection: Connection, source: str, identities: Iterable[tuple[str, str]], batch: int) -> list[Node]:
    """Give each new (kind, value) of a source a node and a person, in the order given.

    The caller has made sure that none of them has a node yet. Nothing counts
    until the caller's transaction commits.
    """
    return [Node(*row) for part in allocate_in_parts(connection, source, identities, batch) for row in part]


def allocate_in_parts(connection: Connection, source: str, identities: Iterable[tuple[str, str]], batch: int) -> Iterator[list[NodeRow]]:
    """The same for any number of them, some thousands at a time; no more are held than those."""
    first = next_node(connection)
    first_person = 1 + (connection.execute(select(func.max(person.c.person))).scalar() or 0)
    rest = iter(identities)
    while part := list(islice(rest, AT_ONCE)):
        kinds, values = zip(*part, strict=True)
        nodes, persons = range(first, first + len(part)), range(first_person, first_person + len(part))
        first, first_person = nodes.stop, persons.stop
        # Plain driver SQL and plain tuples: a million people in seconds, where the ORM-style insert takes a minute.
        ids = list(public_ids(len(part)))
        connection.exec_driver_sql("INSERT INTO person (person, person_id, living) VALUES (?, ?, 1)", list(zip(persons, ids, strict=True)))
        connection.exec_driver_sql(
            "INSERT INTO node (node, person, source, kind, value, batch) VALUES (?, ?, ?, ?, ?, ?)",
            list(zip(nodes, persons, repeat(source), kinds, values, repeat(batch))),
        )
        yield list(zip(nodes, persons, ids, repeat(source), kinds, values))


_OF_BATCH = """
SELECT n.node, n.person, p.person_id, n.source, n.kind, n.value FROM node AS n JOIN person AS p ON p.person = n.person
WHERE n.batch = ? AND n.kind <> ? ORDER BY n.node
"""


def nodes_of_batch(connection: Connection, batch: int) -> Iterator[Sequence[NodeRow]]:
    """The nodes that came with a batch, in the order of their keys, many at a time."""
    rows = connection.exec_driver_sql(_OF_BATCH, (batch, ERASED)).cursor
    assert rows is not None
    while part := rows.fetchmany(AT_ONCE):  # the driver's own: to make something else of each takes twice the time of reading it
        yield part


def erase(connection: Connection, nodes: Sequence[int], people: Sequence[int]) -> None:
    """Blank these records and people; their keys are never given to anybody else."""
    if nodes:
        connection.exec_driver_sql("UPDATE node SET kind = ?, value = ? WHERE node = ?", [(ERASED, str(key), key) for key in nodes])
    if people:
        connection.exec_driver_sql(
            "UPDATE person SET person_id = ?, living = 0 WHERE person = ?", [(f"{ERASED} {key}", key) for key in people]
        )


def erased(connection: Connection) -> set[int]:
    """The keys of those who were erased."""
    found = connection.execute(select(person.c.person).where(person.c.person_id.startswith(f"{ERASED} ")))
    return {key for (key,) in found}
