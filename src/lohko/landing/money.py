"""What an order row is worth: net of VAT where the file says it, with what belongs to the whole order shared out.

A column of tax is taken to be in the total; one that holds rates is taken off by
its rate. Where lines come with the order's own subtotal, tax and total, the lines
add up to the subtotal, and the order tells by itself whether its prices hold tax:
subtotal and shipping are the total, or it takes the tax to make it. Where neither
is (a tip, duties), it is taken as most orders of the file. A refunded
amount is net in the same proportion as what it refunds.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

from sqlglot import exp

from lohko.engine.sql import expression
from lohko.formats.fields import Kind
from lohko.landing.moments import texts
from lohko.landing.words import put
from lohko.model.orders import CANCELLED_STATES, NOT_CANCELLED, REFUNDED_STATES

MONEY, PRICE, QUANTITY = "DECIMAL(18,4)", "DECIMAL(18,6)", "DECIMAL(28,10)"
Tax = Literal["amount", "rate", "amount beside", "rate beside"]
"""What a column of tax holds; *beside* where the prices do not hold it."""
Layer = dict[str, exp.Expr]

NUMBERS: dict[str, str] = {
    "total": MONEY, "line_total": MONEY, "unit_price": PRICE, "discount": MONEY, "tax": MONEY, "refunded": MONEY, "quantity": QUANTITY,
    "spend": MONEY, "order_subtotal": MONEY, "order_discount": MONEY, "order_shipping": MONEY, "order_tax": MONEY, "order_total": MONEY,
}  # fmt: skip
"""The fields that are numbers, and as what they are read."""

SMALL = {"quantity": "DECIMAL(9,0)", "unit_price": "DECIMAL(9,4)"}
"""Whole pieces and prices of at most four decimals, as most are: their product is exact in 64 bits, which takes a tenth of the time."""

_CODES = "EUR|USD|GBP|SEK|NOK|DKK|ISK|CHF|PLN|CZK|HUF|RON|BGN|CAD|AUD|NZD|JPY|CNY|TRY|UAH|RUB"
_CODE = rf"(^|[^A-Za-z])({_CODES})($|[^A-Za-z])"
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
_DOLLARS = ("USD", "CAD", "AUD", "NZD")
_BESIDE = """
CASE WHEN regexp_matches(__t, __code) THEN regexp_extract(__t, __code, 2) WHEN contains(__t, '€') THEN 'EUR' WHEN contains(__t, '£') THEN 'GBP'
    WHEN contains(__t, '$') THEN __dollar ELSE __all END
"""


def currency_beside(label: str, values: Collection[str], own: str, text: exp.Expr) -> exp.Expr | None:
    """The currency that stands beside amounts, in their cells or behind their header; None where none does. Crowns do not say whose they are."""
    said = re.search(_CODE, label)
    signs = next((_SIGNS[sign] for sign in _SIGNS if sign in label), None)
    if not (said or signs or any(sign in value for value in values for sign in _SIGNS) or any(re.search(_CODE, value) for value in values)):
        return None
    dollar = own if own in _DOLLARS else "USD"
    behind = said[2] if said else dollar if signs == "USD" else signs
    every = exp.Literal.string(behind) if behind else exp.cast(exp.Null(), "VARCHAR")
    return put(_BESIDE, t=text, code=exp.Literal.string(_CODE), dollar=exp.Literal.string(dollar), all=every)


def given(kind: Kind, found: Collection[str], small: Collection[str] = ()) -> Layer:
    """What the row itself says it is worth, before tax is looked at, and how many pieces it is for.

    `small` are the numbers of which `SMALL` holds all.
    """
    quantity = (
        "n_quantity" if "quantity" in found else "CAST(1 AS DECIMAL(28,10))" if kind == "order-lines" else "CAST(NULL AS DECIMAL(28,10))"
    )
    if kind == "orders":
        value = "n_total" if "total" in found else _null(MONEY)
    elif kind == "order-lines":
        less = "coalesce(abs(n_discount), 0)" if "discount" in found else "0"
        # One digit more than 18, or DuckDB multiplies in 64 bits and stops at a price of some millions.
        made = f"TRY_CAST(TRY_CAST({quantity} AS DECIMAL(19,6)) * n_unit_price - {less} AS {MONEY})"
        if {"quantity", "unit_price"} <= set(small) and "discount" not in found:
            made = f"CAST(s_quantity * s_unit_price AS {MONEY})"
        both = "coalesce(n_line_total, __made)" if "line_total" in found else "__made"
        value = both.replace("__made", made) if "unit_price" in found else "n_line_total"
    elif kind == "ad-spend":
        value = "n_spend"
    else:
        value = _null(MONEY)
    text = "d_quantity" if "quantity" in found else f"CAST({quantity} AS VARCHAR)"
    return {"quantity": expression(quantity), "quantity_said": expression(text), "given": expression(value)}


def _null(kind: str) -> str:
    return f"CAST(NULL AS {kind})"


MOST = 0.5
"""More than so many of the rows with a tax have to fit for its column to be taken that way."""
TOTALS = ("total", "line_total", "unit_price")
"""The columns that say what a row is worth, the first of them first."""
AMOUNTS_OF_TAX = """
WITH rate AS (SELECT unnest(CAST(? AS DOUBLE[])) AS r), near AS (
    SELECT min(abs(t.n_tax - (t.given - t.n_tax) * rate.r / 100)) AS within, min(abs(t.n_tax - t.given * rate.r / 100)) AS beside
    FROM __rows AS t, rate WHERE t.n_tax <> 0 AND NOT t.given IS NULL GROUP BY t.record
)
SELECT coalesce(avg(CASE WHEN within < 0.011 THEN 1 ELSE 0 END), 0), coalesce(avg(CASE WHEN beside < 0.011 THEN 1 ELSE 0 END), 0) FROM near
"""
"""The shares of rows whose tax is, as an amount, a rate of VAT of what it leaves of the total, and of the whole total."""


def kind_of_tax(*, rates: bool, beside: bool) -> Tax:
    """What a column of tax holds, by whether they are rates and whether the prices are without it."""
    if beside:
        return "rate beside" if rates else "amount beside"
    return "rate" if rates else "amount"


def net(found: Collection[str], tax: Tax | None) -> Layer:
    """The row's worth without its own tax. A tax as large as the whole is no tax of this row."""
    if tax == "rate":
        amount = f"CAST(given / (1 + coalesce(n_tax, 0) / 100) AS {MONEY})"
    elif tax == "amount":
        amount = f"""CASE WHEN abs(n_tax) < abs(given) THEN CAST(given - sign(given) * abs(n_tax) AS {MONEY}) ELSE given END"""
    else:
        amount = "given"
    layer: Layer = {"amount": expression(amount)}
    if tax == "rate beside":
        layer["with_vat"] = expression(f"CAST(given * (1 + coalesce(n_tax, 0) / 100) AS {MONEY})")
    elif tax == "amount beside":
        layer["with_vat"] = expression(f"CAST(given + sign(given) * abs(coalesce(n_tax, 0)) AS {MONEY})")
    return layer


def refunded(found: Collection[str]) -> Layer:
    """What was given back of the row, as net as the row is; all of it where nothing but the status says so."""
    if "refunded" not in found and "status" in found:
        said = "CASE WHEN list_contains(__w, lower(x_status)) AND amount > 0 THEN amount END"
        return {"refunded": put(said, w=texts(REFUNDED_STATES))}
    if "refunded" not in found:
        return {"refunded": expression(_null(MONEY))}
    share = "CASE WHEN given <> 0 AND amount <> given THEN abs(n_refunded) * CAST(amount AS DOUBLE) / CAST(given AS DOUBLE) ELSE abs(n_refunded) END"
    return {"refunded": expression(f"CAST({share} AS {MONEY})")}


_FITS = "0.02"
"""So near come an order's own sums to its total when they are all of it: rounding of goods and of shipping."""
ORDER_LEVEL = ("order_subtotal", "order_discount", "order_shipping", "order_tax", "order_total")


def of_whole_order(found: Collection[str]) -> list[Layer]:
    """Layers that share out what a line file says of whole orders; the last of them gives `amount` and `refunded`.

    Beside them it gives `with_vat`, and `sent_with_vat`: the line's share of the shipping, which is in neither. `charges` is what the
    order's total holds beyond goods, shipping and VAT, such as a tip or duties, on its first line.
    """
    by_order = "OVER (PARTITION BY order_id)"

    def whole(name: str) -> str:
        return f"max(n_{name}) {by_order}" if name in found else _null(MONEY)

    first: Layer = {
        "lines": expression(f"sum(given) {by_order}"),
        "first_record": expression(f"min(record) {by_order}"),
        **{f"w_{name}": expression(whole(name)) for name in (*ORDER_LEVEL, "refunded")},
    }
    second: Layer = {
        "goods": expression("coalesce(w_order_subtotal, lines - coalesce(abs(w_order_discount), 0))"),
        "shipping": expression("coalesce(w_order_shipping, 0)"),
        "vat": expression("coalesce(w_order_tax, 0)"),
    }
    third: Layer = {
        "gross": expression("coalesce(w_order_total, goods + shipping)"),
        "left": expression("w_order_total - goods - shipping"),
    }
    fits = f"CASE WHEN vat <= {_FITS} OR left IS NULL OR record <> first_record THEN NULL WHEN abs(left) <= {_FITS} THEN 1 WHEN abs(left - vat) <= {_FITS} THEN -1 END"
    judged: Layer = {"most_hold": expression(f"sum({fits}) OVER ()")}
    # An order that fits neither way holds something more, such as a tip or duties: its prices are as most orders' are.
    tells = f"CASE WHEN abs(left) <= {_FITS} OR abs(left - vat) <= {_FITS} OR coalesce(most_hold, 0) = 0 THEN abs(left) < abs(left - vat) ELSE most_hold > 0 END"
    # A tip and duties bear none of the tax, and what is taken off the whole order lessens it.
    last: Layer = {
        "holds_tax": expression(f"coalesce({tells}, true)"),
        "taxable": expression("CASE WHEN goods + shipping > 0 THEN least(gross, goods + shipping) ELSE gross END"),
    }
    # The tax of prices without it is of goods and shipping alike.
    taxed = "CASE WHEN holds_tax OR goods + shipping <= 0 THEN 0 ELSE CAST(vat AS DOUBLE) * CAST(goods AS DOUBLE) / CAST(goods + shipping AS DOUBLE) END"
    beyond = "w_order_total - goods - shipping - CASE WHEN holds_tax THEN 0 ELSE vat END"
    between: Layer = {
        "goods_vat": expression(f"CAST({taxed} AS {MONEY})"),
        "beyond": expression(f"CASE WHEN abs({beyond}) > {_FITS} THEN CAST({beyond} AS {MONEY}) END"),
    }
    share = "CAST(given AS DOUBLE) / CAST(lines AS DOUBLE)"
    without = "CASE WHEN holds_tax AND taxable > vat AND vat > 0 THEN 1 - CAST(vat AS DOUBLE) / CAST(taxable AS DOUBLE) ELSE 1 END"
    fourth: Layer = {
        "worth": expression(f"CAST(CAST(goods AS DOUBLE) * ({without}) AS {MONEY})"),
        "part": expression(f"CASE WHEN lines <> 0 THEN CAST(CAST(goods AS DOUBLE) * ({without}) * ({share}) AS {MONEY}) ELSE given END"),
        "part_with_vat": expression(
            f"CASE WHEN lines <> 0 THEN CAST(CAST(goods + goods_vat AS DOUBLE) * ({share}) AS {MONEY}) ELSE given END"
        ),
        "sent": expression("shipping + CASE WHEN holds_tax OR shipping = 0 THEN 0 ELSE vat - goods_vat END"),
        "part_sent": expression(f"CASE WHEN lines <> 0 THEN CAST(CAST(shipping AS DOUBLE) * ({share}) AS {MONEY}) ELSE 0 END"),
    }

    # What rounding leaves over goes to the order's first line, so that the lines add up to the cent.
    def rest(whole: str, part: str) -> str:
        return f"CASE WHEN record = first_record AND lines <> 0 THEN {whole} - sum({part}) {by_order} ELSE 0 END"

    back = "CASE WHEN record <> first_record THEN NULL WHEN gross > 0 THEN abs(w_refunded) * CAST(worth AS DOUBLE) / CAST(gross AS DOUBLE) ELSE abs(w_refunded) END"
    fifth: Layer = {
        "amount": expression(f"CASE WHEN order_id IS NULL THEN given ELSE CAST(part + ({rest('worth', 'part')}) AS {MONEY}) END"),
        "with_vat": expression(
            f"CASE WHEN order_id IS NULL THEN given ELSE CAST(part_with_vat + ({rest('goods + goods_vat', 'part_with_vat')}) AS {MONEY}) END"
        ),
        "sent_with_vat": expression(f"CASE WHEN NOT order_id IS NULL THEN CAST(part_sent + ({rest('sent', 'part_sent')}) AS {MONEY}) END"),
        "charges": expression("CASE WHEN NOT order_id IS NULL AND record = first_record THEN beyond END"),
        "refunded": expression(f"CAST(CASE WHEN order_id IS NULL THEN abs(w_refunded) ELSE {back} END AS {MONEY})"),
    }
    return [first, second, third, judged, last, between, fourth, fifth]


def cancelled(found: Collection[str]) -> Layer:
    """Whether the row says that the order did not come about."""
    words: list[exp.Expr] = []
    if "status" in found:
        words.append(put("list_contains(__w, lower(x_status))", w=texts(CANCELLED_STATES)))
    if "cancelled_at" in found:
        words.append(put("NOT x_cancelled_at IS NULL AND NOT list_contains(__w, lower(x_cancelled_at))", w=texts(NOT_CANCELLED)))
    parts = [exp.func("coalesce", exp.paren(word), exp.false()) for word in words]
    return {"cancelled": exp.or_(*parts) if parts else exp.false()}
