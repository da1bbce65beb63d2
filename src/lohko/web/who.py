"""Whose a request is, and what they may: found out once, before any route, and asked wherever something is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from lohko.base.errors import InputError
from lohko.maths.few import is_few
from lohko.model.roles import OPEN, key_may, may
from lohko.state import keys, users
from lohko.steps.work import Work
from lohko.web.proxied import root_of

_KEY = "lohko.who"
_PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""What says that a request came by way of a proxy: then others may have sent it, though it arrives from this machine."""
_COOKIE = "lohko_session"


@dataclass(frozen=True)
class Who:
    """Someone who asks: a user, a program with a key, the machine's own user, or nobody."""

    kind: Literal["nobody", "owner", "user", "key"]
    id: str = ""
    name: str = ""
    role: str = ""
    scopes: tuple[str, ...] = ()

    def may(self, action: str) -> bool:
        """Whether they may do something."""
        if self.kind == "owner":
            return True
        return key_may(self.role, self.scopes, action) if self.kind == "key" else may(self.role, action)

    @property
    def sees_names(self) -> bool:
        """Whether people are shown to them as they are."""
        return self.may("names")

    @property
    def actor(self) -> str | None:
        """How the audit calls them; None for the machine's user, whose name it finds itself."""
        return None if self.kind == "owner" else f"{self.kind} {self.id}".strip()


NOBODY, OWNER = Who("nobody"), Who("owner", role="admin")
"""Nobody is signed in; and who runs Lohko on this machine, as long as there are no users."""


def who_asks(work: Work, scope: Scope, *, at_home: bool) -> tuple[Who, bool]:
    """Who a request is of, and whether that they were here has to be written down.

    `at_home` is whether only this machine can ask: then nobody has to sign in until there are users.
    InputError when a key or a way to give it is not one that holds.
    """
    headers = Headers(scope=scope)
    given = headers.get("authorization")
    with work.state.connect() as connection:
        if given is not None:
            method, _, text = given.partition(" ")
            key = keys.known(connection, text.strip()) if method.casefold() == "bearer" else None
            owner = None if key is None or key.user is None else users.by_id(connection, key.user)
            if key is None or (key.user is not None and (owner is None or owner.disabled)):
                raise InputError(
                    "unknown_key", "This key does not hold.", hint="`lohko key add` makes one; it is sent as Authorization: Bearer KEY."
                )
            return Who("key", key.id, key.name, owner.role if owner is not None else "admin", key.scopes), keys.stale(key)
        if not users.any_user(connection):
            return (OWNER if at_home and not any(name in headers for name in _PASSED_ON) else NOBODY), False
        cookie = session_of(scope)
        found = users.signed_in(connection, cookie) if cookie else None
        if found is None:
            return NOBODY, False
        user, stale = found
        return Who("user", user.id, user.name or user.email, user.role), stale


def still_may(work: Work, request: Request, action: str) -> bool:
    """Whether who sent a request, which is still being answered, still may do something: keys are revoked and users signed out meanwhile."""
    before = asking(request)
    try:
        who, _ = who_asks(work, request.scope, at_home=before.kind == "owner")
    except InputError:
        return False
    return (who.kind, who.id) == (before.kind, before.id) and who.may(action)


def apart(who: Who, found: dict[str, Any], rows: str, of: int | None = None) -> dict[str, Any]:
    """An answer as it is shown; `withheld` when its `rows` of people are left out: so few (`of`, or as many as there are) are singled out, masked or not."""
    few = not who.sees_names and is_few(len(found[rows]) if of is None else of)
    return found | {rows: [], "withheld": True} if few else found


def put(scope: Scope, who: Who) -> None:
    """Remember for the rest of the request who asks."""
    scope[_KEY] = who


def asking(request: Request) -> Who:
    """Who asks; nobody when the request was refused before that was known."""
    found: Any = request.scope.get(_KEY, NOBODY)
    assert isinstance(found, Who)
    return found


def is_open(action: str) -> bool:
    """Whether something needs nobody signed in."""
    return action == OPEN


# --- the cookie -------------------------------------------------------------------------


def _cookie_name(scope: Scope) -> str:
    """`__Host-` keeps other machines of the same domain from setting it; that needs TLS and the whole host."""
    if scope["scheme"] != "https":
        return _COOKIE
    return f"__Secure-{_COOKIE}" if root_of(scope) else f"__Host-{_COOKIE}"


def session_of(scope: Scope) -> str | None:
    """The session's secret that the browser sent."""
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(_cookie_name(scope))


def give_session(request: Request, response: Response, secret: str) -> Response:
    """Let the browser keep a session's secret: out of reach of scripts, not sent from other sites, only over TLS where there is TLS."""
    response.set_cookie(
        _cookie_name(request.scope),
        secret,
        max_age=int(users.LONGEST.total_seconds()),
        path=root_of(request.scope) or "/",
        httponly=True,
        samesite="lax",
        secure=request.scope["scheme"] == "https",
    )
    return response


def take_session(request: Request, response: Response) -> Response:
    """Let the browser forget it."""
    response.delete_cookie(
        _cookie_name(request.scope),
        path=root_of(request.scope) or "/",
        httponly=True,
        samesite="lax",
        secure=request.scope["scheme"] == "https",
    )
    return response
