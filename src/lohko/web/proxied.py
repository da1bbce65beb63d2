"""Lohko under a path of somebody else's address (`https://intra.example.fi/lohko/`), behind a proxy.

The app itself knows nothing of it: the prefix is taken off what comes in, whether or not
the proxy has done so, and put before the addresses of redirects and pages that go out.
Who the client is and whether it came by TLS is told by uvicorn from X-Forwarded-For and
-Proto, and only when a proxy that was named says so; the Host header has to be the client's.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lohko.base.errors import InputError

_KEY = "lohko.root"
_ADDRESSES = re.compile(r"""(\s(?:href|src|srcset|action|formaction|data-[a-z-]+)=")/(?!/)""")
_ROOT = re.compile(r"(/[A-Za-z0-9._~-]+)+")


def check_root(given: str) -> str:
    """The prefix as it is used: "" for none, else with a slash before it and none after.

    >>> check_root("/"), check_root("tools/lohko/")
    ('', '/tools/lohko')
    """
    root = "/" + given.strip("/") if given.strip("/") else ""
    if root and not _ROOT.fullmatch(root):
        raise InputError("bad_path", f"{given!r} is no path to stand under.", hint="such as /lohko.")
    return root


def root_of(scope: Scope) -> str:
    """The prefix under which a request came; "" for none."""
    return str(scope.get(_KEY, ""))


def absolute(request: Request, path: str) -> str:
    """The whole address of a path of the app, as whoever asks reached it."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}{root_of(request.scope)}{path}"


def under(root: str, page: str) -> str:
    """A page whose addresses within the app begin with the prefix.

    What people wrote is escaped in a page, so nothing of theirs looks like an attribute.

    >>> under("/lohko", '<a href="/segments">x</a><img src="//cdn"><i title="/a">')
    '<a href="/lohko/segments">x</a><img src="//cdn"><i title="/a">'
    """
    return _ADDRESSES.sub(rf"\1{root}/", page) if root else page


class UnderPath:
    """Takes the prefix off requests and puts it before redirects."""

    def __init__(self, app: ASGIApp, root: str) -> None:
        self.app, self.root = app, check_root(root)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not self.root:
            await self.app(scope, receive, send)
            return
        inner = {**scope, _KEY: self.root}
        path: str = scope["path"]
        if path == self.root or path.startswith(self.root + "/"):
            inner["path"] = path.removeprefix(self.root) or "/"
            inner["raw_path"] = scope.get("raw_path", path.encode()).removeprefix(self.root.encode()) or b"/"

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                to = headers.get("location", "")
                if to.startswith("/") and not to.startswith("//"):
                    headers["location"] = self.root + to
            await send(message)

        await self.app(inner, receive, out)
