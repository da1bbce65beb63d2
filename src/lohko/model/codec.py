"""The tree as JSON, which is what is stored, and back."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from lohko.base.errors import InputError, did_you_mean
from lohko.model.condition import LEAVES, And, AttributeFigure, Condition, EventsFigure, Ever, MomentIs, Not, OfAccount, Or, PropertyIs
from lohko.model.limits import FIRST_YEAR, LAST_YEAR, MAX_SPAN, day_fits, fits, refuse_too_large
from lohko.model.normal import normalise
from lohko.model.operand import Operand, Span, Test
from lohko.model.operators import OPERATORS, operand_problem
from lohko.model.window import Window

LANGUAGE: Literal[1] = 1


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Condition]:
    return TypeAdapter(Condition)


def to_json(condition: Condition) -> dict[str, Any]:
    """The tree as plain JSON values, with the version of the language."""
    return {"language": LANGUAGE, "where": _adapter().dump_python(condition, mode="json", exclude_none=True)}


def draft_to_json(draft: Condition) -> Any:
    """A rule while it is being built, as plain JSON values: its groups may be empty."""
    return _adapter().dump_python(draft, mode="json", exclude_none=True)


def draft_from_json(body: Any) -> Condition:
    """The draft that `draft_to_json` described."""
    return _adapter().validate_python(body)


def from_json(body: Any) -> Condition:
    """The tree that `to_json` described; InputError that names the first wrong place."""
    if not isinstance(body, dict) or "where" not in body:
        raise InputError("bad_tree", "A rule as JSON is an object with `language` and `where`.")
    if body.get("language") != LANGUAGE or isinstance(body["language"], bool):
        raise InputError("other_language", f"The rule is written in language {body.get('language')!r}; this reads {LANGUAGE}.")
    try:
        condition = _adapter().validate_json(json.dumps(body["where"]), strict=True)
    except ValidationError as error:
        raise _explained(error) from None
    except (RecursionError, ValueError, TypeError):  # nested without end, or not JSON at all
        raise InputError("bad_tree", "The rule's tree cannot be read.") from None
    _refuse_unknown_keys(body["where"], _adapter().dump_python(condition, mode="json"), "where")
    refuse_too_large(condition)
    _check(condition, "where", inside=False)
    return condition


def _explained(error: ValidationError) -> InputError:
    """The first mistake, in words about the tree."""
    first = error.errors(include_url=False)[0]
    place = _path(first["loc"])
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        known = first.get("ctx", {}).get("expected_tags", "").replace("'", "").split(", ")
        named = f"No node {first['ctx']['tag']!r} stands here." if first["type"] == "union_tag_invalid" else "There is no `node` here."
        return InputError("bad_tree", named, place=place, hint=f"there can be {', '.join(known)}." if known[0] else None)
    return InputError("bad_tree", f"The rule's tree is not valid: {first['msg']}.", place=place)


def _tags() -> frozenset[str]:
    """The words of `node` that pydantic puts into the path of a mistake."""
    kinds = (*LEAVES, And, Or, Not, OfAccount, *_ONLY_INSIDE, *get_args(get_args(Operand)[0]), *get_args(get_args(Window)[0]))
    return frozenset(map(_tag, (*kinds, EventsFigure, AttributeFigure, Ever)))


def _tag(kind: Any) -> str:
    return str(kind.__dataclass_fields__["node"].default)


def _path(location: tuple[int | str, ...]) -> str:
    """Where in the tree: `where.parts.0.test`; pydantic puts the tag of each node between."""
    return ".".join(["where", *(str(part) for part in location if part not in _tags())])


def _refuse_unknown_keys(given: Any, kept: Any, place: str) -> None:
    if isinstance(given, dict) and isinstance(kept, dict):
        for key in given:
            if key not in kept:
                raise InputError("unknown_key", f"There is no key {str(key)!r} here.", place=place, hint=did_you_mean(str(key), kept))
            _refuse_unknown_keys(given[key], kept[key], f"{place}.{key}")
    elif isinstance(given, list) and isinstance(kept, list):
        for n, (one, other) in enumerate(zip(given, kept, strict=True)):
            _refuse_unknown_keys(one, other, f"{place}.{n}")


_NAMES = frozenset({"name", "event", "other", "property", "by", "segment", "among", "purpose"})
_ABOUT_EVENTS = frozenset({"where", "has", "other_where"})
_ONLY_INSIDE = (PropertyIs, MomentIs)
_MOST_N = 1_000_000_000


def _check(value: Any, place: str, *, inside: bool) -> None:
    """What types alone do not say: operators that exist, how many operands they take, what may stand where, how large a thing is."""
    if isinstance(value, (*LEAVES, *_ONLY_INSIDE, OfAccount)) and isinstance(value, _ONLY_INSIDE) is not inside:
        where = "inside `where` stand only the event's properties" if inside else "a property stands only inside `where`"
        raise InputError("bad_tree", f"{_tag(value)!r} is misplaced: {where}.", place=place)
    if isinstance(value, And | Or) and len(value.parts) < 2:
        raise InputError("bad_tree", f"`{value.node}` joins at least two conditions.", place=place)
    if isinstance(value, Test):
        _check_test(value, place)
    for field in fields(value):
        held, there = getattr(value, field.name), f"{place}.{field.name}"
        if field.name in _NAMES and isinstance(held, str) and not held.strip():
            raise InputError("bad_tree", "A name is empty.", place=place)
        if field.name == "n" and held is not None:
            _check_count(value, held, place)
        _check_held(held, place if field.name == "value" else there, inside=inside or field.name in _ABOUT_EVENTS)


def _check_held(held: Any, place: str, *, inside: bool) -> None:
    if isinstance(held, tuple):
        for n, item in enumerate(held):
            _check_held(item, place if isinstance(item, get_args(get_args(Operand)[0])) else f"{place}.{n}", inside=inside)
    elif is_dataclass(held):
        _check(held, place, inside=inside)
    elif isinstance(held, Decimal) and not fits(held):
        raise InputError("bad_tree", "A number has at most 18 digits before the point and 10 after it.", place=place)
    elif isinstance(held, dt.date) and not day_fits(held):
        raise InputError("bad_tree", f"A day is of the years {FIRST_YEAR} to {LAST_YEAR}.", place=place)


def _check_count(value: Any, n: int, place: str) -> None:
    if isinstance(value, Span) and not 1 <= n <= MAX_SPAN:
        raise InputError("bad_tree", f"A length of time is from 1 to {MAX_SPAN:,}.", place=place)
    if not 1 <= n <= _MOST_N:
        raise InputError("bad_tree", f"A number of people, events or periods is from 1 to {_MOST_N:,}.", place=place)


def _check_test(test: Test, place: str) -> None:
    operator = OPERATORS.get(test.op)
    if operator is None:
        raise InputError("unknown_operator", f"No comparison is called {test.op!r}.", place=place, hint=did_you_mean(test.op, OPERATORS))
    problem = operand_problem(test)
    if problem:
        raise InputError("wrong_operands", problem, place=place)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the tree, for builders."""
    return _adapter().json_schema()


def condition_hash(condition: Condition) -> str:
    """The same for trees of the same normal form, different for others: a sha256 in hexadecimal."""
    text = json.dumps(to_json(normalise(condition)), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
