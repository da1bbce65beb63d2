"""The benchmarks run at small size, and say nothing when Lohko and the hand-written queries disagree."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

OTHER_THRESHOLD = """
import dataclasses, sys
from benchmarks import by_hand, run
real = by_hand.queries
by_hand.queries = lambda: [dataclasses.replace(query, sql=query.sql.replace(">= 500", ">= 501")) for query in real()]
sys.argv[1:] = ["refresh", "--size", "small", "--keep", *sys.argv[1:]]
run.main()
"""

OTHER_WINDOW = """
import sys
from benchmarks import mixed, run
real = mixed.as_sets
mixed.as_sets = lambda segment: real(segment).replace("$today - ", "$today - 1 - ")
sys.argv[1:] = ["leaves", "--size", "small", "--keep", *sys.argv[1:]]
run.main()
"""


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300)


@dataclass(frozen=True)
class Measured:
    """All benchmarks, run once: what was printed, the picture, and the folder with the shop that was made for it."""

    said: str
    picture: Path
    shop: Path


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    folder = tmp_path_factory.mktemp("measured")
    picture, shop = folder / "growth.svg", folder / "shop"
    done = _python("-m", "benchmarks.run", "all", "--size", "small", "--plot", str(picture), "--keep", str(shop))
    assert done.returncode == 0, done.stderr
    return Measured(done.stdout, picture, shop)


def test_the_benchmarks_find_the_same_people_and_print_ratios(measured):
    """Import, questions, explanations and refreshes each get a line with seconds, seconds by hand and their ratio."""
    rows = re.findall(r"^(\w.*?)  +(\d+\.\d{3}) +(\d+\.\d{3}) +(\d+\.\d\d)\b", measured.said, re.MULTILINE)
    named = " ".join(name for name, *_ in rows)
    for expected in ("staging", "import", "count, 1 leaf", "count, 5 leaves", "explain", "decide every", "first refresh", "next day"):
        assert expected in named
    assert "23 ready-made segments" in measured.said and "members equal" in measured.said
    assert "one leaf changed" in measured.said and "Memory: " in measured.said


def test_mixed_segments_are_compared_by_how_often_a_leaf_is_used(measured):
    """Each number of uses has its leaves, the seconds of each road, and the speed-up beside its goal."""
    rows = re.findall(r"^ +(\d+) +(\d+) .* (\d+\.\d\d)x +(\d+\.\d)x ", measured.said, re.MULTILINE)
    assert [(uses, leaves, goal) for uses, leaves, _, goal in rows] == [("1", "120", "1.5"), ("3", "40", "2.1"), ("12", "10", "8.4")]


def test_growth_is_shown_by_leaf_and_as_a_picture(measured):
    """More segments are more leaves; the picture has a line for each number of segments."""
    assert re.findall(r"^ +120,\d+ +(\d+) +(\d+) ", measured.said, re.MULTILINE) == [("1", "3"), ("10", "10")]
    assert measured.picture.read_text(encoding="utf-8").count("<path") == 2


def test_a_mixed_segment_with_other_people_stops_the_benchmark(measured):
    """A condition whose SQL says something else is named with its query."""
    done = _python("-c", OTHER_WINDOW, str(measured.shop))
    assert done.returncode != 0 and "AssertionError: other people" in done.stderr


def test_a_query_that_finds_other_people_stops_the_benchmark(measured):
    """A ratio between different answers means nothing, so none is printed and the segment is named."""
    done = _python("-c", OTHER_THRESHOLD, str(measured.shop))
    assert done.returncode != 0
    assert "other people: vip:" in done.stderr and "ready-made segments" not in done.stdout
