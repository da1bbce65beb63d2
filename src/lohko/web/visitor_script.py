"""The script that a shop puts on its pages to tell what visitors do: served small, to any site, readable in `visitor/lohko.js`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

PATH = "/lohko.js"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def script() -> str:
    """The script without its comments and indents, which nobody has to load.

    No text in it goes over several lines or holds a comment's signs, so cutting these changes nothing.
    """
    text = (files("lohko.web") / "visitor" / "lohko.js").read_text(encoding="utf-8")
    return "\n".join(line.strip() for line in _COMMENT.sub("", text).splitlines() if line.strip()) + "\n"


def router() -> APIRouter:
    """The one address at which it is."""
    routes = APIRouter()

    @routes.get(PATH, include_in_schema=False)
    def visitor_script() -> Response:
        """The script, for the pages of other sites."""
        return Response(script(), media_type="text/javascript; charset=utf-8")

    return routes
