"""Which messages of a source are known already: for as long as their rows are kept, whatever their number.

Looking every number up among all rows would go through all of them for every small
batch. So a 64-bit hash of each number is kept in memory (8 bytes a message), sorted:
what is not among these is new, and only what may be known is looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from lohko.engine.sql import render
from lohko.model.schema import Schema

Hashes = NDArray[np.uint64]
_ASKED = """
CREATE OR REPLACE TEMP TABLE asked_message AS SELECT message_id, hash(message_id) AS hashed, false AS maybe FROM asked_messages
"""
_SINCE = "SELECT hash(message_id) AS hashed FROM __table WHERE source = ? AND batch > ? AND NOT message_id IS NULL"
_KNOWN = """
SELECT message_id, digest FROM __table WHERE source = ? AND message_id IN (SELECT message_id FROM asked_message WHERE maybe)
"""
_MARK = "UPDATE asked_message SET maybe = true WHERE hashed IN (SELECT hashed FROM maybe_known)"


@dataclass
class Seen:
    """The hashes of a source's messages up to a batch. One too many does no harm: it is looked up.

    They are in a few sorted parts, each at least twice as long as the next: whatever comes is put in order with what is not much longer, so
    that no batch waits for all of them to be sorted.
    """

    through: int = 0
    _parts: list[Hashes] = field(default_factory=list)

    def add(self, hashes: Hashes) -> None:
        """Remember some more."""
        part = np.sort(hashes)
        while self._parts and len(self._parts[-1]) < 2 * len(part):
            part = np.sort(np.concatenate([self._parts.pop(), part]))
        if len(part):
            self._parts.append(part)

    def maybe(self, hashes: Hashes) -> Hashes:
        """Those that may be of known messages."""
        found = [np.empty(0, dtype=np.uint64)]
        for part in self._parts:
            place = np.minimum(np.searchsorted(part, hashes), len(part) - 1)
            found.append(hashes[part[place] == hashes])
        return np.concatenate(found)


def known_messages(cursor: DuckDBPyConnection, seen: Seen, source: str, schema: Schema, ids: Sequence[str], version: int) -> dict[str, str]:
    """Those of the numbers that messages of the source have already, with the digests of these; all of them are remembered as seen."""
    tables = ["message_row", *(event.table for event in schema.events.values())]
    if seen.through < version:
        for table in tables:
            seen.add(_hashes(cursor, render(_SINCE, {"__table": table}), [source, seen.through]))
        seen.through = version
    if not ids:
        return {}
    cursor.register("asked_messages", {"message_id": np.array(ids, dtype=object)})
    cursor.execute(_ASKED)
    cursor.unregister("asked_messages")
    asked = _hashes(cursor, "SELECT hashed FROM asked_message", [])
    maybe = seen.maybe(asked)
    seen.add(asked)
    if not len(maybe):
        return {}
    cursor.register("maybe_known", {"hashed": maybe})
    cursor.execute(_MARK)
    cursor.unregister("maybe_known")
    found: dict[str, str] = {}
    for table in tables:
        found |= dict(cursor.execute(render(_KNOWN, {"__table": table}), [source]).fetchall())
    return found


def _hashes(cursor: DuckDBPyConnection, sql: str, values: list[object]) -> Hashes:
    return np.asarray(cursor.execute(sql, values).fetchnumpy()["hashed"], dtype=np.uint64)
