"""Consents in the store: what was said, in which capacity, and for whom and on which record it stands (`model.consent` has the meaning).

What a batch says of consents is gathered in the temporary table `said_consent`, and written
with the capacity that the record speaks in: that follows from all that the record
ever told of a company and of addresses, and from the accounts that are known. When
any of these change, the statements of those records are written again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from duckdb import DuckDBPyConnection

from lohko.base.times import naive
from lohko.engine.sql import expression, render
from lohko.engine.tables import observed_table
from lohko.model.account import FREE_MAIL
from lohko.model.consent import Capacity
from lohko.model.schema import Schema

# --- what a batch says ---------------------------------------------------------------------------

_SAID = """
CREATE OR REPLACE TEMP TABLE said_consent AS
SELECT person, node, purpose, given, effective_at, date_of, basis, batch, source, wording, proof, whole FROM consent LIMIT 0
"""
_OF_FILE = """
INSERT INTO said_consent
SELECT DISTINCT n.person, s.node, CAST(? AS VARCHAR), s.__given, coalesce(s.__since, s.at, CAST(? AS TIMESTAMP)),
    CASE WHEN s.__since IS NOT NULL THEN 'own' WHEN s.at IS NOT NULL THEN CAST(? AS VARCHAR) END, CASE WHEN s.__given THEN 'consent' ELSE 'none' END, CAST(? AS INTEGER), n.source, NULL, NULL,
    CAST(? AS BOOLEAN) AND NOT s.__given
FROM staged AS s JOIN node AS n ON n.node = s.node WHERE s.__given IS NOT NULL
"""
_BY_HAND = """
INSERT INTO said_consent
SELECT n.person, s.node, s.purpose, s.given, s.since, CASE WHEN s.dated THEN 'own' END, s.basis, CAST(? AS INTEGER), s.source, s.wording, s.proof, __whole
FROM staged AS s JOIN node AS n ON n.node = s.node
"""


def begin(cursor: DuckDBPyConnection) -> None:
    """Nothing is said yet."""
    cursor.execute(_SAID)


def say(
    cursor: DuckDBPyConnection, purpose: str, given: str, number: int, received_at: dt.datetime, *, whole: bool, when_changed: bool
) -> None:
    """Take consent records from a yes/no column of `staged` and its date column beside it; with `whole` a no is of the person as such.

    With `when_changed` a row's time is when anything in it changed, as in lists of customers, and not when this was said, as in a form.
    """
    received = received_at.astimezone(dt.UTC).replace(tzinfo=None)
    sql = render(_OF_FILE, {"__given": given, "__since": f"{given}_at"})
    cursor.execute(sql, [purpose, received, "row" if when_changed else "own", number, whole])


def say_by_hand(cursor: DuckDBPyConnection, number: int) -> None:
    """Take consents given and withdrawn by hand. A withdrawal is of the person as such unless it says otherwise."""
    told = {row[0] for row in cursor.execute("DESCRIBE staged").fetchall()}
    whole = expression("s.whole" if "whole" in told else "NOT s.given")
    cursor.execute(expression(_BY_HAND, nodes={"__whole": whole}).sql("duckdb"), [number])


# --- in which capacity ---------------------------------------------------------------------------

_THESE = "CREATE OR REPLACE TEMP TABLE speaking AS SELECT DISTINCT node FROM said_consent"
_TOUCHED = "INSERT INTO speaking SELECT DISTINCT node FROM consent WHERE node IN (SELECT node FROM staged) AND NOT node IN (SELECT node FROM said_consent)"
_ALL = "INSERT INTO speaking SELECT DISTINCT node FROM consent WHERE NOT node IN (SELECT node FROM said_consent)"
_AGAIN = (
    """INSERT INTO said_consent SELECT person, node, purpose, given, effective_at, date_of, basis, batch, source, wording, proof, whole FROM consent
        WHERE node IN (SELECT node FROM speaking)""",
    "DELETE FROM consent WHERE node IN (SELECT node FROM speaking)",
)
_LINKS = "CREATE OR REPLACE TEMP TABLE company_link (node INTEGER, level INTEGER, account INTEGER)"
# As model.account says: by what the record's account is called, by what its company is called, by the domain of its address.
_NAMED = """
INSERT INTO company_link SELECT DISTINCT o.node, CAST($level AS INTEGER), n.account FROM __observed AS o JOIN speaking AS p ON p.node = o.node
LEFT JOIN (SELECT fold, min(account) AS account FROM account_name WHERE kind IN ('id', 'name') GROUP BY fold HAVING count(DISTINCT account) = 1) AS n
    ON n.fold = o.fold
WHERE NOT o.value IS NULL
"""
_AT_DOMAIN = """
INSERT INTO company_link SELECT DISTINCT o.node, 3, n.account FROM __observed AS o JOIN speaking AS p ON p.node = o.node
JOIN (SELECT fold, min(account) AS account FROM account_name WHERE kind = 'domain' GROUP BY fold HAVING count(DISTINCT account) = 1) AS n
    ON n.fold = regexp_extract(o.fold, '@([^@]*)$', 1)
"""
_REACHED = """
CREATE OR REPLACE TEMP TABLE __reached AS SELECT o.node, list(DISTINCT o.fold) AS folds FROM __observed AS o JOIN speaking AS p ON p.node = o.node
WHERE NOT o.value IS NULL AND NOT o.fold IS NULL GROUP BY o.node
"""
_NOWHERE = "CREATE OR REPLACE TEMP TABLE __reached (node INTEGER, folds VARCHAR[])"
_CAPACITY = """
CREATE OR REPLACE TEMP TABLE capacity AS
WITH host AS (
    SELECT h.node, bool_or(NOT f.host IS NULL) AS some_free, bool_and(NOT f.host IS NULL) AS all_free
    FROM (SELECT node, regexp_extract(unnest(folds), '@([^@]*)$', 1) AS host FROM reached_email) AS h
    LEFT JOIN (SELECT unnest($free) AS host) AS f ON f.host = h.host GROUP BY h.node
), told AS (
    SELECT node, min(level) FILTER (WHERE NOT account IS NULL) AS level FROM company_link GROUP BY node
), known AS (
    SELECT l.node, CASE WHEN count(DISTINCT l.account) = 1 THEN min(l.account) END AS account
    FROM company_link AS l JOIN told AS t ON t.node = l.node AND t.level = l.level GROUP BY l.node
)
SELECT p.node, CASE
        WHEN NOT t.node IS NULL AND NOT coalesce(h.some_free, false) THEN 'contact'
        WHEN t.node IS NULL AND h.all_free THEN 'consumer'
    END AS role, CASE WHEN role = 'contact' THEN k.account END AS account, e.folds AS emails, n.folds AS phones, a.folds AS addresses
FROM speaking AS p LEFT JOIN told AS t ON t.node = p.node LEFT JOIN known AS k ON k.node = p.node LEFT JOIN host AS h ON h.node = p.node
LEFT JOIN reached_email AS e ON e.node = p.node LEFT JOIN reached_phone AS n ON n.node = p.node LEFT JOIN reached_address AS a ON a.node = p.node
"""
_WRITE = """
INSERT INTO consent
WITH told AS (  -- as model.consent.dated says
    SELECT *, coalesce(date_of = 'own' OR (date_of = 'row' AND (NOT given OR NOT last_value(given) OVER (
        PARTITION BY node, purpose ORDER BY effective_at, given GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))), false) AS dated
    FROM said_consent
), spoken AS (
    SELECT s.*, CASE
        WHEN s.whole OR s.purpose IN ('personalisation', 'profiling') OR (c.role = 'consumer' AND s.basis = 'b2b_role') THEN NULL
        ELSE coalesce(c.role, CASE WHEN s.basis = 'b2b_role' THEN 'contact' END)
    END AS role, c.account, CASE
        WHEN s.purpose = 'email' THEN c.emails WHEN s.purpose IN ('sms', 'phone') THEN c.phones WHEN s.purpose = 'post' THEN c.addresses
        ELSE list_concat(c.emails, c.phones)
    END AS places
    FROM told AS s JOIN capacity AS c ON c.node = s.node
)
SELECT person, node, purpose, given, effective_at, dated, basis, batch, source, wording, proof, whole, role,
    CASE WHEN NOT role IS NULL THEN account END, CASE WHEN NOT role IS NULL THEN places END, date_of
FROM spoken
"""
_NAMES = ("account", "company")
_ADDRESSES = ("email", "phone", "address")
RELIED_ON = frozenset((*_NAMES, *_ADDRESSES))
"""The attributes that tell in which capacity a record speaks."""


def write(cursor: DuckDBPyConnection, schema: Schema, *, touched: bool, all_again: bool) -> None:
    """Write what is said, with its capacity; with `touched` also what the records of `staged` said before, with `all_again` what anybody did."""
    cursor.execute(_THESE)
    if touched or all_again:
        cursor.execute(_ALL if all_again else _TOUCHED)
    if not cursor.execute("SELECT 1 FROM speaking LIMIT 1").fetchall():
        return
    for statement in _AGAIN:
        cursor.execute(statement)
    _take_capacities(cursor, schema)
    cursor.execute(_WRITE)


def _take_capacities(cursor: DuckDBPyConnection, schema: Schema) -> None:
    """The temporary table `capacity` of the records in `speaking`: what each tells of a company and of addresses."""
    cursor.execute(_LINKS)
    for level, name in enumerate(_NAMES, start=1):
        if (table := _texts(schema, name)) is not None:
            cursor.execute(render(_NAMED, {"__observed": table}), {"level": level})
    for name in _ADDRESSES:
        table, made = _texts(schema, name), {"__reached": f"reached_{name}"}
        cursor.execute(render(_NOWHERE, made) if table is None else render(_REACHED, {**made, "__observed": table}))
    if (table := _texts(schema, "email")) is not None:
        cursor.execute(render(_AT_DOMAIN, {"__observed": table}))
    cursor.execute(_CAPACITY, {"free": sorted(FREE_MAIL)})


def _texts(schema: Schema, name: str) -> str | None:
    """Where a text attribute was observed; a set of texts tells no one address, and so none."""
    found = schema.attributes.get(name)
    return None if found is None or found.trait or found.type != "text" else observed_table(found)


# --- what stands ---------------------------------------------------------------------------------

# A grant that no withdrawal of the person comes after, whatever either is about, stands; of the others those that only withdrawals in another
# capacity come after. The two texts below and `model.consent.stands` are one rule; tests compare them.
STANDING = """
WITH known AS (
    SELECT person, given, dated, basis, effective_at, role, account, places,
        max(effective_at) FILTER (WHERE NOT given) OVER (PARTITION BY person) AS withdrawn_at
    FROM consent WHERE purpose = $1 AND effective_at < CAST($2 AS TIMESTAMP)
)
SELECT person FROM known
WHERE given AND (withdrawn_at IS NULL OR (dated AND basis = 'consent' AND effective_at > withdrawn_at))
UNION
SELECT g.person FROM known AS g
WHERE g.given AND NOT g.role IS NULL AND NOT g.withdrawn_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM known AS w WHERE w.person = g.person AND NOT w.given
        AND NOT (g.dated AND g.basis = 'consent' AND g.effective_at > w.effective_at)
        AND (w.role IS NULL OR (w.role = g.role AND coalesce(w.account = g.account, true)) OR coalesce(list_has_any(w.places, g.places), false))
)
"""
"""The people whose consent for a purpose ($1) stands at an instant ($2), in any capacity."""

_GRANTING = """
CREATE OR REPLACE TEMP TABLE granting AS
WITH known AS (
    SELECT person, node, given, dated, basis, effective_at, role, account, places,
        max(effective_at) FILTER (WHERE NOT given) OVER (PARTITION BY person) AS withdrawn_at
    FROM consent WHERE purpose = $purpose AND effective_at < CAST($at AS TIMESTAMP)
), grants AS (
    SELECT *, withdrawn_at IS NULL OR (dated AND basis = 'consent' AND effective_at > withdrawn_at) AS clear FROM known WHERE given
)
SELECT g.person, g.node, bool_or(g.clear) AS clear FROM grants AS g
WHERE g.clear OR (NOT g.role IS NULL AND NOT EXISTS (
    SELECT 1 FROM known AS w WHERE w.person = g.person AND NOT w.given
        AND NOT (g.dated AND g.basis = 'consent' AND g.effective_at > w.effective_at)
        AND (w.role IS NULL OR (w.role = g.role AND coalesce(w.account = g.account, true)) OR coalesce(list_has_any(w.places, g.places), false))
)) GROUP BY g.person, g.node
"""


def consented(cursor: DuckDBPyConnection, purpose: str, as_of: dt.datetime) -> list[int]:
    """The people whose consent for a purpose stands in any capacity: a withdrawal is overridden only by a later, dated yes of their own."""
    return [person for (person,) in cursor.execute(STANDING, [purpose, naive(as_of)]).fetchall()]


def take_granting(cursor: DuckDBPyConnection, purpose: str, as_of: dt.datetime) -> None:
    """Make the temporary table `granting`: the records on which a consent that stands was given, and whether no withdrawal at all comes after it."""
    cursor.execute(_GRANTING, {"purpose": purpose, "at": naive(as_of)})


def capacity_from(role: str | None, account: int | None) -> Capacity | None:
    """The capacity of a row."""
    return None if role is None else Capacity("contact" if role == "contact" else "consumer", account)


_OF_NODES = "INSERT INTO speaking SELECT DISTINCT node FROM capacity_nodes"
_CAPACITIES = "SELECT node, role, account FROM capacity ORDER BY node"


def capacities(cursor: DuckDBPyConnection, schema: Schema, nodes: Sequence[int]) -> dict[int, Capacity | None]:
    """In which capacity each of these records speaks, whether it said anything yet or not."""
    cursor.execute("CREATE OR REPLACE TEMP TABLE speaking (node INTEGER)")
    cursor.register("capacity_nodes", {"node": np.array(nodes, dtype=np.int32)})
    cursor.execute(_OF_NODES)
    cursor.unregister("capacity_nodes")
    _take_capacities(cursor, schema)
    return {node: capacity_from(role, account) for node, role, account in cursor.execute(_CAPACITIES).fetchall()}
