"""How segments lie over the people: who is in none or in many, which group shares nobody, and who lives inside which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lohko.base.errors import LohkoError
from lohko.engine.plan import evaluate_all
from lohko.maths.few import is_few, told, unless_few
from lohko.model.dependencies import parent_of
from lohko.steps.figures import ratio
from lohko.steps.question import Question, ask
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from pyroaring import BitMap

MOST_TIMES = 10
"""People in this many segments or more are counted together."""

Told = dict[str, "BitMap | LohkoError"]


def coverage(work: Work, progress: Progress, *, as_of: str | None = None, segments: list[str] | None = None) -> dict[str, Any]:
    """How many people are in no segment, in one, in two and so on, of all segments or of those named.

    Each segment says how many of its members are in no other; each group (lists that
    must not overlap) whether anybody is in two of its lists. Segments that cannot be
    told are named and not counted. Numbers of 1 to 4 people, and what gives one away, are None (`maths/few.py`).
    """
    question = ask(work, as_of)
    names = sorted({question.segment(name).id for name in segments} if segments else question.segments)
    answers = evaluate_all(question.engine, question.catalogue, names)
    people = {name: answer for name in names if not isinstance(answer := answers[name], LohkoError)}
    at_least = _at_least(question, list(people.values()))
    sizes = [question.engine.size(item) for item in at_least]
    times = _times(sizes, min(len(people), MOST_TIMES))
    once = question.engine.both([at_least[1], question.engine.without(at_least[2])])
    alone = _alone(question, people, once, open_=len(times) < 2 or times[1] is not None)
    return {
        "population": sizes[0],
        "segments_counted": len(people),
        "in": [
            {"segments": n, "or_more": n == MOST_TIMES, "people": number, "share": question.share(number)} for n, number in enumerate(times)
        ],
        "segments": [
            {
                "id": name,
                "title": dict(question.segments[name].title),
                "size": unless_few(question.engine.size(people[name])) if name in people else None,
                "alone": alone.get(name),
                "inside": question.segments[name].parent,
                "error": _error(answers[name]),
            }
            for name in names
        ],
        "groups": _groups(question, people),
        **question.stamp(),
    }


def _at_least(question: Question, sets: Sequence[BitMap]) -> list[BitMap]:
    """For 0, 1, 2 ... times: the people who are in at least so many of the sets."""
    engine = question.engine
    nobody = engine.without(engine.everyone())
    found = [engine.everyone(), *([nobody] * MOST_TIMES)]
    for members in sets:
        for times in range(MOST_TIMES, 0, -1):
            found[times] = engine.either([found[times], engine.both([found[times - 1], members])])
    return found


def _times(sizes: Sequence[int], most: int) -> list[int | None]:
    """How many people are in none, one, two ... segments. They add up to everyone, and each times its number to all members together."""
    return told([sizes[n] - (sizes[n + 1] if n < MOST_TIMES else 0) for n in range(most + 1)], unknown=3)


def _alone(question: Question, people: dict[str, BitMap], once: BitMap, *, open_: bool) -> dict[str, int | None]:
    """By segment, how many of its members are in no other; none is told where how many these are together is not (`open_`)."""
    engine, numbers = question.engine, {}
    for name, members in people.items():
        numbers[name] = engine.size(engine.both([members, once]))
    found = dict(zip(numbers, told(list(numbers.values())), strict=True))
    others = {name: engine.size(members) - numbers[name] for name, members in people.items()}
    return {name: n if open_ and not is_few(others[name]) else None for name, n in found.items()}


def _groups(question: Question, people: dict[str, BitMap]) -> list[dict[str, Any]]:
    """Each group with its lists in order: together they hold as many people as the lists' sizes add up to, so nobody is in two."""
    groups: dict[str, list[str]] = {}
    for name in people:
        group = question.segments[name].group
        if group is not None:
            groups.setdefault(group, []).append(name)
    found = []
    for group, names in sorted(groups.items()):
        names.sort(key=lambda name: (question.segments[name].priority, name))
        listed = sum(question.engine.size(people[name]) for name in names)
        different = question.engine.size(question.engine.either([people[name] for name in names]))
        people_told = None if is_few(listed - different) or is_few(different) else different
        found.append({"group": group, "segments": names, "listed": unless_few(listed), "people": people_told, "in_two": listed > different})
    return found


def _error(answer: BitMap | LohkoError) -> dict[str, Any] | None:
    return answer.as_json() if isinstance(answer, LohkoError) else None


# --- who lives inside whom -------------------------------------------------------------------


def tree(work: Work, progress: Progress, *, as_of: str | None = None) -> dict[str, Any]:
    """Every segment with those that live inside it: sizes, the share of the parent, and whom no child holds."""
    question = ask(work, as_of)
    answers = evaluate_all(question.engine, question.catalogue)
    parents = {name: parent_of(question.catalogue.segments, name) for name in question.segments}
    children: dict[str | None, list[str]] = {}
    for name in sorted(question.segments):
        children.setdefault(parents[name] if parents[name] in question.segments else None, []).append(name)
    return {
        "population": question.engine.size(question.engine.everyone()),
        "segments": [_branch(question, answers, children, name, None) for name in children.get(None, [])],
        **question.stamp(),
    }


def _branch(question: Question, answers: Told, children: dict[str | None, list[str]], name: str, parent: str | None) -> dict[str, Any]:
    answer = answers[name]
    size = _size(question, answers, name)
    inside = children.get(name, [])
    return {
        "id": name,
        "title": dict(question.segments[name].title),
        "size": size,
        "share": question.share(size),
        "share_of_parent": _share(size, _size(question, answers, parent)) if parent is not None else None,
        **_left_over(question, answers, name, inside),
        "children": [_branch(question, answers, children, child, name) for child in inside],
        "error": _error(answer),
    }


def _left_over(question: Question, answers: Told, name: str, inside: list[str]) -> dict[str, Any]:
    """How many of a segment are in none of those inside it, and how many in several; nothing to say where there are none or one cannot be told.

    Both or none is told: where nobody is in several, how many are in none is what the sizes leave over.
    """
    own, parts = answers[name], [item for child in inside if not isinstance(item := answers[child], LohkoError)]
    if isinstance(own, LohkoError) or not inside or len(parts) < len(inside):
        return {"in_no_child": None, "in_several": None}
    engine = question.engine
    covered = engine.either(parts)
    once_or_more = _at_least(question, parts)
    found = {"in_no_child": engine.size(own) - engine.size(covered), "in_several": engine.size(once_or_more[2])}
    few = any(map(is_few, (*found.values(), *map(engine.size, parts))))
    return dict.fromkeys(found) if few else {**found}


def _size(question: Question, answers: Told, name: str) -> int | None:
    answer = answers[name]
    return None if isinstance(answer, LohkoError) else unless_few(question.engine.size(answer))


def _share(size: int | None, whole: int | None) -> float | None:
    return None if size is None or whole is None else ratio(size, whole)
