"""The records of a kept original, counted again with the standard library alone."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lohko.base.errors import InputError
from lohko.landing import detect
from lohko.landing.count import count_by_csv
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
            return _of_json(file) if detected["format"] == "json" else _of_csv(file)
        except InputError:
            return None


def _of_csv(path: Path) -> int | None:
    layout = find_layout(path)
    return None if layout.separator == BLANKS else count_by_csv(path, layout.separator, layout.lines_before)


def _of_json(path: Path) -> int | None:
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        first = next((line.lstrip() for line in stream if line.strip()), "")
        if not first.startswith("["):
            return (1 if first else 0) + sum(1 for line in stream if line.strip())
    if path.stat().st_size > _MOST_AT_ONCE:
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return None
    return len(found) if isinstance(found, list) else None
