"""A connection to a Spark cluster over Spark Connect: statements there, and what was asked for back.

The only place that knows PySpark. It is imported when the first statement is sent.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlglot import exp

from lohko.base.errors import InputError, LohkoError, StoreError
from lohko.engine.spark_sql import SETTINGS, written

_TRIES = 5
"""How often a call is sent again to a server that does not answer; PySpark's own 15 tries last ten minutes."""


@dataclass(frozen=True)
class Statement:
    """A query in Spark's own words, and what the places in it are bound to."""

    tree: exp.Expr
    arguments: Mapping[str, Any]


class Session:
    """A session on a cluster, at an address like sc://host:15002; it begins with the first statement, so that what is refused never gets there."""

    def __init__(self, remote: str) -> None:
        self.remote, self._kept = remote, 0

    @cached_property
    def _spark(self) -> Any:
        with _said(self.remote):
            return _open(self.remote)

    def rows(self, statement: Statement) -> list[dict[str, Any]]:
        """The rows of a query, which are brought here: only for what somebody asked to see."""
        rows: list[dict[str, Any]] = self.table(statement).to_pylist()
        return rows

    def table(self, statement: Statement) -> Any:
        """The same as a table of Arrow."""
        with _said(self.remote):
            table, _, _ = self._spark.client.to_table(_plan(statement).to_proto(self._spark.client), {})
            return table

    def write(self, statement: Statement, place: str, *, by: tuple[str, ...] = ()) -> None:
        """Write the rows of a query as Parquet where the cluster finds it, in place of what is there; `by` makes one folder per value."""
        with _said(self.remote):
            self._frame(statement).write.mode("overwrite").partitionBy(*by).parquet(place)

    def keep(self, what: str, statement: Statement, folder: str) -> str:
        """Write the rows of a query as Parquet in a folder, and let a name stand for them that nothing else in this session has."""
        self._kept += 1
        name = f"{what}_{self._kept}"
        place = f"{folder}/{name}"
        with _said(self.remote):
            frame = self._frame(statement)
            kinds = frame.schema
            frame.write.mode("overwrite").parquet(place)
            self._spark.read.schema(kinds).parquet(place).createOrReplaceTempView(name)
        return name

    def view(self, name: str, place: str, kinds: str) -> None:
        """Let a name stand for the Parquet files of a place, in this session; `kinds` are its columns with their types there."""
        with _said(self.remote):
            self._spark.read.schema(kinds).parquet(place).createOrReplaceTempView(name)

    def close(self) -> None:
        """End the session; the cluster stays."""
        if "_spark" not in self.__dict__:
            return
        try:
            self._spark.client.close()
        except Exception as error:
            if not _is_sparks(error):
                raise

    def _frame(self, statement: Statement) -> Any:
        from pyspark.sql.connect.dataframe import DataFrame

        return DataFrame(_plan(statement), self._spark)


def _plan(statement: Statement) -> Any:
    """A query that the cluster reads once, when it is worked out.

    `sql()` would have it read first, to see whether it is a command; `toArrow()` to hear of which types its columns are.
    """
    from pyspark.sql.connect.functions import lit
    from pyspark.sql.connect.plan import SQL

    return SQL(written(statement.tree), [], {name: lit(value) for name, value in statement.arguments.items()})


def _open(remote: str) -> Any:
    try:
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise InputError("no_spark", "PySpark is not installed.", hint="pip install 'lohko[spark]'") from error
    if not remote.startswith("sc://"):
        raise InputError("bad_remote", f"{remote!r} is no address of a Spark Connect server.", hint="it looks like sc://host:15002.")
    spark = SparkSession.builder.remote(remote).create()
    warnings.filterwarnings("ignore", message=r"\[RETRIES_EXCEEDED\]")  # said in a sentence of our own
    spark.client.set_retry_policies([DefaultPolicy(max_retries=_TRIES, max_backoff=2000)])
    for key, value in SETTINGS.items():
        spark.conf.set(key, value)
    return spark


@contextmanager
def _said(remote: str) -> Iterator[None]:
    """Say what went wrong in one sentence, without the values of a statement."""
    try:
        yield
    except Exception as error:
        if isinstance(error, LohkoError) or not _is_sparks(error):
            raise
        raise _error(error, remote) from error


def _is_sparks(error: Exception) -> bool:
    return type(error).__module__.split(".")[0] in ("pyspark", "grpc")


def _error(error: Exception, remote: str) -> StoreError:
    condition = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    said = str(error)
    if "UNAVAILABLE" in said or "RETRIES_EXCEEDED" in said or ("Connect" in type(error).__name__ and "refused" in said):
        return StoreError(
            "cluster_away",
            f"The Spark cluster at {remote} does not answer.",
            hint="look whether its Connect server runs and the port is open. What was written before stands as it was.",
        )
    return StoreError(
        "cluster_failed",
        f"The Spark cluster could not do it ({condition}).",
        hint="its own log says more. What was written before stands as it was.",
    )
