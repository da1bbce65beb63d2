"""The script that a shop puts on its pages to tell what visitors do: served small, to any site. The intake serves it too, beside what takes its events."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from lohko.intake.script import PATH as PATH
from lohko.intake.script import script as script


def router() -> APIRouter:
    """The one address at which it is."""
    routes = APIRouter()

    @routes.get(PATH, include_in_schema=False)
    def visitor_script() -> Response:
        """The script, for the pages of other sites."""
        return Response(script(), media_type="text/javascript; charset=utf-8")

    return routes
