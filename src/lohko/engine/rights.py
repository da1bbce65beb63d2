"""Consents given by hand, flags of a person, and corrections: what decisions of these kinds become in the store.

`person_flag` has every setting and lifting of a flag; `flagged` the ones that
hold, a row a record. Whose processing is restricted is set aside, and so does not
live for any question. A flag is not travelled through time: it holds for what is
done now, also with the past.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from lohko.engine.duckdb import UNPROFILED, people_of
from lohko.engine.sql import column, render
from lohko.engine.tables import SQL_TYPES, cast

if TYPE_CHECKING:
    from pyroaring import BitMap

    from lohko.engine.load import Batch
    from lohko.model.schema import Schema

RESTRICTED = "restricted"

_CONSENT = """
INSERT INTO consent
SELECT n.person, s.node, s.purpose, s.given, s.since, s.dated, s.basis, CAST(? AS INTEGER), s.source, s.wording, s.proof
FROM staged AS s JOIN node AS n ON n.node = s.node
"""
_FLAGS = "INSERT INTO person_flag SELECT node, flag, holds, since, reason, CAST(? AS INTEGER) FROM staged"
# The latest setting counts; of two at one instant the one that holds.
_FORGET = "DELETE FROM flagged WHERE node IN (SELECT node FROM staged)"
_HOLD = """
INSERT INTO flagged SELECT n.person, f.node, f.flag FROM person_flag AS f JOIN node AS n ON n.node = f.node
WHERE f.node IN (SELECT node FROM staged) GROUP BY n.person, f.node, f.flag HAVING arg_max(f.holds, ROW(f."at", f.holds))
"""
_ASIDE = (
    "DELETE FROM set_aside WHERE why = 'restricted' AND node IN (SELECT node FROM staged)",
    "INSERT INTO set_aside SELECT node, 'restricted', 'restricted' FROM flagged WHERE flag = 'restricted' AND node IN (SELECT node FROM staged)",
    """UPDATE person SET living = true WHERE person IN (SELECT n.person FROM staged AS s JOIN node AS n ON n.node = s.node)
        AND NOT person IN (SELECT n.person FROM set_aside AS a JOIN node AS n ON n.node = a.node)""",
    """UPDATE person SET living = false WHERE person IN (SELECT n.person FROM set_aside AS a JOIN node AS n ON n.node = a.node)""",
)
_CORRECTED = """
INSERT INTO corrected SELECT s.node, CAST(? AS VARCHAR), __was, s."at", CAST(? AS INTEGER)
FROM staged AS s LEFT JOIN __table AS t ON t.node = s.node AND t.valid_to = TIMESTAMP '9999-12-31 00:00:00'
"""


def load_consents(cursor: DuckDBPyConnection, batch: Batch, _schema: Schema, _currency: str) -> None:
    """Consents given and withdrawn by hand."""
    cursor.execute(_CONSENT, [batch.number])


def load_flags(cursor: DuckDBPyConnection, batch: Batch, _schema: Schema, _currency: str) -> None:
    """Flags set and lifted; a person who is set aside does not live."""
    cursor.execute(_FLAGS, [batch.number])
    cursor.execute(_FORGET)
    cursor.execute(_HOLD)
    for statement in _ASIDE:
        cursor.execute(statement)


def load_correction(cursor: DuckDBPyConnection, batch: Batch, schema: Schema, _currency: str) -> None:
    """What each record said until it was corrected; the value itself is loaded like that of any file."""
    name = batch.columns[0].name
    attribute = schema.attribute(name)
    was = cast(column("value", "t"), SQL_TYPES[attribute.type], "VARCHAR") if attribute.type != "text_set" else column("value", "t")
    sql = render(_CORRECTED, {"__table": attribute.table}, {"__was": [was]})
    cursor.execute(sql, [attribute.table, batch.number])


def load_nothing(_cursor: DuckDBPyConnection, _batch: Batch, _schema: Schema, _currency: str) -> None:
    """A batch that only says that something was taken out: the data version moves on."""


def unprofiled(cursor: DuckDBPyConnection) -> BitMap:
    """The people about whom no scores may be made."""
    return people_of(cursor.execute(UNPROFILED))


def unmarketed(cursor: DuckDBPyConnection) -> BitMap:
    """The people who are in no audience."""
    return people_of(cursor.execute("SELECT DISTINCT person FROM flagged WHERE flag IN ('no_marketing', 'restricted')"))
