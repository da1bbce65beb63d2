"""A campaign of kills: an undisturbed road is the measure, and every killed workspace is held against it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from crash import checking, killing
from crash.road import SETTINGS, Step, create, perform, road, stopped_clock
from crash.two_starters import Pair, pair

SHORT = ("import january", "import events", "apply", "first refresh", "import autumn", "second refresh")
_MOST_IN_A_ROW = 3


@dataclass
class Verdict:
    """One killed workspace: where it was hit, and what was found afterwards."""

    step: str
    stage: str
    how: str
    point: str
    kills: int
    whole: bool
    rebuilt: bool
    lost: int = 0
    doubled: int = 0
    problems: list[str] = field(default_factory=list)


class Campaign:
    """The undisturbed road with a copy of the workspace before every step, and kills on copies of these."""

    def __init__(self, folder: Path, *, rows: int, seed: int, only: Iterable[str] | None = None) -> None:
        self._folder, self._dice = folder, random.Random(seed)
        names = set(only) if only is not None else None
        self.steps = [step for step in road(folder / "files", rows, seed=seed) if names is None or step.name in names]
        self._found: list[checking.Found] = []
        self._shapes: list[killing.Shape] = []
        self._members: dict[int, dict[str, set[str]]] = {}
        self._walk()

    def _before(self, number: int) -> Path:
        return self._folder / f"before-{number}"

    def _walk(self) -> None:
        create(self._before(0), SETTINGS)
        self._found.append(self._look_at_copy(0))
        for number, step in enumerate(self.steps):
            shutil.copytree(self._before(number), self._before(number + 1))
            ended = killing.run(self._before(number + 1), step, {"trace": True})
            if ended.status:
                raise RuntimeError(f"{step.name} fails without being killed: {ended.error or ended.stderr}")
            self._shapes.append(killing.Shape(ended.seconds, ended.trace))
            self._found.append(self._look_at_copy(number + 1))

    def _look_at_copy(self, number: int) -> checking.Found:
        copy = self._copy(number, "undisturbed")
        self._members[number] = checking.replayed(copy)
        found = checking.look(copy)
        shutil.rmtree(copy)
        return found

    def _copy(self, number: int, name: str) -> Path:
        target = self._folder / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self._before(number), target)
        return target

    def killable(self) -> list[int]:
        """The numbers of the steps that are imports or refreshes."""
        return [number for number, step in enumerate(self.steps) if step.verb != "apply"]

    def kill(self, number: int, *, with_rebuild: bool = True) -> Verdict:
        """Kill step `number` at a random place, sometimes again while it recovers, and hold the rest to account."""
        workspace, step = self._copy(number, "killed"), self.steps[number]
        acknowledged, kills, blow = False, 0, killing.choose(self._dice, self._shapes[number])
        first = ended = killing.run(workspace, step, blow.plan, kill_after=blow.kill_after)
        while ended.killed:
            kills += 1
            if kills == _MOST_IN_A_ROW or self._dice.random() > 0.2:
                break
            again = killing.choose(self._dice, self._shapes[number])
            ended = killing.run(workspace, step, again.plan, kill_after=again.kill_after)
            acknowledged = acknowledged or ended.report is not None
        acknowledged = acknowledged or first.report is not None
        stage = first.stage if first.killed else "after the end"
        verdict = Verdict(step.name, stage, blow.how, first.point, kills, whole=False, rebuilt=False)
        if not ended.killed and ended.status:
            verdict.problems.append(f"ended with status {ended.status}: {ended.error or ended.stderr[-2000:]}")
        self._settle(workspace, number, verdict, acknowledged=acknowledged, with_rebuild=with_rebuild)
        return verdict

    def pairs(self, times: int) -> list[Pair]:
        """Let two processes start at once on the workspace before its last import."""
        number = next(number for number in reversed(self.killable()) if self.steps[number].verb == "import")
        return [pair(self._before(number), self._folder / "pair", self.steps[number]) for _ in range(times)]

    def _settle(self, workspace: Path, number: int, verdict: Verdict, *, acknowledged: bool, with_rebuild: bool) -> None:
        before, after = self._found[number], self._found[number + 1]
        try:
            found = checking.look(workspace)
            verdict.rebuilt = found.rebuilt
            verdict.whole = len(found.books) + found.runs > len(before.books) + before.runs
            self._judge(verdict, "opened", found, after if verdict.whole else before)
            if acknowledged and not verdict.whole:
                verdict.problems.append("what was acknowledged is gone")
            if before.people.items() - found.people.items():
                verdict.problems.append("people have other keys")
            self._repeat(workspace, self.steps[number], verdict, found, after)
            if (with_rebuild or self.steps[number].verb == "refresh") and checking.replayed(workspace) != self._members[number + 1]:
                verdict.problems.append("the ledger tells other members")
            if with_rebuild and checking.look(workspace, again=True).exact != checking.look(workspace).exact:
                verdict.problems.append("a rebuild differs")
        except Exception as error:  # whatever it is, the campaign says where and goes on
            verdict.problems.append(f"cannot be used: {type(error).__name__}: {error}")

    def _repeat(self, workspace: Path, step: Step, verdict: Verdict, found: checking.Found, after: checking.Found) -> None:
        with stopped_clock():
            perform(workspace, step)
        repeated = checking.look(workspace)
        self._judge(verdict, "repeated", repeated, after)
        if not checking.same_reports(repeated.books, after.books):
            verdict.problems.append("the books differ")
        if found.people.items() - repeated.people.items():
            verdict.problems.append("repeating gave people other keys")

    @staticmethod
    def _judge(verdict: Verdict, when: str, have: checking.Found, want: checking.Found) -> None:
        difference = checking.compare(have.content, want.content)
        verdict.lost += difference.lost
        verdict.doubled += difference.doubled
        if difference:
            verdict.problems.append(f"{when}: {difference}")
        if have.left_over:
            verdict.problems.append(f"{when}: left over {have.left_over}")
