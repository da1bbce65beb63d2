"""What a format does to the raw table before its rows are judged: the SQL of each shape of `formats/shapes.py`.

Shapes are applied one after another to the table `raw`; each sees the columns that those
before it added. A column of the file that a shape names and the file lacks is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.sql import column, expression, query, render
from lohko.formats.fields import Kind
from lohko.formats.format import Format
from lohko.formats.shapes import (
    Answers,
    ByQuestion,
    CurrencyInCells,
    CurrencyInHeader,
    Fingerprint,
    FirstOf,
    Fixed,
    International,
    Items,
    Joined,
    KeyedList,
    Left,
    Minus,
    Parts,
    PerRow,
    SecondHeader,
    SetPerPerson,
    Shape,
    ShareDown,
    SumsWithout,
    When,
    WithoutPrefix,
)
from lohko.landing import answers, cells, nested, second_header
from lohko.landing.moments import DATE_LIKE, texts
from lohko.landing.raw import Changed, Raw
from lohko.landing.table import Records
from lohko.landing.words import put

_FILLED = """
CASE WHEN NULLIF(trim(__c), '') IS NULL AND NOT NULLIF(trim(__k), '') IS NULL
    THEN min_by(__c, record) FILTER (WHERE NOT NULLIF(trim(__c), '') IS NULL) OVER (PARTITION BY __k) ELSE __c END
"""
_WHEN = "NULLIF(trim(__at), '')"
_YES_OR_WHEN = "CASE WHEN regexp_matches(__at, __date) AND regexp_matches(__at, '[1-9]') THEN trim(__at) ELSE 'yes' END"
_ANY = "SELECT bool_or(__is) FROM raw"
_DIGITS = r"CASE WHEN regexp_full_match(trim(__c), '''?[1-9][0-9 ]{6,17}') THEN '+' || ltrim(trim(__c), '''') ELSE __c END"


def reshape(connection: DuckDBPyConnection, records: Records, one: Format, kind: Kind) -> None:
    """Do to the table `raw`, and to the labels of `records`, what this format asks for when it is read as this kind."""
    for shapes in _at_once(one.reshape):
        there = {label: f"c{place}" for place, label in enumerate(records.labels)}
        raw = Raw(connection, there, one.columns(records.labels), kind, records.told, records.notes)
        changed: Changed = {}
        for shape in shapes:
            changed |= SHAPES[type(shape)](raw, shape)
        if changed:
            _remake(connection, there, changed)
            records.labels += [label for label in changed if label not in there]


def _at_once(shapes: Sequence[Shape]) -> Iterator[list[Shape]]:
    """The shapes in their order, those together that can be done in one pass over the rows: none looks at what another of them makes."""
    together: list[Shape] = []
    for shape in shapes:
        made = {getattr(other, "label", None) for other in together}
        if together and not (isinstance(shape, PerRow) and isinstance(together[-1], PerRow) and not made & _looks_at(shape)):
            yield together
            together = []
        together.append(shape)
    if together:
        yield together


def _looks_at(shape: Shape) -> set[str]:
    """The columns that such a shape may look at and another of them may have made."""
    match shape:
        case FirstOf() | Joined():
            return set(shape.of)
        case When():
            return {shape.label, shape.of}
        case _:
            return set()


def _remake(connection: DuckDBPyConnection, there: Mapping[str, str], changed: Changed) -> None:
    new = [label for label in changed if label not in there]
    names = {**there, **{label: f"c{len(there) + place}" for place, label in enumerate(new)}}
    texts = [changed[label].as_(cell, quoted=True) if label in changed else column(cell) for label, cell in names.items()]
    connection.execute(render("CREATE OR REPLACE TABLE shaped AS SELECT record, __texts FROM raw", lists={"__texts": texts}))
    connection.execute("DROP VIEW raw")
    connection.execute("DROP TABLE texts")
    connection.execute("ALTER TABLE shaped RENAME TO texts")
    connection.execute("CREATE VIEW raw AS SELECT * FROM texts")


def _share_down(raw: Raw, shape: ShareDown) -> Changed:
    by, own = raw.cell(shape.per), tuple(text.casefold() for text in shape.own)
    if by is None:
        return {}
    kept = {label for header, label in raw.by_header.items() if header.casefold().startswith(own) or header == shape.per}
    return {label: expression(_FILLED, {"__c": cell, "__k": by}) for label, cell in raw.cells.items() if label not in kept}


def _first_of(raw: Raw, shape: FirstOf) -> Changed:
    found = [cell for header in shape.of if (cell := raw.cell(header)) is not None]
    blank = [put("NULLIF(trim(__c), '')", c=column(cell)) for cell in found]
    last = [] if shape.otherwise is None else [exp.Literal.string(shape.otherwise)]
    return {shape.label: exp.func("coalesce", *blank, *last)} if blank else {}


def _when(raw: Raw, shape: When) -> Changed:
    cell = raw.cell(shape.of)
    if cell is None:
        return {}
    at = raw.cell(shape.at) if shape.at else None
    meant = put(
        _WHEN if shape.dated else _YES_OR_WHEN, at=column(at) if at else exp.cast(exp.Null(), "VARCHAR"), date=exp.Literal.string(DATE_LIKE)
    )
    is_one = _is_one_of(cell, shape.words)
    if shape.others:
        is_one = put("NOT __one AND NULLIF(trim(__c), '') IS NOT NULL", one=is_one, c=column(cell))
    if shape.also and (other := raw.cell(shape.also[0])):
        is_one = put("coalesce(__one, false) OR __also", one=is_one, also=_is_one_of(other, shape.also[1]))
    if shape.unless and (other := raw.cell(shape.unless[0])):
        is_one = put("__one AND NOT coalesce(__but, false)", one=is_one, but=_is_one_of(other, shape.unless[1]))
    if shape.if_any and not raw.connection.execute(query(_ANY, nodes={"__is": is_one}).sql("duckdb")).fetchall()[0][0]:
        return {}
    said = exp.Case().when(is_one, meant)
    own = raw.cells.get(shape.label)
    return {shape.label: said if own is None else put("coalesce(NULLIF(trim(__own), ''), __said)", own=column(own), said=said)}


def _is_one_of(cell: str, words: Sequence[str]) -> exp.Expr:
    return put("list_contains(__words, lower(trim(__c)))", words=texts([word.lower() for word in words]), c=column(cell))


def _joined(raw: Raw, shape: Joined) -> Changed:
    found = [cell for header in shape.of if (cell := raw.cell(header)) is not None]
    if not found:
        return {}
    parts = [put("NULLIF(trim(__c), '')", c=column(cell)) for cell in found]
    together = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(" "), *parts])
    return {shape.label: put("CASE WHEN NOT __first IS NULL THEN __all END", first=parts[0], all=together)}


def _international(raw: Raw, shape: International) -> Changed:
    cell = raw.cell(shape.label)
    return {raw.by_header.get(shape.label, shape.label): put(_DIGITS, c=column(cell))} if cell is not None else {}


SHAPES: dict[type[Shape], Callable[[Raw, Any], Changed]] = {
    ShareDown: _share_down,
    FirstOf: _first_of,
    When: _when,
    Joined: _joined,
    International: _international,
    Answers: answers.answers,
    SecondHeader: second_header.second_header,
    ByQuestion: answers.by_question,
    CurrencyInCells: cells.currency_in_cells,
    CurrencyInHeader: cells.currency_in_header,
    Fingerprint: nested.fingerprint,
    Fixed: cells.fixed,
    Items: nested.items,
    KeyedList: nested.keyed_list,
    Left: nested.left,
    Minus: cells.minus,
    Parts: nested.parts,
    SetPerPerson: cells.set_per_person,
    SumsWithout: cells.sums_without,
    WithoutPrefix: cells.without_prefix,
}
"""Every shape and what it makes of the columns."""
