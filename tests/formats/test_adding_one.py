"""The page about recognised files names all of them, and its example of adding one works as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from landing.staging import named, staged
from lohko.formats import recognise
from lohko.formats.api_records import API_FORMATS
from lohko.formats.format import Format
from lohko.formats.registry import FORMATS
from lohko.landing import known

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "files.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """The block of the page that is marked so."""
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", PAGE, re.S)
    assert found, name
    return found[1]


def test_the_page_says_of_every_format_where_its_file_is_made():
    """A format that the page does not name is not found by those who need it."""
    missing = [one.key for one in (*FORMATS, *API_FORMATS) if f"| `{one.key}` |" not in PAGE or f"| {one.where} |" not in PAGE]
    assert missing == []


def test_the_example_is_a_format_that_recognises_its_file(tmp_path, monkeypatch):
    """What the page tells to write is enough: the file is told by its headers, its columns are fields, its words are consents."""
    names: dict[str, object] = {}
    exec(example("format"), names)
    added = next(item for item in names.values() if isinstance(item, Format))
    for module in (recognise, known):
        monkeypatch.setattr(module, "FORMATS", (*FORMATS, added))
    report, accepted, rejected = staged(tmp_path, example("file"), None)
    assert (report["format"], report["format_source"], report["kind"]) == (added.key, "etukortti", "customers")
    assert rejected == [] and [row["node_value"] for row in accepted] == ["EK-1", "EK-2"]
    consents = [c["column"] for c in report["columns"] if c["role"] == "consent"]
    said = [{(row[c], str(row[f"{c}_at"])[:10]) for c in consents if row[c] is not None} for row in accepted]
    assert said == [{(True, "2024-02-02")}, {(False, "2025-02-28")}]  # midnight in Helsinki, as UTC
    assert named(report, accepted[0])["pistesaldo"] == 120


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.key)
def test_a_formats_own_row_of_headers_is_recognised_without_doubt(one):
    """In the order of the tool, with or without case and signs, and also when some other columns follow."""
    for labels in (one.headers, [label.upper().replace(" ", "_") for label in one.headers]):
        found = recognise.sure(recognise.recognise(labels))
        assert found is not None and found.format is one and found.score == 1
    more = recognise.recognise([*one.headers, "Own 1", "Own 2"])
    assert more[0].format is one or one.everyday
