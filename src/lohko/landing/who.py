"""Who a row is about, and by what the row itself is known again."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from lohko.engine.sql import column, expression
from lohko.formats.fields import NO_PERSON, NUMBERED, Kind
from lohko.landing.columns import Column
from lohko.landing.words import put

_BY_PHONE: frozenset[Kind] = frozenset({"bookings", "leads", "customers"})
"""Files that may know people by nothing but their phone number; of customers, those that do not number them: where they do, a row without its number is broken."""
_AGAIN: frozenset[Kind] = frozenset({"bookings"})
"""Files in which one number may be on several rows, such as the rooms of a booking: they are told apart by their order."""


def by_phone(kind: Kind, found: Collection[str]) -> bool:
    """Whether a row's person may be known by nothing but a phone number."""
    return kind in _BY_PHONE and not (kind == "customers" and "customer_id" in found)


def identity(kind: Kind, found: Collection[str], rows_are_people: str) -> dict[str, exp.Expr]:
    """The kind and value of the identity that a row's person has in its source: the first of these that the row says.

    A number that is an e-mail address, as of whom interviewers wrote down, is that address.
    `rows_are_people` is what tells a file from others when its rows without an
    identifier are people of their own. Such a person is never anyone else: the same
    row in another file is another person.
    """
    if kind in NO_PERSON:
        return {"node_kind": exp.cast(exp.Null(), "VARCHAR"), "node_value": exp.cast(exp.Null(), "VARCHAR")}
    kinds = {"id": "k_customer_id", "email": "k_email", "anonymous": "k_anonymous_id"} | (
        {"phone": "k_phone"} if by_phone(kind, found) else {}
    )
    is_address = put(r"regexp_full_match(__c, '[^@\s]+@[^@\s]+\.[^@\s.]+')", c=column("k_customer_id"))
    case = exp.Case().when(is_address.copy(), exp.Literal.string("email"))
    for name, cell in kinds.items():
        case = case.when(put("NOT __c IS NULL", c=column(cell)), exp.Literal.string(name))
    values: list[exp.Expr] = [column(cell) for cell in kinds.values()]
    values[0] = exp.Case().when(is_address, exp.func("lower", values[0])).else_(values[0])
    if rows_are_people:
        case = case.else_(exp.Literal.string("row"))
        values.append(put("concat(__f, ':', record)", f=exp.Literal.string(rows_are_people)))
    return {"node_kind": case, "node_value": exp.func("coalesce", *values)}


def number(kind: Kind, found: Collection[str], columns: Sequence[Column]) -> exp.Expr:
    """What a row is known again by: its message id, or the number of its booking, ticket, product ...; of advertising its day and campaign."""
    if kind == "ad-spend":
        return _of_spend(columns)
    if kind not in NUMBERED or (kind == "survey" and "answer" in found):
        return column("k_message_id")
    if kind == "accounts":
        return _of_account(columns)
    said = column(f"k_{NUMBERED[kind]}")
    if kind not in _AGAIN:
        return said
    nth = put("row_number() OVER (PARTITION BY __n ORDER BY record)", n=said)
    return put("CASE WHEN __nth > 1 AND NOT __n IS NULL THEN concat(__n, '#', __nth) ELSE __n END", n=said, nth=nth)


def _of_account(columns: Sequence[Column]) -> exp.Expr:
    """A company's own number, else its business id, else its name."""
    staged = {item.name: item.staged for item in columns if item.role == "account"}
    said = [column(f"{staged[name]}_f") for name in ("account_id", "business_id", "company") if name in staged]
    return exp.func("coalesce", *said, exp.cast(exp.Null(), "VARCHAR"))


_MEASURES = ("impressions", "clicks", "leads", "conversions", "conversion_value")


def _of_spend(columns: Sequence[Column]) -> exp.Expr:
    """Day, platform, campaign and whatever else the file breaks its costs down by; rows alike in all of it are told apart by their order."""
    by = [column(item.staged) for item in columns if item.name not in _MEASURES and item.type in ("text", "date", "boolean")]
    parts = [put("coalesce(CAST(__v AS VARCHAR), '')", v=item) for item in (column("at_utc"), *by)]
    key = exp.Anonymous(this="md5", expressions=[exp.Anonymous(this="concat_ws", expressions=[expression("chr(31)"), *parts])])
    nth = put("row_number() OVER (PARTITION BY __k ORDER BY record)", k=key)
    return put("CASE WHEN __nth > 1 THEN concat(__k, '#', __nth) ELSE __k END", k=key, nth=nth)
