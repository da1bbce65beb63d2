"""The companies: what each is like, its deals, its people and what they bought, its parent and what belongs to it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lohko.base.clock import now
from lohko.base.codes import label_of
from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import fold
from lohko.base.times import parse_as_of
from lohko.engine.account_figures import Figures, below
from lohko.engine.accounts import read_borne
from lohko.maths.few import told
from lohko.model.account import FROM_DEALS
from lohko.steps.work import Progress, Work

_ADDED = (
    "accounts",
    "contacts",
    "open_deals",
    "open_deal_value",
    "won_deals",
    "won_value",
    "lost_deals",
    "lost_value",
    "orders",
    "revenue",
)
_OF_PEOPLE = ("contacts", "orders", "revenue", "last_order")
"""What is told of the people of accounts; where they are 1 to 4 it is not (`maths/few.py`)."""
_SHOWN_PEOPLE, _SHOWN_DEALS = 50, 20


def accounts(
    work: Work, _progress: Progress, *, account: str | None = None, by: str | None = None, as_of: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """All accounts, the one with the most won value first; one of them with everything; or their sums by an attribute of theirs."""
    cursor, version, schema = work.snapshot()
    instant = now() if as_of is None else parse_as_of(as_of, work.settings.zone)
    figures = Figures(cursor, schema, instant, work.settings.zone)
    rows = _rows(figures)
    found: dict[str, Any] = {
        "as_of": instant.isoformat(),
        "data_version": version,
        "currency": work.settings.currency,
        "accounts": len(rows),
    }
    if account is not None:
        return found | {"account": _one(figures, rows, _named(figures, account))}
    if by is not None:
        return found | {"by": by, "groups": _groups(figures, rows, by)}
    ranked = sorted(rows.values(), key=lambda row: (-row["won_value"], -row["revenue"], row["name"]))
    return found | {"rows": [_plain(row) for row in ranked[:limit]], "total": _plain(_sum(list(rows.values())))}


def accounts_of_person(work: Work, person: int, instant: dt.datetime) -> list[dict[str, Any]]:
    """The accounts that a person is a contact of, with their deals and what their people bought."""
    cursor, _version, schema = work.snapshot()
    figures = Figures(cursor, schema, instant, work.settings.zone)
    keys = figures.of_person(person) if figures.names else []
    rows = _rows(figures) if keys else {}
    return [_plain(rows[key]) for key in keys]


def _rows(figures: Figures) -> dict[int, dict[str, Any]]:
    contacts, bought, parents = figures.contacts(), figures.bought(), figures.parents()
    deals = {name: figures.held(name) for name in FROM_DEALS if name not in ("open_deal", "last_deal")}
    moved = figures.held("last_deal")
    rows = {}
    for key, name in figures.names.items():
        orders, revenue, last = bought.get(key, (0, Decimal(0), None))
        rows[key] = {
            "name": name,
            "parent": figures.names.get(parents.get(key, 0)),
            "contacts": contacts.get(key, 0),
            **{item: values.get(key) or 0 for item, values in deals.items()},
            "orders": orders,
            "revenue": revenue,
            "last_order": last,
            "last_deal": moved.get(key),
        }
    return rows


def _named(figures: Figures, text: str) -> int:
    found = read_borne(figures.cursor).names.get(fold(text)) or next(
        (key for key, name in figures.names.items() if fold(name) == fold(text)), None
    )
    if found is None:
        raise InputError("unknown_account", f"No account is called {text!r}.", hint=did_you_mean(text, figures.names.values()))
    return found


def _one(figures: Figures, rows: dict[int, dict[str, Any]], key: int) -> dict[str, Any]:
    children = below(figures.parents(), key)
    whole = _sum([rows[key], *(rows[child] for child in children)])
    return {
        **_plain(rows[key]),
        "attributes": {name: _text(value) for name, value in figures.attributes(key).items()},
        "known_by": figures.bears(key),
        "subsidiaries": [_plain(rows[child]) for child in children],
        "with_subsidiaries": _plain(whole),
        "people": [{"customer": label, "person_id": person_id} for label, person_id in figures.people(key, _SHOWN_PEOPLE)],
        "deals": [_plain(deal) for deal in figures.deals(key, _SHOWN_DEALS)],
    }


def _groups(figures: Figures, rows: dict[int, dict[str, Any]], by: str) -> list[dict[str, Any]]:
    if by.casefold() not in figures.own.attributes:
        names = [item.name for item in figures.own.attributes.values()]
        raise InputError("unknown_attribute", f"Accounts have no attribute called {by!r}.", hint=did_you_mean(by, names))
    held, codes = figures.held(by), figures.own.attribute(by).codes
    groups: dict[str | None, list[dict[str, Any]]] = {}
    for key, row in rows.items():
        said = _text(held[key]) if key in held else None
        groups.setdefault(label_of(codes, said, "en") if codes and said else said, []).append(row)
    sums = [_sum(items) for items in groups.values()]
    for row, contacts in zip(sums, told([row["contacts"] for row in sums]), strict=True):
        if contacts is None:  # what a few people bought says who they are as well
            row |= dict.fromkeys(_OF_PEOPLE)
    summed = [{"value": value, **_plain(row)} for value, row in zip(groups, sums, strict=True)]
    return sorted(summed, key=lambda row: (-Decimal(row["won_value"]), -Decimal(row["revenue"] or 0), row["value"] or ""))


def _sum(rows: list[dict[str, Any]]) -> dict[str, Any]:
    latest = {name: max((row[name] for row in rows if row[name] is not None), default=None) for name in ("last_order", "last_deal")}
    whole = {
        name: len(rows)
        if name == "accounts"
        else sum((row[name] for row in rows), Decimal(0) if "value" in name or name == "revenue" else 0)
        for name in _ADDED
    }
    return {**whole, **latest}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | None) else _text(value) for name, value in row.items()}


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds") + "Z"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
