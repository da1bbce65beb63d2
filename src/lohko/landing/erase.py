"""Taking people out of the log: batches and files of the ledger are written anew without them, beside the old ones.

Nothing is changed in place. A batch gets a folder of a new name, which counts once
the caller has registered it; the old folder is then swept. Originals that hold
the people are left out, never edited.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.text import fold
from lohko.engine.erasure import WHOSE
from lohko.engine.kept_out import blanked, said, texts, that_say
from lohko.engine.messages import CLAIMED
from lohko.engine.severed import deal_rows
from lohko.engine.sql import expression
from lohko.landing import log
from lohko.landing.needles import Needles
from lohko.landing.sought import Sought, holds, redacted

_WHOSE = ("customer_id", "email", "anonymous_id", "order_id")
_COLUMNS = "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))"
_WITHOUT = "SELECT * FROM read_parquet($path) WHERE NOT coalesce(__gone, false)"
_CLAIMS_LEFT = """
SELECT c.* FROM read_parquet($path) AS c WHERE record IN (SELECT record FROM read_parquet($accepted) WHERE NOT coalesce(__gone, false))
"""
_GONE = "SELECT count(*) FROM read_parquet($path) WHERE __gone"
# Whom an erasure is about stands in tables of the cursor: there may be thousands of them.
_NODES = "CREATE OR REPLACE TEMP TABLE sought_node AS SELECT unnest(CAST(? AS INTEGER[])) AS node"
_TEXTS = "CREATE OR REPLACE TEMP TABLE sought_text AS SELECT unnest(CAST(? AS VARCHAR[])) AS said"
_RECORDS = "CREATE OR REPLACE TEMP TABLE sought_record AS SELECT unnest(CAST(? AS BIGINT[])) AS record"
_PEOPLE = "CREATE OR REPLACE TEMP TABLE sought_person AS SELECT unnest(CAST(? AS VARCHAR[])) AS person_id"
_HAS_NODE = "__c IN (SELECT node FROM sought_node)"
_HAS_TEXT = "lower(__c) IN (SELECT said FROM sought_text)"
_HAS_RECORD = "record IN (SELECT record FROM sought_record)"
_HAS_PERSON = "person_id IN (SELECT person_id FROM sought_person)"


@dataclass(frozen=True)
class Rewritten:
    """A batch that was written anew: its folder, its manifest's checksum, how many rows were taken out, and how many accepted ones are left."""

    folder: str
    manifest_sha256: str
    rows: int
    left: int


def without(
    cursor: DuckDBPyConnection,
    landing: Path,
    row: Mapping[str, Any],
    sought: Sought,
    gone: exp.Expr | None,
    number: int,
    scratch: Path,
    *,
    of_companies: bool = False,
    spared: Sought | None = None,
) -> Rewritten | None:
    """A registered batch without the people, published under a new name; None when it holds nothing of them.

    `gone` says in SQL which accepted rows go, where that is not told by the records' keys. The rows of a list
    `of_companies` are the companies': of them the cells go in which one of the people is named. Where a deal says of which
    company it is, only what is `spared` of companies' own words is looked for.
    """
    old = landing / row["folder"]
    body = log.check(old, row["manifest_sha256"])
    made = scratch / f"{row['folder']}-new"
    made.mkdir()
    rows, touched, mapping = 0, False, body.get("report", {}).get("mapping") or {}
    labels = [mapping[name] for name in _WHOSE if name in mapping]
    for item in sorted(path for path in old.iterdir() if path.name != log.MANIFEST):
        target = made / item.name
        taken = _file_without(cursor, item, target, row, sought, spared or sought, gone, labels, of_companies)
        rows += max(taken, 0)
        touched = touched or taken != 0
    if not touched and not sought.in_text(json.dumps(body, ensure_ascii=False)):
        shutil.rmtree(made)
        return None
    body.pop("files")
    body = redacted(body, sought)
    body["erased"] = body.get("erased", 0) + rows
    digest = log.write_manifest(made, body)
    name = f"{_plain_name(row['folder'])}-e{number}"
    log.publish(made, landing, name)
    accepted = landing / name / log.ACCEPTED
    return Rewritten(name, digest, rows, _count(cursor, accepted, exp.true()) if accepted.exists() else 0)


def _file_without(
    cursor: DuckDBPyConnection,
    item: Path,
    target: Path,
    row: Mapping[str, Any],
    sought: Sought,
    spared: Sought,
    gone: exp.Expr | None,
    labels: Sequence[str],
    of_companies: bool,
) -> int:
    """Write a file of a batch again without the people: how many rows went; -1 when a whole original is left out, or only cells are."""
    if item.name.startswith("original"):
        accepted = item.with_name(log.ACCEPTED)
        refused = item.with_name(log.REJECTED)
        held = accepted.exists() and _count(cursor, accepted, _told(cursor, accepted, sought, gone))
        held = held or (refused.exists() and _count(cursor, refused, _rejected(cursor, refused, sought, labels)))
        if held or holds(cursor, item, sought):
            return -1
        os.link(item, target)
        return 0
    condition = _told(cursor, item, sought, gone) if item.name not in (log.REJECTED, CLAIMED) else _rejected(cursor, item, sought, labels)
    cells: dict[str, exp.Expr] = {}
    if of_companies and item.name == log.ACCEPTED:
        if row["kind"] == "deals":
            condition, cells = _severed(cursor, item, condition, sought, spared, row["plan"])
        else:
            cells = _cells_that_say(cursor, item, sought, texts(cursor, item))
    taken = _count(cursor, item, condition)
    if taken or cells:
        cursor.sql(_sql(_WITHOUT, condition, cells), params={"path": str(item)}).write_parquet(str(target), compression="zstd")
    else:
        os.link(item, target)
    return taken or (-1 if cells else 0)


def _cells_that_say(cursor: DuckDBPyConnection, item: Path, sought: Sought, columns: Iterable[str]) -> dict[str, exp.Expr]:
    """In which rows somebody is named, by column."""
    found = {name: [text for text in said(cursor, item, name) if sought.in_text(text)] for name in columns}
    return {name: that_say(name, cells) for name, cells in found.items() if cells}


def _severed(
    cursor: DuckDBPyConnection, item: Path, theirs: exp.Expr, sought: Sought, spared: Sought, plan: Sequence[Mapping[str, Any]]
) -> tuple[exp.Expr, dict[str, exp.Expr]]:
    """Of deals: which rows go since they are of no company; and in which rows which columns do, of those that stay without the person, and wherever one is named."""
    deals = deal_rows(cursor, item, plan)
    stay = deals.of_company(theirs)
    names = replace(sought, texts=[*sought.texts, *deals.said(cursor, item, stay)])
    about = (*deals.texts, *deals.others)
    cells = _cells_that_say(cursor, item, names, about)
    cells |= _cells_that_say(cursor, item, spared, [name for name in texts(cursor, item) if name not in about])
    if _count(cursor, item, stay):
        cells |= {name: exp.or_(stay, cells[name]) if name in cells else stay for name in deals.people}
    return deals.of_nobody_else(theirs), cells


def _count(cursor: DuckDBPyConnection, item: Path, condition: exp.Expr) -> int:
    return int(cursor.execute(_sql(_GONE, condition), {"path": str(item)}).fetchall()[0][0])


def _sql(template: str, condition: exp.Expr, cells: Mapping[str, exp.Expr] | None = None) -> str:
    tree = expression(template, nodes={"__gone": condition.copy()})
    if cells:
        tree.set("expressions", [exp.Star(replace=[blanked(name, rows) for name, rows in cells.items()])])
    return tree.sql("duckdb")


def _told(cursor: DuckDBPyConnection, item: Path, sought: Sought, gone: exp.Expr | None) -> exp.Expr:
    """Which rows of a file go: by the keys of their records; where it has none, by a cell that is one of the texts."""
    columns = dict(cursor.execute(_COLUMNS, [str(item)]).fetchall())
    found: list[exp.Expr] = [] if gone is None else [gone.copy()]
    keys = [name for name in WHOSE if columns.get(name) == "INTEGER"]
    if "node" in keys:
        cursor.execute(_NODES, [list(sought.nodes)])
        found += [expression(_HAS_NODE, {"__c": name}) for name in keys if sought.nodes]
    elif texts := [fold(text) for text in (*sought.texts, *sought.numbers)]:
        cursor.execute(_TEXTS, [texts])
        found += [expression(_HAS_TEXT, {"__c": name}) for name, kind in columns.items() if kind == "VARCHAR"]
    return exp.or_(*found) if found else exp.false()


def _rejected(cursor: DuckDBPyConnection, item: Path, sought: Sought, labels: Sequence[str]) -> exp.Expr:
    """The rejected rows that are about the people, by record number."""
    answer = cursor.execute("SELECT record, raw FROM read_parquet(?)", [str(item)])
    records: list[int] = []
    while rows := answer.fetchmany(10_000):
        records += [record for record, raw in rows if raw is not None and sought.in_row(raw, labels)]
    cursor.execute(_RECORDS, [records])
    return expression(_HAS_RECORD) if records else exp.false()


def aged(
    cursor: DuckDBPyConnection,
    landing: Path,
    row: Mapping[str, Any],
    gone: exp.Expr | None,
    drop_original: bool,
    drop_rejected: bool,
    mark: str,
    scratch: Path,
) -> Rewritten | None:
    """A registered batch without the accepted rows that `gone` tells, and without its original and its rejected rows where those are old.

    None when nothing goes.
    """
    old = landing / row["folder"]
    originals = [item for item in old.iterdir() if item.name.startswith("original")]
    accepted, rejected = old / log.ACCEPTED, old / log.REJECTED
    taken = 0 if gone is None else _count(cursor, accepted, gone)
    refused = _count(cursor, rejected, exp.true()) if drop_rejected and rejected.exists() else 0
    if not taken and not refused and not (drop_original and originals):
        return None
    body = log.check(old, row["manifest_sha256"])
    made = scratch / f"{row['folder']}-new"
    made.mkdir()
    for item in old.iterdir():
        if item == accepted and gone is not None and taken:
            target = str(made / item.name)
            cursor.sql(_sql(_WITHOUT, gone), params={"path": str(item)}).write_parquet(target, compression="zstd")
        elif item.name == CLAIMED and gone is not None and taken:
            claims = cursor.sql(_sql(_CLAIMS_LEFT, gone), params={"path": str(item), "accepted": str(accepted)})
            claims.write_parquet(str(made / item.name), compression="zstd")
        elif item == rejected and refused:
            none = cursor.sql(_sql(_WITHOUT, exp.true()), params={"path": str(item)})
            none.write_parquet(str(made / item.name), compression="zstd")
        elif item.name != log.MANIFEST and not (item in originals and (drop_original or taken or refused)):
            os.link(item, made / item.name)
    body.pop("files")
    body["retired"] = body.get("retired", 0) + taken + refused
    digest = log.write_manifest(made, body)
    name = f"{_plain_name(row['folder'])}-{mark}"
    log.publish(made, landing, name)
    return Rewritten(name, digest, taken + refused, _count(cursor, landing / name / log.ACCEPTED, exp.true()))


def _plain_name(folder: str) -> str:
    """What a batch's folder was called at first."""
    return "-".join(folder.split("-")[:2])


# --- the ledger -------------------------------------------------------------------------------


def ledger_without(
    cursor: DuckDBPyConnection, ledger: Path, name: str, person_ids: Sequence[str], number: int, scratch: Path
) -> tuple[str, str] | None:
    """A file of the ledger without these people: its new name and checksum; None when they are not in it."""
    if not name:
        return None
    cursor.execute(_PEOPLE, [list(person_ids)])
    condition = expression(_HAS_PERSON)
    if not _count(cursor, ledger / name, condition):
        return None
    made = scratch / f"{_plain_name(Path(name).stem)}-e{number}.parquet"
    cursor.sql(_sql(_WITHOUT, condition), params={"path": str(ledger / name)}).write_parquet(str(made), compression="zstd")
    return made.name, log.publish_file(made, ledger)


def scan(folder: Path, wanted: Iterable[bytes], spared: frozenset[bytes] = frozenset(), places: Iterable[Path] = ()) -> dict[str, Any]:
    """The bytes of every file under a folder, looked through: files read, bytes read, and the files in which something was found.

    What is `spared` may stand in the files, and in the folders, of `places`.
    """
    may = tuple(places)
    needles, files, size, found = Needles(wanted), 0, 0, []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            files, size = files + 1, size + path.stat().st_size
            with path.open("rb") as stream:
                seen = needles.found_in_stream(stream)
                if seen - spared if any(path.is_relative_to(place) for place in may) else seen:
                    found.append(path.relative_to(folder).as_posix())
    return {"files": files, "bytes": size, "found_in": found}
