"""What is written for people who open it in a spreadsheet."""

from __future__ import annotations

from typing import Any


def safe_cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula begins with an apostrophe; everything else is as it is.

    >>> safe_cell("=1+1"), safe_cell("Turku"), safe_cell(-3)
    ("'=1+1", 'Turku', -3)
    """
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
