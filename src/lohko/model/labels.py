"""Codes as people read them, in a rule and alone."""

from __future__ import annotations

from lohko.base.codes import label_of
from lohko.model.condition import AttributeIs, Condition, EventsAre, MomentIs, PropertyIs
from lohko.model.operand import Test, Text
from lohko.model.resolve import kind_of, kind_of_figure
from lohko.model.rfm_map import BY_ID
from lohko.model.schema import Codes, EventType, Schema
from lohko.model.walk import rebuilt


def labelled(node: Condition, schema: Schema, language: str) -> Condition:
    """The condition with codes as people read them: `country is "Finland"` for `country is "FI"`; it resolves to the same tree."""

    def of_person(part: Condition) -> Condition:
        part = rebuilt(part, of_person, lambda inside, event: of_event(inside, schema.event(event)))
        match part:
            case AttributeIs(name, test):
                codes = kind_of(schema.attribute(name), part.part, part).codes
                return AttributeIs(name, _labelled(test, codes, language), part.part, part.at)
            case EventsAre(test=test):
                return _with_test(part, _labelled(test, kind_of_figure(schema, part.figure, None).codes, language))
        return part

    def of_event(part: Condition, event: EventType) -> Condition:
        match part:
            case PropertyIs(name, test):
                codes = kind_of(event.property(name), part.part, part).codes
                return PropertyIs(name, _labelled(test, codes, language), part.part)
            case MomentIs(what, test):
                codes = "weekday" if what == "weekday" else "month" if what == "month" else None
                return MomentIs(what, _labelled(test, codes, language))
        return rebuilt(part, lambda inside: of_event(inside, event), lambda inside, name: inside)

    return of_person(node)


def _with_test(node: EventsAre, test: Test) -> EventsAre:
    return EventsAre(node.event, node.measure, test, node.property, node.where, node.window, node.has)


def _labelled(test: Test, codes: Codes | None, language: str) -> Test:
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
