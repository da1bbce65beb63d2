"""Texts become values: numbers, times, yes and no, codes and folds, as columns of a table.

How a column is written (decimal comma, order of day and month) is decided from
the whole column, said in the report, and never by the row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.codes import country_code, language_code
from lohko.base.errors import InputError
from lohko.base.text import fold
from lohko.base.times import to_utc_offsets
from lohko.engine.sql import column, expression, render
from lohko.landing.detect import says_comma
from lohko.model.schema import Codes, Type

DateOrder = Literal["dmy", "mdy", "ymd"]

# Trimmed, without the apostrophe that spreadsheets put before numbers; empty is nothing.
_CLEAN = "NULLIF(trim(CASE WHEN starts_with(__c, '''') THEN substr(__c, 2) ELSE __c END, chr(32) || chr(9) || chr(10) || chr(13) || chr(160) || chr(8239)), '')"


def clean_table(connection: DuckDBPyConnection, width: int) -> None:
    """`cell`: the table `raw` with every text trimmed, and null where there is nothing."""
    names = [f"c{i}" for i in range(width)]
    texts = [expression(_CLEAN, {"__c": name}).as_(name, quoted=True) for name in names]
    connection.execute(render("CREATE OR REPLACE TABLE cell AS SELECT record, __texts FROM raw", lists={"__texts": texts}))


def clean(name: str) -> exp.Expr:
    """A cell's text in the table `cell`."""
    return column(name)


def put(template: str, **values: exp.Expr) -> exp.Expr:
    """A template with expressions in the places that begin with two underscores."""
    tree = expression(template, {f"__{name}": f"__{name}" for name in values})
    for node in [item for item in tree.find_all(exp.Column) if item.name.startswith("__")]:
        value = values[node.name[2:]].copy()
        if node is tree:
            return value
        node.replace(exp.paren(value) if isinstance(value, exp.Binary | exp.Case) else value)
    return tree


def sample(connection: DuckDBPyConnection, name: str) -> list[str]:
    """Distinct texts of a column, at most some thousands; the same for any order of the rows."""
    text = clean(name).as_("v", quoted=True)
    sql = render(
        "SELECT v FROM (SELECT DISTINCT __text FROM cell) WHERE v IS NOT NULL ORDER BY hash(v) LIMIT 20000", lists={"__text": [text]}
    )
    return [row[0] for row in connection.execute(sql).fetchall()]


# --- numbers -------------------------------------------------------------------------------


def number(text: exp.Expr, comma: bool, kind: str) -> exp.Expr:
    """A number as people write it: spaces between thousands, a currency sign, a minus behind, `(5.00)`."""
    thousands, point = (".", ",") if comma else (",", ".")
    written = put(
        r"""TRY_CAST(CASE
            WHEN regexp_full_match(__t, '[-+]?\d+') THEN __t
            WHEN regexp_full_match(__t, '[-+]?\d+(\.\d+)?[eE][-+]?\d+') THEN CAST(TRY_CAST(__t AS DOUBLE) AS VARCHAR)
            WHEN regexp_full_match(__t, '\D{0,4}[-+\u2212]?\D{0,4}\d[\d .,\x{00a0}\x{2009}\x{202f}'']*\s?[-\u2212]?\s?(\p{L}{1,4}|\p{Sc}|%|,-|,–)?\)?|\(.*\)')
            THEN (CASE WHEN regexp_matches(__t, '^\s*\(|[-\u2212]') AND NOT regexp_matches(__t, ',[-–]$') THEN '-' ELSE '' END)
                || replace(replace(regexp_replace(__t, '[^\d.,]', '', 'g'), __thousands, ''), __point, '.')
            END AS __kind_)""".replace("__kind_", kind).replace(r"\u2212", "\u2212"),
        t=text,
        thousands=exp.Literal.string(thousands),
        point=exp.Literal.string(point),
    )
    if comma:
        return written
    return exp.func("coalesce", exp.TryCast(this=text.copy(), to=exp.DataType.build(kind, "duckdb")), written)


def decimal_comma(values: dict[str, list[str]], separator: str | None) -> dict[str, bool]:
    """Per column, whether its numbers have a decimal comma; undecided ones follow the others, then the separator."""
    told = {name: says_comma(texts) for name, texts in values.items()}
    known = [answer for answer in told.values() if answer is not None]
    default = (sum(known) * 2 > len(known)) if known else separator == ";"
    return {name: default if answer is None else answer for name, answer in told.items()}


# --- times ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class TimeStyle:
    """How a column writes times."""

    order: DateOrder
    epoch: Literal["s", "ms", None] = None


_PARTS = re.compile(r"^(\d{1,2})([./-])(\d{1,2})\2(\d{2}|\d{4})\b")


def time_style(label: str, values: list[str], given: DateOrder | None) -> TimeStyle:
    """How a column writes times; InputError when day and month cannot be told apart."""
    if values and all(re.fullmatch(r"1\d{9}|1\d{12}", value) for value in values):
        return TimeStyle("ymd", "s" if len(values[0]) == 10 else "ms")
    firsts, seconds, signs = [], [], set()
    for value in values:
        if match := _PARTS.match(value):
            firsts.append(int(match[1]))
            seconds.append(int(match[3]))
            signs.add(match[2])
    if not firsts:
        return TimeStyle("ymd")
    if given in ("dmy", "mdy"):
        return TimeStyle(given)
    if "." in signs:  # dots are never month first
        return TimeStyle("dmy")
    day_first = sum(first > 12 for first in firsts)
    month_first = sum(second > 12 for second in seconds)
    if day_first > month_first:
        return TimeStyle("dmy")
    if month_first > day_first:
        return TimeStyle("mdy")
    if "-" in signs:
        return TimeStyle("dmy")
    raise InputError(
        "ambiguous_dates",
        f"In column {label!r} day and month cannot be told apart: no number is above 12.",
        hint="say it with --date-order dmy (1.2. is the first of February) or --date-order mdy.",
    )


_FORMATS: dict[DateOrder, str] = {
    "dmy": "%d{s}%m{s}{y}",
    "mdy": "%m{s}%d{s}{y}",
    "ymd": "{y}{s}%m{s}%d",
}
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def naive_time(text: exp.Expr, style: TimeStyle) -> exp.Expr:
    """The time as it is written, without its offset; null when it is none."""
    if style.epoch:
        divisor = 1 if style.epoch == "s" else 1000
        return put(
            "CAST(to_timestamp(TRY_CAST(__t AS BIGINT) / __d) AT TIME ZONE 'UTC' AS TIMESTAMP)", t=text, d=exp.Literal.number(divisor)
        )
    bare = put(
        r"regexp_replace(regexp_replace(regexp_replace(replace(__t, ' klo ', ' '), '\s*(Z|UTC|GMT|[-+]\d{2}:?\d{2})$', ''), "
        r"'(\d{4}|\s)\s+(\d{1,2})\.(\d{2})(\.(\d{2}))?$', '\1 \2:\3'), '^(\d{4}-\d\d-\d\d)T', '\1 ')",
        t=text,
    )
    if style.order == "ymd":
        formats = [day + clock for day in ("%Y/%m/%d", "%Y%m%d") for clock in _CLOCKS]
        return put("coalesce(TRY_CAST(__t AS TIMESTAMP), try_strptime(__t, __f))", t=bare, f=_texts(formats))
    formats = [
        _FORMATS[style.order].format(s=sign, y=year) + clock
        for sign in ("." if style.order == "dmy" else "/", "/", "-")
        for year in ("%Y", "%y")
        for clock in _CLOCKS
    ]
    four = [item for item in dict.fromkeys(formats) if "%Y" in item]
    two = [item for item in dict.fromkeys(formats) if "%y" in item]
    return put(
        r"CASE WHEN regexp_matches(__t, '^\d{4}-') THEN TRY_CAST(__t AS TIMESTAMP) "
        r"WHEN regexp_matches(__t, '^\d{1,2}\D\d{1,2}\D\d{4}') THEN try_strptime(__t, __four) ELSE try_strptime(__t, __two) END",
        t=bare,
        four=_texts(four),
        two=_texts(two),
    )


def offset_seconds(text: exp.Expr) -> exp.Expr:
    """The offset from UTC that a time states, in seconds; null when it states none."""
    return put(
        r"""CASE WHEN regexp_matches(__t, '(Z|UTC|GMT)$') THEN 0
        WHEN regexp_matches(__t, '\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*[-+]\d{2}(:?\d{2})?$') THEN
            CAST(regexp_extract(__t, '([-+])(\d{2}):?(\d{2})?$', 1) || '1' AS INTEGER)
            * (3600 * CAST(regexp_extract(__t, '([-+])(\d{2}):?(\d{2})?$', 2) AS INTEGER)
            + 60 * coalesce(TRY_CAST(regexp_extract(__t, '([-+])(\d{2}):?(\d{2})?$', 3) AS INTEGER), 0)) END""",
        t=text,
    )


def _texts(values: list[str]) -> exp.Expr:
    return exp.Array(expressions=[exp.Literal.string(value) for value in values])


def add_zone_table(connection: DuckDBPyConnection, zone: ZoneInfo) -> None:
    """The small table by which naive local times become UTC."""
    rows = [(item.start, item.seconds, item.kind) for item in to_utc_offsets(zone, 1900, 2100)]
    connection.execute("CREATE OR REPLACE TABLE zone_offset (from_local TIMESTAMP, seconds INTEGER, kind VARCHAR)")
    connection.executemany("INSERT INTO zone_offset VALUES (?, ?, ?)", rows)


# --- other types ---------------------------------------------------------------------------

_YES = (
    "yes",
    "y",
    "true",
    "1",
    "kyllä",
    "kylla",
    "k",
    "on",
    "joo",
    "t",
    "x",
    "granted",
    "subscribed",
    "opt-in",
    "opted in",
    "hyväksytty",
    "annettu",
)
_NO = ("no", "n", "false", "0", "ei", "off", "f", "denied", "unsubscribed", "opt-out", "opted out", "kielletty", "hylätty", "peruttu")


def yes_no(text: exp.Expr) -> exp.Expr:
    """Yes or no in English and Finnish; null for anything else."""
    return put(
        "CASE WHEN list_contains(__yes, lower(__t)) THEN true WHEN list_contains(__no, lower(__t)) THEN false END",
        t=text,
        yes=_texts(list(_YES)),
        no=_texts(list(_NO)),
    )


_ID_LIKE = re.compile(r"(^|_|\b)(id|no|number|code|sku|ean|isbn|postcode|zip|phone|numero|tunnus|koodi)$", re.IGNORECASE)


def infer(name: str, values: list[str]) -> Type:
    """The type of a column that is no known field, from its distinct texts; text when in doubt."""
    if not values or _ID_LIKE.search(name):
        return "text"
    lowered = {value.casefold() for value in values}
    if lowered <= {"yes", "no", "true", "false", "kyllä", "ei"}:
        return "boolean"
    if all(re.fullmatch(r"[-+]?(0|[1-9]\d{0,14})", value) for value in values):
        return "integer"
    if all(re.fullmatch(r"[-+]?(\d{1,3}([ \u00a0\u202f]\d{3})+|\d{1,15})([.,]\d{1,10})?", value) for value in values):
        return "decimal"
    if all(re.fullmatch(r"[-+]?\d{1,15}(\.\d+)?([eE][-+]?\d{1,2})?", value) for value in values):
        return "decimal"
    if all(re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4}", value) for value in values):
        return "date"
    if all(re.match(r"(\d{4}-\d{2}-\d{2}[T ]|\d{1,2}\.\d{1,2}\.\d{4} (klo )?)\d{1,2}[:.]\d{2}", value) for value in values):
        return "time"
    return "text"


# --- folds and codes: once per distinct value, in Python --------------------------------------


def fold_table(connection: DuckDBPyConnection, source: str, names: list[str]) -> None:
    """`fold_of(value, fold)`: the folds of texts that are not plain ASCII, which SQL folds otherwise."""
    connection.execute("CREATE OR REPLACE TABLE fold_of (value VARCHAR, fold VARCHAR)")
    found: set[str] = set()
    for name in names:
        rows = connection.execute(
            render("SELECT DISTINCT __c FROM __source WHERE strlen(__c) <> length(__c)", {"__c": name, "__source": source})
        ).fetchall()
        found.update(row[0] for row in rows)
    if found:
        values = sorted(found)
        pairs = {"value": np.array(values, dtype=object), "fold": np.array([fold(v) for v in values], dtype=object)}
        connection.register("pairs", pairs)
        connection.execute("INSERT INTO fold_of SELECT value, fold FROM pairs")
        connection.unregister("pairs")


def code_table(connection: DuckDBPyConnection, text: exp.Expr, codes: Codes, table: str) -> int:
    """A table (value, code) for the labels of a coded column; how many labels have no code."""
    rows = connection.execute(render("SELECT DISTINCT __text FROM cell", lists={"__text": [text.as_("v", quoted=True)]})).fetchall()
    labels = [row[0] for row in rows if row[0] is not None]
    look_up = country_code if codes == "country" else language_code
    pairs = [(label, look_up(label)) for label in labels]
    connection.execute(render("CREATE OR REPLACE TABLE __t (value VARCHAR, code VARCHAR)", {"__t": table}))
    if pairs:
        connection.executemany(render("INSERT INTO __t VALUES (?, ?)", {"__t": table}), [(label, code or label) for label, code in pairs])
    return sum(code is None for _, code in pairs)
