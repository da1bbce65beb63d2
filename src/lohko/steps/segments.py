"""Saved segments: applying definitions, giving them back, their sizes and members at an instant."""

from __future__ import annotations

from typing import Any

from lohko.base.errors import InputError, LohkoError
from lohko.engine.membership import recorded
from lohko.engine.plan import evaluate_all
from lohko.engine.profiles import labelled, population
from lohko.model.catalogue import problems
from lohko.model.dependencies import evaluation_order
from lohko.model.segment import ReadSegment, Segment, read_segments, write_segment
from lohko.model.sentence import sentence
from lohko.starter import usable
from lohko.state import runs
from lohko.state import segments as kept
from lohko.state.workspace import note
from lohko.steps.question import Question, ask, iso, moment
from lohko.steps.work import Progress, Work


def apply(work: Work, progress: Progress, *, files: dict[str, str] | None = None, dry_run: bool = False) -> dict[str, Any]:
    """Take the definitions of YAML files (name to text): all of them, or none when one is wrong.

    Without files it takes the ready-made segments that the data can answer.
    """
    if files is None:
        files = dict(usable(work.schema().events))
    read = [item for name, text in sorted(files.items()) for item in read_segments(text, name)]
    if not read:
        raise InputError("no_segments", "There are no segments in these files.")
    _refuse_twice(read)
    with work.guard, work.state.begin() as connection:
        before = kept.current(connection)
        rules = {name: item.definition for name, item in (before | {item.segment.id: item.segment for item in read}).items()}
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
    """Every segment with its size; one that cannot be told says why and stops no other.

    The size is that of the last refresh as long as it holds: without `as_of`, by the
    present rule, and with no data since. Otherwise the segment is decided now (or at `as_of`).
    """
    question = ask(work, as_of)
    with work.state.connect() as connection:
        last = runs.last_refreshes(connection)
    fresh = {name for name in question.segments if as_of is None and name in last and _holds(question, last[name])}
    people = evaluate_all(question.engine, question.catalogue, [name for name in question.segments if name not in fresh])
    rows = []
    for name, item in question.segments.items():
        answer = last[name].size if name in fresh else people[name]
        error = answer.as_json() if isinstance(answer, LohkoError) else None
        size = answer if isinstance(answer, int) else None if isinstance(answer, LohkoError) else question.engine.size(answer)
        rows.append(
            {
                "id": name,
                "title": dict(item.title),
                "sentence": sentence(item.where),
                "size": size,
                "share": question.share(size),
                "as_of": iso(last[name].as_of) if name in fresh else iso(question.as_of),
                "last_refreshed": last[name].recorded_at if name in last else None,
                "error": error,
            }
        )
    return {
        "segments": rows,
        "population": population(question.engine.cursor),
        "timezone": work.settings.timezone,
        **question.stamp(),
    }


def _holds(question: Question, last: runs.LastRefresh) -> bool:
    """Whether what was said then was by the rule and the data of now."""
    return last.rule == question.rule(last.segment) and last.data_version == question.data_version


def members(work: Work, progress: Progress, *, segment: str, as_of: str | None = None, recorded_at: str | None = None) -> dict[str, Any]:
    """The people of a segment at an instant by its current definition; or, with `recorded_at`, as the last refresh until then said."""
    if as_of and recorded_at:
        raise InputError("two_pasts", "`as-of` and `recorded-at` are two different questions.", hint="ask one of them.")
    question = ask(work, as_of)
    question.segment(segment)
    people = question.people(segment) if recorded_at is None else recorded(question.engine.cursor, segment, moment(work, recorded_at))
    return {
        "segment": segment,
        **question.stamp(),
        "recorded_at": iso(moment(work, recorded_at)) if recorded_at else None,
        "members": [{"customer": label, "person_id": person_id} for _, label, person_id in labelled(question.engine.cursor, people)],
    }
