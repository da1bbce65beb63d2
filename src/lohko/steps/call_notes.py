"""Calls as they are noted: to a customer or a company, how they went, until when nobody calls again, and what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import fold
from lohko.base.times import local_day
from lohko.engine import calls
from lohko.engine.account_figures import Figures
from lohko.engine.erasure import subject
from lohko.state import calls as noted
from lohko.state.users import users
from lohko.state.workspace import note as audit_note
from lohko.steps.work import Progress, Work


def call_note(
    work: Work,
    progress: Progress,
    *,
    customer: str | None = None,
    account: str | None = None,
    outcome: str,
    until: str | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Note a call to a customer or a company: how it went, until which day they rest, and what comes next."""
    if outcome not in noted.OUTCOMES:
        raise InputError("unknown_outcome", f"There is no outcome {outcome!r}.", hint=did_you_mean(outcome, noted.OUTCOMES))
    if (customer is None) == (account is None):
        raise InputError("whose_call", "A call is noted to one customer, or to one company.")
    if len(note) > MOST_LETTERS:
        raise InputError("too_long", f"A note has at most {MOST_LETTERS} letters.", place="note")
    today = local_day(now(), work.settings.zone)
    rest = today + dt.timedelta(days=noted.OUTCOMES[outcome]) if until is None else _day(until, today)
    cursor, _, schema = work.snapshot()
    node, name, seen = None, None, list[str]()
    if customer is not None:
        found = subject(cursor, schema, customer)
        node, seen = calls.first_node(cursor, found.person), [found.person_id]
    else:
        firms = Figures(cursor, schema, now(), work.settings.zone)
        name = next((one for one in firms.names.values() if fold(one) == fold(account or "")), None)
        if name is None:
            raise InputError(
                "unknown_account", f"No account is called {account!r}.", hint=did_you_mean(account or "", firms.names.values())
            )
    with work.state.begin() as connection:
        noted.keep(connection, node=node, account=name, outcome=outcome, until=rest, note=note.strip())
        audit_note(connection, "call_noted", {"outcome": outcome}, seen)
    return {"customer": customer, "account": name, "outcome": outcome, "until": rest.isoformat(), "note": note.strip()}


MOST_LETTERS = 500


def _day(text: str, today: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("bad_day", f"{text!r} is no day.", hint="write it as 2026-05-31.") from None
    if not today <= day <= today + dt.timedelta(days=3660):
        raise InputError("bad_day", f"{text!r} is no day to call again.", hint="a day that is still to come, at most ten years from now.")
    return day


def calls_of(work: Work, nodes: Sequence[int]) -> list[dict[str, Any]]:
    """The calls that were noted of some records, the latest first, by whom as people read it."""
    with work.state.connect() as connection:
        every, names = noted.calls(connection, nodes), {f"user {item.id}": item.name or item.email for item in users(connection)}
    return [told_call(item) | {"by": names.get(item.by, item.by)} for item in every]


def told_call(item: noted.Call) -> dict[str, Any]:
    """A note of a call as JSON."""
    return {"at": item.at, "by": item.by, "outcome": item.outcome, "until": item.until, "note": item.note}
