"""Messages brought in without HTTP: put into the inbox as the intake does, and taken."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lohko.engine.sql import render
from lohko.landing.delivery import delivery_of
from lohko.landing.inbox import Writer
from lohko.landing.messages import opened
from lohko.state.inbox import read_through
from lohko.state.workspace import Settings, create
from lohko.state.write_keys import write_keys
from lohko.steps.intake import events_take
from lohko.steps.work import Work, silent
from lohko.steps.write_keys import event_key_add
from lohko.wiring import open_work

NOON = dt.datetime(2026, 11, 28, 12, 0, tzinfo=dt.UTC)
SETTINGS = Settings("Europe/Helsinki", "EUR", "FI")
_numbers = itertools.count()


@contextmanager
def shop(path: Path, *sources: str) -> Iterator[Work]:
    """A new workspace with a server and a public key for each of the sources, `web` alone when none is named."""
    create(path, SETTINGS)
    with open_work(path, silent) as work:
        for source in sources or ("web",):
            for kind in ("server", "public"):
                event_key_add(work, silent, source=source, kind=kind)
        yield work


def put(work: Work, *messages: Any, kind: str = "server", source: str = "web", at: dt.datetime = NOON, **beside: Any) -> None:
    """Bring one batch of messages to the inbox."""
    with work.state.connect() as connection:
        key = next(key for key in write_keys(connection) if key.kind == kind and key.source == source)
        after = read_through(connection)[0]
    writer = Writer(work.folder.inbox, after)
    writer.append(
        [delivery_of({"batch": [dict(item) if isinstance(item, dict) else item for item in messages], **beside}, key.id, at, None).pack()]
    )
    writer.close()


def put_body(work: Work, body: bytes, at: dt.datetime = NOON) -> None:
    """Bring a request of the server's key to the inbox as it came over HTTP."""
    with work.state.connect() as connection:
        key = next(key for key in write_keys(connection) if key.kind == "server")
        after = read_through(connection)[0]
    writer = Writer(work.folder.inbox, after)
    writer.append([delivery_of(opened(body), key.id, at, None).pack()])
    writer.close()


def send(work: Work, *messages: Any, **how: Any) -> dict[str, Any]:
    """Bring a batch of messages in; what became of everything that waited."""
    put(work, *messages, **how)
    return events_take(work, silent)


def track(
    event: str,
    *,
    user: str | None = None,
    anonymous: str | None = None,
    at: dt.datetime | None = None,
    number: str | None = None,
    **properties: Any,
) -> dict[str, Any]:
    """A `track` message."""
    body: dict[str, Any] = {"type": "track", "event": event, "properties": properties, "messageId": number or f"m{next(_numbers)}"}
    body |= {"userId": user} if user is not None else {}
    body |= {"anonymousId": anonymous} if anonymous is not None else {}
    return body | ({"timestamp": at.isoformat()} if at is not None else {})


def identify(
    user: str, *, anonymous: str | None = None, at: dt.datetime | None = None, number: str | None = None, context: Any = None, **traits: Any
) -> dict[str, Any]:
    """An `identify` message."""
    body: dict[str, Any] = {"type": "identify", "userId": user, "traits": traits, "messageId": number or f"m{next(_numbers)}"}
    body |= {"anonymousId": anonymous} if anonymous is not None else {}
    body |= {"context": context} if context is not None else {}
    return body | ({"timestamp": at.isoformat()} if at is not None else {})


def rows(work: Work, event: str, *names: str) -> list[tuple[Any, ...]]:
    """The events of a kind: who by then, and the properties of those names, in the order of time."""
    kind = work.schema().event(event)
    cursor = work.store.cursor()
    asked = {f"__p{place}": kind.property(name).column for place, name in enumerate(names)}
    picked = "".join(f", e.{name}" for name in asked)
    sql = render(
        f'SELECT (SELECT string_agg(n.value, "+" ORDER BY n.value) FROM node AS n WHERE n.person = e.person){picked} FROM __t AS e ORDER BY e."at", e.batch, e.record'.replace(
            '"+"', "'+'"
        ),
        {"__t": kind.table, **asked},
    )
    return cursor.execute(sql).fetchall()


def people(work: Work) -> list[str]:
    """The living people by the values of their records."""
    sql = "SELECT string_agg(n.value, '+' ORDER BY n.value) FROM person AS p JOIN node AS n ON n.person = p.person WHERE p.living GROUP BY p.person ORDER BY 1"
    return [text for (text,) in work.store.cursor().execute(sql).fetchall()]


def value(work: Work, name: str) -> dict[str, Any]:
    """The latest value of an attribute by the label of its person."""
    table = work.schema().attribute(name).table
    sql = render(
        "SELECT p.label, arg_max(a.value, a.valid_from) FROM __t AS a JOIN person AS p ON p.person = a.person GROUP BY 1", {"__t": table}
    )
    return dict(work.store.cursor().execute(sql).fetchall())
