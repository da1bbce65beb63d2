"""What an audience file may say of a person, and what a destination is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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


Warnings = list[dict[str, str]]


def no_warnings(_titles: Iterable[str]) -> Warnings:
    """A destination that does not care what an audience is called."""
    return []


@dataclass(frozen=True)
class Destination:
    """Where an audience goes: its exact header, one row per person (None: nothing to match by), and its minimum size.

    `row` takes a contact and the workspace's country, by which a phone number
    without a country code is read. `title_warnings` says what the platform will
    hold against an audience's name.
    """

    id: str
    header: tuple[str, ...]
    minimum: int
    row: Callable[[Contact, str], list[str] | None]
    title_warnings: Callable[[Iterable[str]], Warnings] = no_warnings
