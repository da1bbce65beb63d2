"""Rows of a staged file that are taken out of it again before anything else reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.incoming import count_rows
from lohko.engine.sql import column, expression, render

_IDENTITIES = "SELECT DISTINCT node_kind, node_value FROM read_parquet(?) WHERE NOT node_value IS NULL"
_SAID = "SELECT DISTINCT CAST(__said AS VARCHAR) FROM read_parquet(?) WHERE NOT __said IS NULL"
_COLUMNS = "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))"
_WITHOUT = "SELECT * FROM read_parquet($path) WHERE NOT coalesce(__out, false)"
_REJECTED = "SELECT record, reason, raw FROM read_parquet(?)"
_RECORDS = "SELECT * FROM read_parquet($path) WHERE NOT record IN (SELECT record FROM out_record)"


def identities(cursor: DuckDBPyConnection, path: Path) -> list[tuple[str, str]]:
    """Whom the rows are of: kind and value."""
    return cursor.execute(_IDENTITIES, [str(path)]).fetchall()


def said(cursor: DuckDBPyConnection, path: Path, staged: str) -> Iterator[str]:
    """The distinct values of a staged column, as texts."""
    return (text for (text,) in cursor.execute(render(_SAID, {"__said": staged}), [str(path)]).fetchall())


def texts(cursor: DuckDBPyConnection, path: Path) -> list[str]:
    """The columns of a staged file that hold texts."""
    return [name for name, kind in cursor.execute(_COLUMNS, [str(path)]).fetchall() if kind == "VARCHAR"]


def blank(cursor: DuckDBPyConnection, path: Path, cells: Mapping[str, exp.Expr]) -> None:
    """Blank columns in these rows of theirs."""
    tree = expression(_WITHOUT, nodes={"__out": exp.false()})
    tree.set("expressions", [exp.Star(replace=[blanked(name, rows) for name, rows in cells.items()])])
    _write(cursor, tree.sql("duckdb"), path)


def blanked(name: str, rows: exp.Expr) -> exp.Expr:
    """A column without its cells in these rows."""
    return exp.case().when(rows.copy(), exp.null()).else_(column(name)).as_(name, quoted=True)


def that_say(name: str, found: Sequence[str]) -> exp.Expr:
    """The rows in which a column is one of these texts."""
    return exp.In(this=column(name), expressions=[exp.Literal.string(text) for text in found])


def take_out(cursor: DuckDBPyConnection, path: Path, rows: exp.Expr) -> int:
    """Take these rows out; how many."""
    before = count_rows(cursor, path)
    _write(cursor, expression(_WITHOUT, nodes={"__out": rows.copy()}).sql("duckdb"), path)
    return before - count_rows(cursor, path)


def rows_of(cursor: DuckDBPyConnection, whose: Sequence[tuple[str, str]], says: Mapping[str, Sequence[str]]) -> exp.Expr | None:
    """The rows that are of one of these identities, or say one of these texts in their staged column; None when nobody is asked about."""
    conditions: list[exp.Expr] = []
    if whose:
        _register(cursor, "out_identity", {"kind": [kind for kind, _ in whose], "value": [value for _, value in whose]})
        conditions.append(expression("(node_kind, node_value) IN (SELECT kind, value FROM out_identity)"))
    for place, (staged, texts) in enumerate(says.items()):
        _register(cursor, f"out_{place}", {"said": texts})
        template = "CAST(__said AS VARCHAR) IN (SELECT said FROM __out)"
        conditions.append(expression(template, {"__out": f"out_{place}"}, {"__said": column(staged)}))
    return exp.or_(*conditions) if conditions else None


def rejected(cursor: DuckDBPyConnection, path: Path) -> list[tuple[int, str, str | None]]:
    """The rejected rows: record, reason, as it came."""
    return cursor.execute(_REJECTED, [str(path)]).fetchall()


def take_records(cursor: DuckDBPyConnection, path: Path, records: Sequence[int]) -> None:
    """Take out the rows of some records."""
    cursor.register("out_record", {"record": np.array(records, dtype=np.int64)})
    _write(cursor, _RECORDS, path)


def _register(cursor: DuckDBPyConnection, name: str, columns: Mapping[str, Sequence[str]]) -> None:
    cursor.register(name, {key: np.array(values, dtype=object) for key, values in columns.items()})


def _write(cursor: DuckDBPyConnection, sql: str, path: Path) -> None:
    left = path.with_name(f"{path.name}.left")
    cursor.sql(sql, params={"path": str(path)}).write_parquet(str(left), compression="snappy")
    left.replace(path)
