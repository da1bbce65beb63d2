"""How often Python looks for what nobody uses any more: rarely, because each look goes through everything that is held.

What nobody refers to goes at once without it; only what refers to itself waits for
the look. At Python's own rate a quarter of the work of taking events was looking, and a
twelfth of a command's.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_THINGS = 50_000


def look_rarely() -> None:
    """Look when so many more things were made than let go, and not at each seven hundred."""
    gc.set_threshold(_NEW_THINGS, 20, 20)


@contextmanager
def settled() -> Iterator[None]:
    """Whatever was made until now stays for as long as the block lasts, and is not looked at in it: for what has started and goes on."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()  # so that libraries find nothing left behind in the end
