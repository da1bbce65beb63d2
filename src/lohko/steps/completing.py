"""What can stand where somebody is writing a rule: words of the language and names of the data that the grammar takes at that place."""

from __future__ import annotations

import re
from typing import Any

from lohko.base.text import fold
from lohko.model.finnish_names import attribute as finnish_attribute
from lohko.model.finnish_names import property_ as finnish_property
from lohko.model.finnish_names import reserved as finnish_words
from lohko.model.parse import can_go_on
from lohko.model.words import RESERVED, write_name, write_segment
from lohko.state import segments as kept
from lohko.steps.saying import check_language
from lohko.steps.work import Progress, Work

MOST = 12
_WORDS = re.compile(r"(?:[\w-]+ ){0,3}[\w-]+\Z")
"""What is typed last: names such as `asiakkaan maa` have several words."""


def complete(work: Work, progress: Progress, *, text: str, at: int, language: str = "en") -> dict[str, Any]:
    """Up to twelve completions of the words before a place in a rule: what each is, and from where to where it stands."""
    check_language(language)
    before, schema = text[: max(0, at)], work.schema()
    with work.state.connect() as connection:
        segments = list(kept.versions(connection))
    offers: dict[str, str] = {}
    fi, properties = language == "fi", [item.name for event in schema.events.values() for item in event.properties.values()]
    for kind, names in (
        ("attribute", [finnish_attribute(item.name) if fi else write_name(item.name) for item in schema.attributes.values()]),
        ("event", [write_name(item.name) for item in schema.events.values()]),
        ("property", [finnish_property(name) if fi else write_name(name) for name in properties]),
        ("segment", [write_segment(name) for name in segments]),
        ("word", sorted(finnish_words() if fi else RESERVED)),
    ):
        for name in names:
            offers.setdefault(name, kind)
    for start in _starts(before):
        wanted = fold(before[start:])
        likely = [name for name in offers if fold(name.strip('`"')).startswith(wanted) and name != before[start:]]
        taken = [name for name in likely if can_go_on(before[:start] + name)][:MOST]
        if taken:
            return {"from": start, "to": len(before), "options": [{"text": name, "kind": offers[name]} for name in taken]}
    return {"from": len(before), "to": len(before), "options": []}


def _starts(before: str) -> list[int]:
    """Where what is being typed may begin: at the last words together, then at fewer of them."""
    found = _WORDS.search(before)
    return [] if found is None else [found.start() + word.start() for word in re.finditer(r"[\w-]+", found.group())]
