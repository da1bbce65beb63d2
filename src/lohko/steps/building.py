"""What stands beside a rule while it is built: how many, why, who, and how it would have grown. All of one sitting, so of one instant and one data version.

Each part is asked by itself, the count first; a newer edit stops those of older revisions (`sitting.py`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, LohkoError
from lohko.base.times import back, local_day, naive
from lohko.engine import field_values, figures
from lohko.engine.plan import evaluate_all
from lohko.maths.few import told
from lohko.model import edit
from lohko.model.condition import And, AttributeIs, Condition, InSegment, Not
from lohko.model.definition import Definition
from lohko.model.labels import labelled
from lohko.model.masking import tells
from lohko.model.operand import Test
from lohko.model.resolve import Resolver
from lohko.model.sentence import sentence
from lohko.model.walk import event_names, segment_names
from lohko.state import segments as kept
from lohko.state.rfm_rules import write_rules
from lohko.steps.checking import checks_of_rule
from lohko.steps.common_moment import content
from lohko.steps.counting import Counting
from lohko.steps.decided import OneOfMany, definitions_of, people_of
from lohko.steps.drafts import draft_of
from lohko.steps.explain import as_json
from lohko.steps.explore import parts_of
from lohko.steps.figures import FEW_PEOPLE, compared, member_groups, people_rows, ratio
from lohko.steps.question import Question, iso
from lohko.steps.saying import said
from lohko.steps.sitting import Superseded, sitting
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pyroaring import BitMap

    from lohko.engine.duckdb import DuckEngine
    from lohko.engine.explore import Cut
    from lohko.model.schema import Attribute, Property
    from lohko.state.drafts import Draft

SAMPLE = 10
MONTHS = 12
MOST_OVERLAPS = 8
_DRAFT = "?"
"""What the draft is called among the segments while it is explained: no segment's id."""


class _InWords(Counting):
    """A rule counted, its parts said in a language."""

    language = "en"

    def said(self, node: Condition) -> str:
        return said(self.work, self.question.schema, node, self.language)


class _Asked:
    """A draft's rule on the data of its sitting."""

    def __init__(self, work: Work, question: Question, tree: Condition, segment: str | None) -> None:
        self.work, self.question, self.tree = work, question, tree
        rule = edit.closed(tree)
        there = segment is not None and segment in question.segments
        saved = question.segments[segment].definition if there and segment is not None else None
        self.counting = None if rule is None else _InWords(work, question, rule, saved, segment if there else None)
        self.engine = question.engine

    @property
    def rule(self) -> Condition | None:
        """The rule resolved; None while it says nothing."""
        return None if self.counting is None else self.counting.rule

    def people(self, engine: DuckEngine | None = None) -> BitMap:
        """The people whom the draft finds; everyone while it says nothing. At another instant, by the engine of that."""
        if self.counting is None:
            return (engine or self.engine).everyone()
        return self.counting.people_by(self.counting.rule, engine)

    def of(self, part: Condition | None) -> int:
        """How many a part of the rule finds by itself."""
        if part is None or self.counting is None:
            return self.engine.size(self.engine.everyone())
        return self.engine.size(self.counting.of(part))


def _ask(
    work: Work, name: str, revision: int, count: Callable[[_Asked, Callable[[], None]], dict[str, Any]], *, at_once: bool = False
) -> dict[str, Any]:
    """What is made of a draft at a revision, with the instant and the data that it is of; InputError when it has changed since.

    The count itself is asked `at_once`; what else stands beside a rule waits for its turn among such parts.
    """
    found = draft_of(work, name)
    at = sitting(work, found)
    if found.revision != revision:
        raise Superseded

    def answer(question: Question, still: Callable[[], None]) -> dict[str, Any]:
        asked = _Asked(work, question, found.tree, found.segment)
        return (
            count(asked, still)
            | question.stamp()
            | {"newest_version": work.data_version(), "revision": revision, "empty": asked.rule is None}
        )

    with contextlib.nullcontext() if at_once else work.answers.turn(beside=True):
        return at.answer(revision, answer)


def draft_count(work: Work, progress: Progress, *, draft: str, revision: int) -> dict[str, Any]:
    """How many the rule finds: exactly, and as a share of everyone."""

    def count(asked: _Asked, _still: Callable[[], None]) -> dict[str, Any]:
        size = asked.engine.size(asked.people())
        return {
            "count": size,
            "population": asked.engine.size(asked.engine.everyone()),
            "share": asked.question.share(size),
        }

    return _ask(work, draft, revision, count, at_once=True)


def draft_funnel(work: Work, progress: Progress, *, draft: str, revision: int, language: str = "en") -> dict[str, Any]:
    """Those left after each condition; and of those who are left, how many each channel reaches and each purpose may be used for.

    `parts` are the cards: how many each finds alone, and how many the rule would find without it.
    """

    def count(asked: _Asked, still: Callable[[], None]) -> dict[str, Any]:
        if asked.counting is None:
            return {"steps": [], "reachable": {}, "consented": {}, "parts": []}
        people, counting = asked.people(), asked.counting
        counting.language = language
        found = {"steps": counting.steps(), "reachable": counting.reachable(people), "consented": counting.consented(people)}
        parts = []
        for place, node in edit.cards(asked.tree):
            still()
            whole = edit.closed(node)
            if whole is not None:
                parts.append(_part(asked, place, whole, language))
        return found | {"parts": parts, "count": asked.engine.size(people)}

    return _ask(work, draft, revision, count)


def _part(asked: _Asked, place: edit.Place, whole: Condition, language: str) -> dict[str, Any]:
    """One card alone, and the rule without it. Alone it is asked of the person, also where it stands among the contacts of an account."""
    assert asked.counting is not None
    resolved = asked.counting.catalogue.resolve(whole)
    return {
        "place": edit.write_place(place),
        "text": said(asked.work, asked.question.schema, resolved, language),
        "alone": asked.of(whole),
        "without": asked.engine.size(asked.counting.people_by(edit.closed(edit.remove(asked.tree, place).draft) or And(()))),
    }


def draft_figures(work: Work, progress: Progress, *, draft: str, revision: int) -> dict[str, Any]:
    """Value and recency of these people against everyone, and their RFM groups; too few are not compared."""

    def count(asked: _Asked, still: Callable[[], None]) -> dict[str, Any]:
        people, cursor = asked.people(), asked.engine.cursor
        size = asked.engine.size(people)
        if size < FEW_PEOPLE:
            return {"few": True, "compared": [], "groups": []}
        figures.take_members(cursor, people)
        asked.engine.need_traits()
        still()
        return {"few": False, "compared": compared(cursor), "groups": member_groups(cursor, size)}

    return _ask(work, draft, revision, count)


def draft_sample(work: Work, progress: Progress, *, draft: str, revision: int, language: str = "en") -> dict[str, Any]:
    """Ten of the people, each with what decided the rule for them."""

    def count(asked: _Asked, still: Callable[[], None]) -> dict[str, Any]:
        question, cursor, rule = asked.question, asked.engine.cursor, asked.rule
        # Whoever was erased since the sitting began is shown no more.
        people = asked.people() & work.living(*work.snapshot()[:2])
        figures.take_members(cursor, people)
        asked.engine.need_traits()
        keys = figures.sample(cursor, SAMPLE)
        rows = people_rows(cursor, question.schema, keys, naive(question.as_of))
        if rule is None:
            return {"people": [row | {"trace": None} for row in rows]}
        still()
        definitions = definitions_of(question.catalogue, segment_names(rule)) | {_DRAFT: Definition(rule)}
        widened = replace(
            question, catalogue=replace(question.catalogue, segments={**question.catalogue.segments, _DRAFT: Definition(rule)})
        )
        persons = people_of(work, widened, definitions, keys)
        for key, row in zip(keys, rows, strict=True):
            still()
            reference = OneOfMany(question.schema, definitions, question.as_of, work.settings.zone, language, question=question, key=key)
            trace = reference.trace(InSegment(_DRAFT), persons[key])
            row["trace"] = as_json(
                trace.parts[0] if len(trace.parts) == 1 else trace, lambda node: said(work, question.schema, node, language)
            )
        return {"people": rows}

    return _ask(work, draft, revision, count)


def draft_overlap(work: Work, progress: Progress, *, draft: str, revision: int, beside: Sequence[str] = ()) -> dict[str, Any]:
    """How many are in these segments too; when none are chosen, in those that share most people with the rule."""

    def count(asked: _Asked, still: Callable[[], None]) -> dict[str, Any]:
        people, question = asked.people(), asked.question
        chosen = [question.segment(name).id for name in beside]
        known = evaluate_all(asked.engine, question.catalogue, chosen or question.segments)
        still()
        size = asked.engine.size(people)
        rows: list[dict[str, Any]] = []
        for name in chosen or question.segments:
            other = known[name]
            if isinstance(other, LohkoError):
                continue
            both = asked.engine.size(asked.engine.both([people, other]))
            rows.append(
                {
                    "segment": name,
                    "title": dict(question.segments[name].title),
                    "size": asked.engine.size(other),
                    "both": both,
                    "of_rule": ratio(both, size),
                    "of_segment": ratio(both, asked.engine.size(other)),
                }
            )
        rows.sort(key=lambda row: (-(row["both"] ** 2 / ((row["size"] or 1) * (size or 1))), row["segment"]))
        titles = {name: dict(item.title) for name, item in question.segments.items()}
        return {"rows": rows if chosen else [row for row in rows if row["both"]][:MOST_OVERLAPS], "segments": titles, "chosen": chosen}

    return _ask(work, draft, revision, count)


def draft_growth(work: Work, progress: Progress, *, draft: str, revision: int) -> dict[str, Any]:
    """How many the rule would have found at this time of each of the last twelve months, had it been there."""

    def count(asked: _Asked, still: Callable[[], None]) -> dict[str, Any]:
        question, zone, rows = asked.question, work.settings.zone, []
        try:
            for n in range(MONTHS, 0, -1):
                still()
                moment = back(question.as_of, n, "month", zone)
                rows.append(
                    {"day": local_day(moment, zone).isoformat(), "as_of": iso(moment), "size": len(asked.people(asked.engine.at(moment)))}
                )
        finally:
            asked.engine.forget_traits()
        now = {"day": local_day(question.as_of, zone).isoformat(), "as_of": iso(question.as_of), "size": asked.engine.size(asked.people())}
        return {"days": [*rows, now]}

    return _ask(work, draft, revision, count)


def draft_field(work: Work, progress: Progress, *, draft: str, revision: int, event: str | None, name: str) -> dict[str, Any]:
    """What a field holds: how complete and how new it is, its commonest values, and how its numbers lie.

    Values of what tells who somebody is are not listed, and neither is what is marked as special. Drafts of one moment share what was counted.
    """

    def count(asked: _Asked, still: Callable[[], None]) -> dict[str, Any]:
        question = asked.question
        still()
        if event is None:
            question.catalogue.resolve(AttributeIs(question.schema.attribute(name).name, Test("known")))  # refused when it is special
        key = ("field", question.data_version, iso(question.as_of), event, name, write_rules(question.rfm_rules))
        return work.answers.kept(lambda: content(work), key, lambda: _field(question, event, name, work.settings.zone))

    return _ask(work, draft, revision, count)


def _field(question: Question, event: str | None, name: str, zone: ZoneInfo) -> dict[str, Any]:
    engine, cursor, schema = question.engine, question.engine.cursor, question.schema
    item: Attribute | Property
    figures.take_members(cursor, engine.everyone())
    if event is None:
        item = attribute = schema.attribute(name)
        if attribute.trait:
            engine.need_traits()
        found, whole = field_values.of_attribute(cursor, attribute, question.as_of, zone), len(engine.everyone())
        have = found.people
    else:
        kind = schema.event(event)
        item = kind.property(name)
        found, whole = field_values.of_property(cursor, kind, item, question.as_of, zone), field_values.events(cursor, kind, question.as_of)
        have = found.rows
    hidden = tells(item.name)
    return {
        "name": item.name,
        "type": item.type,
        "codes": item.codes,
        "have": have,
        "whole": whole,
        "share": ratio(have, whole),
        "newest": None if found.newest is None else iso(found.newest.replace(tzinfo=dt.UTC)),
        "hidden": hidden,
        "values": [] if hidden else [{"text": text, "people": people, "rows": rows} for text, people, rows in found.values],
        "step": found.cut.step if found.cut is not None else None,
        "bins": [] if hidden or found.cut is None else _bins(found.cut, found.lying if event else told(found.lying)),
    }


def _bins(cut: Cut, rows: Sequence[int | None]) -> list[dict[str, Any]]:
    """The parts that have any value, each with its rows; 1 to 4 people are None."""
    return [part | {"rows": n} for part, n in zip(parts_of(cut), rows, strict=True) if n != 0]


def draft_problems(work: Work, tree: Condition) -> dict[str, InputError]:
    """The cards of a draft that cannot be asked, by place, with why."""
    with work.state.connect() as connection:
        resolver = Resolver(work.schema(), list(kept.versions(connection)))
    found = {}
    for place, node in edit.cards(tree):
        whole = None if edit.is_group_item(node) else edit.closed(node)
        if whole is not None:
            try:
                resolver.condition(whole)
            except InputError as error:
                found[edit.write_place(place)] = error
    return found


def draft_warnings(work: Work, found: Draft) -> list[dict[str, Any]]:
    """What is to be said about a draft's rule: `at` is the place of the card that it is about, None for the rule as a whole."""
    rule = edit.closed(found.tree)
    if rule is None:
        return []

    def count(question: Question, _still: Callable[[], None]) -> list[dict[str, Any]]:
        try:
            resolved = question.catalogue.resolve(rule)
        except InputError:
            return []
        checks = checks_of_rule(work, question, resolved)
        return [check | {"at": _about(work, question, found.tree, check["place"])} for check in checks]

    return sitting(work, found).answer(found.revision, count)


def _about(work: Work, question: Question, tree: Condition, place: str) -> str | None:
    """The card that a check speaks of: by its sentence in English, as the check says it; or by the event that it names."""
    for item, node in edit.cards(tree):
        whole = edit.closed(node)
        if whole is None:
            continue
        spoken = {sentence(labelled(part, question.schema, "en")) for part in (whole, whole.part if isinstance(whole, Not) else whole)}
        if place in spoken or place in event_names(whole):
            return edit.write_place(item)
    return None
