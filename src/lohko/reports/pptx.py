"""A report as PowerPoint, with python-pptx: a slide for each section, its pictures as charts of PowerPoint that can be edited there."""

from __future__ import annotations

import io
from typing import Any

from lohko.base.errors import InputError
from lohko.reports.content import Chart, Report, Section, Table

_ROWS_SHOWN = 14
_NUMBERS = {"money": "#,##0", "percent": "0.0%", "number": "#,##0", "index": "0", "text": "General", "day": "General", "month": "General"}


def write(report: Report) -> bytes:
    """The report as the bytes of a PPTX file."""
    try:
        from pptx import Presentation
        from pptx.util import Inches
    except ImportError as error:
        raise InputError("no_pptx", "PowerPoint files need the extra `reports`.", hint="pip install 'lohko[reports]'.") from error
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    deck.core_properties.title, deck.core_properties.author = report.title, "Lohko"
    deck.core_properties.language = report.language
    for nth, section in enumerate(report.sections):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        heading = f"{report.title}: {section.heading}" if nth == 0 else section.heading
        slide.shapes.title.left, slide.shapes.title.top, slide.shapes.title.width, slide.shapes.title.height = (
            Inches(0.6),
            Inches(0.35),
            Inches(12.1),
            Inches(0.8),
        )
        _write(slide.shapes.title.text_frame, heading, 28, bold=True)
        _box(slide, report.subtitle, 0.6, 1.05, 12.1, 0.4, 12)
        _section(report, slide, section)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _section(report: Report, slide: Any, section: Section) -> None:
    wide = 12.1 / max(1, len(section.figures))
    for nth, (label, value, note) in enumerate(section.figures):
        _box(slide, label, 0.6 + wide * nth, 1.8, wide, 0.4, 14)
        _box(slide, report.shown(value), 0.6 + wide * nth, 2.15, wide, 0.7, 28, bold=True)
        _box(slide, note, 0.6 + wide * nth, 2.85, wide, 0.4, 11)
    if section.chart is not None and section.chart.labels:
        _chart(slide, section.chart, 7.2 if section.table is not None else 12.1)
    if section.table is not None:
        _table(report, slide, section.table, 8.0 if section.chart is not None else 0.6, 4.8 if section.chart is not None else 12.1)
    if section.note:
        _box(slide, section.note, 0.6, 3.6 if section.figures else 6.85, 12.1, 0.5, 12)


def _write(frame: Any, text: str, size: float, *, bold: bool = False) -> None:
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    frame.text, frame.word_wrap = text, True
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.font.size, paragraph.font.bold = Pt(size), bold


def _box(slide: Any, text: str, x: float, y: float, wide: float, tall: float, size: float, *, bold: bool = False) -> None:
    from pptx.util import Inches

    if text:
        _write(slide.shapes.add_textbox(Inches(x), Inches(y), Inches(wide), Inches(tall)).text_frame, text, size, bold=bold)


def _chart(slide: Any, chart: Chart, wide: float) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
    from pptx.util import Inches, Pt

    kinds = {"columns": XL_CHART_TYPE.COLUMN_CLUSTERED, "bars": XL_CHART_TYPE.BAR_CLUSTERED, "line": XL_CHART_TYPE.LINE}
    data = CategoryChartData(number_format=_NUMBERS[chart.values])
    data.categories = list(chart.labels)
    for name, values in chart.series:
        data.add_series(name, list(values))
    drawn = slide.shapes.add_chart(kinds[chart.kind], Inches(0.6), Inches(1.6), Inches(wide), Inches(5.2), data).chart
    drawn.has_title, drawn.has_legend, drawn.font.size = False, len(chart.series) > 1, Pt(11)
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    if chart.kind == "bars":
        drawn.category_axis.reverse_order = True
    for series, colour in zip(drawn.plots[0].series, ("0F6D5B", "C8641B"), strict=False):
        fill = series.format.line if chart.kind == "line" else series.format.fill
        if chart.kind == "line":
            series.smooth = False
            fill.color.rgb = RGBColor.from_string(colour)
        else:
            fill.solid()
            fill.fore_color.rgb = RGBColor.from_string(colour)


def _table(report: Report, slide: Any, table: Table, x: float, wide: float) -> None:
    from pptx.util import Inches

    rows = table.cut(_ROWS_SHOWN)
    grid = slide.shapes.add_table(
        len(rows) + 1, len(table.columns), Inches(x), Inches(1.7), Inches(wide), Inches(0.33 * (len(rows) + 1))
    ).table
    for place, column in enumerate(table.columns):
        _write(grid.cell(0, place).text_frame, column.title, 11, bold=True)
        for line, row in enumerate(rows, 1):
            _write(grid.cell(line, place).text_frame, report.shown(row[place], column.kind), 11)
