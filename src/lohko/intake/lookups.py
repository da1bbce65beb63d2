"""Which segments somebody is in: for the shop's server by any identifier, for a page by the token that the shop signed for its visitor.

Nobody being found is no error: most visitors of a shop are unknown, and a program that
shows one thing to members and another to everybody else wants no second way to fail. So
the answer has the same shape and takes the same work; a server is told `known`, a page is not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.intake.gate import Gate
from lohko.intake.looking import SHOWN, Answer, Looking, age_of
from lohko.landing.visitor_token import read_token
from lohko.state.write_keys import WriteKey

LONGEST = dt.timedelta(days=1)
"""For so long at most a token may hold with which something is read."""
WAIT_SECONDS = 5
_LONGEST_VALUE = 320
_PREFLIGHT = {"access-control-allow-methods": "GET", "access-control-allow-headers": "authorization", "access-control-max-age": "600"}


class _Refused(Exception):
    def __init__(self, status: int, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(code)
        self.status, self.error = status, InputError(code, message, hint=hint)


def lookup_routes(gate: Gate, looking: Looking) -> list[Route]:
    """The two addresses at which is told who is in which segment."""

    async def person(request: Request) -> Response:
        return _answered({}, lambda: _of_person(request, looking))

    async def visitor(request: Request) -> Response:
        key, site = gate.key(request.query_params.get("key")), request.headers.get("origin")
        may_read = key is not None and site is not None and site in looking.sites(key.id)
        headers = {"vary": "origin", **({"access-control-allow-origin": site} if may_read and site is not None else {})}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers | (_PREFLIGHT if may_read else {}))
        return _answered(headers, lambda: _of_visitor(request, looking, key, site is None or may_read))

    return [
        Route("/api/v1/people/{identifier:path}/segments", person, methods=["GET"]),
        Route("/api/v1/visitor/segments", visitor, methods=["GET", "OPTIONS"]),
    ]


def _answered(headers: dict[str, str], ask: Callable[[], dict[str, Any]]) -> Response:
    headers = {"cache-control": "no-store", **headers}
    try:
        return JSONResponse(ask(), headers=headers)
    except _Refused as refused:
        body = {key: value for key, value in refused.error.as_json().items() if key != "exit_status"}
        waiting = {"retry-after": str(WAIT_SECONDS), "x-ratelimit-reset": str(WAIT_SECONDS)} if refused.status in (429, 503) else {}
        return JSONResponse({"error": body}, refused.status, headers=headers | waiting)


# --- for the shop's server ---------------------------------------------------------------------


def _of_person(request: Request, looking: Looking) -> dict[str, Any]:
    key = looking.key(_bearer(request))
    if key is None:
        hint = "`lohko key add NAME --scope lookup` makes one; it is sent as Authorization: Bearer KEY. No write key reads anything."
        raise _Refused(401, "bad_key", "The key is none with which people may be looked up.", hint)
    if "origin" in request.headers:
        raise _Refused(403, "secret_key_in_page", "This key is a secret of a server, and the request came from a page.")
    if looking.too_often(key):
        raise _Refused(429, "too_often", "This key asks more often than it may.")
    kind, value = _identifier(request.path_params["identifier"])
    found = _told(looking, kind, value, request.query_params.get("source"))
    return {"known": found.known, "segments": found.segments, "in_shop": found.in_shop, **_stamp(found)}


def _identifier(text: str) -> tuple[str, str]:
    kind, colon, value = text.partition(":")
    if not colon or kind not in SHOWN:
        hint = did_you_mean(kind, SHOWN) if colon else None
        raise _Refused(400, "bad_identifier", "An identifier says what it is.", hint or ", ".join(f"{one}:..." for one in SHOWN) + ".")
    value = value.strip()
    if not value or len(value) > _LONGEST_VALUE:
        raise _Refused(400, "bad_identifier", f"An identifier has 1 to {_LONGEST_VALUE} characters.")
    return kind, value


# --- for a page --------------------------------------------------------------------------------


def _of_visitor(request: Request, looking: Looking, key: WriteKey | None, allowed: bool) -> dict[str, Any]:
    if key is None or key.kind != "public":
        raise _Refused(401, "bad_key", "`key` is no public key of this workspace.")
    if not allowed:
        hint = f"`lohko events key-origins {key.id} SITE` lets a site's pages ask."
        raise _Refused(403, "other_site", "Pages of this site may not ask with this key.", hint)
    if looking.visits_too_often(key.id, request.client.host if request.client else ""):
        raise _Refused(429, "too_often", "More is asked from this address than a visitor asks.")
    at = now()
    said = read_token(_bearer(request), looking.secret(key.id), at)
    user = said.get("sub") if said is not None else None
    if said is None or not isinstance(user, str) or not user.strip():
        raise _Refused(401, "bad_token", "The token is not signed for this key, or does not hold any more.")
    if said["exp"] > (at + LONGEST).timestamp():
        raise _Refused(
            401, "long_token", "A token with which is read holds for a day at most.", "sign a new one with each page, for an hour."
        )
    found = _told(looking, "user_id", user.strip()[:255], key.source)
    return {"segments": found.in_shop, **_stamp(found)}


def _told(looking: Looking, kind: str, value: str, source: str | None) -> Answer:
    if looking.is_blind:
        raise _Refused(503, "not_current", "What is published cannot be read just now.", "ask again; the server's log says why.")
    return looking.answer(kind, value, source)


def _stamp(found: Answer) -> dict[str, Any]:
    head = found.head
    return {
        "as_of": None if head is None else head.as_of,
        "age_seconds": age_of(head),
        "run": None if head is None else head.run,
        "data_version": None if head is None else head.data_version,
    }


def _bearer(request: Request) -> str | None:
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    return rest.strip() if scheme.casefold() == "bearer" else None
