"""`pytest tests/look --pictures` makes the pictures of docs/pictures anew."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="make the pictures of all pages anew, in docs/pictures")
