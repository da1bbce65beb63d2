"""What landing adds to a row or changes in it by a table that lies beside the file: VAT rates, exchange rates, postcodes.

What a row says itself always goes first. Nothing is overwritten: beside a net amount stands the gross one, beside a converted one
the original with its currency. A column that is added says in its label what it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.text import fold
from lohko.base.times import midnight
from lohko.base.vat import RATES, VatClass
from lohko.engine.sql import column, query
from lohko.landing.columns import Column
from lohko.landing.moments import texts
from lohko.landing.words import put

RATES_FILE, PLACES_FILE = "rates.parquet", "places.parquet"
"""Where, in the folder of a request, the exchange rates and the postcodes lie that its rows may need."""
MONEY = "DECIMAL(18,4)"
_RATED = """
SELECT l.*, CASE WHEN l.at_utc < r.until THEN r.factor END AS rate
FROM __layer AS l ASOF LEFT JOIN rate AS r ON r.currency = coalesce(upper(l.x_currency), __given) AND l.at_utc >= r.since
"""
_PLACED = "(SELECT p.__what FROM place AS p WHERE p.postcode = __code)"
_FINNISH = "coalesce(__country, __home) = 'FI'"
_POSTCODE = r"regexp_full_match(__t, '\d{1,4}') AND NOT regexp_full_match(__t, '0+')"


@dataclass(frozen=True)
class Made:
    """A column that is added: what it is, its value, and the fold of a text."""

    column: Column
    value: exp.Expr
    fold: exp.Expr | None = None


def has_rates(connection: DuckDBPyConnection, folder: str) -> bool:
    """Make the table `rate` when there are exchange rates."""
    return _read(connection, folder, RATES_FILE, "rate")


def has_places(connection: DuckDBPyConnection, folder: str) -> bool:
    """Make the table `place` when there are postcodes."""
    return _read(connection, folder, PLACES_FILE, "place")


def _read(connection: DuckDBPyConnection, folder: str, name: str, table: str) -> bool:
    path = Path(folder) / name
    if not path.is_file():
        return False
    tree = exp.select("*").from_(exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(str(path))])))
    connection.execute(exp.Create(this=exp.to_table(table), kind="TABLE", replace=True, expression=tree).sql(dialect="duckdb"))
    return True


# --- money


def rated(tree: exp.Select, currency: str) -> exp.Select:
    """The rows with the rate of their currency and day, null where there is none; `currency` is that of rows that name none."""
    return query(_RATED, nodes={"__layer": tree, "__given": exp.Literal.string(currency)})


def converted(value: exp.Expr, kind: str = MONEY) -> exp.Expr:
    """An amount in the workspace's currency."""
    return exp.cast(put("CASE WHEN foreign_row THEN __v * CAST(rate AS DOUBLE) ELSE __v END", v=value), kind, dialect="duckdb")


def vat_layer(classes: Mapping[str, str], category: str | None, zone: ZoneInfo) -> dict[str, exp.Expr]:
    """The rate of VAT of each row by the class of its category and its day; `classes` has the class of all others under the empty text."""
    rates = {name: _rate_of(name, zone) for name in RATES}  # type: dict[VatClass, exp.Expr]
    case = exp.Case()
    for name in RATES:
        listed = [fold(text) for text, of in classes.items() if of == name and text]
        if listed and category is not None:
            case = case.when(put("list_contains(__l, __c)", l=texts(listed), c=column(f"{category}_f")), rates[name].copy())
    default = next(name for name in RATES if name == classes.get("", "general"))
    whole = case.else_(rates[default].copy()) if case.args.get("ifs") else rates[default]
    return {"vat_rate": exp.cast(whole, "DECIMAL(9,2)", dialect="duckdb")}


def _rate_of(name: VatClass, zone: ZoneInfo) -> exp.Expr:
    case = exp.Case()
    for since, rate in reversed(RATES[name]):
        start = midnight(since, zone).replace(tzinfo=None)
        case = case.when(put("at_utc >= CAST(__s AS TIMESTAMP)", s=exp.Literal.string(str(start))), exp.Literal.number(str(rate)))
    return case


def money_columns(
    columns: Sequence[Column],
    *,
    vat: bool,
    rates: bool,
    currency: str,
    gross: str | None = None,
    shipping: str | None = None,
    charges: str | None = None,
) -> list[Made]:
    """What stands beside the amount of an order row: gross and the rate of VAT, the original and its currency, the margin.

    `gross`, `shipping` and `charges` are the columns that hold what was paid with VAT, the shipping of it, and what the order's total
    holds beyond both, where the file tells them.
    """
    made: list[Made] = []
    own = {item.name for item in columns}
    beside = (
        ("gross", "price with VAT", gross),
        ("shipping", "share of the order's shipping, with VAT", shipping),
        ("charges", "tips, duties and other charges of the order", charges),
    )
    for name, label, of in beside:
        if of is not None and name not in own:
            made.append(Made(_property(name, "money", label), converted(column(of)) if rates else column(of)))
    if vat:
        made.append(Made(_property("vat_rate", "decimal", "class and day"), put("CASE WHEN NOT given IS NULL THEN vat_rate END")))
    if rates:
        said = put("CASE WHEN foreign_row THEN upper(coalesce(x_currency, __d)) END", d=exp.Literal.string(currency))
        made.append(Made(_property("original_total", "money", "amount before conversion"), put("CASE WHEN foreign_row THEN amount END")))
        made.append(Made(_property("original_currency", "text", "currency before conversion"), said, exp.func("lower", said.copy())))
    cost = next((item for item in columns if item.name == "unit_cost"), None)
    if cost is not None:
        net = "amount / (1 + coalesce(vat_rate, 0) / 100)" if vat else "amount"
        margin = put(f"{net} - __c * coalesce(quantity, 1)", c=column(cost.staged))
        made.append(
            Made(
                _property("margin", "money", "amount less cost"), converted(margin) if rates else exp.cast(margin, MONEY, dialect="duckdb")
            )
        )
    return made


def _property(name: str, kind: str, label: str) -> Column:
    return Column(f"d_{name}", "", name, f"({label})", "property", kind)  # type: ignore[arg-type]


# --- places


def padded_postcode(text: exp.Expr) -> exp.Expr:
    """A Finnish postcode with the zeros that a spreadsheet took: Excel makes 100 of 00100."""
    return put(f"CASE WHEN {_POSTCODE} THEN lpad(__t, 5, '0') ELSE __t END", t=text)


def is_finnish(columns: Sequence[Column], home: str) -> exp.Expr:
    """Whether a row's postcode is a Finnish one: by its country, else by the workspace's."""
    country = next((item for item in columns if item.name == "country" and item.role == "attribute"), None)
    said = column(country.staged) if country else exp.cast(exp.Null(), "VARCHAR")
    return put(_FINNISH, country=said, home=exp.Literal.string(home))


def place_columns(columns: Sequence[Column], home: str) -> list[Made]:
    """The municipality and region of Finnish postcodes, where the file tells none itself."""
    postcode = next((item for item in columns if item.name == "postcode" and item.role == "attribute"), None)
    if postcode is None:
        return []
    made = []
    for name, codes in (("municipality", None), ("region", "region")):
        if any(item.name == name and item.role == "attribute" for item in columns):
            continue
        looked = _looked_up(name, postcode, columns, home)
        said = Column(f"d_{name}", "", name, f"(from {postcode.label})", "attribute", "text", codes)  # type: ignore[arg-type]
        made.append(Made(said, looked, _looked_up(f"{name}_f", postcode, columns, home)))
    return made


def _looked_up(what: str, postcode: Column, columns: Sequence[Column], home: str) -> exp.Expr:
    found = put(_PLACED.replace("__what", f'"{what}"'), code=column(postcode.staged, "judged"))
    return put("CASE WHEN __f THEN __p END", f=is_finnish(columns, home), p=found)
