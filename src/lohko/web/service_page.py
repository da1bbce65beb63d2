"""The page of service: finding a customer by whatever they say, and what is open. What is known of one is on their own page."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.steps.service import find_customer, service
from lohko.steps.work import Work, silent
from lohko.web.language import language_of, texts
from lohko.web.render import Pages
from lohko.web.role_words import Told
from lohko.web.words import Words


def router(work: Work, pages: Pages) -> APIRouter:
    """The page; whoever means exactly one customer comes to that customer's page at once."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/service")
    def page(request: Request, q: str = "", as_of: str | None = None) -> Response:
        found = find_customer(work, silent, q=q[:200], as_of=as_of or None) if q.strip() else None
        if found is not None and found["exact"] == 1 and found["total"] == 1:
            return RedirectResponse(f"/customers/{quote(found['customers'][0]['person_id'], safe='')}", 303)
        language = language_of(request)
        told = Told(texts(language), Words(texts(language), language, work.settings.zone), language, work.settings.currency)
        return pages.answer(request, "service.html", found=found, data=service(work, silent, as_of=as_of or None), told=told)

    return routes
