"""Rows of the GA4 export, whose columns hold objects and lists, become flat.

An object becomes columns for the parts that are named; a list of keys with values
becomes a column per key; a list of items becomes sets of their ids, names, brands and
categories. JSON lines and Parquet give the same columns.
"""

from __future__ import annotations

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.sql import column, render
from lohko.formats.shapes import Fingerprint, Items, KeyedList, Left, Parts
from lohko.landing.raw import Changed, Raw, Told
from lohko.landing.words import put

MOST_KEYS = 150
"""How many keys of a list become columns: those that most rows have."""

_VALUE = '{"string_value": "VARCHAR", "int_value": "VARCHAR", "float_value": "VARCHAR", "double_value": "VARCHAR"}'
_LIST = f'[{{"key": "VARCHAR", "value": {_VALUE}}}]'
_OPENED = """
CREATE OR REPLACE TABLE opened AS SELECT * EXCLUDE (opening),
    list_transform(opening, lambda pair: pair.k) AS __keys, list_transform(opening, lambda pair: pair.v) AS __values
FROM (
    SELECT *, list_filter(list_transform(
        CASE WHEN json_valid(__c) AND json_type(__c) = 'ARRAY' THEN json_transform(__c, __structure) END,
        lambda item: {'k': item.key, 'v': coalesce(item.value.string_value, item.value.int_value,
            regexp_replace(coalesce(item.value.double_value, item.value.float_value), '\\.0+$', ''))}),
        lambda pair: NOT pair.k IS NULL AND NOT pair.v IS NULL) AS opening
    FROM raw)
"""
_COUNTED = "SELECT k FROM (SELECT unnest(list_distinct(__keys)) AS k FROM raw) GROUP BY k ORDER BY count(*) DESC, k"
# Of a key that occurs twice in one list the first value counts.
_VALUE_OF = "__values[list_position(__keys, __key)]"
_PART = "CASE WHEN json_valid(__c) AND json_type(__c) = 'OBJECT' THEN json_extract_string(__c, __path) END"
_ITEM_SET = """
CASE WHEN json_valid(__c) AND json_type(__c) = 'ARRAY' THEN NULLIF(CAST(to_json(list_sort(list_filter(
    list_distinct(json_extract_string(__c, __path)), lambda text: text <> '' AND text <> '(not set)'))) AS VARCHAR), '[]') END
"""


def parts(raw: Raw, shape: Parts) -> Changed:
    """The named parts of objects, wherever the file's format left them: opened already, or as a JSON text."""
    changed: Changed = {}
    for label, paths in shape.parts.items():
        found = [value for path in paths for value in _part(raw, path)]
        if found:
            changed[label] = exp.func("coalesce", *found)
    return changed


def _part(raw: Raw, path: str) -> list[exp.Expr]:
    """What a path leads to: `device.web_info.browser` may be a column, or in the object of `device.web_info` or `device`."""
    found: list[exp.Expr] = []
    names = path.split(".")
    for cut in range(len(names), 0, -1):
        cell = raw.cell(".".join(names[:cut]))
        if cell is None:
            continue
        inner = "$." + ".".join(f'"{name}"' for name in names[cut:])
        whole = cut == len(names)
        value = column(cell) if whole else put(_PART, c=column(cell), path=exp.Literal.string(inner))
        found.append(put("NULLIF(NULLIF(trim(__v), ''), '(not set)')", v=value))
    return found


def keyed_list(raw: Raw, shape: KeyedList) -> Changed:
    """A column per key of a list of keys and values."""
    cell = raw.cell(shape.label)
    if cell is None:
        return {}
    keys, values = f"keys_{cell}", f"values_{cell}"
    _open(raw.connection, cell, keys, values)
    found = [key for (key,) in raw.connection.execute(render(_COUNTED, {"__keys": keys})).fetchall()]
    if len(found) > MOST_KEYS:
        raw.notes.append(("keys_left_out", f"{len(found) - MOST_KEYS} rare keys of {shape.label!r} were left out.", shape.label))
    changed: Changed = {}
    for key in found[:MOST_KEYS]:
        label = raw.free(key, shape.label, changed)
        changed[label] = put(_VALUE_OF, values=column(values), keys=column(keys), key=exp.Literal.string(key))
        if shape.role is not None:
            raw.told[label] = Told(role=shape.role)
    raw.told[raw.label_of(shape.label)] = Told(role="left")
    return changed


def _open(connection: DuckDBPyConnection, cell: str, keys: str, values: str) -> None:
    structure = exp.Literal.string(_LIST)
    names = {"__c": cell, "__keys": keys, "__values": values}
    connection.execute(render(_OPENED, names, {"__structure": [structure]}))
    connection.execute("DROP VIEW raw")
    connection.execute("DROP TABLE texts")
    connection.execute("ALTER TABLE opened RENAME TO texts")
    connection.execute("CREATE VIEW raw AS SELECT * FROM texts")


def items(raw: Raw, shape: Items) -> Changed:
    """Sets of what the items of a list are."""
    cell = raw.cell(shape.label)
    if cell is None:
        return {}
    changed: Changed = {}
    for label, name in shape.sets.items():
        changed[label] = put(_ITEM_SET, c=column(cell), path=exp.Literal.string(f'$[*]."{name}"'))
        raw.told[label] = Told(type="text_set")
    raw.told[raw.label_of(shape.label)] = Told(role="left")
    return changed


def fingerprint(raw: Raw, shape: Fingerprint) -> Changed:
    """What tells a row from all others, where no column does."""
    headers = shape.of if raw.cell(shape.unless) is not None else (*shape.of, *shape.then)
    cells = [cell for header in headers if (cell := raw.cell(header)) is not None]
    blank = [put("coalesce(trim(__c), '')", c=column(cell)) for cell in cells]
    if not blank:
        return {}
    joined = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string("|"), *blank])
    return {shape.label: exp.Anonymous(this="md5", expressions=[joined])}


def left(raw: Raw, shape: Left) -> Changed:
    """Columns that say nothing of a person."""
    for label in raw.cells:
        header = next((name for name, given in raw.by_header.items() if given == label), label)
        if header in shape.but:
            continue
        if header in shape.labels or header.startswith(tuple(f"{name}." for name in shape.labels)):
            raw.told[label] = Told(role="left")
    return {}
