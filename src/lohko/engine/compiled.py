"""Leaves as SQL, kept from question to question: at another instant only the edges that follow from it are bound anew.

To make the text of a leaf takes longer than to ask a few people's rows. The text
follows from the leaf and from the schema, so it is kept as long as the schema is
the same. Leaves about traits are not: their text follows from the instant too.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from lohko.engine.asked import Query
from lohko.engine.compile import compile_leaf
from lohko.engine.compile_together import Together, together
from lohko.model.condition import Leaf
from lohko.model.schema import Schema

_MOST = 5_000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Asking:
    """How some leaves are asked: those that one statement answers, all others alone; and the words of the whole SQL."""

    together: tuple[Together, ...]
    words: frozenset[str]


class Compiled:
    """The queries of leaves. May be used by several threads: at worst something is made twice."""

    def __init__(self, schema: Schema, zone: ZoneInfo) -> None:
        self.schema, self._zone = schema, zone
        self._alone: dict[Leaf, Query] = {}
        self._asking: dict[tuple[Leaf, ...], Asking] = {}

    def leaf(self, leaf: Leaf, as_of: dt.datetime) -> Query:
        """The query of a resolved leaf that is not about a trait, at an instant."""
        found = self._alone.get(leaf)
        if found is None:
            found = compile_leaf(leaf, self.schema, as_of, self._zone)
            if len(self._alone) >= _MOST:
                self._alone.clear()
            self._alone[leaf] = found
            return found
        return found.at(as_of)

    def asking(self, leaves: Iterable[Leaf], as_of: dt.datetime) -> Asking:
        """How these leaves are asked of a few people."""
        key = tuple(leaves)
        found = self._asking.get(key)
        if found is None:
            made = together(key, self.schema, as_of, self._zone)
            by_one = {leaf for item in made for leaf in item.leaves}
            texts = [item.query.sql for item in made] + [self.leaf(leaf, as_of).sql for leaf in key if leaf not in by_one]
            self._asking = {key: Asking(tuple(made), frozenset(word for text in texts for word in _WORD.findall(text)))}
            found = self._asking[key]
        return found
