"""The decomposition is the published one: its numbers are those of another implementation, to eight digits."""

from __future__ import annotations

import numpy as np
import pytest

from lohko.maths.trend import stl

T = np.arange(60.0)
MADE = 100 + 2 * T + 15 * np.sin(2 * np.pi * T / 12) + 5 * np.cos(4 * np.pi * T / 12) + 3 * ((T * 7919) % 11 - 5)
MADE[40] += 120  # a Black Friday

# By STL of statsmodels 0.15.0, period 12: at places 0, 30, 40 and 59; `seasonal=451, seasonal_deg=0` where it is steady, of the first 45 values.
TREND = {False: (95.99173694, 160.52598685, 189.65998086, 216.44059795), True: (105.54021987, 158.34615072, 177.36270691, 212.64841056)}
SEASON = {False: (3.86036626, -3.61186248, 41.77003854, 1.97041113), True: (17.71873294, 0.69964047, 9.91216002, 9.04046365)}


@pytest.mark.parametrize("robust", [False, True])
def test_trend_and_season_are_those_of_the_published_procedure(robust: bool) -> None:
    parts = stl(MADE, 12, robust=robust)
    assert parts.trend[[0, 30, 40, 59]] == pytest.approx(TREND[robust], abs=1e-7)
    assert parts.season[[0, 30, 40, 59]] == pytest.approx(SEASON[robust], abs=1e-7)


STEADY = {False: ((96.74253301, 120.56000446, 196.72048517), (9.01962958, -21.66342454, -28.96073444))}
STEADY[True] = ((105.625, 123.125, 182.625), (17.375, -30.61538106, -25.11538106))


@pytest.mark.parametrize("robust", [False, True])
def test_a_season_of_few_years_is_the_same_in_all_of_them(robust: bool) -> None:
    parts = stl(MADE[:45], 12, seasonal=None, robust=robust)
    trend, season = STEADY[robust]
    assert parts.trend[[0, 10, 44]] == pytest.approx(trend, abs=1e-7)
    assert parts.season[[0, 10, 44]] == pytest.approx(season, abs=1e-7)


def test_the_parts_add_up() -> None:
    parts = stl(MADE, 12)
    assert np.allclose(parts.trend + parts.season + parts.rest, MADE)
    assert np.allclose(parts.without_season, MADE - parts.season)


def test_one_day_of_sales_does_not_bend_a_robust_trend() -> None:
    line = 100 + 2 * T
    bent, robust = stl(MADE, 12, robust=False), stl(MADE, 12)
    assert abs(robust.trend[40] - line[40]) < abs(bent.trend[40] - line[40]) / 3


def test_fewer_than_two_periods_have_no_season() -> None:
    with pytest.raises(ValueError):
        stl(np.arange(23.0), 12)
