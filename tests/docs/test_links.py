"""Every relative link of the manual leads somewhere."""

from __future__ import annotations

import pytest

from docs.manual import DOCS, ROOT, anchors, links, pages


@pytest.mark.parametrize("page", [p for p in pages() if DOCS / "parts" not in p.parents], ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """The file is there, and so is the heading that the link names."""
    for target in links(page):
        path, _, place = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{target} is not there"
        if place and found.suffix == ".md":
            assert place in anchors(found), f"{target}: no such heading"


def test_the_index_leads_to_every_page():
    """From docs/index.md each page can be reached by links."""
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [
                p for target in links(page) if (p := (page.parent / target.partition("#")[0]).resolve()).suffix == ".md" and p.exists()
            ]
    manual = {page for page in DOCS.rglob("*.md") if DOCS / "parts" not in page.parents}
    assert sorted(str(page.relative_to(DOCS)) for page in manual - reached) == []


def test_no_page_names_a_place_of_one_machine():
    """The manual names no folder that exists on one machine only."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for private in ("/work/", "/tmp/", "/root/", "../shared"):
            assert private not in text, f"{page.name} names {private}"
