"""Lohko beside the alternative written by hand, in one run on one machine.

    python -m benchmarks.run import|refresh|current|count|leaves|edit|growth|memory|web|all --size small|full [--keep FOLDER] [--data FOLDER]

Prints seconds and their ratio; promises nothing about seconds. Stops when the
members differ from the hand-written query's, for then a ratio means nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks import current, growth, imports, leaves, segments, web
from benchmarks.plot import growth as picture
from benchmarks.timing import table

STORE_MEMORY = "2GB"
"""What the store may use for itself where memory is measured: about half of what the process may take."""


def main() -> int:
    """Run what the arguments ask for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("what", choices=("import", "refresh", "current", "count", "leaves", "edit", "growth", "memory", "web", "all"))
    options.add_argument("--size", choices=("small", "full"), default="small")
    options.add_argument("--keep", type=Path, help="a folder where the generated shop stays for the next run")
    options.add_argument(
        "--largest", action="store_true", help="growth and memory also with 100 million events: 4 GB of disk, many minutes"
    )
    options.add_argument("--plot", type=Path, help="where the picture of the growth goes")
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
        if asked.what in ("current", "all"):
            path, made = segments.prepare(folder, asked.size)
            copied = shutil.copytree(path, Path(scratch) / "current")  # what it brings in is in no archive
            with segments.open_shop(copied) as work:
                rows = current.measure(work, 100 if asked.size == "full" else 20)
            print(f"\nThe shop: {made}; refreshed after a change\n{current.shown(rows)}", flush=True)
        if asked.what in ("leaves", "edit", "all"):
            _leaves(folder, asked.size, asked.what)
        if asked.what in ("growth", "all"):
            _growth(folder, asked.size, largest=asked.largest, plot=asked.plot)
        if asked.what in ("web", "all"):
            print(web.measured(folder, asked.size), flush=True)
        if asked.what in ("memory", "all"):
            path, _ = segments.prepare(folder, "100m" if asked.largest else asked.size)
            print(growth.shown_memory(growth.measure_memory(path, STORE_MEMORY), STORE_MEMORY), flush=True)
    return 0


def _leaves(folder: Path, size: str, what: str) -> None:
    path, made = segments.prepare(folder, size)
    print(f"\nThe shop: {made}", flush=True)
    how_many, times = (100, 2) if size == "full" else (40, 1)
    with segments.open_shop(path) as work:
        if what in ("leaves", "all"):
            print(leaves.shown_sharing(leaves.measure_sharing(work, how_many, times)), flush=True)
        if what in ("edit", "all"):
            print(leaves.shown_editing(leaves.measure_editing(work, how_many)), flush=True)


def _growth(folder: Path, size: str, *, largest: bool, plot: Path | None) -> None:
    sizes = (["1m", "5m", "full"] if size == "full" else ["small"]) + (["100m"] if largest else [])
    points = growth.measure_growth(folder, sizes, 1, 1000 if size == "full" else 10)
    print(growth.shown_growth(points), flush=True)
    if plot is not None:
        plot.write_text(picture(points, f"{platform.machine()}, {os.cpu_count()} cores, DuckDB {_duckdb()}"), encoding="utf-8")


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
