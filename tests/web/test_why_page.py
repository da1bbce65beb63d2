"""The customer's page says why, what would change it and when, in the page's language."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize(
    ("language", "ways", "turn"),
    [
        ("en", "What would take them out:", "Time alone never changes this."),
        ("fi", "Mikä veisi pois segmentistä:", "Pelkkä aika ei muuta tätä koskaan."),
    ],
)
def test_ways_and_turns_are_told_beside_each_segment(client: TestClient, language: str, ways: str, turn: str) -> None:
    """Somebody who ordered twice is in a segment of all time: the rows, the ways and that it stays so are on their page."""
    (one, *_) = client.get("/api/v1/customers?q=c1").json()["customers"]
    page = client.get(f"/customers/{one['person_id']}", headers={"accept-language": language}).text
    assert ways in page and turn in page
    assert re.search(r'<ul class="behind">', page)
    assert 'class="ways"' in page
