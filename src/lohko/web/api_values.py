"""What the routes of the API take and answer, as its document describes them: an answer that is not as it says is a fault."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Security
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, BaseModel, WithJsonSchema
from starlette.requests import Request

from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import parse_as_of
from lohko.steps import look_customers

KEY = Security(
    HTTPBearer(scheme_name="key", description="A key as `lohko key add` makes it, with the scopes that it takes.", auto_error=False)
)
"""Says in the document that a key is sent; whose it is, and what it may, `access.py` has judged before."""


class Problem(BaseModel):
    """What is wrong, where, and what to do. `code` is stable and for programs."""

    code: str
    message: str
    place: str | None
    hint: str | None


class Error(BaseModel):
    """The body of every answer that is not a success."""

    error: Problem


def only_known(request: Request) -> None:
    """InputError for a parameter in the address that the route does not take: `as_off=...` would else be answered for now, and be believed."""
    said = request.app.openapi()["paths"][request.scope["route"].path_format][request.method.lower()]
    known = {item["name"] for item in said.get("parameters", ()) if item["in"] == "query"}
    for name in request.query_params:
        if name not in known:
            raise InputError("unknown_parameter", f"This address takes no {name[:60]!r}.", hint=did_you_mean(name[:60], known))


RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": Error, "description": "The request is wrong; the error says where."},
    401: {"model": Error, "description": "No key was sent, or it does not hold."},
    403: {"model": Error, "description": "The key's scopes, or its owner's role, do not let it do that."},
    404: {"model": Error, "description": "There is no such thing; the hint names what it may have been."},
    405: {"model": Error, "description": "The address does not take that method; `Allow` says which it takes."},
    409: {"model": Error, "description": "The workspace is busy with another import or refresh."},
    413: {"model": Error, "description": "The request is too large."},
    429: {"model": Error, "description": "That was asked too often; `Retry-After` says how many seconds to wait."},
    503: {"model": Error, "description": "The workspace or its store cannot be used now."},
    "default": {"model": Error, "description": "Any other refusal or failure."},
}

_INSTANT = {
    "anyOf": [
        {"type": "string", "format": "date", "pattern": "^[12]"},
        {"type": "string", "format": "date-time", "pattern": "^[12]"},
    ]
}


def _instant(text: str) -> str:
    """The text, when it is a day or an instant; the step reads it in the workspace's zone."""
    if parse_as_of(text, ZoneInfo("UTC")) < dt.datetime(1000, 1, 1, tzinfo=dt.UTC):
        raise ValueError("a day or an instant from the year 1000 on")
    return text


Instant = Annotated[str, AfterValidator(_instant), WithJsonSchema(_INSTANT)]
"""A day, or an instant; one without an offset is of the workspace's own clock."""

AsOf = Annotated[
    Instant | None,
    Query(description="A day (its first instant in the workspace's time zone) or an instant; now when it is left out."),
]
Language = Annotated[Literal["en", "fi"], Query(description="The language in which rules are said.")]
Limit = Annotated[int, Query(ge=1, le=look_customers.MOST, description="The most rows to answer with.")]
SegmentId = Annotated[str, Path(description="The id of a segment.")]
PersonId = Annotated[str, Path(description="A customer's public id, or a number or address that is theirs alone.")]
Batch = Annotated[int, Path(ge=1, le=2_147_483_647, description="The number of an import.")]
Span = Annotated[
    str | None,
    Query(
        pattern=r"^[1-9][0-9]{0,2} (minute|hour|day|week|month|quarter|year)s?$",
        description="For example `12 months`; as the workspace's rules say when it is left out.",
    ),
]
