"""A segment: a named condition and what stands beside it, with titles for people, as it stands in a YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lohko.base.errors import InputError, LohkoError
from lohko.model.beside import KEYS, beside_to_yaml, limit_from_json, limit_to_json, read_beside
from lohko.model.codec import from_json, to_json
from lohko.model.condition import Condition
from lohko.model.definition import Definition, Limit
from lohko.model.documents import as_yaml, by_language, documents, line_of, only_keys, read_id
from lohko.model.goal import Goal, goal_from_json, goal_to_json
from lohko.model.need import Need, is_needs, read_needs
from lohko.model.parse import Remark, parse
from lohko.model.sentence import lines

_KEYS = ("id", "title", "description", "where", "owner", "tags", *KEYS)


@dataclass(frozen=True)
class Segment:
    """A named condition and what stands beside it. Titles and descriptions are by language (`en`, `fi`).

    parent, group, priority, limit   see Definition: with the condition they decide who is in
    needs                            ids of the needs that it serves
    goal                             what it shall reach
    in_shop                          whether a page of the shop may be told that its visitor is in it
    """

    id: str
    where: Condition
    title: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None
    tags: tuple[str, ...] = ()
    parent: str | None = None
    group: str | None = None
    priority: int = 0
    limit: Limit | None = None
    needs: tuple[str, ...] = ()
    goal: Goal | None = None
    in_shop: bool = False

    def titled(self, language: str) -> str:
        """The title in a language, else in another, else the id."""
        return self.title.get(language) or next(iter(self.title.values()), self.id)

    @property
    def definition(self) -> Definition:
        """What decides who is in it."""
        return Definition(self.where, self.parent, self.group, self.priority, self.limit)


def segment_to_json(segment: Segment) -> dict[str, Any]:
    """What is stored of a definition."""
    return {
        "id": segment.id,
        "title": dict(segment.title),
        "description": dict(segment.description),
        "owner": segment.owner,
        "tags": list(segment.tags),
        "rule": to_json(segment.where),
        "parent": segment.parent,
        "group": segment.group,
        "priority": segment.priority,
        "limit": None if segment.limit is None else limit_to_json(segment.limit),
        "needs": list(segment.needs),
        "goal": None if segment.goal is None else goal_to_json(segment.goal),
        "in_shop": segment.in_shop,
    }


def segment_from_json(body: Mapping[str, Any]) -> Segment:
    """The definition that `segment_to_json` described; one that was stored before there was anything beside conditions has nothing there."""
    limit, goal = body.get("limit"), body.get("goal")
    return Segment(
        body["id"],
        from_json(body["rule"]),
        body["title"],
        body["description"],
        body["owner"],
        tuple(body["tags"]),
        body.get("parent"),
        body.get("group"),
        body.get("priority", 0),
        None if limit is None else limit_from_json(limit),
        tuple(body.get("needs", ())),
        None if goal is None else goal_from_json(goal),
        body.get("in_shop", False),
    )


@dataclass(frozen=True)
class ReadSegment:
    """A definition from a file, with where it stands and what should be said about it."""

    segment: Segment
    warnings: tuple[Remark, ...]
    place: str


def read_segments(text: str, place: str) -> tuple[ReadSegment, ...]:
    """The segments of one YAML 1.2 text: one, a list, or several documents; InputError with file and line."""
    return read_definitions(text, place)[0]


@lru_cache(maxsize=256)  # ready-made ones are asked for what they need, shown in the gallery, and taken
def read_definitions(text: str, place: str) -> tuple[tuple[ReadSegment, ...], tuple[Need, ...]]:
    """The segments of a YAML text, and the needs of its documents `needs: [...]`; InputError with file and line."""
    segments: list[ReadSegment] = []
    needs: list[Need] = []
    for item in documents(text, place):
        if is_needs(item):
            needs += read_needs(item, place)
        else:
            segments.append(_read(item, place))
    return tuple(segments), tuple(needs)


def _read(item: Any, place: str) -> ReadSegment:
    if not isinstance(item, dict):
        raise InputError("bad_segment", "A segment is a set of keys such as id, title and where.", place=place)
    where = line_of(item, place)
    only_keys(item, _KEYS, "A segment", where)
    name = read_id(item.get("id"), "segment", where)
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
        by_language(item.get("title"), "title", "bad_segment", where),
        by_language(item.get("description"), "description", "bad_segment", where),
        str(item["owner"]) if item.get("owner") else None,
        tuple(map(str, tags)),
        **read_beside(item, place),
    )
    return ReadSegment(segment, parsed.warnings, where)


def write_segment(segment: Segment) -> str:
    """The definition as YAML that `read_segments` reads back to an equal one."""
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
    body |= beside_to_yaml(
        parent=segment.parent,
        group=segment.group,
        priority=segment.priority,
        limit=segment.limit,
        needs=segment.needs,
        goal=segment.goal,
        in_shop=segment.in_shop,
    )
    return as_yaml(body)
