"""The analytical store as Parquet files that a cluster reads, and which of them is the whole one.

    location/
      current.json              which version counts: its data version, its tables, whether accounts are known
      version-000012/           the data of one data version
        person/  e0_order/ ...  one folder per table

A copy is made beside the last one and counts once `current.json` names it, so
whatever breaks before leaves the last whole one standing. Each is a whole copy:
what was copied before is not read again. Events lie in the order of their time,
so that a window reads only its own part of them; the rest by person. Ids of
records, digests and sources stay behind: no condition asks about them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.errors import InputError
from lohko.engine.accounts import schema_of_accounts
from lohko.engine.spark_session import Session
from lohko.engine.sql import column, columns, query
from lohko.engine.store import sync
from lohko.model.schema import TEXTUAL, EventType, Schema

_CURRENT = "current.json"
_FIXED = {
    "person": ("person", "person_id", "living", "label"),
    "consent": ("person", "purpose", "given", "effective_at", "dated", "basis"),
    "flagged": ("person", "flag"),
    "local_offset": ("from_utc", "seconds"),
    "membership_change": ("run", "segment", "version", "person", "entered", "at", "cause"),
    "account_name": ("account", "kind", "fold"),
}
_INTERVALS = ("person", "value", "fold", "valid_from", "valid_to", "assumed")
_EVENT = ("person", "at", "local_day", "local_hour")


@dataclass(frozen=True)
class Copy:
    """A whole copy: where it lies, of which data, and whether accounts are known in it."""

    place: Path
    data_version: int
    tables: Mapping[str, str]
    """Their names, and the columns of each with their types, as Spark writes them."""
    knows_accounts: bool


def copy_store(
    cursor: DuckDBPyConnection,
    schema: Schema,
    data_version: int,
    location: Path,
    scratch: Path,
    *,
    also: Mapping[str, tuple[str, ...]] | None = None,
) -> Copy:
    """Write a whole copy of what conditions can ask about, and of the columns of other tables, and let it count.

    `scratch` is a folder where the store may write: each table is made there, and moved to the location.
    """
    location.mkdir(parents=True, exist_ok=True)
    before = _read(location)
    place = location / f"version-{data_version:06}"
    if before is not None and before.place == place:
        place = location / f"version-{data_version:06}-again" if not place.name.endswith("-again") else place
    unfinished = location / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    wished = [
        *tables_of(schema),
        *tables_of_accounts(schema_of_accounts(cursor, schema)),
        *((name, (wanted, wanted[:1])) for name, wanted in (also or {}).items()),
    ]
    tables = {}
    for name, (wanted, order) in wished:
        made_here = scratch / "table.parquet"
        tables[name] = write_table(cursor, name, wanted, order, made_here)
        (unfinished / name).mkdir()
        shutil.move(made_here, unfinished / name / "part-0.parquet")
    known = bool(cursor.execute("SELECT EXISTS (SELECT 1 FROM account)").fetchall()[0][0])
    shutil.rmtree(place, ignore_errors=True)
    unfinished.rename(place)
    made = Copy(place, data_version, tables, known)
    _count(location, made)
    for old in location.glob("version-*"):
        if old != place and (before is None or old != before.place):  # whoever is reading the last one may end
            shutil.rmtree(old, ignore_errors=True)
    return made


def current(location: Path) -> Copy:
    """The copy that counts; InputError when there is none."""
    found = _read(location)
    if found is None:
        raise InputError(
            "no_copy", "Nothing has been copied for Spark.", place=str(location), hint="lohko engine copy --to spark --location FOLDER"
        )
    return found


def tables_of(schema: Schema) -> Iterator[tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]]:
    """Every table that a condition can ask: its name, its columns there, and what its rows are ordered by."""
    for name, wanted in _FIXED.items():
        yield name, (wanted, wanted[:1])
    for attribute in schema.attributes.values():
        if not attribute.trait:
            yield attribute.table, (_INTERVALS, ("person", "valid_from"))
    for event in schema.events.values():
        yield event.table, ((*_EVENT, *_properties(event)), ("at", "person"))


def tables_of_accounts(own: Schema) -> Iterator[tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]]:
    """The same of accounts, by their schema."""
    yield "account", (("account", "name"), ("account",))
    for attribute in own.attributes.values():
        yield attribute.table, (_INTERVALS, ("person", "valid_from"))
    for event in own.events.values():
        yield event.table, ((*_EVENT, *_properties(event)), ("at", "person"))


def _properties(event: EventType) -> Iterator[str]:
    for item in event.properties.values():
        yield item.column
        if item.type in TEXTUAL:
            yield item.fold_column


def write_table(cursor: DuckDBPyConnection, name: str, wanted: tuple[str, ...], order: tuple[str, ...], path: Path) -> str:
    """One table as Parquet; its columns with their types, as Spark writes them."""
    tree = query("SELECT 1 FROM __table AS t", {"__table": name})
    tree.set("expressions", columns(*wanted))
    tree = tree.order_by(*(exp.Ordered(this=column(item)) for item in order))
    rows = cursor.sql(tree.sql("duckdb"))
    rows.write_parquet(str(path), compression="zstd")
    kinds = [exp.DataType.build(str(kind), dialect="duckdb") for kind in rows.types]
    return ", ".join(
        exp.ColumnDef(this=exp.to_identifier(item, quoted=True), kind=kind).sql("spark") for item, kind in zip(wanted, kinds, strict=True)
    )


class Tables(Mapping[str, str]):
    """The names under which a session finds the tables of a copy; each is looked up when it is first asked for."""

    def __init__(self, session: Session, copy: Copy) -> None:
        self._session, self._copy = session, copy
        self._names: dict[str, str] = {}

    def __getitem__(self, table: str) -> str:
        if table not in self._copy.tables:
            raise InputError(
                "not_copied",
                f"The copy for Spark, of data version {self._copy.data_version}, has not all that this asks about.",
                hint="copy it again: lohko engine copy --to spark.",
            )
        if table not in self._names:
            self._session.view(table, str(self._copy.place / table), self._copy.tables[table])
            self._names[table] = table
        return self._names[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self._copy.tables)

    def __len__(self) -> int:
        return len(self._copy.tables)


def _read(location: Path) -> Copy | None:
    try:
        found: dict[str, Any] = json.loads((location / _CURRENT).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return Copy(location / found["folder"], found["data_version"], found["tables"], found["knows_accounts"])


def _count(location: Path, made: Copy) -> None:
    told = {
        "folder": made.place.name,
        "data_version": made.data_version,
        "tables": dict(made.tables),
        "knows_accounts": made.knows_accounts,
    }
    replace_json(location / _CURRENT, told)


def replace_json(path: Path, body: Mapping[str, Any]) -> None:
    """Put a file in place of the one before, all of it or nothing."""
    written = path.with_name(f"{path.name}.new")
    with written.open("w", encoding="utf-8") as file:
        json.dump(body, file)
        file.flush()
        os.fsync(file.fileno())
    written.rename(path)
    sync(path.parent)
