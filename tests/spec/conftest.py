"""Every spec test takes `spec` and tells it what must be."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.register_assert_rewrite("spec.check")

from spec.check import Checker  # noqa: E402 - after it is registered, so that a failing assert shows both sides


@pytest.fixture
def spec(tmp_path: Path) -> Checker:
    return Checker(tmp_path)
