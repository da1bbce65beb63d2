"""The most memory that an import of order lines takes, of files of growing size.

    python -m benchmarks.import_memory --lines 1000000 4000000 [20000000] [--store 1GB]

Each file is imported into a new workspace by a process of its own, whose store may
take so much for itself; the parser, a process too, always has the same limit.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.imports import MAPPING, generate
from benchmarks.shop import SETTINGS
from lohko.state.workspace import create
from lohko.steps.ingest import ingest
from lohko.steps.work import silent
from lohko.wiring import open_work


def main() -> None:
    """Measure what the arguments ask for, one file after the other."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lines", type=int, nargs="+", default=[20_000])
    options.add_argument("--store", default="1GB", help="what the store may take for itself")
    asked = options.parse_args()
    print("       lines    MB of CSV    importing MB    parser MB    seconds", flush=True)
    for lines in asked.lines:
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "lines.csv"
            generate(file, lines)
            command = [sys.executable, "-m", "benchmarks.import_memory", str(file), scratch]
            environment = {**os.environ, "LOHKO_MEMORY": asked.store}
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603
            if done.returncode:
                raise SystemExit(done.stderr)
            found = json.loads(done.stdout)
            size = file.stat().st_size >> 20
        assert found["received"] == lines == found["accepted"] + found["duplicate"] + found["rejected"], found
        print(f"{lines:>12,}    {size:>9,}    {found['importing']:>12,}    {found['parser']:>9,}    {found['seconds']:>7,.0f}", flush=True)


def measure(file: Path, folder: Path) -> dict[str, float]:
    """Import a file in this process; the most megabytes that it and its parser held, the seconds, and the books."""
    create(folder / "shop", SETTINGS)
    began = time.perf_counter()
    with open_work(folder / "shop", silent) as work, file.open("rb") as stream:
        report = ingest(work, silent, stream=stream, name=file.name, kind="order-lines", columns=MAPPING)
    most = {
        name: resource.getrusage(who).ru_maxrss >> 10
        for name, who in (("importing", resource.RUSAGE_SELF), ("parser", resource.RUSAGE_CHILDREN))
    }
    return {
        **most,
        "seconds": time.perf_counter() - began,
        **{key: report[key] for key in ("received", "accepted", "duplicate", "rejected")},
    }


if __name__ == "__main__":
    if sys.argv[1:] and not sys.argv[1].startswith("-"):
        print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]))))
    else:
        main()
