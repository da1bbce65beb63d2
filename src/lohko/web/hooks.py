"""Where shops' own webhooks arrive: `POST /hooks/NAME`, signed, kept before it is answered.

These routes stand open to the net by way of a proxy, so they tell a stranger nothing:
not whether a source exists, and not what is wrong with a signature.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lohko.base.errors import InputError
from lohko.steps.hooks import receive_hook
from lohko.steps.work import Work

_log = logging.getLogger("lohko.web")
_PING = re.compile(rb"webhook_id=\d{1,20}")
"""What WooCommerce sends, unsigned, when a webhook is saved, and takes anything but 200 for a wrong address."""


def router(work: Work, told: Callable[[], None]) -> APIRouter:
    """The one route; `told` is called when something new was kept."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/hooks/{name}")
    async def hook(request: Request, name: Annotated[str, Path(max_length=40)]) -> Response:
        body = await request.body()
        if _PING.fullmatch(body):
            return _answer({"kept": False})
        try:
            new = await run_in_threadpool(receive_hook, work, name, request.headers, body)
        except InputError as error:
            _log.warning("a webhook was refused: %s", error.code)
            return _answer({"kept": False}, 400 if error.code == "bad_body" else 401)
        if new:
            told()
        return _answer({"kept": True})

    return routes


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(body, status)
