"""CSV as people have it becomes the table `raw`.

It is read strictly at once; only when that stops, or an independent count
disagrees, is the file cut around the records that fail, each of which costs
itself and nothing else.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from lohko.base.errors import InputError
from lohko.landing import detect
from lohko.landing.count import count_by_bytes, count_by_csv
from lohko.landing.cut import cut, physical_lines
from lohko.landing.layout import BLANKS, Layout, find_layout
from lohko.landing.personal_code import mask
from lohko.landing.table import MAX_RECORD, Broken, Records, names, number_rows

Progress = Callable[[float, str], None]
_SMALL = 1 << 20
"""Of so many bytes the standard library counts the records sooner than the library for arrays starts."""


def read_csv(connection: DuckDBPyConnection, path: Path, folder: Path, progress: Progress) -> Records:
    """Fill the table `raw` from a CSV file; InputError when no row of it is one."""
    seen = detect.survey(path)
    text = path
    if not seen.plain:
        text = folder / "text"
        detect.to_utf8(path, seen.encoding, text)
    layout = find_layout(text)
    above = mask("".join(islice(physical_lines(text, 0), layout.lines_before)))[1]
    detected = _detected(seen, layout)
    if layout.lines_before != 1 or layout.separator == BLANKS:
        text, layout = _body(text, folder, layout)
    broken: list[Broken] = []
    received = None if seen.nul or seen.endless else _strictly(connection, text, layout)
    if received is None:
        progress(0.1, "mending")
        received, broken = _carefully(connection, text, folder, layout)
    columns = f"columns: {', '.join(layout.labels[:40])}"
    if received == 0:
        raise InputError("no_rows", "The file has a header but no rows.", place=columns)
    if received == len(broken):
        raise InputError("not_a_table", "No row of the file has the columns of its header.", place=columns)
    return Records(list(layout.labels), detected, received, broken, elsewhere=above)


def _detected(seen: detect.Survey, layout: Layout) -> dict[str, Any]:
    found: dict[str, Any] = {
        "encoding": seen.encoding.replace("-sig", ""),
        "separator": {"\t": "tab", BLANKS: "blanks"}.get(layout.separator, layout.separator),
    }
    if not layout.named:
        found["headers"] = "none"
    if seen.ends_open:
        found["ends_open"] = True
    return found


def _body(path: Path, folder: Path, layout: Layout) -> tuple[Path, Layout]:
    """A copy of the data records alone, with tabs where there were runs of blanks."""
    body = folder / "body"
    blanks = layout.separator == BLANKS
    with body.open("w", encoding="utf-8", newline="") as out:
        for line in physical_lines(path, layout.lines_before):
            out.write("\t".join(line.split()) + "\n" if blanks else line)
    return body, Layout("\t" if blanks else layout.separator, layout.labels, 0, layout.named)


_STRICT = """
CREATE OR REPLACE TABLE texts AS SELECT * FROM read_csv(?, auto_detect = false, header = false, skip = ?,
    delim = ?, quote = '"', escape = '"', columns = ?, strict_mode = true, null_padding = false, nullstr = chr(0),
    max_line_size = 1048576, encoding = 'utf-8')
"""

_CLEAN = """
CREATE OR REPLACE TABLE texts AS SELECT * FROM read_csv(?, auto_detect = false, header = false, delim = ',', quote = '"',
    escape = '"', columns = ?, max_line_size = 16777216, nullstr = chr(0), encoding = 'utf-8')
"""


def _strictly(connection: DuckDBPyConnection, path: Path, layout: Layout) -> int | None:
    """All records at once, or None when a record fails or the independent count disagrees."""
    kinds = dict.fromkeys(names(layout.columns), "VARCHAR")
    try:
        connection.execute(_STRICT, [str(path), layout.lines_before, layout.separator, kinds])
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return None
    found = number_rows(connection)
    return found if _is_counted(path, layout, found) else None


def _is_counted(path: Path, layout: Layout, found: int) -> bool:
    """Whether one of the two independent counts agrees, the one first that is the quicker of the two."""
    if path.stat().st_size < _SMALL and found == count_by_csv(path, layout.separator, layout.lines_before):
        return True
    return found == count_by_bytes(path, layout.lines_before) or found == count_by_csv(path, layout.separator, layout.lines_before)


def _carefully(connection: DuckDBPyConnection, path: Path, folder: Path, layout: Layout) -> tuple[int, list[Broken]]:
    """Record by record: the good ones are written anew and read; the others are kept as they came."""
    clean, number = folder / "clean", 0
    broken: list[Broken] = []
    with clean.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for record, reason, text in cut(path, layout, layout.lines_before):
            number += 1
            if record is None:
                broken.append(Broken(number, reason, text[:MAX_RECORD]))
            else:
                writer.writerow([number, *record])
    kinds = {"record": "BIGINT", **dict.fromkeys(names(layout.columns), "VARCHAR")}
    connection.execute(_CLEAN, [str(clean), kinds])
    connection.execute("CREATE OR REPLACE VIEW raw AS SELECT * FROM texts")
    return number, broken
