"""What the one compiler says, said to Spark: the tree of a DuckDB query with the places changed where the two differ.

Nothing is compiled twice. SQLGlot writes the dialect; here stand only the
differences that it does not know, or that it writes with another meaning. Each
rule says what was seen without it. They rest on the settings of `SETTINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache

import sqlglot
from sqlglot import exp

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # A number that is too large is an error, as in DuckDB, and never a wrong or a missing one.
    "spark.sql.ansi.enabled": "true",
    # Otherwise the product of DECIMAL(38,10) and DECIMAL(38,0) loses four digits after the point to make room before it.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # Times "since ever" lie before the calendar was changed; they are those of today's calendar carried back.
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
}

Rule = Callable[[exp.Expr], exp.Expr]


def to_spark(text: str, relations: Mapping[str, str | exp.Select], wholes: Collection[str] = ()) -> exp.Expr:
    """The tree of a DuckDB query as Spark means it; its places $1, $2 ... are named p1, p2 ...

    relations   under what name each table is found there, or the query that it is; KeyError for a table that is not
    wholes      columns of whole numbers, whose sums may be larger than such a column holds
    """
    tree = _translated(text, frozenset(wholes)).copy()
    for table in list(tree.find_all(exp.Table)):
        found = relations[table.name]
        if isinstance(found, str):
            table.set("this", exp.to_identifier(found, quoted=True))
        else:
            table.replace(
                exp.Subquery(this=found.copy(), alias=exp.TableAlias(this=exp.to_identifier(table.alias or table.name, quoted=True)))
            )
    return tree


def written(tree: exp.Expr) -> str:
    """The text of such a tree."""
    return tree.sql(dialect="spark")


@lru_cache(maxsize=4096)
def _translated(text: str, wholes: frozenset[str]) -> exp.Expr:
    tree = sqlglot.parse_one(text, dialect="duckdb")
    for node in reversed(list(tree.walk())):  # what is inside comes first
        rule = _RULES.get(type(node)) or (_FUNCTIONS.get(node.name.upper()) if isinstance(node, exp.Anonymous) else None)
        made = node if rule is None else rule(node)
        if isinstance(node, exp.Sum):
            made = _sum(node, wholes)
        if made is not node:
            if node is tree:
                tree = made
            node.replace(made)
    for node in list(tree.find_all(exp.Query)):
        _without_common_tables(node)
    return tree


def _spark(template: str, **nodes: exp.Expr) -> exp.Expr:
    """An expression in Spark's own words, with places __name in it."""
    tree = _parsed(template).copy()
    for place in list(tree.find_all(exp.Column)):
        if place.name.startswith("__"):
            node = nodes[place.name[2:]].copy()
            place.replace(exp.Paren(this=node) if isinstance(node, exp.Binary | exp.Unary) else node)
    return tree


@lru_cache(maxsize=64)
def _parsed(template: str) -> exp.Expr:
    return sqlglot.parse_one(template, dialect="spark")


# --- values


def _placeholder(node: exp.Expr) -> exp.Expr:
    """Places have names that begin with a letter there."""
    return exp.Placeholder(this=f"p{node.name}") if node.name.isdigit() else node


def _type(node: exp.Expr) -> exp.Expr:
    """There is no whole number of 128 bits; the widest has 38 digits."""
    return exp.DataType.build("DECIMAL(38, 0)") if node.this == exp.DType.INT128 else node


def _sum(node: exp.Sum, wholes: frozenset[str]) -> exp.Expr:
    """The sum of a column of whole numbers is one itself there, and overflows where DuckDB's is of 128 bits."""
    value = node.this
    if not isinstance(value, exp.Column):
        return node
    select = node.find_ancestor(exp.Select)
    names = {value.name} | {item.this.name for item in (select.find_all(exp.Alias) if select else ()) if item.alias == value.name}
    return exp.Sum(this=_spark("CAST(__v AS DECIMAL(20, 0))", v=value)) if names & wholes else node


def _whole_division(node: exp.Expr) -> exp.Expr:
    """DIV gives 64 bits whatever it divides: of a sum in tenths of billionths that is too few. What is left without its rest divides exactly."""
    if not (isinstance(node.this, exp.Column) and node.this.name == "num"):
        return node
    exactly = "CAST((__n - __n % __d) / CAST(__d AS DECIMAL(18, 0)) AS DECIMAL(38, 0))"
    return _spark(f"CASE WHEN __d = 1 THEN __n ELSE {exactly} END", n=node.this, d=node.expression)


def _attempt(node: exp.Expr) -> exp.Expr:
    """There is no TRY around an expression: each step that may fail is the one that gives nothing instead."""
    inner = node.this.copy()
    for part in reversed(list(inner.walk())):
        if isinstance(part, exp.Mul):
            part.replace(exp.Anonymous(this="TRY_MULTIPLY", expressions=[part.this.copy(), part.expression.copy()]))
        elif isinstance(part, exp.Cast):
            part.replace(exp.TryCast(this=part.this.copy(), to=part.args["to"].copy(), safe=True))
    return exp.Paren(this=inner)


def _cast(node: exp.Expr) -> exp.Expr:
    """Days between two dates are an interval there, and '0x...' is no number."""
    inner = node.this.unnest()
    if node.args["to"].this != exp.DType.BIGINT:
        return node
    if isinstance(inner, exp.Sub) and isinstance(inner.expression, exp.Column) and inner.expression.name == "local_day":
        return _spark("CAST(DATEDIFF(__a, __b) AS BIGINT)", a=inner.this, b=inner.expression)
    if isinstance(inner, exp.Concat) and inner.expressions[0].name == "0x":
        return _spark("CAST(CONV(__hex, 16, 10) AS BIGINT)", hex=inner.expressions[1])
    return node


# --- lists


def _length(node: exp.Expr) -> exp.Expr:
    """`len` is asked of lists alone; SQLGlot takes it for a text's."""
    return exp.Anonymous(this="SIZE", expressions=[node.this.copy()])


def _overlap(node: exp.Expr) -> exp.Expr:
    """SQLGlot writes an operator that is not there."""
    return exp.Anonymous(this="ARRAYS_OVERLAP", expressions=[node.this.copy(), node.expression.copy()])


def _has_all(node: exp.Expr) -> exp.Expr:
    return _spark("SIZE(ARRAY_EXCEPT(__wanted, __texts)) = 0", texts=node.expressions[0], wanted=node.expressions[1])


def _extract(node: exp.Expr) -> exp.Expr:
    return _spark("TRY_ELEMENT_AT(__list, CAST(__n AS INT))", list=node.expressions[0], n=node.expressions[1])


def _row(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="STRUCT", expressions=[item.copy() for item in node.expressions])


# --- days and times


def _weekday(node: exp.Expr) -> exp.Expr:
    """SQLGlot's way gives Monday the number 3."""
    return _spark("WEEKDAY(__d) + 1", d=node.this)


def _months_between(node: exp.Expr) -> exp.Expr:
    """How many times a month began; Spark's own counts whole months."""
    return _spark("(YEAR(__b) - YEAR(__a)) * 12 + MONTH(__b) - MONTH(__a)", b=node.this, a=node.expression)


def _micros(node: exp.Expr) -> exp.Expr:
    """Of an instant, which has to be said to be one; of the time between two, their difference."""
    value = node.expressions[0].unnest()
    if isinstance(value, exp.Sub):
        both = "UNIX_MICROS(CAST(__a AS TIMESTAMP_LTZ)) - UNIX_MICROS(CAST(__b AS TIMESTAMP_LTZ))"
        return exp.Paren(this=_spark(both, a=value.this, b=value.expression))
    return _spark("UNIX_MICROS(CAST(__a AS TIMESTAMP_LTZ))", a=value)


def _seconds(node: exp.Expr) -> exp.Expr:
    return _spark("MAKE_DT_INTERVAL(0, 0, 0, CAST(__n AS DECIMAL(18, 6)))", n=node.expressions[0])


def _microseconds(node: exp.Expr) -> exp.Expr:
    return _spark("MAKE_DT_INTERVAL(0, 0, 0, CAST(CAST(__n AS DECIMAL(18, 0)) / 1000000 AS DECIMAL(18, 6)))", n=node.expressions[0])


def _minus(node: exp.Expr) -> exp.Expr:
    """Months before a day; both clamp to the end of a month."""
    months = node.expression
    if isinstance(months, exp.Anonymous) and months.name.upper() == "TO_MONTHS":
        return _spark("ADD_MONTHS(__d, -__n)", d=node.this, n=months.expressions[0])
    return node


# --- queries


def _rows_at_most(node: exp.Expr) -> exp.Expr:
    """How many rows is a number of 32 bits there."""
    node.set("expression", exp.cast(node.expression.copy(), "INT"))
    return node


_OFFSETS = """
SELECT from_utc, seconds, LEAD(from_utc) OVER (ORDER BY from_utc) AS until_utc FROM local_offset
"""
_NEXT = """
SELECT * FROM (
    SELECT person, `at`, local_day, later,
        LAST_VALUE(CASE WHEN later = 1 THEN STRUCT(`at`, local_day) END, TRUE) OVER (PARTITION BY person ORDER BY `at` DESC, later) AS l
    FROM (SELECT person, `at`, local_day, 0 AS later FROM __e AS e UNION ALL SELECT person, `at`, local_day, 1 AS later FROM __l AS l) AS both
) AS found WHERE later = 0
"""


def _select(node: exp.Expr) -> exp.Expr:
    """Joins by time, and lists that become rows."""
    for join in node.args.get("joins") or []:
        if join.method == "ASOF":
            _join_by_time(node, join)
    return _lists_as_rows(node)


def _join_by_time(select: exp.Expr, join: exp.Join) -> None:
    """There is none. An offset holds until the next; the next event is the last one seen, looking back from the end."""
    if join.this.name == "local_offset":
        join.set("this", exp.Subquery(this=_parsed(_OFFSETS).copy(), alias=exp.TableAlias(this=exp.to_identifier("z"))))
        join.set("on", _spark("__on AND (z.until_utc IS NULL OR m.v < z.until_utc)", on=join.args["on"]))
        join.set("method", None)
        return
    earlier = select.args["from_"].this
    tree = _parsed(_NEXT).copy()
    for table in list(tree.find_all(exp.Table)):
        if table.name in ("__e", "__l"):
            source = earlier if table.name == "__e" else join.this
            table.replace(exp.Subquery(this=source.this.copy(), alias=table.args["alias"].copy()))
    if join.side != "LEFT":
        tree.args["where"].set("this", _spark("later = 0 AND NOT l IS NULL"))
    earlier.replace(exp.Subquery(this=tree, alias=exp.TableAlias(this=exp.to_identifier("e"))))
    select.set("joins", [item for item in select.args["joins"] if item is not join])


def _lists_as_rows(select: exp.Expr) -> exp.Expr:
    """A list becomes rows before a window looks at them there, and two lists do not become rows side by side: so that is done last."""
    found = [item for item in select.expressions if isinstance(item, exp.Alias) and isinstance(item.this, exp.Explode)]
    if not found:
        return select
    names = [item.alias_or_name for item in select.expressions]
    inner = select.copy()
    for item in inner.expressions:
        if isinstance(item, exp.Alias) and isinstance(item.this, exp.Explode):
            item.this.replace(item.this.this.copy())
    source = exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("lists")))
    if len(found) == 1:
        shown: list[exp.Expr] = [
            exp.alias_(exp.Explode(this=exp.column(name)), name, quoted=False) if name == found[0].alias else exp.column(name, quoted=True)
            for name in names
        ]
        return exp.select(*shown).from_(source)
    zipped = exp.Anonymous(this="ARRAYS_ZIP", expressions=[exp.column(item.alias) for item in found])
    return exp.select(exp.Anonymous(this="INLINE", expressions=[zipped])).from_(source)


def _union(node: exp.Expr) -> exp.Expr:
    """Columns are put together by place: those that the second has not are nothing."""
    if not node.args.get("by_name"):
        return node
    have = {item.alias_or_name: item for item in node.expression.expressions}
    wanted = [item.alias_or_name for item in node.this.expressions]
    node.expression.set("expressions", [have[name].copy() if name in have else exp.alias_(exp.Null(), name) for name in wanted])
    node.set("by_name", False)
    return node


def _without_common_tables(query: exp.Query) -> None:
    """Put each query of WITH where it is named: SQLGlot moves them all to the beginning of a statement, where those of several parts clash."""
    common = query.args.get("with_")
    if common is None:
        return
    query.set("with_", None)
    before: dict[str, exp.Expr] = {}
    for item in [*common.expressions, query]:
        source = item.this if isinstance(item, exp.CTE) else item
        for table in list(source.find_all(exp.Table)):
            if table.name in before:
                alias = exp.TableAlias(this=exp.to_identifier(table.alias or table.name, quoted=True))
                table.replace(exp.Subquery(this=before[table.name].copy(), alias=alias))
        before[item.alias] = source


_RULES: dict[type[exp.Expr], Rule] = {
    exp.Placeholder: _placeholder,
    exp.DataType: _type,
    exp.IntDiv: _whole_division,
    exp.Try: _attempt,
    exp.Cast: _cast,
    exp.Length: _length,
    exp.ArrayOverlaps: _overlap,
    exp.DayOfWeekIso: _weekday,
    exp.DateDiff: _months_between,
    exp.Sub: _minus,
    exp.Limit: _rows_at_most,
    exp.Offset: _rows_at_most,
    exp.Select: _select,
    exp.Union: _union,
}
_FUNCTIONS: dict[str, Rule] = {
    "LIST_HAS_ALL": _has_all,
    "LIST_EXTRACT": _extract,
    "ROW": _row,
    "EPOCH_US": _micros,
    "TO_SECONDS": _seconds,
    "TO_MICROSECONDS": _microseconds,
}
