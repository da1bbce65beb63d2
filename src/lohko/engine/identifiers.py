"""What records can be recognised by: identifiers in one comparable form, and the facts that speak for and against a merge.

All of it stands in temporary tables of one cursor:

around       the records that are looked at
identifier   (node, kind, value), without placeholders and shared mailboxes
told         what a record says of itself: a name, a birthday
fact         a record's person, source, whether it is a customer number, its name in one order, its postcode
mark         what one person has one of: a birthday, the mark of a masked personal identity code
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.contacts import calling_code
from lohko.engine.sql import column, expression, query
from lohko.engine.tables import observed_table
from lohko.model.identity import DISTINGUISHING, PLACEHOLDERS, IdentityRules
from lohko.model.schema import Attribute, Schema

_TABLES = (
    "CREATE OR REPLACE TEMP TABLE around (node INTEGER)",
    "CREATE OR REPLACE TEMP TABLE identifier (node INTEGER, kind VARCHAR, value VARCHAR)",
)

# --- identifiers -----------------------------------------------------------------------------

# Materialised, for the engine would otherwise find the value a second time to filter by it, and make its patterns ready once more.
_TAKE = """
INSERT INTO identifier
WITH s AS MATERIALIZED (SELECT DISTINCT r.node, __normal AS value FROM (SELECT node, __said AS said FROM __table WHERE __whose) AS r)
SELECT s.node, CAST($kind AS VARCHAR), s.value FROM s WHERE NOT s.value IS NULL AND __wanted
"""
_EMAIL = """
CASE WHEN regexp_full_match(said, '[^@\\s"<>]+@[^@\\s"<>]+\\.[^@\\s"<>.]+')
    AND NOT list_contains($mailboxes, split_part(said, '@', 1))
    AND NOT list_contains($placeholders, regexp_replace(split_part(said, '@', 1), '[^a-z0-9\\x{80}-\\x{10ffff}]', '', 'g'))
    AND NOT regexp_full_match(split_part(said, '@', 1), 'test(i|er|ing)?[0-9]*') THEN said END
"""
_HASH_OF_EMAIL = "sha256(__email)"  # of those that say who somebody is: what many read is as little one's own when it is hashed
_HASH = "CASE WHEN regexp_full_match(said, '[0-9a-f]{64}') THEN said END"
# As digits with the country's code: an approximation of E.164 that is the same in every version. What cannot be a number is none.
_PHONE = """
list_extract(list_filter([
    CASE
        WHEN starts_with(d, '+') THEN replace(d, '+', '')
        WHEN starts_with(d, '00') THEN substr(d, 3)
        WHEN starts_with(d, '0') THEN concat($code, substr(d, 2))
        WHEN starts_with(d, $code) AND length(d) >= length($code) + 7 THEN d
        ELSE concat($code, d)
    END
    FOR d IN [regexp_replace(regexp_replace(regexp_replace(said, '[0-9][.,]?[0-9]*e[+]?[0-9]+', ''), '\\(0\\)', '', 'g'), '[^0-9+]', '', 'g')]
    IF length(d) >= 6
], lambda x: length(x) BETWEEN 9 AND 15 AND NOT regexp_matches(x, '(0{6}|1{6}|2{6}|3{6}|4{6}|5{6}|6{6}|7{6}|8{6}|9{6})$')), 1)
"""
_NUMBER = """
CASE WHEN length(said) >= 3 AND NOT regexp_full_match(said, '[0\\W_]*|n/?a|none|null|test.*|unknown|ei ole|ei tiedossa') THEN said END
"""
_COMPOSITE = """
INSERT INTO identifier SELECT f.node, 'name_birthday_postcode', concat_ws(chr(31), f.name, m.said, f.postcode)
FROM fact AS f JOIN mark AS m ON m.node = f.node AND m.what = 'birthday' WHERE NOT f.name IS NULL AND NOT f.postcode IS NULL
"""


def begin(cursor: DuckDBPyConnection) -> None:
    """Make the tables anew, empty."""
    for statement in _TABLES:
        cursor.execute(statement)


def take_identifiers(cursor: DuckDBPyConnection, schema: Schema, rules: IdentityRules, country: str, *, sought: str | None = None) -> None:
    """Add the identifiers of the records in `around`; or, with `sought`, of all records those that stand in that table."""
    for kind, rule in rules.rules.items():
        if rule == "never":
            continue
        carriers = _carriers(kind, schema, rules)
        if not carriers:
            continue
        normal, values = _normal(kind, rules, country)
        for table, said, whose in carriers:
            which = whose if sought else exp.and_(whose, expression("node IN (SELECT node FROM around)"))
            wanted = expression("(s.value) IN (SELECT value FROM __t WHERE kind = $kind)", {"__t": sought}) if sought else exp.true()
            hashed = kind == "hashed_email" and table != "node" and said.name == "fold" and _holds_email(table, schema, rules)
            if sought and kind != "phone" and not hashed and isinstance(said, exp.Column):  # their form is the text itself, if any
                which = exp.and_(which, expression("fold IN (SELECT value FROM __t WHERE kind = $kind)", {"__t": sought}))
            plain, of_plain = _normal("email", rules, country) if hashed else (normal, values)
            form = expression(_HASH_OF_EMAIL, nodes={"__email": plain}) if hashed else normal
            sql = expression(_TAKE, {"__table": table}, {"__normal": form, "__said": said, "__whose": which, "__wanted": wanted})
            cursor.execute(sql.sql("duckdb"), {"kind": kind, **of_plain, **_of_sources(kind, table, rules)})


def _normal(kind: str, rules: IdentityRules, country: str) -> tuple[exp.Expr, dict[str, Any]]:
    """The one form of a kind's values, as an expression over `said`, and what is bound in it."""
    if kind == "email":
        return expression(_EMAIL), {"mailboxes": sorted(rules.shared_mailboxes), "placeholders": sorted(PLACEHOLDERS)}
    if kind == "phone":
        return expression(_PHONE), {"code": calling_code(country)}
    return expression(_HASH if kind == "hashed_email" else _NUMBER), {}


def _carriers(kind: str, schema: Schema, rules: IdentityRules) -> list[tuple[str, exp.Expr, exp.Expr]]:
    """The tables that hold a kind's values: each with the expression of the value and the rows that count."""
    found = [_carrier(item) for name in rules.attributes[kind] if (item := schema.attributes.get(name.casefold())) and not item.trait]
    if kind == "hashed_email" and (found or rules.numbers_of.get(kind)):
        found += [
            _carrier(item) for name in rules.attributes["email"] if (item := schema.attributes.get(name.casefold())) and item.type == "text"
        ]
    if kind == "email":
        found.append(("node", expression("lower(value)"), expression("kind = 'email'")))
    if rules.numbers_of.get(kind):
        found.append(("node", expression("lower(value)"), expression("kind = 'id' AND list_contains($sources, source)")))
    return found


def _carrier(item: Attribute) -> tuple[str, exp.Expr, exp.Expr]:
    return observed_table(item), said_of(item), expression("NOT value IS NULL")


def said_of(item: Attribute) -> exp.Expr:
    """An observed value as the text that is compared."""
    if item.type == "text_set":
        return expression("unnest(fold)")
    return column("fold") if item.type == "text" else expression("CAST(value AS VARCHAR)")


def _holds_email(table: str, schema: Schema, rules: IdentityRules) -> bool:
    return any((item := schema.attributes.get(name.casefold())) and observed_table(item) == table for name in rules.attributes["email"])


def _of_sources(kind: str, table: str, rules: IdentityRules) -> dict[str, Any]:
    return {"sources": list(rules.numbers_of[kind])} if table == "node" and kind != "email" else {}


# --- facts -----------------------------------------------------------------------------------

_TOLD = """
SELECT node, CAST(? AS VARCHAR), arg_max(__said, (at, value)) FROM __table
WHERE NOT value IS NULL AND node IN (SELECT node FROM around) GROUP BY node
"""
_FACT = """
CREATE OR REPLACE TEMP TABLE fact AS
WITH said AS (
    SELECT node, nullif(concat_ws(' ', max(said) FILTER (what = 'first_name'), max(said) FILTER (what = 'last_name')), '') AS parts,
        max(said) FILTER (what = 'name') AS whole, max(said) FILTER (what = 'postcode') AS postcode
    FROM told GROUP BY node
), token AS (
    SELECT node, postcode, list_sort(list_distinct(list_filter(
        regexp_split_to_array(strip_accents(CASE WHEN contains(parts, ' ') THEN parts ELSE coalesce(whole, parts) END), '[^\\pL\\pN]+'),
        lambda x: x <> ''))) AS tokens FROM said
)
SELECT n.node, n.person, n.source, n.kind = 'id' AS numbered, t.tokens,
    CASE WHEN len(t.tokens) > 1 THEN array_to_string(t.tokens, ' ') END AS name,
    nullif(regexp_replace(t.postcode, '[^\\pL\\pN]', '', 'g'), '') AS postcode
FROM node AS n LEFT JOIN token AS t ON t.node = n.node WHERE n.node IN (SELECT node FROM around)
"""
_MARK = "CREATE OR REPLACE TEMP TABLE mark AS SELECT node, what, said FROM told WHERE list_contains(CAST(? AS VARCHAR[]), what)"


_TOLD_OF = ("first_name", "last_name", "name", "postcode", *DISTINGUISHING)


def take_told(cursor: DuckDBPyConnection, schema: Schema, names: Sequence[str] = _TOLD_OF) -> None:
    """Fill `told` with what the records in `around` say of these attributes by their latest values."""
    cursor.execute("CREATE OR REPLACE TEMP TABLE told (node INTEGER, what VARCHAR, said VARCHAR)")
    told: dict[str, exp.Query] = {}
    for name in names:
        item = schema.attributes.get(name)
        if item is not None and item.type != "text_set" and not item.trait:
            told[name] = query(_TOLD, {"__table": observed_table(item)}, {"__said": said_of(item)})
    if told:
        every = reduce(lambda one, other: exp.union(one, other, distinct=False), told.values())
        cursor.execute(exp.insert(every, "told").sql("duckdb"), list(told))


def take_facts(cursor: DuckDBPyConnection, schema: Schema) -> None:
    """Fill `fact` and `mark` with what the records in `around` say by their latest values."""
    take_told(cursor, schema)
    cursor.execute(_FACT)
    cursor.execute(_MARK, [list(DISTINGUISHING)])


def take_composites(cursor: DuckDBPyConnection, rules: IdentityRules) -> None:
    """Add name, birthday and postcode together as an identifier of the records in `fact`."""
    if rules.rules["name_birthday_postcode"] != "never":
        cursor.execute(_COMPOSITE)


# --- what agrees -----------------------------------------------------------------------------

# Whether two texts of a name can be one: the same, an initial of the other, or so alike that one is likely misspelt.
_ALIKE = "x = y OR jaro_winkler_similarity(x, y) >= 0.88 OR (length(x) = 1 AND starts_with(y, x)) OR (length(y) = 1 AND starts_with(x, y))"
_LACKS = "len(list_filter(__short, lambda x: len(list_filter(__long, lambda y: __alike)) = 0)) > 0"


def disagree(first: str, second: str) -> exp.Expr:
    """Whether two names, given as columns of their parts, clearly differ: a part of the shorter one is like none of the longer."""
    a, b = column("tokens", first), column("tokens", second)

    def lacks(short: exp.Expr, long: exp.Expr) -> exp.Expr:
        return expression(_LACKS, nodes={"__short": short, "__long": long, "__alike": expression(_ALIKE)})

    shorter = exp.LTE(this=exp.func("len", a.copy(), dialect="duckdb"), expression=exp.func("len", b.copy(), dialect="duckdb"))
    return exp.Case(ifs=[exp.If(this=shorter, true=lacks(a, b))], default=lacks(b, a))


def kinds_table(rules: IdentityRules, strengths: Mapping[str, int]) -> dict[str, Sequence[Any]]:
    """The rules by kind, as columns."""
    kinds = [kind for kind in strengths if rules.rules[kind] != "never"]
    return {"kind": kinds, "alone": [rules.rules[kind] == "merges" for kind in kinds], "strength": [strengths[kind] for kind in kinds]}
