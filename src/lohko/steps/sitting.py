"""One sitting at a draft: all its counts are of one instant and one version of the data, and those that nobody waits for any more are stopped.

A sitting holds a snapshot of the store. A count that is stopped costs its snapshot, since a query that is
interrupted ends its transaction; so a second one of the same data lies ready. When neither is left and newer data has
come in, counts run to their end rather than move to other data by themselves.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.state import segments as kept
from lohko.steps.question import Question, ask
from lohko.steps.special import special

if TYPE_CHECKING:
    from lohko.state.drafts import Draft
    from lohko.steps.work import Work

Answer = TypeVar("Answer")
MOST_SITTINGS = 12
IDLE = dt.timedelta(minutes=20)
"""A sitting that nobody asked anything of for so long gives its snapshot back."""
_WORN = 8
"""After so many answers a sitting takes a new snapshot of the same data: temporary tables of one are in memory until it ends, also those that were replaced."""
_opening = threading.Lock()


class Superseded(InputError):
    """The draft was changed after this was asked."""

    def __init__(self) -> None:
        super().__init__("superseded", "The rule was changed meanwhile: this count was stopped.")


@dataclass
class Sitting:
    """A draft's snapshots, and what is being counted on them."""

    work: Work
    question: Question
    spare: Question | None
    store: Any
    latest: int = 0
    answers: int = 0
    """How many were made on the present snapshot."""
    running: int | None = None
    closed: bool = False
    used: dt.datetime = field(default_factory=now)
    lock: threading.Lock = field(default_factory=threading.Lock)
    turning: threading.Lock = field(default_factory=threading.Lock)

    def changed(self, revision: int) -> None:
        """A newer revision counts: what runs for an older one is stopped."""
        with self.turning:
            self.latest = max(self.latest, revision)
            if self.running is not None and self.running < self.latest and self._can_renew():
                self.interrupt()

    def interrupt(self) -> None:
        """Stop what is being counted, if anything is."""
        with contextlib.suppress(duckdb.Error):  # its snapshot may be closed already
            self.question.engine.cursor.interrupt()

    def answer(self, revision: int, count: Callable[[Question, Callable[[], None]], Answer]) -> Answer:
        """What `count` makes of the question, one at a time; Superseded when the draft is changed before it is done.

        `count` gets a function too, which it calls between its parts and which raises when nobody waits any more.
        """

        def still() -> None:
            if revision < self.latest:
                raise Superseded

        with self.lock:
            while True:
                with self.turning:
                    self.latest = max(self.latest, revision)
                    still()
                    if self.closed:
                        raise Superseded
                    self.running = revision
                    self.used = now()
                try:
                    if self.answers >= _WORN and self.work.data_version() == self.question.data_version:
                        self._renew()
                    self.answers += 1
                    return count(self._today(), still)
                except duckdb.InterruptException:
                    self._renew()
                    still()  # else it was meant for a count that was done already: once more
                except duckdb.Error:
                    self._renew()
                    raise
                finally:
                    with self.turning:
                        self.running = None

    def _today(self) -> Question:
        """The question with the segments as they are defined now."""
        with self.work.state.connect() as connection:
            found, marked = kept.current(connection), special(connection)
        definitions = {name: item.definition for name, item in found.items()}
        catalogue = replace(self.question.catalogue, segments=definitions, special=marked)
        self.question = replace(self.question, segments=found, catalogue=catalogue)
        return self.question

    def _can_renew(self) -> bool:
        return self.spare is not None or self.work.data_version() == self.question.data_version

    def _renew(self) -> None:
        """Another snapshot of the same data in the place of one that was stopped, or that has made much."""
        self.answers = 0
        with contextlib.suppress(duckdb.Error):
            self.question.engine.cursor.close()
        if self.work.data_version() == self.question.data_version:
            self.question = ask(self.work, self.question.as_of)
        elif self.spare is not None:
            self.question, self.spare = self.spare, None
        else:  # that data is at hand no more: the page says that it has moved
            self.question = ask(self.work, self.question.as_of)

    def close(self) -> None:
        """Give the snapshots back; who still waits for an answer is told that it is too late."""
        self.closed = True
        for held in (self.question, self.spare):
            if held is not None:
                with contextlib.suppress(duckdb.Error):
                    held.engine.cursor.close()


def sitting(work: Work, draft: Draft) -> Sitting:
    """The sitting of a draft. When its data is no longer at hand, because the process or the time is another, it is of the data of now."""
    with _opening:
        found = work.sittings.get(draft.id)
        if isinstance(found, Sitting) and found.store is work.store and found.question.as_of == draft.as_of:
            return found
        if isinstance(found, Sitting):
            found.close()
        _tidy(work)
        made = Sitting(work, ask(work, draft.as_of), ask(work, draft.as_of), work.store)
        if made.spare is not None and made.spare.data_version != made.question.data_version:
            made.spare = None
        work.sittings[draft.id] = made
        return made


def end_sitting(work: Work, draft: str) -> None:
    """A draft is thrown away, or moves to newer data."""
    with _opening:
        found = work.sittings.pop(draft, None)
    if isinstance(found, Sitting):
        found.close()


def _tidy(work: Work) -> None:
    """The oldest sittings make room, and those that nobody uses."""
    by_age = sorted(work.sittings.items(), key=lambda item: item[1].used)
    for n, (name, old) in enumerate(by_age):
        if old.running is None and (now() - old.used > IDLE or len(by_age) - n >= MOST_SITTINGS):
            del work.sittings[name]
            old.close()
