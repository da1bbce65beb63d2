"""The list of faults keeps up with the code, and the page shows the list."""

from __future__ import annotations

import pytest

from mutants.faults import FAULTS
from mutants.run import PAGE, ROOT


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.says)
def test_what_a_fault_changes_stands_once(fault):
    """Each fault can be planted as the code is now, and changes something."""
    text = (ROOT / "src" / "lohko" / fault.file).read_text(encoding="utf-8")
    assert text.count(fault.before) == 1
    assert fault.before != fault.after


def test_the_page_names_every_fault():
    """docs/mutants.md is the outcome for this very list, and every fault was noticed."""
    page = PAGE.read_text(encoding="utf-8")
    assert len(FAULTS) >= 30
    for fault in FAULTS:
        assert f"| {fault.says} |" in page, "run `make mutants`"
    assert "**nobody**" not in page
