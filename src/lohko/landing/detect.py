"""What a file is, from its content and never from its name."""

from __future__ import annotations

import codecs
import gzip
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lohko.base.errors import InputError
from lohko.landing.personal_code import mask

Format = Literal["csv", "xlsx", "parquet", "json"]
_MOST_UNPACKED = 20 << 30
_LITTLE = 100 << 20
_RATIO = 100
_BLOCK = 1 << 20
_JSON = re.compile(r'\{\s*("|\}|$)|\[\s*([\[{"\]\d]|$)')


def unpacked(path: Path, folder: Path) -> tuple[Path, bool]:
    """The file itself, or what its gzip holds; InputError when that is damaged or suspiciously large."""
    with path.open("rb") as stream:
        if stream.read(2) != b"\x1f\x8b":
            return path, False
    target, limit, written = folder / "unpacked", most_unpacked(path), 0
    try:
        with gzip.open(path) as source, target.open("wb") as out:
            while block := source.read(_BLOCK):
                written += len(block)
                if written > limit:
                    raise too_large_unpacked()
                out.write(block)
    except (OSError, EOFError, ValueError) as error:  # also what zlib says of a damaged stream
        raise InputError("bad_gzip", "The compressed file is damaged or cut short.", hint="export or copy it again.") from error
    except InputError:
        target.unlink(missing_ok=True)
        raise
    return target, True


def most_unpacked(path: Path) -> int:
    """How many bytes a compressed file may unpack to."""
    return min(max(_RATIO * path.stat().st_size, _LITTLE), _MOST_UNPACKED)


def too_large_unpacked() -> InputError:
    """What is said of a file that was made to fill discs."""
    return InputError("too_large_unpacked", "The compressed file unpacks to far more than it should.", hint="import it unpacked.")


def file_format(path: Path) -> Format:
    """CSV, XLSX, Parquet or JSON; InputError when it is none of them."""
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \r\n\t\x00"):
        raise InputError("empty_file", "The file is empty.", hint="export it again, with a header row and at least one row.")
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:4] == b"PK\x03\x04":
        return "xlsx"
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise InputError("old_excel", "This is an old Excel file (.xls) or an encrypted one.", hint="save it as .xlsx or CSV.")
    if head[:4] == b"%PDF" or head[:8] == b"\x89PNG\r\n\x1a\n" or head[:3] == b"\xff\xd8\xff":
        raise InputError("not_a_table", "This is a document or a picture, not a table.", hint="export CSV, XLSX, Parquet or JSON lines.")
    if _looks_binary(head):
        raise InputError(
            "not_a_table", "This does not look like a table: it holds binary data.", hint="export CSV, XLSX, Parquet or JSON lines."
        )
    start = head[:4096].decode(_utf16(head) or "utf-8", "ignore").lstrip("\ufeff \r\n\t")
    if start[:9].lower() in ("<!doctype", "<?xml ver") or start[:5].lower() == "<html":
        raise InputError("not_a_table", "This is a web page or XML, not a table.", hint="export CSV, XLSX, Parquet or JSON lines.")
    return "json" if _JSON.match(start) else "csv"


def _looks_binary(head: bytes) -> bool:
    if _utf16(head):
        return False
    control = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return control > len(head) / 50


def _utf16(head: bytes) -> str | None:
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    sample = head[:2000]
    if len(sample) < 4:
        return None
    if sample[1::2].count(0) > len(sample) * 0.4:
        return "utf-16-le"
    return "utf-16-be" if sample[0::2].count(0) > len(sample) * 0.4 else None


@dataclass(frozen=True)
class Survey:
    """What one pass over a text file's bytes tells."""

    encoding: str
    plain: bool
    """Whether it can be read as it is: UTF-8, no NUL, one kind of line ends."""
    ends_open: bool
    """Whether the last line has no line end, so that it may have been cut."""
    nul: bool = False
    """Whether there are NUL bytes where no encoding puts them, which cost the records that hold them."""
    endless: bool = False
    """Whether a line is longer than any record may be, so that who reads lines whole would need memory for all of it."""


def survey(path: Path) -> Survey:
    """The encoding of a text file (by its mark, strict UTF-8, the shape of UTF-16, else Windows-1252) and its line ends."""
    with path.open("rb") as stream:
        head = stream.read(4096)
        if guess := _utf16(head):
            return Survey(guess, plain=False, ends_open=False)
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        nul = returns = both = ends = 0
        last, valid, endless = b"", True, False
        while block := stream.read(_BLOCK):
            valid = valid and _decodes(decoder, block)
            nul += block.count(0)
            returns += block.count(b"\r")
            ends += (ended := block.count(b"\n"))
            endless = endless or (len(block) == _BLOCK and not ended and b"\r" not in block)
            both += block.count(b"\r\n") + (last == b"\r" and block[:1] == b"\n")
            last = block[-1:]
        valid = valid and _decodes(decoder, b"", final=True)
    marked = head.startswith(codecs.BOM_UTF8)
    encoding = "utf-8-sig" if marked and valid else "utf-8" if valid else "cp1252"
    plain = valid and not nul and returns == both and both in (0, ends)
    return Survey(encoding, plain, last not in (b"\n", b"\r"), nul > 0, endless)


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def to_utf8(path: Path, source: str, target: Path, *, masked: bool = False, spared: Collection[str] = ()) -> int:
    """Write the text as UTF-8 with one kind of line ends, and, when asked, with personal identity codes masked; how many."""
    total = 0
    # A file that is not what it said must not stop here: what cannot be decoded becomes the replacement sign.
    with path.open(encoding=source, errors="replace") as text, target.open("w", encoding="utf-8", newline="\n") as out:
        for block in _whole_lines(text):
            clean, count = mask(block, spared) if masked else (block, 0)
            total += count
            out.write(clean)
    return total


def _whole_lines(text: io.TextIOWrapper) -> Iterator[str]:
    kept = ""
    while block := text.read(_BLOCK):
        kept += block
        cut = kept.rfind("\n") + 1
        if cut or len(kept) > 8 * _BLOCK:
            yield kept[: cut or len(kept)]
            kept = kept[cut or len(kept) :]
    yield kept
