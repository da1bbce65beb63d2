"""The kind of source that the guide shows how to add does what the guide says."""

from __future__ import annotations

import re
import types
from pathlib import Path

from lohko.sources.registry import KINDS
from lohko.steps.read import count
from lohko.steps.sources import source_add, source_sync, source_test
from lohko.steps.work import silent
from sources.local_server import serving, told
from sources.playing import KEY

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "sources.md"


def test_the_example_of_the_guide_runs(work, monkeypatch):
    text = PAGE.read_text(encoding="utf-8")
    example = types.ModuleType("loyalty")
    exec(re.search(r"<!-- example -->\n```python\n(.*?)^```", text, re.M | re.S)[1], example.__dict__)
    monkeypatch.setitem(KINDS, "loyalty", example.KIND)
    members = [{"card": f"c{n}", "mail": f"m{n}@example.fi", "points": 10 * n, "changed": f"2026-03-01T12:0{n}:00Z"} for n in range(1, 6)]

    def answer(asked):
        if asked.headers["authorization"] != f"Bearer {KEY}":
            return told({}, 401)
        found = [one for one in members if one["changed"] >= asked.query["changed_from"]]
        begin = 2 * int(asked.query["page"])
        return told({"members": found[begin : begin + 2]})

    with serving(answer) as server:
        monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", server.host)
        source_add(work, silent, name="card", kind="loyalty", settings={"address": server.url, "token": "env:PLAYED_KEY"})
        assert source_test(work, silent)["ok"]
        assert source_sync(work, silent, name="card")["synced"][0]["accepted"] == 5
        assert source_sync(work, silent, name="card")["synced"][0]["received"] == 0
        members[0] |= {"points": 500, "changed": "2026-03-02T12:00:00Z"}
        assert source_sync(work, silent, name="card")["synced"][0]["accepted"] == 1
    assert count(work, silent, condition="points is at least 100")["count"] == 1
