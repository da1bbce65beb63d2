"""Rows are kept for so many days and then taken out, of the archive and of the store alike; originals of files for ninety unless told otherwise.

Of whom no row is left then nothing is: they are erased, though not kept out.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, insert, select
from sqlglot import exp

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import naive
from lohko.engine.erasure import Subject, nothing_left
from lohko.engine.sql import expression
from lohko.landing import erase, log
from lohko.state import batches
from lohko.state.privacy import Rule, rules, set_rule
from lohko.state.tables import setting
from lohko.state.workspace import note
from lohko.steps.decide import keep_decision
from lohko.steps.load import load_lacking
from lohko.steps.person_erase import erase_people, sweep_replaced
from lohko.steps.question import iso
from lohko.steps.renew import renew
from lohko.steps.work import Progress, Work

ALL = "*"
ORIGINAL = "original"
ORIGINAL_DAYS = 90
_LAST = "retention_run"
_SEEN = "retention_seen"
"""The last batch that the rules were carried out on."""
_EVENTS_OF = {"orders": "order", "order-lines": "order"}
_SAYS_NOTHING = ("links", "places", "correction", "survivorship", "erasure", "retention")
"""The kinds of batches that say nothing of anybody by themselves, only something of what else is said."""
_OLD = '"at" < CAST(__before AS TIMESTAMP)'
_OLD_EVENT = '"at" < CAST(__before AS TIMESTAMP) AND event = __event'


def retention_set(work: Work, progress: Progress, *, source: str, event: str = ALL, days: int | None = None) -> dict[str, Any]:
    """Keep the rows of a source for so many days by their own time: of one kind of event, `order`, `original` (the files as they came), or all; without days the rule goes."""
    with work.state.connect() as connection:
        sources = sorted({row["source"] for row in batches.batches(connection) if _of_source(row)})
    if source not in sources:
        raise InputError("unknown_source", f"Nothing came from a source {source!r}.", hint=did_you_mean(source, sources))
    known = [ALL, ORIGINAL, *(item.name for item in work.schema().events.values())]
    if event not in known:
        raise InputError("unknown_event", f"No event is called {event!r}.", hint=did_you_mean(event, known))
    if days is not None and days < 1:
        raise InputError("bad_days", f"{days} is no number of days.", hint="from 1 on; without --days the rule is dropped.")
    with work.state.begin() as connection:
        set_rule(connection, Rule(source, event, days or 0), drop=days is None)
        note(connection, "retention_set", {"source": source, "event": event, "days": days})
    return retention_list(work, progress)


def retention_list(work: Work, progress: Progress) -> dict[str, Any]:
    """The rules, and when they were last carried out."""
    with work.state.connect() as connection:
        found = rules(connection)
        last = connection.execute(select(setting.c.value).where(setting.c.name == _LAST)).scalar()
    return {
        "rules": [{"source": rule.source, "event": rule.event, "days": rule.days} for rule in found],
        "originals_days": ORIGINAL_DAYS,
        "last_run": last,
    }


def retention_run(work: Work, progress: Progress, *, only_when_due: bool = False) -> dict[str, Any]:
    """Take out what has been kept long enough; with `only_when_due` once a day at most, but for what a file has brought in since."""
    at = now()
    with work.guard:
        last = retention_list(work, progress)["last_run"]
        rested = last is not None and at - dt.datetime.fromisoformat(last) < dt.timedelta(days=1)
        found, newest = _batches(work, since_last=only_when_due and rested)
        if only_when_due and rested and not found:
            return {"ran": False, "rows": 0, "originals": 0, "people": 0, "data_version": work.data_version()}
        rows, originals = _take_out(work, found, at)
        emptied = _emptied(work) if rows or not rested else []
        if rows:
            keep_decision(work, "retention", {"node": np.empty(0, dtype=np.int32)}, detail={"rows_out": rows})
        if emptied:  # which makes the store again too
            erase_people(work, progress, emptied, iso(at), keep_out=False)
        elif rows:
            progress(0.5, "making the store again")
            renew(work, progress)
        with work.state.begin() as connection:
            _keep(connection, _SEEN, str(newest))
            if not (only_when_due and rested):
                _keep(connection, _LAST, iso(at))
            if rows or originals or emptied:
                note(connection, "retention_run", {"rows": rows, "originals": originals, "people": len(emptied)})
    return {"ran": True, "rows": rows, "originals": originals, "people": len(emptied), "data_version": work.data_version()}


def _keep(connection: Connection, name: str, value: str) -> None:
    connection.execute(delete(setting).where(setting.c.name == name))
    connection.execute(insert(setting).values(name=name, value=value))


def _batches(work: Work, *, since_last: bool) -> tuple[list[dict[str, Any]], int]:
    """The batches that rules are for, and the number of the last one there is.

    With `since_last` those alone that came by a file of a source with a rule since the rules were carried out: an export of all times
    brings in again what was taken out, which is not to be in any segment until tomorrow.
    """
    with work.state.connect() as connection:
        seen = int(connection.execute(select(setting.c.value).where(setting.c.name == _SEEN)).scalar() or 0) if since_last else 0
        ruled = {rule.source for rule in rules(connection) if rule.event != ORIGINAL}
        if since_last and not ruled:
            return [], seen
        registered = [row for row in batches.batches(connection, seen, messages=not since_last) if _of_source(row)]
    newest = max((row["number"] for row in registered), default=seen)
    return [row for row in registered if not since_last or row["source"] in ruled], newest


def _take_out(work: Work, registered: list[dict[str, Any]], at: dt.datetime) -> tuple[int, int]:
    with work.state.connect() as connection:
        found = rules(connection)
    scratch, cursor = log.scratch_folder(work.folder.scratch), work.store.cursor()
    rows, originals = 0, 0
    changed: dict[int, dict[str, Any]] = {}
    for row in registered:
        gone, drop_original, drop_rejected = _gone(row, found, at)
        made = erase.aged(cursor, work.folder.landing, row, gone, drop_original, drop_rejected, f"r{at:%Y%m%d%H%M%S%f}", scratch)
        if made is not None:
            rows, originals = rows + made.rows, originals + (made.rows == 0)
            report = {**row["report"], "retired": row["report"].get("retired", 0) + made.rows}
            changed[row["number"]] = {"folder": made.folder, "manifest_sha256": made.manifest_sha256, "report": report}
    cursor.close()
    shutil.rmtree(scratch, ignore_errors=True)
    with work.state.begin() as connection:
        for batch, values in changed.items():
            batches.rewrite(connection, batch, values)
    sweep_replaced(work)
    return rows, originals


def _emptied(work: Work) -> list[Subject]:
    """Of whom the archive has no row left, be it of a source or said by hand, where there are rules at all: what they came by goes too."""
    with work.state.connect() as connection:
        if not any(rule.event != ORIGINAL for rule in rules(connection)):
            return []
        registered = [row for row in batches.batches(connection) if row["kind"] not in _SAYS_NOTHING]
    load_lacking(work)
    cursor = work.store.cursor()
    found = nothing_left(cursor, [work.folder.landing / row["folder"] / log.ACCEPTED for row in registered])
    cursor.close()
    return found


def _of_source(row: Mapping[str, Any]) -> bool:
    """Whether a batch came from a source. Rows that a retry brought in are rows of a file too, though their batch came with none."""
    return bool(row["sha256"]) or row["kind"] == batches.MESSAGES or row["report"].get("retries") is not None


def _gone(row: Mapping[str, Any], found: list[Rule], at: dt.datetime) -> tuple[exp.Expr | None, bool, bool]:
    """Which accepted rows of a batch have been kept long enough, and whether its original and its rejected rows have.

    Of a rejected row nobody knows its own time: its days are counted from when it came.
    """
    of_source = {rule.event: rule.days for rule in found if rule.source == row["source"]}
    received = dt.datetime.fromisoformat(row["received_at"])
    drop_original = at - received > dt.timedelta(days=of_source.get(ORIGINAL, ORIGINAL_DAYS))
    drop_rejected = False
    conditions: list[exp.Expr] = []
    for event, days in of_source.items():
        before = exp.Literal.string(str(naive(at - dt.timedelta(days=days))))
        if event == ORIGINAL:
            continue
        if event in (ALL, _EVENTS_OF.get(row["kind"])):
            conditions.append(expression(_OLD, nodes={"__before": before}))
            drop_rejected = drop_rejected or at - received > dt.timedelta(days=days)
        elif row["kind"] in ("events", batches.MESSAGES):
            conditions.append(expression(_OLD_EVENT, nodes={"__before": before, "__event": exp.Literal.string(event)}))
    return (exp.or_(*conditions) if conditions else None), drop_original, drop_rejected
