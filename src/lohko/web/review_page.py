"""Who is one person: pairs that stand for review side by side, what was decided and by whom, and undoing it.

A pair is merged, kept apart for ever, or left for later. What is left for later is
remembered by the page's address alone, so it comes back in the next sitting.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError
from lohko.steps.review import review_decided, review_keep_apart, review_list, review_merge, review_undo
from lohko.steps.work import Work, silent
from lohko.web.data_words import show
from lohko.web.posted import Posted, text
from lohko.web.render import Pages

_PAIRS, _DECIDED = 5, 20
_MOST_LATER = 200
_ITEM = re.compile(r"[0-9a-f]{10}")
FIELDS = ("first_name", "last_name", "name", "birthday", "email", "phone", "address", "postcode", "city")


def router(work: Work, pages: Pages) -> APIRouter:
    """The pages of the review."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/review")
    def queue(request: Request, later: str = "", others: bool = False) -> Response:
        waiting = _items(later)
        found = review_list(work, silent, limit=_PAIRS + len(waiting), different_names=others)
        items = [item for item in found["items"] if item["item"] not in waiting][:_PAIRS]
        return show(
            pages,
            request,
            "review.html",
            data=found,
            pairs=[{**item, "rows": compared(item["customers"])} for item in items],
            decided=review_decided(work, silent, limit=_DECIDED)["decided"],
            later=waiting,
            others=others,
        )

    def answered(request: Request, form: FormData, decide: Callable[..., Any] | None) -> Response:
        item, waiting = text(form, "item"), _items(text(form, "later"))
        if decide is None:
            waiting = [*waiting, item][-_MOST_LATER:]
        else:
            try:
                decide(work, silent, names=[item])
            except InputError as error:
                if error.code != "unknown_item":  # somebody else decided it meanwhile, and the page shows that
                    raise
        address = request.url.replace(path="/review", query="").include_query_params(
            **({"later": ",".join(waiting)} if waiting else {}), **({"others": "1"} if text(form, "others") else {})
        )
        return RedirectResponse(f"/review{'?' + address.query if address.query else ''}", 303)

    @routes.post("/review/merge")
    def merge(request: Request, form: Posted) -> Response:
        return answered(request, form, review_merge)

    @routes.post("/review/apart")
    def apart(request: Request, form: Posted) -> Response:
        return answered(request, form, review_keep_apart)

    @routes.post("/review/later")
    def put_off(request: Request, form: Posted) -> Response:
        return answered(request, form, None)

    @routes.post("/review/undo")
    def undo(form: Posted) -> Response:
        batch = text(form, "batch")
        review_undo(work, silent, customer=text(form, "customer"), merge=int(batch) if batch.isdecimal() else None)
        back = text(form, "back")
        return RedirectResponse(f"/customers/{text(form, 'customer')}" if back == "customer" else "/review", 303)

    return routes


def _items(said: str) -> list[str]:
    return [item for item in said.split(",") if _ITEM.fullmatch(item)][:_MOST_LATER]


def compared(customers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fields of two customers side by side: a row per field that one of them has, and whether both say the same."""
    rows = []
    for field in FIELDS:
        values = [str(side["values"].get(field) or "") for side in customers]
        if any(values):
            same = values[0].casefold() == values[1].casefold()
            rows.append({"field": field, "name": field, "values": values, "agree": same if all(values) else None})
    return rows
