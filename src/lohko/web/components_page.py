"""The page that shows every piece the pages are built of, in light and in dark beside each other."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lohko.web.render import Pages


def router(pages: Pages) -> APIRouter:
    """`/components`."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/components")
    def components(request: Request) -> Response:
        return pages.answer(request, "components.html", sample_days=_days(), sample_grid=_grid(), sample_sets=_SETS)

    return routes


_SETS = {
    "names": {"a": "Active", "b": "VIP", "c": "Reads e-mail"},
    "sizes": {"a": 1393, "b": 264, "c": 852},
    "combinations": [
        {"segments": ["a"], "size": 701},
        {"segments": ["c"], "size": 410},
        {"segments": ["a", "c"], "size": 380},
        {"segments": ["a", "b"], "size": 140},
        {"segments": ["a", "b", "c"], "size": 62},
    ],
}
"""Numbers to draw with; no workspace's own."""


def _days() -> list[dict[str, Any]]:
    first, sizes = dt.date(2024, 9, 1), [120 + (place * 7) % 23 + place for place in range(30)]
    return [
        {
            "day": (first + dt.timedelta(days=place)).isoformat(),
            "size": size,
            "entered": 3 + place % 5,
            "left": 2 + place % 4,
            "kind": "reconstructed" if place < 12 else "recorded",
        }
        for place, size in enumerate(sizes)
    ]


def _grid() -> dict[str, Any]:
    def cell(r: int, f: int) -> dict[str, Any]:
        n = r * f * 9 if (r, f) != (1, 5) else 0
        return {"r": r, "f": f, "customers": n, "revenue": n * 41.0, "level": 0 if not n else min(5, 1 + n // 48)}

    return {"rows": [[cell(r, f) for f in range(1, 6)] for r in range(5, 0, -1)]}
