"""Plants every fault of `faults.py`, one at a time, in a copy of the package, and asks whether the tests notice.

    python tests/mutants/run.py                 all of them, and the table is written to docs/mutants.md
    python tests/mutants/run.py 3 17            only some, by number; nothing is written

Exit status 1 when a fault was not noticed. Each is first asked of the specs, then of the comparison with the reference.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from mutants.faults import FAULTS, Fault  # noqa: E402

PAGE = ROOT / "docs" / "mutants.md"
CHECKS = (
    ("the specs", ("tests/spec",)),
    ("the arrays and exact numbers", ("tests/engines/test_tallies.py", "tests/engines/test_exact_numbers.py")),
    ("the comparison with the reference", ("tests/engines/test_definitions.py", "tests/engines/test_same_people.py")),
)
_FAILED, _PASSED = 1, 0


@dataclass(frozen=True)
class Outcome:
    """Who noticed a fault, and by which test; nobody when it is a hole."""

    fault: Fault
    by: str | None
    test: str | None
    seconds: float


def planted(fault: Fault, folder: Path) -> Path:
    """A copy of the package with the fault in it; its folder for PYTHONPATH."""
    copy = folder / "src"
    shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
    file = copy / "lohko" / fault.file
    text = file.read_text(encoding="utf-8")
    if text.count(fault.before) != 1:
        raise ValueError(f"{fault.says}: what it changes stands {text.count(fault.before)} times in {fault.file}")
    file.write_text(text.replace(fault.before, fault.after), encoding="utf-8")
    return copy


def noticed(fault: Fault) -> Outcome:
    """Plant a fault and run the checks until one fails."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        source = planted(fault, Path(folder))
        for by, tests in CHECKS:
            test = _first_failure(source, tests)
            if test is not None:
                return Outcome(fault, by, test, time.monotonic() - began)
    return Outcome(fault, None, None, time.monotonic() - began)


def _first_failure(source: Path, tests: tuple[str, ...]) -> str | None:
    """The first test that fails with the fault; None when all pass. A package that does not import is no fault."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "--tb=no",
        "--no-header",
        "-k",
        "not left_out",
        "-m",
        "not slow",
        *tests,
    ]
    environment = {**os.environ, "PYTHONPATH": str(source), "LOHKO_HYPOTHESIS": "faults"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == _PASSED:
        return None
    failed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    if done.returncode != _FAILED or not failed:
        raise RuntimeError(f"the tests could not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return failed[0]


def page(outcomes: list[Outcome]) -> str:
    """The table of faults for the manual."""
    missed = sum(outcome.by is None for outcome in outcomes)
    rows = [
        f"| {number} | {outcome.fault.says} | `{outcome.fault.file}` | {outcome.by or '**nobody**'} | `{(outcome.test or '').split('::')[-1]}` |"
        for number, outcome in enumerate(outcomes, start=1)
    ]
    return "\n".join(
        [
            "<!-- Written by `make mutants`. -->",
            "",
            "# Faults that the tests notice",
            "",
            "Tests are worth what they notice. `make mutants` plants these faults in the compiler, the planner and the arrays, one at a time, and",
            "runs the specs and the comparison of DuckDB with the reference engine against each.",
            f"Of {len(outcomes)} faults {len(outcomes) - missed} were noticed and {missed} were not.",
            "",
            "| # | Fault | Planted in | Noticed by | First test that failed |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def main() -> int:
    """Run the faults that are named, or all."""
    numbers = [int(text) for text in sys.argv[1:]]
    outcomes = []
    for number, fault in enumerate(FAULTS, start=1):
        if numbers and number not in numbers:
            continue
        outcome = noticed(fault)
        print(f"{number:>3} {outcome.seconds:5.0f} s  {outcome.by or 'NOBODY':<34} {fault.says}  [{outcome.test or '-'}]", flush=True)
        outcomes.append(outcome)
    if not numbers:
        PAGE.write_text(page(outcomes), encoding="utf-8")
    return int(any(outcome.by is None for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
