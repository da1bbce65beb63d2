"""The page about the data itself: its quality, its books, and what to mend first."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lohko.state.segments import current
from lohko.steps.books import books
from lohko.steps.quality import quality
from lohko.steps.work import Work, silent
from lohko.web.data_words import show
from lohko.web.render import Pages

MENDED_AT = {
    "shared": "/review",
    "stale_source": "/sources",
    "rejected_rows": "/import",
    "shifted": "/contracts",
    "invalid": "/contracts",
    "outliers": "/contracts",
}
"""Where what is wrong can be mended, by its code."""


def router(work: Work, pages: Pages) -> APIRouter:
    """The page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/quality")
    def page(
        request: Request, segment: str | None = None, source: str | None = None, attribute: str | None = None, as_of: str | None = None
    ) -> Response:
        found = quality(work, silent, source=source or None, attribute=attribute or None, segment=segment or None, as_of=as_of or None)
        kept = books(work, silent)
        return show(
            pages,
            request,
            "quality.html",
            data=found,
            books=kept,
            sources=sorted({item["source"] for item in kept["imports"]}),
            fields=sorted(item.name for item in work.schema().attributes.values() if not item.trait),
            segments=_segments(work),
            mended_at=MENDED_AT,
        )

    return routes


def _segments(work: Work) -> dict[str, dict[str, str]]:
    """The titles of the segments."""
    with work.state.connect() as connection:
        return {name: dict(item.title) for name, item in sorted(current(connection).items())}
