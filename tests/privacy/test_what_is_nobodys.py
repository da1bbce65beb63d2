"""What an erasure leaves: Lohko's own vocabulary, even where someone said the same word; and what others wrote beside it."""

from __future__ import annotations

import json
from pathlib import Path

from lohko.landing.sought import GONE, Sought, redacted
from lohko.state.erasures import RightUsed, _without
from lohko.steps.rights_ledger import FILE, _write, read_rights


def test_names_of_the_schema_stay_where_someone_said_the_same_word():
    """Of whom it is known that they came by the newsletter does not take the attribute `newsletter` from everybody."""
    sought = Sought(texts=["newsletter", "accepted", "Maija Mäkinen"])
    plan = [{"column": "c1", "name": "newsletter", "role": "attribute", "type": "text", "label": "Maija Mäkinen", "events": ["newsletter"]}]
    report = {"accepted": 3, "file": "maija mäkinen.csv", "notes": [{"code": "x", "message": "of Maija Mäkinen"}]}
    assert redacted(plan, sought) == [{**plan[0], "label": GONE}]
    assert redacted(report, sought) == {"accepted": 3, "file": GONE, "notes": [{"code": "x", "message": GONE}]}


def test_a_header_that_is_someones_name_goes_also_as_a_key():
    assert redacted({"Maija Mäkinen": 1}, Sought(texts=["Maija Mäkinen"])) == {GONE: 1}


def test_a_cursor_forgets_whom_it_remembers_and_nothing_else():
    cursor = {
        "customers": {"latest": {"text": "maija@example.com"}, "seen": {"17": "2026-01-01", "18": "2026-01-02"}},
        "orders": {"after": "x"},
    }
    assert _without(cursor, {"17", "maija@example.com"}) == {
        "customers": {"latest": {}, "seen": {"18": "2026-01-02"}},
        "orders": {"after": "x"},
    }


def test_the_ledger_of_rights_keeps_what_another_workspace_wrote(tmp_path: Path):
    """One folder may hold the backups of two workspaces: each adds its own, neither takes the other's away."""
    path = tmp_path / FILE
    one, other = (RightUsed(f"2026-01-0{n}T00:00:00Z", "erase", True, [f"digest-{n}"]) for n in (2, 1))
    _write(path, [one])
    _write(path, [other])
    _write(path, [other])
    assert read_rights(path) == [other, one]
    assert len([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]) == 2
