"""A workspace of its own for each test of the quality of data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lohko.state.workspace import Settings, create
from lohko.steps.work import Work, silent
from lohko.wiring import open_work


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    create(folder, Settings("Europe/Helsinki", "EUR", "FI"))
    return folder


@pytest.fixture
def work(place: Path) -> Iterator[Work]:
    with open_work(place, silent) as opened:
        yield opened
