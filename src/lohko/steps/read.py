"""Questions about the data as it is: what there is, how many match a rule, RFM."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.base.times import parse_as_of
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate
from lohko.engine.traits import RfmOptions, make_rfm
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Span
from lohko.model.parse import parse
from lohko.model.rfm_map import BY_ID
from lohko.model.sentence import sentence
from lohko.state.batches import batches
from lohko.state.segments import current
from lohko.steps.work import Progress, Work

FEW_BUYERS = 100
_UNITS = ("minute", "hour", "day", "week", "month", "year")


def moment(work: Work, as_of: str | None) -> dt.datetime:
    """The instant a question is about: as given, in the workspace's zone, else now."""
    return parse_as_of(as_of, work.settings.zone) if as_of else now()


def iso(instant: dt.datetime) -> str:
    """An instant as JSON shows it."""
    return instant.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def status(work: Work, progress: Progress) -> dict[str, Any]:
    """What the workspace holds: settings, people, and the books of every import."""
    with work.state.connect() as connection:
        rows = batches(connection)
    people = work.store.cursor().execute("SELECT count(*) FROM person WHERE living").fetchall()[0][0]
    keys = ("received", "accepted", "duplicate", "rejected", "rejected_by_reason", "anonymous")
    return {
        "name": work.folder.path.resolve().name,
        "timezone": work.settings.timezone,
        "currency": work.settings.currency,
        "country": work.settings.country,
        "data_version": work.data_version(),
        "people": people,
        "imports": [
            {
                "batch": row["number"],
                "file": row["file_name"],
                "kind": row["kind"],
                "source": row["source"],
                "received_at": row["received_at"],
            }
            | {key: row["report"][key] for key in keys}
            for row in rows
        ],
    }


def count(work: Work, progress: Progress, *, condition: str, as_of: str | None = None) -> dict[str, Any]:
    """How many people match a rule that is not saved."""
    instant, schema = moment(work, as_of), work.schema()
    parsed = parse(condition)
    with work.state.connect() as connection:
        catalogue = Catalogue(schema, {name: item.where for name, item in current(connection).items()})
    resolved = catalogue.resolve(parsed.condition)
    engine = DuckEngine(work.store.cursor(), schema, instant, work.settings.zone)
    found, population = engine.size(evaluate(engine, catalogue, resolved)), engine.size(engine.everyone())
    return {
        "condition": condition,
        "sentence": sentence(resolved),
        "count": found,
        "population": population,
        "share": round(found / population, 6) if population else None,
        "as_of": iso(instant),
        "data_version": work.data_version(),
        "warnings": [{"code": item.code, "message": item.message} for item in parsed.warnings],
    }


def rfm(work: Work, progress: Progress, *, as_of: str | None = None, refunds: str = "net", window: str | None = None) -> dict[str, Any]:
    """Recency, frequency, monetary value, scores and group of every customer, and the groups."""
    if refunds not in ("net", "ignore"):
        raise InputError("bad_refunds", f"Refunds are {refunds!r}.", hint="net takes them off, ignore leaves them out.")
    instant, cursor = moment(work, as_of), work.store.cursor()
    make_rfm(cursor, work.schema(), instant, work.settings.zone, RfmOptions(refunds, span(window)))  # type: ignore[arg-type]
    rows = cursor.execute(
        """SELECT p.label, t.recency_days, t.frequency, t.monetary, t.rfm_r, t.rfm_f, t.rfm_m, t.rfm_group
        FROM trait_rfm AS t JOIN person AS p ON p.person = t.person ORDER BY p.label, p.person"""
    ).fetchall()
    groups = cursor.execute("SELECT rfm_group, count(*), sum(monetary) FROM trait_rfm GROUP BY rfm_group").fetchall()
    cells = cursor.execute(
        "SELECT rfm_r, rfm_f, count(*), sum(monetary) FROM trait_rfm WHERE rfm_r IS NOT NULL GROUP BY ALL ORDER BY 1 DESC, 2 DESC"
    ).fetchall()
    by_group = {name: (n, money) for name, n, money in groups}
    buyers = sum(n for name, (n, _) in by_group.items() if name != "prospects")
    warnings = []
    if 0 < buyers < FEW_BUYERS:
        warnings.append({"code": "few_buyers", "message": f"There are {buyers} buyers: scores of fewer than {FEW_BUYERS} say little."})
    return {
        "as_of": iso(instant),
        "data_version": work.data_version(),
        "refunds": refunds,
        "buyers": buyers,
        "prospects": by_group.get("prospects", (0, None))[0],
        "warnings": warnings,
        "groups": [
            {
                "group": group.id,
                "title": {"en": group.en, "fi": group.fi},
                "customers": by_group.get(group.id, (0, None))[0],
                "share": round(by_group.get(group.id, (0, None))[0] / len(rows), 6) if rows else None,
                "revenue": _money(by_group.get(group.id, (0, None))[1]),
            }
            for group in BY_ID.values()
        ],
        "cells": [{"r": r, "f": f, "customers": n, "revenue": _money(money)} for r, f, n, money in cells],
        "customers": [
            {
                "customer": label,
                "recency_days": recency,
                "frequency": frequency,
                "monetary": _money(money),
                "r": r,
                "f": f,
                "m": m,
                "group": BY_ID[group].en,
            }
            for label, recency, frequency, money, r, f, m, group in rows
        ],
    }


def _money(value: Any) -> float | None:
    return None if value is None else float(value)


def span(text: str | None) -> Span | None:
    """A length of time as an option gives it: `365 days`."""
    if text is None:
        return None
    parts = text.split()
    if len(parts) == 2 and parts[0].isdigit() and parts[1].rstrip("s") in _UNITS and int(parts[0]) > 0:
        return Span(int(parts[0]), parts[1].rstrip("s"))  # type: ignore[arg-type]
    raise InputError("bad_window", f"{text!r} is no length of time.", hint="write for example `365 days` or `12 months`.")
