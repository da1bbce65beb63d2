"""What webhooks bring: kept before it is answered, and brought in a little later, in the order of change.

A delivery that comes twice is kept once. One that tells of an older state of a record
than a delivery before it changes nothing, however late it comes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.sources.hooks import SCHEMES, Told, understood
from lohko.sources.kind import Page, read_secret
from lohko.state import sources as kept
from lohko.steps.work import Work

if TYPE_CHECKING:
    from lohko.steps.sources import Intake

_AT_ONCE = 2000
_REMEMBERED = dt.timedelta(days=30)


def receive_hook(work: Work, name: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Keep a delivery durably, when its signature is true; whether it is new. InputError otherwise, which says nothing to a stranger."""
    with work.state.connect() as connection:
        row = kept.find(connection, name)
    scheme, where = SCHEMES.get(row["kind"]), row["settings"].get("hook_secret")
    if scheme is None or not where:
        raise InputError("no_hooks", f"The source {name} takes no webhooks.", hint="set its hook_secret.")
    if not scheme.true(headers, body, read_secret("hook_secret", where), now()):
        raise InputError("bad_signature", "The signature does not fit.")
    try:
        delivery, topic = scheme.delivery(headers, body), scheme.topic(headers, body)
    except (ValueError, RecursionError) as error:
        raise InputError("bad_body", "The body cannot be read.") from error
    with work.state.begin() as connection:
        return kept.keep_hook(connection, name, delivery, topic, body)


def take_hooks(work: Work, intake: Intake, row: Mapping[str, Any]) -> int:
    """Bring in what a source's webhooks have told; how many deliveries were taken."""
    scheme, taken = SCHEMES.get(row["kind"]), 0
    while scheme is not None:
        with work.state.connect() as connection:
            waiting = kept.hooks(connection, row["name"], _AT_ONCE)
        if not waiting:
            break
        told = list(understood(scheme, waiting))
        latest: dict[str, Told] = {}
        for _, item in told:
            if item is not None and (item.key not in latest or latest[item.key].changed <= item.changed):
                latest[item.key] = item
        with work.state.connect() as connection:
            known = kept.known_changes(connection, row["name"], list(latest))
        fresh = {key: item for key, item in latest.items() if item.changed >= known.get(key, "")}
        for _, alike in groupby(sorted(fresh.values(), key=_in_files), key=lambda item: _in_files(item)[:2]):
            for item in alike:
                intake.take(Page(item.stream, item.rows, _cursor(work, row["name"], item), item.deleted))
            intake.flush()
        with work.guard, work.state.begin() as connection:
            kept.keep_changes(connection, row["name"], {key: item.changed for key, item in fresh.items()})
            kept.hooks_taken(connection, [number for number, _ in told])
            kept.forget_old_hooks(connection, (now() - _REMEMBERED).isoformat())
        taken += len(told)
    return taken


def _in_files(item: Told) -> tuple[str, tuple[str, ...], str]:
    """The order in which deliveries come in: those of one stream that tell of the same things are one file."""
    return item.stream.name, item.says, item.changed


def _cursor(work: Work, name: str, item: Told) -> dict[str, Any]:
    """Webhooks move no cursor: what they tell is asked for again by the next sync, and changes nothing."""
    with work.state.connect() as connection:
        return dict(kept.find(connection, name)["cursor"].get(item.stream.name, {}))
