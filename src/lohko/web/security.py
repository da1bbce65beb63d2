"""What stands before every route: whose request it is, how large it may be, and the headers of every answer.

The app listens on loopback without a login, so the danger is another site in
the same browser: it could post forms here, or point its own name at 127.0.0.1
and read the answers. The first is refused by where the browser says a request
comes from, the second by the Host header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_BYTES = 1 << 20
"""How large the body of a request may be, uploads apart."""
HOOKS = "/hooks/"
"""Where other machines send what is signed: it comes through a proxy, under whatever name that has, and never from a page."""
MOST_OF_A_HOOK = 4 << 20
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; connect-src 'self'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class BodyTooLarge(HTTPException):
    """More was sent than a request may hold."""

    def __init__(self) -> None:
        super().__init__(413)


class Guard:
    """Refuses what does not come from this app's own pages or a program on this machine, and sets the headers."""

    def __init__(
        self,
        app: ASGIApp,
        broken: Callable[[Request, Exception], Response],
        hosts: Iterable[str] = LOOPBACK,
        large: str = "/import",
        for_others: str = "",
    ) -> None:
        """`for_others` is the one path whose answer pages of other sites may use."""
        self.app, self.broken, self.hosts, self.large, self.for_others = app, broken, frozenset(hosts), large, for_others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        out = _with_headers(send, static=scope["path"].startswith("/static/"), for_others=scope["path"] == self.for_others)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, out)
            return
        await self._answer(scope, receive if scope["path"] == self.large else _limited(receive, _most(scope)), out)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The app's answer; a failure nobody expected becomes an answer too, and goes no further: a server would log its text."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            response = self.broken(Request(scope), error)
            if not begun:
                await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if scope["path"].startswith(HOOKS):
            return self._too_large(scope, headers)
        if host_name(headers.get("host", "")) not in self.hosts:
            return _refuse(scope, 421, "wrong_host", "This address is not one of Lohko's.")
        if scope["method"] not in _SAFE and not same_site(headers):
            return _refuse(scope, 403, "other_site", "The request came from another site.")
        return self._too_large(scope, headers)

    def _too_large(self, scope: Scope, headers: Headers) -> Response | None:
        size = headers.get("content-length", "0")
        if scope["path"] != self.large and not (size.isdecimal() and int(size) <= _most(scope)):
            return _refuse(scope, 413, "too_large", "The request is too large.")
        return None


def _most(scope: Scope) -> int:
    """How many bytes the body of this request may have."""
    return MOST_OF_A_HOOK if scope["path"].startswith(HOOKS) else MOST_BYTES


def host_name(host: str) -> str:
    """The name in a Host header, without the port.

    >>> host_name("LocalHost:8000"), host_name("[::1]:8000"), host_name("127.0.0.1")
    ('localhost', '::1', '127.0.0.1')
    """
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def same_site(headers: Headers) -> bool:
    """Whether a browser sent this from one of this app's pages; programs that send neither header are let through."""
    origin, fetched = headers.get("origin"), headers.get("sec-fetch-site")
    if fetched is not None and fetched not in ("same-origin", "none"):
        return False
    return origin is None or urlsplit(origin).netloc.casefold() == headers.get("host", "").casefold()


def _refuse(scope: Scope, status: int, code: str, message: str) -> Response:
    if scope["path"].startswith("/api/"):
        return JSONResponse({"error": {"code": code, "message": message, "place": None, "hint": None}}, status)
    return PlainTextResponse(message + "\n", status)


def _limited(receive: Receive, most: int) -> Receive:
    """The body, cut off with an error when it is longer than it may be, whatever its header said."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise BodyTooLarge
        return message

    return limited


def _with_headers(send: Send, *, static: bool, for_others: bool) -> Send:
    async def out(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if for_others:
                headers["cross-origin-resource-policy"] = "cross-origin"
            headers["cache-control"] = "public, max-age=3600" if static or for_others else "no-store"
        await send(message)

    return out
