"""Which report is sent when and to whom, and the links by which reports can be read without signing in.

Of a link only the digest is kept: whoever reads the database cannot open it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.state.report_tables import report_link, report_schedule
from lohko.state.users import digest, secret

_SHOWN = ("id", "segment", "language", "created_at", "expires_at", "revoked_at")


def schedules(connection: Connection) -> list[dict[str, Any]]:
    """Every schedule, the oldest first."""
    return [
        dict(row._mapping) for row in connection.execute(select(report_schedule).order_by(report_schedule.c.added_at, report_schedule.c.id))
    ]


def add_schedule(connection: Connection, segment: str | None, form: str, language: str, receivers: Sequence[str], schedule: str) -> str:
    """A new schedule; its id."""
    made = secrets.token_hex(4)
    values = {"id": made, "segment": segment, "form": form, "language": language, "receivers": list(receivers), "schedule": schedule}
    connection.execute(insert(report_schedule).values(**values, added_at=now().isoformat()))
    return made


def remove_schedule(connection: Connection, name: str) -> None:
    """Send a report no more; InputError when there is no such schedule."""
    if not connection.execute(delete(report_schedule).where(report_schedule.c.id == name)).rowcount:
        raise InputError("unknown_schedule", "There is no such schedule.", hint="`lohko report-mail list` shows them.")


def attempted(connection: Connection, name: str, error: str | None) -> None:
    """Write down that a report was sent just now, or why it was not."""
    instant = now().isoformat()
    values = {"last_attempt": instant, "last_error": error} | ({} if error else {"last_success": instant})
    connection.execute(update(report_schedule).where(report_schedule.c.id == name).values(**values))


def links(connection: Connection) -> list[dict[str, Any]]:
    """Every link, the newest first; never what opens it."""
    columns = [report_link.c[name] for name in _SHOWN]
    return [dict(row._mapping) for row in connection.execute(select(*columns).order_by(report_link.c.created_at.desc()))]


def add_link(connection: Connection, segment: str | None, language: str, days: int) -> tuple[str, dict[str, Any]]:
    """A new link: the secret that opens it, told once, and what is kept beside its digest."""
    made, kept = secret()
    moment = now()
    row = {"id": secrets.token_hex(4), "segment": segment, "language": language, "created_at": moment.isoformat(), "revoked_at": None}
    row["expires_at"] = (moment + dt.timedelta(days=days)).isoformat()
    connection.execute(insert(report_link).values(**row, digest=kept))
    return made, row


def open_link(connection: Connection, given: str) -> dict[str, Any] | None:
    """The link that a secret opens; None when there is none, or it is over or revoked."""
    columns = [report_link.c[name] for name in _SHOWN]
    row = connection.execute(select(*columns).where(report_link.c.digest == digest(given))).first()
    if row is None or row.revoked_at is not None or dt.datetime.fromisoformat(row.expires_at) <= now():
        return None
    return dict(row._mapping)


def revoke_link(connection: Connection, name: str) -> None:
    """A link opens nothing any more; InputError when there is none of that id."""
    if not connection.execute(update(report_link).where(report_link.c.id == name).values(revoked_at=now().isoformat())).rowcount:
        raise InputError("unknown_link", "There is no such link.", hint="`lohko report-link list` shows them.")
