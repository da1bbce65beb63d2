"""A rule counted in full: every part of it, step by step to the people who can be reached, beside other segments and the rule it replaces.

All numbers are exact. The funnel follows the order in which the rule is written:
each step holds those of the step before who also pass the next part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, LohkoError
from lohko.destinations.contact import Destination
from lohko.destinations.registry import DESTINATIONS
from lohko.engine.plan import evaluate, evaluate_all
from lohko.model.condition import And, Condition, Consent, Or, Reachable
from lohko.model.definition import Definition, before_in_group
from lohko.model.parse import parse
from lohko.model.schema import PURPOSES
from lohko.model.sentence import sentence
from lohko.model.walk import inner, segment_names
from lohko.state import segments as kept
from lohko.steps.activate import rows_of, sendable
from lohko.steps.checking import checks_of_rule
from lohko.steps.contactable import CHANNELS
from lohko.steps.figures import ratio
from lohko.steps.question import Question, ask
from lohko.steps.saying import said
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from pyroaring import BitMap

    from lohko.engine.duckdb import DuckEngine

_AT_ONCE = 5_000


def count_in_full(
    work: Work,
    progress: Progress,
    *,
    condition: str | None = None,
    segment: str | None = None,
    beside: Sequence[str] = (),
    as_of: str | None = None,
) -> dict[str, Any]:
    """How many people match a rule, and each part of it.

    With a rule and `segment` the rule is tried as that segment's new one, with all that stands
    beside its condition, and compared with the saved one. With a segment alone its saved rule is counted, and compared with
    the version before it. `beside` are segments to count the overlap with.
    """
    if condition is None and segment is None:
        raise InputError("no_rule", "There is nothing to count.", hint="give a rule, or a segment.")
    question = ask(work, as_of)
    saved = None if segment is None else question.segment(segment).definition
    others = [question.segment(name).id for name in beside]
    parsed = None if condition is None else parse(condition)
    rule = parsed.condition if parsed is not None else saved.where if saved is not None else And(())
    counting = Counting(work, question, rule, saved, segment)
    progress(0.2, "counting")
    people = counting.people()
    engine = question.engine
    warnings = [{"code": item.code, "message": item.message} for item in (parsed.warnings if parsed else ())]
    found = {
        "condition": condition if condition is not None else sentence(rule),
        "sentence": counting.said(counting.rule),
        "segment": segment,
        "count": engine.size(people),
        "population": engine.size(engine.everyone()),
        "share": question.share(engine.size(people)),
        **question.stamp(),
        "parts": counting.tree(counting.rule),
        "steps": counting.steps(),
        "reachable": counting.reachable(people),
        "consented": counting.consented(people),
        "platforms": counting.platforms(people),
        "overlap": [counting.overlap(people, name) for name in others],
        "against": counting.against(people, new=condition is not None),
        "warnings": [*warnings, *checks_of_rule(work, question, counting.rule)],
    }
    progress(1.0, "done")
    return found


class Counting:
    """One rule, as a segment's or alone, counted at one instant."""

    def __init__(self, work: Work, question: Question, rule: Condition, saved: Definition | None, name: str | None) -> None:
        self.work, self.question, self.saved, self.name = work, question, saved, name
        self.catalogue = replace(question.catalogue, asked_for=name)
        self.rule = self.catalogue.resolve(rule)
        self.engine = question.engine
        self.known = evaluate_all(question.engine, self.catalogue, segment_names(self.rule))

    def said(self, node: Condition) -> str:
        """A part of the rule in words."""
        return said(self.work, self.question.schema, node, "en")

    def of(self, node: Condition) -> BitMap:
        """The people of a part of the rule."""
        return evaluate(self.engine, self.catalogue, node, self.known)

    def as_definition(self, definition: Definition, engine: DuckEngine | None = None) -> BitMap:
        """The people whom the segment would hold if that were its definition; at another instant, by the engine of that."""
        assert self.name is not None
        catalogue = replace(self.catalogue, segments={**self.catalogue.segments, self.name: definition})
        answer = evaluate_all(engine or self.engine, catalogue, [self.name])[self.name]
        if isinstance(answer, LohkoError):
            raise answer
        return answer

    def people(self) -> BitMap:
        """The people of the whole rule: of the segment, where it is one's."""
        return self.people_by(self.rule)

    def people_by(self, rule: Condition, engine: DuckEngine | None = None) -> BitMap:
        """The people if that were the rule, with all that stands beside it in the segment; at another instant, by the engine of that."""
        if self.saved is not None:
            return self.as_definition(replace(self.saved, where=rule), engine)
        return self.of(rule) if engine is None else evaluate(engine, self.catalogue, rule)

    def tree(self, node: Condition) -> dict[str, Any]:
        """How many are in each part by itself."""
        return {
            "text": node.node if isinstance(node, And | Or) else self.said(node),
            "count": self.engine.size(self.of(node)),
            "parts": [self.tree(part) for part in inner(node)],
        }

    def steps(self) -> list[dict[str, Any]]:
        """Those left after each part of the rule, in order, and after what stands beside it."""
        parts = self.rule.parts if isinstance(self.rule, And) else (self.rule,)
        left = self.engine.everyone()
        found = [self._step("everyone", "everyone", left, left)]
        for part in parts:
            before, left = left, self.engine.both([left, self.of(part)])
            found.append(self._step("condition", self.said(part), before, left))
        for kind, text, stage in self._beside():
            before, left = left, self.as_definition(stage)
            found.append(self._step(kind, text, before, left))
        return found

    def _step(self, kind: str, text: str, before: BitMap, left: BitMap) -> dict[str, Any]:
        size = self.engine.size(left)
        return {"kind": kind, "text": text, "count": size, "of_step_before": ratio(size, self.engine.size(before))}

    def _beside(self) -> list[tuple[str, str, Definition]]:
        """What stands beside the condition, one after another: within the parent, without those of the group, the best of these."""
        if self.saved is None or self.name is None:
            return []
        whole, stages = replace(self.saved, where=self.rule), []
        if whole.parent is not None:
            stages.append(("parent", f"in its parent {whole.parent}", replace(whole, group=None, limit=None)))
        earlier = before_in_group(self.catalogue.segments, self.name)
        if earlier:
            stages.append(("group", f"not in {', '.join(earlier)} of its group", replace(whole, limit=None)))
        if whole.limit is not None:
            stages.append(("limit", f"among the best {whole.limit.n:,}", whole))
        return stages

    def reachable(self, people: BitMap) -> dict[str, int | None]:
        """How many have what a channel needs; None where no file told of it."""
        return {channel: self._asked(people, Reachable(channel)) for channel in CHANNELS}  # type: ignore[arg-type]

    def consented(self, people: BitMap) -> dict[str, int | None]:
        """How many gave a consent that stands."""
        return {purpose: self._asked(people, Consent(purpose)) for purpose in PURPOSES}

    def _asked(self, people: BitMap, node: Condition) -> int | None:
        try:
            return self.engine.size(self.engine.both([people, self.of(node)]))
        except InputError:
            return None

    def platforms(self, people: BitMap) -> list[dict[str, Any]]:
        """Whether an audience of them would be as large as the platform asks for at least: the same people, by the same rules."""
        allowed = self.engine.both([people, sendable(self.work, self.question, "ads")])
        return [self._platform(item, allowed) for item in DESTINATIONS.values()]

    def _platform(self, to: Destination, allowed: BitMap) -> dict[str, Any]:
        everyone, matched = list(allowed), 0
        for start in range(0, len(everyone), _AT_ONCE):
            rows = rows_of(self.work, self.question, everyone[start : start + _AT_ONCE], to, "ads")
            matched += sum(row is not None for row in rows.values())
            if matched >= to.minimum:  # how many there are more is told when the audience is made
                return {"to": to.id, "minimum": to.minimum, "enough": True, "people": None}
        return {"to": to.id, "minimum": to.minimum, "enough": False, "people": matched}

    def overlap(self, people: BitMap, name: str) -> dict[str, Any]:
        """How many are in both, and how much of each that is."""
        other = self.question.people(name)
        both, size, size_of_other = (self.engine.size(item) for item in (self.engine.both([people, other]), people, other))
        return {
            "segment": name,
            "size": size_of_other,
            "both": both,
            "share_of_rule": ratio(both, size),
            "share_of_segment": ratio(both, size_of_other),
        }

    def against(self, people: BitMap, *, new: bool) -> dict[str, Any] | None:
        """Whom the rule adds to and takes from the saved version of the segment, or that version to and from the one before it."""
        if self.saved is None or self.name is None:
            return None
        with self.work.state.connect() as connection:
            number = kept.versions(connection)[self.name]
            earlier = None if new else kept.version(connection, self.name, number - 1)
        before = self.saved if new else earlier.definition if earlier is not None else None
        if before is None:
            return None
        was = self.as_definition(before)
        came, went = self.engine.diff(was, people)
        return {"version": number if new else number - 1, "size": len(was), "added": len(came), "lost": len(went)}
