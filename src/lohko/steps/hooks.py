"""What webhooks brought, on its way into the import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lohko.steps.work import Progress, Work


def take_hooks(work: Work, progress: Progress, row: Mapping[str, Any], sums: dict[str, int]) -> None:
    """Bring in what a source's webhooks have told."""
