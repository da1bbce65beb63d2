"""Customers: finding one, and everything known of one, with why they are in each segment."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lohko.steps.explain import explain_all
from lohko.steps.look_customers import MOST, customer, customers
from lohko.steps.work import Work, silent
from lohko.web.language import language_of
from lohko.web.render import Pages

_FIRST, _MORE = 25, 100
_ORDER = ("first_name", "last_name", "name", "email", "phone", "address", "postcode", "city", "region", "country", "language", "joined")


def router(work: Work, pages: Pages) -> APIRouter:
    """The pages of customers."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/customers")
    def search(request: Request, q: str = "", as_of: str | None = None) -> Response:
        found = customers(work, silent, q=q[:200], as_of=as_of or None)
        return pages.answer(request, "customers.html", data=found)

    @routes.get("/customers/{person_id}")
    def one(request: Request, person_id: str, show: int = _FIRST, as_of: str | None = None) -> Response:
        found = customer(work, silent, person_id=person_id, limit=max(1, min(show, MOST)), as_of=as_of or None)
        why = explain_all(work, silent, customer=found["person_id"], as_of=as_of or None, language=language_of(request))["segments"]
        days = [(day, list(items)) for day, items in groupby(found["timeline"], key=lambda item: item["day"])]
        return pages.answer(
            request,
            "customer.html",
            data=found | {"attributes": sorted(found["attributes"], key=lambda item: in_order(item["name"]))},
            days=days,
            show_more=min(show + _MORE, MOST) if found["more"] and show < MOST else None,
            inside=[item for item in why if item["holds"]],
            outside=[item for item in why if item["holds"] is False],
            untold=[item for item in why if item["holds"] is None],
        )

    return routes


def in_order(name: str) -> tuple[int, str]:
    """Attributes as people look for them: name and contact first, a shop's own last."""
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)
