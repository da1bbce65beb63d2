"""What a file is, from its content and never from its name."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lohko.base.errors import InputError
from lohko.landing.personal_code import mask

Format = Literal["csv", "xlsx", "parquet", "json"]
_MOST_UNPACKED = 20 << 30
_RATIO = 100
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written."""

    separator: str
    columns: int


def unpacked(path: Path, folder: Path) -> tuple[Path, bool]:
    """The file itself, or what its gzip holds; InputError when that is damaged or suspiciously large."""
    with path.open("rb") as stream:
        if stream.read(2) != b"\x1f\x8b":
            return path, False
    target, limit, written = folder / "unpacked", max(_RATIO * path.stat().st_size, 100 << 20), 0
    try:
        with gzip.open(path) as source, target.open("wb") as out:
            while block := source.read(_BLOCK):
                written += len(block)
                if written > min(limit, _MOST_UNPACKED):
                    raise InputError("too_large_unpacked", "The compressed file unpacks to far more than it should.")
                out.write(block)
    except (OSError, EOFError) as error:
        raise InputError("bad_gzip", "The compressed file is damaged or cut short.") from error
    return target, True


def file_format(path: Path) -> Format:
    """CSV, XLSX, Parquet or JSON; InputError when it is none of them."""
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    if not head.strip():
        raise InputError("empty_file", "The file is empty.", hint="export it again, with a header row and at least one row.")
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:4] == b"PK\x03\x04":
        return "xlsx"
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise InputError("old_excel", "This is an old Excel file (.xls) or an encrypted one.", hint="save it as .xlsx or CSV.")
    if head[:4] == b"%PDF" or head[:8] == b"\x89PNG\r\n\x1a\n":
        raise InputError("not_a_table", "This is a document or a picture, not a table.", hint="export CSV, XLSX, Parquet or JSON lines.")
    if _looks_binary(head):
        raise InputError(
            "not_a_table", "This does not look like a table: it holds binary data.", hint="export CSV, XLSX, Parquet or JSON lines."
        )
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    return "json" if start[:1] in (b"{", b"[") and b'"' in start[:4096] else "csv"


def _looks_binary(head: bytes) -> bool:
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or _utf16(head):
        return False
    control = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return control > len(head) / 50


def _utf16(head: bytes) -> str | None:
    sample = head[:2000]
    if len(sample) < 4:
        return None
    if sample[1::2].count(0) > len(sample) * 0.4:
        return "utf-16-le"
    return "utf-16-be" if sample[0::2].count(0) > len(sample) * 0.4 else None


def encoding(path: Path) -> str:
    """The encoding of a text file: by its mark, strict UTF-8, the shape of UTF-16, else Windows-1252."""
    with path.open("rb") as stream:
        head = stream.read(4096)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        if guess := _utf16(head):
            return guess
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def to_utf8(path: Path, source: str, target: Path) -> int:
    """Write the text as UTF-8 with personal identity codes masked; how many were masked."""
    masked = 0
    # A file that is not what it said must not stop here: what cannot be decoded becomes the replacement sign.
    with path.open(encoding=source, errors="replace", newline="") as text, target.open("w", encoding="utf-8", newline="") as out:
        for block in _whole_lines(text):
            clean, count = mask(block)
            masked += count
            out.write(clean)
    return masked


def _whole_lines(text: io.TextIOWrapper) -> Iterator[str]:
    kept = ""
    while block := text.read(_BLOCK):
        kept += block
        cut = kept.rfind("\n") + 1
        if cut or len(kept) > 8 * _BLOCK:
            yield kept[: cut or len(kept)]
            kept = kept[cut or len(kept) :]
    yield kept


def dialect(path: Path) -> Dialect:
    """Separator and number of columns of a UTF-8 CSV: the separator that cuts the first records most evenly."""
    with path.open(encoding="utf-8", newline="") as stream:
        sample = stream.read(1 << 18)
    cut = sample.rfind("\n") + 1
    sample = sample[:cut] if cut and len(sample) == 1 << 18 else sample
    best: tuple[float, int, str] | None = None
    for separator in ";,\t|":
        widths = _widths(sample, separator)
        if not widths or widths[0] < 2:
            continue
        even = Counter(widths)[widths[0]] / len(widths)
        score = (round(even, 2), widths[0], separator)
        if best is None or score[:2] > best[:2]:
            best = score
    if best is None or best[0] < 0.3:
        raise InputError(
            "one_column",
            "No separator was found: every row looks like a single column.",
            hint="a table has a header row and columns set apart by comma, semicolon, tab or |.",
        )
    return Dialect(best[2], best[1])


def _widths(sample: str, separator: str) -> list[int]:
    widths = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if row:
                widths.append(len(row))
            if len(widths) == 200:
                break
    except csv.Error:
        pass
    return widths


def says_comma(values: list[str]) -> bool | None:
    """Whether a column's numbers use a decimal comma: True, False, or None when they do not tell."""
    comma = dot = 0
    for value in values:
        text = re.sub(r"[^\d.,]", "", value)
        last = max(text.rfind(","), text.rfind("."))
        if last < 0:
            continue
        sign, after = text[last], len(text) - last - 1
        both = "," in text and "." in text
        sure = both or after != 3 or text.count(sign) > 1
        if not sure:
            continue
        is_decimal = text.count(sign) == 1
        if (sign == ",") == is_decimal:
            comma += 1
        else:
            dot += 1
    if comma == dot:
        return None
    return comma > dot
