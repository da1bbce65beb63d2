"""What an audience file may say of a person, and what a destination is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Contact:
    """The identifiers of one person, as they are known; empty where they are not."""

    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True)
class Destination:
    """Where an audience goes: its exact header, one row per person (None: nothing to match by), and its minimum size."""

    id: str
    header: tuple[str, ...]
    minimum: int
    row: Callable[[Contact, str], list[str] | None]
