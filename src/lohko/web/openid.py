"""Signing in by an OpenID provider: the way there, the way back, and signing out there too.

A sign-in that was begun is remembered here for ten minutes and used once, and only the
browser that began it can end it: it brings a secret back in a cookie of its own. Links
lead there, no forms: what a form leads to has to be of this app (`form-action 'self'`).
"""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError, LohkoError
from lohko.state.users import digest
from lohko.state.users_openid import OpenId
from lohko.steps.openid import enter, provider_of, refused
from lohko.steps.work import Work
from lohko.web.proxied import absolute, root_of
from lohko.web.sign_in import SAID, safe
from lohko.web.sign_in_tries import Tries
from lohko.web.who import asking, give_session

if TYPE_CHECKING:
    from lohko.steps.openid_provider import Begun, Provider

BACK = "/sign-in/openid/back"
_COOKIE = "lohko_openid"
_SECONDS = 600
_MOST = 1000
"""So many sign-ins may be under way at once; the oldest is forgotten for another."""
_log = logging.getLogger("lohko.web")


@dataclass(frozen=True)
class _Waiting:
    """A sign-in that is under way."""

    begun: Begun
    settings: OpenId
    browser: str
    """The digest of what its browser was given."""
    next: str
    since: float


class _UnderWay:
    """The sign-ins that were begun, each until it comes back once or is too old."""

    def __init__(self) -> None:
        self._waiting, self._guard = dict[str, _Waiting](), threading.Lock()

    def add(self, waiting: _Waiting) -> None:
        """Remember one."""
        with self._guard:
            while len(self._waiting) >= _MOST:
                self._waiting.pop(next(iter(self._waiting)))
            self._waiting[digest(waiting.begun.state)] = waiting

    def take(self, state: str) -> _Waiting | None:
        """The one that a state is of, which is forgotten; None when there is none, or it is too old."""
        with self._guard:
            found = self._waiting.pop(digest(state), None)
        return found if found is not None and time.monotonic() - found.since <= _SECONDS else None


def router(work: Work, tries: Tries) -> APIRouter:
    """The addresses under /sign-in/openid."""
    routes = APIRouter(include_in_schema=False)
    under_way, providers = _UnderWay(), dict[OpenId, "Provider"]()

    def provider() -> Provider:
        """The provider that is set now, with what it said of itself lately."""
        from lohko.steps.openid_provider import Provider

        settings = provider_of(work)
        if settings is None:
            raise InputError("not_found", "Nobody signs in by a provider here.")
        if settings not in providers:
            providers.clear()
            providers[settings] = Provider(settings)
        return providers[settings]

    def no(request: Request, error: LohkoError, back: str = "/") -> Response:
        """Back to where one signs in, which says why; the code that came is in no address any more."""
        _log.warning("openid: %s", getattr(error, "why", error.code))
        why = error.code if error.code in SAID else "openid_unreachable"
        return _forget(request, RedirectResponse(f"/sign-in?{urlencode({'why': why, 'next': back})}", 303))

    @routes.get("/sign-in/openid")
    def begin(request: Request) -> Response:
        from lohko.steps.openid_provider import Begun

        back = safe(request.query_params.get("next", "/"))
        if asking(request).kind != "nobody":
            return RedirectResponse(back, 303)
        chosen, begun, browser = provider(), Begun.new(), secrets.token_urlsafe(32)
        try:
            tries.count(request)
            address = chosen.address(begun, absolute(request, BACK))
        except LohkoError as error:
            return no(request, error, back)
        under_way.add(_Waiting(begun, chosen.settings, digest(browser), back, time.monotonic()))
        return _remember(request, RedirectResponse(address, 303), browser)

    @routes.get(BACK)
    def end(request: Request) -> Response:
        given = request.query_params
        waiting = under_way.take(given.get("state", ""))
        back = waiting.next if waiting is not None else "/"
        try:
            if waiting is None:
                tries.count(request)  # a guess; who began properly was counted then
            if waiting is None or not hmac.compare_digest(waiting.browser, digest(_browser(request))):
                raise InputError("openid_over", "This sign-in is over, or was begun elsewhere.", hint="begin again.")
            chosen = provider()
            if chosen.settings != waiting.settings:
                raise InputError("openid_over", "This sign-in is over, or was begun elsewhere.", hint="begin again.")
            if "error" in given or not given.get("code"):
                raise InputError("openid_given_up", "You did not sign in at the provider.", hint="begin again.")
            identity = chosen.identity(waiting.begun, given["code"], absolute(request, BACK), given.get("iss"))
            secret = enter(work, chosen.settings, identity)
        except LohkoError as error:
            # Strangers write nothing: who tries too often is noted no more, nor anybody where no provider is set.
            if error.code != "too_often" and provider_of(work) is not None:
                refused(work, error)
            return no(request, error, back)
        return _forget(request, give_session(request, RedirectResponse(back, 303), secret))

    @routes.get("/sign-out/openid")
    def goodbye(request: Request) -> Response:
        try:
            address = provider().goodbye(absolute(request, "/sign-in"))
        except LohkoError as error:
            return no(request, error)
        return RedirectResponse(address or "/sign-in", 303)

    return routes


def _browser(request: Request) -> str:
    return cookie_parser(Headers(scope=request.scope).get("cookie", "")).get(_COOKIE, "")


def _remember(request: Request, response: Response, browser: str) -> Response:
    """Lax, since the browser comes back from another site."""
    response.set_cookie(
        _COOKIE, browser, _SECONDS, path=f"{root_of(request.scope)}/sign-in", httponly=True, samesite="lax", secure=_by_tls(request)
    )
    return response


def _forget(request: Request, response: Response) -> Response:
    response.delete_cookie(_COOKIE, path=f"{root_of(request.scope)}/sign-in", httponly=True, samesite="lax", secure=_by_tls(request))
    return response


def _by_tls(request: Request) -> bool:
    return bool(request.scope["scheme"] == "https")
