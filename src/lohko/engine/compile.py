"""A leaf of the tree becomes one SELECT of people. Values and edges are bound: the text never depends on them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from lohko.base.times import naive
from lohko.engine import compile_chains, compile_events, compile_ranks, compile_sets
from lohko.engine.asked import Asked, Query
from lohko.model.condition import (
    Against,
    AttributeIs,
    Consent,
    EdgeEvent,
    EventsAre,
    Followed,
    InSegment,
    Leaf,
    Moved,
    Near,
    Periods,
    RandomShare,
    Reachable,
    Tied,
)
from lohko.model.schema import Schema

__all__ = ["Query", "compile_leaf", "naive"]


def compile_leaf(leaf: Leaf, schema: Schema, as_of: dt.datetime, zone: ZoneInfo) -> Query:
    """The query of a resolved leaf at an instant. `Ranked`, which takes several, is `compile_ranks`; `InSegment` now is no leaf's."""
    asked = Asked(schema, as_of, zone)
    match leaf:
        case AttributeIs():
            return compile_sets.attribute(leaf, asked)
        case EventsAre():
            return compile_events.events(leaf, asked)
        case EdgeEvent():
            return compile_events.edge_event(leaf, asked)
        case Periods():
            return compile_events.periods(leaf, asked)
        case Followed():
            return compile_chains.followed(leaf, asked)
        case Tied():
            return compile_chains.tied(leaf, asked)
        case Against():
            return compile_ranks.against(leaf, asked)
        case InSegment(at=at) if at is not None:
            return compile_sets.was_in(leaf, asked)
        case Moved():
            return compile_sets.moved(leaf, asked)
        case Consent():
            return compile_sets.consent(leaf, asked)
        case Reachable():
            return compile_sets.reachable(leaf, asked)
        case RandomShare():
            return compile_sets.random_share(leaf, asked)
        case Near():
            return compile_sets.near(leaf, asked)
    raise TypeError(leaf)
