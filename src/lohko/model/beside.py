"""What stands beside the condition in a segment's file: parent, limit, group and priority, needs, goal, whether it may be shown in the shop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from lohko.base.errors import InputError, did_you_mean
from lohko.model.codec import from_json
from lohko.model.condition import Figure, Ranked
from lohko.model.definition import Limit
from lohko.model.documents import line_of, only_keys, read_id
from lohko.model.figure_words import figure_words, read_figure
from lohko.model.goal import goal_to_yaml, read_goal

KEYS = ("parent", "group", "priority", "limit", "needs", "goal", "in_shop")
BEST = ("highest", "lowest")
MOST = 1_000_000_000
_SHAPE = "limit: {n: 500, best: highest, by: monetary}."


# --- the figure that a limit chooses by -----------------------------------------------------


@lru_cache(maxsize=1)
def _figure() -> TypeAdapter[Figure]:
    return TypeAdapter(Figure)


def figure_to_json(figure: Figure) -> dict[str, Any]:
    """The tree of a number about a person."""
    found: dict[str, Any] = _figure().dump_python(figure, mode="json")
    return found


def figure_from_json(body: Any) -> Figure:
    """The number that `figure_to_json` described; InputError that names the first wrong place."""
    # Checked as it would be in a rule that ranks by it, so that there is one set of checks.
    rule = from_json({"language": 1, "where": {"node": "ranked", "figure": body, "place": "top", "n": 1, "among": None}})
    assert isinstance(rule, Ranked)
    return rule.figure


# --- limits -----------------------------------------------------------------------------------


def limit_to_json(limit: Limit) -> dict[str, Any]:
    """What is stored of a limit."""
    return {"n": limit.n, "best": limit.best, "by": None if limit.by is None else figure_to_json(limit.by)}


def limit_from_json(body: Any) -> Limit:
    """The limit that `limit_to_json` described; InputError says what is wrong."""
    return read_limit(body, "the stored limit")


def read_limit(item: Any, place: str) -> Limit:
    """The limit that a file gives; InputError that says what is wrong in it."""
    if not isinstance(item, dict):
        raise InputError("bad_limit", "`limit` is a set of keys: n, and best and by.", place=place, hint=_SHAPE)
    only_keys(item, ("n", "best", "by"), "A limit", place)
    n, best, by = item.get("n"), item.get("best", "highest"), item.get("by")
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MOST:
        raise InputError("bad_limit", f"A limit's `n` is a number of people from 1 to {MOST:,}.", place=place, hint=_SHAPE)
    if best not in BEST:
        raise InputError("bad_limit", f"A limit's `best` is not {best!r}.", place=place, hint=did_you_mean(str(best), BEST))
    if by is None and "best" in item and item["best"] is not None and "by" not in item:
        raise InputError("bad_limit", f"The limit does not say by what people are {best}.", place=place, hint=_SHAPE)
    return Limit(int(n), None if by is None else _by(by, place), "lowest" if best == "lowest" else "highest")


def _by(value: Any, place: str) -> Figure:
    if isinstance(value, dict):
        try:
            return figure_from_json(json.loads(json.dumps(value)))
        except InputError as error:
            raise InputError(error.code, error.message, place=f"{place}, {error.place}", hint=error.hint) from None
    if isinstance(value, str) and value.strip():
        try:
            return read_figure(value.strip())
        except InputError as error:
            raise InputError(error.code, error.message, place=place, hint=error.hint) from None
    raise InputError(
        "bad_limit", "A limit's `by` is a number about a person: an attribute, or one made of events.", place=place, hint=_SHAPE
    )


def limit_to_yaml(limit: Limit) -> dict[str, Any]:
    """The keys that `read_limit` reads back to an equal limit."""
    if limit.by is None:
        return {"n": limit.n} if limit.best == "highest" else {"n": limit.n, "best": limit.best, "by": None}
    return {"n": limit.n, "best": limit.best, "by": _words_or_tree(limit.by)}


def _words_or_tree(figure: Figure) -> Any:
    """The text of a figure; its tree when the text would not read back to the very same one."""
    words = figure_words(figure)
    try:
        return words if read_figure(words) == figure else figure_to_json(figure)
    except InputError:
        return figure_to_json(figure)


# --- all of them --------------------------------------------------------------------------------


def read_beside(item: Mapping[str, Any], file: str) -> dict[str, Any]:
    """What a segment's keys say besides its condition, by name of the field; keys that are not there are left out."""
    found: dict[str, Any] = {}
    for key in ("parent", "group"):
        if item.get(key) is not None:
            found[key] = read_id(item[key], "segment" if key == "parent" else "group", line_of(item, file, key))
    if item.get("priority") is not None:
        found["priority"] = _priority(item, line_of(item, file, "priority"))
    if item.get("limit") is not None:
        found["limit"] = read_limit(item["limit"], line_of(item, file, "limit"))
    if item.get("needs") is not None:
        found["needs"] = _needs(item["needs"], line_of(item, file, "needs"))
    if item.get("goal") is not None:
        found["goal"] = read_goal(item["goal"], line_of(item, file, "goal"))
    if item.get("in_shop") is not None:
        found["in_shop"] = _truth(item["in_shop"], line_of(item, file, "in_shop"))
    return found


def _truth(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise InputError("bad_segment", "`in_shop` is true or false: whether a page of the shop may be told who is in it.", place=place)
    return value


def _priority(item: Mapping[str, Any], place: str) -> int:
    value = item["priority"]
    if not isinstance(value, int) or isinstance(value, bool) or not -MOST <= value <= MOST:
        raise InputError("bad_priority", "`priority` is a whole number; the smallest of a group comes first.", place=place)
    if item.get("group") is None:
        raise InputError("bad_priority", "`priority` is the place in a `group`, and the segment has no group.", place=place)
    return int(value)


def _needs(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise InputError("bad_segment", "`needs` is a list of ids of needs.", place=place)
    return tuple(dict.fromkeys(read_id(item, "need", place) for item in value))


def beside_to_yaml(
    *, parent: str | None, group: str | None, priority: int, limit: Limit | None, needs: tuple[str, ...], goal: Any, in_shop: bool = False
) -> dict[str, Any]:
    """The keys that `read_beside` reads back."""
    body: dict[str, Any] = {}
    if parent is not None:
        body["parent"] = parent
    if group is not None:
        body |= {"group": group, "priority": priority} if priority else {"group": group}
    if limit is not None:
        body["limit"] = limit_to_yaml(limit)
    if needs:
        body["needs"] = list(needs)
    if goal is not None:
        body["goal"] = goal_to_yaml(goal)
    if in_shop:
        body["in_shop"] = True
    return body
