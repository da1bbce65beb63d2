"""Ready-made segments by what they are for, with what of their data is there and what is lacking."""

from __future__ import annotations

from typing import Any

from lohko.base.errors import InputError
from lohko.model.orders import ORDER
from lohko.model.resolve import Resolver
from lohko.model.schema import RFM_TRAITS, Schema
from lohko.model.segment import Segment, read_segments
from lohko.model.walk import attribute_names, event_names, everything, segment_names
from lohko.starter import GOALS, gallery_texts
from lohko.state import segments as kept
from lohko.steps.saying import check_language, said
from lohko.steps.work import Progress, Work

_TRAITS = frozenset(trait.name for trait in RFM_TRAITS)


def gallery(work: Work, progress: Progress, *, language: str = "en") -> dict[str, Any]:
    """Goals in their order, each with its segments: titles and why by language, the rule as a sentence, and what it needs that has not come in."""
    check_language(language)
    schema = work.schema()
    with work.state.connect() as connection:
        there = set(kept.versions(connection))
    ready = {name: read_segments(text, name)[0].segment for name, text in gallery_texts().items()}
    resolver = Resolver(schema, set(ready) | there)

    def shown(segment: Segment) -> dict[str, Any]:
        lacks, sentence = _lacks(schema, ready, segment), None
        if not lacks:
            try:
                sentence = said(work, schema, resolver.condition(segment.where), language)
            except InputError:  # a field of that name is of another type here
                lacks = [{"is": "attribute", "name": name} for name in attribute_names(segment.where)]
        return {
            "id": segment.id,
            "title": dict(segment.title),
            "why": dict(segment.description),
            "sentence": sentence,
            "lacks": lacks,
            "taken": segment.id in there,
        }

    return {
        "goals": [{"goal": g.id, "title": {"en": g.en, "fi": g.fi}, "segments": [shown(ready[name]) for name in g.segments]} for g in GOALS]
    }


def _lacks(schema: Schema, ready: dict[str, Segment], segment: Segment) -> list[dict[str, str]]:
    """What has not come in yet of that which a segment asks about, also by way of others: events and attributes."""
    found: dict[tuple[str, str], None] = {}
    for node in everything(segment.where):
        for name in event_names(node):
            if name.casefold() not in schema.events:
                found["event", name] = None
        for name in attribute_names(node):
            if name.casefold() not in schema.attributes:
                found["attribute", name] = None
        for name in segment_names(node):
            found |= {(item["is"], item["name"]): None for item in _lacks(schema, ready, ready[name])}
    if any(name in _TRAITS for name in attribute_names(segment.where)) and ORDER not in schema.events:
        found["event", ORDER] = None
    return [{"is": kind, "name": name} for kind, name in found]
