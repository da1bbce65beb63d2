"""Keys of people: allocated once, never reused, read back by every rebuild.

A node is one identity in one source (`shop`, customer id 17850), and comes with a
person of its own; that several are one person is said in the log (`engine/links.py`).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

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
    return [node for part in allocate_in_parts(connection, source, identities, batch) for node in part]


def allocate_in_parts(connection: Connection, source: str, identities: Iterable[tuple[str, str]], batch: int) -> Iterator[list[Node]]:
    """The same for any number of them, some thousands at a time; no more are held than those."""
    first = next_node(connection)
    first_person = 1 + (connection.execute(select(func.max(person.c.person))).scalar() or 0)
    rest = iter(identities)
    while part := list(islice(rest, AT_ONCE)):
        nodes = [Node(first + i, first_person + i, str(uuid.uuid4()), source, kind, value) for i, (kind, value) in enumerate(part)]
        first, first_person = first + len(nodes), first_person + len(nodes)
        # Plain driver SQL: a million people in seconds, where the ORM-style insert takes a minute.
        connection.exec_driver_sql(
            "INSERT INTO person (person, person_id, living) VALUES (?, ?, 1)",
            [(n.person, n.person_id) for n in nodes],
        )
        connection.exec_driver_sql(
            "INSERT INTO node (node, person, source, kind, value, batch) VALUES (?, ?, ?, ?, ?, ?)",
            [(n.node, n.person, n.source, n.kind, n.value, batch) for n in nodes],
        )
        yield nodes


def nodes_of_batch(connection: Connection, batch: int) -> Iterator[Node]:
    """The nodes that came with a batch, in the order of their keys."""
    rows = connection.execute(
        select(node.c.node, node.c.person, person.c.person_id, node.c.source, node.c.kind, node.c.value)
        .join(person, person.c.person == node.c.person)
        .where(node.c.batch == batch, node.c.kind != ERASED)
        .order_by(node.c.node)
    )
    for part in rows.partitions(AT_ONCE):  # one row after the other takes three times as long
        yield from map(Node._make, part)


def erase(connection: Connection, nodes: Sequence[int], people: Sequence[int]) -> None:
    """Blank these records and people; their keys are never given to anybody else."""
    for key in nodes:
        connection.execute(update(node).where(node.c.node == key).values(kind=ERASED, value=str(key)))
    for key in people:
        connection.execute(update(person).where(person.c.person == key).values(person_id=f"{ERASED} {key}", living=False))
