"""Who may ask for what: the one place where every request is let through or refused.

Every route of the app stands in `ROUTES` with the action that it is; `model/roles.py` says
which roles may do that. A route that is not in the table is refused to everyone who has to
sign in, so what is forgotten is closed; a test fails for it too. What answers in JSON is
masked here for those who may not see names, pages are in `render.py`; files of people are an action of
their own, which those do not have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from fastapi.routing import iter_route_contexts
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lohko.base.errors import InputError, LohkoError
from lohko.model.masking import mask
from lohko.model.roles import OPEN
from lohko.state import keys, users
from lohko.state.acting import acting
from lohko.steps.work import Work
from lohko.web.who import Who, put, session_of, who_asks

DESCRIPTION = "/api/v1/openapi.json"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_RATE = RateLimitItemPerMinute(600)
"""How often a key may ask."""
GUESS_RATE = RateLimitItemPerMinute(30)
"""How often an address may come with keys that do not hold."""

ROUTES: dict[tuple[str, str], str] = {
    # what needs nobody signed in
    ("GET", "/health"): OPEN,
    ("GET", "/lohko.js"): OPEN,
    ("POST", "/hooks/{name}"): OPEN,
    ("GET", "/sign-in"): OPEN,
    ("POST", "/sign-in"): OPEN,
    ("GET", "/sign-in/openid"): OPEN,
    ("GET", "/sign-in/openid/back"): OPEN,
    ("GET", "/sign-out/openid"): OPEN,
    ("GET", "/invitation/{link}"): OPEN,
    ("POST", "/invitation/{link}"): OPEN,
    # a page that is being counted
    ("GET", "/counting/{name}/state"): "own",
    ("POST", "/counting/{name}/stop"): "own",
    # one's own account
    ("POST", "/sign-out"): "own",
    ("GET", "/account"): "own",
    ("POST", "/account/password"): "own",
    ("POST", "/account/sign-out"): "own",
    ("GET", "/changes"): "own",
    ("POST", "/follow/{segment}"): "own",
    # users and keys
    ("GET", "/users"): "users",
    ("POST", "/users"): "users",
    ("POST", "/users/{user}/role"): "users",
    ("POST", "/users/{user}/invite"): "users",
    ("POST", "/users/{user}/disable"): "users",
    ("POST", "/users/{user}/sign-out"): "users",
    ("POST", "/keys"): "users",
    ("POST", "/keys/{key}/revoke"): "users",
    # looking
    ("GET", "/"): "look",
    ("GET", "/overview/{name}.csv"): "look",
    ("GET", "/overview/{name}.svg"): "look",
    ("GET", "/segments"): "look",
    ("GET", "/segments/{segment}"): "look",
    ("GET", "/segments/{segment}/figures/{name}.csv"): "look",
    ("GET", "/segments/{segment}/figures/{name}.svg"): "look",
    ("POST", "/segments/{segment}/about"): "segments",
    ("POST", "/segments/{segment}/goal"): "segments",
    ("POST", "/segments/{segment}/comments"): "comment",
    ("GET", "/segments/{segment}/members"): "people",
    ("GET", "/segments/{segment}/members.csv"): "export",
    ("GET", "/segments/{segment}/members.xlsx"): "export",
    ("GET", "/segments/{segment}/audience"): "export",
    ("POST", "/segments/{segment}/audience"): "export",
    ("GET", "/components"): "look",
    ("GET", "/jobs/{name}"): "look",
    ("GET", "/jobs/{name}/state"): "look",
    ("GET", "/quality"): "quality",
    # the builder
    ("GET", "/builder"): "segments",
    ("POST", "/builder"): "segments",
    ("GET", "/builder/{draft}"): "segments",
    ("POST", "/builder/{draft}"): "segments",
    ("GET", "/builder/{draft}/panel/{name}"): "segments",
    ("GET", "/builder/{draft}/growth.csv"): "segments",
    ("GET", "/builder/{draft}/growth.svg"): "segments",
    ("GET", "/builder/{draft}/field"): "segments",
    ("GET", "/builder/{draft}/complete"): "segments",
    ("POST", "/builder/{draft}/save"): "segments",
    ("POST", "/builder/{draft}/newer"): "segments",
    ("POST", "/builder/{draft}/drop"): "segments",
    ("GET", "/builder/versions/{segment}"): "look",
    ("POST", "/builder/versions/{segment}/{version}/restore"): "segments",
    # segments
    ("POST", "/segments/refresh"): "segments",
    ("POST", "/segments/{segment}/refresh"): "segments",
    ("POST", "/segments/starter"): "segments",
    # a page for each who works with it
    ("GET", "/management"): "management",
    ("GET", "/management/{name}.csv"): "management",
    ("GET", "/management/months.svg"): "management",
    ("GET", "/sales"): "sales",
    ("GET", "/sales/accounts.csv"): "sales",
    ("GET", "/sales/calls.csv"): "export",
    ("POST", "/sales/calls"): "calls",
    ("GET", "/service"): "service",
    # people
    ("GET", "/customers"): "names",
    ("GET", "/customers/{person_id}"): "people",
    # data
    ("GET", "/import"): "data",
    ("POST", "/import"): "data",
    ("GET", "/import/{name}"): "data",
    ("GET", "/import/{name}/state"): "data",
    ("POST", "/import/{name}/kind"): "data",
    ("POST", "/import/{name}/file"): "data",
    ("POST", "/import/{name}/start"): "data",
    ("POST", "/import/{name}/stop"): "data",
    ("GET", "/imports/{batch}/rejected"): "data",
    ("POST", "/imports/{batch}/retry"): "data",
    ("POST", "/imports/{batch}/stop"): "data",
    ("GET", "/sources"): "data",
    ("GET", "/source-kinds/{kind}"): "data",
    ("POST", "/source-kinds/{kind}"): "data",
    ("GET", "/sources/{name}"): "data",
    ("POST", "/sources/{name}/test"): "data",
    ("POST", "/sources/{name}/sync"): "data",
    ("POST", "/sources/{name}/stop"): "data",
    ("POST", "/sources/{name}/schedule"): "data",
    ("POST", "/sources/{name}/remove"): "data",
    ("GET", "/live"): "quality",
    ("GET", "/live/hours.csv"): "quality",
    ("GET", "/live/hours.svg"): "quality",
    ("POST", "/live"): "data",
    ("POST", "/live/check"): "data",
    ("POST", "/live/retry"): "data",
    ("POST", "/live/retry/stop"): "data",
    ("POST", "/live/keys"): "data",
    ("POST", "/live/keys/{key}/names"): "data",
    ("POST", "/live/keys/{key}/revoke"): "data",
    ("GET", "/contracts"): "data",
    ("GET", "/contracts/{source}/{kind}"): "data",
    ("POST", "/contracts/{source}/{kind}/rules"): "data",
    ("POST", "/contracts/{source}/{kind}/text"): "data",
    ("POST", "/contracts/{source}/{kind}/learn"): "data",
    # which records are one person
    ("GET", "/survivorship"): "identity",
    ("POST", "/survivorship"): "identity",
    ("GET", "/review"): "identity",
    ("POST", "/review/merge"): "identity",
    ("POST", "/review/apart"): "identity",
    ("POST", "/review/later"): "identity",
    ("POST", "/review/undo"): "identity",
    ("POST", "/customers/{person_id}/split"): "identity",
    # what the law asks to be recorded
    ("GET", "/special-categories"): "record",
    # customers' requests
    ("POST", "/customers/{person_id}/consents"): "rights",
    ("POST", "/customers/{person_id}/flags"): "rights",
    ("POST", "/customers/{person_id}/corrections"): "rights",
    ("POST", "/customers/{person_id}/archive"): "rights",
    ("GET", "/customers/{person_id}/erase"): "rights",
    ("POST", "/customers/{person_id}/erase"): "rights",
    ("GET", "/erasures/{name}"): "rights",
    ("GET", "/api/v1/customers/{person_id}/everything"): "rights",
    ("GET", "/api/v1/customers/{person_id}/archive"): "rights",
    ("GET", "/api/v1/customers/{person_id}/consents"): "rights",
    ("POST", "/api/v1/customers/{person_id}/consents"): "rights",
    ("POST", "/api/v1/customers/{person_id}/flags"): "rights",
    ("POST", "/api/v1/customers/{person_id}/corrections"): "rights",
    ("DELETE", "/api/v1/customers/{person_id}"): "rights",
    ("GET", "/api/v1/suppression"): "rights",
    ("POST", "/api/v1/suppression/lift"): "rights",
    # exploring, reports, the guide
    ("GET", "/explore"): "ask",
    ("GET", "/explore/{way}"): "ask",
    ("GET", "/explore/{way}/table.csv"): "ask",
    ("GET", "/explore/{way}/picture/{number}"): "ask",
    ("GET", "/reports"): "look",
    ("GET", "/reports/file"): "look",
    ("POST", "/reports/links"): "reports",
    ("POST", "/reports/links/{link}/revoke"): "reports",
    ("POST", "/reports/schedules"): "reports",
    ("POST", "/reports/schedules/{schedule}/remove"): "reports",
    ("GET", "/shared/{secret}"): OPEN,
    ("GET", "/guide"): "look",
    ("POST", "/reports/taken-over/{item}"): "users",
    ("POST", "/guide/{step}"): "segments",
    # the API
    ("GET", DESCRIPTION): "look",
    ("GET", "/api/v1/status"): "look",
    ("GET", "/api/v1/overview"): "look",
    ("GET", "/api/v1/segments"): "look",
    ("GET", "/api/v1/segments/{segment}"): "look",
    ("GET", "/api/v1/segments/{segment}/history"): "look",
    ("POST", "/api/v1/count"): "ask",
    ("GET", "/api/v1/rfm"): "people",
    ("GET", "/api/v1/segments/{segment}/members"): "people",
    ("GET", "/api/v1/segments/{segment}/changes"): "people",
    ("GET", "/api/v1/changes"): "names",
    ("GET", "/api/v1/changes/stream"): "names",
    ("GET", "/api/v1/live"): "look",
    ("GET", "/api/v1/customers"): "names",
    ("GET", "/api/v1/customers/{person_id}"): "people",
    ("GET", "/api/v1/management"): "management",
    ("GET", "/api/v1/sales"): "sales",
    ("POST", "/api/v1/sales/calls"): "calls",
    ("GET", "/api/v1/service"): "service",
    ("GET", "/api/v1/service/customers"): "service",
    ("GET", "/api/v1/quality"): "quality",
    ("GET", "/api/v1/books"): "quality",
    ("GET", "/api/v1/events/books"): "quality",
    ("GET", "/api/v1/imports"): "quality",
    ("GET", "/api/v1/imports/{batch}/rejected"): "data",
}
"""Every route, by method and path as the app has it, and the action that it is."""

Refuse = Callable[[Request, LohkoError, int], Response]


def routes_of(routes: Iterable[Any]) -> list[tuple[str, str]]:
    """Method and path of every route of an app, in the order in which they are tried; HEAD goes with GET."""
    found = []
    for context in iter_route_contexts(list(routes)):
        for method in sorted((getattr(context, "methods", None) or set()) - {"HEAD"}):
            found.append((method, str(context.path)))
    return found


class Access:
    """Stands before the routes: finds out who asks, and refuses what they may not."""

    def __init__(self, app: ASGIApp, work: Work, routes: Callable[[], list[tuple[str, str]]], refuse: Refuse, *, at_home: bool) -> None:
        """`routes` are asked for once, at the first request; `at_home` is whether only this machine can ask."""
        self.app, self.work, self.refuse, self.at_home = app, work, refuse, at_home
        self._list, self._table = routes, list[tuple[str, Any, str]]()
        self._rates = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        try:
            who, new = await run_in_threadpool(who_asks, self.work, scope, at_home=self.at_home)
        except InputError as error:
            enough = not self._rates.hit(GUESS_RATE, "guess", request.client.host if request.client else "")
            await self._refused(request, _slow() if enough else error, 429 if enough else 401)(scope, receive, send)
            return
        put(scope, who)
        refusal = self._refusal(request, who)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if new:
            await run_in_threadpool(self._was_here, who, session_of(scope))
        hide = not who.sees_names and scope["path"] != DESCRIPTION
        with acting(who.actor):
            await self.app(scope, receive, _masking(send) if hide else send)

    def _was_here(self, who: Who, session: str | None) -> None:
        with self.work.state.begin() as connection:
            if who.kind == "key":
                keys.touch(connection, who.id)
            elif session:
                users.touch(connection, session)

    def _refusal(self, request: Request, who: Who) -> Response | None:
        action = self._action(request.method, request.scope["path"])
        if action == OPEN:
            return None
        if who.kind == "key" and not self._rates.hit(KEY_RATE, "key", who.id):
            return self._refused(request, _slow(), 429)
        if who.kind == "key" and not request.url.path.startswith("/api/"):
            return self._refused(request, InputError("only_api", "Keys are for the addresses under /api/."), 403)
        if who.kind == "nobody":
            return self._to_sign_in(request)
        if request.method not in _SAFE and who.kind == "user" and not _from_a_page(request.headers):
            return self._refused(request, InputError("other_site", "The request does not say that it comes from one of these pages."), 403)
        if action is None:
            # No such page, or one that nobody thought of here: those who own the machine are told which, others get nothing.
            if who.kind == "owner":
                return None
            if methods := self._methods(request):
                return self._refused(request, _no_right(), 403) if request.method in methods else self._other_method(request, methods)
            return self._refused(request, InputError("not_found", "There is no such page."), 404)
        return None if who.may(action) else self._refused(request, _no_right(), 403)

    def _to_sign_in(self, request: Request) -> Response:
        """To the page where one signs in, and back from there; programs are told so in words."""
        wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
        if not wants_page:
            return self._refused(request, InputError("sign_in", "Nobody is signed in.", hint="sign in, or send a key."), 401)
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(back, safe='')}" if request.method == "GET" and back != "/" else "/sign-in", 303)

    def _refused(self, request: Request, error: LohkoError, status: int) -> Response:
        answer = self.refuse(request, error, status)
        if status == 401:
            answer.headers["www-authenticate"] = "Bearer"
        if status == 429:
            answer.headers["retry-after"] = "60"
        return answer

    def _action(self, method: str, path: str) -> str | None:
        """The action of the route that will answer; None when there is none, or it is not in the table."""
        wanted = "GET" if method == "HEAD" else method
        return next(
            (ROUTES.get((known, pattern)) for known, regex, pattern in self._known() if known == wanted and regex.match(path)), None
        )

    def _methods(self, request: Request) -> set[str]:
        """The methods of the routes of an address."""
        return {known for known, regex, _ in self._known() if regex.match(request.scope["path"])}

    def _other_method(self, request: Request, methods: set[str]) -> Response:
        answer = self._refused(request, InputError("not_allowed", "This address does not take that method."), 405)
        answer.headers["allow"] = ", ".join(sorted(methods))
        return answer

    def _known(self) -> list[tuple[str, Any, str]]:
        if not self._table:
            self._table = [(method, compile_path(pattern)[0], pattern) for method, pattern in self._list()]
        return self._table


def _from_a_page(headers: Headers) -> bool:
    """Whether a browser said where the request comes from; what it said was looked at by the guard before."""
    return "origin" in headers or "sec-fetch-site" in headers


def _no_right() -> InputError:
    return InputError("no_right", "Your role may not do that.", hint="an admin can change what you may do.")


def _slow() -> InputError:
    return InputError("too_often", "That was asked too often.", hint="wait a minute.")


def _masking(send: Send) -> Send:
    """Holds back an answer in JSON until it is whole, and sends it without what tells who people are."""
    start: Message | None = None
    pieces: list[bytes] = []

    async def out(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start" and Headers(raw=message["headers"]).get("content-type", "").startswith(
            "application/json"
        ):
            start = message
            return
        if start is None:
            await send(message)
            return
        pieces.append(message.get("body", b""))
        if message.get("more_body"):
            return
        body = json.dumps(mask(json.loads(b"".join(pieces))), ensure_ascii=False, separators=(",", ":")).encode()
        MutableHeaders(scope=start)["content-length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body})

    return out
