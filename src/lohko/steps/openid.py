"""Signing in by an OpenID provider: setting it, trying it, and which user somebody is who comes from there.

Who is known by the provider's own id for them is that user. Anybody else needs an
address that the provider has verified, of a domain that is let in; then they are the
user of that address, or, where a role is set for new people, a new one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError
from lohko.model.roles import check_role
from lohko.sources.kind import read_secret
from lohko.state import users as kept
from lohko.state import users_openid as openid
from lohko.state.users_openid import OpenId
from lohko.state.workspace import note
from lohko.steps.users import address_of, an_admin_stays, shown
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lohko.steps.openid_provider import Identity

_SECRET = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/.+")


def openid_set(
    work: Work,
    progress: Progress,
    *,
    issuer: str,
    client_id: str,
    domains: Sequence[str],
    secret: str = "",
    name: str = "",
    new_people: str | None = None,
    roles_from: str | None = None,
    roles: Mapping[str, str] | None = None,
    verified_by: str = "email_verified",
) -> dict[str, Any]:
    """Let people sign in by a provider, from the next request on; in the place of an earlier one."""
    from lohko.steps.openid_provider import check_issuer

    _check_extra()
    if secret and not _SECRET.fullmatch(secret):
        raise InputError(
            "secret_in_clear",
            "Lohko keeps no secret in the clear.",
            hint="put it in an environment variable or in a file of mode 600, and say --secret env:NAME or --secret file:/path.",
        )
    allowed = tuple(dict.fromkeys(_domain(item) for item in domains))
    if not allowed:
        raise InputError("no_domain", "It takes at least one domain whose addresses may sign in.", hint="--domain example.fi.")
    if roles and not roles_from:
        raise InputError("no_claim", "Roles of groups need the claim that lists the groups.", hint="--roles-from groups.")
    if not client_id.strip():
        raise InputError("no_client_id", "The provider knows Lohko by a client id.", hint="--client-id as the provider shows it.")
    provider = OpenId(
        check_issuer(issuer.strip()),
        client_id.strip(),
        secret,
        allowed,
        name.strip()[:60],
        None if new_people is None else check_role(new_people),
        roles_from,
        tuple((group, check_role(role)) for group, role in (roles or {}).items()),
        verified_by,
    )
    with work.state.begin() as connection:
        openid.keep(connection, provider)
        note(connection, "openid_set", {"issuer": provider.issuer, "domains": list(allowed), "new_people": new_people})
    return openid_show(work, progress)


def _domain(text: str) -> str:
    """A domain as it stands in addresses."""
    try:
        return address_of(f"somebody@{text.strip().removeprefix('@')}").partition("@")[2]
    except InputError as error:
        raise InputError(
            "bad_domain", f"{text!r} is no domain of addresses.", hint="such as example.fi; each subdomain is named by itself."
        ) from error


def _check_extra() -> None:
    if find_spec("joserfc") is None:
        raise InputError("no_joserfc", "The part of Lohko that signs in by a provider is not installed.", hint="pip install 'lohko[oidc]'.")


def openid_show(work: Work, progress: Progress) -> dict[str, Any]:
    """The provider that is set, and who signs in by one, a row for each that knows them; of the secret only where it is."""
    with work.state.connect() as connection:
        provider = openid.read(connection)
        linked = openid.linked(connection)
        users = [shown(item) | {"issuer": issuer} for item in kept.users(connection) for issuer in linked.get(item.id, ())]
    if provider is None:
        return {"provider": None, "users": users}
    told = asdict(provider) | {"domains": list(provider.domains), "roles": [list(pair) for pair in provider.roles]}
    return {"provider": told, "users": users}


def openid_remove(work: Work, progress: Progress) -> dict[str, Any]:
    """Nobody signs in by a provider any more; who has no password gets a link for one from an admin. Links are kept for the same provider."""
    with work.state.begin() as connection, an_admin_stays(connection):
        openid.keep(connection, None)
        note(connection, "openid_removed", {})
    return openid_show(work, progress)


def openid_unlink(work: Work, progress: Progress, *, user: str) -> dict[str, Any]:
    """A user is nobody of the provider any more, and signed out: the next who comes with their address is linked anew."""
    with work.state.begin() as connection, an_admin_stays(connection):
        found = kept.find(connection, user)
        if not openid.unlink(connection, found.id):
            raise InputError("not_linked", "This user does not sign in by a provider.", hint="`lohko openid show` lists those who do.")
        kept.sign_out_everywhere(connection, found.id)
        note(connection, "openid_unlinked", {"user": found.id})
    return {"user": shown(found)}


def openid_test(work: Work, progress: Progress) -> dict[str, Any]:
    """Ask the provider for what it says of itself and for its keys, and read the secret; nobody signs in."""
    from lohko.steps.openid_provider import ALGORITHMS, Provider

    _check_extra()
    with work.state.connect() as connection:
        settings = openid.read(connection)
    if settings is None:
        raise InputError("no_openid", "No provider is set.", hint="`lohko openid set` sets one.")
    if settings.secret:
        read_secret("client secret", settings.secret)
    provider = Provider(settings)
    keys = [key.kid for key in provider.key_set().keys]
    if not keys:
        raise InputError(
            "openid_no_keys", "The provider shows no key that ID tokens could be signed with.", hint=", ".join(ALGORITHMS) + "."
        )
    return {"issuer": settings.issuer, "keys": len(keys), "signs_out": provider.known().end_session is not None}


# --- who somebody is: no steps of the registry, the web app asks ---------------------------


def provider_of(work: Work) -> OpenId | None:
    """The provider that is set, if people can sign in by it here."""
    with work.state.connect() as connection:
        found = openid.read(connection)
    return found if found is not None and find_spec("joserfc") is not None else None


def enter(work: Work, settings: OpenId, identity: Identity) -> str:
    """The secret of a new session of whoever a provider says has come; InputError, with its reason, when they may not come in.

    A person who is known by the provider's id is the user that they were, whatever
    their address is by now. Somebody new is the user of their address when that is
    verified and of a domain that is let in, and nobody else of this provider is that
    user yet: an address that has gone to somebody else does not open what was there.
    """
    with work.state.begin() as connection:
        found = _user(connection, settings, identity)
        if found.disabled:
            raise _disabled()
        _give_role(connection, settings, identity, found)
        note(connection, "signed_in", {"user": found.id, "by": "openid"})
        return kept.sign_in(connection, found.id)


def refused(work: Work, error: Exception) -> None:
    """Write down that somebody who came from the provider was not let in, and why; not who."""
    with work.state.begin() as connection:
        note(connection, "sign_in_refused", {"by": "openid", "why": getattr(error, "why", None) or getattr(error, "code", "failed")})


def _user(connection: Connection, settings: OpenId, identity: Identity) -> kept.User:
    """The user who an identity is, found or made."""
    known = openid.user_of(connection, identity.issuer, identity.subject)
    if known is not None and (found := kept.by_id(connection, known)) is not None:
        _let_in(settings, found.email)
        return found
    if not kept.any_user(connection):
        raise InputError("openid_no_users", "Nobody may use this workspace yet.", hint="the first admin is made with `lohko user add`.")
    email = _trusted(settings, identity)
    user = kept.by_email(connection, email)
    if user is None:
        user = _new(connection, settings, identity, email)
    elif user.disabled:
        raise _disabled()
    elif identity.issuer in openid.linked(connection).get(user.id, ()):
        raise InputError(
            "openid_other_person", "Your address belongs to somebody else here.", hint="an admin can end that: `lohko openid unlink`."
        )
    openid.link(connection, identity.issuer, identity.subject, user.id)
    kept.end_invitations(connection, user.id)
    note(connection, "openid_linked", {"user": user.id})
    return user


def _trusted(settings: OpenId, identity: Identity) -> str:
    """The address of an identity; InputError when the provider has not seen it to be theirs, or its domain is not let in."""
    try:
        email = address_of(identity.email)
    except InputError as error:
        raise InputError(
            "openid_no_email", "The provider did not say what your address is.", hint="whoever runs Lohko can let it tell it."
        ) from error
    if not identity.verified:
        raise InputError(
            "openid_unverified", "The provider has not verified your address.", hint="verify it there, and sign in again here."
        )
    return _let_in(settings, email)


def _let_in(settings: OpenId, email: str) -> str:
    """An address of a domain that is let in; InputError for any other."""
    if email.partition("@")[2] not in settings.domains:
        raise InputError("openid_other_domain", "Addresses of this domain may not sign in here.", hint="an admin can let the domain in.")
    return email


def _new(connection: Connection, settings: OpenId, identity: Identity, email: str) -> kept.User:
    role = _role(settings, identity)
    if role is None:
        raise InputError("openid_not_invited", "You have not been invited here.", hint="an admin can add you.")
    made = kept.add(connection, email, identity.name, role, None)
    note(connection, "user_added", {"user": made.id, "role": role, "by": "openid"})
    return made


def _role(settings: OpenId, identity: Identity) -> str | None:
    """The role of the first group that fits, else that of new people."""
    return next((role for group, role in settings.roles if group in identity.groups), settings.new_people)


def _give_role(connection: Connection, settings: OpenId, identity: Identity, user: kept.User) -> None:
    """Where groups say the role, they say it at every sign-in; the only admin stays one all the same."""
    if not settings.roles_from:
        return
    role = _role(settings, identity)
    if role is None:
        raise InputError("openid_no_group", "None of your groups may use Lohko.", hint="whoever looks after them can add you to one.")
    if role != user.role and openid.admins(connection) != {user.id}:
        kept.change(connection, user.id, role=role)
        note(connection, "user_role", {"user": user.id, "from": user.role, "to": role, "by": "openid"})


def _disabled() -> InputError:
    return InputError("openid_disabled", "You may not sign in any more.", hint="an admin can let you in again.")
