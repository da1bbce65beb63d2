"""Special categories of data: attributes that are marked, and the segments that may not use them without a named basis."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.model.catalogue import Catalogue, Special
from lohko.model.definition import Definition
from lohko.model.schema import Schema
from lohko.state import segments as kept
from lohko.state.privacy import CATEGORIES, bases, mark_special, record_basis, special_attributes
from lohko.state.runs import version_told
from lohko.state.workspace import note
from lohko.steps.work import Progress, Work

GROUNDS = {
    "explicit_consent": "every member gave explicit consent to this use (GDPR 9(2)(a))",
    "employment": "obligations of employment and social law (9(2)(b))",
    "made_public": "the person has manifestly made it public (9(2)(e))",
    "members": "members of a body with a political, philosophical, religious or trade union aim (9(2)(d))",
    "health_care": "health or social care under professional secrecy (9(2)(h))",
    "statistics": "research or statistics with safeguards (9(2)(j))",
}


def special(connection: Connection) -> Special:
    """What is marked, and the segments that have a basis: what a catalogue refuses by."""
    return Special(special_attributes(connection), frozenset(bases(connection)))


def refused_by_category(connection: Connection, definitions: Mapping[str, Definition]) -> dict[str, LohkoError]:
    """The segments that use a marked attribute and have no recorded basis, with what to say of each."""
    catalogue = Catalogue(Schema(), definitions, special(connection))
    return {name: refused for name in definitions if (refused := catalogue.refusal(name)) is not None}


def refused_versions(connection: Connection, current: Mapping[str, Definition], names: Iterable[str] | None = None) -> set[tuple[str, int]]:
    """Versions of segments, all the current ones or those named, of which nothing may be told for the same reason: also of those that were in by an earlier rule."""
    marked, found = special(connection), set[tuple[str, int]]()
    if not marked.marked:
        return found
    for name in current if names is None else names:
        for number, _, item in kept.all_versions(connection, name):
            if item is not None and Catalogue(Schema(), {**current, name: item.definition}, marked).refusal(name) is not None:
                found.add((name, number))
    return found


def refuse_special_then(connection: Connection, segment: str, until: dt.datetime) -> None:
    """InputError when who was recorded in a segment until an instant may not be told, by the rule that it had then."""
    current = {name: item.definition for name, item in kept.current(connection).items()}
    version = version_told(connection, segment, until)
    item = None if version is None else kept.version(connection, segment, version)
    if item is not None:
        refused = Catalogue(Schema(), {**current, segment: item.definition}, special(connection)).refusal(segment)
        if refused is not None:
            raise refused


def of_special(connection: Connection, definitions: Mapping[str, Definition]) -> set[str]:
    """The segments that use a marked attribute, also those that may on a recorded basis: no page of the shop is told of them."""
    catalogue = Catalogue(Schema(), definitions, Special(special_attributes(connection)))
    return {name for name in definitions if catalogue.refusal(name) is not None}


def refuse_special(connection: Connection, segment: str) -> None:
    """InputError when nothing that is kept of a segment may be told, since it uses a marked attribute and has no recorded basis."""
    refused = refused_by_category(connection, {name: item.definition for name, item in kept.current(connection).items()}).get(segment)
    if refused is not None:
        raise refused


def special_mark(work: Work, progress: Progress, *, attribute: str, category: str | None) -> dict[str, Any]:
    """Mark an attribute as of a special category, or unmark it: what uses it then needs a basis."""
    if category is not None and category not in CATEGORIES:
        raise InputError("unknown_category", f"No category is called {category!r}.", hint=did_you_mean(category, CATEGORIES))
    found = work.schema().attribute(attribute)
    with work.state.begin() as connection:
        mark_special(connection, found.name.casefold(), category)
        note(connection, "special_marked", {"attribute": found.name, "category": category})
    return special_list(work, progress)


def special_basis(work: Work, progress: Progress, *, segment: str, basis: str, remark: str) -> dict[str, Any]:
    """Record on what basis a segment may use special categories; it may be one that is still to come, which is said."""
    if basis not in GROUNDS:
        raise InputError("unknown_basis", f"No basis is called {basis!r}.", hint=did_you_mean(basis, GROUNDS))
    if not remark.strip():
        raise InputError(
            "no_note", "A basis without a reason proves nothing.", hint="--note says what the basis rests on and where that is kept."
        )
    with work.state.begin() as connection:
        record_basis(connection, segment, basis, remark.strip(), now().isoformat())
        note(connection, "special_basis", {"segment": segment, "basis": basis})
        known = kept.current(connection)
    return {**special_list(work, progress), "warnings": [] if segment in known else [_not_yet(segment, known)]}


def _not_yet(segment: str, known: Iterable[str]) -> dict[str, Any]:
    """What is said of a basis for a segment that is not there: it is still to come, or its name is misspelt."""
    return {"code": "no_segment_yet", "message": f"No segment is called {segment!r} yet.", "hint": did_you_mean(segment, known)}


def special_list(work: Work, progress: Progress) -> dict[str, Any]:
    """The marked attributes, the bases with whether their segment is there yet, and the segments that are refused."""
    with work.state.connect() as connection:
        definitions = {name: item.definition for name, item in kept.current(connection).items()}
        return {
            "attributes": special_attributes(connection),
            "bases": {
                name: {"basis": basis, "note": remark, "there": name in definitions} for name, (basis, remark) in bases(connection).items()
            },
            "refused": sorted(refused_by_category(connection, definitions)),
        }
