"""Answers that pages ask for again and again: kept by what they depend on, in memory and in the workspace's folder `answers/`.

A key says all that an answer depends on (what was asked, the instant, the data, the definitions), so a kept answer is
the one that would be made again. What is asked by several at once is made once. The folder is derived: it is emptied when
people are erased and whenever the data is another, and a part of it that cannot be read is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
MOST_BYTES = 64 << 20
"""How much the folder may hold, and as much again the memory."""
MOST_AT_ONCE = max(2, os.cpu_count() or 2)
"""So many answers are made at the same time; the others wait for their turn, so that what is quick stays quick."""
_MAKERS = ("engine", "maths", "model", "steps")
_making: ContextVar[bool] = ContextVar("making", default=False)


@lru_cache(maxsize=1)
def code() -> str:
    """A word that changes with the code that makes answers: what another Lohko kept is not taken for an answer of this one."""
    folder = Path(__file__).parent.parent
    found = [(item.name, item.stat().st_mtime_ns) for part in _MAKERS for item in sorted((folder / part).glob("*.py"))]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def _still(content: Callable[[], str], of: str) -> bool:
    return content() == of


class _Flight:
    """An answer that is being made."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.begun = False
        """Whether it has its turn."""
        self.answer: Answer | None = None


class Answers:
    """May be used by several threads. Without a folder everything is kept in memory alone."""

    def __init__(self, folder: Path | None = None, most_bytes: int = MOST_BYTES) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self.made = self.found = 0
        self._held: OrderedDict[str, tuple[Answer, int]] = OrderedDict()
        self._bytes = 0
        self._of: str | None = None
        self._cleared = 0
        self._flights: dict[str, _Flight] = {}
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._beside = threading.BoundedSemaphore(MOST_AT_ONCE)

    def __len__(self) -> int:
        return len(self._held)

    def kept(self, content: Callable[[], str], key: tuple[Any, ...], make: Callable[[], Answer]) -> Answer:
        """The answer kept under a key, of the data that `content` names; made when there is none. What others are making just now is waited for.

        An answer during whose making the data became another is not kept.
        """
        while True:
            of = content()
            name = hashlib.sha256(json.dumps([of, code(), *key], default=str).encode()).hexdigest()
            with self._lock:
                self._expect(of)
                held = self._held.get(name)
                if held is not None:
                    self._held.move_to_end(name)
                    self.found += 1
                    return held[0]
                flight = self._flights.get(name)
                # Whoever has a turn does not wait for one who still waits for a turn: that might be this one.
                mine = flight is None or (_making.get() and not flight.begun)
                if flight is None or mine:
                    flight = self._flights[name] = _Flight()
            if mine:
                return self._make(name, flight, make, partial(_still, content, of))
            flight.done.wait()
            if flight.answer is not None:
                return flight.answer
            # Whoever made it was stopped, or failed: it is for the next one to try.

    def _make(self, name: str, flight: _Flight, make: Callable[[], Answer], same: Callable[[], bool]) -> Answer:
        cleared = self._cleared
        try:
            answer = self._read(name)
            if answer is None:
                with self.turn():
                    flight.begun = True
                    answer = make()
                self.made += 1
                if same():
                    self._keep(name, answer, cleared, new=True)
            else:
                self.found += 1
                self._keep(name, answer, cleared, new=False)
            flight.answer = answer
            return answer
        finally:
            with self._lock:
                if self._flights.get(name) is flight:
                    del self._flights[name]
            flight.done.set()

    @contextlib.contextmanager
    def turn(self, *, beside: bool = False) -> Iterator[None]:
        """Room for one more that is made, or for something else that takes long; an answer that is made of others has it already.

        What stands `beside` a rule that is being written is short and does not wait behind whole pages.
        """
        if _making.get():
            yield
            return
        token = _making.set(True)
        try:
            with self._beside if beside else self._turns:
                yield
        finally:
            _making.reset(token)

    def clear(self) -> None:
        """Forget everything, on disk too; what is being made just now is not kept either."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._held.clear()
        self._bytes = 0
        self._cleared += 1
        if self.folder is not None and self.folder.is_dir():
            for item in self.folder.iterdir():
                item.unlink(missing_ok=True)

    def _expect(self, of: str) -> None:
        """Answers of other data are not asked for again."""
        if self._of is None and self.folder is not None:
            with contextlib.suppress(OSError):
                self._of = (self.folder / "of").read_text(encoding="utf-8")
        if self._of != of:
            self._forget()
            self._of = of
            self._write("of", of)

    # --- memory and disk

    def _keep(self, name: str, answer: Answer, cleared: int, *, new: bool) -> None:
        text = json.dumps(answer, ensure_ascii=False, default=str)
        with self._lock:
            if cleared != self._cleared or len(text) > self.most_bytes:
                return
            self._held[name] = answer, len(text)
            self._bytes += len(text)
            while self._bytes > self.most_bytes:
                self._bytes -= self._held.popitem(last=False)[1][1]
            if new and self.folder is not None and json.loads(text) == answer:  # else it would come back as something else
                self._write(f"{name}.json", text)
                self._prune()

    def _read(self, name: str) -> Answer | None:
        if self.folder is None:
            return None
        try:
            answer = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return answer if isinstance(answer, dict) else None

    def _write(self, name: str, text: str) -> None:
        """A file that is there whole or not at all; that a full disk keeps nothing is no harm."""
        if self.folder is None:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            unfinished = self.folder / f"{name}.new"
            unfinished.touch(mode=0o600)
            unfinished.write_text(text, encoding="utf-8")
            unfinished.rename(self.folder / name)

    def _prune(self) -> None:
        """The oldest files make room."""
        assert self.folder is not None
        found = [(item.stat().st_mtime_ns, item.stat().st_size, item) for item in self.folder.glob("*.json")]
        total = sum(size for _, size, _ in found)
        for _, size, item in sorted(found, key=lambda row: row[0]):
            if total <= self.most_bytes:
                return
            item.unlink(missing_ok=True)
            total -= size
