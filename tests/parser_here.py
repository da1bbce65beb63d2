"""What the parser does, without a process of its own."""

from __future__ import annotations

import json
from typing import Any

from lohko.base.errors import LohkoError
from lohko.landing.child import answer
from lohko.landing.parse import Progress
from lohko.landing.request import Number


def ask_here(body: dict[str, Any], progress: Progress, number: Number | None = None) -> dict[str, Any]:
    heard: list[dict[str, Any]] = []

    def say(message: dict[str, Any]) -> None:
        if message["event"] == "progress":
            progress(message["done"], message["what"])
        else:
            heard.append(message)

    answer(json.loads(json.dumps(body)), say, lambda: None, number)
    (message,) = heard
    if message["event"] == "error":
        raise LohkoError.from_json(message["error"])
    report: dict[str, Any] = json.loads(json.dumps(message["report"]))
    return report
