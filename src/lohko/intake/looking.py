"""What look-ups are answered from: the published files, read into memory and followed, and the keys by which one may ask.

Only files and `state` are read, by a thread and never for a request.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, SlidingWindowCounterRateLimiter
from sqlalchemy import Connection, Engine

from lohko.base import contacts
from lohko.base.clock import now
from lohko.base.text import fold
from lohko.engine.served import Head, Marks, Served, newest, read_served
from lohko.landing.addresses import address
from lohko.model.roles import key_may
from lohko.state import keys, users, write_keys
from lohko.state.keys import Key
from lohko.state.suppression import read_key
from lohko.state.users import digest
from lohko.state.workspace import Folder

_EVERY_SECONDS = 0.2
BLIND_SECONDS = 5.0
_KEYS_EVERY = 3
"""In so many rounds keys are read again."""
SHOWN = ("email", "phone", "user_id", "anonymous_id", "person_id")
_KINDS = {"email": "email", "phone": "phone", "user_id": "id", "anonymous_id": "anonymous", "person_id": "person"}
_log = logging.getLogger("lohko.lookups")


@dataclass(frozen=True)
class Rates:
    """How often may be asked, each minute."""

    of_key: int = 120_000
    """By one key of a program."""
    of_visitor: int = 600
    """From one address by one public key."""


@dataclass(frozen=True)
class Answer:
    """What is told of one person: the segments of the publication they are in, those of them that a page may show, and whether anybody was found."""

    known: bool
    segments: list[str]
    in_shop: list[str]
    head: Head | None


class Looking:
    """Answers from memory; safe to ask while its thread follows what is published."""

    def __init__(self, folder: Folder, state: Engine, country: str, rates: Rates | None = None) -> None:
        self._folder, self._state, self._country = folder, state, country
        self._served: Served | None = None
        self._marks: Marks | None = None
        self._workspace_key = b""
        self._keys: dict[str, Key] = {}
        self._sites: dict[str, frozenset[str]] = {}
        self._used: set[str] = set()
        rates = rates or Rates()
        storage = MemoryStorage()
        self._often, self._of_key = SlidingWindowCounterRateLimiter(storage), RateLimitItemPerMinute(rates.of_key)
        self._visits, self._of_visitor = MovingWindowRateLimiter(storage), RateLimitItemPerMinute(rates.of_visitor)
        self._over, self._looked = threading.Event(), time.monotonic()
        address(""), contacts.phone("", country)  # what these load is not to be waited for by the first who asks
        self.look()
        self._thread = threading.Thread(target=self._run, name="lohko-looking", daemon=True)
        self._thread.start()

    # --- who asks

    def key(self, text: str | None) -> Key | None:
        """The key of a program that a text is, when it holds and may look up."""
        found = self._keys.get(digest(text)) if text else None
        if found is None or not found.holds:
            return None
        if keys.stale(found):
            self._used.add(found.id)
        return found

    def sites(self, key: str) -> frozenset[str]:
        """The sites whose pages may ask with a public key."""
        return self._sites.get(key, frozenset())

    def too_often(self, key: Key) -> bool:
        """Whether a program asks more often than it may."""
        return not self._often.hit(self._of_key, "key", key.id)

    def visits_too_often(self, key: str, address: str) -> bool:
        """Whether a visitor's address asks more often than a visitor can."""
        return not self._visits.hit(self._of_visitor, "visitor", key, address)

    def secret(self, key: str) -> bytes:
        """By which the visitors of pages with a public key are signed."""
        return write_keys.token_secret(self._workspace_key, key)

    # --- what is told

    def answer(self, kind: str, value: str, source: str | None = None) -> Answer:
        """What is told of whom an identifier leads to; of an id of no named source when it leads to one person, whatever the source."""
        served, marks = self._served, self._marks
        if served is None or marks is None:
            return Answer(False, [], [], None)
        known, inside, is_quiet, head = served.found(list(self._marks_of(marks, served.head, kind, value, source)))
        shown = [] if is_quiet else [name for name in inside if head.segments[name]]
        return Answer(known != 0, inside, shown, head)

    def _marks_of(self, marks: Marks, head: Head, kind: str, value: str, source: str | None) -> Iterator[int]:
        if kind in ("user_id", "anonymous_id"):
            for one in head.sources if source is None else (source,):
                yield marks.mark(_KINDS[kind], one, value)
        elif kind in ("email", "phone"):
            read_as = address(value) if kind == "email" else contacts.phone(value, self._country)
            yield marks.mark(kind, "", fold(read_as or value))
        else:
            yield marks.mark(_KINDS[kind], "", value.casefold())

    # --- keeping up

    def look(self) -> None:
        """Read keys and what is published again."""
        with self._state.connect() as connection:
            self._keys = _those_who_may(connection)
            self._sites = write_keys.origins(connection)
        self._touch()
        if self._marks is None and self._folder.key.exists():
            self._workspace_key = read_key(self._folder.key)
            self._marks = Marks(self._workspace_key)
        self.follow()

    def follow(self) -> None:
        """Take in what was published since; a newer base takes the place of the one before at one instant."""
        number = newest(self._folder.served)
        if number == 0:
            self._served = None
        elif self._marks is not None and (self._served is None or self._served.number != number):
            self._served = read_served(self._folder.served, self._marks.check) or self._served
        elif self._served is not None:
            self._served.follow()
        self._looked = time.monotonic()

    @property
    def is_blind(self) -> bool:
        """Whether what is published could not be read for so long that what is known of it may be told no more: an erasure may be in it."""
        return time.monotonic() - self._looked > BLIND_SECONDS

    def _touch(self) -> None:
        used, self._used = self._used, set()
        if used:
            with self._state.begin() as connection:
                for one in used:
                    keys.touch(connection, one)

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        rounds = 0
        while not self._over.wait(_EVERY_SECONDS):
            rounds += 1
            try:
                self.look() if rounds % _KEYS_EVERY == 0 else self.follow()
            except Exception as error:  # whatever it is, the next look may be well again; without looks nothing would ever be forgotten
                _log.error("what is published could not be read: %s", type(error).__name__)


def _those_who_may(connection: Connection) -> dict[str, Key]:
    found = {}
    for one, key in keys.by_digest(connection, keys.LOOKUP).items():
        owner = None if key.user is None else users.by_id(connection, key.user)
        role = "admin" if key.user is None else "" if owner is None or owner.disabled else owner.role
        if key_may(role, key.scopes, keys.LOOKUP):
            found[one] = key
    return found


def age_of(head: Head | None, at: dt.datetime | None = None) -> float | None:
    """How old what is told is, in seconds; None before the first refresh."""
    if head is None or head.as_of is None:
        return None
    return max(0.0, round(((at or now()) - dt.datetime.fromisoformat(head.as_of)).total_seconds(), 1))
