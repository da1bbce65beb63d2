"""One's own account: who one is, one's password, where one is signed in; and what has changed in what one uses."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError, LohkoError
from lohko.model.roles import ACTIONS
from lohko.state import users as kept
from lohko.state import users_openid as openid
from lohko.steps.notices import follow, notices
from lohko.steps.passwords import LONGEST, SHORTEST
from lohko.steps.users import change_password, shown, user_sign_out
from lohko.steps.work import Work, silent
from lohko.web.account_words import AccountWords
from lohko.web.language import language_of, texts
from lohko.web.posted import exactly, text
from lohko.web.render import Pages
from lohko.web.sign_in import both, safe
from lohko.web.sign_in_tries import Tries
from lohko.web.who import Who, asking, give_session, take_session


def router(work: Work, pages: Pages, tries: Tries) -> APIRouter:
    """The pages."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/account")
    def account(request: Request) -> Response:
        return _account(request, None)

    @routes.post("/account/password")
    async def password(request: Request) -> Response:
        who, form = _user(request), await request.form()
        tries.count(request, await run_in_threadpool(_email, who))
        try:
            secret = await run_in_threadpool(change_password, work, who.id, exactly(form, "before"), both(form))
        except InputError as error:
            return await run_in_threadpool(_account, request, error)
        return give_session(request, RedirectResponse("/account?saved=1", 303), secret)

    @routes.post("/account/sign-out")
    def everywhere(request: Request) -> Response:
        user_sign_out(work, silent, user=_user(request).id)
        return take_session(request, RedirectResponse("/sign-in", 303))

    @routes.get("/changes")
    def changes(request: Request) -> Response:
        who = asking(request)
        if who.kind != "user":
            return pages.answer(request, "changes.html", of_users=True, say=None, data=None)
        language = language_of(request)
        found = notices(work, silent, user=who.id, seen=True, language=language)
        return pages.answer(request, "changes.html", of_users=True, say=AccountWords(texts(language)), data=found)

    @routes.post("/follow/{segment}")
    async def following(request: Request, segment: str) -> Response:
        form = await request.form()
        on = text(form, "following") == "yes"
        await run_in_threadpool(follow, work, silent, user=_user(request).id, segment=segment, following=on)
        return RedirectResponse(safe(text(form, "next") or f"/segments/{segment}"), 303)

    def _email(who: Who) -> str:
        with work.state.connect() as connection:
            return kept.find(connection, who.id).email

    def _account(request: Request, error: LohkoError | None) -> Response:
        who = asking(request)
        found, linked = None, False
        if who.kind == "user":
            with work.state.connect() as connection:
                found, linked = shown(kept.find(connection, who.id)), who.id in openid.linked(connection)
        return pages.answer(
            request,
            "account.html",
            200 if error is None else 400,
            of_users=True,
            user=found,
            linked=linked,
            error=error,
            saved=request.query_params.get("saved") == "1",
            shortest=SHORTEST,
            longest=LONGEST,
            rights=[(name, who.may(name)) for name in ACTIONS],
            say=AccountWords(texts(language_of(request))),
        )

    return routes


def _user(request: Request) -> Who:
    """Who is signed in; InputError for the machine's own user, who has no account."""
    who = asking(request)
    if who.kind != "user":
        raise InputError("no_account", "There are no users yet, so there is no account.", hint="add the first one with `lohko user add`.")
    return who
