"""Every spec test takes `spec` and tells it what must be."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

pytest.register_assert_rewrite("spec.check")

from spec.check import Checker  # noqa: E402 - after it is registered, so that a failing assert shows both sides


@pytest.fixture
def spec(tmp_path: Path) -> Checker:
    return Checker(tmp_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Specs that go through the real import take a second or two each."""
    for item in items:
        if isinstance(item, pytest.Function) and "spec.imported(" in inspect.getsource(item.function):
            item.add_marker(pytest.mark.slow)
