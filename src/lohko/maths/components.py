"""Connected components of a graph given as two arrays, in whole-array steps: linear for the short chains that identities make."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def components(first: NDArray[np.int64], second: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """For each of the numbers 0 to size - 1 the smallest number that it is connected with, by the edges first[i] - second[i].

    >>> components(np.array([1, 2, 5]), np.array([2, 4, 5]), 6).tolist()
    [0, 1, 1, 3, 1, 5]
    """
    label = np.arange(size, dtype=np.int64)
    while True:
        lower = np.minimum(label[first], label[second])
        before = label.copy()
        # Both ends' roots learn of the lower root, then everyone follows their root as far as it leads.
        np.minimum.at(label, before[first], lower)
        np.minimum.at(label, before[second], lower)
        while True:
            jumped = label[label]
            if np.array_equal(jumped, label):
                break
            label = jumped
        if np.array_equal(before, label):
            return label
