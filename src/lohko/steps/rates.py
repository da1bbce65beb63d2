"""Exchange rates: added by hand, brought in from the European Central Bank's files, listed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from lohko.base.errors import InputError
from lohko.base.money import currency_code
from lohko.state import rates as kept
from lohko.state.rates import BASE, Rate
from lohko.state.workspace import note
from lohko.steps.work import Progress, Work

MOST_BYTES = 64 << 20


def rates_add(work: Work, _progress: Progress, *, currency: str, day: str, rate: str) -> dict[str, Any]:
    """Keep one rate: on that day one euro was so much of the currency."""
    made = Rate(_currency(currency), _day(day), _rate(rate))
    with work.state.begin() as connection:
        kept.put_rates(connection, [made], "by hand")
        note(connection, "rates_added", {"currency": made.currency, "rates": 1})
    return {"currency": made.currency, "day": made.day.isoformat(), "rate": str(made.rate), "added": 1}


def rates_import(work: Work, _progress: Progress, *, stream: BinaryIO, name: str) -> dict[str, Any]:
    """Keep the rates of a file of the European Central Bank; rates of the same days are replaced."""
    found = list(read_ecb(stream.read(MOST_BYTES + 1)))
    with work.state.begin() as connection:
        added = kept.put_rates(connection, found, "ECB")
        note(connection, "rates_added", {"rates": added})
    days = sorted(item.day for item in found)
    currencies = sorted({item.currency for item in found})
    return {"added": added, "currencies": currencies, "first": days[0].isoformat(), "last": days[-1].isoformat()}


def rates_list(work: Work, _progress: Progress, *, currency: str | None = None, limit: int = 40) -> dict[str, Any]:
    """The latest rates of a currency; without one, per currency how many there are and the latest."""
    with work.state.connect() as connection:
        found = kept.read_rates(connection, None if currency is None else _currency(currency))
    if currency is not None:
        latest = [{"day": item.day.isoformat(), "rate": str(item.rate)} for item in reversed(found)][:limit]
        return {"base": BASE, "currency": _currency(currency), "rates": latest, "count": len(found)}
    by: dict[str, list[Rate]] = {}
    for item in found:
        by.setdefault(item.currency, []).append(item)
    rows = [
        {
            "currency": name,
            "count": len(items),
            "first": items[0].day.isoformat(),
            "last": items[-1].day.isoformat(),
            "rate": str(items[-1].rate),
        }
        for name, items in by.items()
    ]
    return {"base": BASE, "currencies": rows}


def read_ecb(content: bytes) -> Iterator[Rate]:
    """The rates of the bank's files: a column per currency (`eurofxref.csv`, `eurofxref-hist.csv`, also zipped), or a row per rate (its data portal).

    InputError when it is none of these.
    """
    if len(content) > MOST_BYTES:
        raise InputError("file_too_large", "The file is too large to be a file of exchange rates.")
    rows = csv.reader(io.StringIO(_unpacked(content)))
    head = [cell.strip() for cell in next(rows, [])]
    found = list(_by_row(head, rows) if {"CURRENCY", "TIME_PERIOD", "OBS_VALUE"} <= set(head) else _by_column(head, rows))
    if not found:
        raise InputError(
            "not_rates",
            "The file holds no exchange rates.",
            hint="it is the European Central Bank's eurofxref-hist.csv (or .zip), whose first column is Date.",
        )
    yield from found


def _unpacked(content: bytes) -> str:
    if content[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                inside = next((item for item in packed.infolist() if item.filename.lower().endswith(".csv")), None)
                if inside is None or inside.file_size > MOST_BYTES:
                    raise InputError("not_rates", "The archive holds no file of exchange rates.")
                with packed.open(inside) as file:
                    content = file.read(MOST_BYTES)
        except zipfile.BadZipFile as error:
            raise InputError("not_rates", "The archive cannot be read.") from error
    return content.decode("utf-8-sig", "replace")


def _by_column(head: list[str], rows: Iterable[list[str]]) -> Iterator[Rate]:
    if not head or head[0].casefold() != "date":
        return
    names = [currency_code(name) for name in head]
    for row in rows:
        if not row or not row[0].strip():
            continue
        day = _day(row[0])
        for name, cell in zip(names[1:], row[1:], strict=False):
            if name is not None and cell.strip() not in ("", "N/A"):
                yield Rate(name, day, _rate(cell))


def _by_row(head: list[str], rows: Iterable[list[str]]) -> Iterator[Rate]:
    for cells in rows:
        row = dict(zip(head, cells, strict=False))
        if row.get("CURRENCY_DENOM", BASE) == BASE and row.get("OBS_VALUE", "").strip() and len(row["TIME_PERIOD"]) == len("2026-01-01"):
            yield Rate(_currency(row["CURRENCY"]), _day(row["TIME_PERIOD"]), _rate(row["OBS_VALUE"]))


def _currency(text: str) -> str:
    code = currency_code(text)
    if code is None or code == BASE:
        raise InputError("bad_currency", f"{text!r} is no currency that a rate to the euro can be of.", hint="for example USD or SEK.")
    return code


def _day(text: str) -> dt.date:
    for form in ("%Y-%m-%d", "%d %B %Y", "%d.%m.%Y"):
        try:
            return dt.datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    raise InputError("bad_date", f"{text!r} is no day.", hint="for example 2026-11-27.")


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not Decimal("1e-8") < rate < Decimal("1e9"):
        raise InputError("bad_rate", f"{text!r} is no exchange rate.", hint="how much of the currency one euro is, for example 1.0512.")
    return rate
