"""Files that pages give: tables as CSV, and any file with its name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.responses import Response

from lohko.base.spreadsheet import safe_cell

CSV = "text/csv; charset=utf-8"
SVG = "image/svg+xml"


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV, the first of them names of columns; no text becomes a formula of a spreadsheet."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[safe_cell(cell) for cell in row] for row in rows])
    return out.getvalue()


def csv_file(rows: Iterable[Sequence[Any]], name: str) -> Response:
    """Rows as a file that spreadsheets take for UTF-8."""
    return download(csv_text(rows).encode("utf-8-sig"), name, CSV)


def download(body: bytes | str, name: str, kind: str) -> Response:
    """A file of that name and media type."""
    return Response(body, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
