"""Waiting a little for what is done beside a request."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool

from lohko.web.jobs import Job


async def soon(job: Job, seconds: float = 1.5) -> None:
    """Wait a little for a job: one that is short is over when its page is shown, and the page says so at once."""
    if job.thread is not None:
        await run_in_threadpool(job.thread.join, seconds)
