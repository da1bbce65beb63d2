"""What there is besides people: products, and what advertising cost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import naive
from lohko.engine.listed import GROUPS, products_at, spend_totals
from lohko.engine.margins import coverage
from lohko.steps.question import iso, moment
from lohko.steps.work import Progress, Work

_PRODUCT = ("source", "sku", "name", "category", "brand", "supplier", "unit", "cost", "price", "vat_rate")


def products(work: Work, progress: Progress, *, as_of: str | None = None) -> dict[str, Any]:
    """Every product as it was at an instant: what it is called, costs, sells for, and its rate of VAT; and of how many order lines the cost is known."""
    instant = moment(work, as_of)
    cursor, version, schema = work.snapshot()
    rows = [{name: _plain(row[name]) for name in _PRODUCT} for row in products_at(cursor, naive(instant))]
    told = coverage(cursor, schema, naive(instant))
    share = float(told["margin"] / told["costed_revenue"]) if told and told["costed_revenue"] > 0 else None
    margin = {**{name: _plain(value) for name, value in told.items()}, "margin_share": share} if told else None
    return {"products": rows, "margin": margin, "currency": work.settings.currency, "as_of": iso(instant), "data_version": version}


def ad_spend(work: Work, progress: Progress, *, by: str = "platform", since: str | None = None, until: str | None = None) -> dict[str, Any]:
    """What advertising cost and brought between two days, both included, added up by platform, campaign, month or day."""
    if by not in GROUPS:
        raise InputError("bad_group", f"Advertising is not added up by {by!r}.", hint=did_you_mean(by, GROUPS))
    cursor, version, _ = work.snapshot()
    rows = spend_totals(cursor, by, _day(since), _day(until))
    total = sum((row["spend"] for row in rows), Decimal(0))
    return {
        "by": by,
        "since": since,
        "until": until,
        "rows": [{name: _plain(value) for name, value in row.items()} for row in rows],
        "spend": _plain(total),
        "currency": work.settings.currency,
        "data_version": version,
    }


def _day(text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("bad_day", f"{text!r} is no day.", hint="write it as 2026-05-31.") from None


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
