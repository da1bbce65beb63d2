"""A click is answered at once: when its page takes longer to count than a moment, a page says so, can be stopped, and is followed by the page itself.

The page goes on being made. Whoever asks for it again, as the page that says so does by itself, gets what was made, or is told
again that it is still being counted. What nobody has asked after for a while is stopped, so that it does not take the processor
from those who wait. All that is looked at in pages is of one common moment (`steps/common_moment.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lohko.base.errors import InputError
from lohko.steps.common_moment import looking
from lohko.steps.counted import Counted
from lohko.web.language import language_of
from lohko.web.render import Pages
from lohko.web.theme import theme_of
from lohko.web.who import asking, session_of

PATIENCE = 0.2
"""Seconds after which a page says that it is still being counted."""
_LOOK = 1.0
"""Seconds that a look at how far a page is waits for it, so that many who wait do not ask all the time, and see it as soon as it is there."""
_FORGOTTEN = 15.0
"""Seconds after which nobody waits any more for a page that was not asked after."""
_KEPT = 60.0
"""Seconds for which a page that was made waits to be fetched."""
_NOT_PAGES = (
    "/api/",
    "/static/",
    "/counting/",
    "/jobs/",
    "/sign-in",
    "/sign-out",
    "/invitation/",
    "/reports/file",
    "/shared/",
    "/lohko.js",
)


@dataclass
class Making:
    """A page that is being made, for one person."""

    id: str
    whose: str
    address: str
    counted: Counted
    erasures: int
    """After how many erasures it was begun."""
    task: asyncio.Task[list[Message]] | None = None
    asked: float = field(default_factory=time.monotonic)

    @property
    def running(self) -> bool:
        """Whether it is still being made."""
        return self.task is not None and not self.task.done()

    async def within(self, seconds: float | None) -> bool:
        """Whether it is made within so many seconds."""
        assert self.task is not None
        self.asked = time.monotonic()
        done, _ = await asyncio.wait({self.task}, timeout=seconds)
        self.asked = time.monotonic()
        return bool(done)


class Makings:
    """The pages that are being made just now, or wait to be fetched."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, str], Making] = {}
        self._watching: set[asyncio.Task[None]] = set()
        self._erasures = 0

    def let_go(self) -> None:
        """People were erased: what was begun before may show them, and is shown to nobody. Called from any thread."""
        self._erasures += 1

    def holds(self, made: Making) -> bool:
        """Whether a page may still be shown."""
        return made.erasures == self._erasures

    def of(self, whose: str, address: str) -> Making | None:
        """The page of that address that is being made for somebody."""
        made = self._all.get((whose, address))
        return made if made is not None and self.holds(made) else None

    def named(self, name: str, whose: str) -> Making | None:
        """The one of that id, if it is theirs."""
        return next((item for item in self._all.values() if item.id == name and item.whose == whose and self.holds(item)), None)

    def begin(self, whose: str, address: str, make: Any) -> Making:
        """Begin to make a page."""
        made = Making(secrets.token_urlsafe(9), whose, address, Counted(), self._erasures)
        made.task = asyncio.create_task(make(made.counted))
        self._all[whose, address] = made
        watch = asyncio.create_task(self._watch(made))
        self._watching.add(watch)
        watch.add_done_callback(self._watching.discard)
        return made

    def drop(self, made: Making) -> None:
        """It was fetched, or is not wanted."""
        if self._all.get((made.whose, made.address)) is made:
            del self._all[made.whose, made.address]

    def drop_of(self, whose: str) -> None:
        """They have changed something: what was made before that is not shown after it."""
        for made in [item for item in self._all.values() if item.whose == whose]:
            self.drop(made)

    async def stop(self, made: Making) -> None:
        """Stop what is being counted for it."""
        self.drop(made)
        while made.running:
            made.counted.stop()
            await made.within(0.05)

    async def _watch(self, made: Making) -> None:
        assert made.task is not None
        while not made.task.done():
            await asyncio.wait({made.task}, timeout=1.0)
            if made.running and time.monotonic() - made.asked > _FORGOTTEN:
                await self.stop(made)
        with contextlib.suppress(BaseException):
            made.task.exception()  # so that nothing is logged of one that nobody fetches
        await asyncio.sleep(_KEPT)
        self.drop(made)


class Patience:
    """Answers a page within `seconds`, or says that it is being counted; waits for as long as it takes when that is None."""

    def __init__(self, app: ASGIApp, pages: Pages, makings: Makings, seconds: float | None) -> None:
        self.app, self.pages, self.makings, self.seconds = app, pages, makings, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"].startswith(("/api/", "/static/")):
            await self.app(scope, receive, send)
        elif scope["method"] != "GET":
            if not scope["path"].startswith("/counting/"):
                self.makings.drop_of(_whose(scope))
            await self.app(scope, receive, send)
        elif self.seconds is None or not _is_page(scope):
            with looking():
                await self.app(scope, receive, send)
        else:
            await self._page(scope, receive, send, self.seconds)

    async def _page(self, scope: Scope, receive: Receive, send: Send, seconds: float) -> None:
        whose, address = _whose(scope), f"{scope['path']}?{scope.get('query_string', b'').decode('latin-1')}"
        made = self.makings.of(whose, address) or self.makings.begin(whose, address, lambda counted: self._make(scope, counted))
        if not await made.within(seconds):
            request = Request(scope, receive)
            said: Response = await run_in_threadpool(counting_page, self.pages, request, made)
            await said(scope, receive, send)
            return
        self.makings.drop(made)
        if not self.makings.holds(made):  # people were erased just now
            await self._page(scope, receive, send, seconds)
            return
        assert made.task is not None
        for message in made.task.result():
            await send(message)

    async def _make(self, scope: Scope, counted: Counted) -> list[Message]:
        """All that the app answers, in memory: a page."""
        said: list[Message] = []

        async def collect(message: Message) -> None:
            said.append(message)

        with looking(), counted.running():
            await self.app(scope, _nothing_more(), collect)
        return said


def counting_page(pages: Pages, request: Request, made: Making, *, stopped: bool = False) -> Response:
    """The page that says so."""
    seconds = int(time.monotonic() - made.counted.began)
    return pages.answer(
        request, "counting.html", 200 if stopped else 202, made=made, stopped=stopped, seconds=seconds, watch=f"/counting/{made.id}/state"
    )


def router(pages: Pages, makings: Makings) -> APIRouter:
    """How far a page is, and stopping it."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/counting/{name}/state")
    async def state(request: Request, name: str) -> dict[str, Any]:
        made = makings.named(name, _whose(request.scope))
        if made is None:
            return {"state": "gone"}
        await made.within(_LOOK)
        seconds = int(time.monotonic() - made.counted.began)
        return {"state": "running" if made.running else "done", "seconds": seconds, "done": None, "what": "", "stoppable": True}

    @routes.post("/counting/{name}/stop")
    async def stop(request: Request, name: str) -> Response:
        made = makings.named(name, _whose(request.scope))
        if made is None:
            raise InputError("not_found", "There is no such page.")
        await makings.stop(made)
        answer: Response = await run_in_threadpool(lambda: counting_page(pages, request, made, stopped=True))
        return answer

    return routes


def _is_page(scope: Scope) -> bool:
    """Whether somebody opens a page in a browser: no part of one, no file, no look at how far something is."""
    headers, path = Headers(scope=scope), scope["path"]
    last = path.rpartition("/")[2]
    return (
        "text/html" in headers.get("accept", "")
        and "x-fragment" not in headers
        and "." not in last
        and "/picture/" not in path
        and not path.startswith(_NOT_PAGES)
    )


def _whose(scope: Scope) -> str:
    """Whoever sends the same, and may do the same as when it was begun, is shown the same page: in their language and colours, however they chose these."""
    headers, request = Headers(scope=scope), Request(scope)
    who, chosen = asking(request), (language_of(request), theme_of(request))
    sent = (session_of(scope) or "", headers.get("authorization", ""), headers.get("host", ""))
    return "\n".join((who.kind, who.id, who.role, *chosen, *sent))


def _nothing_more() -> Receive:
    begun = False

    async def receive() -> Message:
        nonlocal begun
        if begun:
            await asyncio.Event().wait()
        begun = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive
