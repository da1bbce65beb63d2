"""Fixed SQL with places for names and columns, filled as tree nodes and never as text.

A template is ordinary DuckDB SQL. An identifier that begins with two
underscores is a place: `names` puts one quoted identifier there, `lists` puts
several expressions, `nodes` one expression or, where a table is named, a whole
query. Values are never put in; they are bound as parameters.

>>> render("SELECT __columns FROM __table", names={"__table": 'a"b'}, lists={"__columns": columns("x", "y z")})
'SELECT "x", "y z" FROM "a""b"'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import sqlglot
from sqlglot import exp


def column(name: str, table: str | None = None) -> exp.Expr:
    """A quoted column."""
    return exp.column(name, table=table, quoted=True)


def columns(*names: str, table: str | None = None) -> list[exp.Expr]:
    """Quoted columns, in the order given."""
    return [column(name, table) for name in names]


def expression(template: str, names: Mapping[str, str] | None = None, nodes: Mapping[str, exp.Expr] | None = None) -> exp.Expr:
    """One expression from a template."""
    tree = _parsed(template).copy()
    _put_nodes(tree, nodes or {})
    _put_names(tree, names or {})
    return tree


def query(template: str, names: Mapping[str, str] | None = None, nodes: Mapping[str, exp.Expr] | None = None) -> exp.Select:
    """A SELECT from a template.

    >>> query("SELECT a FROM __t AS t WHERE __c", nodes={"__t": query("SELECT 1 AS a"), "__c": expression("a > 0 OR a IS NULL")}).sql("duckdb")
    'SELECT a FROM (SELECT 1 AS a) AS t WHERE (a > 0 OR a IS NULL)'
    """
    tree = expression(template, names, nodes)
    if not isinstance(tree, exp.Select):
        raise TypeError(template)
    return tree


def render(
    template: str,
    names: Mapping[str, str] | None = None,
    lists: Mapping[str, Sequence[exp.Expr]] | None = None,
) -> str:
    """The SQL text of a template with its places filled; KeyError when one is left open."""
    if not lists:
        return _named(template, tuple((names or {}).items()))
    tree = _parsed(template).copy()
    _put_lists(tree, lists)
    _put_names(tree, names or {})
    return tree.sql(dialect="duckdb")


@lru_cache(maxsize=4096)
def _named(template: str, names: tuple[tuple[str, str], ...]) -> str:
    """Making the text costs some milliseconds, and every import asks for the same ones."""
    tree = _parsed(template).copy()
    _put_names(tree, dict(names))
    return tree.sql(dialect="duckdb")


def view_of_file(name: str, path: str) -> str:
    """SQL that makes a temporary view of a Parquet file: its columns are read as they are asked for, and never copied whole.

    A view cannot have parameters, so the path stands in it as a literal node.
    """
    source = exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(path)])
    view = exp.Create(
        this=exp.to_table(name),
        kind="VIEW",
        replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        expression=exp.select("*").from_(exp.Table(this=source)),
    )
    return view.sql(dialect="duckdb")


_COPY = "COPY (SELECT 1) TO 'path' (FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000)"


def copy_to_file(rows: exp.Select | str, path: str) -> str:
    """SQL that writes the rows of a query to a Parquet file for large tables: compressed lightly, dictionaries only of what has few values.

    To look for dictionaries of many values takes longer than all the rest of writing, and makes files a third smaller.
    """
    tree = _parsed(_COPY).copy()
    tree.this.set("this", sqlglot.parse_one(rows, dialect="duckdb") if isinstance(rows, str) else rows)
    tree.args["files"][0].replace(exp.Literal.string(path))
    return tree.sql(dialect="duckdb")


@lru_cache(maxsize=512)
def _parsed(template: str) -> exp.Expr:
    tree = sqlglot.parse_one(template, dialect="duckdb")
    for node in tree.walk():
        node._meta = None  # where in the template it stood: every copy of the tree would copy it, which takes longer than all else
    return tree


def _put_names(tree: exp.Expr, names: Mapping[str, str]) -> None:
    for node in list(tree.find_all(exp.Identifier)):
        if not node.args.get("quoted") and node.name.startswith("__"):
            node.set("this", names[node.name])
            node.set("quoted", True)


def _put_nodes(tree: exp.Expr, nodes: Mapping[str, exp.Expr]) -> None:
    for place in list(tree.find_all(exp.Column, exp.Table)):
        node = None if place.this.args.get("quoted") else nodes.get(place.name)
        if node is None:
            continue
        if isinstance(place, exp.Table):
            place.replace(
                exp.Subquery(this=node.copy(), alias=place.args.get("alias"))
                if isinstance(node, exp.Select | exp.SetOperation)
                else node.copy()
            )
        else:
            place.replace(exp.Paren(this=node.copy()) if isinstance(node, exp.Binary | exp.Unary | exp.Select) else node.copy())


def _put_lists(tree: exp.Expr, lists: Mapping[str, Sequence[exp.Expr]]) -> None:
    places = [node for node in tree.find_all(exp.Identifier) if not node.args.get("quoted") and node.name in lists]
    for place in places:
        # In a SELECT the place is a Column around the identifier; in an INSERT's column list it is bare.
        node: exp.Expr = place.parent if isinstance(place.parent, exp.Column) else place
        parent, values = node.parent, lists[place.name]
        if parent is None:
            raise ValueError(f"{place.name} cannot stand alone")
        if isinstance(parent, exp.Schema):
            values = [exp.to_identifier(value.name, quoted=True) for value in values]
        before = parent.expressions
        index = next(i for i, item in enumerate(before) if item is node)
        parent.set("expressions", [*before[:index], *values, *before[index + 1 :]])
