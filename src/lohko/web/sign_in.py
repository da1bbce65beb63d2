"""Signing in and out, and choosing a password by a link: the pages that nobody has to be signed in for."""

from __future__ import annotations

from fastapi import APIRouter
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError, LohkoError
from lohko.base.text import fold
from lohko.state import users as kept
from lohko.state.workspace import note
from lohko.steps.passwords import LONGEST, SHORTEST
from lohko.steps.users import choose_password
from lohko.steps.users import sign_in as sign_in_step
from lohko.steps.work import Work
from lohko.web.posted import exactly, text
from lohko.web.render import Pages
from lohko.web.who import asking, give_session, session_of, take_session

PER_ACCOUNT = RateLimitItemPerMinute(10, 15)
"""How often an address may be signed in with: ten times in a quarter of an hour, right or wrong."""
PER_CLIENT = RateLimitItemPerMinute(40, 15)
"""How often one machine may try, whoever as."""


def router(work: Work, pages: Pages) -> APIRouter:
    """The pages."""
    routes = APIRouter(include_in_schema=False)
    rates = MovingWindowRateLimiter(MemoryStorage())

    @routes.get("/sign-in")
    def ask(request: Request) -> Response:
        back = safe(request.query_params.get("next", "/"))
        if asking(request).kind != "nobody":
            return RedirectResponse(back, 303)
        return _page(request, back)

    @routes.post("/sign-in")
    async def take(request: Request) -> Response:
        form = await request.form()
        email, password, back = text(form, "email"), exactly(form, "password"), safe(text(form, "next"))
        _not_too_often(rates, request, email)
        try:
            secret = await run_in_threadpool(sign_in_step, work, email, password)
        except InputError as error:
            return _page(request, back, error, email, 401)
        return give_session(request, RedirectResponse(back, 303), secret)

    @routes.post("/sign-out")
    def leave(request: Request) -> Response:
        secret = session_of(request.scope)
        if secret is not None:
            with work.state.begin() as connection:
                kept.sign_out(connection, secret)
                note(connection, "signed_out", {"user": asking(request).id})
        return take_session(request, RedirectResponse("/sign-in", 303))

    @routes.get("/invitation/{link}")
    def invited(request: Request, link: str) -> Response:
        return _invitation(request, link)

    @routes.post("/invitation/{link}")
    async def choose(request: Request, link: str) -> Response:
        form = await request.form()
        _not_too_often(rates, request, "")
        try:
            password = both(form)
            secret = await run_in_threadpool(choose_password, work, link, password)
        except InputError as error:
            if error.code == "invitation_over":
                raise
            return await run_in_threadpool(_invitation, request, link, error)
        return give_session(request, RedirectResponse("/", 303), secret)

    def _page(request: Request, back: str, error: LohkoError | None = None, email: str = "", status: int = 200) -> Response:
        return pages.answer(request, "sign_in.html", status, of_users=True, next=safe(back), error=error, email=email)

    def _invitation(request: Request, link: str, error: LohkoError | None = None) -> Response:
        with work.state.connect() as connection:
            found = kept.invited(connection, link)
        status = 200 if error is None else 400
        return pages.answer(
            request, "invitation.html", status, of_users=True, email=found.email, error=error, shortest=SHORTEST, longest=LONGEST
        )

    return routes


def _not_too_often(rates: MovingWindowRateLimiter, request: Request, email: str) -> None:
    client = request.client.host if request.client else ""
    allowed = rates.hit(PER_CLIENT, "client", client)
    if allowed and email:  # who tries too much already does not use up what an account has
        allowed = rates.hit(PER_ACCOUNT, "account", fold(email)[:320])
    if not allowed:
        raise InputError("too_often", "That was tried too often.", hint="wait a quarter of an hour.")


def both(form: FormData) -> str:
    """The password that was typed twice."""
    first, second = exactly(form, "password"), exactly(form, "again")
    if first != second:
        raise InputError("not_the_same", "The two passwords are not the same.")
    return first


def safe(back: str) -> str:
    """An address of this app to go back to; the overview when it is anything else.

    >>> safe("/segments?q=1"), safe("//evil.example"), safe("https://evil.example"), safe("/\\\\evil.example"), safe("/sign-in")
    ('/segments?q=1', '/', '/', '/', '/')
    """
    plain = back.isascii() and back.isprintable() and "\\" not in back
    return back if plain and back.startswith("/") and not back.startswith(("//", "/sign-in")) else "/"
