"""How often Python looks for what nobody uses any more: rarely, because each look goes through everything that is held.

What nobody refers to goes at once without it; only what refers to itself waits for
the look. At Python's own rate a quarter of the work of taking events was looking, and a
tenth of a command's.
"""

from __future__ import annotations

import gc

_NEW_THINGS = 50_000


def look_rarely() -> None:
    """Look when so many more things were made than let go, and not at each seven hundred."""
    gc.set_threshold(_NEW_THINGS, 20, 20)


def settle() -> None:
    """Whatever has been made until now stays until the process ends, and is not looked at again: for one that has started and goes on."""
    gc.collect()
    gc.freeze()
