"""Dated exchange rates: how much of a currency one euro was. They are needed only when rows are landed, which then keep the rate they got."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, delete, insert, select

from lohko.state.tables import exchange_rate

BASE = "EUR"
MOST_DAYS = 31
"""For how many days a rate is used when none follows it: weekends, holidays, and rates that are given by the month."""


@dataclass(frozen=True)
class Rate:
    """One euro was so much of the currency on that day."""

    currency: str
    day: dt.date
    rate: Decimal


def put_rates(connection: Connection, rates: Iterable[Rate], origin: str) -> int:
    """Keep rates in place of those of the same currency and day; how many."""
    rows = {(item.currency, item.day.isoformat()): str(item.rate) for item in rates}
    for currency in {currency for currency, _day in rows}:
        days = [day for name, day in rows if name == currency]
        for place in range(0, len(days), 500):
            connection.execute(
                delete(exchange_rate).where(exchange_rate.c.currency == currency, exchange_rate.c.day.in_(days[place : place + 500]))
            )
    made = [{"currency": currency, "day": day, "rate": rate, "origin": origin} for (currency, day), rate in rows.items()]
    if made:
        connection.execute(insert(exchange_rate), made)
    return len(made)


def read_rates(connection: Connection, currency: str | None = None) -> list[Rate]:
    """All rates, or those of a currency, by currency and day."""
    query = select(exchange_rate).order_by(exchange_rate.c.currency, exchange_rate.c.day)
    if currency is not None:
        query = query.where(exchange_rate.c.currency == currency)
    return [Rate(row.currency, dt.date.fromisoformat(row.day), Decimal(row.rate)) for row in connection.execute(query)]


@dataclass(frozen=True)
class Factor:
    """From `since` on and before `until`, an amount in the currency times `factor` is an amount in the workspace's."""

    currency: str
    since: dt.date
    until: dt.date
    factor: Decimal


def factors(rates: Iterable[Rate], workspace: str) -> list[Factor]:
    """What amounts are multiplied by, per currency and span of days; where the workspace's is not the euro, by way of the euro.

    A rate holds until the next one, and at most MOST_DAYS days.

    >>> day = dt.date
    >>> factors([Rate("USD", day(2026, 1, 2), Decimal(2)), Rate("USD", day(2026, 1, 5), Decimal(4))], "EUR")[0]
    Factor(currency='USD', since=datetime.date(2026, 1, 2), until=datetime.date(2026, 1, 5), factor=Decimal('0.5'))
    """
    by_currency: dict[str, list[Rate]] = {}
    for item in sorted(rates, key=lambda rate: (rate.currency, rate.day)):
        by_currency.setdefault(item.currency, []).append(item)
    ours = [(BASE_EVER, LAST, Decimal(1))] if workspace == BASE else _spans(by_currency.pop(workspace, []))
    found = []
    theirs = {name: _spans(items) for name, items in by_currency.items()}
    if workspace != BASE:
        theirs[BASE] = [(BASE_EVER, LAST, Decimal(1))]
    for currency, spans in theirs.items():
        place = 0
        for since, until, rate in spans:
            while place < len(ours) and ours[place][1] <= since:
                place += 1
            for start, end, own in ours[place:]:
                if start >= until:
                    break
                found.append(Factor(currency, max(since, start), min(until, end), own / rate))
    return found


BASE_EVER, LAST = dt.date(1900, 1, 1), dt.date(2100, 1, 1)


def _spans(rates: list[Rate]) -> list[tuple[dt.date, dt.date, Decimal]]:
    ends = [*(item.day for item in rates[1:]), LAST][: len(rates)]
    return [(item.day, min(end, item.day + dt.timedelta(days=MOST_DAYS)), item.rate) for item, end in zip(rates, ends, strict=True)]
