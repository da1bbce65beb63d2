"""What a customer may ask for, carried out from their page: a copy, corrections, consents, objections, taking records apart, erasure."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError
from lohko.steps.consents import consent_give, consent_withdraw, person_flag
from lohko.steps.person_erase import person_erase
from lohko.steps.person_page import check_typed, erasure_plan
from lohko.steps.person_rights import person_correct, person_export
from lohko.steps.review import review_split
from lohko.steps.work import Work, silent
from lohko.web.customer_pages import customer_page
from lohko.web.data_words import show
from lohko.web.jobs import Jobs
from lohko.web.posted import Posted, text
from lohko.web.render import Pages
from lohko.web.waiting import soon

_NOT_OF_THE_FORM = frozenset({"unknown_customer", "ambiguous_customer", "in_use", "busy"})


def router(work: Work, pages: Pages, jobs: Jobs) -> APIRouter:
    """The forms of a customer's page."""
    routes = APIRouter(include_in_schema=False)

    def done(request: Request, person_id: str, act: Callable[[], Any], then: str) -> Response:
        """Carry out what a form asks; what is wrong with it is said on the customer's page."""
        try:
            act()
        except InputError as error:
            if error.code in _NOT_OF_THE_FORM:
                raise
            return customer_page(request, work, pages, person_id, error=error)
        return RedirectResponse(f"/customers/{person_id}#{then}", 303)

    @routes.post("/customers/{person_id}/consents")
    def consent(request: Request, person_id: str, form: Posted) -> Response:
        def act() -> None:
            said: dict[str, Any] = {"customer": person_id, "purpose": text(form, "purpose"), "since": text(form, "since") or None}
            said |= {name: text(form, name) for name in ("source", "proof")} | {"capacity": text(form, "capacity") or None}
            if text(form, "given") == "yes":
                consent_give(work, silent, **said, basis=text(form, "basis") or "consent", wording=text(form, "wording"))
            else:
                consent_withdraw(work, silent, **said)

        return done(request, person_id, act, "consent-h")

    @routes.post("/customers/{person_id}/flags")
    def flag(request: Request, person_id: str, form: Posted) -> Response:
        def act() -> None:
            person_flag(
                work, silent, customer=person_id, flag=text(form, "flag"), holds=text(form, "holds") == "yes", reason=text(form, "reason")
            )

        return done(request, person_id, act, "rights-h")

    @routes.post("/customers/{person_id}/corrections")
    def correct(request: Request, person_id: str, form: Posted) -> Response:
        def act() -> None:
            person_correct(work, silent, customer=person_id, attribute=text(form, "attribute"), value=text(form, "value") or None)

        return done(request, person_id, act, "known-h")

    @routes.post("/customers/{person_id}/split")
    def split(request: Request, person_id: str, form: Posted) -> Response:
        def act() -> None:
            review_split(work, silent, customer=person_id, records=[str(item) for item in form.getlist("record")])

        return done(request, person_id, act, "records-h")

    @routes.post("/customers/{person_id}/archive")
    def archive(person_id: str) -> Response:
        found = person_export(work, silent, customer=person_id)
        named = {"content-disposition": f'attachment; filename="{found["person_id"]}.zip"'}
        return Response(base64.b64decode(found["zip"]), media_type="application/zip", headers=named)

    @routes.get("/customers/{person_id}/erase")
    def ask_to_erase(request: Request, person_id: str) -> Response:
        return show(pages, request, "erase.html", plan=erasure_plan(work, silent, customer=person_id), error=None)

    @routes.post("/customers/{person_id}/erase")
    async def erase(request: Request, person_id: str) -> Response:
        form, plan = await request.form(), await run_in_threadpool(erasure_plan, work, silent, customer=person_id)
        try:
            check_typed(plan, text(form, "number"))
        except InputError as error:
            return show(pages, request, "erase.html", 400, plan=plan, error=error)
        job = jobs.new("refresh")
        jobs.start(job, "erasing", lambda progress: person_erase(work, progress, customers=[plan["person_id"]]))
        await soon(job)
        return RedirectResponse(f"/erasures/{job.id}", 303)

    @routes.get("/erasures/{name}")
    def erased(request: Request, name: str) -> Response:
        return show(pages, request, "erased.html", job=jobs.get(name))

    return routes
