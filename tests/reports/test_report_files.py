"""Reports are opened again and their numbers are those of the workspace; they hold nobody, in either language."""

from __future__ import annotations

import base64
import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from lohko.base import formats
from lohko.base.errors import InputError
from lohko.reports.content import Amount, Chart, Column, Report, Section, Table
from lohko.reports.making import FORMS
from lohko.reports.words import FINNISH
from lohko.steps import figures
from lohko.steps.figures import overview
from lohko.steps.reports import report, report_of
from lohko.steps.work import Work, silent
from web.small_shop import AS_OF, fill, new_workspace, opened

pypdfium2 = pytest.importorskip("pypdfium2")
pptx = pytest.importorskip("pptx")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("reports") / "small-shop")) as work:
        fill(work)
        yield work


def content(found: dict[str, Any]) -> bytes:
    return base64.b64decode(found["content"])


def pages(body: bytes) -> str:
    """The text of every page of a PDF."""
    document = pypdfium2.PdfDocument(body)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def slides(body: bytes) -> tuple[str, list[Any]]:
    """Every text of a deck, and its charts."""
    texts, charts = [], []
    for slide in pptx.Presentation(io.BytesIO(body)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)
            if shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
            if shape.has_chart:
                charts.append(shape.chart)
    return "\n".join(texts), charts


@pytest.mark.parametrize("language", ["en", "fi"])
def test_the_overview_as_pdf_says_the_numbers_of_the_overview(shop: Work, language: str) -> None:
    found = overview(shop, silent, as_of=AS_OF)
    text = pages(content(report(shop, silent, form="pdf", language=language, as_of=AS_OF))).replace("\r\n", "\n")
    assert ("Yleiskuva" if language == "fi" else "Overview") in text
    plain = text.replace("\xa0", " ")
    revenue = formats.money(found["year"]["revenue"], "EUR", language, whole=True).replace("\xa0", " ")
    assert revenue in plain
    assert formats.number(found["customers"], language) in plain
    for month in found["months"][-3:]:
        assert formats.money(month["revenue"], "EUR", language, whole=True).replace("\xa0", " ") in plain


def test_the_overview_as_excel_has_numbers_as_numbers(shop: Work) -> None:
    found = overview(shop, silent, as_of=AS_OF)
    book = CalamineWorkbook.from_object(io.BytesIO(content(report(shop, silent, form="xlsx", as_of=AS_OF))))
    rows = book.get_sheet_by_name("Revenue by month").to_python()
    start = next(n for n, row in enumerate(rows) if row[0] == "Month")
    told = [(row[0], row[1], row[2]) for row in rows[start + 1 :] if isinstance(row[0], dt.date)]
    assert told == [
        (dt.date.fromisoformat(item["month"]), *(formats.UNKNOWN if n is None else n for n in (item["revenue"], item["orders"])))
        for item in found["months"]
    ]


@pytest.mark.parametrize(("language", "money", "percent"), [("en", '"€"#,##0', "0.0%"), ("fi", '#,##0\xa0"€"', "0.0\\ %")])
def test_figures_in_excel_can_be_reckoned_with(shop: Work, language: str, money: str, percent: str) -> None:
    """Big figures and what is compared are numbers, money with its currency and shares as per cent, each as the language writes it."""
    found, cents = overview(shop, silent, as_of=AS_OF), money.replace("#,##0", "#,##0.00")
    cells = formats_in(content(report(shop, silent, form="xlsx", language=language, as_of=AS_OF)), 1)
    year = found["year"]
    assert cells["B5"] == (found["customers"], "#,##0")
    assert cells["B6"] == (pytest.approx(float(year["revenue"])), money)
    assert cells["B8"] == (pytest.approx(float(year["average_order"])), cents)
    assert cells["B9"] == (pytest.approx(found["repeat_rate"]), percent)
    made = report_of(shop, segment="twice", language=language, as_of=AS_OF)
    sheet = next(n for n, part in enumerate(made.sections, 1) if part.heading in ("Compared with everyone", "Verrattuna kaikkiin"))
    cells = formats_in(content(report(shop, silent, segment="twice", form="xlsx", language=language, as_of=AS_OF)), sheet)
    compared = figures.segment(shop, silent, segment="twice", as_of=AS_OF)["compared"]
    shown = {item["measure"]: (cells[f"B{n}"], cells[f"C{n}"]) for n, item in enumerate(compared, 6)}
    for item in compared:
        assert [number for number, _ in shown[item["measure"]]] == pytest.approx([float(item["segment"]), float(item["everyone"])])
    assert shown["buyers_share"][0][1] == percent and shown["average_order"][1][1] == cents


def test_what_is_not_told_is_a_text_in_excel() -> None:
    """An empty cell would be taken for nothing, or for 0."""
    columns = (Column("Group"), Column("Members", "number"), Column("Share", "percent"))
    section = Section("Groups", [("Members", Amount(None, "number"), "")], table=Table(columns, [("Lost", None, None)]))
    made = FORMS["xlsx"].write(Report("Shop", "now", "en", "EUR", [section]))
    rows = CalamineWorkbook.from_object(io.BytesIO(made)).get_sheet_by_name("Groups").to_python()
    assert rows[4][:2] == ["Members", "–"] and rows[7] == ["Lost", "–", "–"]


def formats_in(body: bytes, sheet: int) -> dict[str, tuple[float, str]]:
    """The numbers of a sheet by cell, each with the format by which Excel shows it; texts are left out."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        styles = ElementTree.fromstring(book.read("xl/styles.xml"))
        cells = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
    own = {node.get("numFmtId"): node.get("formatCode", "") for node in styles.iter(f"{main}numFmt")} | {"3": "#,##0", "4": "#,##0.00"}
    looks = [own.get(node.get("numFmtId"), "") for node in styles.find(f"{main}cellXfs").findall(f"{main}xf")]  # type: ignore[union-attr]
    return {
        str(cell.get("r")): (float(cell.findtext(f"{main}v", "")), looks[int(cell.get("s", 0))])
        for cell in cells.iter(f"{main}c")
        if cell.get("t") is None and cell.findtext(f"{main}v")
    }


def test_the_segment_as_powerpoint_has_charts_that_can_be_edited(shop: Work) -> None:
    found = figures.segment(shop, silent, segment="twice", as_of=AS_OF)
    text, charts = slides(content(report(shop, silent, segment="twice", form="pptx", as_of=AS_OF)))
    assert formats.number(found["size"], "en") in text
    groups = next(chart for chart in charts if next(iter(chart.plots[0].categories)) in {item["title"]["en"] for item in found["groups"]})
    drawn = dict(zip(groups.plots[0].categories, groups.plots[0].series[0].values, strict=True))
    assert drawn == {item["title"]["en"]: item["share"] for item in found["groups"]}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_nobody_is_in_a_report(shop: Work, form: str) -> None:
    """Neither names, addresses nor customer numbers, and no number of fewer than five people."""
    made = content(report(shop, silent, segment="twice", form=form, as_of=AS_OF))
    text = {"pdf": pages, "pptx": lambda body: slides(body)[0], "xlsx": whole_book}[form](made)
    assert "twice" in text
    for telling in ("@example.fi", "Etu1", "Mäkinen1"):
        assert telling not in text
    for section in report_of(shop, segment="twice", as_of=AS_OF).sections:
        for place, column in enumerate(section.table.columns if section.table else ()):
            if column.title in ("Members", "Customers"):
                assert not [row for row in section.table.rows if row[place] is not None and 0 < row[place] < 5]


def whole_book(body: bytes) -> str:
    book = CalamineWorkbook.from_object(io.BytesIO(body))
    return "\n".join(str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row)


def test_hostile_and_foreign_texts_are_texts(shop: Work) -> None:
    """A title that looks like markup, a formula or a sheet's forbidden name is written as it is, in every form."""
    title = '=1+1 <b>&"Ääkköset" [a]:b*?/\\'
    table = Table((Column("<i>x</i>"), Column("n", "number")), [("=cmd()", 7), (title, None)])
    chart = Chart("bars", ["=cmd()", title], [("n", [7, None])])
    made = Report(
        title,
        "sub",
        "en",
        "EUR",
        [Section(title, [("a", Amount(1, "number"), "")], chart, table, "note"), Section(title, note="x"), Section("")],
    )
    text = pages(FORMS["pdf"].write(made))
    assert "=cmd()" in text and "Ääkköset" in text
    assert title in slides(FORMS["pptx"].write(made))[0]
    cells = whole_book(FORMS["xlsx"].write(made))
    assert "=cmd()" in cells and title in cells


def test_every_page_of_a_pdf_is_drawn_and_not_empty(shop: Work) -> None:
    document = pypdfium2.PdfDocument(content(report(shop, silent, segment="twice", form="pdf", language="fi", as_of=AS_OF)))
    for page in document:
        picture = page.render(scale=0.5).to_numpy()
        assert (picture < 250).any(), "a page without ink"


def test_forms_segments_and_languages_that_there_are_not(shop: Work) -> None:
    for wrong in ({"form": "docx"}, {"segment": "twise"}, {"language": "sv"}):
        with pytest.raises(InputError) as refused:
            report(shop, silent, **wrong)
        assert refused.value.hint


def test_every_text_of_reports_is_there_in_finnish(shop: Work) -> None:
    """Both reports are made in Finnish above; here: nothing is left in English by mistake."""
    for segment in (None, "twice"):
        english = {part.heading for part in report_of(shop, segment=segment, as_of=AS_OF).sections}
        finnish = {part.heading for part in report_of(shop, segment=segment, language="fi", as_of=AS_OF).sections}
        assert {FINNISH[heading] for heading in english} == finnish
