"""Where a copy for a cluster lies, and what is made of it there: a folder that both see, an address that the cluster writes to, or a catalog.

    Folder    this machine writes the copy, as files of a folder that has the same path here and there
    Address   the cluster writes everything, to whatever it can write to; nothing is shared
    Catalog   the cluster writes everything, as tables of a catalog

All three keep tables in pieces, each of which is written whole, and a journal that
says which pieces and which runs count. One entry of the journal is there or it is
not, so whatever breaks before it leaves what counted.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from duckdb import DuckDBPyRelation

from lohko.base.errors import InputError
from lohko.engine.spark_session import Session, Statement
from lohko.engine.store import sync

IN_CATALOG = "catalog:"
"""How a location begins that is a catalog."""
_SCHEMA = "lohko"
"""Where in a catalog, when only the catalog is named."""
_POINTERS = {"copy": "current.json", "begun": "begun.json", "run": "membership.json", "clean": "clean.json"}


class Place(Protocol):
    """Tables in pieces, what runs found, and the journal of what counts."""

    said: str
    session: Session
    by_cluster: bool
    """Whether only the cluster can write there."""

    def put(self, rows: DuckDBPyRelation, table: str, piece: str, kinds: str, scratch: Path) -> None:
        """Write one piece of a table, in place of what it had."""

    def clear(self, table: str, piece: str) -> None:
        """Leave no row of a piece."""

    def show(self, name: str, table: str, pieces: Sequence[str], kinds: str) -> None:
        """Let a name stand for some pieces of a table, in this session."""

    def write(self, statement: Statement, what: str, run: int, *, by: tuple[str, ...] = ()) -> str:
        """Write what a run found, in place of what a try before left; where it is now."""

    def found(self, what: str, run: int, kinds: str) -> str:
        """A name, in this session, for what a run found."""

    def keep(self, what: str, statement: Statement, room: str) -> str:
        """A name, in this session, for the rows of a query, which are worked out now."""

    def sweep(self, room: str) -> None:
        """Leave no row of what was kept in a room."""

    def tell(self, kind: str, number: int, body: Mapping[str, Any]) -> None:
        """Write an entry of the journal: all of it or nothing."""

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The entries of a kind that count, the first first: of a copy only the last."""


class _Paths:
    """What a folder and an address have in common: the cluster finds rows by the path of their files."""

    def __init__(self, said: str, root: str, session: Session) -> None:
        self.said, self.root, self.session = said, root, session
        self._kept: dict[str, list[str]] = {}

    def show(self, name: str, table: str, pieces: Sequence[str], kinds: str) -> None:
        """Each piece is a folder."""
        self.session.view(name, [self._of_piece(table, piece) for piece in pieces], kinds)

    def write(self, statement: Statement, what: str, run: int, *, by: tuple[str, ...] = ()) -> str:
        """Each run is a folder."""
        self.session.write(statement, self._of_run(what, run), by=by)
        return self._of_run(what, run)

    def found(self, what: str, run: int, kinds: str) -> str:
        """The folder of the run."""
        name = f"{what}_{run}"
        self.session.view(name, [self._of_run(what, run)], kinds)
        return name

    def keep(self, what: str, statement: Statement, room: str) -> str:
        """Each is a folder of the room."""
        name, kept = self.session.free_name(what), self._kept.setdefault(room, [])
        kept.append(f"{self.root}/scratch/{room}/{name}")
        self.session.keep(name, statement, kept[-1])
        return name

    def _of_piece(self, table: str, piece: str) -> str:
        return f"{self.root}/data/{table}/{piece}"

    def _of_run(self, what: str, run: int) -> str:
        return f"{self.root}/{what}/run-{run:06}"


class Folder(_Paths):
    """A folder that this machine and the cluster see under the same path: the copy is written here, which costs the least."""

    by_cluster = False

    def __init__(self, path: Path, session: Session) -> None:
        super().__init__(str(path), str(path), session)
        self.path = path

    def put(self, rows: DuckDBPyRelation, table: str, piece: str, kinds: str, scratch: Path) -> None:
        """A file, made where the store may write and moved here."""
        made = scratch / "piece.parquet"
        rows.write_parquet(str(made), compression="zstd")
        self.clear(table, piece)
        folder = Path(self._of_piece(table, piece))
        folder.mkdir(parents=True)
        shutil.move(made, folder / "part-0.parquet")

    def clear(self, table: str, piece: str) -> None:
        """Its folder goes, and that of its table with the last one."""
        folder = Path(self._of_piece(table, piece))
        shutil.rmtree(folder, ignore_errors=True)
        if folder.parent.is_dir() and not any(folder.parent.iterdir()):
            folder.parent.rmdir()

    def sweep(self, room: str) -> None:
        """Its folder goes."""
        shutil.rmtree(self.path / "scratch" / room, ignore_errors=True)

    def tell(self, kind: str, number: int, body: Mapping[str, Any]) -> None:
        """A file takes the place of the one before."""
        entries = [*self.told(kind), body] if kind == "run" else [body]
        self.path.mkdir(parents=True, exist_ok=True)
        _replace_json(self.path / _POINTERS[kind], {"entries": entries})

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What the file says; of one that an older Lohko wrote nothing."""
        try:
            found: dict[str, Any] = json.loads((self.path / _POINTERS[kind]).read_text("utf-8"))
        except FileNotFoundError:
            return []
        entries: list[dict[str, Any]] = found.get("entries", [])
        return entries


class Address(_Paths):
    """An address such as s3a://bucket/lohko, which only the cluster writes to and reads."""

    by_cluster = True

    def __init__(self, address: str, session: Session) -> None:
        super().__init__(address, address.rstrip("/"), session)

    def put(self, rows: DuckDBPyRelation, table: str, piece: str, kinds: str, scratch: Path) -> None:
        """Rows are sent some at a time, and the cluster adds them to the folder."""
        self.session.send(rows, kinds, self._of_piece(table, piece))

    def clear(self, table: str, piece: str) -> None:
        """A cluster is not asked to delete, but to write nothing in place of what is there: a file without rows stays."""
        self.session.write_nothing(self._of_piece(table, piece))

    def sweep(self, room: str) -> None:
        """The same for each that was kept."""
        for place in self._kept.pop(room, ()):
            self.session.write_nothing(place)

    def tell(self, kind: str, number: int, body: Mapping[str, Any]) -> None:
        """One file more."""
        self.session.note(kind, number, json.dumps(body), f"{self.root}/journal")

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What the files say."""
        return [json.loads(text) for text in self.session.notes(kind, f"{self.root}/journal", last=kind != "run")]


class Catalog:
    """Tables of a catalog, in a schema of their own; a piece is a partition, and so is a run."""

    by_cluster = True

    def __init__(self, name: str, session: Session) -> None:
        catalog, _, schema = name.partition(".")
        self.said, self.session = name, session
        self.schema = (catalog, schema or _SCHEMA)
        self._kept: dict[str, list[str]] = {}

    def put(self, rows: DuckDBPyRelation, table: str, piece: str, kinds: str, scratch: Path) -> None:
        """Rows are sent some at a time, and the cluster adds them to the partition."""
        self.session.send_to_table(rows, kinds, self._table(table), piece)

    def clear(self, table: str, piece: str) -> None:
        """The partition is left without files."""
        self.session.drop(self._table(table), lohko_piece=piece)

    def show(self, name: str, table: str, pieces: Sequence[str], kinds: str) -> None:
        """The partitions."""
        self.session.view_of_table(name, self._table(table), pieces, kinds)

    def write(self, statement: Statement, what: str, run: int, *, by: tuple[str, ...] = ()) -> str:
        """The partitions of the run."""
        self.session.write_run(statement, self._table(what), run, by)
        return ".".join(self._table(what))

    def found(self, what: str, run: int, kinds: str) -> str:
        """The partitions of the run."""
        name = f"{what}_{run}"
        self.session.view_of_run(name, self._table(what), run)
        return name

    def keep(self, what: str, statement: Statement, room: str) -> str:
        """Each is a table."""
        name, kept = self.session.free_name(what), self._kept.setdefault(room, [])
        kept.append(f"scratch_{room}_{name}")
        self.session.keep_in_table(name, statement, self._table(kept[-1]))
        return name

    def sweep(self, room: str) -> None:
        """Its tables go."""
        for table in self._kept.pop(room, ()):
            self.session.drop(self._table(table))

    def tell(self, kind: str, number: int, body: Mapping[str, Any]) -> None:
        """One row more."""
        self.session.note(kind, number, json.dumps(body), self._table("journal"))

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What the rows say."""
        return [json.loads(text) for text in self.session.notes(kind, self._table("journal"), last=kind != "run")]

    def _table(self, name: str) -> tuple[str, ...]:
        return (*self.schema, name)


def place_of(location: str, session: Session) -> Place:
    """What a location means: a catalog, an address of which only the cluster knows, or a folder that both see. InputError for what it cannot be."""
    if location.startswith(IN_CATALOG):
        name = location.removeprefix(IN_CATALOG)
        parts = name.split(".")
        if len(parts) > 2 or not all(part.replace("_", "").isalnum() and part.isascii() for part in parts):
            raise InputError("bad_catalog", f"{name!r} is no catalog.", hint="NAME or NAME.SCHEMA, such as spark_catalog.lohko.")
        return Catalog(name, session)
    if "://" in location:
        return Address(location, session)
    return Folder(Path(location).absolute(), session)


def _replace_json(path: Path, body: Mapping[str, Any]) -> None:
    """Put a file in place of the one before, all of it or nothing."""
    written = path.with_name(f"{path.name}.new")
    with written.open("w", encoding="utf-8") as file:
        json.dump(body, file)
        file.flush()
        os.fsync(file.fileno())
    written.rename(path)
    sync(path.parent)
