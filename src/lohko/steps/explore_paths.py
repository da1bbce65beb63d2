"""Ways between touchpoints: which kind of event follows which, step by step, and where people leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from lohko.base.errors import InputError
from lohko.base.times import back
from lohko.engine.explore_paths import Link, links
from lohko.maths.few import FEW, told
from lohko.model.orders import ORDER_LINE
from lohko.steps.explored import between, explored, groups
from lohko.steps.question import Question
from lohko.steps.shown import ratio
from lohko.steps.work import Progress, Work

OTHER, LEFT, OPEN = "other", "left", "open"
"""Ends and folds of a way, told by `kind` apart from the names of events."""
RARE = 0.02
"""A kind of event that fewer of those at a place on the way took is folded into `other`."""
QUIET_DAYS = 30
MOST_DEPTH = 8


def explore_paths(
    work: Work,
    progress: Progress,
    *,
    events: Sequence[str] | None = None,
    start: str | None = None,
    depth: int = 4,
    days: int = 365,
    segment: str | None = None,
    as_of: str | None = None,
) -> dict[str, Any]:
    """The ways of people between kinds of events in the last `days`: at each step how many went on to which, and how many left.

    A way begins with the first `start`, else with the first event of all. The same kind
    again at once is one step, so that there are no loops. Whoever did anything in
    the last 30 days, also of a kind that is not chosen, has not left: their way is `open`. Rare kinds are `other`; a flow of fewer than five is only counted in `hidden`.
    """
    between(depth, 2, MOST_DEPTH, "steps")
    between(days, 1, 3660, "days")

    def make(question: Question) -> dict[str, Any]:
        schema, zone = question.schema, work.settings.zone
        chosen = [schema.event(name) for name in events] if events else [item for key, item in schema.events.items() if key != ORDER_LINE]
        begin = None if start is None else schema.event(start).name
        if begin is not None and begin not in {item.name for item in chosen}:
            raise InputError("start_not_chosen", f"{begin!r} is not among the events chosen.", hint="choose it too, or begin elsewhere.")
        ((group, few),) = list(groups(question, [segment] if segment else None))
        since, quiet = back(question.as_of, days, "day", zone), back(question.as_of, QUIET_DAYS, "day", zone)
        found: list[Link] = []
        if not few:
            cursor = question.engine.cursor
            found = links(cursor, chosen, schema.events.values(), start=begin, depth=depth, since=since, quiet=quiet, until=question.as_of)
        names = sorted(item.name for item in chosen)
        return {"group": group, "events": names, "start": begin, "depth": depth, "days": days, "quiet_days": QUIET_DAYS} | flows(
            found, depth
        )

    return explored(work, ("paths", tuple(events or ()), start, depth, days, segment), as_of, make, of=[segment] if segment else ())


def flows(found: Iterable[Link], depth: int) -> dict[str, Any]:
    """The steps and the flows between them: rare kinds folded, flows of too few counted apart."""
    found = list(found)
    at: dict[tuple[int, str], int] = defaultdict(int)
    for link in found:
        at[link.place, link.kind] += link.people
    people = sum(n for (place, _), n in at.items() if place == 0)
    least = max(FEW, RARE * people)
    rare = {key for key, n in at.items() if n < least}

    def folded(place: int, kind: str) -> tuple[str, str | None]:
        return (OTHER, None) if (place, kind) in rare else ("event", kind)

    steps: dict[tuple[int, str, str | None], int] = defaultdict(int)
    between_steps: dict[tuple[int, tuple[str, str | None], tuple[str, str | None]], int] = defaultdict(int)
    for link in found:
        one = folded(link.place, link.kind)
        steps[link.place, *one] += link.people
        if link.next is None:
            end: tuple[str, str | None] = (OPEN, None) if link.open else (LEFT, None)
        elif link.place + 1 < depth:
            end = folded(link.place + 1, link.next)
        else:
            continue  # they went on, beyond what is looked at
        between_steps[link.place, one, end] += link.people
    ordered = sorted(between_steps.items(), key=lambda item: (item[0][0], -item[1], str(item[0])))
    out_of: dict[Any, list[Any]] = defaultdict(list)  # the flows out of a step: what is left out of one could be found from the others
    for key, _ in ordered:
        out_of[key[:2]].append(key)
    shown = {key: n for keys in out_of.values() for key, n in zip(keys, told([between_steps[key] for key in keys]), strict=True)}
    return {
        "people": people if people >= FEW else None,
        "steps": [
            {"place": place, "kind": kind, "event": event, "people": n, "share": ratio(n, people)}
            for (place, kind, event), n in sorted(steps.items(), key=lambda item: (item[0][0], -item[1], str(item[0])))
            if n >= FEW
        ],
        "flows": [
            {"place": key[0], "from": _node(key[1]), "to": _node(key[2]), "people": shown[key]}
            for key, _ in ordered
            if shown[key] is not None
        ],
        "hidden": sum(n is None for n in shown.values()),
    }


def _node(node: tuple[str, str | None]) -> dict[str, str | None]:
    return {"kind": node[0], "event": node[1]}
