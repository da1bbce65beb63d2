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
_WORD = re.compile(r"[\w-]*\Z")


def complete(work: Work, progress: Progress, *, text: str, at: int, language: str = "en") -> dict[str, Any]:
    """Up to twelve completions of the word before a place in a rule: what each is, and from where to where it stands."""
    check_language(language)
    before = text[: max(0, at)]
    found = _WORD.search(before)
    typed = found.group() if found else ""
    start, schema = len(before) - len(typed), work.schema()
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
    wanted = fold(typed)
    likely = [name for name in offers if fold(name.strip('`"')).startswith(wanted) and name != typed] if typed else []
    taken = [name for name in likely if can_go_on(before[:start] + name)][:MOST]
    return {"from": start, "to": len(before), "options": [{"text": name, "kind": offers[name]} for name in taken]}
