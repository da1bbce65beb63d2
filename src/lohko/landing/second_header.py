"""A second row of headers: the choices of a question, or its rows, under one header that stands over the first of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from lohko.engine.sql import column, render
from lohko.formats.shapes import SecondHeader
from lohko.landing.raw import Changed, Raw, Told
from lohko.landing.words import put

_UNNAMED = re.compile(r"column \d+")
_FIRST = "SELECT __cells FROM raw ORDER BY record LIMIT 1"
_OTHERS = """
SELECT count(*) > 0 FROM raw WHERE record > (SELECT min(record) FROM raw) AND NOT NULLIF(trim(__c), '') IS NULL AND trim(__c) <> ?
"""
_BELOW = "CASE WHEN record > (SELECT min(record) FROM raw) THEN NULLIF(trim(__c), '') END"
_SEVERAL = """
CASE WHEN NOT __any IS NULL THEN CAST(to_json(list_filter(__all, lambda item: NOT item IS NULL)) AS VARCHAR) END
"""


def second_header(raw: Raw, shape: SecondHeader) -> Changed:
    """Columns without that row: those of choices as one set, those of a question's rows with names of their own."""
    by = raw.cell(shape.of)
    if by is None:
        return {}
    [first] = raw.connection.execute(render(_FIRST, lists={"__cells": [column(cell) for cell in raw.cells.values()]})).fetchall() or [()]
    said = {label: text.strip() for label, text in zip(raw.cells, first, strict=False) if text and text.strip()}
    if not said or raw.label_of(shape.of) in said:
        return {}
    changed: Changed = {label: _below(raw, label) for label in said}
    for question, columns in _questions(raw, said).items():
        if _are_choices(raw, columns, said):
            given = [_below(raw, label) for label in columns]
            changed[question] = put(_SEVERAL, any=exp.func("coalesce", *given), all=exp.Array(expressions=given))
            raw.told[question] = Told(type="text_set")
            raw.told.update({label: Told(role="left") for label in columns[1:]})
            changed.update({label: exp.cast(exp.Null(), "VARCHAR") for label in columns[1:]})
            continue
        for label in columns:
            changed[raw.free(f"{question}: {said[label]}", "question", changed)] = _below(raw, label)
            changed[label] = exp.cast(exp.Null(), "VARCHAR")
            raw.told[label] = Told(role="left")
    return changed


def _questions(raw: Raw, said: Mapping[str, str]) -> dict[str, list[str]]:
    """The questions of several columns: the header, and the columns without one behind it."""
    found: dict[str, list[str]] = {}
    question = None
    for label in raw.cells:
        if label not in said or raw.is_known(label):
            question = None
        elif question is not None and _UNNAMED.fullmatch(label):
            found[question].append(label)
        else:
            question = label
            found[label] = [label]
    return {question: columns for question, columns in found.items() if len(columns) > 1}


def _are_choices(raw: Raw, columns: list[str], said: Mapping[str, str]) -> bool:
    """Whether whoever chose has the choice itself in its column; the last may be words for another one."""
    return not any(
        raw.connection.execute(render(_OTHERS, {"__c": raw.cells[label]}), [said[label]]).fetchall()[0][0] for label in columns[:-1]
    )


def _below(raw: Raw, label: str) -> exp.Expr:
    return put(_BELOW, c=column(raw.cells[label]))
