"""A source's own totals against Lohko's, the difference line by line.

Every line is counted from the data; what they leave over is named *not explained*
and never hidden, so the lines always add up to the difference.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import naive, parse_as_of
from lohko.engine import reconciling
from lohko.engine.changed_orders import changed_orders
from lohko.engine.profiles import known_sources
from lohko.engine.reconciling import Money, People, Rejected
from lohko.landing import log
from lohko.model.orders import CANCELLED_ORDER, ORDER, REFUND
from lohko.state.batches import imports, retries
from lohko.steps.question import iso
from lohko.steps.shown import amount
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from lohko.model.schema import Schema

HOLDS = {
    "vat": "its revenue is with VAT",
    "shipping": "its revenue is with shipping",
    "charges": "its revenue is with tips, duties and other charges",
    "gift-cards": "its revenue counts gift cards when they are sold",
    "refunds": "refunds are not taken off its revenue",
    "cancelled": "it counts cancelled orders",
    "guests": "it counts people who ordered without an account as customers",
}
"""What a source's own totals may hold."""
USUALLY = ("vat", "shipping", "charges")
"""What they usually hold, as the total sales of shops do."""
_EVER = dt.datetime(1, 1, 1)
_CHANGED = "orders that the source has changed since they came in (changed_order): a newer file with --replace brings them in as they are"
_ASIDE = {"restricted": "restricted"}
"""Why people are set aside, other than by the list of those who are no customers."""


def _aside(reason: str, listed: str) -> str:
    return "their processing is restricted" if reason in _ASIDE else f"{listed}: {reason}"


def reconcile(
    work: Work,
    progress: Progress,
    *,
    source: str,
    customers: int | None = None,
    orders: int | None = None,
    revenue: str | None = None,
    since: str | None = None,
    until: str | None = None,
    holds: Sequence[str] | None = None,
    months: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """What the source says and what Lohko has of it, with why they differ.

    Orders and revenue are of `[since, until)`, days of the workspace; `months` are rows with a
    month (`2026-01`), and orders, revenue or both, each compared by itself. `holds` says what the source's totals contain.
    """
    told = _holds(holds)
    zone = work.settings.zone
    start, end = (None if day is None else parse_as_of(day, zone) for day in (since, until))
    cursor, version, schema = work.snapshot()
    found = reconciling.people(cursor, source)
    if not found.records:
        names = known_sources(cursor)
        raise InputError("unknown_source", f"Nothing came from a source {source!r}.", hint=did_you_mean(source, names))
    if customers is None and orders is None and revenue is None and months is None:
        raise InputError("nothing_stated", "The source's own totals are missing.", hint="--customers, --orders, --revenue, or --file.")
    window = _Window(
        work, cursor, schema, source, None if start is None else naive(start), naive(end) if end else dt.datetime(9999, 1, 1), told
    )
    parts = []
    if customers is not None:
        parts.append(_compared("customers", Decimal(customers), Decimal(found.living), _of_people(work, cursor, source, found, told)))
    if orders is not None:
        parts.append(_compared("orders", Decimal(orders), *window.orders()))
    if revenue is not None:
        parts.append(_compared("revenue", _money(revenue), *window.revenue(), window.rest_is()))
    return {
        "source": source,
        "since": None if start is None else iso(start),
        "until": None if end is None else iso(end),
        "currency": work.settings.currency,
        "holds": {name: HOLDS[name] for name in told},
        "compared": parts,
        "months": [_month(work, cursor, schema, source, row, told) for row in months or ()],
        "data_version": version,
    }


def _holds(given: Sequence[str] | None) -> tuple[str, ...]:
    for name in given or ():
        if name not in HOLDS:
            raise InputError(
                "unknown_total", f"{name!r} is nothing that totals hold.", hint=did_you_mean(name, HOLDS) or ", ".join(HOLDS) + "."
            )
    return USUALLY if given is None else tuple(dict.fromkeys(given))


def _money(text: str) -> Decimal:
    try:
        found = Decimal(text.replace(" ", "").replace("\u00a0", "").replace(",", "."))
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite():
        raise InputError("bad_number", f"{text!r} is no sum of money.", hint="for example 12345.60.")
    return found


def _compared(
    what: str, stated: Decimal, ours: Decimal, lines: Sequence[tuple[str, str, Decimal]], rest_is: str = "not explained"
) -> dict[str, Any]:
    """One total: stated + all lines + what is not explained = ours."""
    kept = [(code, text, value) for code, text, value in lines if value]
    rest = ours - stated - sum((value for _, _, value in kept), Decimal(0))
    return {
        "what": what,
        "stated": amount(stated),
        "lohko": amount(ours),
        "difference": amount(ours - stated),
        "lines": [
            *({"code": code, "text": text, "value": amount(value)} for code, text, value in kept),
            {"code": "not_explained", "text": rest_is, "value": amount(rest)},
        ],
    }


def _of_people(work: Work, cursor: DuckDBPyConnection, source: str, found: People, told: Collection[str]) -> list[tuple[str, str, Decimal]]:
    away = sum(found.aside.values())
    rejected = reconciling.rejected_people(cursor, _rejected(work, source, ("customers",)), source)
    guests = found.guests if found.guests < found.records else 0  # without any list of customers those who order are the customers
    return [
        ("guests", "ordered without an account: the source does not count them", Decimal(0 if "guests" in told else guests)),
        ("merged", "several records of one person", Decimal(found.persons - found.records)),
        *(
            (_ASIDE.get(reason, f"not_customers:{reason}"), _aside(reason, "on the list of those who are no customers"), Decimal(-n))
            for reason, n in found.aside.items()
        ),
        ("not_living", "erased, or part of a person who is told elsewhere", Decimal(found.living + away - found.persons)),
        ("rejected", "customers whose rows are rejected", Decimal(-rejected)),
    ]


def _rejected(work: Work, source: str, kinds: Collection[str]) -> list[Rejected]:
    """What is rejected still of a source's files."""
    with work.state.connect() as connection:
        rows, tried = imports(connection), retries(connection)
    found = []
    for row in rows:
        if row["source"] == source and row["kind"] in kinds:
            last = tried.get(row["number"], [row])[-1]
            path = work.folder.landing / str(last["folder"]) / log.REJECTED
            comma = row["report"].get("detected", {}).get("decimal") == ","
            found.append(Rejected(last["number"], path, row["report"].get("mapping", {}), comma, row["kind"] == "order-lines"))
    return found


class _Window:
    """A source's orders between two instants, and what its totals hold."""

    def __init__(
        self,
        work: Work,
        cursor: DuckDBPyConnection,
        schema: Schema,
        source: str,
        since: dt.datetime | None,
        until: dt.datetime,
        told: Collection[str],
    ) -> None:
        self.work, self.cursor, self.schema, self.source, self.told = work, cursor, schema, source, told
        self.since, self.until = since, until
        begin = since or _EVER
        reconciling.look_beside(cursor, schema, source)
        self.of = {name: reconciling.orders(cursor, schema, name, source, begin, until) for name in (ORDER, REFUND, CANCELLED_ORDER)}
        rejected = _rejected(work, source, ("orders", "order-lines"))
        held = {"order_tax": "vat" in told, "order_shipping": "shipping" in told, "refunded": "refunds" in told}
        less = [name for name, holds in held.items() if not holds]  # what the source's total does not have in it
        self.foreign, self.rejected = reconciling.rejected_orders(cursor, rejected, source, since, until, less)
        self.short = reconciling.rejected_lines(cursor, source, since, until, cancelled="cancelled" in told)
        self.changed = changed_orders(cursor, schema, rejected, source, begin, until, told)
        self.begin = begin

    def _not_counted(self, name: str = ORDER) -> list[tuple[str, str, Money]]:
        texts = {"anonymous": "nobody is known to have made them", "not_living": "of people who are erased", "free": "free of charge"}
        return [
            (
                _ASIDE.get(kind.removeprefix("aside:"), kind.replace("aside:", "not_customers:")),
                texts.get(kind) or _aside(kind.removeprefix("aside:"), "of those who are no customers"),
                money,
            )
            for kind, money in sorted(self.of[name].items())
            if kind != "counted"
        ]

    def orders(self) -> tuple[Decimal, list[tuple[str, str, Decimal]]]:
        """How many Lohko counts, and why they are not as many as the source's."""
        cancelled = sum(money.orders for money in self.of[CANCELLED_ORDER].values()) if "cancelled" in self.told else 0
        return Decimal(self._counted(ORDER).orders), [
            ("cancelled", "cancelled", Decimal(-cancelled)),
            *((code, text, Decimal(-money.orders)) for code, text, money in self._not_counted()),
            ("other_currency", "in another currency, for which there is no rate", Decimal(-self.foreign.orders)),
            ("rejected", "rejected", Decimal(-self.rejected.orders)),
            ("changed_order", _CHANGED, Decimal(self.changed[0])),
        ]

    def revenue(self) -> tuple[Decimal, list[tuple[str, str, Decimal]]]:
        """What Lohko counts, net of refunds, and why it is not what the source says."""
        window = (self.cursor, self.schema, self.source, self.begin, self.until)
        with_vat, with_shipping = "vat" in self.told, "shipping" in self.told
        counted, refunds = self._counted(ORDER), self._counted(REFUND)
        nothing = Money()
        back = nothing if "refunds" in self.told else refunds  # what the source took off as well
        vat = counted.vat - back.vat + with_shipping * (counted.shipping_vat - back.shipping_vat)
        cancelled = (
            sum((self._worth(money) for money in self.of[CANCELLED_ORDER].values()), Decimal(0)) if "cancelled" in self.told else Decimal(0)
        )
        returned = sum((self._worth(money) for kind, money in self.of[REFUND].items() if kind != "counted"), Decimal(0))
        return counted.net - refunds.net, [
            ("vat", "VAT", -with_vat * vat),
            ("shipping", "shipping", -with_shipping * (counted.shipping - back.shipping)),
            (
                "charges",
                "tips, duties and other charges, which are no revenue of goods",
                -("charges" in self.told) * (counted.charges - back.charges),
            ),
            ("shipping_held", "shipping, which the orders' totals hold", Decimal(0) if with_shipping else counted.own),
            (
                "gift_cards",
                "gift cards, which the source counts when they are used",
                Decimal(0) if "gift-cards" in self.told else reconciling.gift_cards(*window, vat=with_vat),
            ),
            ("refunds", "refunds", -refunds.net if "refunds" in self.told else Decimal(0)),
            ("refunds_of_others", "refunds of orders that are not counted", returned if "refunds" not in self.told else Decimal(0)),
            ("cancelled", "cancelled orders", -cancelled),
            *((code, text, -self._worth(money)) for code, text, money in self._not_counted()),
            ("rejected", "rejected rows, as far as their sums can be read", -self.rejected.net),
            ("rejected_lines", "rejected lines of orders that are in, as far as their sums can be read", -self.short),
            ("changed_order", _CHANGED, self.changed[1]),
        ]

    def rest_is(self) -> str:
        """What the money that no line explains may be."""
        n = self.foreign.orders
        beside = f", among it {n} in another currency, whose worth is not known without a rate (`lohko rates`)" if n else ""
        return f"not explained{beside}"

    def _counted(self, name: str) -> Money:
        return self.of[name].get("counted", Money())

    def _worth(self, money: Money) -> Decimal:
        return money.worth(vat="vat" in self.told, shipping="shipping" in self.told, charges="charges" in self.told)


def _month(
    work: Work, cursor: DuckDBPyConnection, schema: Schema, source: str, row: Mapping[str, Any], told: Collection[str]
) -> dict[str, Any]:
    month = str(row.get("month", ""))
    try:
        first = dt.date.fromisoformat(f"{month}-01")
    except ValueError:
        raise InputError("bad_month", f"{month!r} is no month.", hint="for example 2026-01.") from None
    after = (first + dt.timedelta(days=31)).replace(day=1)
    since, until = (naive(parse_as_of(day.isoformat(), work.settings.zone)) for day in (first, after))
    window = _Window(work, cursor, schema, source, since, until, told)
    parts = []
    if row.get("orders") not in (None, ""):
        parts.append(_compared("orders", _money(str(row["orders"])), *window.orders()))
    if row.get("revenue") not in (None, ""):
        parts.append(_compared("revenue", _money(str(row["revenue"])), *window.revenue(), window.rest_is()))
    return {"month": month, "compared": parts}
