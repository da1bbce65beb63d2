"""The messages on which their own batch fails: found, so that they are kept as rejected and everybody else's go on.

This is a safety net. What a message holds is made to fit its columns before
(`landing/told.py`); where that is mistaken, one message must not keep all others waiting.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from lohko.base.errors import InputError
from lohko.landing import log
from lohko.steps.taking import Arrived, Kept, keep_messages
from lohko.steps.work import Work

OF_CONTENT = (
    ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, InputError,
    duckdb.DataError, duckdb.InvalidInputException,
)  # fmt: skip
"""What fails because of what messages hold, and fails again: no disk, memory or database that may be well again later."""


def culprits(work: Work, kept: Kept, source: str, arrived: Sequence[Arrived], scratch: Path) -> set[int]:
    """The places of the messages without which the others can be kept. Call it with `work.guard` held, outside a transaction.

    They are found by halves, each written as it would be and taken back. Messages that only fail together are all of them culprits.
    """
    found: set[int] = set()
    rest = list(range(len(arrived)))
    while rest and _fails(work, kept, source, [arrived[place] for place in rest], scratch):
        found |= _among(work, kept, source, arrived, rest, scratch)
        rest = [place for place in rest if place not in found]
    return found


def _among(work: Work, kept: Kept, source: str, arrived: Sequence[Arrived], places: list[int], scratch: Path) -> set[int]:
    """The culprits among places of which it is known that they fail."""
    if len(places) == 1:
        return set(places)
    middle = len(places) // 2
    found: set[int] = set()
    for half in (places[:middle], places[middle:]):
        if _fails(work, kept, source, [arrived[place] for place in half], scratch):
            found |= _among(work, kept, source, arrived, half, scratch)
    return found or set(places)


def _fails(work: Work, kept: Kept, source: str, arrived: Sequence[Arrived], scratch: Path) -> bool:
    """Whether these cannot be kept; whatever was written for it is taken back."""
    tried = log.scratch_folder(scratch)
    try:
        with work.state.connect() as connection, connection.begin() as transaction:
            try:
                keep_messages(work, connection, kept, source, arrived, tried)
            finally:
                transaction.rollback()
    except OF_CONTENT:
        return True
    finally:
        shutil.rmtree(tried, ignore_errors=True)
    return False
