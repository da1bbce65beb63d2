"""Changes over HTTP: pages of them, and a stream of server-sent events for those who wait for the next."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from lohko.base.errors import InputError, LohkoError
from lohko.steps import feed
from lohko.steps.work import Work, silent
from lohko.web.api_values import KEY, RESPONSES, Error, only_known
from lohko.web.who import still_may

_log = logging.getLogger("lohko.changes")
_LOOK_SECONDS = 0.05
HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 300.0
"""After so long a stream ends and is begun again by the one who follows."""
KEY_SECONDS = 2.0
"""So often is asked whether the key, or the user, still may follow: one that was revoked is told nothing for longer than that."""
MOST_STREAMS = 50
_PAGE = 500

After = Annotated[
    str | None,
    Query(
        max_length=200,
        description="A position: `next` of an earlier answer, or `position` of a change. `end` is behind the last; the oldest when left out.",
    ),
]
OfSegment = Annotated[str | None, Query(max_length=200, description="Only the changes of this segment.")]
_GONE: dict[int | str, dict[str, Any]] = {
    410: {"model": Error, "description": "Changes after this position are too old to be served: read the members anew."}
}


class Streams:
    """Those who follow, and whether they are to go. All but `close` is for the event loop alone."""

    def __init__(self) -> None:
        self._over, self.open = threading.Event(), 0
        self._latest, self._looked = 0, -_LOOK_SECONDS

    async def latest(self, work: Work) -> int:
        """The number of the last run: one look every so often for all who follow."""
        if time.monotonic() >= self._looked + _LOOK_SECONDS:
            self._looked = time.monotonic()  # before the look, so that whoever comes meanwhile does not look too
            self._latest = await run_in_threadpool(feed.latest_run, work)
        return self._latest

    def close(self) -> None:
        """End every stream."""
        self._over.set()

    @property
    def over(self) -> bool:
        """Whether they are to go."""
        return self._over.is_set()


def router(work: Work, streams: Streams) -> APIRouter:
    """The routes under `/api/v1/changes`, and how current they are."""
    routes = APIRouter(prefix="/api/v1", responses=RESPONSES, dependencies=[KEY, Depends(only_known)])

    @routes.get(
        "/changes", operation_id="all_changes", summary="Who entered and left segments, in order", tags=["changes"], responses=_GONE
    )
    def changes(
        after: After = None,
        limit: Annotated[int, Query(ge=1, le=feed.MOST, description="The most changes of one answer.")] = 1000,
        segment: OfSegment = None,
    ) -> dict[str, Any]:
        """Oldest first, each at least once and always with the same `id`; ask again with `next`."""
        return feed.changes_after(work, silent, after=after, limit=limit, segment=segment)

    @routes.get(
        "/changes/stream",
        operation_id="changes_stream",
        summary="Changes as they happen, as server-sent events",
        tags=["changes"],
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, **_GONE},
    )
    async def stream(
        request: Request,
        after: After = None,
        segment: OfSegment = None,
        last_event_id: Annotated[str | None, Header(max_length=200, description="What browsers send when they begin again.")] = None,
    ) -> StreamingResponse:
        """The event `change` has the position as its id and the change as its data. Without a position: from now on."""
        if streams.open >= MOST_STREAMS:
            raise InputError("too_often", f"{MOST_STREAMS} others follow already.", hint="ask for pages, or try again later.")
        streams.open += 1
        try:
            begin = last_event_id or after or feed.END
            first = await run_in_threadpool(feed.changes_after, work, silent, after=begin, limit=_PAGE, segment=segment)
        except BaseException:
            streams.open -= 1
            raise
        return _Following(_events(work, streams, first, segment, lambda: still_may(work, request, "names")), streams)

    @routes.get("/live", operation_id="live", summary="How current segments are", tags=["changes"])
    def live() -> dict[str, Any]:
        """When they were refreshed last, which data that has not seen yet, and whether it fails."""
        found = feed.live_status(work, silent)
        check = found["check"]
        for item in (check or {}).get("differences", ()):
            del item["person_ids"]
        return found

    return routes


class _Following(StreamingResponse):
    """A stream that is counted until it ends, also when it never began."""

    def __init__(self, events: AsyncIterator[str], streams: Streams) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.open -= 1


async def _events(
    work: Work, streams: Streams, found: dict[str, Any], segment: str | None, may: Callable[[], bool] = lambda: True
) -> AsyncIterator[str]:
    now = time.monotonic()
    until, beat, seen, asked = now + LONGEST_SECONDS, 0.0, -1, now

    async def goes_on() -> bool:
        """Whether the stream is still to be there; whether its key still holds is asked every few seconds."""
        nonlocal asked
        if streams.over or time.monotonic() >= until:
            return False
        if time.monotonic() >= asked + KEY_SECONDS:
            asked = time.monotonic()
            return await run_in_threadpool(may)
        return True

    try:
        # Where one stands, so that a stream in which nothing happens is resumed as well.
        yield f"retry: 1000\nid: {found['next']}\n\n" if not found["changes"] else "retry: 1000\n\n"
        while await goes_on():
            for change in found["changes"]:
                yield f"id: {change['position']}\nevent: change\ndata: {json.dumps(change, ensure_ascii=False, separators=(',', ':'))}\n\n"
                beat = time.monotonic() + HEARTBEAT_SECONDS
            if not found["more"]:
                latest = await streams.latest(work)
                while latest == seen and await goes_on():
                    if time.monotonic() >= beat:
                        yield ": still here\n\n"
                        beat = time.monotonic() + HEARTBEAT_SECONDS
                    await asyncio.sleep(_LOOK_SECONDS)
                    latest = await streams.latest(work)
                if latest == seen:
                    return
                seen = latest
            found = await run_in_threadpool(feed.changes_after, work, silent, after=found["next"], limit=_PAGE, segment=segment)
    except LohkoError:  # gone meanwhile, such as a segment that may not be told any more: whoever begins again is told
        return
    except Exception as error:  # the store was made anew, as after an erasure: whoever follows begins again where they were
        _log.info("a stream of changes ended: %s", type(error).__name__)
