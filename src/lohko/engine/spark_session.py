"""A connection to a Spark cluster over Spark Connect: statements there, and what was asked for back.

The only place that knows PySpark. It is imported when the first statement is sent.
"""

from __future__ import annotations

import os
import socket
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import sqlglot
from duckdb import DuckDBPyRelation
from sqlglot import exp

from lohko.base.errors import InputError, LohkoError, StoreError
from lohko.engine.spark_sql import SETTINGS, written

_TRIES = 5
"""How often a call is sent again to a server that does not answer; PySpark's own 15 tries last ten minutes."""
_PORT, _SECONDS = 15002, 5.0
"""Where a Connect server listens when its address does not say, and how long the first connection may take."""
_PROXIES = ("grpc_proxy", "https_proxy", "http_proxy")
"""Where gRPC reads of the proxy that it goes through."""

_AT_ONCE = 250_000
"""Rows that are sent together: so many are in memory here, and in the driver of the cluster."""
_PER_SESSION = 256 * 2**20
"""Bytes after which the session that was sent them ends."""
_PIECE = "lohko_piece"
_JOURNAL = "kind STRING, number BIGINT, told STRING"

Names = tuple[str, ...]
"""A table by its catalog, its schema and its own name."""


@dataclass(frozen=True)
class Statement:
    """A query in Spark's own words, and what the places in it are bound to."""

    tree: exp.Expr
    arguments: Mapping[str, Any]


class Session:
    """A session on a cluster, at an address like sc://host:15002; it begins with the first statement, so that what is refused never gets there."""

    def __init__(self, remote: str) -> None:
        self.remote, self._kept, self._bytes = remote, 0, 0
        self._there: set[Names] = set()
        self._met = False

    @cached_property
    def _spark(self) -> Any:
        with _said(self.remote):
            found = _open(self.remote, first=not self._met)
        self._met = True
        return found

    def rows(self, statement: Statement) -> list[dict[str, Any]]:
        """The rows of a query, which are brought here: only for what somebody asked to see."""
        rows: list[dict[str, Any]] = self.table(statement).to_pylist()
        return rows

    def table(self, statement: Statement) -> Any:
        """The same as a table of Arrow."""
        with _said(self.remote):
            table, _, _ = self._spark.client.to_table(_plan(statement).to_proto(self._spark.client), {})
            return table

    def free_name(self, what: str) -> str:
        """A name that nothing else in this session has."""
        self._kept += 1
        return f"{what}_{self._kept}"

    # --- files that the cluster finds by their path

    def write(self, statement: Statement, place: str, *, by: tuple[str, ...] = ()) -> None:
        """Write the rows of a query as Parquet where the cluster finds it, in place of what is there; `by` makes one folder per value."""
        with _said(self.remote):
            self._frame(statement).write.mode("overwrite").partitionBy(*by).parquet(place)

    def write_nothing(self, place: str) -> None:
        """Write no rows in place of what is there."""
        with _said(self.remote):
            self._spark.range(0).coalesce(1).write.mode("overwrite").parquet(place)

    def keep(self, name: str, statement: Statement, place: str) -> None:
        """Write the rows of a query as Parquet, and let a name stand for them."""
        with _said(self.remote):
            frame = self._frame(statement)
            kinds = frame.schema
            frame.write.mode("overwrite").parquet(place)
            self._spark.read.schema(kinds).parquet(place).createOrReplaceTempView(name)

    def view(self, name: str, places: Sequence[str], kinds: str) -> None:
        """Let a name stand for the Parquet files of some places, in this session; `kinds` are its columns with their types there."""
        with _said(self.remote):
            found = self._spark.read.schema(kinds).parquet(*places) if places else self._spark.createDataFrame([], kinds)
            found.createOrReplaceTempView(name)

    def send(self, rows: DuckDBPyRelation, kinds: str, place: str) -> None:
        """Let the cluster write rows from here as Parquet, in place of what is there."""
        with _said(self.remote):
            for number, frame in enumerate(self._sent(rows, kinds)):
                frame.write.mode("append" if number else "overwrite").option("compression", "zstd").parquet(place)

    # --- tables of a catalog

    def send_to_table(self, rows: DuckDBPyRelation, kinds: str, table: Names, piece: str) -> None:
        """Let the cluster write rows from here as one piece of a table, in place of what is there."""
        from pyspark.sql.connect.functions import lit

        with _said(self.remote):
            for number, frame in enumerate(self._sent(rows, kinds)):
                if not number and not self._make(table, f"{kinds}, {_PIECE} STRING", _PIECE):
                    self.drop(table, **{_PIECE: piece})
                frame.withColumn(_PIECE, lit(piece)).write.insertInto(_quoted(table))

    def view_of_table(self, name: str, table: Names, pieces: Sequence[str], kinds: str) -> None:
        """Let a name stand for some pieces of a table, in this session."""
        with _said(self.remote):
            if pieces:
                rows = self._spark.read.table(_quoted(table))
                found = rows.where(rows[_PIECE].isin(*pieces)).drop(_PIECE)
            else:
                found = self._spark.createDataFrame([], kinds)
            found.createOrReplaceTempView(name)

    def write_run(self, statement: Statement, table: Names, run: int, by: tuple[str, ...]) -> None:
        """Write what a run found into a table, in place of what a try before left."""
        from pyspark.sql.connect.functions import lit

        with _said(self.remote):
            found = self._frame(statement)
            rows = found.select(*(name for name in found.columns if name not in by), lit(run).alias("run"), *by)
            if not self._make(table, rows.schema, "run", *by):
                self.drop(table, run=run)
            rows.write.insertInto(_quoted(table))

    def view_of_run(self, name: str, table: Names, run: int) -> None:
        """Let a name stand for what a run found, in this session."""
        with _said(self.remote):
            rows = self._spark.read.table(_quoted(table))
            rows.where(rows.run == run).drop("run").createOrReplaceTempView(name)

    def keep_in_table(self, name: str, statement: Statement, table: Names) -> None:
        """Write the rows of a query as a table, and let a name stand for them."""
        with _said(self.remote):
            self._frame(statement).write.format("parquet").mode("overwrite").saveAsTable(_quoted(table))
            self._spark.read.table(_quoted(table)).createOrReplaceTempView(name)

    def drop(self, table: Names, **of: str | int) -> None:
        """Leave nothing of a table, or of those of its partitions."""
        tree: exp.Expr = sqlglot.parse_one("DROP TABLE IF EXISTS t", dialect="spark")
        for place in list(tree.find_all(exp.Table)):
            place.replace(_named(table))
        if of:
            values = [exp.EQ(this=exp.column(name), expression=exp.convert(value)) for name, value in of.items()]
            parts = exp.DropPartition(expressions=[exp.Partition(expressions=values)], exists=True)
            tree = exp.Alter(this=_named(table), kind="TABLE", actions=[parts])
        with _said(self.remote):
            self._spark.sql(written(tree))

    def _make(self, table: Names, kinds: Any, *by: str) -> bool:
        """Make a table of Parquet without rows, and its schema, unless they are there; whether it was made."""
        catalog = self._spark.catalog
        if table in self._there or catalog.tableExists(_quoted(table)):
            self._there.add(table)
            return False
        if not catalog.databaseExists(_quoted(table[:2])):
            self._spark.sql(written(exp.Create(this=_named(table[:2]), kind="SCHEMA", exists=True)))
        empty = self._spark.createDataFrame([], kinds).write.format("parquet").partitionBy(*by)
        empty.mode("ignore").saveAsTable(_quoted(table))
        self._there.add(table)
        return True

    # --- the journal

    def note(self, kind: str, number: int, told: str, place: str | Names) -> None:
        """Add an entry to a journal: one file, which is there or is not."""
        with _said(self.remote):
            if not isinstance(place, str):
                self._make(place, _JOURNAL)
            row = self._spark.createDataFrame([(kind, number, told)], _JOURNAL).coalesce(1).write.mode("append")
            row.parquet(place) if isinstance(place, str) else row.insertInto(_quoted(place))

    def notes(self, kind: str, place: str | Names, *, last: bool) -> list[str]:
        """What the entries of a kind say, the first first, or the last alone; nothing where there is no journal."""
        try:
            with _said(self.remote):
                read = self._spark.read
                rows = read.schema(_JOURNAL).parquet(place) if isinstance(place, str) else read.table(_quoted(place))
                rows = rows.where(rows.kind == kind).orderBy(rows.number.desc())
                found = [row["told"] for row in (rows.limit(1) if last else rows).select("told").collect()]
        except StoreError as error:
            if error.code == "nothing_there":
                return []
            raise
        return found[::-1]

    # --- what is sent, and the session itself

    def _sent(self, rows: DuckDBPyRelation, kinds: str) -> Iterator[Any]:
        """Rows from here, so many at a time that neither side holds them all. What a session was sent stays there until it ends: so now and then another begins."""
        from pyarrow import Table  # type: ignore[import-untyped,unused-ignore]

        for batch in rows.to_arrow_reader(_AT_ONCE):
            if self._bytes > _PER_SESSION:
                self.end()
            self._bytes += batch.nbytes
            yield self._spark.createDataFrame(Table.from_batches([batch]), kinds).coalesce(1)

    def end(self) -> None:
        """End the session, with all that it was sent; another begins with the next statement."""
        if "_spark" in self.__dict__:
            with _said(self.remote):
                self._spark.client.release_session()
            self.close()
            del self._spark
        self._bytes = 0

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


def _named(names: Names) -> exp.Table:
    catalog, schema, table = (None, *names) if len(names) == 2 else names
    return exp.table_(table, db=schema, catalog=catalog, quoted=True)


def _quoted(names: Names) -> str:
    return written(_named(names))


def _open(remote: str, *, first: bool) -> Any:
    """A session there. At the `first` a server that is away is said to be so at once; one that was there may be back in a moment."""
    try:
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise InputError("no_spark", "PySpark is not installed.", hint="pip install 'lohko[spark]'") from error
    if not remote.startswith("sc://"):
        raise InputError(
            "bad_remote", f"{_place(remote)!r} is no address of a Spark Connect server.", hint="it looks like sc://host:15002."
        )
    if first:
        _knock(remote)
    spark = SparkSession.builder.remote(remote).create()
    warnings.filterwarnings("ignore", message=r"\[RETRIES_EXCEEDED\]")  # said in a sentence of our own
    spark.client.set_retry_policies([DefaultPolicy(max_retries=_TRIES, max_backoff=2000)])
    for key, value in SETTINGS.items():
        spark.conf.set(key, value)
    return spark


def _knock(remote: str) -> None:
    """StoreError when nobody listens at the address, which PySpark's tries take five seconds and up to half a minute to find out.

    What a proxy reaches cannot be known from here, and what is odd about an address PySpark says itself.
    """
    try:
        address = urlsplit(remote.partition(";")[0])
        host, port = address.hostname, address.port or _PORT
    except ValueError:
        return
    if host is None or any(map(os.environ.get, _PROXIES)):
        return
    try:
        socket.create_connection((host, port), _SECONDS).close()
    except (OSError, UnicodeError) as error:
        raise _away(remote) from error


_NOTHING_THERE = ("PATH_NOT_FOUND", "TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND", "NO_SUCH_DATABASE_EXCEPTION")


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


def _place(remote: str) -> str:
    """The part of an address that may be shown: what stands behind it may be a token.

    >>> _place("sc://spark.example.com:443/;use_ssl=true;token=secret")
    'sc://spark.example.com:443'
    """
    return remote.partition(";")[0].rstrip("/")


def _away(remote: str) -> StoreError:
    return StoreError(
        "cluster_away",
        f"The Spark cluster at {_place(remote)} does not answer.",
        hint="look whether its Connect server runs and the port is open. What was written before stands as it was.",
    )


def _error(error: Exception, remote: str) -> StoreError:
    condition = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    said = str(error)
    if condition in _NOTHING_THERE:
        return StoreError(
            "nothing_there", f"The Spark cluster finds nothing there ({condition}).", hint="copy it again: lohko engine copy --to spark."
        )
    if "UNAVAILABLE" in said or "RETRIES_EXCEEDED" in said or ("Connect" in type(error).__name__ and "refused" in said):
        return _away(remote)
    if "UNIMPLEMENTED" in said:
        return StoreError(
            "no_connect_server",
            f"What answers at {_place(remote)} is no Connect server of Spark 4.",
            hint="look at the host and the port; Connect's own is 15002, behind a proxy it has to let gRPC through.",
        )
    return StoreError(
        "cluster_failed",
        f"The Spark cluster could not do it ({condition}).",
        hint="its own log says more. What was written before stands as it was.",
    )
