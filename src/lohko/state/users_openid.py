"""Signing in by an OpenID provider: what a workspace is set to, and which user each person of the provider is.

A person of a provider is known by the issuer and its `sub`, which never changes;
an e-mail address only helps to find whose it is the first time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, delete, insert, select

from lohko.base.clock import now
from lohko.state.tables import setting
from lohko.state.user_tables import app_user, openid_link

_SETTING = "openid"


@dataclass(frozen=True)
class OpenId:
    """A provider and whom it lets in. The client's secret is not here, only where it is: `env:NAME` or `file:PATH`."""

    issuer: str
    client_id: str
    secret: str
    """Empty for a client that has none: then PKCE alone shows that the code came to whoever asked for it."""
    domains: tuple[str, ...]
    """Whose addresses may sign in; the part behind the @."""
    name: str = ""
    """What the button says the provider is."""
    new_people: str | None = None
    """The role of somebody who comes for the first time; None: only those who were invited come in."""
    roles_from: str | None = None
    """The claim that lists somebody's groups."""
    roles: tuple[tuple[str, str], ...] = field(default=())
    """Group and role, the first that fits counts."""
    verified_by: str = "email_verified"
    """The claim that says that the provider has seen the address to be theirs."""


def read(connection: Connection) -> OpenId | None:
    """The provider, if there is one."""
    found = connection.execute(select(setting.c.value).where(setting.c.name == _SETTING)).scalar()
    if not found:
        return None
    return OpenId(**(found | {"domains": tuple(found["domains"]), "roles": tuple((group, role) for group, role in found["roles"])}))


def keep(connection: Connection, provider: OpenId | None) -> None:
    """Set the provider; None for none."""
    connection.execute(delete(setting).where(setting.c.name == _SETTING))
    if provider is not None:
        connection.execute(insert(setting).values(name=_SETTING, value=asdict(provider)))


def user_of(connection: Connection, issuer: str, subject: str) -> str | None:
    """The id of the user who a person of a provider is."""
    found = select(openid_link.c.user).where(openid_link.c.issuer == issuer, openid_link.c.subject == subject)
    return connection.execute(found).scalar()


def link(connection: Connection, issuer: str, subject: str, user: str) -> None:
    """From now on a person of a provider is this user."""
    connection.execute(insert(openid_link).values(issuer=issuer, subject=subject, user=user, linked_at=now().isoformat()))


def unlink(connection: Connection, user: str) -> int:
    """A user is nobody of a provider any more; how many links there were."""
    return int(connection.execute(delete(openid_link).where(openid_link.c.user == user)).rowcount)


def linked(connection: Connection) -> dict[str, list[str]]:
    """The issuers by whom each linked user signs in, the one linked first before others."""
    found: dict[str, list[str]] = {}
    rows = connection.execute(select(openid_link.c.user, openid_link.c.issuer).order_by(openid_link.c.linked_at, openid_link.c.issuer))
    for user, issuer in rows:
        found.setdefault(user, []).append(issuer)
    return found


def admins(connection: Connection) -> set[str]:
    """The ids of the admins who can sign in: by a password, or by the provider that is set now."""
    provider = read(connection)
    by_provider = select(openid_link.c.user).where(openid_link.c.issuer == ("" if provider is None else provider.issuer))
    able = app_user.c.password.is_not(None) | app_user.c.id.in_(by_provider)
    return set(connection.execute(select(app_user.c.id).where(app_user.c.role == "admin", app_user.c.disabled.is_(False), able)).scalars())
