"""A file of any format becomes one table of texts: `raw(record, c0, c1, ...)`, and the records that broke.

CSV is read strictly at once; only when that stops, or an independent count
disagrees, is the file cut around the records that fail, each of which costs
itself and nothing else.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from duckdb import DuckDBPyConnection

from lohko.base.errors import InputError
from lohko.engine.sql import expression, render
from lohko.landing import detect
from lohko.landing.personal_code import mask

Progress = Callable[[float, str], None]
MAX_RECORD = 1 << 20
MAX_COLUMNS = 2000
_MANY_LINES = 200


@dataclass(frozen=True)
class Broken:
    """A record that could not be read."""

    record: int
    reason: str
    raw: str


@dataclass
class Records:
    """What a file holds: the headers, how it was read, and what broke. The rows are in the table `raw`."""

    labels: list[str]
    detected: dict[str, Any]
    received: int
    broken: list[Broken] = field(default_factory=list)
    masked: int = 0
    original: Path | None = None


def read(connection: DuckDBPyConnection, path: Path, folder: Path, progress: Progress) -> Records:
    """Fill the table `raw` from a file; InputError when it is no table at all."""
    file, packed = detect.unpacked(path, folder)
    kind = detect.file_format(file)
    progress(0.05, "reading")
    if kind == "csv":
        found = _read_csv(connection, file, folder, progress)
    elif kind == "json":
        found = _read_json(connection, file, folder)
    elif kind == "parquet":
        found = _read_parquet(connection, file)
    else:
        found = _read_xlsx(connection, file)
    if kind in ("parquet", "xlsx"):
        found.masked = _mask_cells(connection, len(found.labels))
    found.detected = {"format": kind, "compressed": packed, **found.detected}
    return found


# --- CSV ---------------------------------------------------------------------------------


def _read_csv(connection: DuckDBPyConnection, path: Path, folder: Path, progress: Progress) -> Records:
    encoding = detect.encoding(path)
    text = folder / "text"
    masked = detect.to_utf8(path, encoding, text)
    style = detect.dialect(text)
    labels, header_lines = _header(text, style)
    detected = {"encoding": encoding.replace("-sig", ""), "separator": {"\t": "tab"}.get(style.separator, style.separator)}
    broken: list[Broken] = []
    received = _strictly(connection, text, style, header_lines)
    if received is None:
        progress(0.1, "mending")
        received, broken = _carefully(connection, text, folder, style, header_lines)
    if received == 0:
        raise InputError("no_rows", "The file has a header but no rows.", place=f"columns: {', '.join(labels[:40])}")
    if received == len(broken):
        raise InputError("not_a_table", "No row of the file has the columns of its header.", place=f"columns: {', '.join(labels[:10])}")
    return Records(labels, detected, received, broken, masked, text if masked else None)


def _header(path: Path, style: detect.Dialect) -> tuple[list[str], int]:
    """The headers, made distinct, and how many physical lines they take."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, delimiter=style.separator)
        try:
            for row in reader:
                if row:
                    return distinct(row), reader.line_num
        except csv.Error as error:
            raise InputError("bad_header", "The header row cannot be read.", hint="look for a stray quote in it.") from error
    raise InputError("empty_file", "The file is empty.")


def distinct(labels: Iterable[Any]) -> list[str]:
    """Headers as texts, empty ones named by place and repeated ones numbered."""
    found: list[str] = []
    for place, label in enumerate(labels, start=1):
        base = " ".join(str(label).split()) if label is not None and str(label).strip() else f"column {place}"
        name, n = base, 1
        while name in found:
            n += 1
            name = f"{base} ({n})"
        found.append(name)
    if len(found) > MAX_COLUMNS:
        raise InputError("too_many_columns", f"The file has {len(found)} columns; at most {MAX_COLUMNS} can be read.")
    return found


def _names(count: int) -> list[str]:
    return [f"c{i}" for i in range(count)]


_STRICT = """
CREATE OR REPLACE TABLE raw AS SELECT row_number() OVER () AS record, * FROM read_csv(?, auto_detect = false, header = false, skip = ?,
    delim = ?, quote = '"', escape = '"', columns = ?, strict_mode = true, null_padding = false, nullstr = chr(0),
    max_line_size = 1048576, encoding = 'utf-8')
"""


def _strictly(connection: DuckDBPyConnection, path: Path, style: detect.Dialect, header_lines: int) -> int | None:
    """All records at once, or None when a record fails or the independent count disagrees."""
    kinds = dict.fromkeys(_names(style.columns), "VARCHAR")
    try:
        connection.execute(_STRICT, [str(path), header_lines, style.separator, kinds])
    except duckdb.Error:
        return None
    found = int(connection.execute("SELECT count(*) FROM raw").fetchall()[0][0])
    return found if found == _independent_count(path, style, header_lines) else None


def _independent_count(path: Path, style: detect.Dialect, header_lines: int) -> int | None:
    """How many data records the standard library's csv sees; None when it fails."""
    csv.field_size_limit(MAX_RECORD)
    with path.open(encoding="utf-8", newline="") as stream:
        for _ in range(header_lines):
            stream.readline()
        try:
            return sum(1 for row in csv.reader(stream, delimiter=style.separator, strict=True) if row)
        except csv.Error:
            return None


def _carefully(
    connection: DuckDBPyConnection, path: Path, folder: Path, style: detect.Dialect, header_lines: int
) -> tuple[int, list[Broken]]:
    """Record by record: the good ones are written anew and read; the others are kept as they came."""
    clean, broken, number = folder / "clean", [], 0
    with clean.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for record, reason, raw in cut(path, style, header_lines):
            number += 1
            if record is None:
                broken.append(Broken(number, reason, raw[:MAX_RECORD]))
            else:
                writer.writerow([number, *record])
    kinds = {"record": "BIGINT", **dict.fromkeys(_names(style.columns), "VARCHAR")}
    connection.execute(
        """CREATE OR REPLACE TABLE raw AS SELECT * FROM read_csv(?, auto_detect = false, header = false, delim = ',', quote = '"',
        escape = '"', columns = ?, max_line_size = 4194304, nullstr = chr(0))""",
        [str(clean), kinds],
    )
    return number, broken


def cut(path: Path, style: detect.Dialect, header_lines: int) -> Iterator[tuple[list[str] | None, str, str]]:
    """Every data record of a CSV in order: its cells, or None with the reason and the text of what broke.

    A line with an open quote is tried with the lines after it, for cells that hold
    line breaks. If that fails, the record ends where the next line that alone
    parses to the header's columns begins.
    """
    lines = _Ahead(path, header_lines)
    while (line := lines.take()) is not None:
        if not line.strip("\r\n"):
            continue
        cells = _cells(line, style)
        if cells is None and line.count('"') % 2:
            extra = _closed_by(line, lines, style)
            taken = [line, *(lines.take() or "" for _ in range(extra))]
            cells = _cells("".join(taken), style) if extra else None
            while cells is None and (after := lines.peek(0)) is not None and _cells(after, style) is None:
                taken.append(lines.take() or "")
            line = "".join(taken)
        if cells is None:
            yield None, _reason(line), line
        else:
            yield cells, "", ""


class _Ahead:
    """Physical lines with a look ahead."""

    def __init__(self, path: Path, skip: int) -> None:
        self._lines = _physical_lines(path, skip)
        self._waiting: deque[str] = deque()

    def peek(self, place: int) -> str | None:
        while len(self._waiting) <= place:
            line = next(self._lines, None)
            if line is None:
                return None
            self._waiting.append(line)
        return self._waiting[place]

    def take(self) -> str | None:
        return self._waiting.popleft() if self._waiting else next(self._lines, None)


def _physical_lines(path: Path, skip: int) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        for number, line in enumerate(stream):
            if number >= skip:
                yield line


def _closed_by(line: str, lines: _Ahead, style: detect.Dialect) -> int:
    """How many lines further the open quote closes and the record is whole; 0 when it never does."""
    text = line
    for place in range(_MANY_LINES):
        after = lines.peek(place)
        if after is None or len(text) > MAX_RECORD:
            return 0
        text += after
        if after.count('"') % 2:
            return place + 1 if _cells(text, style) is not None else 0
    return 0


def _cells(text: str, style: detect.Dialect) -> list[str] | None:
    """The cells of exactly one record of the header's width, or None."""
    if len(text) > MAX_RECORD or "\x00" in text:
        return None
    if '"' not in text:
        cells = text.rstrip("\r\n").split(style.separator)
        return cells if len(cells) == style.columns else None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=style.separator, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 and len(rows[0]) == style.columns else None


def _reason(raw: str) -> str:
    if len(raw) > MAX_RECORD:
        return "too_long"
    return "nul_byte" if "\x00" in raw else "broken_record"


# --- other formats -------------------------------------------------------------------------


def _read_json(connection: DuckDBPyConnection, path: Path, folder: Path) -> Records:
    encoding = detect.encoding(path)
    text = folder / "text"
    masked = detect.to_utf8(path, encoding, text)
    rows: list[dict[str, str]] = []
    broken: list[Broken] = []
    labels: dict[str, None] = {}
    number = 0
    numbers: list[int] = []
    for number, (item, raw) in enumerate(_json_items(text), start=1):
        flat = _flat(item) if isinstance(item, dict) else None
        if flat is None or "\x00" in raw:
            broken.append(Broken(number, "broken_record", raw[:MAX_RECORD]))
            continue
        labels.update(dict.fromkeys(flat))
        rows.append(flat)
        numbers.append(number)
    if not rows:
        raise InputError("no_rows", "The file holds no JSON objects.", hint="write one object a line, or a list of objects.")
    names = distinct(labels)
    _fill(connection, numbers, ([row.get(label) for label in labels] for row in rows), len(names))
    return Records(names, {"encoding": encoding.replace("-sig", "")}, number, broken, masked, text if masked else None)


def _json_items(path: Path) -> Iterator[tuple[Any, str]]:
    with path.open(encoding="utf-8") as stream:
        start = stream.read(4096).lstrip()[:1]
        stream.seek(0)
        if start == "[":
            try:
                items = json.load(stream)
            except (ValueError, RecursionError) as error:
                raise InputError(
                    "bad_json", "The JSON cannot be read.", hint="JSON lines are read even when one line is broken."
                ) from error
            yield from ((item, "") for item in items)
            return
        for line in stream:
            if line.strip():
                try:
                    yield json.loads(line), line
                except (ValueError, RecursionError):
                    yield None, line


def _flat(item: dict[str, Any]) -> dict[str, str]:
    """An object's values as texts by name, one level of objects opened with a dot."""
    found: dict[str, str] = {}
    for name, value in item.items():
        if isinstance(value, dict) and value:
            for inner, part in value.items():
                found.update(_named(f"{name}.{inner}", part))
        else:
            found.update(_named(name, value))
    return found


def _named(name: str, value: Any) -> dict[str, str]:
    text = as_text(value)
    return {} if text is None else {name: text}


def as_text(value: Any) -> str | None:
    """A cell's value as the one text that every format gives for it; None when it is empty."""
    match value:
        case None | "":
            return None
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case float() if value != value:
            return None
        case dt.datetime():
            return value.isoformat(sep=" ")
        case dt.date():
            return value.isoformat()
        case dt.timedelta():
            return str(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def _fill(connection: DuckDBPyConnection, numbers: list[int], rows: Iterable[list[str | None]], width: int) -> None:
    cells = list(zip(*rows, strict=True))
    arrays: dict[str, Any] = {"record": np.array(numbers, dtype=np.int64)}
    for name, values in zip(_names(width), cells, strict=True):
        arrays[name] = np.array(values, dtype=object)
    connection.register("cells", arrays)
    connection.execute(
        render(
            "CREATE OR REPLACE TABLE raw AS SELECT record, __texts FROM cells",
            lists={"__texts": [_as_varchar(name) for name in _names(width)]},
        )
    )
    connection.unregister("cells")


def _as_varchar(name: str) -> Any:
    return expression("CAST(__c AS VARCHAR)", {"__c": name}).as_(name, quoted=True)


def _read_xlsx(connection: DuckDBPyConnection, path: Path) -> Records:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=True)) for name in book.sheet_names]
    except Exception as error:
        raise InputError("bad_xlsx", "The Excel file cannot be read.", hint="open it and save it again as .xlsx or CSV.") from error
    tables = [(name, rows) for name, rows in sheets if rows and len(rows[0]) >= 1 and len(rows) > 1]
    if not tables:
        raise InputError("no_rows", "No sheet of the file has a header and rows.")
    name, rows = tables[0]
    labels = distinct(rows[0])
    body = [(number, [as_text(_midnight(cell)) for cell in row]) for number, row in enumerate(rows[1:], start=1)]
    body = [(number, row) for number, row in body if any(row)]
    if not body:
        raise InputError("no_rows", "The sheet has a header but no rows.")
    _fill(connection, [number for number, _ in body], (row for _, row in body), len(labels))
    return Records(labels, {"sheet": name, "sheets": len(sheets)}, len(body))


def _midnight(cell: Any) -> Any:
    """A spreadsheet's day is a time at midnight."""
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date()
    return cell


def _read_parquet(connection: DuckDBPyConnection, path: Path) -> Records:
    try:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        sources = [(row[0], row[1]) for row in described]
        labels = distinct(name for name, _ in sources)
        picked = [
            _parquet_text(name, kind).as_(target, quoted=True) for (name, kind), target in zip(sources, _names(len(sources)), strict=True)
        ]
        connection.execute(
            render(
                "CREATE OR REPLACE TABLE raw AS SELECT row_number() OVER () AS record, __texts FROM read_parquet(?)",
                lists={"__texts": picked},
            ),
            [str(path)],
        )
    except duckdb.Error as error:
        raise InputError("bad_parquet", "The Parquet file is damaged or of a kind that cannot be read.") from error
    received = int(connection.execute("SELECT count(*) FROM raw").fetchall()[0][0])
    if received == 0:
        raise InputError("no_rows", "The Parquet file has no rows.")
    return Records(labels, {}, received)


def _parquet_text(name: str, kind: str) -> Any:
    if kind in ("DOUBLE", "FLOAT"):
        template = "CASE WHEN isnan(__c) THEN NULL WHEN __c = trunc(__c) AND abs(__c) < 1e15 THEN CAST(CAST(__c AS BIGINT) AS VARCHAR) ELSE CAST(__c AS VARCHAR) END"
    elif kind.startswith("DECIMAL"):
        template = "CASE WHEN __c = trunc(__c) THEN CAST(CAST(__c AS HUGEINT) AS VARCHAR) ELSE rtrim(CAST(__c AS VARCHAR), '0') END"
    elif kind.endswith("[]") or kind.startswith(("STRUCT", "MAP")):
        template = "CAST(to_json(__c) AS VARCHAR)"
    else:
        template = "CAST(__c AS VARCHAR)"
    return expression(template, {"__c": name})


def _mask_cells(connection: DuckDBPyConnection, width: int) -> int:
    """Mask personal identity codes in the table `raw`; how many there were."""
    total = 0
    for name in _names(width):
        rows = connection.execute(
            render("SELECT record, __c FROM raw WHERE regexp_matches(__c, ?)", {"__c": name}), [r"\d{6}[-+A-FU-Ya-fu-y]\d{3}"]
        ).fetchall()
        for record, text in rows:
            clean, count = mask(text)
            if count:
                connection.execute(render("UPDATE raw SET __c = ? WHERE record = ?", {"__c": name}), [clean, record])
                total += count
    return total
