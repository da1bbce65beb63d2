"""Kill imports, refreshes and the taking of events at random points, and show that nothing is lost or doubled.

    PYTHONPATH=tests python -m crash.run --kills 200 [--live 300] [--seed 1] [--rows 1000] [--keep FOLDER]

Exit status 1 when anything was lost, doubled or differs.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from crash import events
from crash.campaign import Campaign, Verdict
from crash.live import live


def main() -> int:
    """Run the campaign that the arguments ask for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--live", type=int, default=300, help="kills along the live path: events in, refreshed, published")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--rows", type=int, default=1000, help="rows of each generated file, about")
    options.add_argument("--pairs", type=int, default=20, help="how often two processes start at once")
    options.add_argument("--keep", type=Path, help="a new folder where the workspaces stay, for looking at them")
    asked = options.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        campaign = Campaign(asked.keep or Path(scratch), rows=asked.rows, seed=asked.seed)
        print(
            f"The undisturbed road took {time.perf_counter() - began:.0f} s: {', '.join(step.name for step in campaign.steps)}", flush=True
        )
        verdicts, kills = [], 0
        while kills < asked.kills:
            places = campaign.killable()
            verdict = campaign.kill(places[len(verdicts) % len(places)])
            verdicts.append(verdict)
            kills += verdict.kills
            if verdict.problems:
                print(f"PROBLEM {len(verdicts)}: {verdict}", flush=True)
            if len(verdicts) % 20 == 0:
                print(f"{kills} kills, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        pairs = campaign.pairs(asked.pairs)
        hits = _events(Path(scratch) / "events", asked.seed, asked.kills // 2)
        lived = live(Path(scratch) / "live", asked.seed, asked.live) if asked.live else None
    print(table(verdicts))
    refused, wrong = sum(pair.refused for pair in pairs), [pair.problem for pair in pairs if pair.problem]
    print(f"Two at once, {len(pairs)} times: the second was told `in_use` {refused} times, wrong {len(wrong)} times. {' '.join(wrong)}")
    print(events.told([hit for hit in hits if hit.problems]))
    print(f"Events: {sum(hit.kills for hit in hits)} kills, wrong {sum(bool(hit.problems) for hit in hits)} times.")
    if lived is not None:
        print(lived.told())
    print(f"{kills} kills in {time.perf_counter() - began:.0f} s, seed {asked.seed}")
    return (
        1
        if wrong
        or (lived is not None and lived.wrong)
        or any(hit.problems for hit in hits)
        or any(verdict.problems for verdict in verdicts)
        else 0
    )


def _events(folder: Path, seed: int, kills: int) -> list[events.Hit]:
    """As many kills along the road of events: half of them while they are taken, half while they come in."""
    folder.mkdir()
    taken, hits = events.Taken(folder, messages=300, seed=seed), list[events.Hit]()
    while sum(hit.kills for hit in hits) < kills // 2:
        hits.append(taken.kill(with_rebuild=len(hits) % 4 == 0))
    return [*hits, events.kill_intake(folder / "intake", random.Random(seed), kills - kills // 2)]


_COLUMNS = ("killed", "kills", "opened", "wholly there", "not there", "rebuilt", "lost", "doubled", "problems")


def table(verdicts: Sequence[Verdict]) -> str:
    """The verdicts by step and stage, and by way of killing, as text."""
    by_stage: dict[tuple[str, ...], list[Verdict]] = defaultdict(list)
    by_how: dict[tuple[str, ...], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        by_stage[verdict.step, verdict.stage].append(verdict)
        by_how[verdict.how,].append(verdict)
    rows = [[" / ".join(key), *_sums(group)] for key, group in sorted(by_stage.items())]
    rows += [["-"] * len(_COLUMNS)]
    rows += [[key[0], *_sums(group)] for key, group in sorted(by_how.items())]
    rows += [["-"] * len(_COLUMNS), ["all", *_sums(verdicts)]]
    width = max(len(row[0]) for row in rows)
    lines = [f"{_COLUMNS[0]:<{width}}" + "".join(f"{name:>14}" for name in _COLUMNS[1:])]
    for row in rows:
        lines.append("-" * (width + 14 * 8) if row[0] == "-" else f"{row[0]:<{width}}" + "".join(f"{cell:>14}" for cell in row[1:]))
    return "\n".join(lines)


def _sums(group: Sequence[Verdict]) -> list[str]:
    opened = [verdict for verdict in group if not any(text.startswith("cannot be used") for text in verdict.problems)]
    numbers = (
        sum(verdict.kills for verdict in group),
        len(opened),
        sum(verdict.whole for verdict in opened),
        sum(not verdict.whole for verdict in opened),
        sum(verdict.rebuilt for verdict in group),
        sum(verdict.lost for verdict in group),
        sum(verdict.doubled for verdict in group),
        sum(len(verdict.problems) for verdict in group),
    )
    return [str(number) for number in numbers]


if __name__ == "__main__":
    sys.exit(main())
