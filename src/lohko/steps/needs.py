"""The catalogue of needs: which segments serve each, and which serves none."""

from __future__ import annotations

from typing import Any

from lohko.state import needs as kept_needs
from lohko.state import segments as kept
from lohko.steps.work import Progress, Work


def needs(work: Work, progress: Progress) -> dict[str, Any]:
    """Every need with its evidence and the segments that share it; segments that name no need are listed too."""
    with work.state.connect() as connection:
        found, segments = kept_needs.current(connection), kept.current(connection)
    return {
        "needs": [
            {
                "id": need.id,
                "title": dict(need.title),
                "description": dict(need.description),
                "evidence": [
                    {"text": item.text, "source": item.source, "date": None if item.date is None else item.date.isoformat()}
                    for item in need.evidence
                ],
                "segments": sorted(name for name, item in segments.items() if need.id in item.needs),
            }
            for need in found.values()
        ],
        "segments_without": sorted(name for name, item in segments.items() if not item.needs),
        "data_version": work.data_version(),
    }
