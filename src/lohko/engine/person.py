"""One person as the reference engine sees them: attributes with their past, events, consents, and what the ledger says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lohko.model.consent import Capacity


@dataclass(frozen=True)
class Event:
    """Something a person did."""

    at: dt.datetime
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Value:
    """An attribute's value and from when until when it holds; assumed when it is only taken to have been so."""

    valid_from: dt.datetime
    valid_to: dt.datetime
    value: Any
    assumed: bool = False


@dataclass(frozen=True)
class ConsentRecord:
    """A consent given or withdrawn. Only a dated grant of the person's own (`consent`) overrides a withdrawal (model/consent.py)."""

    purpose: str
    given: bool
    effective_at: dt.datetime
    dated: bool = True
    basis: str = "consent"
    capacity: Capacity | None = None
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Move:
    """An entering or leaving of a segment, as the membership ledger has it."""

    at: dt.datetime
    entered: bool


@dataclass(frozen=True)
class Person:
    """All that is known of one living person.

    traits       as of the instant in question; `past_traits` as of earlier instants that a rule asks about
    moves        by segment, in the order of the ledger
    person_id    the public id; what a random share and a limit's ties go by
    profiled     false for who objected to profiling: they are in no segment that asks about a score
    """

    attributes: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    events: Mapping[str, Sequence[Event]] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    past_traits: Mapping[dt.datetime, Mapping[str, Any]] = field(default_factory=dict)
    consents: Sequence[ConsentRecord] = ()
    moves: Mapping[str, Sequence[Move]] = field(default_factory=dict)
    person_id: str = ""
    profiled: bool = True
