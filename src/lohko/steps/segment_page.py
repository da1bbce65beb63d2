"""What the page of a segment shows besides its size: who its people are against everyone, how they come and go, what they share with others, where it is used.

Shares are with Wilson's 95 % interval; 1 to 4 people are nowhere told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, LohkoError
from lohko.base.times import back
from lohko.engine import segment_figures
from lohko.engine.figures import take_members
from lohko.engine.plan import evaluate_all
from lohko.maths.few import FEW, Telling, told, told_both, unless_few
from lohko.model.masking import tells
from lohko.model.orders import ORDER, ORDER_LINE
from lohko.model.rfm_map import BY_ID
from lohko.model.walk import segment_names
from lohko.state import reports
from lohko.steps.coverage import tree
from lohko.steps.explore import explore_distribution
from lohko.steps.explored import EVERYONE, explored, share_of
from lohko.steps.question import Question, ask, iso
from lohko.steps.shown import amount
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from pyroaring import BitMap

ATTRIBUTES = ("age", "country", "city", "gender", "customer_group", "monetary", "frequency", "recency_days")
"""What is told of people, of what a workspace has of it."""
DID = (
    ("channel", (ORDER,)),
    ("device", ("page_view", "product_view", "add_to_cart")),
    ("brand", (ORDER_LINE, ORDER)),
    ("category", (ORDER_LINE, ORDER)),
)
"""What is told of what people did: the property, and the events of which the first that has it is asked."""
BORN = ("birthday", "birth_date", "date_of_birth")
MONTHS_BACK = 3
MOST_SETS = 6
_VALUES = 8


def segment_profile(work: Work, progress: Progress, *, segment: str, as_of: str | None = None) -> dict[str, Any]:
    """Who the people of a segment are, against everyone: attributes, what they did by channel, device and brand, and when.

    `rows` hold the segment's share and everyone's, each with its interval; both are of those of whom it is known.
    """
    schema = work.schema()
    attributes = []
    for name in ATTRIBUTES:
        if name not in schema.attributes or tells(name):
            continue
        try:
            found = explore_distribution(work, progress, attribute=name, segments=(segment, EVERYONE), as_of=as_of)
        except InputError:  # it is of a special kind, and nobody recorded on what ground it may be used
            continue
        ours, all_ = found["groups"]
        if not ours["few"] and not all_["few"]:
            attributes.append(
                {key: found[key] for key in ("attribute", "type", "codes", "kind", "step", "parts")} | {"ours": ours, "everyone": all_}
            )
    return {
        "attributes": attributes,
        "few": FEW,
        **explored(work, ("segment-did", segment), as_of, lambda question: _did(question, segment), of=(segment,)),
    }


def _did(question: Question, segment: str) -> dict[str, Any]:
    people, cursor, schema = question.people(segment), question.engine.cursor, question.schema
    take_members(cursor, people)
    if len(people) < FEW:
        return {"did": [], "ages": None, "week": None, "week_of": None}
    found = []
    for name, events in DID:
        kind = next((schema.events[event] for event in events if event in schema.events and name in schema.events[event].properties), None)
        item = kind.properties[name] if kind is not None else None
        if kind is None or item is None or item.type != "text":
            continue
        rows, inside, everywhere = segment_figures.did(cursor, kind, item, question.as_of, _VALUES)
        shown = told([ours for _, ours, _ in rows], apart=False)
        rest = told([all_ for _, _, all_ in rows], apart=False)
        if inside >= FEW:
            found.append(
                {
                    "event": kind.name,
                    "property": name,
                    "known": inside,
                    "rows": [
                        {"text": text, "ours": share_of(ours, inside), "everyone": share_of(all_, everywhere)}
                        for (text, _, _), ours, all_ in zip(rows, shown, rest, strict=True)
                    ],
                }
            )
    when = ORDER if ORDER in schema.events else next(iter(sorted(schema.events)), None)
    return {"did": found, "ages": _ages(question), "week": None if when is None else _week(question, when), "week_of": when}


def _ages(question: Question) -> list[dict[str, Any]] | None:
    """Members and everyone by ten years of age, of those whose birthday is known and is not marked as special."""
    born = next((question.schema.attributes[name] for name in BORN if name in question.schema.attributes), None)
    if born is None or born.type != "date" or born.name.casefold() in question.catalogue.special.marked:
        return None
    rows = segment_figures.ages(question.engine.cursor, born, question.as_of, question.engine.zone)
    ours, all_ = sum(row[1] for row in rows), sum(row[2] for row in rows)
    if ours < FEW:
        return None
    shown = zip(rows, told([row[1] for row in rows]), told([row[2] for row in rows]), strict=True)
    return [
        {"from": decade, "to": decade + 9, "ours": share_of(inside, ours), "everyone": share_of(everywhere, all_)}
        for (decade, _, _), inside, everywhere in shown
    ]


def _week(question: Question, event: str) -> list[list[int | None]]:
    """Events by day and hour; None where fewer than five people stand behind them."""
    found = segment_figures.week(question.engine.cursor, question.schema.event(event), question.as_of)
    return [[_hour(*found.get((day, hour), (0, 0))) for hour in range(24)] for day in range(7)]


def _hour(events: int, people: int) -> int | None:
    return None if 0 < people < FEW else events


def segment_flow(work: Work, progress: Progress, *, segment: str) -> dict[str, Any]:
    """How many entered and left by day and cause, as the refreshes said; and in all, by cause. 1 to 4 people are None."""
    question = ask(work)
    refused = question.catalogue.refusal(question.segment(segment).id)
    if refused is not None:
        raise refused
    rows = segment_figures.flow(question.engine.cursor, segment)
    causes: dict[str, dict[str, int]] = {}
    for _, entered, cause, n in rows:
        causes.setdefault(cause, {"entered": 0, "left": 0})["entered" if entered else "left"] += n
    return {
        "days": [{"day": day, "entered": entered, "cause": cause, "people": unless_few(n)} for day, entered, cause, n in rows],
        "causes": [{"cause": cause, **{way: unless_few(n) for way, n in numbers.items()}} for cause, numbers in sorted(causes.items())],
        **question.stamp(),
    }


def segment_rfm(work: Work, progress: Progress, *, segment: str, as_of: str | None = None, months: int = MONTHS_BACK) -> dict[str, Any]:
    """The members by recency and frequency score, and the same people's RFM groups some months before against now."""
    if not 1 <= months <= 60:
        raise InputError("bad_months", f"{months} is no number of months to look back.", hint="from 1 to 60.")

    def make(question: Question) -> dict[str, Any]:
        people, engine = question.people(segment), question.engine
        then = back(question.as_of, months, "month", work.settings.zone)
        answer: dict[str, Any] = {"cells": [], "moved": [], "groups": [], "then": then.isoformat(), "months": months, "people": None}
        if len(people) < FEW:
            return answer
        take_members(engine.cursor, people)
        engine.at(then).need_traits()
        segment_figures.keep_groups(engine.cursor)
        engine.forget_traits()
        engine.need_traits()
        cells, moved = segment_figures.cells(engine.cursor), segment_figures.moved(engine.cursor)
        counts = dict(zip(cells, told([n for n, _ in cells.values()]), strict=True))
        ways = dict(zip(moved, told(list(moved.values())), strict=True))
        order, whole = list(BY_ID), sum(moved.values())  # without those of whom no score may be made
        if whole < FEW:
            return answer
        return answer | {
            "people": whole,
            "cells": [
                {"r": r, "f": f, "customers": n, "revenue": None if n is None else amount(cells[r, f][1])}
                for (r, f), n in sorted(counts.items(), reverse=True)
            ],
            "moved": [
                {"before": before, "after": after, "people": n}
                for (before, after), n in sorted(ways.items(), key=lambda item: (order.index(item[0][0]), order.index(item[0][1])))
            ],
            "groups": [
                {"group": group, "before": share_of(before, whole), "now": share_of(now, whole)}
                for group, before, now in zip(order, _in_groups(moved, order, 0), _in_groups(moved, order, 1), strict=True)
                if before != 0 or now != 0
            ],
        }

    return explored(work, ("segment-rfm", segment, months), as_of, make, of=(segment,))


def _in_groups(moved: Mapping[tuple[str, str], int], order: Sequence[str], side: int) -> list[int | None]:
    """How many were in each group before (side 0) or are now (1)."""
    return told([sum(n for way, n in moved.items() if way[side] == group) for group in order])


def segment_overlap(
    work: Work, progress: Progress, *, segment: str, others: Sequence[str] | None = None, as_of: str | None = None
) -> dict[str, Any]:
    """What a segment shares with others: how many people are in exactly each combination, the largest first; of those named, else of those it shares most with.

    Combinations of 1 to 4 people are left out, and those by which such a one would be found.
    """

    def make(question: Question) -> dict[str, Any]:
        answers = evaluate_all(question.engine, question.catalogue)
        people = {name: answer for name, answer in answers.items() if not isinstance(answer, LohkoError)}
        ours = question.people(segment)
        shared = {name: len(ours & found) for name, found in people.items() if name != segment}
        if others is None:
            chosen = [name for name in sorted(shared, key=lambda name: (-shared[name], name)) if shared[name] >= FEW][: MOST_SETS - 2]
        else:
            chosen = [question.segment(name).id for name in dict.fromkeys(others) if name != segment and name in people][: MOST_SETS - 1]
        names = [segment, *chosen]
        sets = {name: people[name] if name != segment else ours for name in names}
        return {
            "names": [
                {"id": name, "title": dict(question.segments[name].title), "size": unless_few(len(found))} for name, found in sets.items()
            ],
            "combinations": _exactly(sets),
            "shared": [
                {"id": name, "title": dict(question.segments[name].title), "both": both, "share": share_of(both, len(ours))}
                for name, n in sorted(shared.items(), key=lambda item: (-item[1], item[0]))
                if n
                for both in [told_both(n, len(ours), len(people[name]))]
            ],
        }

    return explored(work, ("segment-overlap", segment, None if others is None else tuple(others)), as_of, make)


def _exactly(sets: dict[str, BitMap]) -> list[dict[str, Any]]:
    """How many people are in those sets and in none of the others, for every combination that may be told beside the sizes of the sets."""
    cells: dict[int, int] = {}
    for mask in range(1, 1 << len(sets)):
        inside = [people for bit, people in enumerate(sets.values()) if mask >> bit & 1]
        outside = [people for bit, people in enumerate(sets.values()) if not mask >> bit & 1]
        cells[mask] = len(inside[0].intersection(*inside).difference(*outside))
    telling = Telling(cells)
    for bit in range(len(sets)):
        telling.tell({mask for mask in cells if mask >> bit & 1}, given=True)
    rows = sorted(cells, key=lambda mask: (-cells[mask], mask))
    found = [([name for bit, name in enumerate(sets) if mask >> bit & 1], telling.tell({mask})) for mask in rows]
    return [{"segments": names, "size": n} for names, n in found if n]


def segment_uses(work: Work, progress: Progress, *, segment: str, as_of: str | None = None) -> dict[str, Any]:
    """Where a segment is used: in whose rules, inside what and around what it lives, its group, its needs, and reports that are sent of it."""
    question = ask(work)
    found = question.segment(segment)

    def told(asked: Question) -> dict[str, Any]:
        return tree(work, progress, as_of=iso(asked.as_of))

    with work.state.connect() as connection:
        mails = [item for item in reports.schedules(connection) if item["segment"] == segment]
        links = [item for item in reports.links(connection) if item["segment"] == segment and not item.get("revoked_at")]
    titles = {name: dict(item.title) for name, item in question.segments.items()}
    in_rules = [name for name, item in sorted(question.segments.items()) if name != segment and segment in segment_names(item.where)]
    group = [name for name, item in sorted(question.segments.items()) if found.group and item.group == found.group and name != segment]
    return {
        "in_rules": [{"id": name, "title": titles[name]} for name in in_rules],
        "group": {"name": found.group, "segments": [{"id": name, "title": titles[name]} for name in group]},
        "needs": list(found.needs),
        "reports": len(mails),
        "links": len(links),
        "tree": _family(explored(work, ("tree",), as_of, told)["segments"], segment),
        **question.stamp(),
    }


def _family(branches: list[dict[str, Any]], segment: str) -> dict[str, Any] | None:
    """The whole tree that a segment is in, from its root; None when it lives alone."""

    def holds(branch: dict[str, Any]) -> bool:
        return branch["id"] == segment or any(holds(child) for child in branch["children"])

    root = next((branch for branch in branches if holds(branch)), None)
    return root if root is not None and root["children"] else None
