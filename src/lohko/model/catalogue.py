"""All definitions together: names looked up, types checked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from lohko.base.errors import InputError, LohkoError
from lohko.model.condition import Condition
from lohko.model.definition import Definition
from lohko.model.dependencies import attributes_asked, attributes_of, needed, reaches_everyone, rule_hash, traits_of
from lohko.model.resolve import Resolver
from lohko.model.schema import Schema

Found = TypeVar("Found")


@dataclass(frozen=True)
class Special:
    """The attributes that are marked as of a special category (by casefolded name), and the segments that may use them on a recorded basis."""

    marked: Mapping[str, str] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()

    def refusal(self, attributes: set[str], segment: str | None) -> InputError | None:
        """What is said to a question that uses these attributes, asked for a segment or for none; None when it may be asked."""
        used = sorted(attributes & self.marked.keys())
        if not used or segment in self.allowed:
            return None
        categories = ", ".join(sorted({self.marked[item] for item in used}))
        said = f"It uses {', '.join(used)}, which is marked as {categories}."
        if segment is None:
            hint = "only a segment can have a basis for that: record it for a segment's id (`lohko privacy basis ID`), save the rule as that one, and ask for it."
        else:
            hint = f"record on what basis that is allowed: `lohko privacy basis {segment} --basis explicit_consent --note ...`."
        return InputError("special_category", said, hint=hint)


@dataclass(frozen=True)
class Catalogue:
    """What can be named: the schema, and the segments by id with their definitions.

    A condition given for a segment stands for a definition with nothing beside it.
    What is `special` is refused wherever a question enters: a segment without a basis, and a
    condition that is asked by itself, unless it is asked for a segment that has one (`asked_for`).
    """

    schema: Schema
    segments: Mapping[str, Definition]
    special: Special = field(default_factory=Special)
    asked_for: str | None = None
    _known: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        whole = {name: item if isinstance(item, Definition) else Definition(item) for name, item in self.segments.items()}
        object.__setattr__(self, "segments", whole)

    def once(self, what: Hashable, find: Callable[[], Found]) -> Found:
        """What follows from schema and definitions alone, worked out the first time that it is asked for."""
        if what not in self._known:
            self._known[what] = find()
        found: Found = self._known[what]
        return found

    def resolve(self, condition: Condition) -> Condition:
        """The condition with names as the schema spells them and values of the right type; InputError otherwise, or when it may not be asked."""
        if self.special.marked:
            refused = self.special.refusal(attributes_asked(self.segments, condition), self.asked_for)
            if refused is not None:
                raise refused
        return Resolver(self.schema, self.segments).condition(condition)

    def may_show(self, attribute: str, *segments: str) -> bool:
        """Whether an attribute may be told of among the figures of these segments: it is not special, or each of them has a basis to use it."""
        return attribute.casefold() not in self.special.marked or (bool(segments) and self.special.allowed.issuperset(segments))

    def refusal(self, name: str) -> InputError | None:
        """Why a segment may not be told: it uses what is special and has no basis."""
        return self.special.refusal(attributes_of(self.segments, name), name) if self.special.marked else None

    def definition(self, name: str) -> Definition:
        """A segment's definition with its condition, its parent and what its limit counts by resolved; InputError otherwise."""
        return self.once(("definition", name), lambda: self._resolved(name))

    def _resolved(self, name: str) -> Definition:
        refused = self.refusal(name)
        if refused is not None:
            raise refused
        found, resolver = self.segments[name], Resolver(self.schema, self.segments)
        parent = None if found.parent is None else resolver.segment(found.parent)
        limit = found.limit
        if limit is not None and limit.by is not None:
            limit = replace(limit, by=resolver.figure(limit.by))
        return replace(found, where=resolver.condition(found.where), parent=parent, limit=limit)

    def needed_now(self, names: Iterable[str]) -> set[str]:
        """The segments and all behind them whose members of the same instant they are made of."""
        return set().union(*(self.once(("now", name), lambda name=name: needed(self.segments, [name], now=True)) for name in names))  # type: ignore[misc]

    def rule(self, name: str) -> str:
        """A hash of what decides a segment besides the data, by form."""
        return self.once(("rule", name), lambda: rule_hash(self.segments, name))

    def profiles(self, name: str) -> bool:
        """Whether a segment asks about traits, at any distance."""
        return self.once(("profiles", name), lambda: bool(traits_of(self.schema, self.segments, name)))

    def reaches_everyone(self, name: str) -> bool:
        """Whether what others do can bring a person in or take them out."""
        return self.once(("everyone", name), lambda: reaches_everyone(self.schema, self.segments, name))


def problems(schema: Schema, segments: Mapping[str, Definition]) -> dict[str, LohkoError]:
    """The segments that cannot be resolved against a schema, with why."""
    catalogue, found = Catalogue(schema, segments), {}
    for name in segments:
        try:
            catalogue.definition(name)
        except LohkoError as error:
            found[name] = error
    return found
