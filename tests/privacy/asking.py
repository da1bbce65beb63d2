"""Every step of the registry that can be asked about people, with something for each of its parameters: made from the steps' signatures.

A step that is added is asked as well; one that takes a parameter of a new name fails
here until it is said what the name stands for.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from lohko.steps.registry import STEPS

CARRY: dict[str, Any] = {
    "condition": "{rule}",
    "outcome": "{rule}",
    "segment": "{segment}",
    "segments": ["{other}", "{segment}"],
    "others": ["{segment}"],
    "beside": ["{segment}"],
    "attribute": "{field}",
    "rows": "{field}",
    "columns": "{field}",
}
"""What a rule, a segment or a field can come in by, and how it is written."""
LISTED = {("segment_members", "columns"), ("segment_members_all", "columns")}
"""Where a field is one of several."""
BESIDE: dict[str, Any] = {
    "customer": "1", "q": "", "at": "2026-03-01", "as_of": "2026-10-01", "until": None, "since": None, "within": "90d", "every": None, "language": "en",
    "limit": 20, "page": 1, "per_page": 50, "to": "google-ads", "purpose": "ads", "unit": "month", "periods": 12, "measure": "revenue", "months": 3,
    "days": 30, "depth": 3, "form": "xlsx", "sort": "customer", "topic": "", "value": "x", "draft": "", "revision": 1, "name": "city", "event": None, "rule": "most recent", "sources": (), "text": "did order",
    "remote": "sc://127.0.0.1:1", "location": "",
}  # fmt: skip
"""What else steps ask for."""


def parameters(step: str) -> Mapping[str, inspect.Parameter]:
    """What a step takes besides the work and its progress."""
    found = inspect.signature(STEPS[step]).parameters
    return {name: item for name, item in found.items() if item.kind is inspect.Parameter.KEYWORD_ONLY}


def carrying() -> Iterator[tuple[str, str]]:
    """Each step with each of its parameters by which a rule, a segment or a field comes in."""
    for step in sorted(STEPS):
        for name in parameters(step):
            if name in CARRY:
                yield step, name


def given(step: str, by: str | None, **said: str) -> dict[str, Any]:
    """What a step is asked with: in `by` what is said (`rule`, `segment`, `field`), elsewhere what `open_...` says, and no more than it needs."""
    opened = {"rule": said["open_rule"], "segment": said["other"], "field": said["open_field"], "other": said["other"]}
    filled: dict[str, Any] = {}
    for name, item in parameters(step).items():
        if name in CARRY and (name == by or item.default is inspect.Parameter.empty):
            words = said if name == by else opened
            filled[name] = _written(CARRY[name], words)
            if (step, name) in LISTED and isinstance(filled[name], str):
                filled[name] = [filled[name]]
        elif item.default is inspect.Parameter.empty:
            filled[name] = BESIDE[name]
    return filled


def _written(how: Any, words: Mapping[str, str]) -> Any:
    return [_written(item, words) for item in how] if isinstance(how, list) else how.format(**words)
