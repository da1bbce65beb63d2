"""All definitions together: names looked up, types checked, cycles refused, an order to evaluate in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lohko.base.codes import code_of, label_of
from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.base.text import fold
from lohko.model.codec import condition_hash
from lohko.model.condition import (
    And,
    AttributeIs,
    Between,
    Condition,
    EventsAre,
    InSegment,
    Not,
    Number,
    Operand,
    Or,
    PropertyIs,
    Span,
    Test,
    Text,
    YesNo,
    leaves,
)
from lohko.model.operators import OPERAND_KINDS, OPERATORS
from lohko.model.rfm_map import BY_ID, group_id
from lohko.model.schema import NUMERIC, TEMPORAL, Codes, EventType, Schema, Type
from lohko.model.sentence import comparison, sentence

_SPOKEN: dict[Type, str] = {
    "text": "a text", "text_set": "a set of texts", "integer": "a number", "decimal": "a number", "money": "money",
    "boolean": "yes or no", "date": "a date", "time": "a time",
}  # fmt: skip
_OPERAND_SPOKEN = {"text": "a text", "number": "a number", "day": "a date", "yes_no": "yes or no", "span": "a length of time"}
_MEASURES: dict[str, frozenset[Type]] = {
    "sum": NUMERIC,
    "average": NUMERIC,
    "min": NUMERIC | TEMPORAL,
    "max": NUMERIC | TEMPORAL,
}


@dataclass(frozen=True)
class Catalogue:
    """What can be named: the schema, and the segments by id with their conditions."""

    schema: Schema
    segments: Mapping[str, Condition]

    def resolve(self, condition: Condition) -> Condition:
        """The condition with names as the schema spells them and values of the right type; InputError otherwise."""
        return self._resolve(condition, None)

    def _resolve(self, node: Condition, event: EventType | None) -> Condition:
        match node:
            case And(parts):
                return And(tuple(self._resolve(part, event) for part in parts))
            case Or(parts):
                return Or(tuple(self._resolve(part, event) for part in parts))
            case Not(part):
                return Not(self._resolve(part, event))
            case InSegment(name):
                return InSegment(self._segment(name))
            case PropertyIs(name, test) if event is not None:
                found = event.property(name)
                return PropertyIs(found.name, fitted(found.name, test, found.type, found.codes, node))
            case AttributeIs(name, test) if event is None:
                attribute = self.schema.attribute(name)
                return AttributeIs(attribute.name, fitted(attribute.name, test, attribute.type, attribute.codes, node))
            case EventsAre() if event is None:
                return self._events(node)
        raise InputError("misplaced", "Inside `where` stand only comparisons of the event's properties.", place=sentence(node))

    def _events(self, node: EventsAre) -> EventsAre:
        event = self.schema.event(node.event)
        where = None if node.where is None else self._resolve(node.where, event)
        name, kind, codes = None, "integer", None
        if node.property is not None:
            found = event.property(node.property)
            name, kind, codes = found.name, found.type, found.codes
            allowed = _MEASURES.get(node.measure)
            if allowed is not None and kind not in allowed:
                raise InputError("wrong_type", f"{found.name!r} is {_SPOKEN[found.type]}: it has no {node.measure}.", place=sentence(node))
        if node.measure in ("count", "distinct"):
            kind, codes = "integer", None
        elif node.measure in ("sum", "average"):
            kind = "decimal"
        test = fitted(f"{node.measure} of {node.property or node.event}", node.test, kind, codes, node)  # type: ignore[arg-type]
        if isinstance(node.window, Between) and node.window.first > node.window.last:
            raise InputError("empty_window", "The window ends before it begins.", place=sentence(node))
        return replace(node, event=event.name, property=name, where=where, test=test)

    def _segment(self, name: str) -> str:
        by_fold = {fold(item): item for item in self.segments}
        found = by_fold.get(fold(name))
        if found is None:
            raise InputError("unknown_segment", f"No segment is called {name!r}.", hint=did_you_mean(name, self.segments))
        return found

    def order(self) -> list[str]:
        """Segments so that each comes after those it names; InputError that names a cycle."""
        return evaluation_order(self.segments)


def evaluation_order(segments: Mapping[str, Condition]) -> list[str]:
    """The ids so that each comes after the segments it refers to; InputError with the cycle when there is one."""
    done: list[str] = []
    finished: set[str] = set()
    for start in sorted(segments):
        path: list[tuple[str, list[str]]] = [(start, _needs(segments, start))]
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
                cycle = " -> ".join([*names[names.index(following) :], following])
                raise InputError("segment_cycle", "Segments refer to each other in a circle.", place=cycle)
            if following not in finished and following in segments:
                path.append((following, _needs(segments, following)))
    return done


def _needs(segments: Mapping[str, Condition], name: str) -> list[str]:
    return sorted({leaf.segment for leaf in leaves(segments[name]) if isinstance(leaf, InSegment)}, reverse=True)


def needed(segments: Mapping[str, Condition], names: Iterable[str]) -> set[str]:
    """The given segments and all that they refer to, at any distance."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in segments:
            found.add(name)
            waiting.extend(_needs(segments, name))
    return found


def rule_hash(segments: Mapping[str, Condition], name: str) -> str:
    """The same as long as a segment's rule, and those of all segments behind it, mean the same by form."""
    parts = [f"{item}:{condition_hash(segments[item])}" for item in sorted(needed(segments, [name]))]
    return hashlib.sha256("\n".join([name, *parts]).encode()).hexdigest()


def traits_of(schema: Schema, segments: Mapping[str, Condition], name: str) -> set[str]:
    """The families of traits (`rfm`) that a segment asks about, at any distance: its answer depends on everyone's data."""
    asked = [leaf for item in needed(segments, [name]) for leaf in leaves(segments[item]) if isinstance(leaf, AttributeIs)]
    found = [schema.attributes.get(leaf.name.casefold()) for leaf in asked]
    return {attribute.table for attribute in found if attribute is not None and attribute.trait}


def fitted(name: str, test: Test, kind: Type, codes: Codes | None, node: Condition) -> Test:
    """The test with operands of the type on its left; InputError when they cannot be compared."""
    operator = OPERATORS.get(test.op)
    if operator is None:
        raise InputError("unknown_operator", f"No comparison is called {test.op!r}.", hint=did_you_mean(test.op, OPERATORS))
    if kind not in operator.types:
        raise InputError(
            "wrong_type", f"{name!r} is {_SPOKEN[kind]}: it cannot be compared with `{comparison(test)}`.", place=sentence(node)
        )
    count = len(test.operands)
    if (operator.operands == "many" and count == 0) or (operator.operands != "many" and operator.operands != count):
        raise InputError("wrong_operands", f"`{operator.english}` takes {operator.operands} values.", place=sentence(node))
    wanted = Span if test.op in ("in_last", "not_in_last") else OPERAND_KINDS[kind]
    operands = tuple(_operand(name, item, kind, wanted, codes, node) for item in test.operands)
    return Test(test.op, operands)


def _operand(name: str, operand: Operand, kind: Type, wanted: type[Operand], codes: Codes | None, node: Condition) -> Operand:
    if wanted is Text and isinstance(operand, Number):  # ids such as 17850 are texts
        operand = Text(format(operand.value, "f"))
    if wanted is Text and isinstance(operand, YesNo):
        operand = Text("yes" if operand.value else "no")
    if not isinstance(operand, wanted):
        raise InputError(
            "wrong_type",
            f"{name!r} is {_SPOKEN[kind]}, but it is compared with {_OPERAND_SPOKEN[operand.node]}.",
            place=sentence(node),
        )
    if isinstance(operand, Text) and codes is not None:
        return _code(operand, codes, node)
    return operand


def _code(operand: Text, codes: Codes, node: Condition) -> Text:
    if codes == "rfm_group":
        group = group_id(operand.value)
        if group is None:
            titles = [item.en for item in BY_ID.values()]
            raise InputError(
                "unknown_rfm_group",
                f"No RFM group is called {operand.value!r}.",
                place=sentence(node),
                hint=did_you_mean(operand.value, titles),
            )
        return Text(group)
    return Text(code_of(codes, operand.value) or operand.value)


def labelled(node: Condition, schema: Schema, language: str) -> Condition:
    """The condition with codes as people read them: `country is "Finland"` for `country is "FI"`; it resolves to the same tree."""
    return _labelled(node, schema, None, language)


def _labelled(node: Condition, schema: Schema, event: EventType | None, language: str) -> Condition:
    match node:
        case And(parts):
            return And(tuple(_labelled(part, schema, event, language) for part in parts))
        case Or(parts):
            return Or(tuple(_labelled(part, schema, event, language) for part in parts))
        case Not(part):
            return Not(_labelled(part, schema, event, language))
        case AttributeIs(name, test):
            return AttributeIs(name, _labelled_test(test, schema.attribute(name).codes, language))
        case PropertyIs(name, test) if event is not None:
            return PropertyIs(name, _labelled_test(test, event.property(name).codes, language))
        case EventsAre(where=where) if where is not None:
            return replace(node, where=_labelled(where, schema, schema.event(node.event), language))
    return node


def _labelled_test(test: Test, codes: Codes | None, language: str) -> Test:
    if codes is None:
        return test
    operands = (Text(label(item.value, codes, language)) if isinstance(item, Text) else item for item in test.operands)
    return Test(test.op, tuple(operands))


def label(code: str, codes: Codes, language: str) -> str:
    """What people call a code: a country, a language, an RFM group; the code itself when it is unknown."""
    if codes == "rfm_group":
        group = BY_ID.get(code)
        return code if group is None else group.fi if language == "fi" else group.en
    return label_of(codes, code, language)


def problems(schema: Schema, segments: Mapping[str, Condition]) -> dict[str, LohkoError]:
    """The segments that cannot be resolved against a schema, with why."""
    catalogue, found = Catalogue(schema, segments), {}
    for name, condition in segments.items():
        try:
            catalogue.resolve(condition)
        except LohkoError as error:
            found[name] = error
    return found
