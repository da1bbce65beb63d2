"""Which segments stand behind which: the order to decide them in, what belongs to a rule, and whose data an answer depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from lohko.base.errors import InputError
from lohko.base.text import fold
from lohko.model.beside import limit_to_json
from lohko.model.codec import condition_hash
from lohko.model.condition import AttributeFigure, Condition, InSegment, OfAccount, Ranked
from lohko.model.definition import Definition, before_in_group
from lohko.model.schema import Schema
from lohko.model.walk import attribute_names, everything, segment_names


def behind(segments: Mapping[str, Definition], name: str, *, now: bool = False) -> tuple[str, ...]:
    """The segments that one needs directly, by id: those it names, its parent, and those before it in its group.

    With `now` only those whose members of the same instant it is made of, and not those of which the ledger tells (`was in`, `entered`).
    """
    parent, where = parent_of(segments, name), segments[name].where
    named = {_spelt(segments, item) for item in (_names_now(where) if now else segment_names(where))}
    return tuple(sorted(named | set(before_in_group(segments, name)) | ({parent} if parent is not None else set())))


def _names_now(where: Condition) -> set[str]:
    found: set[str] = set()
    for part in everything(where):
        match part:
            case InSegment(segment=segment, at=None) | Ranked(among=str(segment)):
                found.add(segment)
    return found


def parent_of(segments: Mapping[str, Definition], name: str) -> str | None:
    """The id of the segment that one lives inside."""
    parent = segments[name].parent
    return None if parent is None else _spelt(segments, parent)


def _spelt(segments: Mapping[str, Definition], name: str) -> str:
    """The id that a name means; the name itself where it means none."""
    if name in segments:
        return name
    folded = fold(name)
    return next((item for item in segments if fold(item) == folded), name)


def evaluation_order(segments: Mapping[str, Definition]) -> list[str]:
    """The ids so that each comes after the segments behind it; InputError with the circle when there is one."""
    done: list[str] = []
    finished: set[str] = set()
    for start in sorted(segments):
        path: list[tuple[str, list[str]]] = [(start, _waiting(segments, start))]
        while path and start not in finished:
            current, waiting = path[-1]
            if not waiting:
                finished.add(current)
                done.append(current)
                path.pop()
                continue
            following = waiting.pop()
            names = [name for name, _ in path]
            if following in names:
                circle = " -> ".join([*names[names.index(following) :], following])
                raise InputError("segment_cycle", "Segments refer to each other in a circle.", place=circle)
            if following not in finished and following in segments:
                path.append((following, _waiting(segments, following)))
    return done


def _waiting(segments: Mapping[str, Definition], name: str) -> list[str]:
    return list(reversed(behind(segments, name)))


def needed(segments: Mapping[str, Definition], names: Iterable[str], *, now: bool = False) -> set[str]:
    """The given segments and all behind them, at any distance; with `now` only those whose members of the same instant are asked for."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in segments:
            found.add(name)
            waiting.extend(behind(segments, name, now=now))
    return found


def rule_hash(segments: Mapping[str, Definition], name: str) -> str:
    """The same as long as what decides a segment besides the data, and all segments behind it, mean the same by form."""
    parts = [f"{item}:{_definition_hash(segments, item)}" for item in sorted(needed(segments, [name]))]
    return hashlib.sha256("\n".join([name, *parts]).encode()).hexdigest()


def _definition_hash(segments: Mapping[str, Definition], name: str) -> str:
    """The condition's own hash where nothing stands beside it, so that a rule keeps the hash it had before there was anything."""
    definition = segments[name]
    beside = {
        "parent": definition.parent,
        "after": list(before_in_group(segments, name)),
        "limit": None if definition.limit is None else limit_to_json(definition.limit),
    }
    said = condition_hash(definition.where)
    return f"{said}:{json.dumps(beside, sort_keys=True, ensure_ascii=False)}" if any(beside.values()) else said


def traits_of(schema: Schema, segments: Mapping[str, Definition], name: str) -> set[str]:
    """The families of traits (`rfm`) that a segment asks about, at any distance."""
    asked = set().union(*(_asked(segments[item]) for item in needed(segments, [name])))
    found = [schema.attributes.get(attribute.casefold()) for attribute in asked]
    return {attribute.table for attribute in found if attribute is not None and attribute.trait}


def attributes_of(segments: Mapping[str, Definition], name: str) -> set[str]:
    """The attributes and traits that a segment asks about, at any distance, as casefolded names."""
    return {attribute.casefold() for item in needed(segments, [name]) for attribute in _asked(segments[item])}


def attributes_asked(segments: Mapping[str, Definition], condition: Condition) -> set[str]:
    """The attributes and traits that a condition asks about, itself or by the segments it names, as casefolded names."""
    behind_it = [attributes_of(segments, _spelt(segments, name)) for name in segment_names(condition)]
    return {name.casefold() for name in attribute_names(condition)}.union(*behind_it)


def asks_traits(schema: Schema, condition: Condition) -> bool:
    """Whether a condition by itself asks about a trait: it then profiles."""
    found = (schema.attributes.get(name.casefold()) for name in attribute_names(condition))
    return any(attribute is not None and attribute.trait for attribute in found)


def _asked(definition: Definition) -> set[str]:
    by = definition.limit.by if definition.limit is not None else None
    return attribute_names(definition.where) | ({by.name} if isinstance(by, AttributeFigure) else set())


def reaches_everyone(schema: Schema, segments: Mapping[str, Definition], name: str) -> bool:
    """Whether what others do can bring a person in or take them out: by a trait, a rank, a limit or an account, at any distance."""
    behind_it = [segments[item] for item in needed(segments, [name])]
    return bool(traits_of(schema, segments, name)) or any(
        definition.limit is not None or any(isinstance(node, Ranked | OfAccount) for node in everything(definition.where))
        for definition in behind_it
    )
