"""What every way of exploring shares: whom it is about, what is too little to tell, and what was answered a moment ago."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import parse_as_of
from lohko.engine.figures import take_members
from lohko.maths.few import FEW
from lohko.maths.intervals import TooFew, share
from lohko.model.condition import AttributeIs
from lohko.model.dependencies import rule_hash
from lohko.model.masking import tells
from lohko.model.operand import Test
from lohko.state.rfm_rules import read_rules, write_rules
from lohko.state.segments import current, versions
from lohko.steps.common_moment import common_moment, content
from lohko.steps.question import Question, ask, iso
from lohko.steps.special import special
from lohko.steps.work import Work

if TYPE_CHECKING:
    from lohko.model.schema import Attribute

EVERYONE = "*"
"""Among segments, whoever is known at all."""


def explored(
    work: Work,
    what: tuple[Any, ...],
    as_of: str | None,
    make: Callable[[Question], dict[str, Any]],
    *,
    of: Sequence[str] | None = None,
    beside: Any = None,
) -> dict[str, Any]:
    """What `make` answers, or what it answered of the same instant, data, definitions and rules. Without an instant it is of the one that pages are of.

    `of` are the segments that the answer is about; of all of them when left out, and then any change of a definition makes it another.
    `beside` is what else it depends on.
    Every answer says which instant it is of, so that a kept one does not pass for a newer one.
    """
    at = parse_as_of(as_of, work.settings.zone) if as_of else common_moment(work)

    def anew() -> dict[str, Any]:
        question = ask(work, at)
        return make(question) | question.stamp()

    return work.answers.kept(lambda: content(work), (what, iso(at), definitions(work, of), beside), anew)


def definitions(work: Work, of: Sequence[str] | None = None) -> str:
    """A word that changes with what answers about those segments, or about all, depend on besides instant and data."""
    with work.state.connect() as connection:
        found, numbers = current(connection), versions(connection)
        shared = (write_rules(read_rules(connection)), special(connection))
    rules = {name: item.definition for name, item in found.items()}
    names = sorted(found) if of is None else [name for name in of if name in found]
    told = [(name, numbers[name], rule_hash(rules, name)) for name in names]
    return hashlib.sha256(repr((told, shared)).encode()).hexdigest()


def groups(question: Question, segments: Sequence[str] | None) -> Iterator[tuple[dict[str, Any], bool]]:
    """Each group of people, its members in the table `member`, and whether they are too few to tell anything of.

    The groups are the segments named, EVERYONE among them; everyone alone when none is named.
    """
    for name in segments or [EVERYONE]:
        everyone = name == EVERYONE
        people = question.engine.everyone() if everyone else question.people(name)
        take_members(question.engine.cursor, people)
        size = question.engine.size(people)
        few = size < FEW
        title = {} if everyone else dict(question.segments[name].title)
        yield {"segment": None if everyone else name, "title": title, "people": None if few else size, "few": few}, few


def attribute_of(question: Question, name: str) -> Attribute:
    """An attribute that may be explored; InputError when there is none, it tells who somebody is, or it is special and no basis is recorded."""
    found = question.schema.attribute(name)
    if tells(found.name):
        raise InputError(
            "tells_who", f"{found.name!r} tells who somebody is, so it is not broken down.", hint="choose a field that many people share."
        )
    question.catalogue.resolve(AttributeIs(found.name, Test("known")))  # refused when it is special and has no basis
    if found.trait:
        question.engine.need_traits()
    return found


def share_of(part: int | None, whole: int) -> dict[str, Any]:
    """A share with its 95 % interval; no interval of fewer than 30 people, and nothing of a number that is not told."""
    if part is None or not whole:
        return {"people": part, "share": None, "low": None, "high": None}
    try:
        found = share(part, whole)
    except TooFew:
        return {"people": part, "share": round(part / whole, 6), "low": None, "high": None}
    return {"people": part, "share": round(found.value, 6), "low": round(found.low, 6), "high": round(found.high, 6)}


def one_of(given: str, known: Sequence[str], what: str) -> str:
    """A choice; InputError with candidates when it is none of those there are."""
    if given not in known:
        raise InputError(f"unknown_{what}", f"There is no {what} {given!r}.", hint=did_you_mean(given, known) or ", ".join(known) + ".")
    return given


def between(given: int, low: int, high: int, what: str) -> int:
    """A number; InputError when it is out of its range."""
    if not low <= given <= high:
        raise InputError(f"bad_{what}", f"{given} is no number of {what}.", hint=f"from {low} to {high}.")
    return given
