"""Saved segments: applying definitions, giving them back, their sizes and members at an instant."""

from __future__ import annotations

from typing import Any

from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.engine.duckdb import DuckEngine
from lohko.engine.plan import evaluate_all
from lohko.model.catalogue import Catalogue, evaluation_order, problems
from lohko.model.segment import ReadSegment, Segment, read_segments, write_segment
from lohko.model.sentence import sentence
from lohko.state import segments as kept
from lohko.state.workspace import note
from lohko.steps.read import iso, moment
from lohko.steps.work import Progress, Work


def apply(work: Work, progress: Progress, *, files: dict[str, str], dry_run: bool = False) -> dict[str, Any]:
    """Take the definitions of YAML files (name to text): all of them, or none when one is wrong."""
    read = [item for name, text in sorted(files.items()) for item in read_segments(text, name)]
    if not read:
        raise InputError("no_segments", "There are no segments in these files.")
    _refuse_twice(read)
    with work.state.begin() as connection:
        before = kept.current(connection)
        rules = {**{name: item.where for name, item in before.items()}, **{item.segment.id: item.segment.where for item in read}}
        evaluation_order(rules)
        for name, error in problems(work.schema(), rules).items():
            raise InputError(
                error.code, error.message, place=f"segment {name}" + (f": {error.place}" if error.place else ""), hint=error.hint
            )
        plan = [{"segment": item.segment.id, "change": _change(before, item.segment)} for item in read]
        if not dry_run:
            for item in read:
                if _change(before, item.segment) != "same":
                    kept.save(connection, item.segment)
            note(connection, "segments_applied", {"segments": [item["segment"] for item in plan if item["change"] != "same"]})
    warnings = [{"segment": item.segment.id, "code": mark.code, "message": mark.message} for item in read for mark in item.warnings]
    return {"plan": plan, "applied": not dry_run, "warnings": warnings}


def _refuse_twice(read: list[ReadSegment]) -> None:
    seen: set[str] = set()
    for item in read:
        if item.segment.id in seen:
            raise InputError("segment_twice", f"Segment {item.segment.id!r} is defined twice in these files.")
        seen.add(item.segment.id)


def _change(before: dict[str, Segment], segment: Segment) -> str:
    if segment.id not in before:
        return "new"
    return "same" if before[segment.id] == segment else "changed"


def export(work: Work, progress: Progress) -> dict[str, Any]:
    """Every definition as the YAML that `apply` takes, by file name."""
    with work.state.connect() as connection:
        found = kept.current(connection)
    return {"files": {f"{name}.yaml": write_segment(item) for name, item in found.items()}}


def segments(work: Work, progress: Progress, *, as_of: str | None = None) -> dict[str, Any]:
    """Every segment with its size at an instant; one that cannot be told says why and stops no other."""
    instant, schema = moment(work, as_of), work.schema()
    with work.state.connect() as connection:
        found = kept.current(connection)
    engine = DuckEngine(work.store.cursor(), schema, instant, work.settings.zone)
    people = evaluate_all(engine, Catalogue(schema, {name: item.where for name, item in found.items()}))
    population = engine.size(engine.everyone())
    rows = []
    for name, item in found.items():
        answer = people[name]
        size = None if isinstance(answer, LohkoError) else engine.size(answer)
        rows.append(
            {
                "id": name,
                "title": dict(item.title),
                "sentence": sentence(item.where),
                "size": size,
                "share": round(size / population, 6) if size is not None and population else None,
                "error": answer.as_json() if isinstance(answer, LohkoError) else None,
            }
        )
    return {"segments": rows, "population": population, "as_of": iso(instant), "data_version": work.data_version()}


def members(work: Work, progress: Progress, *, segment: str, as_of: str | None = None) -> dict[str, Any]:
    """The people of a segment at an instant, by its current definition."""
    instant, schema, cursor = moment(work, as_of), work.schema(), work.store.cursor()
    with work.state.connect() as connection:
        rules = {name: item.where for name, item in kept.current(connection).items()}
    if segment not in rules:
        raise InputError("unknown_segment", f"No segment is called {segment!r}.", hint=did_you_mean(segment, rules))
    engine = DuckEngine(cursor, schema, instant, work.settings.zone)
    answer = evaluate_all(engine, Catalogue(schema, rules), [segment])[segment]
    if isinstance(answer, LohkoError):
        raise answer
    keys = set(engine.members(answer))
    people = cursor.execute("SELECT person, label, person_id FROM person WHERE living ORDER BY label, person_id").fetchall()
    return {
        "segment": segment,
        "as_of": iso(instant),
        "data_version": work.data_version(),
        "members": [{"customer": label, "person_id": person_id} for key, label, person_id in people if key in keys],
    }
