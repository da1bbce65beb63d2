"""The tree as JSON, which is what is stored, and back."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import lru_cache
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from lohko.base.errors import InputError, did_you_mean
from lohko.model.condition import (
    After,
    And,
    AttributeIs,
    Before,
    Between,
    Condition,
    Day,
    EventsAre,
    InLast,
    InSegment,
    Not,
    Number,
    Or,
    PropertyIs,
    Since,
    Span,
    Test,
    Window,
)
from lohko.model.limits import FIRST_YEAR, LAST_YEAR, MAX_SPAN, day_fits, fits, refuse_too_large
from lohko.model.normal import normalise
from lohko.model.operators import OPERATORS, operand_problem

LANGUAGE: Literal[1] = 1


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Condition]:
    return TypeAdapter(Condition)


def to_json(condition: Condition) -> dict[str, Any]:
    """The tree as plain JSON values, with the version of the language."""
    return {"language": LANGUAGE, "where": _adapter().dump_python(condition, mode="json")}


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
    _refuse_unknown_keys(body["where"], to_json(condition)["where"], "where")
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


_TAGS = frozenset(
    """
    attribute property events segment and or not text number day yes_no span in_last between before after since
    """.split()
)


def _path(location: tuple[int | str, ...]) -> str:
    """Where in the tree: `where.parts.0.test`; pydantic puts the tag of each node between."""
    return ".".join(["where", *(str(part) for part in location if part not in _TAGS)])


def _refuse_unknown_keys(given: Any, kept: Any, place: str) -> None:
    if isinstance(given, dict) and isinstance(kept, dict):
        for key in given:
            if key not in kept:
                raise InputError("unknown_key", f"There is no key {str(key)!r} here.", place=place, hint=did_you_mean(str(key), kept))
            _refuse_unknown_keys(given[key], kept[key], f"{place}.{key}")
    elif isinstance(given, list) and isinstance(kept, list):
        for n, (one, other) in enumerate(zip(given, kept, strict=True)):
            _refuse_unknown_keys(one, other, f"{place}.{n}")


def _check(node: Condition, place: str, *, inside: bool) -> None:
    """What types alone do not say: operators that exist, how many operands they take, what may stand where."""
    match node:
        case And(parts) | Or(parts):
            if len(parts) < 2:
                raise InputError("bad_tree", f"`{node.node}` joins at least two conditions.", place=place)
            for n, part in enumerate(parts):
                _check(part, f"{place}.parts.{n}", inside=inside)
        case Not(part):
            _check(part, f"{place}.part", inside=inside)
        case PropertyIs(name, test) if inside:
            _check_name(name, place)
            _check_test(test, place)
        case AttributeIs(name, test) if not inside:
            _check_name(name, place)
            _check_test(test, place)
        case EventsAre() if not inside:
            _check_name(node.event, place)
            if node.property is not None:
                _check_name(node.property, place)
            _check_test(node.test, place)
            _check_window(node.window, f"{place}.window")
            if node.where is not None:
                _check(node.where, f"{place}.where", inside=True)
        case InSegment(name) if not inside:
            _check_name(name, place)
        case _:
            where = "inside `where` stand only the event's properties" if inside else "a property stands only inside `where`"
            raise InputError("bad_tree", f"{node.node!r} is misplaced: {where}.", place=place)


def _check_name(name: str, place: str) -> None:
    if not name.strip():
        raise InputError("bad_tree", "A name is empty.", place=place)


def _check_test(test: Test, place: str) -> None:
    place = f"{place}.test"
    operator = OPERATORS.get(test.op)
    if operator is None:
        raise InputError("unknown_operator", f"No comparison is called {test.op!r}.", place=place, hint=did_you_mean(test.op, OPERATORS))
    problem = operand_problem(test)
    if problem:
        raise InputError("wrong_operands", problem, place=place)
    for operand in test.operands:
        if isinstance(operand, Number) and not fits(operand.value):
            raise InputError("bad_tree", "A number has at most 18 digits before the point and 10 after it.", place=place)
        if isinstance(operand, Span):
            _check_span(operand, place)
        if isinstance(operand, Day):
            _check_day(operand.value, place)


def _check_window(window: Window | None, place: str) -> None:
    match window:
        case InLast(span):
            _check_span(span, place)
        case Between(first, last):
            _check_day(first, place)
            _check_day(last, place)
        case Before(day) | After(day) | Since(day):
            _check_day(day, place)


def _check_day(day: dt.date, place: str) -> None:
    if not day_fits(day):
        raise InputError("bad_tree", f"A day is of the years {FIRST_YEAR} to {LAST_YEAR}.", place=place)


def _check_span(span: Span, place: str) -> None:
    if not 1 <= span.n <= MAX_SPAN:
        raise InputError("bad_tree", f"A length of time is from 1 to {MAX_SPAN:,}.", place=place)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the tree, for builders."""
    return _adapter().json_schema()


def condition_hash(condition: Condition) -> str:
    """The same for trees of the same normal form, different for others: a sha256 in hexadecimal."""
    text = json.dumps(to_json(normalise(condition)), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
