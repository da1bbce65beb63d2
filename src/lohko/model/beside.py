"""A limit as plain JSON values, and back: the part of a definition beside its condition that holds a tree of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from lohko.base.errors import InputError, did_you_mean
from lohko.model.codec import from_json, to_json
from lohko.model.condition import Figure, Ranked
from lohko.model.definition import Limit

BEST = ("highest", "lowest")
MOST = 1_000_000_000


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


def limit_to_json(limit: Limit) -> dict[str, Any]:
    """What is stored of a limit."""
    return {"n": limit.n, "best": limit.best, "by": None if limit.by is None else figure_to_json(limit.by)}


def limit_from_json(body: Any) -> Limit:
    """The limit that `limit_to_json` described; InputError says what is wrong."""
    by = body.get("by")
    return limit_of(body.get("n"), body.get("best") or BEST[0], None if by is None else figure_from_json(by))


def limit_of(n: Any, best: Any, by: Figure | None) -> Limit:
    """A limit of these parts; InputError when it is none."""
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MOST:
        raise InputError(
            "bad_limit", f"`limit` needs `n`, a number of people from 1 to {MOST:,}.", hint="limit: {n: 500, best: highest, by: ...}."
        )
    if best not in BEST:
        raise InputError("bad_limit", f"`best` of a limit is highest or lowest, not {best!r}.", hint=did_you_mean(str(best), BEST))
    return Limit(n, by, best)
