"""Deals of companies without the person that they were made with: the deal is the company's and stays, with its value and its stages.

Of such a row goes whose it is, and every cell that is about a person: their address, their number, the column that names a contact.
A deal that names no company is the person's own, and is none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.sql import expression

_WHOSE = ("node", "node_kind", "node_value")
_COMPANY = ("company", "account_id")
_NAMES_SOMEBODY = re.compile(r"contact|person|yhteyshenkilö|henkilön? nimi", re.IGNORECASE)
_COLUMNS = "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))"
_SAID = "SELECT DISTINCT __said FROM read_parquet($path) WHERE __rows AND NOT __said IS NULL"


@dataclass(frozen=True)
class DealRows:
    """Which columns of a file of deals say of which company they are, and which are about a person."""

    companies: Sequence[str] = ()
    people: Sequence[str] = ()
    texts: Sequence[str] = ()
    """Those of `people` that hold texts."""
    others: Sequence[str] = ()
    """What else holds texts, in which somebody may be named: its title, what was said of it."""

    @property
    def named(self) -> exp.Expr:
        """The rows that name a company."""
        return exp.or_(exp.false(), *(expression("coalesce(trim(__c) <> '', false)", {"__c": name}) for name in self.companies))

    def of_company(self, rows: exp.Expr) -> exp.Expr:
        """Those of the rows that stay, severed."""
        return exp.and_(exp.paren(rows.copy()), self.named)

    def of_nobody_else(self, rows: exp.Expr) -> exp.Expr:
        """Those of the rows that are the person's alone."""
        return exp.and_(exp.paren(rows.copy()), exp.not_(exp.paren(self.named)))

    def said(self, cursor: DuckDBPyConnection, path: Path, rows: exp.Expr) -> set[str]:
        """What the columns about a person say in these rows."""
        found: set[str] = set()
        for name in self.texts:
            asked = expression(_SAID, {"__said": name}, {"__rows": rows.copy()}).sql("duckdb")
            found |= {text for (text,) in cursor.execute(asked, {"path": str(path)}).fetchall()}
        return found


def deal_rows(cursor: DuckDBPyConnection, path: Path, plan: Iterable[Mapping[str, Any]]) -> DealRows:
    """The columns of a file of deals by what an import says of them."""
    kinds = dict(cursor.execute(_COLUMNS, [str(path)]).fetchall())
    companies, people = [], [name for name in _WHOSE if name in kinds]
    for item in plan:
        if item["role"] == "deal" and item["name"] in _COMPANY and item["column"] in kinds:
            companies.append(item["column"])
        elif item["role"] not in ("deal", "property") or _NAMES_SOMEBODY.search(f"{item.get('label') or ''} {item['name']}"):
            people += [name for name in (item["column"], f"{item['column']}_f", f"{item['column']}_o") if name in kinds]
    texts = [name for name, kind in kinds.items() if kind == "VARCHAR"]
    own = {"node_kind", "message_id", "digest", *companies, *(f"{name}_f" for name in companies)}
    return DealRows(
        companies,
        people,
        [name for name in texts if name in people and name not in own],
        [name for name in texts if name not in people and name not in own],
    )
