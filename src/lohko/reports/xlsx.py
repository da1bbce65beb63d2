"""A report as Excel, with XlsxWriter: a sheet for each section, numbers as numbers, pictures as charts of Excel over its cells."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

from lohko.base.errors import InputError
from lohko.base.formats import money_pattern
from lohko.base.text import Language
from lohko.reports.content import Amount, Chart, Report, Section, Table

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_FORMATS = {
    "number": "#,##0",
    "parts": "#,##0.##",
    "index": "0",
    "text": "@",
}
_KINDS = {"columns": "column", "bars": "bar", "line": "line"}


def formats_of(currency: str, language: Language) -> dict[str, str]:
    """How Excel shows each kind of number; `whole` is money without its cents. The marks for thousands and decimals are those of who opens the file.

    >>> found = formats_of("EUR", "fi")
    >>> found["money"], found["day"], formats_of("EUR", "en")["whole"]
    ('#,##0.00\\xa0"€"', 'd.m.yyyy', '"€"#,##0')
    """
    pattern, digits = money_pattern(currency, language)
    return _FORMATS | {
        "money": pattern.format("#,##0." + "0" * digits if digits else "#,##0"),
        "whole": pattern.format("#,##0"),
        **(
            {"percent": "0.0\\ %", "day": "d.m.yyyy", "month": "m/yyyy"}
            if language == "fi"
            else {"percent": "0.0%", "day": "d mmm yyyy", "month": "mmm yyyy"}
        ),
    }


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
    formats = {
        kind: book.add_format({"num_format": code, "align": "right"}) for kind, code in formats_of(report.currency, report.language).items()
    }
    sheet.write_string(0, 0, report.title, book.add_format({"bold": True, "font_size": 16}))
    sheet.write_string(1, 0, report.subtitle, book.add_format({"font_color": "#5c6662"}))
    sheet.write_string(2, 0, section.heading, book.add_format({"bold": True, "font_size": 13}))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 8, 18)
    line = 4
    for label, value, note in section.figures:
        sheet.write_string(line, 0, label)
        _amount(report, sheet, line, 1, value, formats)
        sheet.write_string(line, 2, note)
        line += 1
    if section.table is not None:
        line = _table(report, book, sheet, section.table, formats, line + bool(section.figures), name, section.chart)
    for text in section.note.splitlines():
        sheet.write_string(line + 1, 0, text)
        line += 1


def _table(report: Report, book: Any, sheet: Any, table: Table, formats: dict[str, Any], top: int, name: str, chart: Chart | None) -> int:
    """Write a table and the chart beside it; the line after it."""
    heads = {to: book.add_format({"bold": True, "bottom": 1, "align": to}) for to in ("left", "right")}
    for place, column in enumerate(table.columns):
        sheet.write_string(top, place, column.title, heads["left" if column.kind == "text" else "right"])
        for line, row in enumerate(table.rows, top + 1):
            value = row[place]
            if isinstance(value, dt.date):
                sheet.write_datetime(line, place, value, formats[column.kind])
            elif column.kind != "text":
                given = value if isinstance(value, Amount) else Amount(value, column.kind, whole=False)
                _amount(report, sheet, line, place, given, formats)
            else:
                sheet.write_string(line, place, report.shown(value, column.kind))
    sheet.freeze_panes(top + 1, 1)
    if chart is not None and table.rows:
        _chart(book, sheet, table, chart, top, name)
    return top + len(table.rows) + 1


def _amount(report: Report, sheet: Any, line: int, place: int, given: Amount, formats: dict[str, Any]) -> None:
    """A number with its format; what is not known or not told is the text that all other forms have there, so that nobody takes an empty cell for 0."""
    if given.value is None:
        sheet.write_string(line, place, report.shown(given), formats["text"])
        return
    # A whole number with a format for parts would end in a bare point.
    parts = given.kind == "number" and given.value != int(given.value)
    kind = "parts" if parts else "whole" if given.kind == "money" and given.whole else given.kind
    sheet.write_number(line, place, float(given.value), formats[kind])


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
