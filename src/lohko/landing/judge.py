"""What is wrong with a row, what makes it the same row elsewhere, and which of its texts did not fit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlglot import exp

from lohko.engine.sql import column, expression
from lohko.formats.fields import Kind
from lohko.landing.columns import Column
from lohko.landing.contacts import is_checked
from lohko.landing.moments import FIRST, LAST
from lohko.landing.words import put
from lohko.model.schema import TEXTUAL

_TOTALS = (
    "total",
    "totals",
    "grand total",
    "sum",
    "sum total",
    "subtotal",
    "yhteensä",
    "summa",
    "kaikki yhteensä",
    "loppusumma",
)
_COUNTED = r"[ :]*([(\[]? *[0-9][0-9 .,]*( *[\p{L}]+)? *[)\]]?)?[ .]*"
"""What may stand behind such a word in the same cell: `Yhteensä 214 asiakasta`, `Total: 214`."""
_OF_WHAT = "asiakkaita|asiakkaat|rivejä|rivit|tilauksia|tilaukset|customers|records|rows|orders|lines"
_REMARK = r"^[^@]*(\p{L}{4,}:? [^@]*([0-9][./:-][0-9]|[:*=])|[:*=][^@]* \p{L}{4,})[^@]*$"
"""Words apart from one another, with a day, a clock, a part of a number or a sign among them, and no address; `KA 17` may be a customer's number."""
_SEVERAL, _LOOKED_AT = 3, 60
TIME_OF: dict[Kind, str] = {
    "order-lines": "ordered_at",
    "orders": "ordered_at",
    "customers": "updated_at",
    "events": "occurred_at",
    "survey": "answered_at",
    "bookings": "booked_at",
    "tickets": "created_at",
    "notes": "noted_at",
    "leads": "submitted_at",
    "products": "valid_from",
    "ad-spend": "day",
    "accounts": "updated_at",
    "deals": "updated_at",
}
_FIELDS = {
    "no_account": "company",
    "no_deal": "deal_id",
    "no_product": "sku",
    "no_customer": "customer_id",
    "no_event": "event",
    "no_quantity": "quantity",
    "no_rate": "currency",
}


def reason(kind: Kind, found: Collection[str]) -> exp.Expr:
    """Why a row cannot be used; null when it can."""
    cases: list[tuple[exp.Expr, str]] = []
    unread = f"(at_utc IS NULL OR at_utc < TIMESTAMP '{FIRST}' OR at_utc >= TIMESTAMP '{LAST}')"
    if kind == "products":
        cases += _when(("message_id IS NULL", "no_product"))
    elif kind in ("accounts", "deals"):
        cases += _when(("message_id IS NULL", "no_account" if kind == "accounts" else "no_deal"))
    elif kind == "customers" or _undated(kind, found):
        cases += _when(("node_value IS NULL", "no_customer"))
    if kind in ("customers", "products", "accounts", "deals") or _undated(kind, found):
        cases += _when((f"NOT at_utc_raw IS NULL OR (NOT at_utc IS NULL AND {unread})", "bad_time"))
    else:
        cases += _when(("at_utc_raw IS NULL AND at_utc IS NULL", "no_time"), (unread, "bad_time"))
    if kind == "events":
        cases += _when(("event IS NULL", "no_event"))
    if kind in ("bookings", "deals"):
        cases += _when(("foreign_money", "no_rate")) if {"total", "value"} & set(found) else []
    if kind in ("orders", "order-lines", "ad-spend"):
        cases += [(_bad_number(kind, found), "bad_number")]
        if kind == "order-lines" and "quantity" in found:
            cases += _when(("quantity IS NULL", "no_quantity"))
        cases += _when(("amount IS NULL", "no_amount"), ("foreign_money", "no_rate"))
    return _first_of(cases)


def _undated(kind: Kind, found: Collection[str]) -> bool:
    """Whether the rows are answers of a survey that does not say when: what their people say, and no events."""
    return kind == "survey" and TIME_OF[kind] not in found


def better_reason(kind: Kind, cells: Sequence[str], *, once_per: bool) -> exp.Expr:
    """What is said of a row that was refused, or in a list might be, when all its cells are looked at."""
    cases = [(_empty(cells), "empty_row"), (_totals(kind, cells), "totals_row")]
    if kind == "customers":
        cases.append((exp.and_(expression("j.reason IS NULL"), is_remark(cells)), "remark_row"))
    if kind == "orders" and once_per:
        cases += _when(("j.reason = 'no_amount'", "further_line"))
    return put("coalesce(__better, j.reason)", better=_first_of(cases))


def _first_of(cases: Sequence[tuple[exp.Expr, str]]) -> exp.Expr:
    case = exp.Case()
    for condition, name in cases:
        case = case.when(condition, exp.Literal.string(name))
    return case


def _when(*cases: tuple[str, str]) -> list[tuple[exp.Expr, str]]:
    return [(expression(condition), name) for condition, name in cases]


def _empty(cells: Sequence[str]) -> exp.Expr:
    return put("__cells IS NULL", cells=_first(cells))


def _first(cells: Iterable[str]) -> exp.Expr:
    blank = [exp.func("nullif", exp.func("trim", column(cell)), exp.Literal.string("")) for cell in cells]
    return exp.func("coalesce", *blank, exp.cast(exp.Null(), "VARCHAR"))


def says_totals(cells: Sequence[str]) -> exp.Expr:
    """Whether a row begins with a word for a sum, and at most how many it is of."""
    pattern = exp.Literal.string(f"(({_OF_WHAT}) )?({'|'.join(_TOTALS)})( ({_OF_WHAT}))?{_COUNTED}")
    return put("coalesce(regexp_full_match(lower(__first), __pattern), false)", first=_first(cells), pattern=pattern)


def _totals(kind: Kind, cells: Sequence[str]) -> exp.Expr:
    """A row that adds up the others: it begins with a word that says so, and has no time or, in a list, hardly anything else."""
    if kind == "ad-spend":  # "Total: Account", in whichever column
        every = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string("|"), *(exp.func("trim", column(cell)) for cell in cells)])
        return put("regexp_matches(lower(__every), '(^|[|])(total|yhteensä)')", every=every)
    said = says_totals(cells)
    if kind != "customers":
        return said
    some = min(len(cells), _LOOKED_AT)
    return exp.and_(said, put("__filled * 2 <= __most", filled=_filled(cells), most=exp.Literal.number(some + 1)))


def is_remark(cells: Sequence[str]) -> exp.Expr:
    """Whether all that a row of several columns says is a remark on the others: `Printed 1.2.2026`, `Page 1/3`, `*** end ***`."""
    if len(cells) < _SEVERAL:
        return exp.false()
    # The first cell that is filled is the last one: said first of their texts, which takes less than to look into every cell.
    alone = put("__first = __last AND __filled = 1", first=_first(cells), last=_first(reversed(cells)), filled=_filled(cells))
    said = put("coalesce(regexp_matches(__first, __pattern), false)", first=_first(cells), pattern=exp.Literal.string(_REMARK))
    return exp.and_(alone, said)


def _filled(cells: Sequence[str]) -> exp.Expr:
    """In how many of a row's cells something stands."""
    filled = [put("CASE WHEN NULLIF(trim(__c), '') IS NULL THEN 0 ELSE 1 END", c=column(cell, "r")) for cell in cells[:_LOOKED_AT]]
    total = filled[0]
    for item in filled[1:]:
        total = exp.Add(this=total, expression=exp.paren(item))
    return exp.paren(total)


def _bad_number(kind: Kind, found: Collection[str]) -> exp.Expr:
    """Whether a number that the amount is made of is written so that it cannot be read."""
    parts = [expression(f"coalesce(x_{name}, false)") for name in numbers_of(kind, found)]
    return exp.or_(*parts) if parts else exp.false()


def _amount(kind: Kind, found: Collection[str]) -> str:
    """The field that says what a row is worth."""
    if kind == "order-lines":
        return "line_total" if "line_total" in found else "unit_price"
    return "spend" if kind == "ad-spend" else "total"


def numbers_of(kind: Kind, found: Collection[str]) -> list[str]:
    """The fields of numbers without which a row's worth cannot be told."""
    names = ["quantity", _amount(kind, found)] if kind == "order-lines" else [_amount(kind, found)]
    return [name for name in names if name in found]


def field_of(kind: Kind, found: Collection[str], unread: Mapping[str, exp.Expr]) -> exp.Expr:
    """The field that a reason is about; `unread` tells of each number whether the one in a rejected row cannot be read."""
    case, amount = exp.Case(), _amount(kind, found)
    for name, condition in unread.items():
        case = case.when(exp.and_(expression("b.reason = 'bad_number'"), condition), exp.Literal.string(name))
    for name, about in {"no_time": TIME_OF[kind], "bad_time": TIME_OF[kind], "no_amount": amount, **_FIELDS}.items():
        case = case.when(put("b.reason = __r", r=exp.Literal.string(name)), exp.Literal.string(about))
    return case


def unfit_columns(columns: Sequence[Column]) -> list[Column]:
    """The columns whose texts may not fit their type."""
    return [c for c in columns if c.type not in TEXTUAL or c.role == "consent" or is_checked(c.role, c.name)]


def is_unfit(item: Column) -> exp.Expr:
    """Whether a row's text does not fit its column. A no in a list of those who want no mail says nothing and fits."""
    if item.negated:
        return exp.false()
    return put("NOT __raw IS NULL", raw=column(f"{item.staged}_raw"))


def unfit_texts(columns: Sequence[Column]) -> exp.Expr:
    """The raw texts that did not fit their column, as a JSON object by header."""
    parts: list[exp.Expr] = []
    for item in unfit_columns(columns):
        raw = put("CASE WHEN __u THEN __raw END", u=is_unfit(item), raw=column(f"{item.staged}_raw"))
        parts += [exp.Literal.string(item.label), raw]
    if not parts:
        return exp.cast(exp.Null(), "VARCHAR")
    # One flat call: a file may have so many columns that a chain of ORs would be too deep to be read.
    raws = [column(f"{item.staged}_raw") for item in unfit_columns(columns) if not item.negated]
    any_unfit = put("NOT __first IS NULL", first=exp.func("coalesce", *raws, exp.cast(exp.Null(), "VARCHAR")))
    made = exp.Anonymous(this="json_object", expressions=parts)
    return put("CASE WHEN __any THEN NULLIF(CAST(json_merge_patch('{}', __made) AS VARCHAR), '{}') END", any=any_unfit, made=made)


def digest(kind: Kind, columns: Sequence[Column], *, sparse: bool = False) -> exp.Expr:
    """What makes a row the same row in another file: its own known values, however they were written.

    Where files of one format have other columns each time (`sparse`), columns in which the row has nothing make no difference.
    """
    text = "coalesce(CAST(__v AS VARCHAR), '')"
    if kind in ("orders", "order-lines"):
        names = [
            "node_value",
            "order_id",
            "at_utc_d",
            "amount",
            "cancelled",
            "refunded",
            *(["quantity_said"] if kind == "order-lines" else []),
        ]
        names += [c.staged for name in ("product_id", "product_name") for c in columns if c.name == name]
        parts = [put(text, v=column(name)) for name in names]
    else:
        names = ["node_value", "event", "at_utc_d", "message_id", *(["amount"] if kind == "ad-spend" else [])]
        parts = [put(text, v=column(name)) for name in names]
        for item in sorted(columns, key=lambda c: (c.role, c.name)):
            said = put("CASE WHEN __v IS NULL THEN '' ELSE __name || __v END", v=_canonical(item), name=exp.Literal.string(f"{item.name}="))
            if item.role == "consent":
                # Who takes it back again later has said so again: another source may have said yes in between.
                said = put("concat(__said, '@' || CAST(__at AS VARCHAR))", said=said, at=column(f"{item.staged}_at"))
            said = put("NULLIF(__said, '')", said=said) if sparse else said
            parts.append(said)
    made = exp.Anonymous(this="md5", expressions=[exp.Anonymous(this="concat_ws", expressions=[expression("chr(31)"), *parts])])
    # Of order rows there are many, so theirs are kept as numbers of 128 bits; archives of before hold them as texts of the same digits.
    return exp.cast(made, "UUID", dialect="duckdb") if kind in ("orders", "order-lines") else made


def _canonical(item: Column) -> exp.Expr:
    if item.type in ("decimal", "money") and item.role != "consent":
        return put("rtrim(rtrim(CAST(CAST(__v AS DECIMAL(28,10)) AS VARCHAR), '0'), '.')", v=column(item.staged))
    return exp.cast(column(item.staged), "VARCHAR")
