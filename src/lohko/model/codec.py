"""The tree as JSON, which is what is stored, and back."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from lohko.base.errors import InputError
from lohko.model.condition import Condition

LANGUAGE: Literal[1] = 1


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Condition]:
    return TypeAdapter(Annotated[Condition, Field(discriminator="node")])


def to_json(condition: Condition) -> dict[str, Any]:
    """The tree as plain JSON values, with the version of the language."""
    return {"language": LANGUAGE, "where": _adapter().dump_python(condition, mode="json")}


def from_json(body: dict[str, Any]) -> Condition:
    """The tree that `to_json` described; InputError that names the first wrong place."""
    if body.get("language") != LANGUAGE:
        raise InputError("other_language", f"The rule is written in language {body.get('language')!r}; this reads 1.")
    try:
        return _adapter().validate_json(json.dumps(body.get("where")), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError("bad_tree", f"The rule's tree is not valid: {first['msg']}.", place=place) from error


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the tree, for builders."""
    return _adapter().json_schema()


def condition_hash(condition: Condition) -> str:
    """The same for equal trees, different for different ones: a sha256 in hexadecimal."""
    text = json.dumps(to_json(condition), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
