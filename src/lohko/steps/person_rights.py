"""What a person may ask of whoever keeps data of them: to see all of it, to take it along, and to have it put right."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Any

import numpy as np

from lohko.base import codes
from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.base.spreadsheet import safe_cell
from lohko.base.text import fold
from lohko.base.times import naive
from lohko.engine import profiles, scores
from lohko.engine.erasure import Subject, subject
from lohko.engine.membership import changes_of_person
from lohko.engine.messages import claims_of
from lohko.engine.rights import corrections_of
from lohko.engine.tables import SQL_TYPES
from lohko.model.normal import plain_number
from lohko.state import erasures
from lohko.state.workspace import note
from lohko.steps.call_notes import calls_of
from lohko.steps.consents import capacities_of, consents_of, flags_of, standing, standing_as, told_once
from lohko.steps.decide import keep_decision
from lohko.steps.explain import explanations
from lohko.steps.look_customers import plain
from lohko.steps.question import Question, ask, iso
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from lohko.model.schema import Attribute


def person_show(work: Work, progress: Progress, *, customer: str) -> dict[str, Any]:
    """All that is known of a person in one answer: records and their sources, attributes with their past, events, consents, flags, segments, scores."""
    question = ask(work)
    found = subject(question.engine.cursor, question.schema, customer)
    told = _told(work, question, found)
    with work.state.begin() as connection:
        note(connection, "person_seen", {}, [found.person_id])
    return told


def _told(work: Work, question: Question, found: Subject) -> dict[str, Any]:
    cursor, schema = question.engine.cursor, question.schema
    consents = consents_of(cursor, found)
    flags = flags_of(cursor, found)
    by_hand = {(name, at) for name, _was, at in corrections_of(cursor, schema, found.nodes)}
    return {
        **question.stamp(),
        "customer": found.label,
        "person_id": found.person_id,
        "asked_about": found.living,
        "timezone": work.settings.timezone,
        "currency": work.settings.currency,
        "records": [{"source": item.source, "kind": item.kind, "value": item.value} for item in found.records],
        "attributes": [
            row for item in schema.attributes.values() if not item.trait for row in _values(question, item, found.person, by_hand)
        ],
        "events": sorted((row for name in schema.events for row in _events(question, name, found.person)), key=lambda row: row["at"]),
        "claimed": [{"at": _utc(at), "said": said} for said, at in claims_of(cursor, found.person)],
        "consents": told_once(consents),
        "consents_standing": standing(consents),
        "consents_standing_as": standing_as(consents),
        "flags": flags,
        "scores": _scores(question, found),
        "segments": _segments(work, found),
        "segments_past": [
            {"segment": segment, "at": _utc(at), "entered": entered, "why": cause, "version": version}
            for segment, at, entered, cause, version, _run in changes_of_person(cursor, found.person)
        ],
        "sent_to": _sent_to(work, found),
        "calls": calls_of(work, found.nodes),
    }


def _utc(at: dt.datetime) -> str | None:
    return iso(at.replace(tzinfo=dt.UTC)) if 1 < at.year < 9999 else None


def _values(question: Question, item: Attribute, person: int, by_hand: Set[tuple[str, dt.datetime]]) -> list[dict[str, Any]]:
    """What was said of one attribute; what was corrected is by hand, whichever record it is of."""
    rows = profiles.values_of(question.engine.cursor, item, person)
    return [
        {
            "name": item.name,
            "value": plain(value),
            "from": _utc(start),
            "until": _utc(end),
            "assumed": bool(assumed),
            "source": "by hand" if (item.name, start) in by_hand else source,
        }
        for value, start, end, assumed, source in rows
    ]


def _events(question: Question, name: str, person: int) -> list[dict[str, Any]]:
    event = question.schema.events[name]
    return [
        {
            "event": event.name,
            "at": _utc(at),
            "source": source,
            "properties": {key: plain(value) for key, value in properties.items() if value is not None},
        }
        for at, source, properties in profiles.events_of(question.engine.cursor, event, person)
    ]


def _scores(question: Question, found: Subject) -> dict[str, Any] | None:
    """The scores that are made of a person; None when none may be."""
    question.engine.need_traits()
    made = scores.scores_of(question.engine.cursor, [found.person]).get(found.person)
    if made is None:
        return None
    return {name: plain(getattr(made, name)) for name in ("recency_days", "frequency", "monetary", "r", "f", "m", "group")}


def _segments(work: Work, found: Subject) -> list[dict[str, Any]]:
    """The segments they are in now, each with why; none when their processing is restricted."""
    if not found.living:
        return []
    told = explanations(work, customer=found.person_id)
    return [{"segment": row["id"], "title": row["title"], "why": row["trace"]} for row in told["segments"] if row["holds"]]


_ONE_SAYING = ("purpose", "given", "since", "source", "capacity", "company")


def rights_told(work: Work, cursor: Any, found: Subject) -> dict[str, Any]:
    """What stands of a person's rights: consents with their history, flags, and the audiences they were taken out in."""
    consents = consents_of(cursor, found)
    return {
        "consents": list({tuple(row[name] for name in _ONE_SAYING): row for row in told_once(consents)}.values()),
        "capacities": capacities_of(work, cursor, found),
        "standing": standing(consents),
        "standing_as": standing_as(consents),
        "flags": flags_of(cursor, found),
        "sent_to": _sent_to(work, found),
    }


def _sent_to(work: Work, found: Subject) -> list[dict[str, Any]]:
    from pyroaring import BitMap

    with work.state.connect() as connection:
        given = erasures.receipts(connection)
    return [
        {"at": item.at, "segment": item.segment, "to": item.destination, "purpose": item.purpose}
        for item in given
        if found.person in BitMap.deserialize(item.people)
    ]


# --- taking it along -------------------------------------------------------------------------

_README = """This archive holds everything that {name} keeps of you, as of {day}.
Tämä paketti sisältää kaiken, mitä {name} säilyttää sinusta, tilanne {day}.

person.json          all of it in one file / kaikki yhdessä tiedostossa
records.csv          by which numbers and addresses your data came, and from where / millä tunnuksilla tietosi tulivat ja mistä
attributes.csv       what is known of you, since when and until when / mitä sinusta tiedetään, mistä alkaen ja mihin asti
events.csv           what you did: orders, visits and so on / mitä teit: tilaukset, käynnit ja muut
consents.csv         what you allowed and refused / mihin annoit luvan ja mistä kieltäydyit
flags.csv            prohibitions, objections and restrictions / kiellot, vastustamiset ja rajoitukset
scores.csv           how recently, how often and for how much you bought, and the scores made of it / milloin, miten usein ja millä summalla ostit, ja siitä lasketut pisteet
segments.csv         the groups you are in now, with the reason / ryhmät, joissa olet nyt, perusteineen
segments_past.csv    when you came into groups and left them / milloin tulit ryhmiin ja lähdit niistä
sent_to.csv          where lists went in which you were / mihin sinut sisältäneitä listoja vietiin
calls.csv            calls that were noted / puhelut, joista on merkintä

Times are in UTC. An empty cell means that nothing is known. "assumed" marks a value that is only taken to have been so earlier.
Ajat ovat UTC-aikaa. Tyhjä kohta tarkoittaa, ettei tietoa ole. "assumed" merkitsee arvoa, jonka vain oletetaan olleen voimassa aiemmin.
"""


def person_export(work: Work, progress: Progress, *, customer: str) -> dict[str, Any]:
    """The same as a zip to hand over: JSON, a CSV a topic, and a README in English and Finnish; as base64 in `zip`."""
    question = ask(work)
    found = subject(question.engine.cursor, question.schema, customer)
    told = _told(work, question, found)
    made = _zip(work, told)
    with work.state.begin() as connection:
        note(connection, "person_exported", {"bytes": len(made)}, [found.person_id])
    return {"customer": found.label, "person_id": found.person_id, "zip": base64.b64encode(made).decode(), **question.stamp()}


def _zip(work: Work, told: dict[str, Any]) -> bytes:
    packed = io.BytesIO()
    readme = _README.format(name=work.folder.path.resolve().name, day=told["as_of"][:10])
    tables = {
        "records": told["records"],
        "attributes": told["attributes"],
        "events": [{**row, "properties": _text(row["properties"])} for row in told["events"]],
        "consents": told["consents"],
        "flags": told["flags"]["history"],
        "scores": [] if told["scores"] is None else [told["scores"]],
        "segments": [
            {"segment": row["segment"], "title": " / ".join(row["title"].values()), "why": _said(row["why"])} for row in told["segments"]
        ],
        "segments_past": told["segments_past"],
        "sent_to": told["sent_to"],
        "calls": told["calls"],
    }
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme)
        archive.writestr("person.json", json.dumps(told, ensure_ascii=False, indent=1))
        for name, rows in tables.items():
            archive.writestr(f"{name}.csv", _csv(rows))
    return packed.getvalue()


def _text(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True)


def _said(trace: dict[str, Any] | None) -> str:
    """The conditions of a trace as one line: what held, and by which value."""
    if trace is None:
        return ""
    if trace["parts"]:
        return f" {trace['text']} ".join(_said(part) for part in trace["parts"]) if trace["text"] in ("and", "or") else trace["text"]
    return f"{trace['text']} ({trace['value']})" if trace["value"] else str(trace["text"])


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    """Rows for people who open them in a spreadsheet: nothing in them becomes a formula."""
    stream = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(stream, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return "\ufeff" + stream.getvalue()


def _cell(value: Any) -> Any:
    return safe_cell(_text(value) if isinstance(value, dict | list) else value)


# --- putting it right --------------------------------------------------------------------------


def person_correct(work: Work, progress: Progress, *, customer: str, attribute: str, value: str | None) -> dict[str, Any]:
    """Set an attribute by hand, or to nothing; files that still say what was corrected do not undo it."""
    with work.guard:
        cursor, _, schema = work.snapshot()
        found = subject(cursor, schema, customer)
        item = schema.attribute(attribute)
        if item.trait:
            raise InputError("computed", f"{item.name!r} is computed and cannot be set.", hint="correct what it is computed from.")
        text = None if value is None or not value.strip() else _readable(cursor, item, value.strip())
        cursor.close()
        nodes = found.nodes
        columns = {
            "node": np.array(nodes, dtype=np.int32),
            "at": np.array([naive(now())] * len(nodes), dtype="datetime64[us]"),
            "value": np.array([text] * len(nodes), dtype=object),
            "value_f": np.array([None if text is None else fold(text)] * len(nodes), dtype=object),
        }
        plan = [{"column": "value", "name": item.name, "role": "attribute", "type": "text"}]
        keep_decision(work, "correction", columns, detail={"attribute": item.name}, plan=plan)
        with work.state.begin() as connection:
            note(connection, "person_corrected", {"attribute": item.name}, [found.person_id])
        held = profiles.held(work.store.cursor(), work.schema(), [item.name.casefold()], [found.person], now())
    return {
        "customer": found.label,
        "person_id": found.person_id,
        "attribute": item.name,
        "value": held.get(found.person, {}).get(item.name.casefold()),
        "tell": _sent_to(work, found),
        "data_version": work.data_version(),
    }


def _readable(cursor: Any, item: Attribute, value: str) -> str:
    """A value as a file would have had it, which the store reads as the attribute's type; InputError otherwise."""
    if item.codes is not None:
        known = codes.code_of(item.codes, value)
        if known is None:
            raise InputError(
                "bad_value", f"{item.name!r} takes a {item.codes}, and this is none that is known.", hint="write its code or its name."
            )
        return known
    if item.type in ("text", "text_set"):
        return value
    from sqlglot import exp

    sql = exp.select(exp.TryCast(this=exp.cast(exp.Placeholder(), "VARCHAR"), to=exp.DataType.build(SQL_TYPES[item.type], "duckdb"))).sql(
        "duckdb"
    )
    read = cursor.execute(sql, [value]).fetchall()[0][0]
    if read is None:
        raise InputError(
            "bad_value", f"{item.name!r} is of type {item.type}, and this cannot be read as one.", hint=_EXAMPLES.get(item.type)
        )
    if item.type in ("integer", "decimal", "money"):
        return format(plain_number(read), "f")
    return str(read).lower() if item.type == "boolean" else str(read)


_EXAMPLES = {
    "integer": "such as 5.",
    "decimal": "such as 5.25.",
    "money": "such as 12.50.",
    "boolean": "true or false.",
    "date": "such as 2026-11-27.",
    "time": "such as 2026-11-27 09:30:00.",
}
