"""A source asked without a workspace: its pages are taken one by one, each as though it counted at once."""

from __future__ import annotations

import importlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from lohko.base.clock import now
from lohko.outgoing import Outgoing
from lohko.sources.kind import Page, Reach, checked_settings
from lohko.sources.registry import KINDS
from sources.local_server import Server
from sources.playing import Played


def small_pages(system: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the source ask for as little at once as the played system gives."""
    module = importlib.import_module(f"lohko.sources.{system.kind}")
    for name in system.sizes:
        monkeypatch.setattr(module, name, system.page)
    for name, value in (("_SHARED", 1), ("_MOST_PAGES", 10)):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, value)


class Taken:
    """The rows that a source gave, by stream, and where it is."""

    def __init__(self, system: Played, server: Server, scratch: Path, **settings: str) -> None:
        self.system, self.server, self.scratch = system, server, scratch
        self.kind = KINDS[system.kind]
        self.settings = checked_settings(self.kind, {**system.settings(server), **settings})
        self.cursors: dict[str, Any] = {}
        self.rows: dict[str, list[dict]] = defaultdict(list)
        self.deleted = 0
        self.waited: list[float] = []

    def sync(self) -> int:
        """How many rows came."""
        self.server.asked.clear()
        n = 0
        with Outgoing({self.server.host}, wait=self.waited.append) as client:
            for page in self.kind.pull(Reach(self.settings, client, now(), self.scratch, dict(self.cursors))):
                assert isinstance(page, Page)
                self.rows[page.stream.name] += [dict(row) for row in page.rows]
                self.cursors[page.stream.name] = json.loads(json.dumps(page.cursor))
                self.deleted += page.deleted
                n += len(page.rows)
        return n

    def distinct(self) -> dict[str, set[str]]:
        return {name: {json.dumps(row, sort_keys=True, default=str) for row in rows} for name, rows in self.rows.items() if rows}

    def emails(self, stream: str) -> set[str]:
        return {row["email"] for row in self.rows[stream]}
