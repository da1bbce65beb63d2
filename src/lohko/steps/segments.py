"""Saved segments: applying definitions, giving them back, their sizes and members at an instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.engine.membership import recorded
from lohko.engine.plan import evaluate_all
from lohko.engine.profiles import labelled, population
from lohko.model.beside_words import beside_words
from lohko.model.catalogue import Catalogue, problems
from lohko.model.definition import before_in_group
from lohko.model.dependencies import evaluation_order
from lohko.model.need import Need, write_needs
from lohko.model.segment import ReadSegment, Segment, read_definitions, write_segment
from lohko.model.sentence import sentence
from lohko.starter import usable
from lohko.state import needs as kept_needs
from lohko.state import runs
from lohko.state import segments as kept
from lohko.state.workspace import note
from lohko.steps.checking import checks_of_segments
from lohko.steps.question import Question, ask, iso, moment
from lohko.steps.special import of_special, refuse_special_then, refused_by_category
from lohko.steps.work import Progress, Work


def apply(work: Work, progress: Progress, *, files: dict[str, str] | None = None, dry_run: bool = False) -> dict[str, Any]:
    """Take the segments and needs of YAML files (name to text): all of them, or none when one is wrong.

    Without files it takes the ready-made segments that the data can answer.
    """
    if files is None:
        files = dict(usable(work.schema().events))
    taken = [read_definitions(text, name) for name, text in sorted(files.items())]
    read, read_needs = [item for found, _ in taken for item in found], [item for _, found in taken for item in found]
    if not read and not read_needs:
        raise InputError("no_segments", "There are no segments in these files.")
    _refuse_twice("segment", [item.segment.id for item in read])
    _refuse_twice("need", [item.id for item in read_needs])
    with work.guard, work.state.begin() as connection:
        before, needs_before = kept.current(connection), kept_needs.current(connection)
        _check(work, connection, before, read, [*needs_before, *(item.id for item in read_needs)])
        plan = [{"segment": item.segment.id, "change": _change(before, item.segment)} for item in read]
        needs_plan = [{"need": item.id, "change": _change(needs_before, item)} for item in read_needs]
        if not dry_run:
            for item, planned in zip(read, plan, strict=True):
                if planned["change"] != "same":
                    kept.save(connection, item.segment)
            for need, planned in zip(read_needs, needs_plan, strict=True):
                if planned["change"] != "same":
                    kept_needs.save(connection, need)
            note(connection, "segments_applied", {"segments": _moved(plan, "segment"), "needs": _moved(needs_plan, "need")})
    warnings = [{"segment": item.segment.id, "code": mark.code, "message": mark.message} for item in read for mark in item.warnings]
    together = {name: item.definition for name, item in (before | {item.segment.id: item.segment for item in read}).items()}
    cursor, _, schema = work.snapshot()
    checked = checks_of_segments(work, cursor, Catalogue(schema, together), [item.segment.id for item in read], now())
    return {"plan": plan, "needs": needs_plan, "applied": not dry_run, "warnings": [*warnings, *checked]}


def _check(work: Work, connection: Connection, before: dict[str, Segment], read: list[ReadSegment], needs: list[str]) -> None:
    """InputError when the segments, with those that are there already, are in a circle or name what is not there."""
    together = before | {item.segment.id: item.segment for item in read}
    definitions = {name: item.definition for name, item in together.items()}
    evaluation_order(definitions)
    places = {item.segment.id: f"{item.place}, segment {item.segment.id}" for item in read}
    for name, refused in refused_by_category(connection, definitions).items():
        if name in places:
            raise InputError(refused.code, refused.message, place=places[name], hint=refused.hint)
    for name in sorted(of_special(connection, definitions) & {item.segment.id for item in read if item.segment.in_shop}):
        said = "It uses an attribute that is marked as of a special category, so no page of the shop may be told who is in it."
        raise InputError("special_in_shop", said, place=places[name], hint="leave `in_shop` out.")
    for name, error in problems(work.schema(), definitions).items():
        place = places.get(name, f"segment {name}")
        raise InputError(error.code, error.message, place=f"{place}: {error.place}" if error.place else place, hint=error.hint)
    for item in read:
        for need in item.segment.needs:
            if need not in needs:
                hint = did_you_mean(need, needs) or "needs are taken from a file with a list `needs:`."
                raise InputError("unknown_need", f"No need is called {need!r}.", place=places[item.segment.id], hint=hint)


def _refuse_twice(what: str, names: list[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise InputError(f"{what}_twice", f"{what.capitalize()} {name!r} is defined twice in these files.")


def _change(before: Mapping[str, Any], item: Segment | Need) -> str:
    if item.id not in before:
        return "new"
    return "same" if before[item.id] == item else "changed"


def _moved(plan: list[dict[str, str]], what: str) -> list[str]:
    return [item[what] for item in plan if item["change"] != "same"]


NEEDS_FILE = "_needs.yaml"
"""The file of the needs among those of segments: no segment's id begins so."""


def export(work: Work, progress: Progress) -> dict[str, Any]:
    """Every definition as the YAML that `apply` takes, by file name."""
    with work.state.connect() as connection:
        found, needs = kept.current(connection), kept_needs.current(connection)
    files = {f"{name}.yaml": write_segment(item) for name, item in found.items()}
    return {"files": files | ({NEEDS_FILE: write_needs(list(needs.values()))} if needs else {})}


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
                "parent": item.parent,
                "group": item.group,
                "priority": item.priority,
                "limit": item.limit and item.limit.n,
                "beside": _beside(question, name, work.settings.currency),
                "needs": list(item.needs),
                "in_shop": item.in_shop,
            }
        )
    return {
        "segments": rows,
        "population": population(question.engine.cursor),
        "timezone": work.settings.timezone,
        **question.stamp(),
    }


def _beside(question: Question, name: str, currency: str) -> dict[str, list[str]]:
    """What decides besides the sentence, by language."""
    before = before_in_group(question.catalogue.segments, name)
    return {language: beside_words(question.catalogue.segments[name], before, language, currency) for language in ("en", "fi")}


def _holds(question: Question, last: runs.LastRefresh) -> bool:
    """Whether what was said then was by the rule and the data of now, and may still be told: an attribute may have been marked since."""
    same = last.rule == question.rule(last.segment) and last.data_version == question.data_version
    return same and question.catalogue.refusal(last.segment) is None


def members(work: Work, progress: Progress, *, segment: str, as_of: str | None = None, recorded_at: str | None = None) -> dict[str, Any]:
    """The people of a segment at an instant by its current definition; or, with `recorded_at`, as the last refresh until then said."""
    if as_of and recorded_at:
        raise InputError("two_pasts", "`as-of` and `recorded-at` are two different questions.", hint="ask one of them.")
    question = ask(work, as_of)
    question.segment(segment)
    if recorded_at is not None:
        with work.state.connect() as connection:
            refuse_special_then(connection, segment, moment(work, recorded_at))
    people = question.people(segment) if recorded_at is None else recorded(question.engine.cursor, segment, moment(work, recorded_at))
    with work.state.begin() as connection:
        note(connection, "members_listed", {"segment": segment, "people": len(people)})
    return {
        "segment": segment,
        **question.stamp(),
        "recorded_at": iso(moment(work, recorded_at)) if recorded_at else None,
        "members": [{"customer": label, "person_id": person_id} for _, label, person_id in labelled(question.engine.cursor, people)],
    }
