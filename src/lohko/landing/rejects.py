"""Rows that are not accepted: looked at once more, so that it can be said why, and kept as they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.sql import column, copy_to_file, render
from lohko.formats.fields import Kind
from lohko.landing import judge
from lohko.landing.table import Broken

# In a list of customers also a row that was accepted may turn out to be the sum of the others, or a remark on them.
_SUSPECT = "CREATE OR REPLACE TABLE suspect AS SELECT record FROM (SELECT r.record, __said FROM raw AS r) WHERE said UNION SELECT record FROM of_others"
_OF_OTHERS = "CREATE OR REPLACE TABLE of_others AS SELECT unnest(CAST(? AS BIGINT[])) AS record"
_SAY_OTHERS = "UPDATE better SET reason = 'other_table' WHERE record IN (SELECT record FROM of_others)"
_BETTER = """
CREATE OR REPLACE TABLE better AS SELECT r.*, __better
FROM raw AS r JOIN (
    SELECT record, reason FROM judged WHERE NOT reason IS NULL OR record IN (SELECT record FROM suspect)
) AS j ON j.record = r.record
"""
_REFUSE = """
UPDATE judged SET reason = b.reason FROM better AS b
WHERE b.record = judged.record AND judged.reason IS NULL AND b.reason IS NOT NULL
"""
_REJECTED = "CREATE OR REPLACE TABLE rejected (record BIGINT, reason VARCHAR, field VARCHAR, raw VARCHAR)"
_REASONED = "INSERT INTO rejected SELECT b.record, b.reason, __field, __raw FROM better AS b WHERE NOT b.reason IS NULL"


def look_closer(connection: DuckDBPyConnection, kind: Kind, cells: Sequence[str], *, once_per: bool, of_others: Sequence[int] = ()) -> None:
    """Fill the table `better`: rows that are refused with all their cells, so that it can be said why more exactly.

    `of_others` are the rows that belong to another table than the file's first.
    """
    connection.execute(_OF_OTHERS, [list(of_others)])
    reason = judge.better_reason(kind, cells, once_per=once_per).as_("reason", quoted=True)
    said = exp.or_(judge.says_totals(cells), judge.is_remark(cells)) if kind == "customers" else exp.false()
    connection.execute(render(_SUSPECT, lists={"__said": [said.as_("said", quoted=True)]}))
    connection.execute(render(_BETTER, lists={"__better": [reason]}))
    if of_others:
        connection.execute(_SAY_OTHERS)


def refuse_totals(connection: DuckDBPyConnection) -> None:
    """Refuse rows of the table `judged` that are, as `better` says, the sums of the others."""
    connection.execute(_REFUSE)


def write(connection: DuckDBPyConnection, broken: Sequence[Broken], came: Mapping[str, str], path: Path, about: exp.Expr | None) -> None:
    """Make the table `rejected` of the records that broke and, where they were looked at, of the rows in `better`; write it in their order.

    `came` is in which column of the table `raw` the cell of each header stands, `about` the field that a row's reason is of,
    nothing where rows were not looked at.
    """
    connection.execute(_REJECTED)
    if broken:
        import numpy as np  # the parser starts without it

        arrays: dict[str, Any] = {
            "record": np.array([b.record for b in broken], dtype=np.int64),
            "reason": np.array([b.reason for b in broken], dtype=object),
            "raw": np.array([b.raw.replace("\x00", "\u2400") for b in broken], dtype=object),
        }
        connection.register("broken", arrays)
        connection.execute("INSERT INTO rejected SELECT record, reason, NULL, raw FROM broken")
        connection.unregister("broken")
    if about is not None:
        parts: list[exp.Expr] = []
        for label, cell in came.items():
            parts += [exp.Literal.string(label), column(cell, "b")]
        raw = exp.cast(exp.Anonymous(this="json_object", expressions=parts), "VARCHAR")
        connection.execute(render(_REASONED, lists={"__field": [about], "__raw": [raw]}))
    connection.execute(copy_to_file("SELECT * FROM rejected ORDER BY record", str(path)))
