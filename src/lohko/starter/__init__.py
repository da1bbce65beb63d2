"""Ready-made segments for a web shop: YAML files that a user takes, changes and keeps as their own.

`shop/` asks only about orders, `browsing/` about views and carts, `email/` about
messages. Each file says in its description where its threshold comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from lohko.model.condition import AttributeIs, Condition, EventsAre, InSegment
from lohko.model.orders import ORDER
from lohko.model.schema import RFM_TRAITS
from lohko.model.segment import Segment, read_segments
from lohko.model.walk import leaves

_GROUPS = ("shop", "browsing", "email")
_ONLY_CHOSEN = "gallery"
"""Ready-made segments that ask about more than events: they are offered, and never taken by themselves."""
_FROM_ORDERS = frozenset(trait.name for trait in RFM_TRAITS)


@dataclass(frozen=True)
class Goal:
    """What somebody wants to do, in English and Finnish, and the ready-made segments for it."""

    id: str
    en: str
    fi: str
    segments: tuple[str, ...]


GOALS = (
    Goal("welcome", "Welcome them", "Toivota tervetulleeksi", ("new-customers", "second-order-due", "subscribed-not-bought", "prospects")),
    Goal("win-back", "Win them back", "Voita takaisin", ("lapsed-vips", "lapsed-regulars", "save-them", "lapsed")),
    Goal("at-risk", "Keep those at risk", "Pidä kiinni vaarassa olevista", ("at-risk", "cooling")),
    Goal("vip", "Look after the best", "Pidä huolta parhaista", ("vip", "champions", "regulars", "big-baskets")),
    Goal("abandoned", "Bring back those who looked", "Palauta ne, jotka katselivat", ("left-cart", "browsed-not-bought")),
    Goal("birthday", "Congratulate them", "Onnittele", ("birthday-soon",)),
    Goal("loyalty", "Make them come again", "Saa ostamaan uudelleen", ("one-time-buyers", "repeat-buyers", "discount-lovers")),
    Goal("email", "Write to those who read", "Kirjoita niille, jotka lukevat", ("email-engaged", "email-inactive")),
    Goal("leave-out", "Leave out", "Jätä rauhaan", ("recently-refunded",)),
    Goal("base", "Begin with the whole", "Aloita kokonaisuudesta", ("buyers", "active")),
)
"""The gallery: every ready-made segment under one goal."""


def gallery_texts() -> dict[str, str]:
    """The YAML text of every ready-made segment by its id, also of those that ask about more than events."""
    return {name.rpartition("/")[2].removesuffix(".yaml"): text for name, text in _texts((*_GROUPS, _ONLY_CHOSEN))}


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


def _texts(groups: Iterable[str] = _GROUPS) -> Iterator[tuple[str, str]]:
    root = files(__name__)
    for group in groups:
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
