"""What was noted of calls: who was called, how it went, what comes next, and until which day they are left in peace.

A customer is noted by the key of one of their records: it stays theirs through
merges, and goes with them when they are erased.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from lohko.base.clock import now
from lohko.state.acting import actor
from lohko.state.call_tables import call

OUTCOMES = {"called": 14, "no_answer": 1, "later": 7, "not_now": 90}
"""How a call went, and for how many days whoever it was about is then left in peace, unless another day is named."""


@dataclass(frozen=True)
class Call:
    """One note: to a customer (by the key of a record) or to a company (by its name), at an instant (UTC), by whom, and until which day they rest."""

    id: int
    at: str
    by: str
    node: int | None
    account: str | None
    outcome: str
    until: str
    note: str


def keep(connection: Connection, *, node: int | None, account: str | None, outcome: str, until: dt.date, note: str) -> None:
    """Note a call of just now."""
    values = {"at": now().isoformat(), "by": actor(), "node": node, "account": account, "outcome": outcome}
    connection.execute(insert(call).values(**values, until=until.isoformat(), note=note))


def calls(connection: Connection, nodes: Sequence[int] | None = None) -> list[Call]:
    """Every note, or those of some records, the latest first."""
    asked = select(call).order_by(call.c.id.desc())
    if nodes is not None:
        asked = asked.where(call.c.node.in_(list(nodes)))
    return [Call(**row._mapping) for row in connection.execute(asked)]


def forget(connection: Connection, nodes: Sequence[int]) -> None:
    """Take out what was noted of some records: their person is erased."""
    for place in range(0, len(nodes), 500):
        connection.execute(delete(call).where(call.c.node.in_(list(nodes[place : place + 500]))))
