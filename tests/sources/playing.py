"""The systems that the sources ask, played from their public documentation: what all of them have.

Each holds some people and what they did, lets one of them change, and answers as its
API does: its own paging, limits, keys and errors.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sources.local_server import Asked, Server, Told, told

START = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
KEY = "k3y-that-nobody-may-see-us19"


@dataclass
class Person:
    id: int
    changed: dt.datetime
    city: str = "Oulu"
    subscribed: bool | None = True
    deleted: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return f"person{self.id}@example.fi"


@dataclass
class Deed:
    """An order, a message's fate, or a deal."""

    id: int
    person: int
    at: dt.datetime
    changed: dt.datetime
    state: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def iso(at: dt.datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


class Played:
    """A system with 13 people and 11 deeds; several of them changed at one and the same instant."""

    kind: ClassVar[str]
    page: ClassVar[int] = 4
    people_stream: ClassVar[str]
    sizes: ClassVar[tuple[str, ...]] = ()
    """Constants of the source's module that are made as small as the page."""

    def __init__(self, skew: dt.timedelta = dt.timedelta(0)) -> None:
        self.skew = skew
        self.people = {n: Person(n, self.time(n // 6), subscribed=(True, False, None)[n % 3]) for n in range(1, 14)}
        self.deeds = {n: Deed(n, 1 + n % 7, self.time(n), self.time(n // 5)) for n in range(1, 12)}

    def time(self, hours: float) -> dt.datetime:
        """An instant of the system's own clock."""
        return START + self.skew + dt.timedelta(hours=hours)

    def settings(self, server: Server) -> dict[str, str]:
        return {"address": server.url}

    def allowed(self, asked: Asked) -> bool:
        raise NotImplementedError

    def right(self, asked: Asked) -> Told:
        raise NotImplementedError

    def answer(self, asked: Asked) -> Told:
        if not self.allowed(asked):
            return told({"message": "no such key"}, 401)
        return self.right(asked)

    def of_people(self) -> list[Person]:
        return sorted(self.people.values(), key=lambda one: (one.changed, one.id))

    def of_deeds(self) -> list[Deed]:
        return sorted(self.deeds.values(), key=lambda one: (one.changed, one.id))

    def cut(self, found: list[Any], begin: int) -> tuple[list[Any], int | None]:
        """A page, and where the next one begins."""
        end = begin + self.page
        return found[begin:end], end if end < len(found) else None

    def after(self, found: list[Any], cursor: str | None, by: str = "changed") -> tuple[list[Any], str | None]:
        """A page of what comes after a cursor, which is the place of the last record and not a number; and the next cursor."""

        def place(one: Any) -> str:
            return f"{getattr(one, by).isoformat()}-{one.id:05}"

        found = [one for one in sorted(found, key=place) if cursor is None or place(one) > cursor]
        part = found[: self.page]
        return part, place(part[-1]) if len(found) > len(part) else None
