"""The leaves of a run, one after another: each asked once, watched, and, when it fails, failing only those who use it.

A query that fails ends the snapshot it was asked in. The next leaf gets a new one,
which shows the same data as long as nothing is loaded meanwhile: whoever uses this
holds the workspace's guard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import TypeVar

import duckdb
from pyroaring import BitMap

from lohko.base.errors import LohkoError, StoreError
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import Engine
from lohko.engine.store import is_damage
from lohko.model.condition import Leaf, OfAccount
from lohko.model.definition import Limit

Answer = TypeVar("Answer")


class InTurn:
    """An engine whose leaves are told to `before` before they are asked: it shows progress, or raises to end the run between two."""

    def __init__(self, engine: DuckEngine, before: Callable[[int, Leaf], None]) -> None:
        self._engine: Engine[BitMap] = engine
        self._before, self._again = before, engine.begin_again
        self._asked: set[object] = set()
        self._failed: dict[object, LohkoError] = {}

    def everyone(self) -> BitMap:
        """The living."""
        return self._engine.everyone()

    def profiled(self) -> BitMap:
        """Those of them who have not objected to profiling."""
        return self._engine.profiled()

    def ask(self, leaf: Leaf, among: BitMap | None = None) -> BitMap:
        """The people of a leaf; the error that it failed with, also when it is asked again."""
        if leaf in self._failed:
            raise self._failed[leaf]
        if leaf not in self._asked:
            self._before(len(self._asked), leaf)
            self._asked.add(leaf)
        try:
            return self._tried(lambda: self._engine.ask(leaf, among))
        except LohkoError as error:
            self._failed[leaf] = error
            raise

    def of_contacts(self) -> Engine[BitMap]:
        """The same inside an account condition."""
        inside = copy(self)
        inside._engine = self._tried(self._engine.of_contacts)
        return inside

    def transform(self, node: OfAccount, people: BitMap) -> BitMap:
        """The contacts of accounts."""
        return self._tried(lambda: self._engine.transform(node, people))

    def best(self, people: BitMap, limit: Limit) -> BitMap:
        """The best of the people."""
        return self._tried(lambda: self._engine.best(people, limit))

    def both(self, sets: Sequence[BitMap]) -> BitMap:
        """Intersection."""
        return self._engine.both(sets)

    def either(self, sets: Sequence[BitMap]) -> BitMap:
        """Union."""
        return self._engine.either(sets)

    def without(self, one: BitMap) -> BitMap:
        """Complement within the living."""
        return self._engine.without(one)

    def _tried(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except duckdb.Error as error:
            if is_damage(error):
                raise
            self._again()
            raise failed(error) from error


def failed(error: duckdb.Error) -> LohkoError:
    """What is said of a query that the store could not answer: its kind, not its text, which may hold a customer's data."""
    kind = type(error).__name__.removesuffix("Exception")
    hint = (
        "give the process more memory, or shorten the window."
        if kind == "OutOfMemory"
        else "run `lohko rebuild`; if it comes back, report it."
    )
    return StoreError("leaf_failed", f"A condition of it could not be answered by the store ({kind}).", hint=hint)
