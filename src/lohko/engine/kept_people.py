"""Who comes before whom, made once of an instant: a page of a list sorts nobody.

An order is an array of everyone's keys. A page of some people is read off it: those of them who come first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyroaring import BitMap

MOST_BYTES = 64 << 20
"""So much of orders is kept, those that were used last; the newest always."""


class KeptOrders:
    """Everyone's keys in the orders that were asked for. May be used by several threads; what several ask for is made once."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.made, self.most_bytes = 0, most_bytes
        self._orders: OrderedDict[Hashable, NDArray[np.int32]] = OrderedDict()
        self._lock = threading.Lock()

    def order(self, key: Hashable, make: Callable[[], NDArray[np.int32]]) -> NDArray[np.int32]:
        """Everyone in an order, by a key that says which, of what data and instant."""
        with self._lock:
            if key not in self._orders:
                self._orders[key] = make()
                self.made += 1
                while len(self._orders) > 1 and sum(order.nbytes for order in self._orders.values()) > self.most_bytes:
                    self._orders.popitem(last=False)
            self._orders.move_to_end(key)
            return self._orders[key]

    def forget(self) -> None:
        """Nobody is known of before."""
        with self._lock:
            self._orders.clear()


def page_of(order: NDArray[np.int32], people: BitMap, first: int, most: int) -> Sequence[int]:
    """The people who are in a set, in an order, from the `first` on (0 is the first)."""
    if not len(people) or not len(order):
        return []
    inside = np.zeros(int(max(order.max(), people.max())) + 1, dtype=bool)
    inside[np.array(people.to_array(), dtype=np.int64)] = True
    found: list[int] = order[inside[order]][first : first + most].tolist()
    return found
