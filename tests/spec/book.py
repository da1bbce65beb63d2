"""What a spec is, how it is checked, and how all of them are gathered for the manual.

A spec test takes `spec`, draws a table, states a rule and says who is in. The
same test function, given a `Recorder` instead, says what it would have checked;
the manual is printed from that.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lohko.maths.rfm import Cuts
from spec.table import Table, read

FOLDER = Path(__file__).parent
THEMES = (
    "people_and_sets",
    "nothing_ties_shares",
    "time_and_windows",
    "text_codes_money",
    "order_rows",
    "consent_records",
    "rfm_meaning",
    "names_in_rules",
    "event_conditions",
    "calendar_windows",
    "sequences_and_ties",
    "figures_and_ranks",
    "places_and_permission",
    "accounts",
    "the_past_of_people",
    "operator_rows",
    "writing_rules",
)
"""The spec files, in the order of the manual."""


@dataclass(frozen=True)
class Example:
    """People, what they have and did, an instant, and who each rule finds."""

    members: Mapping[str, tuple[str, ...]]
    as_of: str
    people: Table | None = None
    events: Mapping[str, Table] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    consents: Table | None = None
    moves: Table | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Everyone who is in one of the tables."""
        tables = [self.people, *self.events.values(), self.consents, self.moves]
        return tuple(dict.fromkeys(name for table in tables if table for name in table.people))


@dataclass(frozen=True)
class Scores:
    """People, their orders and refunds, an instant, and the RFM that comes of it."""

    scores: Table
    as_of: str
    events: Mapping[str, Table]
    refunds: Literal["net", "ignore"] = "net"
    cuts: Cuts | None = None
    days: int | None = None


@dataclass(frozen=True)
class Imported:
    """Files brought in one after another, who each rule finds then, and what the books of the last file say."""

    files: tuple[str, ...]
    kind: str
    members: Mapping[str, tuple[str, ...]]
    as_of: str
    books: Mapping[str, Any]
    consented: Mapping[str, tuple[str, ...]]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Written:
    """Ways to write a rule, and the one way in which Lohko writes it."""

    rules: Mapping[str, str]
    warns: str | None = None


@dataclass(frozen=True)
class Refused:
    """Rules that cannot be, and a part of what is said of each."""

    rules: Mapping[str, str]


Entry = Example | Scores | Imported | Written | Refused


class Recorder:
    """What a spec test is given: each call describes one entry. Here it is only remembered."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Take one entry."""
        self.entries.append(entry)

    def __call__(
        self,
        *,
        members: Mapping[str, str],
        as_of: str = "2026-03-01",
        people: str | None = None,
        segments: Mapping[str, str] | None = None,
        gone: str = "",
        consents: str | None = None,
        moves: str | None = None,
        **events: str,
    ) -> None:
        """People with attributes and events, consents and moves in and out of segments; for each rule, the names of those who are in."""
        tables = {name: read(text) for name, text in events.items()}
        beside = [read(text) if text else None for text in (consents, moves)]
        self.add(Example(_names(members), as_of, read(people) if people else None, tables, segments or {}, tuple(gone.split()), *beside))

    def scores(
        self,
        *,
        scores: str,
        as_of: str = "2026-03-01",
        refunds: Literal["net", "ignore"] = "net",
        cuts: Cuts | None = None,
        days: int | None = None,
        **events: str,
    ) -> None:
        """Orders and refunds, perhaps only of the last days; for each person recency, frequency, monetary value and scores."""
        self.add(Scores(read(scores), as_of, {name: read(text) for name, text in events.items()}, refunds, cuts, days))

    def imported(
        self,
        *files: str,
        members: Mapping[str, str] | None = None,
        kind: str = "order-lines",
        as_of: str = "2026-03-01",
        books: Mapping[str, Any] | None = None,
        consented: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        """Files through the real import: for each rule who is in, for each purpose who consented, and what the last summary says."""
        texts = tuple(inspect.cleandoc(text) + "\n" for text in files)
        self.add(Imported(texts, kind, _names(members or {}), as_of, books or {}, _names(consented or {}), options))

    def written(self, rules: Mapping[str, str], *, warns: str | None = None) -> None:
        """Rules, and how Lohko writes them."""
        self.add(Written(rules, warns))

    def refused(self, rules: Mapping[str, str]) -> None:
        """Rules, and what is said of them."""
        self.add(Refused(rules))


def _names(members: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {rule: tuple(names.split()) for rule, names in members.items()}


@dataclass(frozen=True)
class Entries:
    """One spec test: its name, the sentence it stands for, and what it shows."""

    name: str
    sentence: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Theme:
    """One spec file: its title, what it is about, and its specs."""

    key: str
    title: str
    about: str
    specs: tuple[Entries, ...]


def themes() -> list[Theme]:
    """All spec files, in the order of the manual."""
    return [_theme(key) for key in THEMES]


def _theme(key: str) -> Theme:
    module = importlib.import_module(f"spec.test_{key}")
    title, _, about = inspect.cleandoc(module.__doc__ or "").partition("\n\n")
    found = [(name, item) for name, item in vars(module).items() if name.startswith("test_") and _takes_spec(item)]
    return Theme(key, title.rstrip("."), about, tuple(_entries(name, function) for name, function in found))


def _takes_spec(item: Any) -> bool:
    return inspect.isfunction(item) and list(inspect.signature(item).parameters) == ["spec"]


def _entries(name: str, function: Any) -> Entries:
    recorder = Recorder()
    function(recorder)
    return Entries(name, inspect.cleandoc(function.__doc__ or ""), tuple(recorder.entries))


def rules(found: Iterable[Theme]) -> dict[str, None]:
    """Every rule of the specs that finds people."""
    examples = [e for theme in found for item in theme.specs for e in item.entries if isinstance(e, Example | Imported)]
    return {rule: None for e in examples for rule in [*e.members, *(e.segments.values() if isinstance(e, Example) else ())]}
