"""A report as Excel, with XlsxWriter: a sheet for each section, numbers as numbers, pictures as charts of Excel over its cells."""

from __future__ import annotations

import io
import re
from typing import Any

from lohko.base.errors import InputError
from lohko.reports.content import Chart, Report, Section, Table

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_FORMATS = {
    "number": "#,##0",
    "parts": "#,##0.##",
    "money": "#,##0.00",
    "percent": "0.0%",
    "index": "0",
    "day": "yyyy-mm-dd",
    "month": "yyyy-mm",
}
_KINDS = {"columns": "column", "bars": "bar", "line": "line"}


def write(report: Report) -> bytes:
    """The report as the bytes of an XLSX file. Texts never become formulas."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise InputError("no_xlsxwriter", "Excel files need the extra `reports`.", hint="pip install 'lohko[reports]'.") from error
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": report.title, "subject": report.subtitle, "author": "Lohko"})
    taken: set[str] = set()
    for section in report.sections:
        _sheet(report, book, section, _name(section.heading, taken))
    book.close()
    return out.getvalue()


def _name(heading: str, taken: set[str]) -> str:
    """A sheet's name: at most 31 letters, without some, each once."""
    plain, n = _NOT_IN_NAMES.sub(" ", heading).strip()[:31] or "1", 1
    found = plain
    while found.casefold() in taken:
        n += 1
        found = f"{plain[:27]} {n}"
    taken.add(found.casefold())
    return found


def _sheet(report: Report, book: Any, section: Section, name: str) -> None:
    sheet = book.add_worksheet(name)
    formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
    sheet.write_string(0, 0, report.title, book.add_format({"bold": True, "font_size": 16}))
    sheet.write_string(1, 0, report.subtitle, book.add_format({"font_color": "#5c6662"}))
    sheet.write_string(2, 0, section.heading, book.add_format({"bold": True, "font_size": 13}))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 8, 18)
    line = 4
    for label, value, note in section.figures:
        for place, text in enumerate((label, value, note)):
            sheet.write_string(line, place, text)
        line += 1
    if section.table is not None:
        line = _table(book, sheet, section.table, formats, line + bool(section.figures), name, section.chart)
    for text in section.note.splitlines():
        sheet.write_string(line + 1, 0, text)
        line += 1


def _table(book: Any, sheet: Any, table: Table, formats: dict[str, Any], top: int, name: str, chart: Chart | None) -> int:
    """Write a table and the chart beside it; the line after it."""
    bold = book.add_format({"bold": True, "bottom": 1})
    for place, column in enumerate(table.columns):
        sheet.write_string(top, place, column.title, bold)
        for line, row in enumerate(table.rows, top + 1):
            value = row[place]
            if value is None:
                sheet.write_blank(line, place, None)
            elif column.kind in ("day", "month"):
                sheet.write_datetime(line, place, value, formats[column.kind])
            elif isinstance(value, int | float):
                # A whole number with a format for parts would end in a bare point.
                parts = column.kind == "number" and value != int(value)
                sheet.write_number(line, place, value, formats["parts" if parts else column.kind] if column.kind in formats else None)
            else:
                sheet.write_string(line, place, str(value))
    sheet.freeze_panes(top + 1, 1)
    if chart is not None and table.rows:
        _chart(book, sheet, table, chart, top, name)
    return top + len(table.rows) + 1


def _chart(book: Any, sheet: Any, table: Table, chart: Chart, top: int, name: str) -> None:
    drawn, first, last = book.add_chart({"type": _KINDS[chart.kind]}), top + 1, top + len(chart.labels)
    colours, values = ("#0f6d5b", "#c8641b"), list(_charted(table, chart))
    for nth, place in enumerate(values):
        look = {"line": {"color": colours[nth % 2]}} if chart.kind == "line" else {"fill": {"color": colours[nth % 2]}}
        drawn.add_series(
            {"name": [name, top, place], "categories": [name, first, 0, last, 0], "values": [name, first, place, last, place], **look}
        )
    drawn.set_legend({"none": True} if len(values) == 1 else {"position": "bottom"})
    if chart.kind == "bars":
        drawn.set_y_axis({"reverse": True})
    drawn.set_size({"width": 720, "height": max(320, 26 * len(chart.labels) if chart.kind == "bars" else 0)})
    sheet.insert_chart(top, len(table.columns) + 1, drawn)


def _charted(table: Table, chart: Chart) -> list[int]:
    """The columns of the table that the chart shows: those that hold the same numbers."""
    found = []
    for _, values in chart.series:
        shown = list(values)
        found.append(next(n for n in range(1, len(table.columns)) if [row[n] for row in table.rows][: len(shown)] == shown))
    return found
