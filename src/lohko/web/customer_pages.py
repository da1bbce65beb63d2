"""Customers: finding one, and everything known of one, with why they are in each segment and how they came to be one person."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lohko.base.errors import LohkoError
from lohko.model.consent import BASES, FLAGS, PURPOSE_TABLE
from lohko.state.calls import OUTCOMES
from lohko.steps.look_customers import MOST, customers
from lohko.steps.person_life import TOPICS
from lohko.steps.person_page import person_page
from lohko.steps.service import find_customer
from lohko.steps.work import Work, silent
from lohko.web.data_words import show as shown
from lohko.web.language import language_of, texts
from lohko.web.render import Pages
from lohko.web.role_words import Told
from lohko.web.who import asking
from lohko.web.words import Words

_FIRST, _MORE = 25, 100
_ORDER = ("first_name", "last_name", "name", "email", "phone", "address", "postcode", "city", "region", "country", "language", "joined")


def router(work: Work, pages: Pages) -> APIRouter:
    """The pages of customers."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/customers")
    def search(request: Request, q: str = "", as_of: str | None = None) -> Response:
        asked, day = q[:200], as_of or None
        found = find_customer(work, silent, q=asked, limit=50, as_of=day) if asked.strip() else customers(work, silent, as_of=day)
        return pages.answer(request, "customers.html", data=found)

    @routes.get("/customers/{person_id}")
    def one(request: Request, person_id: str, show: int = _FIRST, topic: str = "", as_of: str | None = None) -> Response:
        return customer_page(request, work, pages, person_id, most=show, topic=topic, as_of=as_of)

    return routes


def customer_page(
    request: Request,
    work: Work,
    pages: Pages,
    person_id: str,
    *,
    most: int = _FIRST,
    topic: str = "",
    as_of: str | None = None,
    error: LohkoError | None = None,
) -> Response:
    """The page of one customer; of someone who is set aside, what may be shown of them. `error` is what was wrong with a form of it."""
    topic, status = topic if topic in TOPICS else "", 200 if error is None else 400
    limit, language = max(1, min(most, MOST)), language_of(request)
    found = person_page(
        work,
        silent,
        customer=person_id,
        topic=topic,
        limit=limit,
        as_of=as_of or None,
        language=language,
        by_id=not asking(request).sees_names,
    )
    call_words = Told(texts(language), Words(texts(language), language, work.settings.zone), language, work.settings.currency)
    forms = {"purposes": PURPOSE_TABLE, "bases": tuple(BASES), "flags": tuple(FLAGS), "error": error}
    calling = {"call_words": call_words, "outcomes": tuple(OUTCOMES)}
    if not found["asked_about"]:
        return shown(pages, request, "customer_aside.html", status, data=found, **forms)
    why, life = found["segments"], found["life"]
    return shown(
        pages,
        request,
        "customer.html",
        status,
        data=found | {"attributes": sorted(found["attributes"], key=lambda item: in_order(item["name"]))},
        days=[(day, list(rows)) for day, rows in groupby(life["rows"], key=lambda row: row["day"])],
        show_more=min(limit + _MORE, MOST) if life["more"] and limit < MOST else None,
        inside=[item for item in why if item["holds"]],
        outside=[item for item in why if item["holds"] is False],
        untold=[item for item in why if item["holds"] is None],
        **calling,
        **forms,
    )


def in_order(name: str) -> tuple[int, str]:
    """Attributes as people look for them: name and contact first, a shop's own last."""
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)
