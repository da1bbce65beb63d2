"""Small changes of cells: what tools put before ids, where they write the currency, and lists that say one person several times."""

from __future__ import annotations

import re

from sqlglot import exp

from lohko.engine.sql import column
from lohko.formats.shapes import CurrencyInCells, CurrencyInHeader, Fixed, Minus, SetPerPerson, SumsWithout, WithoutPrefix
from lohko.landing.moments import texts
from lohko.landing.raw import Changed, Raw, Told
from lohko.landing.words import put

# One text for all rows of a person, so that the further rows say nothing new.
_SET = """
CAST(to_json(list_sort(list_distinct(list_filter(list_transform(
    flatten(list(regexp_split_to_array(coalesce(__c, ''), '[;|]')) OVER (PARTITION BY coalesce(__per, concat(chr(31), record)))),
    lambda item: trim(item)), lambda item: item <> '')))) AS VARCHAR)
"""


def set_per_person(raw: Raw, shape: SetPerPerson) -> Changed:
    """What any of a person's rows says in a column, as a set."""
    cell = raw.cell(shape.of)
    if cell is None:
        return {}
    raw.told[raw.label_of(shape.of)] = Told(role="left")
    per = [put("NULLIF(lower(trim(__c)), '')", c=column(item)) for header in shape.per if (item := raw.cell(header)) is not None]
    who = exp.func("coalesce", *per, exp.cast(exp.Null(), "VARCHAR"))
    return {shape.label: put("NULLIF(__set, '[]')", set=put(_SET, c=column(cell), per=who))}


def currency_in_header(raw: Raw, shape: CurrencyInHeader) -> Changed:
    """The currency that stands in brackets in a column's header: `Amount spent (EUR)`."""
    found = re.search(r"\(([A-Z]{3})\)", raw.label_of(shape.of))
    return {shape.label: exp.Literal.string(found[1])} if found and shape.label not in raw.cells else {}


def currency_in_cells(raw: Raw, shape: CurrencyInCells) -> Changed:
    """The currency that stands beside the amounts of a column: `250.5 EUR`."""
    cell = raw.cell(shape.of)
    if cell is None or shape.label in raw.cells:
        return {}
    return {shape.label: put(r"NULLIF(regexp_extract(__c, '(^|[^A-Za-z])([A-Z]{3})($|[^A-Za-z])', 2), '')", c=column(cell))}


def fixed(raw: Raw, shape: Fixed) -> Changed:
    """A column that says the same in every row, unless the file has one of that name."""
    return {shape.label: exp.Literal.string(shape.text)} if shape.label not in raw.cells else {}


def without_prefix(raw: Raw, shape: WithoutPrefix) -> Changed:
    """Texts without what a tool writes before them."""
    cells = {raw.label_of(header): cell for header in shape.labels if (cell := raw.cell(header)) is not None}
    pattern = exp.Literal.string(shape.pattern)
    return {label: put("regexp_replace(trim(__c), __p, '')", c=column(cell), p=pattern) for label, cell in cells.items()}


def sums_without(raw: Raw, shape: SumsWithout) -> Changed:
    """Rows that name nothing are sums of the others: they get a word that says so, and no day."""
    named = [raw.label_of(header) for header in shape.of if raw.cell(header) is not None]
    if not named:
        return {}
    texts_of = [put("NULLIF(trim(__c), '')", c=column(raw.cells[label])) for label in named]
    is_sum = put("__first IS NULL", first=exp.func("coalesce", *texts_of, exp.cast(exp.Null(), "VARCHAR")))
    blank = [raw.label_of(header) for header in shape.blank if raw.cell(header) is not None]
    changed = {label: put("CASE WHEN NOT __sum THEN __c END", sum=is_sum, c=column(raw.cells[label])) for label in blank}
    return {named[0]: put("CASE WHEN __sum THEN 'Total' ELSE __c END", sum=is_sum, c=column(raw.cells[named[0]])), **changed}


def minus(raw: Raw, shape: Minus) -> Changed:
    """Amounts of credit notes with their sign before them."""
    cell, kind = raw.cell(shape.label), raw.cell(shape.of)
    if cell is None or kind is None:
        return {}
    sql = "CASE WHEN list_contains(__words, lower(trim(__kind))) AND regexp_full_match(trim(__c), '[0-9].*[^-]|[0-9]') THEN '-' || trim(__c) ELSE __c END"
    return {raw.label_of(shape.label): put(sql, words=texts(shape.words), kind=column(kind), c=column(cell))}
