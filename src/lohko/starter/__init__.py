"""Ready-made segments for a web shop: YAML files that a user takes, changes and keeps as their own.

`shop/` asks only about orders, `browsing/` about views and carts, `email/` about
messages. Each file says in its description where its threshold comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from lohko.model.condition import AttributeIs, Condition, EventsAre, InSegment
from lohko.model.orders import ORDER
from lohko.model.schema import RFM_TRAITS
from lohko.model.segment import Segment, read_segments
from lohko.model.walk import leaves

_GROUPS = ("shop", "browsing", "email")
_FROM_ORDERS = frozenset(trait.name for trait in RFM_TRAITS)


@lru_cache(maxsize=1)
def segments_text() -> list[tuple[str, str, frozenset[str]]]:
    """Every ready-made segment: file name (`shop/vip.yaml`), YAML text, and the event names that its rule asks about.

    A segment makes sense where all those events exist: apply it when they are among
    the names of the schema's events. Segments that it refers to count too.
    """
    texts = dict(_texts())
    segments = {name: read_segments(text, name)[0].segment for name, text in texts.items()}
    by_id = {segment.id: segment for segment in segments.values()}
    return [(name, text, _needs(segments[name].where, by_id)) for name, text in texts.items()]


def usable(events: Iterable[str]) -> list[tuple[str, str]]:
    """Name and text of the ready-made segments whose events are all among those given, in any case of letters."""
    there = {event.casefold() for event in events}
    return [(name, text) for name, text, needs in segments_text() if needs <= there]


def _texts() -> Iterator[tuple[str, str]]:
    root = files(__name__)
    for group in _GROUPS:
        for item in sorted((root / group).iterdir(), key=_name):
            if item.name.endswith(".yaml"):
                yield f"{group}/{item.name}", item.read_text(encoding="utf-8")


def _name(item: Traversable) -> str:
    return item.name


def _needs(condition: Condition, by_id: Mapping[str, Segment]) -> frozenset[str]:
    """The events behind a rule, at any distance; RFM is made of orders."""
    found: set[str] = set()
    for leaf in leaves(condition):
        match leaf:
            case EventsAre(event=event):
                found.add(event.casefold())
            case InSegment(segment):
                found |= _needs(by_id[segment].where, by_id)
            case AttributeIs(name) if name.casefold() in _FROM_ORDERS:
                found.add(ORDER)
    return frozenset(found)
