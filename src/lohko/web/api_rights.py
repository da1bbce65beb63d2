"""A person's rights as JSON: to see, take along, correct, object, restrict and be erased; each route calls the step of that command."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from lohko.model.consent import Flag
from lohko.steps.consents import consent_give, consent_history, consent_withdraw, person_flag
from lohko.steps.person_erase import person_erase
from lohko.steps.person_rights import person_correct, person_export, person_show
from lohko.steps.suppression import suppression_lift, suppression_list
from lohko.steps.work import Work, silent
from lohko.web.api_values import Instant, PersonId

Since = Annotated[Instant | None, Field(description="Since when, as a day or an instant; now when it is left out.")]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Correction(_Said):
    """An attribute and its right value; nothing is known of it when the value is null or empty."""

    attribute: Annotated[str, Field(max_length=200)]
    value: Annotated[str | None, Field(max_length=10_000)]


class FlagSaid(_Said):
    """A wish about all processing: no marketing, no profiling, or nothing but storing."""

    flag: Flag
    holds: Annotated[bool, Field(description="False lifts it again.")] = True
    since: Since = None
    reason: Annotated[str, Field(max_length=2000)] = ""


class LiftSaid(_Said):
    """Whose suppression is lifted, and why; the reason is kept and must not name them."""

    identifier: Annotated[str, Field(max_length=1000, description="An e-mail address, phone number or customer number that they had.")]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    source: Annotated[str | None, Field(description="The source of a customer number, where several have it.")] = None


class ConsentSaid(_Said):
    """A consent given or withdrawn, with what shows it."""

    purpose: Literal["email", "sms", "phone", "post", "ads", "personalisation", "profiling"]
    given: bool
    basis: Annotated[Literal["consent", "existing_customer", "b2b_role"], Field(description="On what a grant rests.")] = "consent"
    since: Since = None
    source: Annotated[str, Field(max_length=200, description="Where it was said, such as a form's name.")] = ""
    wording: Annotated[str, Field(max_length=5000, description="What was agreed to, word for word.")] = ""
    proof: Annotated[str, Field(max_length=5000, description="What shows it, such as the id of a message.")] = ""
    capacity: Annotated[
        str | None,
        Field(max_length=200, description="`consumer`, `contact` or a company's name; a withdrawal without one is of the whole person."),
    ] = None


def add_rights(routes: APIRouter, work: Work) -> None:
    """The routes of one person's rights, under the person's address."""
    _seen(routes, work)
    _said(routes, work)
    _kept_out(routes, work)

    @routes.delete("/customers/{person_id}", operation_id="person_erase", summary="Erase a customer for good", tags=["rights"])
    def erased(person_id: PersonId) -> dict[str, Any]:
        """What was taken out, what has to be removed where audiences went, and what is left to do by hand. It cannot be undone."""
        return person_erase(work, silent, customers=[person_id])


def _seen(routes: APIRouter, work: Work) -> None:
    @routes.get("/customers/{person_id}/everything", operation_id="person_show", summary="All that is known of a customer", tags=["rights"])
    def everything(person_id: PersonId) -> dict[str, Any]:
        """Records, attributes and their past, events, consents, flags, scores, segments and why, and where audiences with them went."""
        return person_show(work, silent, customer=person_id)

    @routes.get(
        "/customers/{person_id}/archive",
        operation_id="person_export",
        summary="The same as a zip to hand over",
        tags=["rights"],
        response_class=Response,
        responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    def archive(person_id: PersonId) -> Response:
        """JSON, a CSV a topic, and a README in English and Finnish."""
        found = person_export(work, silent, customer=person_id)
        named = {"content-disposition": f'attachment; filename="{found["person_id"]}.zip"'}
        return Response(base64.b64decode(found["zip"]), media_type="application/zip", headers=named)

    @routes.get("/customers/{person_id}/consents", operation_id="consents", summary="A customer's consents", tags=["rights"])
    def consents(person_id: PersonId) -> dict[str, Any]:
        """Every record of them, and which stand."""
        return consent_history(work, silent, customer=person_id)


def _said(routes: APIRouter, work: Work) -> None:
    @routes.post("/customers/{person_id}/consents", operation_id="consent_say", summary="Record a consent", tags=["rights"])
    def consent(person_id: PersonId, body: Annotated[ConsentSaid, Body()]) -> dict[str, Any]:
        """Given or withdrawn; a withdrawal beats older grants, whatever the order in which they arrive, in all capacities unless it names one."""
        said: dict[str, Any] = {
            "customer": person_id,
            "purpose": body.purpose,
            "since": body.since,
            "source": body.source,
            "proof": body.proof,
            "capacity": body.capacity,
        }
        if body.given:
            return consent_give(work, silent, **said, basis=body.basis, wording=body.wording)
        return consent_withdraw(work, silent, **said)

    @routes.post("/customers/{person_id}/flags", operation_id="person_flag", summary="Object or restrict", tags=["rights"])
    def flag(person_id: PersonId, body: Annotated[FlagSaid, Body()]) -> dict[str, Any]:
        """Marketing, profiling, or all processing but storing: stopped, or allowed again."""
        return person_flag(work, silent, customer=person_id, flag=body.flag, holds=body.holds, since=body.since, reason=body.reason)

    @routes.post("/customers/{person_id}/corrections", operation_id="person_correct", summary="Put a value right", tags=["rights"])
    def correction(person_id: PersonId, body: Annotated[Correction, Body()]) -> dict[str, Any]:
        """Files that still say what was corrected do not undo it; the answer tells which audiences to tell."""
        return person_correct(work, silent, customer=person_id, attribute=body.attribute, value=body.value)


def _kept_out(routes: APIRouter, work: Work) -> None:
    @routes.get("/suppression", operation_id="suppression_list", summary="Who is kept out because they were erased", tags=["rights"])
    def listed(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> dict[str, Any]:
        """Numbers, days and short ids of keyed hashes: whose they are nobody can tell."""
        return suppression_list(work, silent, limit=limit)

    @routes.post("/suppression/lift", operation_id="suppression_lift", summary="Let somebody come back who was erased", tags=["rights"])
    def lift(body: Annotated[LiftSaid, Body()]) -> dict[str, Any]:
        """Later imports may bring them in; what was erased is not brought back."""
        return suppression_lift(work, silent, identifier=body.identifier, reason=body.reason, source=body.source)
