"""A sheet of an Excel workbook becomes the table `raw`."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from lohko.base.errors import InputError
from lohko.formats.recognise import recognise, sure
from lohko.landing.archive import bad_zip, is_archive, was_archive
from lohko.landing.detect import most_unpacked, too_large_unpacked
from lohko.landing.header import Header, find_header
from lohko.landing.personal_code import mask
from lohko.landing.table import MAX_COLUMNS, Records, as_text, fill

_SAMPLE = 400
_BLOCK = 1 << 20
_SAID = 12
"""So many names of sheets are said where one is asked for that is not there."""
_TAG = re.compile("<[^>]*>")
Row = list[Any]


@dataclass(frozen=True)
class Sheet:
    """A sheet's name, its rows without the empty ones, and whether those who open the workbook see it."""

    name: str
    rows: list[Row]
    visible: bool = True


def read_xlsx(connection: DuckDBPyConnection, path: Path, wanted: str | None = None, kind: str | None = None) -> Records:
    """Fill the table `raw` from the sheet that is named, else from the one whose headers are known best; of equals the first."""
    codes = _check_archive(path)
    sheets = _sheets(path)
    sheet = _named(sheets, wanted) if wanted else _best(sheets, kind)
    name, rows = sheet.name, sheet.rows
    header = find_header(rows[:_SAMPLE])
    width = len(header.labels)
    body = [
        (number, [as_text(_midnight(cell)) for cell in row[:width]] + [None] * (width - len(row)))
        for number, row in enumerate(rows[header.rows_before :], start=1)
    ]
    if not body:
        raise InputError("no_rows", "The sheet has a header but no rows.", place=f"sheet {name}")
    fill(connection, [number for number, _ in body], (row for _, row in body), width)
    detected: dict[str, Any] = {"sheet": name, "sheets": len(sheets)}
    if len(sheets) > 1:
        detected["sheet_names"] = [item.name for item in sheets]
        detected["not_read"] = [item.name for item in sheets if item is not sheet and item.rows]
    if not sheet.visible:
        detected["hidden_sheet"] = True
    if not header.named:
        detected["headers"] = "none"
    return Records(header.labels, detected, len(body), elsewhere=codes)


def _named(sheets: Sequence[Sheet], wanted: str) -> Sheet:
    by_name = {sheet.name.strip().casefold(): sheet for sheet in sheets}
    found = by_name.get(wanted.strip().casefold())
    if found is None:
        hint = f"its sheets are {', '.join(sheet.name for sheet in sheets[:_SAID])}."
        raise InputError("no_such_sheet", "The workbook has no sheet of that name.", place=mask(wanted)[0], hint=hint)
    if len(found.rows) < 2:
        raise InputError("no_rows", "The sheet has no header and rows.", place=f"sheet {found.name}")
    return found


def _best(sheets: Sequence[Sheet], kind: str | None) -> Sheet:
    """The sheet to read where nobody names one: a table rather than notes, seen rather than hidden, with headers that are known."""
    tables = [sheet for sheet in sheets if len(sheet.rows) > 1]
    if not tables:
        raise InputError("no_rows", "No sheet of the file has a header and rows.")

    def fit(sheet: Sheet) -> tuple[bool, bool, float]:
        return max(map(_filled, sheet.rows)) > 1, sheet.visible, _known(find_header(sheet.rows[:_SAMPLE]), kind)

    return max(tables, key=fit) if len(tables) > 1 else tables[0]  # of equals the first


def _known(header: Header, kind: str | None) -> float:
    """How well a sheet's headers are known, as the rows that the file is said to hold, or as any."""
    found = recognise(header.labels)
    if kind is not None:
        return max((item.score for item in found if kind in item.format.kinds), default=0.0)
    return 0.0 if sure(found) is None else found[0].score


def _check_archive(path: Path) -> int:
    """How many personal identity codes the workbook holds anywhere; InputError when it is none, or one made to fill the memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if is_archive(archive):
                raise InputError("zip_archive", "This is a zip archive and no Excel file.", hint="unpack it and import the file in it.")
            if sum(part.file_size for part in parts) > most_unpacked(path):
                raise too_large_unpacked()
            return sum(_codes(archive, part.filename) for part in parts if part.filename.endswith((".xml", ".rels", ".vml")))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise (bad_zip() if was_archive(path) else _bad()) from error


def _codes(archive: zipfile.ZipFile, name: str) -> int:
    found, kept = 0, ""
    with archive.open(name) as stream:
        while block := stream.read(_BLOCK):
            text = kept + block.decode("utf-8", "ignore")
            cut = text.rfind("<") if "<" in text else len(text)
            found, kept = found + _codes_in(text[:cut]), text[cut:]
    return found + _codes_in(kept)


def _codes_in(markup: str) -> int:
    """The codes in the text of a piece of XML, also those that tags cut in two or that hide a sign behind its number."""
    return max(mask(markup)[1], mask(unescape(_TAG.sub("", markup)))[1])


def _bad() -> InputError:
    return InputError("bad_xlsx", "The Excel file cannot be read.", hint="open it and save it again as .xlsx or CSV.")


def _sheets(path: Path) -> list[Sheet]:
    """Every sheet's rows without the empty ones around and between them."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        seen = {item.name: item.visible == python_calamine.SheetVisibleEnum.Visible for item in book.sheets_metadata}
        found = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=True)) for name in book.sheet_names]
    except (MemoryError, InputError):
        raise
    except Exception as error:  # calamine has its own tree of errors
        raise _bad() from error
    except BaseException as error:  # what its Rust code panics with is no Exception
        if type(error).__name__ == "PanicException":
            raise _bad() from error
        raise
    for name, rows in found:
        if rows and len(rows[0]) > MAX_COLUMNS:
            raise InputError("too_many_columns", f"A sheet has more than {MAX_COLUMNS} columns.", place=f"sheet {name}")
    return [Sheet(mask(name)[0], [row for row in rows if _filled(row)], seen.get(name, True)) for name, rows in found]


def _filled(row: Row) -> int:
    return sum(cell is not None and cell != "" for cell in row)


def _midnight(cell: Any) -> Any:
    """A spreadsheet's day is a time at midnight; a time without a day is kept as it is shown."""
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date()
    return cell
