"""Consents given by hand, flags of a person, and corrections: what decisions of these kinds become in the store.

`person_flag` has every setting and lifting of a flag; `flagged` the ones that
hold, a row a record. Whose processing is restricted is set aside, and so does not
live for any question. A flag is not travelled through time: it holds for what is
done now, also with the past.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection
from pyroaring import BitMap

from lohko.base.times import local_day, naive
from lohko.engine.bitmaps import UNPROFILED, people_of
from lohko.engine.sql import render
from lohko.engine.tables import observed_table
from lohko.model.consent import OF_AGE

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from lohko.engine.load import Batch
    from lohko.model.schema import Schema

RESTRICTED = "restricted"

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
# What the record's source said last, whatever was corrected since and whoever's record counts.
_CORRECTED = """
INSERT INTO corrected SELECT s.node, $attribute, (
    SELECT arg_max(CAST(o.value AS VARCHAR), ROW(o."at", o.batch)) FROM __observed AS o
    WHERE o.node = s.node AND NOT o.value IS NULL AND NOT o.batch IN (SELECT batch FROM corrected WHERE attribute = $attribute)
), s."at", CAST($batch AS INTEGER) FROM staged AS s
"""


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
    sql = render(_CORRECTED, {"__observed": observed_table(attribute)})
    cursor.execute(sql, {"attribute": attribute.table, "batch": batch.number})


_CORRECTIONS = """
SELECT attribute, max(was), "at" FROM corrected WHERE node IN (SELECT unnest(CAST(? AS INTEGER[]))) GROUP BY attribute, "at" ORDER BY "at"
"""


def corrections_of(cursor: DuckDBPyConnection, schema: Schema, nodes: Sequence[int]) -> list[tuple[str, str | None, dt.datetime]]:
    """What was corrected by hand of a person's records: the attribute's name, what a source had said, when (naive UTC)."""
    names = {item.table: item.name for item in schema.attributes.values()}
    return [(names.get(table, table), was, at) for table, was, at in cursor.execute(_CORRECTIONS, [list(nodes)]).fetchall()]


_CORRECTED_AT = """
SELECT attribute, "at", max(was), max(batch) FROM corrected WHERE node IN (SELECT unnest(CAST(? AS INTEGER[]))) GROUP BY attribute, "at"
"""


def corrected_at(cursor: DuckDBPyConnection, nodes: Sequence[int]) -> dict[tuple[str, dt.datetime], tuple[str | None, int]]:
    """What was corrected by hand of a person's records, by the attribute's table and when (naive UTC): what a source had said, and the batch."""
    return {(table, at): (was, batch) for table, at, was, batch in cursor.execute(_CORRECTED_AT, [list(nodes)]).fetchall()}


def load_nothing(_cursor: DuckDBPyConnection, _batch: Batch, _schema: Schema, _currency: str) -> None:
    """A batch that only says that something was taken out: the data version moves on."""


def unprofiled(cursor: DuckDBPyConnection) -> BitMap:
    """The people about whom no scores may be made."""
    return people_of(cursor.execute(UNPROFILED))


def unmarketed(cursor: DuckDBPyConnection) -> BitMap:
    """The people who are in no audience."""
    return people_of(cursor.execute("SELECT DISTINCT person FROM flagged WHERE flag IN ('no_marketing', 'restricted')"))


# A guardian's consent is one whose proof says so; it stands for its purpose until somebody takes it back, and then the child's own yes is not enough.
_GUARDED = """
SELECT DISTINCT g.person FROM consent AS g WHERE g.given AND g.proof ILIKE 'guardian%' AND g.purpose = $purpose AND NOT EXISTS (
    SELECT 1 FROM consent AS w WHERE w.person = g.person AND w.purpose = g.purpose AND NOT w.given AND w.effective_at >= g.effective_at
)
"""
_BORN_AFTER = """
SELECT person FROM __table WHERE valid_from < CAST($at AS TIMESTAMP) AND valid_to >= CAST($at AS TIMESTAMP)
    AND CAST(value AS DATE) > CAST($day AS DATE)
"""
_BORN_IN_OR_AFTER = """
SELECT person FROM __table WHERE valid_from < CAST($at AS TIMESTAMP) AND valid_to >= CAST($at AS TIMESTAMP)
    AND TRY_CAST(value AS BIGINT) >= CAST($year AS BIGINT)
"""
_YOUNGER = """
SELECT person FROM __table WHERE valid_from < CAST($at AS TIMESTAMP) AND valid_to >= CAST($at AS TIMESTAMP)
    AND TRY_CAST(value AS BIGINT) < CAST($age AS BIGINT)
"""
BIRTHS = ("birth_date", "birthday", "date_of_birth", "born")
BIRTH_YEARS = ("birth_year", "year_of_birth", "year_birth")
AGES = ("age",)


def too_young(cursor: DuckDBPyConnection, schema: Schema, as_of: dt.datetime, zone: ZoneInfo, age: int, purpose: str = "") -> BitMap:
    """The people known to be younger than an age at an instant, by day of birth, year of birth or age. A guardian's consent for the purpose lifts the limit of 13, not that of 18.

    Of whom nothing of the kind is known nobody can say; a year alone counts as its last day.
    """
    at, today = naive(as_of), local_day(as_of, zone)
    limit = (
        today.replace(year=today.year - age, day=min(today.day, 28))
        if (today.month, today.day) == (2, 29)
        else today.replace(year=today.year - age)
    )
    young = BitMap()
    for name in (*BIRTHS, *BIRTH_YEARS, *AGES):
        attribute = schema.attributes.get(name)
        if attribute is None or attribute.trait:
            continue
        if name in BIRTHS and attribute.type in ("date", "time"):
            young |= people_of(cursor.execute(render(_BORN_AFTER, {"__table": attribute.table}), {"at": at, "day": limit}))
        elif name in BIRTH_YEARS and attribute.type in ("integer", "decimal", "text"):
            young |= people_of(cursor.execute(render(_BORN_IN_OR_AFTER, {"__table": attribute.table}), {"at": at, "year": limit.year}))
        elif name in AGES and attribute.type in ("integer", "decimal"):
            young |= people_of(cursor.execute(render(_YOUNGER, {"__table": attribute.table}), {"at": at, "age": age}))
    return young if age >= OF_AGE else young - people_of(cursor.execute(_GUARDED, {"purpose": purpose}))


# One decision is kept on each of a person's records, and told once.
_HISTORY = """
SELECT DISTINCT purpose, given, effective_at, dated, basis, source, wording, proof, batch, whole, role, account, places FROM consent WHERE node IN (SELECT unnest(CAST(? AS INTEGER[])))
ORDER BY purpose, effective_at, given, batch
"""
_SET = """
SELECT flag, holds, "at", reason FROM person_flag WHERE node IN (SELECT unnest(CAST(? AS INTEGER[]))) GROUP BY ALL ORDER BY "at", holds
"""
_BASES = "SELECT purpose, basis, count(DISTINCT person) FROM consent WHERE given GROUP BY purpose, basis ORDER BY purpose, basis"


def consent_rows(cursor: DuckDBPyConnection, nodes: Sequence[int]) -> list[tuple[Any, ...]]:
    """The consents of some records by purpose and time: purpose, given, since (naive UTC), dated, basis, source, wording, proof, batch,
    whether it is of the person as such, role, account, places."""
    return cursor.execute(_HISTORY, [list(nodes)]).fetchall()


def flag_rows(cursor: DuckDBPyConnection, nodes: Sequence[int]) -> list[tuple[str, bool, dt.datetime, str]]:
    """Every setting and lifting of a flag of some records, by time: flag, holds, at (naive UTC), reason."""
    return cursor.execute(_SET, [list(nodes)]).fetchall()


def bases_used(cursor: DuckDBPyConnection) -> list[tuple[str, str, int]]:
    """On which basis consents were given, and by how many people: purpose, basis, people."""
    return cursor.execute(_BASES).fetchall()
