"""What is said about rules when they are written, held against the data that there is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lohko.base.errors import LohkoError
from lohko.engine.profiles import first_day
from lohko.engine.reference import Person, Reference
from lohko.model.catalogue import Catalogue
from lohko.model.checks import DataSpan, Nobody, checks, checks_of
from lohko.model.condition import Condition
from lohko.model.definition import Definition
from lohko.model.dependencies import needed
from lohko.model.walk import segment_names
from lohko.steps.tracking import not_all_tracked

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from lohko.steps.question import Question
    from lohko.steps.work import Work


def checks_of_rule(work: Work, question: Question, condition: Condition) -> list[dict[str, Any]]:
    """What is to be said about a resolved rule that is asked at an instant."""
    known = _resolved(question.catalogue, needed(question.catalogue.segments, segment_names(condition)))
    data = _span(work, question.engine.cursor, question.catalogue, question.as_of)
    found = checks(condition, question.schema, known, data=data, nobody=_nobody(work, question.catalogue, known, question.as_of))
    return [*(check.as_json() for check in found), *not_all_tracked(work, question, condition)]


def checks_of_segments(
    work: Work, cursor: DuckDBPyConnection, catalogue: Catalogue, names: Iterable[str], as_of: dt.datetime
) -> list[dict[str, Any]]:
    """What is to be said about segments of a catalogue, each with its id."""
    names = list(names)
    known = _resolved(catalogue, needed(catalogue.segments, names))
    data, nobody = _span(work, cursor, catalogue, as_of), _nobody(work, catalogue, known, as_of)
    return [
        {"segment": name, **check.as_json()}
        for name in names
        if name in known
        for check in checks_of(name, catalogue.schema, known, data=data, nobody=nobody)
    ]


def _resolved(catalogue: Catalogue, names: Iterable[str]) -> dict[str, Definition]:
    """Those of the definitions that the schema can answer."""
    found = {}
    for name in sorted(names):
        try:
            found[name] = catalogue.definition(name)
        except LohkoError:  # why is told where it is asked
            continue
    return found


def _span(work: Work, cursor: DuckDBPyConnection, catalogue: Catalogue, as_of: dt.datetime) -> DataSpan | None:
    first = first_day(cursor, catalogue.schema)
    return None if first is None else DataSpan(first, as_of, work.settings.zone)


def _nobody(work: Work, catalogue: Catalogue, known: Mapping[str, Definition], as_of: dt.datetime) -> Nobody:
    reference = Reference(catalogue.schema, known, as_of, work.settings.zone)

    def holds(condition: Condition) -> bool:
        try:
            return reference.holds(condition, Person())
        except KeyError:  # it names a segment that cannot be told
            return False

    return holds
