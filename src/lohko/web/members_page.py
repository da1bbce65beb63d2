"""The members of a segment: found, sorted, with columns to choose, a page at a time, and as CSV and Excel."""

from __future__ import annotations

import io
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from lohko.base.errors import InputError
from lohko.steps.segment_about import segment_about
from lohko.steps.segment_members import segment_members, segment_members_all
from lohko.steps.work import Work, silent
from lohko.web.downloads import csv_file, download
from lohko.web.render import Pages
from lohko.web.who import apart, asking

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def router(work: Work, pages: Pages) -> APIRouter:
    """The page, and its two files."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/segments/{segment}/members")
    def page(request: Request, segment: str, page: int = 1) -> Response:
        asked = _asked(request)
        if asked["q"] and not asking(request).sees_names:
            raise InputError("no_right", "Your role may not do that.", hint="finding members by name is for roles that see names.")
        found = segment_members(work, silent, segment=segment, page=page, **asked)
        found = apart(asking(request), found, "members", found["size"])
        data = {"id": segment, "title": found["title"], "description": {}, "as_of": found["as_of"]}
        said = segment_about(work, silent, segment=segment)
        return pages.answer(request, "segment_members.html", view="members", data=data, about=said, found=found, asked=asked)

    @routes.get("/segments/{segment}/members.csv")
    def as_csv(request: Request, segment: str) -> Response:
        found = segment_members_all(work, silent, segment=segment, **_asked(request))
        return csv_file(_table(found), f"{segment}-members.csv")

    @routes.get("/segments/{segment}/members.xlsx")
    def as_xlsx(request: Request, segment: str) -> Response:
        found = segment_members_all(work, silent, segment=segment, **_asked(request))
        return download(_sheet(_table(found)), f"{segment}-members.xlsx", _XLSX)

    return routes


def _asked(request: Request) -> dict[str, Any]:
    """What was asked for in the address, as the steps take it."""
    given = request.query_params
    return {
        "q": given.get("q", ""),
        "sort": given.get("sort", "customer"),
        "down": given.get("down") == "1",
        "columns": given.getlist("column") or None,
        "as_of": given.get("as_of") or None,
    }


def _table(found: dict[str, Any]) -> list[list[Any]]:
    """Names of columns and a row for each member; names are those of the fields, so that the file can be read back."""
    names = ["customer", "name", *found["columns"]]
    return [names, *([row[name] for name in names] for row in found["members"])]


def _sheet(rows: list[list[Any]]) -> bytes:
    """The rows as an Excel file; texts never become formulas."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise InputError("no_xlsxwriter", "Excel files need the extra `reports`.", hint="pip install 'lohko[reports]'.") from error
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    for place, row in enumerate(rows):
        sheet.write_row(place, 0, row)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
