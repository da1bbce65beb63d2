"""Attributes with a past, from the rows that carry them.

What was seen (`o_...`) is kept as it came; from it the intervals of a person's
value are made again for the people a batch touched (`intervals.py`).
"""

from __future__ import annotations

import datetime as dt

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.engine.sql import column, expression
from lohko.engine.tables import SQL_TYPES, observed_table
from lohko.model.schema import Attribute

# A blank says nothing in an order row; in a list of customers it ends a value that was known.
_SEE = """
INSERT INTO __observed
SELECT DISTINCT node, value, fold, coalesce("at", CAST(? AS TIMESTAMP)), "at" IS NULL, CAST(? AS INTEGER)
FROM (SELECT node, __value AS value, __fold AS fold, "at" FROM staged WHERE node IS NOT NULL) AS said
WHERE __says
"""
_SAYS, _SAYS_OR_ENDS = (
    "value IS NOT NULL",
    "value IS NOT NULL OR node IN (SELECT node FROM __observed AS o WHERE o.value IS NOT NULL AND o.batch <> CAST(? AS INTEGER))",
)

# What a source without times says again is no news about what was corrected by hand since, until it says something else.
_DROP_CORRECTED = """
DELETE FROM __observed WHERE batch = CAST($number AS INTEGER) AND timeless AND EXISTS (
    SELECT 1 FROM corrected AS c WHERE c.attribute = $attribute AND c.node = __observed.node AND __was IS NOT DISTINCT FROM __observed.value
        AND c.batch < $number AND NOT EXISTS (
            SELECT 1 FROM __observed AS o WHERE o.node = c.node AND o.batch > c.batch AND o.batch < $number
                AND NOT o.batch IN (SELECT batch FROM corrected WHERE attribute = $attribute) AND o.value IS DISTINCT FROM __was))
"""


def any_corrected(cursor: DuckDBPyConnection) -> bool:
    """Whether any value was ever corrected by hand."""
    return bool(cursor.execute("SELECT 1 FROM corrected LIMIT 1").fetchall())


def see_attribute(
    cursor: DuckDBPyConnection,
    attribute: Attribute,
    value: exp.Expr,
    fold: exp.Expr,
    *,
    number: int,
    received_at: dt.datetime,
    says_nothing_by_blank: bool,
    corrected: bool,
) -> None:
    """Take an attribute's values from the table `staged`; the intervals of its people are to be made again.

    `corrected` says whether any value was ever corrected by hand, which is asked once for all attributes.
    """
    names = {"__observed": observed_table(attribute)}
    received = received_at.astimezone(dt.UTC).replace(tzinfo=None)
    says = expression(_SAYS if says_nothing_by_blank else _SAYS_OR_ENDS, names)
    see = expression(_SEE, names, {"__value": value, "__fold": fold, "__says": says}).sql(dialect="duckdb")
    cursor.execute(see, [received, number] if says_nothing_by_blank else [received, number, number])
    if corrected:
        # Kept as a text, and compared as what the attribute is by now.
        was = exp.TryCast(this=column("was", "c"), to=exp.DataType.build(SQL_TYPES[attribute.type], "duckdb"))
        drop = expression(_DROP_CORRECTED, names, {"__was": was}).sql(dialect="duckdb")
        cursor.execute(drop, {"number": number, "attribute": attribute.table})
