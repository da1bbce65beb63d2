"""The overview: how the shop does, who the customers are, and how fresh the data is; and whether all is well."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lohko.base.errors import InputError
from lohko.base.failures import kind_of
from lohko.base.times import local_day
from lohko.steps import figures
from lohko.steps.read import status
from lohko.steps.work import Work, silent
from lohko.web.downloads import SVG, download
from lohko.web.explore_charts import alone
from lohko.web.explore_words import View
from lohko.web.language import language_of
from lohko.web.overview_files import months_view, rfm_view
from lohko.web.render import Pages
from lohko.web.segment_pages import rows

_log = logging.getLogger("lohko.web")


def router(work: Work, pages: Pages) -> APIRouter:
    """The overview and the health check."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def overview(request: Request, as_of: str | None = None) -> Response:
        found = figures.overview(work, silent, as_of=as_of or None)
        if not found["customers"]:
            return pages.answer(request, "welcome.html")
        return pages.answer(
            request,
            "overview.html",
            data=found,
            heat=heat(found),
            segments=rows(work, as_of or None),
            quiet_since=quiet_since(found, work.settings.zone),
        )

    @routes.get("/overview/{name}.csv")
    def numbers(request: Request, name: str, as_of: str | None = None) -> Response:
        return _figure(request, name, as_of).file(f"overview-{name}.csv")

    @routes.get("/overview/{name}.svg")
    def picture(request: Request, name: str, as_of: str | None = None) -> Response:
        return download(alone(_figure(request, name, as_of).pictures[0].wide), f"overview-{name}.svg", SVG)

    def _figure(request: Request, name: str, as_of: str | None) -> View:
        found, language = figures.overview(work, silent, as_of=as_of or None), language_of(request)
        match name:
            case "months":
                return months_view(found["months"], language, work.settings.currency)
            case "rfm":
                return rfm_view(heat(found), language, work.settings.currency)
        raise InputError("not_found", "There is no such figure.")

    @routes.get("/health")
    def health() -> Response:
        """Whether state and store can both be read. What is wrong is for the log: anyone who reaches the port may ask."""
        try:
            found = status(work, silent)
        except Exception as error:
            _log.error("the health check failed: %s", kind_of(error))
            return JSONResponse({"status": "failed"}, 503)
        return JSONResponse({"status": "ok", "data_version": found["data_version"]})

    return routes


def quiet_since(found: dict[str, Any], zone: ZoneInfo) -> str | None:
    """The day after the last order, to look back from, when a year has passed without any; None otherwise."""
    if found["year"]["orders"] != 0 or found["last_order"] is None:
        return None
    return (local_day(dt.datetime.fromisoformat(found["last_order"]), zone) + dt.timedelta(days=1)).isoformat()


def heat(found: dict[str, Any]) -> dict[str, Any]:
    """The R x F squares in rows from R 5 to R 1, with how strong each is: by its share of the largest. A square of few people has no number."""
    cells = {(cell["r"], cell["f"]): cell for cell in found["rfm"]["cells"]}
    most = max((cell["customers"] or 0 for cell in cells.values()), default=0)
    grid = [
        [
            {
                "r": r,
                "f": f,
                "customers": cells.get((r, f), {}).get("customers", 0),
                "revenue": cells.get((r, f), {}).get("revenue"),
                "level": level(cells.get((r, f), {}).get("customers", 0) or 0, most),
            }
            for f in range(1, 6)
        ]
        for r in range(5, 0, -1)
    ]
    return {"rows": grid, "columns_used": sorted({f for _, f in cells})}


def level(value: int, most: int) -> int:
    """0 for none, else 1 to 5; by the square root, so that small squares can be told apart.

    >>> [level(value, 100) for value in (0, 1, 10, 30, 60, 100)]
    [0, 1, 2, 3, 4, 5]
    """
    return 0 if not value else max(1, min(5, round(5 * (value / most) ** 0.5)))
