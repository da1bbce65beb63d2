"""The members of a segment as a table: found by a word, sorted, with the columns that are asked for; a page at a time, or all for a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError
from lohko.base.text import fold
from lohko.base.times import naive
from lohko.engine import figures, scores, segment_figures
from lohko.engine.kept_people import page_of
from lohko.state.rfm_rules import write_rules
from lohko.state.workspace import note
from lohko.steps.common_moment import is_looking
from lohko.steps.explored import one_of
from lohko.steps.figures import full_name, rfm_row
from lohko.steps.question import Question, ask, iso
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from pyroaring import BitMap

PER_PAGE = 50
MOST_PER_PAGE = 500
MOST_IN_FILE = 1_000_000
"""As many rows as a sheet holds."""
RFM = ("orders", "revenue", "recency_days", "group")
USUAL = ("city", *RFM)
_NAME = ("first_name", "last_name", "name")
_FOUND_BY = ("first_name", "last_name", "name", "email", "city")


def segment_members(
    work: Work,
    progress: Progress,
    *,
    segment: str,
    q: str = "",
    sort: str = "customer",
    down: bool = False,
    columns: Sequence[str] | None = None,
    page: int = 1,
    per_page: int = PER_PAGE,
    as_of: str | None = None,
) -> dict[str, Any]:
    """One page of the members: label and name, and a value for each column; `found` is how many there are of them.

    A word finds by label, name, e-mail and town; of several, each has to be found. Those who have not bought stand last.
    """
    if page < 1 or not 1 <= per_page <= MOST_PER_PAGE:
        raise InputError("bad_page", f"Pages begin from 1, with 1 to {MOST_PER_PAGE} members.", place="page")
    answer = _listed(work, segment, q, sort, down, columns, (page - 1) * per_page, per_page, as_of)
    return answer | {"page": page, "pages": max(1, -(-answer["found"] // per_page)), "per_page": per_page}


def segment_members_all(
    work: Work,
    progress: Progress,
    *,
    segment: str,
    q: str = "",
    sort: str = "customer",
    down: bool = False,
    columns: Sequence[str] | None = None,
    as_of: str | None = None,
) -> dict[str, Any]:
    """All of them, for a file; at most as many as a sheet holds."""
    return _listed(work, segment, q, sort, down, columns, 0, MOST_IN_FILE, as_of)


def _listed(
    work: Work, segment: str, q: str, sort: str, down: bool, columns: Sequence[str] | None, first: int, most: int, as_of: str | None
) -> dict[str, Any]:
    one_of(sort, segment_figures.SORTS, "order")
    question = ask(work, as_of)
    known = _columns(question)
    chosen = [
        one_of(name, known, "column")
        for name in dict.fromkeys(columns if columns is not None else [name for name in USUAL if name in known])
    ]
    people = question.people(segment)
    size = len(people)
    attributes = [question.schema.attributes[name] for name in _FOUND_BY if name in question.schema.attributes]
    for word in fold(q).split()[:5]:
        people = people & question.engine.people_with(attributes, word)
    question.engine.need_traits()
    keys = _page(work, question, people, sort, down, first, most)
    with work.state.begin() as connection:
        note(connection, "members_listed", {"segment": segment, "people": len(keys)})
    return {
        **question.stamp(),
        "segment": segment,
        "title": dict(question.segment(segment).title),
        "size": size,
        "found": len(people),
        "columns": chosen,
        "known_columns": known,
        "members": _rows(question, keys, chosen),
    }


def _page(work: Work, question: Question, people: BitMap, sort: str, down: bool, first: int, most: int) -> list[int]:
    """The members who stand there in that order; for pages it is read off an order of everyone that was made once."""
    cursor = question.engine.cursor
    if not is_looking():
        figures.take_members(cursor, people)
        return list(segment_figures.page(cursor, sort, down=down, first=first, most=most))
    key = question.data_version, iso(question.as_of), write_rules(question.rfm_rules), sort, down
    return list(page_of(work.orders.order(key, lambda: segment_figures.everyone_sorted(cursor, sort, down=down)), people, first, most))


def _columns(question: Question) -> list[str]:
    """What can be a column: attributes that are not special, and how the person buys."""
    special = question.catalogue.special.marked
    own = [
        item.name
        for key, item in sorted(question.schema.attributes.items())
        if not item.trait and key not in special and item.name not in _NAME
    ]
    return [*own, *RFM]


def _rows(question: Question, keys: list[int], columns: Sequence[str]) -> list[dict[str, Any]]:
    cursor, instant = question.engine.cursor, naive(question.as_of)
    people, scored = figures.people_of(cursor, keys), scores.scores_of(cursor, keys)
    values: dict[str, dict[int, figures.Value]] = {}
    for name in (*_NAME, *(name for name in columns if name not in RFM)):
        attribute = question.schema.attributes.get(name)
        if attribute is not None and not attribute.trait:
            values[name] = figures.values_of(cursor, attribute, keys, instant)
    rows = []
    for key in keys:
        texts = {name: found[key].text for name, found in values.items() if key in found}
        bought = rfm_row(scored.get(key))
        rows.append(
            {
                "person_id": people[key].person_id,
                "customer": people[key].label,
                "name": full_name(texts),
                **{name: bought[name] if name in RFM else texts.get(name) for name in columns},
            }
        )
    return rows
