"""The list that a system's API gives within an object, with what is about the list alone beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

LISTS = ("orders", "customers", "data", "results", "contacts", "members", "records", "events", "emails", "nodes", "edges")
"""The names under which systems give their lists, GraphQL's within one another."""
BESIDE_LISTS = frozenset(
    "count total total_count total_items totalcount page pages per_page limit offset has_more hasmore next previous next_page prev_page cursor "
    "paging pagination pageinfo meta links _links extensions success status startedat completedat additional_data related_objects included "
    "list_id campaign_id".split()
)
"""What stands beside such a list, and is about the list alone. With anything else there the object is a record that has a list."""

ENCLOSES = re.compile(r'\s*\{\s*"(' + "|".join(sorted({*LISTS, *BESIDE_LISTS})) + r')"\s*:', re.IGNORECASE)
"""How a text begins that may be such an object."""


def opened(items: Iterable[Any]) -> Iterator[tuple[Any, Any, bool]]:
    """Every item, or what the list in it holds; what it stood in, and whether it did: answers of an API one after another are one list.

    >>> [item for item, _, _ in opened([{"data": [1, 2], "links": {}}, {"data": [3]}, {"email": "x"}])]
    [1, 2, 3, {'email': 'x'}]
    """
    for item in items:
        inner = listed(item) if isinstance(item, dict) else None
        if inner is None:
            yield item, {}, False
        else:
            yield from ((part, item, True) for part in inner)


def listed(found: Any) -> list[Any] | None:
    """The list that an object holds beside what is about the list alone; None when it is a record of its own.

    >>> listed({"orders": [1], "count": 1}), listed({"data": {"orders": {"nodes": [1], "pageInfo": {}}}}), listed({"orders": [1], "email": ""})
    ([1], [1], None)
    >>> listed({"data": {"customers": {"edges": [{"node": 1, "cursor": "x"}]}}})
    [1]
    """
    held = [name for name in found if name in LISTS]
    if len(held) != 1 or not {name.casefold() for name in found if name != held[0]} <= BESIDE_LISTS:
        return None
    inner = found[held[0]]
    if isinstance(inner, list):
        return [item["node"] if isinstance(item, dict) and item.keys() <= {"node", "cursor"} and "node" in item else item for item in inner]
    return listed(inner) if isinstance(inner, dict) else None
