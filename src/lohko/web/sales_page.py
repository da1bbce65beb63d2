"""The page of sales: whom to call today and why, and companies by owner; noting calls, and both lists as CSV."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.model.masking import mask
from lohko.state.calls import OUTCOMES
from lohko.steps.call_notes import call_note
from lohko.steps.sales import MOST_ROWS, sales
from lohko.steps.work import Work, silent
from lohko.web.explore_words import View
from lohko.web.language import N_, language_of, texts
from lohko.web.posted import Posted, text
from lohko.web.render import Pages
from lohko.web.role_words import Told
from lohko.web.who import asking
from lohko.web.words import Words

FIRST, MORE = 20, 40
ACCOUNTS_SHOWN = 60


def router(work: Work, pages: Pages) -> APIRouter:
    """The page, its files, and noting a call."""
    routes = APIRouter(include_in_schema=False)

    def asked(request: Request, *, limit: int) -> dict[str, Any]:
        given = request.query_params
        agreed = {"yes": True, "no": False}.get(given.get("agreed", ""))
        found = sales(work, silent, owner=given.get("owner") or None, agreed=agreed, limit=limit, as_of=given.get("as_of") or None)
        return found if asking(request).sees_names else _without_names(found)

    def said(request: Request) -> Told:
        language = language_of(request)
        return Told(texts(language), Words(texts(language), language, work.settings.zone), language, work.settings.currency)

    @routes.get("/sales")
    def page(request: Request, show: int = FIRST) -> Response:
        found = asked(request, limit=max(1, min(show, MOST_ROWS)))
        query = {name: request.query_params[name] for name in ("owner", "agreed") if request.query_params.get(name)}
        return pages.answer(
            request, "sales.html", data=found, told=said(request), outcomes=tuple(OUTCOMES), query=query, show_more=show + MORE,
            noted=request.query_params.get("noted") == "1", accounts_shown=ACCOUNTS_SHOWN,
        )  # fmt: skip

    @routes.post("/sales/calls")
    def note(form: Posted) -> Response:
        back = text(form, "back")
        call_note(
            work,
            silent,
            customer=text(form, "customer") or None,
            account=text(form, "account") or None,
            outcome=text(form, "outcome"),
            until=text(form, "until") or None,
            note=text(form, "note"),
        )
        if back == "customer":
            return RedirectResponse(f"/customers/{text(form, 'customer')}#glance-h", 303)
        query = {"owner": text(form, "owner")} if text(form, "owner") else {}
        return RedirectResponse(f"/sales?{urlencode({**query, 'noted': '1'})}", 303)

    @routes.get("/sales/accounts.csv")
    def accounts(request: Request) -> Response:
        return _accounts(said(request), asked(request, limit=1)).file("accounts.csv")

    @routes.get("/sales/calls.csv")
    def calls(request: Request) -> Response:
        return _calls(said(request), asked(request, limit=MOST_ROWS)).file("calls.csv")

    return routes


def _without_names(found: dict[str, Any]) -> dict[str, Any]:
    """For those who see no names: masked, and without what was written of calls, which may say anything."""
    calls = [row | {"last_call": row["last_call"] and row["last_call"] | {"note": ""}} for row in found["calls"]]
    accounts = [row | {"next": None if row["next"] and row["next"]["what"] == "call" else row["next"]} for row in found["accounts"]]
    masked: dict[str, Any] = mask(found | {"calls": calls, "accounts": accounts})
    return masked


def _accounts(told: Told, found: dict[str, Any]) -> View:
    columns = [N_("Company"), N_("Owner"), N_("Open deals"), N_("Open value"), N_("Gone quiet"), N_("Last touch"), N_("Next step")]
    rows = [
        (row["account"], row["owner"], row["open_deals"], row["open_value"], row["quiet"], row["last_touch"], told.next(row["next"]))
        for row in found["accounts"]
    ]
    return View("", [(told.say(title), False) for title in columns], (), rows)


def _calls(told: Told, found: dict[str, Any]) -> View:
    columns = [N_("Customer"), N_("Name"), N_("Company"), N_("Phone"), N_("At stake"), N_("Why"), N_("Agreed to calls")]
    rows = [
        (row["customer"], row["name"], row["account"] or row["company"], row["phone"], row["stake"],
         " ".join(told.why(reason) for reason in row["reasons"]), told.say(N_("yes")) if row["agreed"] else told.say(N_("not asked")))
        for row in found["calls"]
    ]  # fmt: skip
    return View("", [(told.say(title), False) for title in columns], (), rows)
