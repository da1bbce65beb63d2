"""A series taken apart into trend, season and what is left: STL, seasonal and trend decomposition by LOESS.

Source: Cleveland, Cleveland, McRae and Terpenning, STL: A Seasonal-Trend
Decomposition Procedure Based on Loess, Journal of Official Statistics 6 (1990)
3-73. Local lines (degree 1) throughout, without jumps between fits. Robust unless
told otherwise, so that one Black Friday does not bend the trend: 15 outer rounds of
2 inner ones; else 5 inner ones.

The window of the trend is the smallest odd number at or above
1.5 period / (1 - 1.5 / seasonal), that of the low pass the smallest odd number
at or above the period, as the paper proposes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
SEASONAL = 7
"""Over how many of its rounds a season that changes is smoothed; odd."""
ROUNDS_THAT_CHANGE = 5
"""With fewer rounds than this a change of the season cannot be told from chance: it is the same in all of them."""


@dataclass(frozen=True)
class Parts:
    """A series as trend + season + rest, each as long as the series."""

    trend: Series
    season: Series
    rest: Series

    @property
    def without_season(self) -> Series:
        """What the series would be in a year without seasons."""
        return self.trend + self.rest


def stl(values: Series, period: int, *, seasonal: int | None = SEASONAL, robust: bool = True) -> Parts:
    """The parts of a series whose season comes again after `period` values; ValueError when it has fewer than two whole periods.

    Without `seasonal` the season is the same in every period: the mean of all Januaries, which is all that few years can tell.

    >>> made = 10 + np.arange(48.0) + np.tile([3.0, 0, -3, 0], 12)
    >>> parts = stl(made, 4)
    >>> bool(np.allclose(parts.trend, 10 + np.arange(48.0), atol=0.01)), [round(value) for value in parts.season[:4]]
    (True, [3, 0, -3, 0])
    """
    values = np.asarray(values, dtype=np.float64)
    if period < 2 or len(values) < 2 * period:
        raise ValueError(f"{len(values)} values are fewer than two periods of {period}")
    steady = seasonal is None
    window = 10 * len(values) + 1 if seasonal is None else seasonal
    trend_window = _odd(1.5 * period / (1 - 1.5 / window))
    low_window = _odd(period + 1)
    trend, season, weights = np.zeros(len(values)), np.zeros(len(values)), np.ones(len(values))
    inner, outer = (2, 15) if robust else (5, 0)
    for turn in range(outer + 1):
        for _ in range(inner):
            cycles = _cycles(values - trend, period, window, weights if turn else None, steady=steady)
            low = _loess(_average(_average(_average(cycles, period), period), 3), low_window)
            season = cycles[period:-period] - low
            trend = _loess(values - season, trend_window, weights if turn else None)
        if turn < outer:
            weights = _robust(values - trend - season, float(np.abs(values).max()))
    return Parts(trend, season, values - trend - season)


def _odd(value: float) -> int:
    whole = math.ceil(value)
    return whole if whole % 2 else whole + 1


def _cycles(values: Series, period: int, window: int, weights: Series | None, *, steady: bool) -> Series:
    """Each season's own values (all Januaries) smoothed, and told one period beyond either end."""
    out = np.empty(len(values) + 2 * period)
    for place in range(period):
        own = values[place::period]
        given = None if weights is None else weights[place::period]
        out[place::period][: len(own) + 2] = _loess(own, window, given, beyond=1, level=steady)
    return out


def _average(values: Series, width: int) -> Series:
    """The mean of every `width` neighbours."""
    sums = np.cumsum(np.concatenate(([0.0], values)))
    means: Series = (sums[width:] - sums[:-width]) / width
    return means


def _loess(values: Series, window: int, weights: Series | None = None, *, beyond: int = 0, level: bool = False) -> Series:
    """A local line, or a `level` one, at every place, and at `beyond` places outside of either end."""
    n = len(values)
    places = np.arange(-beyond, n + beyond)
    span = min(window, n)
    left = np.clip(places - (window - 1) // 2, 0, n - span)
    at = left[:, None] + np.arange(span)[None, :]
    far = np.maximum(places - left, left + span - 1 - places).astype(np.float64)
    if window > n:
        far += (window - n) // 2
    apart = np.abs(at - places[:, None]).astype(np.float64)
    ratio = apart / far[:, None]
    near = np.where(ratio <= 0.001, 1.0, np.where(ratio <= 0.999, (1 - np.minimum(ratio, 1) ** 3) ** 3, 0.0))
    if weights is not None:
        near = near * weights[at]
    total = near.sum(axis=1)
    safe = np.where(total > 0, total, 1)
    near = near / safe[:, None]
    middle = (near * at).sum(axis=1)
    spread = (near * (at - middle[:, None]) ** 2).sum(axis=1)
    # Where nearly all the weight is at one place there is no slope to tell.
    sloped = np.sqrt(spread) > 0.001 * (n - 1) if not level else np.zeros(len(places), dtype=bool)
    slope = np.where(sloped, (places - middle) / np.where(spread > 0, spread, 1), 0.0)
    fitted: Series = (near * (1 + slope[:, None] * (at - middle[:, None])) * values[at]).sum(axis=1)
    nearest = values[np.clip(places, 0, n - 1)]
    told: Series = np.where(total > 0, fitted, nearest)
    return told


def _robust(rest: Series, most: float) -> Series:
    """Weights that forget what lies far off: the bisquare of six times the median distance; all alike when the rest is but rounding."""
    apart = np.abs(rest)
    limit = 6 * float(np.median(apart))
    if limit <= 1e-12 * most:
        return np.ones(len(rest))
    ratio = apart / limit
    return np.where(ratio <= 0.001, 1.0, np.where(ratio <= 0.999, (1 - np.minimum(ratio, 1) ** 2) ** 2, 0.0))
