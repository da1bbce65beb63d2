"""Which report is sent when and to whom, and the links by which reports can be read without signing in.

Of a link only the digest is kept: whoever reads the database cannot open it. Both are of
whoever made them, and rest while that user may not make reports; an admin can take them over.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, delete, insert, select, update

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.model.roles import may
from lohko.state.report_tables import report_link, report_maker, report_schedule
from lohko.state.user_tables import app_user
from lohko.state.users import digest, secret

_SHOWN = ("id", "segment", "language", "created_at", "expires_at", "revoked_at")


def _of_somebody(connection: Connection, columns: Sequence[Column[Any]], *where: Any, order: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Rows with the address of who made each (None for the machine's own user), and whether it `rests` because they may not any more."""
    table = columns[0].table
    made_by = [app_user.c.email.label("made_by"), app_user.c.role.label("_role"), app_user.c.disabled.label("_disabled")]
    rows = select(*columns, *made_by).select_from(
        table.outerjoin(report_maker, report_maker.c.item == table.c.id).outerjoin(app_user, app_user.c.id == report_maker.c.user)
    )
    found = []
    for row in connection.execute(rows.where(*where).order_by(*order)):
        kept = dict(row._mapping)
        role, disabled = kept.pop("_role"), kept.pop("_disabled")
        found.append(kept | {"rests": role is not None and (disabled or not may(role, "reports"))})
    return found


def take_over(connection: Connection, item: str, user: str | None) -> None:
    """A schedule or a link is of this user from now on; None is the machine's own user. InputError when there is no such one."""
    known = [connection.execute(select(table.c.id).where(table.c.id == item)).first() for table in (report_link, report_schedule)]
    if not any(known):
        raise InputError(
            "unknown_link", "There is no such link or schedule.", hint="`lohko report-link list` and `report-mail list` show them."
        )
    connection.execute(delete(report_maker).where(report_maker.c.item == item))
    if user is not None:
        connection.execute(insert(report_maker).values(item=item, user=user))


def schedules(connection: Connection) -> list[dict[str, Any]]:
    """Every schedule, the oldest first."""
    return _of_somebody(connection, list(report_schedule.c), order=(report_schedule.c.added_at, report_schedule.c.id))


def add_schedule(
    connection: Connection, segment: str | None, form: str, language: str, receivers: Sequence[str], schedule: str, user: str | None = None
) -> str:
    """A new schedule, of a user; its id."""
    made = secrets.token_hex(4)
    values = {"id": made, "segment": segment, "form": form, "language": language, "receivers": list(receivers), "schedule": schedule}
    connection.execute(insert(report_schedule).values(**values, added_at=now().isoformat()))
    take_over(connection, made, user)
    return made


def remove_schedule(connection: Connection, name: str) -> None:
    """Send a report no more; InputError when there is no such schedule."""
    connection.execute(delete(report_maker).where(report_maker.c.item == name))
    if not connection.execute(delete(report_schedule).where(report_schedule.c.id == name)).rowcount:
        raise InputError("unknown_schedule", "There is no such schedule.", hint="`lohko report-mail list` shows them.")


def attempted(connection: Connection, name: str, error: str | None) -> None:
    """Write down that a report was sent just now, or why it was not."""
    instant = now().isoformat()
    values = {"last_attempt": instant, "last_error": error} | ({} if error else {"last_success": instant})
    connection.execute(update(report_schedule).where(report_schedule.c.id == name).values(**values))


def links(connection: Connection) -> list[dict[str, Any]]:
    """Every link, the newest first; never what opens it."""
    return _of_somebody(connection, [report_link.c[name] for name in _SHOWN], order=(report_link.c.created_at.desc(),))


def add_link(connection: Connection, segment: str | None, language: str, days: int, user: str | None = None) -> tuple[str, dict[str, Any]]:
    """A new link, of a user: the secret that opens it, told once, and what is kept beside its digest."""
    made, kept = secret()
    moment = now()
    row = {"id": secrets.token_hex(4), "segment": segment, "language": language, "created_at": moment.isoformat(), "revoked_at": None}
    row["expires_at"] = (moment + dt.timedelta(days=days)).isoformat()
    connection.execute(insert(report_link).values(**row, digest=kept))
    take_over(connection, str(row["id"]), user)
    return made, row


def open_link(connection: Connection, given: str) -> dict[str, Any] | None:
    """The link that a secret opens; None when there is none, or it is over, revoked, or rests."""
    found = _of_somebody(connection, [report_link.c[name] for name in _SHOWN], report_link.c.digest == digest(given))
    return found[0] if found and opens(found[0]) else None


def opens(link: Mapping[str, Any]) -> bool:
    """Whether a link opens its report now."""
    return link["revoked_at"] is None and not link["rests"] and dt.datetime.fromisoformat(link["expires_at"]) > now()


def revoke_link(connection: Connection, name: str) -> None:
    """A link opens nothing any more; InputError when there is none of that id."""
    if not connection.execute(update(report_link).where(report_link.c.id == name).values(revoked_at=now().isoformat())).rowcount:
        raise InputError("unknown_link", "There is no such link.", hint="`lohko report-link list` shows them.")


def revoke_links(connection: Connection) -> int:
    """No link opens anything any more; how many were not revoked already."""
    return int(
        connection.execute(update(report_link).where(report_link.c.revoked_at.is_(None)).values(revoked_at=now().isoformat())).rowcount
    )
