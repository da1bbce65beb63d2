"""Who may send events, and whether there is room for them: read from `state` and the disk about twice a second, never per request."""

from __future__ import annotations

import logging
import shutil
import threading
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from lohko.landing.inbox import Position, waiting_bytes
from lohko.state.inbox import read_through
from lohko.state.users import digest
from lohko.state.workspace import Folder
from lohko.state.write_keys import WriteKey, by_digest

_EVERY_SECONDS = 0.5
_log = logging.getLogger("lohko.intake")


@dataclass(frozen=True)
class Room:
    """What may be used up before senders are told to wait."""

    most_waiting: int = 1 << 30
    """Bytes that wait in the inbox."""
    least_free: int = 1 << 30
    """Bytes that stay free on the disk."""
    visitor_rate: int = 600
    """Requests per minute from one address by one public key."""


class Gate:
    """What is known of keys and room. A key that is revoked is refused within a second."""

    def __init__(self, folder: Folder, state: Engine, room: Room | None = None) -> None:
        self._folder, self._state, self._room = folder, state, room or Room()
        self._keys: dict[str, WriteKey] = {}
        self._full = False
        self._rates = MovingWindowRateLimiter(MemoryStorage())
        self._rate = RateLimitItemPerMinute(self._room.visitor_rate)
        self._over = threading.Event()
        self.look()
        self._thread = threading.Thread(target=self._run, name="lohko-gate", daemon=True)
        self._thread.start()

    def key(self, text: str | None) -> WriteKey | None:
        """The key that a text is, when it holds. What is compared are digests, so no time tells anything of it."""
        return self._keys.get(digest(text)) if text else None

    def full(self) -> bool:
        """Whether senders have to wait until more has been read, or there is more room on the disk."""
        return self._full

    def too_often(self, key: WriteKey, address: str) -> bool:
        """Whether one visitor's address sends more than a visitor can do."""
        return key.kind == "public" and not self._rates.hit(self._rate, key.id, address)

    def look(self) -> None:
        """Read keys and room again."""
        with self._state.connect() as connection:
            self._keys = by_digest(connection)
            position = Position(*read_through(connection))
        waiting = waiting_bytes(self._folder.inbox, position)
        free = shutil.disk_usage(self._folder.path).free
        self._full = waiting > self._room.most_waiting or free < self._room.least_free

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            try:
                self.look()
            except (SQLAlchemyError, OSError) as error:
                _log.error("keys and room could not be looked up: %s", type(error).__name__)
