"""Lohko beside the alternative written by hand, in one run on one machine.

    python -m benchmarks.run import|refresh|count|all --size small|full [--keep FOLDER] [--data FOLDER]

Prints seconds and their ratio; promises nothing about seconds. Stops when the
members differ from the hand-written query's, for then a ratio means nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

from benchmarks import imports, segments
from benchmarks.timing import table


def main() -> int:
    """Run what the arguments ask for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("what", choices=("import", "refresh", "count", "all"))
    options.add_argument("--size", choices=("small", "full"), default="small")
    options.add_argument("--keep", type=Path, help="a folder where the generated shop stays for the next run")
    options.add_argument("--data", type=Path, default=os.environ.get("LOHKO_TEST_DATA"), help="the public data, for its online_retail")
    asked = options.parse_args()
    print(f"Python {platform.python_version()}, DuckDB {_duckdb()}, {os.cpu_count()} cores, {platform.machine()}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if asked.what in ("import", "all"):
            real = Path(asked.data) / "online_retail" / "online_retail.csv.gz" if asked.data else None
            rows = imports.measure(Path(scratch), asked.size, real if real is not None and real.is_file() else None)
            print(table("\nImport, against read_csv into a table", rows), flush=True)
        if asked.what in ("refresh", "count", "all"):
            _segments(folder, asked.size, asked.what)
    return 0


def _segments(folder: Path, size: str, what: str) -> None:
    path, made = segments.prepare(folder, size)
    print(f"\nThe shop: {made}", flush=True)
    times = 3 if size == "full" else 2
    with segments.open_shop(path) as work:
        if what in ("count", "all"):
            print(table("\nQuestions, against one query each", segments.measure_counts(work, times)), flush=True)
            print(table("\nExplaining, against one query", segments.measure_explain(work, times)), flush=True)
        if what in ("refresh", "all"):
            rows, each = segments.measure_refresh(work, times)
            print(table(f"\nThe {len(each)} ready-made segments, against their queries one after the other; members equal", rows))
            print("By hand, seconds each: " + ", ".join(f"{name} {seconds:.3f}" for name, seconds in each.items()), flush=True)


def _duckdb() -> str:
    import duckdb

    return str(duckdb.__version__)


if __name__ == "__main__":
    sys.exit(main())
