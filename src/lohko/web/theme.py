"""Light or dark: as the system says, until somebody chooses for a browser."""

from __future__ import annotations

from starlette.requests import Request

COOKIE = "lohko_theme"
THEMES = ("system", "light", "dark")


def theme_of(request: Request) -> str:
    """The theme asked for by `?theme=`, else remembered, else the system's."""
    for wanted in (request.query_params.get("theme"), request.cookies.get(COOKIE)):
        if wanted in THEMES:
            return wanted
    return "system"
