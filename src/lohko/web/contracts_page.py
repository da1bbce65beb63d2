"""What each source's files are expected to hold: rule by rule, or as text, with how often each rule was broken."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError, LohkoError
from lohko.model.contract import Contract, FieldRules, Rule, read_contracts
from lohko.steps.contracts import apply_contracts, contracts, edit_contract, learn_contract
from lohko.steps.work import Work, silent
from lohko.web.data_words import show
from lohko.web.posted import Posted, text
from lohko.web.render import Pages

_SAID = ("warn", "reject", "off")
_PREFIX = "rule-"


def router(work: Work, pages: Pages) -> APIRouter:
    """The pages of contracts."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/contracts")
    def every(request: Request) -> Response:
        found = contracts(work, silent)["contracts"]
        rows = [{**item, "warned": _summed(item, "warned"), "rejected": _summed(item, "rejected")} for item in found]
        return show(pages, request, "contracts.html", contracts=rows)

    @routes.get("/contracts/{source}/{kind}")
    def one(request: Request, source: str, kind: str) -> Response:
        return _page(request, work, pages, source, kind)

    @routes.post("/contracts/{source}/{kind}/rules")
    def rules(source: str, kind: str, form: Posted) -> Response:
        asked = {name.removeprefix(_PREFIX): said for name in form if name.startswith(_PREFIX) and (said := text(form, name)) in _SAID}
        edit_contract(work, silent, source=source, kind=kind, rules=asked)
        back = text(form, "back")
        return RedirectResponse(f"/imports/{back}/rejected" if back.isdecimal() else _address(source, kind), 303)

    @routes.post("/contracts/{source}/{kind}/text")
    def written(request: Request, source: str, kind: str, form: Posted) -> Response:
        given = text(form, "text")
        try:
            if [(item.source, item.kind) for item in read_contracts(given, "text")] != [(source, kind)]:
                raise InputError("other_contract", "The text has to be the contract of this source and kind, and of no other.")
            apply_contracts(work, silent, files={"text": given})
        except InputError as error:
            return _page(request, work, pages, source, kind, given, error)
        return RedirectResponse(_address(source, kind), 303)

    @routes.post("/contracts/{source}/{kind}/learn")
    def learn(source: str, kind: str) -> Response:
        learn_contract(work, silent, source=source, kind=kind)
        return RedirectResponse(_address(source, kind), 303)

    return routes


def _address(source: str, kind: str) -> str:
    return f"/contracts/{quote(source, safe='')}/{quote(kind, safe='')}"


def _summed(item: dict[str, Any], what: str) -> int:
    return sum(n[what] for n in item["broken"].values())


def _page(
    request: Request, work: Work, pages: Pages, source: str, kind: str, given: str | None = None, error: LohkoError | None = None
) -> Response:
    [found] = contracts(work, silent, source=source, kind=kind)["contracts"]
    [contract] = read_contracts(found["yaml"], "the contract")
    return show(
        pages,
        request,
        "contract.html",
        200 if error is None else 400,
        contract=found,
        rules=list(_rules(contract, found["broken"])),
        given=found["yaml"] if given is None else given,
        error=error,
        address=_address(source, kind),
    )


def _rules(contract: Contract, broken: dict[str, dict[str, int]]) -> Any:
    for field, asked in contract.fields.items():
        for rule in asked.rules():
            counts = broken.get(f"{field}:{rule}", {"warned": 0, "rejected": 0})
            said = "reject" if contract.rejects(field, rule) else "warn"
            yield {"name": f"{field}:{rule}", "field": field, "rule": rule, "limit": _limit(asked, rule), "said": said, **counts}


def _limit(asked: FieldRules, rule: Rule) -> str:
    """The limit of a rule, as short as it can be said."""
    match rule:
        case "type":
            return str(asked.type)
        case "range":
            return f"{'…' if asked.low is None else asked.low} – {'…' if asked.high is None else asked.high}"
        case "allowed":
            return ", ".join(asked.allowed[:8]) + (f" … ({len(asked.allowed)})" if len(asked.allowed) > 8 else "")
        case "references":
            return str(asked.references)
    return ""
