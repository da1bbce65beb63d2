"""One text that says several: tags, lists and interests as shops and mailing tools write them in one cell."""

from __future__ import annotations

import json
import re

from lohko.base.text import fold

# A text in quotes (a quote inside is doubled) that is followed by a separator or the end; else all up to the next separator.
_ITEM = re.compile(r'\s*"((?:[^"]|"")*+)"\s*(?=[,;|]|\Z)|([^,;|]*)')


def text_set(cell: str) -> tuple[str, ...]:
    """The different texts in a cell, in the order given: set apart by comma, semicolon or |, or a JSON list.

    Each is trimmed; empty ones and repeats (by fold) are left out. A separator within double quotes separates nothing.

    >>> text_set("vip; Kanta-asiakas,,VIP | b2b")
    ('vip', 'Kanta-asiakas', 'b2b')
    >>> text_set('"vip","two, words","5"" pipe"'), text_set('["a", "b, c"]')
    (('vip', 'two, words', '5" pipe'), ('a', 'b, c'))
    """
    found: dict[str, str] = {}
    items = _of_json(cell)
    for item in _separated(cell) if items is None else items:
        text = item.strip()
        if text and (folded := fold(text)):
            found.setdefault(folded, text)
    return tuple(found.values())


def _separated(cell: str) -> list[str]:
    items, place = [], 0
    while place <= len(cell):
        match = _ITEM.match(cell, place)
        assert match is not None  # its second half matches anything, also nothing
        quoted = match[1]
        items.append(match[2] if quoted is None else quoted.replace('""', '"'))
        place = match.end() + 1
    return items


def _of_json(cell: str) -> list[str] | None:
    """The texts of a JSON list, as files of JSON have them; None for anything else."""
    if not (cell.startswith("[") and cell.endswith("]")):
        return None
    try:
        items = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items if item is not None]
