"""What a refresh on Spark costs, by how many events there are: slopes, measured on a cluster of this one machine.

    PYTHONPATH=tests python -m benchmarks.spark [--times 1 4 16]

A master, two workers with one core each and the Connect server on loopback, with Spark's own settings, all
sharing the machine: what a real cluster does with its own disks and network is
not seen here. The slope is of the workers' processor time, which does not mind what else the machine does. Each size is the small shop so many times; members are compared
with those of the embedded engine, and a run whose members differ stops.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks.events import _worked
from benchmarks.segments import _decide, open_shop
from benchmarks.shop import SIZES, TODAY, Size, make_shop
from benchmarks.timing import timed
from lohko.steps import spark as there
from lohko.steps.work import silent
from spark import cluster as clusters


def times(size: Size, factor: int) -> Size:
    """A shop of so many times the customers and events."""
    return Size(
        size.customers * factor,
        size.orders * factor,
        size.lines_per_order,
        *(getattr(size, name) * factor for name in ("views", "carts", "received", "opened", "clicked", "refunds")),
    )


def worked(cluster: clusters.Cluster, kind: str) -> float:
    """How long processes of a kind have worked: what workers do grows with the data, what the server does is reading and planning."""
    return sum(_worked(process.pid) for name, process in cluster.processes.items() if name.startswith(kind))


def main() -> int:
    """Measure every size; print seconds and the slope between each two."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, nargs="+", default=[1, 4, 16])
    asked = options.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("events     copy s   MB  segments  refresh s (cold)  refresh s  its workers' CPU s  its server's  count s  embedded s")
    with tempfile.TemporaryDirectory() as scratch, clusters.running(Path(scratch), few_rows=False) as cluster:
        before: tuple[int, float] | None = None
        for factor in asked.times:
            size = times(SIZES["small"], factor)
            shop, location = Path(scratch) / f"shop-{factor}", str(Path(scratch) / f"location-{factor}")
            events = make_shop(shop, size)
            with open_shop(shop) as work:
                copied, made = timed(lambda work=work, place=location: there.spark_copy(work, silent, location=place))
                where = {"remote": cluster.remote, "location": location}
                cold, _ = timed(lambda work=work, where=where: there.spark_refresh(work, silent, as_of=TODAY, **where))
                workers, server = worked(cluster, "worker"), worked(cluster, "server")
                warm, found = timed(lambda work=work, where=where: there.spark_refresh(work, silent, as_of=TODAY, **where))
                workers, server = worked(cluster, "worker") - workers, worked(cluster, "server") - server
                counted, _ = timed(
                    lambda work=work, where=where: there.spark_count(
                        work, silent, condition="did order in last 90 days", as_of=TODAY, **where
                    )
                )
                embedded, decided = timed(lambda work=work: _decide(work, TODAY))
            told = {item["id"]: item["size"] for item in found["segments"]}
            if told != {name: len(people) for name, people in decided.items()}:
                print("The members differ: these numbers mean nothing.")
                return 1
            print(
                f"{events:>10,} {copied:6.1f} {made['bytes'] / 1e6:5.0f} {len(told):8} {cold:14.1f} {warm:12.1f} {workers:16.1f} {server:13.1f} {counted:8.1f} {embedded:8.2f}",
                flush=True,
            )
            if before is not None:
                print(
                    f"           {(workers - before[1]) / (events - before[0]) * 1e6:.2f} s of a worker for each million events more",
                    flush=True,
                )
            before = events, workers
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
