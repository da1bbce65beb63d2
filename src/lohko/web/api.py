"""The data of the pages as JSON: each route calls the step that the command line calls, and adds nothing to it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from lohko.steps import figures, look_customers, read
from lohko.steps.books import books
from lohko.steps.changes import changes, fewest
from lohko.steps.event_books import events_books
from lohko.steps.explain import explain_all
from lohko.steps.history import history
from lohko.steps.quality import quality
from lohko.steps.rejected import rejected
from lohko.steps.segments import members, segments
from lohko.steps.work import Work, silent
from lohko.web.api_rights import add_rights
from lohko.web.api_values import KEY, RESPONSES, AsOf, Batch, Instant, Language, Limit, SegmentId, Span, only_known
from lohko.web.api_views import add_views
from lohko.web.who import apart, asking


class CountRequest(BaseModel):
    """A rule to count, and the instant to count at."""

    model_config = ConfigDict(extra="forbid")

    condition: Annotated[
        str, Field(description="A rule in the language of segments.", examples=["did order at least 2 times in last 90 days"])
    ]
    as_of: Annotated[Instant | None, Field(description="A day or an instant; now when it is left out.", examples=["2026-01-31"])] = None


def router(work: Work) -> APIRouter:
    """Every route under `/api/v1`."""
    routes = APIRouter(prefix="/api/v1", responses=RESPONSES, dependencies=[KEY, Depends(only_known)])
    _shop(routes, work)
    _segments(routes, work)
    _customers(routes, work)
    add_rights(routes, work)
    add_views(routes, work)
    _imports(routes, work)
    return routes


def _shop(routes: APIRouter, work: Work) -> None:
    @routes.get("/status", operation_id="status", summary="What the workspace holds", tags=["workspace"])
    def status() -> dict[str, Any]:
        """Its settings, how many people, and the books of every import."""
        return read.status(work, silent)

    @routes.get("/overview", operation_id="overview", summary="How the shop does", tags=["workspace"])
    def overview(as_of: AsOf = None) -> dict[str, Any]:
        """People, money, repeat rate, RFM, months, and how fresh the data is."""
        return figures.overview(work, silent, as_of=as_of)

    @routes.get("/rfm", operation_id="rfm", summary="RFM of every customer", tags=["customers"])
    def rfm(
        request: Request,
        as_of: AsOf = None,
        refunds: Annotated[
            Literal["net", "ignore"] | None, Query(description="`net` or `ignore`; as the workspace's rules say when it is left out.")
        ] = None,
        window: Span = None,
    ) -> dict[str, Any]:
        """Recency, frequency, monetary value, scores and group of each, and the groups."""
        return apart(asking(request), read.rfm(work, silent, as_of=as_of, refunds=refunds, window=window), "customers")

    @routes.post("/count", operation_id="count", summary="Count a rule that is not saved", tags=["segments"])
    def count(body: Annotated[CountRequest, Body()]) -> dict[str, Any]:
        """How many people match, of how many, and what the rule says in words. Nothing is stored."""
        return read.count(work, silent, condition=body.condition, as_of=body.as_of)


def _segments(routes: APIRouter, work: Work) -> None:
    @routes.get("/segments", operation_id="segments", summary="Every segment with its size", tags=["segments"])
    def every(as_of: AsOf = None) -> dict[str, Any]:
        """One that cannot be told says why."""
        return segments(work, silent, as_of=as_of)

    @routes.get("/segments/{segment}", operation_id="segment", summary="One segment against everyone", tags=["segments"])
    def one(request: Request, segment: SegmentId, as_of: AsOf = None, language: Language = "en") -> dict[str, Any]:
        """What it says, its size, some of its members for those who may see people, and how they differ from everyone."""
        sample = asking(request).may("people")
        found = figures.segment(work, silent, segment=segment, as_of=as_of, language=language, sample=sample)
        return apart(asking(request), found, "sample")

    @routes.get("/segments/{segment}/members", operation_id="members", summary="The people of a segment", tags=["segments"])
    def people(
        request: Request,
        segment: SegmentId,
        as_of: AsOf = None,
        recorded_at: Annotated[Instant | None, Query(description="Instead: as the last refresh until then said.")] = None,
    ) -> dict[str, Any]:
        """By its rule of now, over the data of now, at an instant; or as Lohko once said."""
        return apart(asking(request), members(work, silent, segment=segment, as_of=as_of, recorded_at=recorded_at), "members")

    @routes.get("/segments/{segment}/history", operation_id="history", summary="A segment's size by day", tags=["segments"])
    def days(segment: SegmentId) -> dict[str, Any]:
        """With entered and left; days from before the first refresh are marked as reconstructed."""
        return history(work, silent, segment=segment)

    @routes.get("/segments/{segment}/changes", operation_id="changes", summary="Who entered and left", tags=["segments"])
    def moved(request: Request, segment: SegmentId, limit: Limit = 100) -> dict[str, Any]:
        """The newest first, each with its cause."""
        who, found = asking(request), changes(work, silent, segment=segment, limit=limit)
        return found if who.sees_names else apart(who, found, "changes", fewest(work, found))


def _customers(routes: APIRouter, work: Work) -> None:
    @routes.get("/customers", operation_id="customers", summary="Find customers", tags=["customers"])
    def search(
        q: Annotated[
            str,
            Query(max_length=200, description="Words that the number, e-mail, name or phone holds; those who ordered last without any."),
        ] = "",
        limit: Limit = 50,
        as_of: AsOf = None,
    ) -> dict[str, Any]:
        """How many there are, and the first of them with how they buy."""
        return look_customers.customers(work, silent, q=q, limit=limit, as_of=as_of)

    @routes.get(
        "/customers/{person_id}", operation_id="customer", summary="One customer, with why they are in each segment", tags=["customers"]
    )
    def one(
        person_id: Annotated[str, Path(description="A customer's public id.")],
        limit: Limit = 40,
        as_of: AsOf = None,
        language: Language = "en",
    ) -> dict[str, Any]:
        """Attributes, consents, RFM, the last events, and every segment's conditions with true or false and the value that decided it."""
        found = look_customers.customer(work, silent, person_id=person_id, limit=limit, as_of=as_of)
        # The same instant for both, so that one answer is about one moment.
        why = explain_all(work, silent, customer=found["person_id"], as_of=found["as_of"], language=language)
        return {**found, "segments": why["segments"]}


def _imports(routes: APIRouter, work: Work) -> None:
    @routes.get("/quality", operation_id="quality", summary="How good the data is", tags=["imports"])
    def how_good(source: str | None = None, attribute: str | None = None, segment: str | None = None, as_of: AsOf = None) -> dict[str, Any]:
        """A score with its parts, every attribute and source, and what to mend first."""
        return quality(work, silent, source=source, attribute=attribute, segment=segment, as_of=as_of)

    @routes.get("/books", operation_id="books", summary="What became of every record", tags=["imports"])
    def all_books() -> dict[str, Any]:
        """Per import and in total, held against the archive and the store."""
        return books(work, silent)

    @routes.get("/events/books", operation_id="events_books", summary="What became of every event that came in over HTTP", tags=["imports"])
    def books_of_events(source: Annotated[str | None, Query(max_length=40, description="Of one source.")] = None) -> dict[str, Any]:
        """Per source and hour: received = stored + duplicate + rejected + suppressed; and how many bytes wait in the inbox."""
        return events_books(work, silent, source=source or None)

    @routes.get("/imports", operation_id="imports", summary="The books of every import", tags=["imports"])
    def every() -> dict[str, Any]:
        """What was received, accepted, known already and rejected."""
        found = read.status(work, silent)
        return {"data_version": found["data_version"], "imports": found["imports"]}

    @routes.get("/imports/{batch}/rejected", operation_id="rejected", summary="The rows that could not be used", tags=["imports"])
    def refused(batch: Batch, limit: Limit = 200) -> dict[str, Any]:
        """As they came, each with its reason."""
        return rejected(work, silent, batch=batch, limit=limit)
