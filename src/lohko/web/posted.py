"""A form as it was posted: read before its route is called, so that the route can wait for the workspace without holding up everyone."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request


async def _posted(request: Request) -> FormData:
    return await request.form()


Posted = Annotated[FormData, Depends(_posted)]
"""What a route that is no coroutine takes to be given the form."""


def text(form: FormData, name: str) -> str:
    """What was typed in a field of a form, without blanks around it; empty when there is none."""
    return exactly(form, name).strip()


def exactly(form: FormData, name: str) -> str:
    """What was typed, with its blanks, as a password is."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
