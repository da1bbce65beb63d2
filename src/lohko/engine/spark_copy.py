"""A copy of the analytical store for a cluster: its tables in pieces, and the entry of the journal that says which of them it is made of.

A table is cut by time, or by the keys of people, into parts; each has a digest of
its rows. A part that is as it was at the last copy is not written again. One that
is not is written beside the last, under the other of two names, and counts with
all the others once the journal says so: whatever breaks before leaves the last
copy standing. What was replaced stays until the next copy, for whoever is reading
it; after an erasure it goes at once.

Events lie in the order of their time, so that a window reads only its own part of
them; the rest by person. Ids of records, digests and sources stay behind: no
condition asks about them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.errors import InputError
from lohko.engine.accounts import schema_of_accounts
from lohko.engine.spark_place import Place
from lohko.engine.sql import column, columns, expression, query
from lohko.model.schema import TEXTUAL, EventType, Schema

_FIXED = {
    "person": ("person", "person_id", "living", "label"),
    "consent": ("person", "purpose", "given", "effective_at", "dated", "basis", "role", "account", "places"),
    "flagged": ("person", "flag"),
    "local_offset": ("from_utc", "seconds"),
    "membership_change": ("run", "segment", "version", "person", "entered", "at", "cause"),
    "account_name": ("account", "kind", "fold"),
}
_INTERVALS = ("person", "value", "fold", "valid_from", "valid_to", "assumed")
_EVENT = ("person", "at", "local_day", "local_hour")

_GRAINS = ((1_000_000, None), (20_000_000, "%Y"), (500_000_000, "%Y-%m"))
"""How finely events are cut by time, by how many there are: parts of some million rows, which are written in seconds."""
_BY_DAY = "%Y-%m-%d"
_KEYS, _RUNS = 20, 6
"""Other tables are cut into ranges of so many bits of their first column: a million people, 64 refreshes."""


@dataclass(frozen=True)
class Part:
    """A part of a table at the place of a copy: under which of its two names, what its rows come to, and how many they are."""

    slot: str
    digest: str
    rows: int


@dataclass(frozen=True)
class Kept:
    """A table of a copy: what it is called there, its columns with their types as Spark writes them, and its parts."""

    stored: str
    kinds: str
    parts: Mapping[str, Part]

    @property
    def pieces(self) -> list[str]:
        """The names of its parts at the place."""
        return [f"{name}-{part.slot}" for name, part in self.parts.items()]


@dataclass(frozen=True)
class Of:
    """What a copy is of: the workspace, how often somebody was erased from it until then, and the version of its data."""

    workspace: str
    data_version: int
    erasures: int = 0


@dataclass(frozen=True)
class Copy:
    """A whole copy: of what, its tables, whether accounts are known in it, and the pieces that it made needless."""

    of: Of
    number: int
    tables: Mapping[str, Kept]
    knows_accounts: bool
    replaced: frozenset[tuple[str, str]] = frozenset()

    @property
    def data_version(self) -> int:
        """The version of the data that was copied."""
        return self.of.data_version

    @property
    def pieces(self) -> set[tuple[str, str]]:
        """What it is made of: tables and their pieces."""
        return {(table.stored, piece) for table in self.tables.values() for piece in table.pieces}


@dataclass(frozen=True)
class Made:
    """A new copy, how many of its parts had to be written, and how many rows these have."""

    copy: Copy
    written: int
    rows: int


@dataclass(frozen=True)
class _Planned:
    """A part of a table as it is in the store: between which values of the first column, in which order, and what its rows come to."""

    name: str
    rows: int
    digest: str
    between: tuple[Any, Any]


def copy_store(
    cursor: DuckDBPyConnection,
    schema: Schema,
    of: Of,
    place: Place,
    scratch: Path,
    *,
    also: Mapping[str, tuple[str, ...]] | None = None,
) -> Made:
    """Write what conditions can ask about, and the columns of other tables, as far as it is not there yet, and let it count.

    `scratch` is a folder where the store may write.
    """
    before, begun = _last(place), place.told("begun")
    _refuse_others(before, of, place)
    wished = [
        *tables_of(schema),
        *tables_of_accounts(schema_of_accounts(cursor, schema)),
        *((name, (wanted, wanted[:1])) for name, wanted in (also or {}).items()),
    ]
    tables, fresh = {}, []
    for name, (wanted, order) in wished:
        table, to_write = _table(cursor, name, wanted, order, before.tables.get(name) if before else None)
        tables[name] = table
        fresh += [(table, part, wanted, order, name) for part in to_write]
    known = bool(cursor.execute("SELECT EXISTS (SELECT 1 FROM account)").fetchall()[0][0])
    number = before.number + 1 if before else 1
    own = before.pieces if before else set()
    made = Copy(of, number, tables, known)
    needless = (
        {*(before.replaced if before else ()), *((table, piece) for item in begun for table, piece in item["pieces"])} - own - made.pieces
    )
    if fresh:
        place.tell("begun", number, {"pieces": sorted(made.pieces - own | needless)})
    for table, part, wanted, order, name in fresh:
        rows = cursor.sql(_rows(name, wanted, order, part), params=[] if part.between[0] is None else list(part.between))
        place.put(rows, table.stored, f"{part.name}-{table.parts[part.name].slot}", table.kinds, scratch)
    for stored, piece in sorted(needless):
        place.clear(stored, piece)
    made = Copy(of, number, tables, known, frozenset(own - made.pieces))
    place.tell("copy", number, _as_json(made))
    if before is not None and before.of.erasures != of.erasures:
        for stored, piece in sorted(made.replaced):
            place.clear(stored, piece)
    return Made(made, len(fresh), sum(part.rows for _, part, *_ in fresh))


def current(place: Place, workspace: str | None = None) -> Copy:
    """The copy that counts; InputError when there is none, or when it is of another workspace."""
    found = _last(place)
    if found is None:
        raise InputError("no_copy", "Nothing has been copied for Spark.", place=place.said, hint="lohko engine copy --to spark")
    if workspace is not None and found.of.workspace != workspace:
        raise _of_another(place)
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


def _table(
    cursor: DuckDBPyConnection, name: str, wanted: tuple[str, ...], order: tuple[str, ...], before: Kept | None
) -> tuple[Kept, list[_Planned]]:
    """A table as the new copy has it, and those of its parts that have to be written."""
    kinds = _kinds(cursor, name, wanted)
    stored = f"{name}_{hashlib.sha256(kinds.encode()).hexdigest()[:6]}"  # other columns, another table
    had = before.parts if before is not None and before.stored == stored else {}
    parts, fresh = {}, []
    for part in _planned(cursor, name, wanted, order[0]):
        last = had.get(part.name)
        if last is None or last.digest != part.digest:
            last = Part("b" if last is not None and last.slot == "a" else "a", part.digest, part.rows)
            fresh.append(part)
        parts[part.name] = last
    return Kept(stored, kinds, parts), fresh


def _kinds(cursor: DuckDBPyConnection, name: str, wanted: tuple[str, ...]) -> str:
    tree = query("SELECT 1 FROM __table AS t", {"__table": name})
    tree.set("expressions", columns(*wanted))
    kinds = [exp.DataType.build(str(kind), dialect="duckdb") for kind in cursor.sql(tree.sql("duckdb")).types]
    return ", ".join(
        exp.ColumnDef(this=exp.to_identifier(item, quoted=True), kind=kind).sql("spark") for item, kind in zip(wanted, kinds, strict=True)
    )


_COUNTED = "SELECT count(*) FROM __table AS t"
_PARTS = """
SELECT coalesce(__part, 'none') AS part, count(*) AS n, CAST(sum(CAST(__hash AS HUGEINT)) AS VARCHAR) AS digest, min(__first) AS low, max(__first) AS high
FROM __table AS t GROUP BY 1 ORDER BY 1
"""
_BY_TIME, _BY_RANGE = "strftime(__first, __form)", "CAST(__first // __many AS VARCHAR)"


def _planned(cursor: DuckDBPyConnection, name: str, wanted: tuple[str, ...], first: str) -> list[_Planned]:
    """The parts of a table: none of one without rows."""
    table = {"__table": name}
    many = cursor.execute(query(_COUNTED, table).sql("duckdb")).fetchall()[0][0]
    cut = _cut(name, first, many)
    nodes = {"__part": cut, "__hash": exp.Anonymous(this="hash", expressions=columns(*wanted)), "__first": column(first)}
    rows = cursor.execute(query(_PARTS, table, nodes).sql("duckdb")).fetchall() if many else []
    return [_Planned(part, n, digest, (low, high)) for part, n, digest, low, high in rows]


def _cut(name: str, first: str, many: int) -> exp.Expr:
    """By what a table is cut: events by time, more finely the more there are; the rest by ranges of a key."""
    value = column(first)
    if first == "at":
        form = next((form for most, form in _GRAINS if many < most), _BY_DAY)
        return (
            exp.Literal.string("all")
            if form is None
            else expression(_BY_TIME, nodes={"__first": value, "__form": exp.Literal.string(form)})
        )
    if name == "local_offset":
        return exp.Literal.string("all")
    many_keys = 2 ** (_RUNS if first == "run" else _KEYS)
    return expression(_BY_RANGE, nodes={"__first": value, "__many": exp.Literal.number(many_keys)})


def _rows(name: str, wanted: tuple[str, ...], order: tuple[str, ...], part: _Planned) -> str:
    within = "__first IS NULL" if part.between[0] is None else "__first BETWEEN $1 AND $2"
    tree = query(
        "SELECT 1 FROM __table AS t WHERE __within",
        {"__table": name},
        {"__within": expression(within, nodes={"__first": column(order[0])})},
    )
    tree.set("expressions", columns(*wanted))
    return tree.order_by(*(exp.Ordered(this=column(item)) for item in order)).sql("duckdb")


class Tables(Mapping[str, str]):
    """The names under which a session finds the tables of a copy; each is looked up when it is first asked for."""

    def __init__(self, place: Place, copy: Copy) -> None:
        self._place, self._copy = place, copy
        self._names: dict[str, str] = {}

    def __getitem__(self, table: str) -> str:
        if table not in self._copy.tables:
            raise InputError(
                "not_copied",
                f"The copy for Spark, of data version {self._copy.data_version}, has not all that this asks about.",
                hint="copy it again: lohko engine copy --to spark.",
            )
        if table not in self._names:
            self.show(table, self._copy.tables[table])
            self._names[table] = table
        return self._names[table]

    def show(self, name: str, table: Kept) -> None:
        """Let the session find a table under a name."""
        self._place.show(name, table.stored, table.pieces, table.kinds)

    def __iter__(self) -> Iterator[str]:
        return iter(self._copy.tables)

    def __len__(self) -> int:
        return len(self._copy.tables)


# --- as the journal has it


def _last(place: Place) -> Copy | None:
    found = place.told("copy")
    return _of_json(found[-1]) if found else None


def _as_json(copy: Copy) -> dict[str, Any]:
    return {**asdict(copy), "replaced": sorted(copy.replaced)}


def _of_json(told: Mapping[str, Any]) -> Copy:
    tables = {
        name: Kept(item["stored"], item["kinds"], {part: Part(**about) for part, about in item["parts"].items()})
        for name, item in told["tables"].items()
    }
    replaced = frozenset((table, piece) for table, piece in told["replaced"])
    return Copy(Of(**told["of"]), told["number"], tables, told["knows_accounts"], replaced)


def _refuse_others(before: Copy | None, of: Of, place: Place) -> None:
    """A place has the copy of one workspace."""
    if before is not None and before.of.workspace != of.workspace:
        raise _of_another(place)


def _of_another(place: Place) -> InputError:
    return InputError(
        "copy_of_another",
        "The copy for Spark that is there is of another workspace.",
        place=place.said,
        hint="give each workspace its own place.",
    )
