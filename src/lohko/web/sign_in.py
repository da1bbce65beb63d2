"""Signing in and out, and choosing a password by a link: the pages that nobody has to be signed in for."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError, LohkoError
from lohko.state import users as kept
from lohko.state import users_openid as openid
from lohko.state.workspace import note
from lohko.steps.openid import provider_of
from lohko.steps.passwords import LONGEST, SHORTEST
from lohko.steps.users import choose_password
from lohko.steps.users import sign_in as sign_in_step
from lohko.steps.work import Work
from lohko.web.error_words import ERRORS
from lohko.web.posted import exactly, text
from lohko.web.render import Pages
from lohko.web.sign_in_tries import Tries
from lohko.web.who import asking, give_session, session_of, take_session

SAID = {
    code: InputError(code, ERRORS[code])
    for code in (
        "openid_disabled",
        "openid_given_up",
        "openid_no_email",
        "openid_no_group",
        "openid_no_users",
        "openid_not_invited",
        "openid_other_domain",
        "openid_other_person",
        "openid_over",
        "openid_unreachable",
        "openid_untrue",
        "openid_unverified",
        "too_often",
    )
}
"""Why somebody who came from a provider was not let in, as the address of this page may say."""


def router(work: Work, pages: Pages, tries: Tries) -> APIRouter:
    """The pages."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/sign-in")
    def ask(request: Request) -> Response:
        back = safe(request.query_params.get("next", "/"))
        if asking(request).kind != "nobody":
            return RedirectResponse(back, 303)
        return _page(request, back, SAID.get(request.query_params.get("why", "")))

    @routes.post("/sign-in")
    async def take(request: Request) -> Response:
        form = await request.form()
        email, password, back = text(form, "email"), exactly(form, "password"), safe(text(form, "next"))
        tries.count(request, email)
        try:
            secret = await run_in_threadpool(sign_in_step, work, email, password)
        except InputError as error:
            return _page(request, back, error, email, 401)
        return give_session(request, RedirectResponse(back, 303), secret)

    @routes.post("/sign-out")
    def leave(request: Request) -> Response:
        secret, linked = session_of(request.scope), False
        if secret is not None:
            with work.state.begin() as connection:
                kept.sign_out(connection, secret)
                note(connection, "signed_out", {"user": asking(request).id})
                linked = asking(request).id in openid.linked(connection)
        return take_session(request, RedirectResponse("/sign-in?out=1" if linked else "/sign-in", 303))

    @routes.get("/invitation/{link}")
    def invited(request: Request, link: str) -> Response:
        return _invitation(request, link)

    @routes.post("/invitation/{link}")
    async def choose(request: Request, link: str) -> Response:
        form = await request.form()
        tries.count(request)
        try:
            password = both(form)
            secret = await run_in_threadpool(choose_password, work, link, password)
        except InputError as error:
            if error.code == "invitation_over":
                raise
            return await run_in_threadpool(_invitation, request, link, error)
        return give_session(request, RedirectResponse("/", 303), secret)

    def _page(request: Request, back: str, error: LohkoError | None = None, email: str = "", status: int = 200) -> Response:
        settings = provider_of(work)
        provider = None if settings is None else settings.name or urlsplit(settings.issuer).hostname
        shown = {"next": safe(back), "error": error, "email": email, "provider": provider, "out": "out" in request.query_params}
        return pages.answer(request, "sign_in.html", status, of_users=True, **shown)

    def _invitation(request: Request, link: str, error: LohkoError | None = None) -> Response:
        with work.state.connect() as connection:
            found = kept.invited(connection, link)
        status = 200 if error is None else 400
        return pages.answer(
            request, "invitation.html", status, of_users=True, email=found.email, error=error, shortest=SHORTEST, longest=LONGEST
        )

    return routes


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
