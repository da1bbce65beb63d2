"""Who may use a workspace: users and their roles, signing in and out, and the links by which a password is chosen.

Until the first user is made, Lohko is for the machine's own user alone and asks nobody to
sign in. The first user is an admin, and one admin always stays.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError
from lohko.base.text import fold
from lohko.model.roles import WHAT_ROLES_ARE, check_role
from lohko.state import users as kept
from lohko.state import users_openid as openid
from lohko.state.suppression import read_key
from lohko.state.workspace import note
from lohko.steps.passwords import check_password, fits, hashed, outdated
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from sqlalchemy import Connection


def user_add(work: Work, progress: Progress, *, email: str, role: str, name: str = "", password: str | None = None) -> dict[str, Any]:
    """A new user, with a password; or without one, and then with a link's secret (`invitation`) by which they choose it."""
    check_role(role)
    address = address_of(email)
    if password is not None:
        check_password(password, email=address)
    made_hash = None if password is None else hashed(password)
    with work.state.begin() as connection:
        if role != "admin" and not kept.any_user(connection):
            raise InputError("first_is_admin", "The first user is an admin: nobody else could let others in.", hint="--role admin.")
        made = kept.add(connection, address, name.strip()[:200], role, made_hash)
        link = kept.invite(connection, made.id) if made_hash is None else None
        note(connection, "user_added", {"user": made.id, "role": role})
    return {"user": shown(made), "invitation": link}


def address_of(email: str) -> str:
    """An address as it is kept; InputError when it is none."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return fold(validate_email(email.strip(), check_deliverability=False).normalized)
    except EmailNotValidError as error:
        raise InputError("bad_email", "That is no e-mail address.", hint="such as anna@example.fi.") from error


def shown(user: kept.User) -> dict[str, Any]:
    """A user as JSON: no hash, only whether there is one."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "disabled": user.disabled,
        "has_password": user.password is not None,
        "created_at": user.created_at,
        "last_sign_in": user.last_sign_in,
    }


def user_list(work: Work, progress: Progress) -> dict[str, Any]:
    """Everyone who may sign in, and what the roles are."""
    with work.state.connect() as connection:
        linked = openid.linked(connection)
        found = [shown(item) | {"linked": item.id in linked} for item in kept.users(connection)]
    return {"users": found, "roles": dict(WHAT_ROLES_ARE)}


def user_role(work: Work, progress: Progress, *, user: str, role: str) -> dict[str, Any]:
    """Another role for a user, from their next request on."""
    check_role(role)
    with work.state.begin() as connection:
        found = kept.find(connection, user)
        with an_admin_stays(connection):
            kept.change(connection, found.id, role=role)
        note(connection, "user_role", {"user": found.id, "from": found.role, "to": role})
        return {"user": shown(kept.find(connection, found.id))}


def user_disable(work: Work, progress: Progress, *, user: str, disabled: bool = True) -> dict[str, Any]:
    """A user may not sign in any more, and is signed out everywhere; or may again. Their keys stop and start with them."""
    with work.state.begin() as connection:
        found = kept.find(connection, user)
        if disabled:
            kept.sign_out_everywhere(connection, found.id)
        kept.end_invitations(connection, found.id)
        with an_admin_stays(connection):
            kept.change(connection, found.id, disabled=disabled)
        note(connection, "user_disabled" if disabled else "user_enabled", {"user": found.id})
        return {"user": shown(kept.find(connection, found.id))}


@contextmanager
def an_admin_stays(connection: Connection) -> Iterator[None]:
    """Whatever is changed meanwhile, somebody who can sign in is still an admin; InputError takes it back."""
    had = openid.admins(connection)
    yield
    if had and not openid.admins(connection):
        raise InputError("last_admin", "This is the only admin: nobody could let others in.", hint="make somebody else an admin first.")


def user_password(work: Work, progress: Progress, *, user: str, password: str | None = None) -> dict[str, Any]:
    """A new password for a user, or a link's secret by which they choose one: the old one does not hold. They are signed out everywhere."""
    with work.state.connect() as connection:
        found = kept.find(connection, user)
    if password is not None:
        check_password(password, email=found.email)
    made_hash = None if password is None else hashed(password)
    with work.state.begin() as connection:
        kept.end_invitations(connection, found.id)
        link = kept.invite(connection, found.id) if made_hash is None else None
        kept.change(connection, found.id, password=made_hash)
        kept.sign_out_everywhere(connection, found.id)
        note(connection, "user_password_set" if made_hash else "user_invited", {"user": found.id})
    return {"user": shown(found), "invitation": link}


def user_sign_out(work: Work, progress: Progress, *, user: str) -> dict[str, Any]:
    """End every session of a user."""
    with work.state.begin() as connection:
        found = kept.find(connection, user)
        ended = kept.sign_out_everywhere(connection, found.id)
        note(connection, "user_signed_out", {"user": found.id, "sessions": ended})
    return {"user": shown(found), "sessions": ended}


# --- what the web app asks for one who is signing in; no steps of the registry ------------


def sign_in(work: Work, email: str, password: str) -> str:
    """A session's secret for an address and its password; InputError, the same for every reason, when they do not fit."""
    with work.state.connect() as connection:
        found = kept.by_email(connection, email[:320])
    right = fits(found.password if found is not None else None, password)
    if found is None or not right or found.disabled:
        whom, who = ("user", found.id) if found is not None else ("address", _nobodys(work, email))
        with work.state.begin() as connection:
            note(connection, "sign_in_refused", {"by": "password", whom: who})
        raise InputError("wrong_sign_in", "The address or the password is wrong.", hint="an admin can send you a new link.")
    again = hashed(password) if outdated(found.password or "") else None
    with work.state.begin() as connection:
        if again is not None:
            kept.change(connection, found.id, password=again)
        note(connection, "signed_in", {"user": found.id})
        return kept.sign_in(connection, found.id)


def _nobodys(work: Work, email: str) -> str:
    """An address that no user has, as a keyed hash: the audit shows that one is tried again and again, and nobody reads which."""
    return hmac.digest(read_key(work.folder.key, make=True), f"sign_in\x1f{fold(email[:320])}".encode(), "sha256").hex()[:16]


def choose_password(work: Work, link: str, password: str) -> str:
    """The password of whom a link is for; a session's secret. The link does not hold any more, nor do earlier sessions."""
    with work.state.connect() as connection:
        found = kept.invited(connection, link)
    check_password(password, email=found.email)
    made_hash = hashed(password)
    with work.state.begin() as connection:
        kept.use_invitation(connection, link)
        kept.change(connection, found.id, password=made_hash)
        kept.end_invitations(connection, found.id)
        kept.sign_out_everywhere(connection, found.id)
        note(connection, "user_password_chosen", {"user": found.id})
        return kept.sign_in(connection, found.id)


def change_password(work: Work, user: str, before: str, password: str) -> str:
    """Another password of one's own, by the one before; every other session ends, and a new one begins."""
    with work.state.connect() as connection:
        found, linked = kept.find(connection, user), openid.linked(connection)
    if found.password is None and found.id in linked:
        # Else whoever is shut out by the provider could still come in by a password of their own making.
        raise InputError("no_password_here", "You sign in by a provider and have no password here.", hint="an admin can send you a link.")
    if found.password is not None and not fits(found.password, before):
        raise InputError("wrong_password", "The password of now is wrong.")
    check_password(password, email=found.email)
    made_hash = hashed(password)
    with work.state.begin() as connection:
        kept.change(connection, found.id, password=made_hash)
        kept.end_invitations(connection, found.id)
        kept.sign_out_everywhere(connection, found.id)
        note(connection, "user_password_chosen", {"user": found.id})
        return kept.sign_in(connection, found.id)
