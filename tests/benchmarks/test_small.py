"""The benchmarks run at small size, and say nothing when Lohko and the hand-written queries disagree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

OTHER_THRESHOLD = """
import dataclasses, sys
from benchmarks import by_hand, run
real = by_hand.queries
by_hand.queries = lambda: [dataclasses.replace(query, sql=query.sql.replace(">= 500", ">= 501")) for query in real()]
sys.argv = ["run", "refresh", "--size", "small"]
run.main()
"""


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_the_benchmarks_find_the_same_people_and_print_ratios():
    """Import, questions, explanations and refreshes each get a line with seconds, seconds by hand and their ratio."""
    done = _python("-m", "benchmarks.run", "all", "--size", "small")
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^(\w.*?)  +(\d+\.\d{3}) +(\d+\.\d{3}) +(\d+\.\d\d)\b", done.stdout, re.MULTILINE)
    named = " ".join(name for name, *_ in rows)
    for expected in ("staging", "import", "count, 1 leaf", "count, 5 leaves", "explain", "decide every", "first refresh", "next day"):
        assert expected in named
    assert "23 ready-made segments" in done.stdout and "members equal" in done.stdout


def test_a_query_that_finds_other_people_stops_the_benchmark():
    """A ratio between different answers means nothing, so none is printed and the segment is named."""
    done = _python("-c", OTHER_THRESHOLD)
    assert done.returncode != 0
    assert "other people: vip:" in done.stderr and "ready-made segments" not in done.stdout
