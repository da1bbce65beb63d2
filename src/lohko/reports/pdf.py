"""A report as PDF, with ReportLab: A4 pages, a section each, pictures as lines and areas that stay sharp.

Letters are of Bitstream Vera, which comes with ReportLab and holds those of
western European languages; LOHKO_REPORT_FONT names the file of another TrueType font, for others.
"""

from __future__ import annotations

import io
import itertools
import os
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from lohko.base.errors import InputError
from lohko.reports.content import Chart, Report, Section, Table
from lohko.reports.words import say

_FONT, _BOLD = "Lohko", "Lohko-Bold"
_INK, _MUTED, _LINE, _COLOURS = "#1b211f", "#5c6662", "#e0e2dc", ("#0f6d5b", "#c8641b")
_TIMES_SHOWN = 18
"""Of a long series the table has its last rows; all of them are in the XLSX file."""


def write(report: Report) -> bytes:
    """The report as the bytes of a PDF file."""
    try:
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.units import mm
        from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate
    except ImportError as error:
        raise InputError("no_reportlab", "PDF files need the extra `reports`.", hint="pip install 'lohko[reports]'.") from error
    _fonts()
    out = io.BytesIO()

    def foot(canvas: Any, document: Any) -> None:
        canvas.setFont(_FONT, 8)
        canvas.setFillColor(_MUTED)
        canvas.drawString(18 * mm, 10 * mm, f"{report.title} · {report.subtitle}"[:110])
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, say("Page %s", report.language) % canvas.getPageNumber())

    document = BaseDocTemplate(
        out, pagesize=A4, title=report.title, subject=report.subtitle, author="Lohko", creator="Lohko", lang=report.language
    )
    frame = Frame(18 * mm, 18 * mm, A4[0] - 36 * mm, A4[1] - 34 * mm, leftPadding=0, rightPadding=0)
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=foot))
    document.build(_story(report, frame.width))
    return out.getvalue()


def _fonts() -> None:
    """Register the letters, once; InputError when the file that is named cannot be used."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    own = os.environ.get("LOHKO_REPORT_FONT")
    files = {_FONT: own or "Vera.ttf", _BOLD: own or "VeraBd.ttf"}
    for name, file in files.items():
        if own is not None and not Path(own).is_file():
            raise InputError("no_font", "There is no such font file.", place=own, hint="LOHKO_REPORT_FONT names a TrueType file (.ttf).")
        try:
            pdfmetrics.registerFont(TTFont(name, file))
        except TTFError as error:
            raise InputError(
                "bad_font", "The font cannot be used.", place=file, hint="LOHKO_REPORT_FONT names a TrueType file (.ttf)."
            ) from error


def _style(size: float, *, bold: bool = False, muted: bool = False, after: float = 0) -> Any:
    from reportlab.lib.styles import ParagraphStyle

    colour = _MUTED if muted else _INK
    return ParagraphStyle("s", fontName=_BOLD if bold else _FONT, fontSize=size, leading=size * 1.35, textColor=colour, spaceAfter=after)


def _story(report: Report, width: float) -> list[Any]:
    from reportlab.platypus import KeepTogether, Paragraph, Spacer

    story: list[Any] = [
        Paragraph(escape(report.title), _style(22, bold=True)),
        Paragraph(escape(report.subtitle), _style(9, muted=True, after=16)),
    ]
    for section in report.sections:
        heading = Paragraph(escape(section.heading), _style(14, bold=True, after=8))
        story.append(KeepTogether([heading, *_section(report, section, width), Spacer(1, 18)]))
    return story


def _section(report: Report, section: Section, width: float) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer

    story: list[Any] = []
    if section.figures:
        story += [_figures(report, section, width), Spacer(1, 10)]
    if section.chart is not None and section.chart.labels:
        story += [_drawing(report, section.chart, width), Spacer(1, 10)]
    if section.table is not None:
        story.append(_table(report, section.table))
    story += [
        Paragraph(escape(line).replace("  ", "&nbsp;&nbsp;"), _style(9, muted=True)) for line in section.note.splitlines() if line.strip()
    ]
    return story


def _figures(report: Report, section: Section, width: float) -> Any:
    from reportlab.platypus import Paragraph
    from reportlab.platypus import Table as Grid

    cells = [
        [
            Paragraph(escape(label), _style(8, muted=True)),
            Paragraph(escape(report.shown(value)), _style(15, bold=True)),
            Paragraph(escape(note), _style(7.5, muted=True)),
        ]
        for label, value, note in section.figures
    ]
    grid = Grid([cells], colWidths=[width / len(cells)] * len(cells))
    grid.setStyle([("BOX", (0, 0), (-1, -1), 0.5, _LINE), ("INNERGRID", (0, 0), (-1, -1), 0.5, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    return grid


def _table(report: Report, table: Table) -> Any:
    from reportlab.platypus import Paragraph
    from reportlab.platypus import Table as Grid

    rows: list[list[Any]] = [
        [Paragraph(escape(column.title), _style(8.5, bold=True)) if column.kind == "text" else column.title for column in table.columns]
    ]
    in_time = table.columns[0].kind in ("day", "month")
    for row in table.cut(_TIMES_SHOWN) if in_time else table.rows:
        rows.append(
            [
                Paragraph(escape(report.shown(value, column.kind)), _style(8.5))
                if column.kind == "text"
                else report.shown(value, column.kind)
                for value, column in zip(row, table.columns, strict=True)
            ]
        )
    grid = Grid(rows, repeatRows=1, hAlign="LEFT")
    style: list[tuple[Any, ...]] = [
        ("FONT", (0, 1), (-1, -1), _FONT, 8.5),
        ("FONT", (0, 0), (-1, 0), _BOLD, 8.5),
        ("TEXTCOLOR", (0, 0), (-1, -1), _INK),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ]
    style += [("ALIGN", (n, 0), (n, -1), "RIGHT") for n, column in enumerate(table.columns) if column.kind not in ("text", "day", "month")]
    grid.setStyle(style)
    return grid


# --- pictures ---------------------------------------------------------------------------


def _drawing(report: Report, chart: Chart, width: float) -> Any:
    from reportlab.graphics.shapes import Drawing

    if chart.kind == "bars":
        return _bars(report, chart, width)
    drawing = Drawing(width, 190)
    left, base, high_y = 52.0, 26.0, 180.0
    most = max((value or 0 for _, values in chart.series for value in values), default=0) or 1
    ticks = _ticks(most)
    top = ticks[-1]
    for tick in ticks:
        y = base + (high_y - base) * tick / top
        drawing.add(_line(left, y, width, y, _LINE))
        drawing.add(_text(left - 5, y - 3, report.shown(tick, chart.values), anchor="end"))
    step = (width - left) / len(chart.labels)
    every = max(1, -(-len(chart.labels) * 46 // int(width - left)))
    for place in range(0, len(chart.labels), every):
        drawing.add(_text(left + step * (place + 0.5), base - 13, chart.labels[place]))
    for nth, (_, values) in enumerate(chart.series):
        points = [(left + step * (place + 0.5), base + (high_y - base) * (value or 0) / top) for place, value in enumerate(values)]
        if chart.kind == "columns":
            for place, (x, y) in enumerate(points):
                open_ = chart.open_last and place == len(points) - 1
                drawing.add(_rect(x - step * 0.36, base, step * 0.72, max(0.3, y - base), "#9fc4bb" if open_ else _COLOURS[nth]))
        else:
            for (x1, y1), (x2, y2) in itertools.pairwise(points):
                drawing.add(_line(x1, y1, x2, y2, _COLOURS[nth], 1.6))
    return drawing


def _bars(report: Report, chart: Chart, width: float) -> Any:
    from reportlab.graphics.shapes import Drawing

    many, tall = len(chart.series), 13.0
    step = tall * many + 5
    height = step * len(chart.labels) + (16 if many > 1 else 2)
    drawing, left = Drawing(width, height), min(150.0, 12 + 5 * max(map(len, chart.labels)))
    most = max((value or 0 for _, values in chart.series for value in values), default=0) or 1
    for place, label in enumerate(chart.labels):
        y = height - (16 if many > 1 else 0) - step * place - tall
        drawing.add(_text(left - 6, y - tall * (many - 1) / 2 + 2, label[:30], anchor="end"))
        for nth, (_, values) in enumerate(chart.series):
            value = values[place]
            long = (width - left - 60) * (value or 0) / most
            drawing.add(_rect(left, y - tall * nth, max(0.3, long), tall - 3, _COLOURS[nth]))
            drawing.add(_text(left + long + 4, y - tall * nth + 2, report.shown(value, chart.values), anchor="start"))
    if many > 1:
        x = left
        for nth, (name, _) in enumerate(chart.series):
            drawing.add(_rect(x, height - 9, 8, 8, _COLOURS[nth]))
            drawing.add(_text(x + 12, height - 8, name, anchor="start"))
            x += 24 + 5 * len(name)
    return drawing


def _ticks(most: float) -> list[float]:
    import math

    rough = most / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    return [step * place for place in range(math.ceil(most / step - 1e-9) + 1)]


def _text(x: float, y: float, text: str, anchor: str = "middle") -> Any:
    from reportlab.graphics.shapes import String
    from reportlab.lib.colors import HexColor

    return String(x, y, text, textAnchor=anchor, fontName=_FONT, fontSize=7.5, fillColor=HexColor(_MUTED))


def _rect(x: float, y: float, wide: float, tall: float, colour: str) -> Any:
    from reportlab.graphics.shapes import Rect
    from reportlab.lib.colors import HexColor

    return Rect(x, y, wide, tall, fillColor=HexColor(colour), strokeColor=None, strokeWidth=0)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, wide: float = 0.5) -> Any:
    from reportlab.graphics.shapes import Line
    from reportlab.lib.colors import HexColor

    return Line(x1, y1, x2, y2, strokeColor=HexColor(colour), strokeWidth=wide)
