"""Texts that say several become lists: each different text is cut in Python, once, and joined back."""

from __future__ import annotations

from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.text import fold
from lohko.base.text_set import text_set
from lohko.engine.sql import expression, render

_DIFFERENT = "SELECT DISTINCT __text FROM __source"
_CUT = """
CREATE OR REPLACE TEMP TABLE __cut AS
SELECT CAST(text AS VARCHAR) AS text, list(CAST(value AS VARCHAR) ORDER BY place) AS value, list(CAST(fold AS VARCHAR) ORDER BY place) AS fold
FROM cut_items GROUP BY text
"""
_OF = "(SELECT c.__part FROM __cut AS c WHERE c.text = __text)"


def cut_texts(cursor: DuckDBPyConnection, source: str, text: exp.Expr, *, named: str = "text_cut") -> tuple[exp.Expr, exp.Expr]:
    """The lists that a text of a table says, as expressions: of the texts, and of their folds; null where it says nothing.

    They hold until the next call under that name.
    """
    rows = cursor.execute(render(_DIFFERENT, {"__source": source}, {"__text": [text]})).fetchall()
    items = [(cell, place, item) for (cell,) in rows if cell is not None for place, item in enumerate(text_set(cell))]
    import numpy as np  # the parser of files starts without it

    arrays: dict[str, Any] = {
        "text": np.array([cell for cell, _, _ in items], dtype=object),
        "place": np.array([place for _, place, _ in items], dtype=np.int32),
        "value": np.array([item for _, _, item in items], dtype=object),
        "fold": np.array([fold(item) for _, _, item in items], dtype=object),
    }
    cursor.register("cut_items", arrays)
    cursor.execute(render(_CUT, {"__cut": named}))
    cursor.unregister("cut_items")
    return _of("value", text, named), _of("fold", text, named)


def _of(part: str, text: exp.Expr, cut: str) -> exp.Expr:
    return expression(_OF, {"__part": part, "__cut": cut}, {"__text": text})
