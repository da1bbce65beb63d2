"""Who may use the workspace, as an admin sees it: users and their roles, and the keys of programs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError, LohkoError
from lohko.model.roles import ACTIONS, ROLES, SCOPES
from lohko.steps.keys import key_add, key_list, key_revoke
from lohko.steps.users import user_add, user_disable, user_list, user_password, user_role, user_sign_out
from lohko.steps.work import Work, silent
from lohko.web.account_words import AccountWords
from lohko.web.language import language_of, texts
from lohko.web.posted import text
from lohko.web.proxied import absolute
from lohko.web.render import Pages


def router(work: Work, pages: Pages) -> APIRouter:
    """The page and its forms. A link or a key is shown once, in the answer that made it, and stands in no address."""
    routes = APIRouter(include_in_schema=False)

    def page(request: Request, error: LohkoError | None = None, **made: Any) -> Response:
        known = {"link": None, "link_for": None, "key": None}
        return pages.answer(
            request,
            "users.html",
            200 if error is None else 400,
            of_users=True,
            say=AccountWords(texts(language_of(request))),
            users=user_list(work, silent)["users"],
            keys=key_list(work, silent)["keys"],
            roles=ROLES,
            scopes=tuple(SCOPES),
            actions=[(name, [role in action.roles for role in ROLES]) for name, action in ACTIONS.items()],
            error=error,
            **(known | made),
        )

    def link_page(request: Request, found: dict[str, Any]) -> Response:
        address = absolute(request, f"/invitation/{found['invitation']}")
        return page(request, link=address, link_for=found["user"]["email"])

    @routes.get("/users")
    def everyone(request: Request) -> Response:
        return page(request)

    @routes.post("/users")
    async def add(request: Request) -> Response:
        form = await request.form()

        def done() -> Response:
            try:
                found = user_add(work, silent, email=text(form, "email"), name=text(form, "name"), role=text(form, "role"))
            except InputError as error:
                return page(request, error)
            return link_page(request, found)

        return await run_in_threadpool(done)

    @routes.post("/users/{user}/role")
    async def role(request: Request, user: str) -> Response:
        form = await request.form()
        await run_in_threadpool(user_role, work, silent, user=user, role=text(form, "role"))
        return RedirectResponse("/users", 303)

    @routes.post("/users/{user}/invite")
    def invite(request: Request, user: str) -> Response:
        return link_page(request, user_password(work, silent, user=user))

    @routes.post("/users/{user}/disable")
    async def disable(request: Request, user: str) -> Response:
        form = await request.form()
        await run_in_threadpool(user_disable, work, silent, user=user, disabled=text(form, "disabled") == "yes")
        return RedirectResponse("/users", 303)

    @routes.post("/users/{user}/sign-out")
    def out(user: str) -> Response:
        user_sign_out(work, silent, user=user)
        return RedirectResponse("/users", 303)

    @routes.post("/keys")
    async def add_key(request: Request) -> Response:
        form = await request.form()
        days = text(form, "days").strip()

        def done() -> Response:
            try:
                if days and not (days.isascii() and days.isdecimal()):
                    raise InputError("bad_days", "How many days a key holds is a number.")
                scopes = [str(item) for item in form.getlist("scope")]
                found = key_add(work, silent, name=text(form, "name"), scopes=scopes, days=int(days[:6]) if days else None)
            except InputError as error:
                return page(request, error)
            return page(request, key=found["key"])

        return await run_in_threadpool(done)

    @routes.post("/keys/{key}/revoke")
    def revoke(key: str) -> Response:
        key_revoke(work, silent, key=key)
        return RedirectResponse("/users", 303)

    return routes
