"""What a query is made with: the schema, the instant, and the values that it is bound to.

Every value gets a number in the order it is bound, so the text of a query depends
on the shape of a condition and never on what stands in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from lohko.model.schema import Schema

NUMBER = "DECIMAL(38,10)"
"""As what numbers of rules are compared: exact, and wide enough for every number a rule may hold."""


@dataclass(frozen=True)
class Query:
    """SQL that selects a column of person keys, what $1, $2 ... in it are bound to, and whether its complement is meant."""

    sql: str
    parameters: tuple[Any, ...]
    complement: bool = False


@dataclass
class Asked:
    """One question on its way to SQL."""

    schema: Schema
    as_of: dt.datetime
    zone: ZoneInfo
    parameters: list[Any] = field(default_factory=list)

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

    def instant(self, moment: dt.datetime) -> exp.Expr:
        """A place for an instant."""
        return self.bind(naive(moment), "TIMESTAMP")

    def query(self, tree: exp.Expr, complement: bool = False) -> Query:
        """The finished statement."""
        return Query(tree.sql("duckdb"), tuple(self.parameters), complement)


def naive(moment: dt.datetime) -> dt.datetime:
    """An instant as the engine keeps it: UTC without saying so."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None)
