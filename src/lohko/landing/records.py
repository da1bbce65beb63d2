"""A file of any format becomes one table of texts, with every personal identity code masked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from duckdb import DuckDBPyConnection

from lohko.base.errors import InputError
from lohko.landing import detect
from lohko.landing.csv_file import read_csv
from lohko.landing.json_file import read_json
from lohko.landing.parquet_file import read_parquet
from lohko.landing.personal_code import mask
from lohko.landing.table import Records
from lohko.landing.xlsx_file import read_xlsx

Progress = Callable[[float, str], None]


def read(
    connection: DuckDBPyConnection,
    path: Path,
    folder: Path,
    progress: Progress,
    sheet: str | None = None,
    kind: str | None = None,
    name: str | None = None,
) -> tuple[Records, Path]:
    """Fill the table `raw` from a file; what it holds, and the file as it was unpacked. InputError when it is no table.

    Of a workbook the sheet of that name is read; without one the sheet whose headers are known best, as rows of that kind.
    Records of a system's API are read as that source does, unless they are asked for as another kind or under another format's name.
    """
    file, packed = detect.unpacked(path, folder)
    form = detect.file_format(file)
    progress(0.05, "reading")
    if sheet and form != "xlsx":
        raise InputError("no_sheets", "Only workbooks have sheets.", hint="leave --sheet out.")
    if form == "csv":
        found = read_csv(connection, file, folder, progress)
    elif form == "json":
        found = read_json(connection, file, folder, kind, name)
    elif form == "parquet":
        found = read_parquet(connection, file)
    else:
        found = read_xlsx(connection, file, sheet, kind)
    found.detected = {"format": form, "compressed": packed, **found.detected}
    _mask_broken(found)
    return found, file


def _mask_broken(records: Records) -> None:
    """Personal identity codes in records that broke; those in headers are masked where headers are made."""
    for place, item in enumerate(records.broken):
        text, count = mask(item.raw)
        if count:
            records.broken[place] = replace(item, raw=text)
            records.masked += count


def masked_copy(file: Path, kind: str, codes: int, target: Path, spared: Collection[str] = ()) -> Path | None:
    """A text file's content with its personal identity codes masked; None when that cannot be done for every one of them."""
    if kind not in ("csv", "json"):
        return None
    masked = detect.to_utf8(file, detect.survey(file).encoding, target, masked=True, spared=spared)
    if masked < codes:  # JSON can hide a character behind an escape
        target.unlink()
        return None
    return target
