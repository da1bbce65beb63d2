"""A Parquet file becomes the table `raw`."""

from __future__ import annotations

from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.errors import InputError
from lohko.engine.sql import expression, render
from lohko.landing.detect import most_unpacked, too_large_unpacked
from lohko.landing.personal_code import mask
from lohko.landing.table import Records, distinct, names, number_rows

_MANY_CELLS = 100_000_000


def read_parquet(connection: DuckDBPyConnection, path: Path) -> Records:
    """Fill the table `raw` from a Parquet file, every value as the text that a CSV would hold."""
    try:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        sources = [(str(row[0]), str(row[1])) for row in described]
        labels = distinct(name for name, _ in sources)
        _check_size(connection, path, len(labels))
        texts = [_text(name, kind).as_(target, quoted=True) for (name, kind), target in zip(sources, names(len(sources)), strict=True)]
        connection.execute(
            render("CREATE OR REPLACE TABLE texts AS SELECT __texts FROM read_parquet(?)", lists={"__texts": texts}), [str(path)]
        )
        received = number_rows(connection)
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, UnicodeDecodeError, RuntimeError) as error:
        raise InputError(
            "bad_parquet", "The Parquet file is damaged or of a kind that cannot be read.", hint="write it again, or export CSV."
        ) from error
    if received == 0:
        raise InputError("no_rows", "The Parquet file has no rows.", place=f"columns: {', '.join(labels[:40])}")
    said = connection.execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(path)]).fetchall()
    beside = [bytes(part).decode("utf-8", "replace") for row in said for part in row]
    return Records(labels, {}, received, elsewhere=sum(mask(text)[1] for text in [*(name for name, _ in sources), *beside]))


def _check_size(connection: DuckDBPyConnection, path: Path, columns: int) -> None:
    """InputError when a small file claims to hold very much, as one does that was made to fill the memory."""
    rows = connection.execute("SELECT num_rows FROM parquet_file_metadata(?)", [str(path)]).fetchall()[0][0]
    size = connection.execute("SELECT sum(total_uncompressed_size) FROM parquet_metadata(?)", [str(path)]).fetchall()[0][0]
    cells = max(_MANY_CELLS, 100 * path.stat().st_size)
    if rows * columns > cells or (size or 0) > 10 * most_unpacked(path):
        raise too_large_unpacked()


def _text(name: str, kind: str) -> exp.Expr:
    if kind in ("DOUBLE", "FLOAT"):
        template = "CASE WHEN isnan(__c) THEN NULL WHEN __c = trunc(__c) AND abs(__c) < 1e15 THEN CAST(CAST(__c AS BIGINT) AS VARCHAR) ELSE CAST(__c AS VARCHAR) END"
    elif kind.startswith("DECIMAL") and not kind.endswith(",0)"):
        template = "rtrim(rtrim(CAST(__c AS VARCHAR), '0'), '.')"
    elif kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        template = "CAST(to_json(__c) AS VARCHAR)"
    else:
        template = "CAST(__c AS VARCHAR)"
    return expression(template, {"__c": name})
