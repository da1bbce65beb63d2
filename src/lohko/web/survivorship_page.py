"""Whose value counts where the records of one person differ: the rule of each attribute, and what another one would change before it is kept."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError
from lohko.engine.profiles import known_sources
from lohko.engine.survivorship import SURVIVORS
from lohko.steps.one_person import survivorship, survivorship_preview
from lohko.steps.work import Work, silent
from lohko.web.data_words import show
from lohko.web.posted import Posted
from lohko.web.render import Pages

_PLACES = 8
"""So many sources can be put in order on the page; those that are not named come last."""


def router(work: Work, pages: Pages) -> APIRouter:
    """The page of the rules, and of one of them."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/survivorship")
    def rules(request: Request) -> Response:
        return _page(request, work, pages, request.query_params)

    @routes.post("/survivorship")
    def keep(request: Request, form: Posted) -> Response:
        attribute, rule, sources = _asked(form)
        try:
            survivorship(work, silent, attribute=attribute, rule=rule, sources=sources)
        except InputError as error:
            return _page(request, work, pages, form, error)
        return RedirectResponse("/survivorship?kept=1", 303)

    return routes


def _asked(given: QueryParams | FormData) -> tuple[str, str, list[str]]:
    """The attribute, the rule and the sources in their order that a form names."""
    rule = str(given.get("rule", ""))
    sources = [str(value) for name, value in given.multi_items() if name == "source" and value] if rule == "source priority" else []
    return str(given.get("attribute", "")), rule, list(dict.fromkeys(sources))


def _page(request: Request, work: Work, pages: Pages, given: QueryParams | FormData, error: InputError | None = None) -> Response:
    attribute, rule, sources = _asked(given)
    chosen, preview = None, None
    rows = survivorship(work, silent)["attributes"]
    if attribute:
        try:
            [chosen] = survivorship(work, silent, attribute=work.schema().attribute(attribute).name)["attributes"]
            if rule and error is None:
                preview = survivorship_preview(work, silent, attribute=attribute, rule=rule, sources=sources)
        except InputError as wrong:
            error = wrong
    known = sorted(known_sources(work.store.cursor()))
    values: dict[str, Any] = {"rule": rule or (chosen or {}).get("rule"), "sources": sources or (chosen or {}).get("sources", [])}
    return show(
        pages,
        request,
        "survivorship.html",
        200 if error is None else 400,
        rows=rows,
        chosen=chosen,
        asked=values,
        preview=preview,
        rules=SURVIVORS,
        known=known,
        places=range(min(_PLACES, len(known))),
        kept=request.query_params.get("kept") == "1",
        error=error,
    )
