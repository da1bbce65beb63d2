"""All definitions together: names looked up, types checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lohko.base.errors import LohkoError
from lohko.model.condition import Condition
from lohko.model.definition import Definition
from lohko.model.resolve import Resolver
from lohko.model.schema import Schema


@dataclass(frozen=True)
class Catalogue:
    """What can be named: the schema, and the segments by id with their definitions.

    A condition given for a segment stands for a definition with nothing beside it.
    `refused` are segments that may not be told, with why.
    """

    schema: Schema
    segments: Mapping[str, Definition]
    refused: Mapping[str, LohkoError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        whole = {name: item if isinstance(item, Definition) else Definition(item) for name, item in self.segments.items()}
        object.__setattr__(self, "segments", whole)

    def resolve(self, condition: Condition) -> Condition:
        """The condition with names as the schema spells them and values of the right type; InputError otherwise."""
        return Resolver(self.schema, self.segments).condition(condition)

    def definition(self, name: str) -> Definition:
        """A segment's definition with its condition, its parent and what its limit counts by resolved; InputError otherwise."""
        if name in self.refused:
            raise self.refused[name]
        found, resolver = self.segments[name], Resolver(self.schema, self.segments)
        parent = None if found.parent is None else resolver.segment(found.parent)
        limit = found.limit
        if limit is not None and limit.by is not None:
            limit = replace(limit, by=resolver.figure(limit.by))
        return replace(found, where=resolver.condition(found.where), parent=parent, limit=limit)


def problems(schema: Schema, segments: Mapping[str, Definition]) -> dict[str, LohkoError]:
    """The segments that cannot be resolved against a schema, with why."""
    catalogue, found = Catalogue(schema, segments), {}
    for name in segments:
        try:
            catalogue.definition(name)
        except LohkoError as error:
            found[name] = error
    return found
