"""Where a stream is that comes in the order of change: the latest change seen, and what was seen around it.

Only the source's own times are compared, so it does not matter how its clock and
ours differ; a time that lies ahead of both moves nothing past what is still to
come. What changes late or with an equal time is asked for again from a little
before the latest time, and what was seen there already is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lohko.base.errors import PartialError
from lohko.base.times import instant

_MOST_REMEMBERED = 5000


class Since:
    """The place in a stream that comes in the order of change."""

    def __init__(self, cursor: dict[str, Any], now: dt.datetime, *, overlap: dt.timedelta = dt.timedelta(minutes=5)) -> None:
        self.latest = instant(cursor.get("since"))
        self._now, self._overlap = now, overlap
        self._at_first: dict[str, str] = dict(cursor.get("seen", {}))
        self._seen = {name: (text, instant(text)) for name, text in self._at_first.items()}
        self._begin = self.latest

    @property
    def start(self) -> dt.datetime | None:
        """From which change on a sync asks; None for everything."""
        return None if self._begin is None else self._begin - self._overlap

    @property
    def onward(self) -> dt.datetime | None:
        """From which change on the next page is asked: what is equal to the latest may not all have come."""
        if self.latest is None or self.latest == self._begin:
            return self.start
        return self.latest

    def fresh(self, key: Any, changed: Any) -> bool:
        """Whether a record with this key was not yet seen as changed at this time; it is remembered."""
        name, text = str(key), str(changed)
        if self._seen.get(name, ("",))[0] == text:
            return False
        at = instant(changed)
        if at is not None:
            self._seen.pop(name, None)
            self._seen[name] = (text, at)
            at = min(at, self._now)
            self.latest = at if self.latest is None else max(self.latest, at)
            if len(self._seen) > 4 * _MOST_REMEMBERED:
                self._forget()
        return True

    def saw(self, key: Any, changed: Any) -> bool:
        """Whether a record was seen as changed at this time when the last sync ended."""
        return self._at_first.get(str(key)) == str(changed)

    def cursor(self) -> dict[str, Any]:
        """The place after everything seen so far."""
        if self.latest is None:
            return {}
        self._forget()
        return {"since": written_exactly(self.latest), "seen": {name: text for name, (text, _) in self._seen.items()}}

    def _forget(self) -> None:
        """What was seen so long before the latest change that it is not asked for again."""
        assert self.latest is not None
        edge = self.latest - self._overlap
        near = [(name, seen) for name, seen in self._seen.items() if seen[1] is not None and seen[1] >= edge]
        self._seen = dict(near[-_MOST_REMEMBERED:])


def written_exactly(at: dt.datetime) -> str:
    """An instant in UTC with all its digits."""
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def in_order(
    since: Since,
    ask: Callable[[dt.datetime | None, int], Sequence[Mapping[str, Any]]],
    key: Callable[[Mapping[str, Any]], Any],
    changed: Callable[[Mapping[str, Any]], Any],
    size: int,
    *,
    most_pages: int | None = None,
) -> Iterator[list[Mapping[str, Any]]]:
    """The new records of a stream that is asked by numbered pages, in the order of change.

    `ask(from, page)` gives page 0, 1 ... of what changed at or after an instant. Numbers
    shift when records change meanwhile, so the numbers begin anew from the latest
    change wherever there is a later one; only records of one and the same instant go
    by number. `most_pages` is how many the system gives at most.
    """
    page = 0
    while True:
        before = since.latest
        records = ask(since.onward, page)
        yield [record for record in records if since.fresh(key(record), changed(record))]
        if len(records) < size:
            return
        page = 0 if since.latest != before else page + 1
        if most_pages is not None and page >= most_pages:
            raise PartialError(
                "source_too_many_at_once",
                "More records changed at one instant than the system tells of.",
                hint="import a file of that day once; the next sync goes on from the settings given.",
            )
