"""What the pages of management, sales and service show, as JSON."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request

from lohko.steps import management, sales, service
from lohko.steps.work import Work, silent
from lohko.web.api_values import AsOf, Limit
from lohko.web.who import apart, asking

_Rows = Annotated[int, Query(ge=1, le=sales.MOST_ROWS, description="At most so many to call.")]


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
