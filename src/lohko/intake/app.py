"""The HTTP API of events, in the shape that Segment made common, so that its libraries work unchanged.

A request is answered with 200 when it is on disk. It is refused as a whole (400) only
when it is too large or no JSON; a message in it that cannot be used is kept with its
reason like everything else that arrives. No answer tells anything of the workspace.
"""

from __future__ import annotations

import base64
import binascii
import logging
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.intake.committing import Committer
from lohko.intake.gate import Gate
from lohko.intake.looking import Looking
from lohko.intake.lookups import lookup_routes
from lohko.intake.script import PATH, script
from lohko.landing.delivery import delivery_of
from lohko.landing.messages import MOST_OF_BATCH, MOST_OF_MESSAGE, TYPES, opened
from lohko.state.write_keys import WriteKey

_log = logging.getLogger("lohko.intake")
ADDRESSES: dict[str, str | None] = {**{name: name for name in TYPES}, **{name[0]: name for name in TYPES}, "batch": None, "b": None}
"""The last part of the address, and the type of message that it means: also in one letter, as the libraries of browsers call them."""
WAIT_SECONDS = 5
_CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "authorization, content-type, content-encoding",
    "access-control-max-age": "86400",
}


class Refusal(Exception):
    """A request that is not taken: the status and what is wrong, as the libraries read it."""

    def __init__(self, status: int, code: str, message: str, *, wait: bool = False) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.wait = status, code, message, wait


def create_intake(gate: Gate, committer: Committer, looking: Looking | None = None) -> Starlette:
    """The app over a gate, a committer and what look-ups are answered from, all of which it closes when it ends."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        committer.close()
        gate.close()
        if looking is not None:
            looking.close()

    async def events(request: Request) -> Response:
        key: WriteKey | None = None
        try:
            kind = _kind(request)
            key, delivery = await _received(request, gate, kind)
            await committer.keep(delivery)
        except Refusal as refusal:
            key = key or gate.key(_key_in_header(request))
            return _refused(refusal, key)
        except OSError as error:
            _log.error("the inbox cannot be written: %s", type(error).__name__)
            return _refused(Refusal(503, "cannot_keep", "The events could not be kept; send them again.", wait=True), key)
        return JSONResponse({"success": True}, headers=_headers(key))

    async def may_send(_request: Request) -> Response:
        return Response(status_code=204, headers=_CORS)

    async def health(_request: Request) -> Response:
        return JSONResponse({"ok": not gate.full()}, 503 if gate.full() else 200)

    async def visitor_script(_request: Request) -> Response:
        return Response(
            script(),
            media_type="text/javascript; charset=utf-8",
            headers={"cross-origin-resource-policy": "cross-origin", "cache-control": "public, max-age=3600"},
        )

    return Starlette(
        routes=[
            # With a slash behind it too: to be sent on from there would be to http, where a proxy speaks TLS for us, and the key with it.
            Route("/v1/{what:path}", events, methods=["POST"]),
            Route("/v1/{what:path}", may_send, methods=["OPTIONS"]),
            Route("/health", health),
            Route(PATH, visitor_script),
            *([] if looking is None else lookup_routes(gate, looking)),
        ],
        lifespan=lifespan,
    )


def _kind(request: Request) -> str | None:
    what = request.path_params["what"].removesuffix("/")
    if what not in ADDRESSES:
        raise Refusal(404, "not_found", "There is no such address.")
    return ADDRESSES[what]


async def _received(request: Request, gate: Gate, kind: str | None) -> tuple[WriteKey, bytes]:
    """The key of a request, and what of it is kept; Refusal when it is not taken."""
    given = _key_in_header(request)
    if given is not None:
        _known(request, gate, given)
    body = await _body(request)
    try:
        message = opened(body)
    except InputError as error:
        raise Refusal(400, error.code, error.message) from None
    if kind is not None and len(body) > MOST_OF_MESSAGE:
        raise Refusal(400, "too_large", f"A message may hold {MOST_OF_MESSAGE >> 10} kB.")
    if kind is not None:
        message.pop("batch", None)  # a message of its own address is one, whatever stands in it
    elif message.get("batch") is None:
        raise Refusal(400, "bad_batch", "There is no `batch`.")
    key = _known(request, gate, given if given is not None else message.get("writeKey"))
    if gate.full():
        raise Refusal(429, "wait", "There is no room for more events just now.", wait=True)
    address = request.client.host if request.client else ""
    if gate.too_often(key, address):
        if address not in request.headers.get("x-forwarded-for", address):
            _name_the_proxy()
        raise Refusal(429, "too_often", "More came from this address than a visitor sends.", wait=True)
    try:
        return key, delivery_of(message, key.id, now(), kind).pack()
    except RecursionError:
        raise Refusal(400, "bad_json", "The body is nested too deeply.") from None


@cache
def _name_the_proxy() -> None:
    """Said once: behind a proxy that nobody named, all visitors of the shop are one address, and are soon told to wait."""
    _log.warning(
        "visitors are told to wait, as many come from one address by way of a proxy: if it is yours, name it (lohko serve --proxy)"
    )


def _known(request: Request, gate: Gate, given: Any) -> WriteKey:
    key = gate.key(given) if isinstance(given, str) else None
    if key is None:
        raise Refusal(401, "bad_key", "The write key is not one of this workspace.")
    if key.kind == "server" and "origin" in request.headers:
        raise Refusal(403, "secret_key_in_page", "A server key is a secret, and this came from a page. Use a public key there.")
    return key


def _key_in_header(request: Request) -> str | None:
    """The key of `Authorization`: the user name of Basic, or a Bearer's token."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "bearer":
        return rest.strip()
    if scheme.casefold() != "basic":
        return None
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return ""


async def _body(request: Request) -> bytes:
    """The body, unpacked; no more of it is read than a batch may hold."""
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MOST_OF_BATCH:
                raise Refusal(400, "too_large", f"A batch may hold {MOST_OF_BATCH >> 10} kB.")
            parts.append(part)
    except ClientDisconnect:
        raise Refusal(400, "cut_off", "The request was cut off.") from None
    body = b"".join(parts)
    packed = request.headers.get("content-encoding", "identity").strip().casefold()
    if packed in ("", "identity"):
        return body
    if packed != "gzip":
        raise Refusal(415, "bad_encoding", "Bodies are sent as they are, or with gzip.")
    try:
        opener = zlib.decompressobj(wbits=31)
        found = opener.decompress(body, MOST_OF_BATCH + 1)
    except zlib.error:
        raise Refusal(400, "bad_gzip", "The body is no gzip.") from None
    if len(found) <= MOST_OF_BATCH and not opener.eof:
        raise Refusal(400, "bad_gzip", "The body's gzip is cut off.")
    return found


def _headers(key: WriteKey | None) -> dict[str, str]:
    """Pages of any site may read the answer to a public key; nobody else's page may."""
    return {"cache-control": "no-store", **({"access-control-allow-origin": "*"} if key is not None and key.kind == "public" else {})}


def _refused(refusal: Refusal, key: WriteKey | None) -> Response:
    headers = _headers(key)
    if refusal.wait:
        headers |= {"retry-after": str(WAIT_SECONDS), "x-ratelimit-reset": str(WAIT_SECONDS)}
    body = {"success": False, "code": refusal.code, "message": refusal.message}
    return JSONResponse(body, refusal.status, headers=headers)
