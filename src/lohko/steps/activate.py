"""Audience files: the members of a segment who may be reached for a purpose, as a platform matches them.

People without the purpose's consent are left out and counted. There is no way around it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.destinations.contact import Contact
from lohko.destinations.registry import DESTINATIONS
from lohko.engine.attributes import consented
from lohko.engine.compile import naive
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate_all
from lohko.engine.sql import render
from lohko.landing.fields import PURPOSES
from lohko.model.catalogue import Catalogue
from lohko.state import segments as kept
from lohko.state.workspace import note
from lohko.steps.read import iso, moment
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from lohko.model.schema import Schema

_PARTS = ("email", "phone", "first_name", "last_name", "city", "postcode", "country")


def audience(work: Work, progress: Progress, *, segment: str, to: str, purpose: str = "ads", as_of: str | None = None) -> dict[str, Any]:
    """The file as text, and the funnel: members, with identifiers, consented, written."""
    destination = DESTINATIONS.get(to)
    if destination is None:
        raise InputError("unknown_destination", f"No destination is called {to!r}.", hint=did_you_mean(to, DESTINATIONS))
    if purpose not in PURPOSES:
        raise InputError("unknown_purpose", f"No purpose is called {purpose!r}.", hint=did_you_mean(purpose, PURPOSES))
    instant, schema, cursor = moment(work, as_of), work.schema(), work.store.cursor()
    with work.state.connect() as connection:
        saved = kept.current(connection)
    rules = {name: item.where for name, item in saved.items()}
    if segment not in rules:
        raise InputError("unknown_segment", f"No segment is called {segment!r}.", hint=did_you_mean(segment, rules))
    engine = DuckEngine(cursor, schema, instant, work.settings.zone)
    people = evaluate_all(engine, Catalogue(schema, rules), [segment])[segment]
    if isinstance(people, LohkoError):
        raise people
    contacts = _contacts(cursor, schema, instant)
    rows = {person: destination.row(contacts.get(person, Contact()), work.settings.country) for person in engine.members(people)}
    matched = {person for person, row in rows.items() if row is not None}
    allowed = set(consented(cursor, purpose, instant))
    lines = sorted(row for person in matched & allowed if (row := rows[person]) is not None)
    warnings = destination.title_warnings([segment, *saved[segment].title.values()])
    if len(lines) < destination.minimum:
        warnings.append(
            {"code": "below_minimum", "message": f"{len(lines)} people are fewer than the {destination.minimum} that {to} needs."}
        )
    with work.state.begin() as connection:
        note(connection, "audience_written", {"segment": segment, "to": to, "purpose": purpose, "written": len(lines)})
    return {
        "segment": segment,
        "to": to,
        "purpose": purpose,
        "members": engine.size(people),
        "with_identifiers": len(matched),
        "consented": len(set(rows) & allowed),
        "written": len(lines),
        "minimum": destination.minimum,
        "enough": len(lines) >= destination.minimum,
        "warnings": warnings,
        "as_of": iso(instant),
        "data_version": work.data_version(),
        "csv": _csv(destination.header, lines),
    }


def _contacts(cursor: DuckDBPyConnection, schema: Schema, instant: dt.datetime) -> dict[int, Contact]:
    """What is known of each person at an instant, to match by."""
    found: dict[int, dict[str, str]] = {}
    for part in _PARTS:
        attribute = schema.attributes.get(part)
        if attribute is None or attribute.trait:
            continue
        sql = "SELECT person, CAST(value AS VARCHAR) FROM __table WHERE valid_from < CAST(? AS TIMESTAMP) AND valid_to >= CAST(? AS TIMESTAMP)"
        for person, value in cursor.execute(render(sql, {"__table": attribute.table}), [naive(instant), naive(instant)]).fetchall():
            found.setdefault(person, {})[part] = value
    return {person: Contact(**parts) for person, parts in found.items()}


def _csv(header: tuple[str, ...], lines: list[list[str]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return stream.getvalue()
