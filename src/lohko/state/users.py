"""Users, the sessions they are signed in by, and the links by which they choose a password.

Of every secret only its SHA-256 is kept: it has 256 random bits, so nothing can be tried
against the digest. Passwords are argon2 hashes, made in `steps/passwords.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import fold
from lohko.state.user_tables import app_user, invitation, session

IDLE = dt.timedelta(hours=12)
"""After so long without a request one has to sign in again."""
LONGEST = dt.timedelta(days=7)
"""After so long one has to sign in again in any case."""
INVITED = dt.timedelta(days=3)
"""How long a link to choose a password holds; it holds once."""
_TOUCH = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class User:
    """Someone who may sign in."""

    id: str
    email: str
    name: str
    role: str
    disabled: bool
    password: str | None
    created_at: str
    last_sign_in: str | None


def secret() -> tuple[str, str]:
    """A new random secret, and the digest that is kept of it."""
    made = secrets.token_urlsafe(32)
    return made, digest(made)


def digest(text: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(text.encode()).hexdigest()


def _user(row: Row[Any]) -> User:
    return User(**{name: row._mapping[name] for name in User.__dataclass_fields__})


def any_user(connection: Connection) -> bool:
    """Whether anybody was ever added: from then on one has to sign in."""
    return connection.execute(select(app_user.c.id).limit(1)).first() is not None


def users(connection: Connection) -> list[User]:
    """Everyone, by e-mail."""
    return [_user(row) for row in connection.execute(select(app_user).order_by(app_user.c.email))]


def by_id(connection: Connection, user: str) -> User | None:
    """The user of that id."""
    row = connection.execute(select(app_user).where(app_user.c.id == user)).first()
    return None if row is None else _user(row)


def named(connection: Connection, actor: str) -> str:
    """Whoever acted, as people call them: a user by their name, a program and the machine's user as the audit does."""
    kind, _, number = actor.partition(" ")
    user = by_id(connection, number) if kind == "user" and number else None
    return actor if user is None else user.name or user.email


def by_email(connection: Connection, email: str) -> User | None:
    """The user of that address, in any case of its letters."""
    row = connection.execute(select(app_user).where(app_user.c.email == fold(email))).first()
    return None if row is None else _user(row)


def find(connection: Connection, given: str) -> User:
    """The user of that address or id; InputError, with candidates, when there is none."""
    found = by_email(connection, given) or by_id(connection, given)
    if found is None:
        known = [item.email for item in users(connection)]
        raise InputError("unknown_user", "There is no such user.", hint=did_you_mean(fold(given), known) or "`lohko user add` makes one.")
    return found


def add(connection: Connection, email: str, name: str, role: str, password: str | None) -> User:
    """Keep a new user; InputError when the address is taken."""
    if by_email(connection, email) is not None:
        raise InputError("user_exists", "There is a user with that address already.", hint="`lohko user list` shows everyone.")
    made = User(secrets.token_hex(6), fold(email), name, role, False, password, now().isoformat(), None)
    connection.execute(insert(app_user).values(**made.__dict__))
    return made


def change(connection: Connection, user: str, **values: Any) -> None:
    """Set what is said of a user."""
    connection.execute(update(app_user).where(app_user.c.id == user).values(**values))


def admins(connection: Connection) -> int:
    """How many may say who uses Lohko, with those who have yet to choose a password."""
    counted = select(func.count()).where(app_user.c.role == "admin", app_user.c.disabled.is_(False))
    return int(connection.execute(counted).scalar_one())


# --- sessions ---------------------------------------------------------------------------


def sign_in(connection: Connection, user: str) -> str:
    """A new session's secret; those that are over are forgotten."""
    made, kept = secret()
    instant = now()
    connection.execute(delete(session).where(session.c.used_at < (instant - IDLE).isoformat()))
    connection.execute(insert(session).values(digest=kept, user=user, created_at=instant.isoformat(), used_at=instant.isoformat()))
    change(connection, user, last_sign_in=instant.isoformat())
    return made


def signed_in(connection: Connection, given: str) -> tuple[User, bool] | None:
    """Whose session a secret is, if it still holds and they may still sign in; and whether its use has to be written down."""
    row = connection.execute(select(session).where(session.c.digest == digest(given))).first()
    if row is None:
        return None
    instant, used, made = now(), dt.datetime.fromisoformat(row.used_at), dt.datetime.fromisoformat(row.created_at)
    if instant - used > IDLE or instant - made > LONGEST:
        return None
    found = by_id(connection, row.user)
    return None if found is None or found.disabled else (found, instant - used > _TOUCH)


def touch(connection: Connection, given: str) -> None:
    """Write down that a session was used just now."""
    connection.execute(update(session).where(session.c.digest == digest(given)).values(used_at=now().isoformat()))


def sign_out(connection: Connection, given: str) -> None:
    """End one session."""
    connection.execute(delete(session).where(session.c.digest == digest(given)))


def sign_out_everywhere(connection: Connection, user: str) -> int:
    """End every session of a user; how many there were."""
    return int(connection.execute(delete(session).where(session.c.user == user)).rowcount)


def close_every_way_in(connection: Connection) -> dict[str, int]:
    """End all sessions and invitations, of everyone; how many there were."""
    return {f"{table.name}s": int(connection.execute(delete(table)).rowcount) for table in (session, invitation)}


# --- links to choose a password ---------------------------------------------------------


def invite(connection: Connection, user: str) -> str:
    """A link's secret by which a user may choose a password once; earlier ones of theirs no longer hold."""
    made, kept = secret()
    connection.execute(delete(invitation).where(invitation.c.user == user))
    connection.execute(insert(invitation).values(digest=kept, user=user, expires_at=(now() + INVITED).isoformat()))
    return made


def invited(connection: Connection, given: str) -> User:
    """Whom a link is for; InputError when it does not hold (any more)."""
    row = connection.execute(select(invitation).where(invitation.c.digest == digest(given))).first()
    found = None if row is None or dt.datetime.fromisoformat(row.expires_at) < now() else by_id(connection, row.user)
    if found is None or found.disabled:
        raise InputError("invitation_over", "This link does not hold any more.", hint="ask an admin for a new one.")
    return found


def use_invitation(connection: Connection, given: str) -> None:
    """A link is used up; InputError when it was already."""
    if connection.execute(delete(invitation).where(invitation.c.digest == digest(given))).rowcount != 1:
        raise InputError("invitation_over", "This link does not hold any more.", hint="ask an admin for a new one.")


def end_invitations(connection: Connection, user: str) -> None:
    """No link of a user holds any more."""
    connection.execute(delete(invitation).where(invitation.c.user == user))
