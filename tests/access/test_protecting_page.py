"""The page on what protects a workspace names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_row_of_what_protects_a_workspace_names_a_test_that_is_there() -> None:
    """By file and by name, at least one in every row."""
    rows = [line for line in (ROOT / "docs/guide/protecting.md").read_text().splitlines() if line.startswith("| ") and " --- " not in line]
    rows = [line for line in rows if not line.endswith("| Test |")]
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for file, name in named:
            assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE), f"{file}::{name}"
