"""The web app of one open workspace: pages, JSON, and what is answered when something is wrong."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib.resources import files
from threading import Event, Thread
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from lohko import __version__
from lohko.base.errors import InputError, LohkoError, StoreError
from lohko.base.failures import kind_of
from lohko.steps.keeping import Keeping
from lohko.steps.live import Taking
from lohko.steps.publishing import Publishing
from lohko.steps.refreshing import Refreshing
from lohko.steps.work import Work
from lohko.web import (
    account_pages,
    api,
    audience_page,
    builder_pages,
    changes_api,
    components_page,
    contracts_page,
    counting,
    customer_pages,
    customer_rights,
    explore_pages,
    guide_page,
    hooks,
    import_pages,
    live_page,
    management_page,
    members_page,
    openid,
    overview_page,
    quality_page,
    rejected_page,
    reports_page,
    review_page,
    sales_page,
    segment_pages,
    service_page,
    sign_in,
    sources_page,
    special_page,
    survivorship_page,
    users_page,
    visitor_script,
)
from lohko.web.access import Access, routes_of
from lohko.web.counting import Makings, Patience
from lohko.web.import_pages import bring_in, look_at
from lohko.web.jobs import Jobs, failed
from lohko.web.proxied import UnderPath
from lohko.web.render import Pages
from lohko.web.replaced import Replaced
from lohko.web.security import LOOPBACK, BodyTooLarge, Guard
from lohko.web.segment_pages import refresh_again
from lohko.web.sign_in_tries import Tries

_log = logging.getLogger("lohko.web")
_NOT_THERE = frozenset(
    {
        "unknown_position",
        "unknown_draft",
        "unknown_version",
        "unknown_account",
        "unknown_customer",
        "unknown_segment",
        "unknown_job",
        "unknown_import",
        "unknown_source",
        "unknown_owner",
        "no_contract",
        "no_imports",
        "not_found",
        "link_over",
        "not_kept_out",
    }
)
MOST_THREADS = 120
"""So many pages are made at the same time: those that wait for a count leave room for those that are quick."""
_CONFLICT = frozenset({"busy", "in_use", "before_last_refresh"})


def create_app(
    work: Work,
    *,
    hosts: Iterable[str] = LOOPBACK,
    at_home: bool = True,
    root: str = "",
    patience: float | None = None,
    live: bool = False,
) -> FastAPI:
    """The app around an open workspace; it answers only to the given host names, under the path `root` of them.

    `at_home` is whether only this machine can reach it: then nobody signs in until the first user is made.
    A page that is not made within `patience` seconds says that it is being counted; without it, all wait for as long as it takes.
    With `live` segments are refreshed all the time.
    """
    makings = Makings()
    pages, jobs, keeping, tries = Pages(work), Jobs(work.blame, work.state), Keeping(work), Tries()

    refreshing, streams = Refreshing(work), changes_api.Streams()
    taking = Taking(work, refreshing.wake)
    publishing = Publishing(work)
    work.after_erasing += [jobs.let_go, makings.let_go]

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # What the first click would wait for.
        routes()
        pages.get_ready()
        over = Event()
        reading = Thread(target=pages.read_ahead, args=[over], name="lohko-templates", daemon=True)
        if patience is not None:
            reading.start()
        jobs.resume(
            {
                "reading": partial(look_at, work, jobs),
                "import": partial(bring_in, work, jobs),
                "refresh": partial(refresh_again, work, jobs),
            },
            work.folder.uploads,
        )
        keeping.start()
        taking.start()
        publishing.start()
        if live:
            refreshing.start()
        current_default_thread_limiter().total_tokens = MOST_THREADS
        yield
        over.set()
        if reading.ident is not None:
            reading.join()
        streams.close()
        publishing.close()
        taking.close()
        refreshing.close()
        keeping.close()
        jobs.close()

    app = FastAPI(
        title="Lohko",
        version=__version__,
        description="The data of one workspace as JSON. Instants are UTC; every answer says which instant and which data it is about.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    routes = cache(lambda: routes_of(app.routes))
    app.state.jobs = jobs
    app.state.streams = streams
    for part in (
        counting.router(pages, makings),
        overview_page.router(work, pages),
        components_page.router(pages),
        segment_pages.router(work, pages, jobs),
        members_page.router(work, pages),
        audience_page.router(work, pages),
        builder_pages.router(work, pages),
        customer_pages.router(work, pages),
        customer_rights.router(work, pages, jobs),
        quality_page.router(work, pages),
        management_page.router(work, pages),
        sales_page.router(work, pages),
        service_page.router(work, pages),
        reports_page.router(work, pages),
        guide_page.router(work, pages),
        explore_pages.router(work, pages),
        import_pages.router(work, pages, jobs),
        rejected_page.router(work, pages, jobs),
        sources_page.router(work, pages, jobs),
        live_page.router(work, pages, jobs),
        review_page.router(work, pages),
        survivorship_page.router(work, pages),
        special_page.router(work, pages),
        contracts_page.router(work, pages),
        api.router(work),
        changes_api.router(work, streams),
        hooks.router(work, keeping.told),
        visitor_script.router(),
        sign_in.router(work, pages, tries),
        openid.router(work, tries),
        account_pages.router(work, pages, tries),
        users_page.router(work, pages),
    ):
        # As they are: to include a router makes all its routes a second time, which takes half of the start.
        app.router.routes.extend(part.routes)
    app.mount("/static", StaticFiles(directory=str(files("lohko.web") / "static")), name="static")
    answer = _answer_errors(app, pages)

    def broken(request: Request, error: Exception) -> Response:
        _log.error("%s failed: %s", request.url.path.split("/")[1] or "overview", kind_of(error))
        return answer(request, work.blame(error) or failed())

    app.add_middleware(Replaced, work=work)
    app.add_middleware(Patience, pages=pages, makings=makings, seconds=patience)
    app.add_middleware(Access, work=work, routes=routes, refuse=answer, at_home=at_home)
    app.add_middleware(Guard, hosts=hosts, broken=broken, for_others=visitor_script.PATH)
    app.add_middleware(UnderPath, root=root)
    return app


def status_of(error: LohkoError) -> int:
    """The HTTP status of an error."""
    if error.code in _NOT_THERE:
        return 404
    if error.code in _CONFLICT:
        return 409
    if error.code == "file_too_large":
        return 413
    if error.code == "changes_gone":
        return 410
    if error.code == "too_often":
        return 429
    return 500 if error.code == "failed" else 503 if isinstance(error, StoreError) else 400


def _answer_errors(app: FastAPI, pages: Pages) -> Callable[..., Response]:
    """Every error becomes a sentence: a page for people, JSON for programs, never a traceback."""

    def answer(request: Request, error: LohkoError, status: int | None = None) -> Response:
        status = status or status_of(error)
        if request.url.path.startswith("/api/"):
            body = {key: value for key, value in error.as_json().items() if key != "exit_status"}
            return JSONResponse({"error": body}, status)
        return pages.answer(request, "error.html", status, error=error, http_status=status)

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, LohkoError)
        return answer(request, error)

    async def wrong_input(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return answer(request, InputError("bad_json", "The body is not valid JSON."))
        place = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path")) or None
        return answer(request, InputError("bad_input", f"A value is wrong: {first['msg']}.", place=place))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            return answer(request, InputError("not_found", "There is no such page."), 404)
        if error.status_code == 405:
            found = answer(request, InputError("not_allowed", "This address does not take that method."), 405)
            found.headers.update(error.headers or {})  # which methods it takes
            return found
        return answer(request, InputError("bad_request", "The request cannot be understood."), error.status_code)

    async def too_large(request: Request, _error: Exception) -> Response:
        return answer(request, InputError("too_large", "The request is too large."), 413)

    handlers: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
        LohkoError: known,
        RequestValidationError: wrong_input,
        HTTPException: http,
        BodyTooLarge: too_large,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    return answer
