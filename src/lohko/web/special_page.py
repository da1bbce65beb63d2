"""The page of special categories: the fields that are marked, and on what basis segments may use them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lohko.state.privacy import CATEGORIES
from lohko.steps.special import special_list
from lohko.steps.work import Work, silent
from lohko.web.data_words import show
from lohko.web.render import Pages


def router(work: Work, pages: Pages) -> APIRouter:
    """The page; it changes nothing."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/special-categories")
    def every(request: Request) -> Response:
        return show(pages, request, "special.html", data=special_list(work, silent), categories=CATEGORIES)

    return routes
