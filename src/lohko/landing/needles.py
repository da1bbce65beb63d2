"""Looking for thousands of byte strings at once in files of any size.

Latin letters are the same in either case: an address is somebody's however they wrote it.
The first four bytes of every string mark a place in a table; a block is looked up
in it at every offset at once, and only where it is marked are whole strings compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

import numpy as np
from numpy.typing import NDArray

SHORTEST = 4
_BITS = 20
_SPREAD = np.uint32(2654435761)
_BLOCK = 4 << 20


class Needles:
    """Byte strings of at least four bytes that are looked for together.

    >>> sorted(Needles([b"needle", b"thread"]).found_in(b"hay needle hay"))
    [b'needle']
    """

    def __init__(self, wanted: Iterable[bytes]) -> None:
        self._of: dict[bytes, dict[int, dict[bytes, list[bytes]]]] = {}
        """By their first bytes and their length, for customer numbers all begin alike: as folded, the strings as they are wanted."""
        for item in set(wanted):
            if len(item) < SHORTEST:
                raise ValueError("a byte string of fewer than four bytes is found everywhere")
            of_length = self._of.setdefault(item[:SHORTEST].lower(), {}).setdefault(len(item), {})
            of_length.setdefault(item.lower(), []).append(item)
        self.longest = max((length for lengths in self._of.values() for length in lengths), default=0)
        self._marked = np.zeros(1 << _BITS, dtype=bool)
        if self._of:
            self._marked[self._places(np.frombuffer(b"".join(self._of), dtype="<u4"))] = True

    def found_in(self, block: bytes) -> set[bytes]:
        """Those of the strings that stand in a block, in any case."""
        block = block.lower()
        if not self._of or len(block) < SHORTEST:
            return set()
        found: set[bytes] = set()
        data = np.frombuffer(block, dtype=np.uint8).astype(np.uint32)
        windows: NDArray[np.uint32] = data[:-3] | data[1:-2] << np.uint32(8) | data[2:-1] << np.uint32(16) | data[3:] << np.uint32(24)
        for place in np.flatnonzero(self._marked[self._places(windows)]).tolist():
            for length, items in self._of.get(block[place : place + SHORTEST], {}).items():
                found.update(items.get(block[place : place + length], ()))
        return found

    def found_in_stream(self, stream: IO[bytes]) -> set[bytes]:
        """Those of the strings that stand in a file."""
        found: set[bytes] = set()
        kept = b""
        while block := stream.read(_BLOCK):
            found |= self.found_in(kept + block)
            kept = (kept + block)[-max(self.longest - 1, 0) :] if self.longest > 1 else b""
        return found

    @staticmethod
    def _places(windows: NDArray[np.uint32]) -> NDArray[np.uint32]:
        return np.asarray(windows * _SPREAD >> np.uint32(32 - _BITS), dtype=np.uint32)
