"""A segment: a named condition, with titles for people, as it stands in a YAML file."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.model.codec import from_json, to_json
from lohko.model.condition import Condition
from lohko.model.parse import Remark, parse
from lohko.model.sentence import lines

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
_KEYS = ("id", "title", "description", "where", "owner", "tags")
_LANGUAGES = ("en", "fi")


@dataclass(frozen=True)
class Segment:
    """A named condition. Titles and descriptions are by language (`en`, `fi`)."""

    id: str
    where: Condition
    title: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None
    tags: tuple[str, ...] = ()

    def titled(self, language: str) -> str:
        """The title in a language, else in another, else the id."""
        return self.title.get(language) or next(iter(self.title.values()), self.id)


def segment_to_json(segment: Segment) -> dict[str, Any]:
    """What is stored of a definition."""
    return {
        "id": segment.id,
        "title": dict(segment.title),
        "description": dict(segment.description),
        "owner": segment.owner,
        "tags": list(segment.tags),
        "rule": to_json(segment.where),
    }


def segment_from_json(body: Mapping[str, Any]) -> Segment:
    """The definition that `segment_to_json` described."""
    return Segment(body["id"], from_json(body["rule"]), body["title"], body["description"], body["owner"], tuple(body["tags"]))


@dataclass(frozen=True)
class ReadSegment:
    """A definition from a file, with what should be said about it."""

    segment: Segment
    warnings: tuple[Remark, ...]


def read_segments(text: str, place: str) -> list[ReadSegment]:
    """The segments of one YAML 1.2 text: one, a list, or several documents; InputError with file and line."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="rt", pure=True)
    try:
        documents = [document for document in yaml.load_all(text) if document is not None]
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError("bad_yaml", f"This is not valid YAML: {error.problem}.", place=f"{place}, line {line}") from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise InputError("bad_yaml", "This is not valid YAML.", place=place) from error
    found = []
    for document in documents:
        for item in document if isinstance(document, list) else [document]:
            found.append(_read(item, place))
    return found


def _read(item: Any, place: str) -> ReadSegment:
    if not isinstance(item, dict):
        raise InputError("bad_segment", "A segment is a set of keys such as id, title and where.", place=place)
    line = item.lc.line + 1 if hasattr(item, "lc") else 1
    where = f"{place}, line {line}"
    unknown = [key for key in item if key not in _KEYS]
    if unknown:
        raise InputError(
            "unknown_key", f"A segment has no key {str(unknown[0])!r}.", place=where, hint=did_you_mean(str(unknown[0]), _KEYS)
        )
    name = item.get("id")
    if not isinstance(name, str) or not _ID.match(name):
        raise InputError(
            "bad_id",
            f"{name!r} is no segment id." if name is not None else "The segment has no id.",
            place=where,
            hint="an id has small letters a-z, digits, - and _, such as lapsed-vips.",
        )
    rule = item.get("where")
    if not isinstance(rule, str):
        raise InputError("no_rule", f"Segment {name!r} has no rule (`where`).", place=where)
    try:
        parsed = parse(rule)
    except LohkoError as error:
        position = f"{where}, segment {name}" + (f", {error.place}" if error.place else "")
        raise InputError(error.code, error.message, place=position, hint=error.hint) from None
    tags = item.get("tags") or []
    if not isinstance(tags, list):
        raise InputError("bad_segment", "`tags` is a list.", place=where)
    segment = Segment(
        name,
        parsed.condition,
        _by_language(item.get("title"), "title", where),
        _by_language(item.get("description"), "description", where),
        str(item["owner"]) if item.get("owner") else None,
        tuple(map(str, tags)),
    )
    return ReadSegment(segment, parsed.warnings)


def _by_language(value: Any, key: str, place: str) -> dict[str, str]:
    if value is None:
        return {}
    if isinstance(value, str):
        return {"en": value.strip()}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise InputError("bad_segment", f"`{key}` is a text, or texts by language such as {{en: ..., fi: ...}}.", place=place)
    unknown = [item for item in value if item not in _LANGUAGES]
    if unknown:
        raise InputError("bad_segment", f"`{key}` knows the languages en and fi, not {unknown[0]!r}.", place=place)
    return {language: str(text).strip() for language, text in value.items()}


def write_segment(segment: Segment) -> str:
    """The definition as YAML that `read_segments` reads back to an equal one."""
    from ruamel.yaml import YAML
    from ruamel.yaml.scalarstring import LiteralScalarString

    body: dict[str, Any] = {"id": segment.id}
    if segment.title:
        body["title"] = dict(segment.title)
    if segment.description:
        body["description"] = dict(segment.description)
    body["where"] = LiteralScalarString(lines(segment.where) + "\n")
    if segment.owner:
        body["owner"] = segment.owner
    if segment.tags:
        body["tags"] = list(segment.tags)
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 4096
    stream = io.StringIO()
    yaml.dump(body, stream)
    return stream.getvalue()
