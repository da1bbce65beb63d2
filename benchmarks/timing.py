"""Taking time, and saying it as a ratio."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Row:
    """One comparison: Lohko's seconds beside those of the alternative."""

    what: str
    lohko: float
    by_hand: float
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times as long Lohko takes; below 1 it is faster."""
        return self.lohko / self.by_hand


def timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    """The seconds that something takes, and its answer."""
    began = time.perf_counter()
    answer = work()
    return time.perf_counter() - began, answer


def best(work: Callable[[], object], times: int) -> float:
    """The seconds of the fastest of several runs: what others do on the machine only adds."""
    return min(timed(work)[0] for _ in range(times))


def table(title: str, rows: list[Row]) -> str:
    """The comparisons as text."""
    width = max(len(row.what) for row in rows)
    lines = [title, f"{'':<{width}}     Lohko s   by hand s     ratio"]
    lines += [f"{row.what:<{width}}  {row.lohko:>10.3f}  {row.by_hand:>10.3f}  {row.ratio:>8.2f}  {row.note}".rstrip() for row in rows]
    return "\n".join(lines)
