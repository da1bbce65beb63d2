"""What a query is made with: the schema, the instant, and the values that it is bound to.

Every value gets a number in the order it is bound, so the text of a query depends
on the shape of a condition and never on what stands in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from lohko.base.times import naive
from lohko.model.edges import window_range
from lohko.model.schema import Schema
from lohko.model.window import Window

NUMBER = "DECIMAL(38,10)"
"""As what numbers of rules are compared: exact, and wide enough for every number a rule may hold."""


Edge = Callable[[dt.datetime], Any]
"""What a parameter is at an instant."""


@dataclass(frozen=True)
class Query:
    """SQL that selects a column of person keys, what $1, $2 ... in it are bound to, and whether its complement is meant.

    `edges` are the parameters that follow from the instant asked about, by their places.
    """

    sql: str
    parameters: tuple[Any, ...]
    complement: bool = False
    edges: tuple[tuple[int, Edge], ...] = field(default=(), compare=False)

    def at(self, as_of: dt.datetime) -> Query:
        """The same question at another instant: only its edges are others."""
        bound = list(self.parameters)
        for place, edge in self.edges:
            bound[place] = edge(as_of)
        return replace(self, parameters=tuple(bound))


@dataclass
class Asked:
    """One question on its way to SQL."""

    schema: Schema
    as_of: dt.datetime
    zone: ZoneInfo
    parameters: list[Any] = field(default_factory=list)
    edges: list[tuple[int, Edge]] = field(default_factory=list)

    def bind(self, value: Any, kind: str) -> exp.Expr:
        """A place for a value, read as that SQL type."""
        self.parameters.append(value)
        return exp.cast(exp.Placeholder(this=str(len(self.parameters))), kind, dialect="duckdb")

    def number(self, value: Decimal | int) -> exp.Expr:
        """A place for an exact number."""
        return self.bind(value, NUMBER)

    def numbers(self, values: Sequence[Decimal | int]) -> exp.Expr:
        """A place for a list of them."""
        return self.bind(list(values), f"{NUMBER}[]")

    def texts(self, values: Sequence[str]) -> exp.Expr:
        """A place for a list of texts."""
        return self.bind(list(values), "VARCHAR[]")

    def edge(self, of: Edge, kind: str) -> exp.Expr:
        """A place for what follows from the instant asked about; that it is there at all must not."""
        self.edges.append((len(self.parameters), of))
        return self.bind(of(self.as_of), kind)

    def instant(self, of: Callable[[dt.datetime], dt.datetime]) -> exp.Expr:
        """A place for an instant that follows from the one asked about."""
        return self.edge(lambda as_of: naive(of(as_of)), "TIMESTAMP")

    def begin_of(self, window: Window | None) -> exp.Expr:
        """A place for the instant from which on a window counts, where it begins at all."""
        return self.edge(lambda as_of: _begin(window, as_of, self.zone), "TIMESTAMP")

    def end_of(self, window: Window | None) -> exp.Expr:
        """A place for the instant up to which a window counts."""
        return self.instant(lambda as_of: window_range(window, as_of, self.zone)[1])

    def query(self, tree: exp.Expr, complement: bool = False) -> Query:
        """The finished statement."""
        return Query(tree.sql("duckdb"), tuple(self.parameters), complement, tuple(self.edges))


def _begin(window: Window | None, as_of: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    low, _ = window_range(window, as_of, zone)
    return None if low is None else naive(low)
