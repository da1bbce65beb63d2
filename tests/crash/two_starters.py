"""Two processes that start at once on one workspace: what each was told, and what is in the workspace afterwards."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from crash import checking, killing
from crash.road import Step


def both(shop: Path, first: Step, second: Step, *, wait_seconds: float) -> list[killing.Ended]:
    """Do two steps at the same moment, each in a process of its own."""
    victims = [killing.start(shop, step, {"wait": True, "wait_seconds": wait_seconds}) for step in (first, second)]
    for victim in victims:
        assert victim.stdout and victim.stdout.readline() == b"ready \n"
    for victim in victims:  # both are loaded and waiting: now at the same time
        assert victim.stdin
        victim.stdin.write(b"go\n")
        victim.stdin.flush()
    return [killing.follow(victim) for victim in victims]


@dataclass(frozen=True)
class Pair:
    """Whether one of two equal imports was told `in_use`, and what went wrong, if anything."""

    refused: bool
    problem: str = ""


def pair(before: Path, copy: Path, step: Step) -> Pair:
    """The same import twice at once on a copy of `before`, without patience: it comes in once, whoever does it."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(before, copy)
    known = len(checking.look(copy).books)
    ended = both(copy, step, step, wait_seconds=0)
    done = [item.report for item in ended if item.report is not None]
    refused = [item.error["code"] for item in ended if item.error is not None]
    found = checking.look(copy)
    for wrong, what in (
        (len(done) + len(refused) != 2 or not done, f"ended as {[(item.status, item.stderr[-500:]) for item in ended]}"),
        (any(code != "in_use" for code in refused), f"was told {refused}"),
        (sum(not report["already_imported"] for report in done) != 1, "did not come in once"),
        (len(found.books) != known + 1 or bool(found.left_over), f"{len(found.books) - known} batches, left over {found.left_over}"),
        (checking.look(copy, again=True).exact != found.exact, "a rebuild differs"),
    ):
        if wrong:
            return Pair(bool(refused), what)
    return Pair(bool(refused))
