"""What the pages of management, sales and service show, as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from lohko.base.clock import now
from lohko.base.times import local_day
from lohko.steps import management, sales, service
from lohko.steps.call_notes import MOST_LETTERS, call_note
from lohko.steps.work import Work, silent
from lohko.web.api_values import AsOf, Limit
from lohko.web.who import apart, asking

_Rows = Annotated[int, Query(ge=1, le=sales.MOST_ROWS, description="At most so many to call.")]


class _Call(BaseModel):
    model_config = ConfigDict(extra="forbid")

    outcome: Literal["called", "no_answer", "later", "not_now"]
    rest_days: Annotated[
        int | None, Field(ge=0, le=3650, description="For how many days nobody calls again; as the outcome says when null.")
    ] = None
    note: Annotated[str, Field(max_length=MOST_LETTERS, description="What was agreed, and what comes next.")] = ""


class CustomerCalled(_Call):
    """A call to a customer."""

    customer: Annotated[str, Field(max_length=1000, description="The customer's `person_id` or number.")]


class CompanyCalled(_Call):
    """A call to a company."""

    account: Annotated[str, Field(max_length=1000, description="The company's name.")]


def add_views(routes: APIRouter, work: Work) -> None:
    """A route for each view, and one for finding whoever calls."""

    @routes.get("/management", operation_id="management", summary="The business on one page", tags=["views"])
    def business(as_of: AsOf = None) -> dict[str, Any]:
        """Beside a year before; segments, moves between RFM groups, goals, audiences, and how far the data can be trusted. No person; of 1 to 4 people no number."""
        return management.management(work, silent, as_of=as_of)

    @routes.get("/sales", operation_id="sales", summary="Whom to call today and why", tags=["views"])
    def whom_to_call(
        request: Request,
        owner: Annotated[str | None, Query(max_length=200, description="Of one who owns deals or companies; of all when left out.")] = None,
        agreed: Annotated[
            bool | None, Query(description="Only those who agreed to calls; as the law of the workspace's country says when left out.")
        ] = None,
        limit: _Rows = 30,
        as_of: AsOf = None,
    ) -> dict[str, Any]:
        """Each with every reason, what is at stake and the last call; and companies by owner."""
        found = sales.sales(work, silent, owner=owner or None, agreed=agreed, limit=limit, as_of=as_of)
        return apart(asking(request), found, "calls")

    @routes.post("/sales/calls", operation_id="call_note", summary="Note a call", tags=["views"])
    def called(said: CustomerCalled | CompanyCalled) -> dict[str, Any]:
        """Whoever it was about rests until the day told, and is not among those to call."""
        today = local_day(now(), work.settings.zone)
        until = None if said.rest_days is None else (today + dt.timedelta(days=said.rest_days)).isoformat()
        whom = {"customer": said.customer} if isinstance(said, CustomerCalled) else {"account": said.account}
        return call_note(work, silent, **whom, outcome=said.outcome, until=until, note=said.note)

    @routes.get("/service", operation_id="service", summary="Who waits for an answer", tags=["views"])
    def waiting(as_of: AsOf = None) -> dict[str, Any]:
        """Tickets that are not solved, those who wait longest first."""
        return service.service(work, silent, as_of=as_of)

    @routes.get("/service/customers", operation_id="find_customer", summary="Find the customer who is calling", tags=["views"])
    def find(
        q: Annotated[
            str, Query(max_length=200, description="Whatever they say: a number, e-mail, phone, order, ticket or name; nobody without any.")
        ] = "",
        limit: Limit = 20,
        as_of: AsOf = None,
    ) -> dict[str, Any]:
        """The surest first; `how` each was found. The search is noted in the audit, never what was typed."""
        return service.find_customer(work, silent, q=q, limit=limit, as_of=as_of)
