"""The records of a kept original, counted again with the standard library alone."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lohko.base.errors import InputError
from lohko.landing import detect
from lohko.landing.count import count_by_csv
from lohko.landing.enclosed import ENCLOSES, listed, opened
from lohko.landing.layout import BLANKS, find_layout

_MOST_AT_ONCE = 64 << 20


def records_of(path: Path, detected: Mapping[str, Any]) -> int | None:
    """How many records a file holds; None where that cannot be told independently: a workbook, Parquet, or a text with broken records."""
    if detected.get("format") not in ("csv", "json"):
        return None
    with tempfile.TemporaryDirectory(
        dir=path.parent.parent / "unfinished" if (path.parent.parent / "unfinished").is_dir() else None
    ) as folder:
        try:
            file, _ = detect.unpacked(path, Path(folder))
            encoding = detect.survey(file).encoding
            if encoding not in ("utf-8", "utf-8-sig"):
                text = Path(folder) / "text"
                detect.to_utf8(file, encoding, text)
                file = text
            if "lines" in detected:
                return _of_api(file, detected["lines"], 1 if detected.get("bare", True) else 0)
            return _of_json(file) if detected["format"] == "json" else _of_csv(file)
        except InputError:
            return None


def _of_csv(path: Path) -> int | None:
    layout = find_layout(path)
    return None if layout.separator == BLANKS else count_by_csv(path, layout.separator, layout.lines_before)


def _of_json(path: Path) -> int | None:
    found = _objects(path)
    return None if found is None else sum(1 for _ in found)


def _of_api(path: Path, lines: Sequence[str] | None, bare: int) -> int | None:
    """Every line that an object holds under these names is a record, and an object without lines is `bare` of them."""
    found = _objects(path)
    if found is None or lines is None:
        return None
    try:
        return sum(len(_within(json.loads(item) if isinstance(item, str) else item, lines)) or (bare if lines else 1) for item in found)
    except (ValueError, RecursionError, TypeError, KeyError):
        return None


def _within(item: Any, names: Sequence[str]) -> Sequence[Any]:
    for name in names:
        item = item[name]
    return item if names else ()


def _objects(path: Path) -> Iterable[Any] | None:
    """What a file lists: the lines as they are where each is one, or the objects of the lists in it."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        first = next((line.lstrip() for line in stream if line.strip()), "")
        others = sum(1 for line in stream if line.strip())
    if path.stat().st_size > _MOST_AT_ONCE:
        return None if first.startswith("[") else _lines(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return None if first.startswith("[") else _lines(path)
    if isinstance(found, dict):
        inner = listed(found)
        return _lines(path) if inner is None and not others else inner
    return [part for part, _, _ in opened(found)] if isinstance(found, list) else None


def _lines(path: Path) -> Iterator[Any]:
    """Every line, or what the list in it holds where it is a whole answer."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        for line in stream:
            if ENCLOSES.match(line):
                yield from _answered(line)
            elif line.strip():
                yield line


def _answered(line: str) -> Iterator[Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = line
    yield from (part for part, _, _ in opened([found]))
