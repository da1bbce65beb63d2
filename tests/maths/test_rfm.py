"""RFM scores: ties score alike, order does not matter, and published figures come out."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections import Counter
from decimal import Decimal
from statistics import mean, quantiles, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.errors import InputError
from lohko.maths.rfm import Cuts, LevelsUsed, few_buyers, levels, levels_by_cuts, levels_used, score, score_by_cuts
from public_data import DATA

VALUES = st.lists(st.integers(-3, 12) | st.integers(), min_size=1, max_size=60)


@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(values, chance):
    """Each customer keeps the score when the rows are shuffled."""
    order = list(range(len(values)))
    chance.shuffle(order)
    shuffled = levels([values[i] for i in order])
    assert shuffled == [levels(values)[i] for i in order]


@given(VALUES)
def test_equal_values_score_equal_and_better_ones_never_less(values):
    """The score follows the definition: 1 + (5 x strictly worse) // n, between 1 and 5; the worst value has 1."""
    found = levels(values)
    assert found == [1 + (5 * sum(other < value for other in values)) // len(values) for value in values]
    assert levels(values, less_is_better=True) == [1 + (5 * sum(other > value for other in values)) // len(values) for value in values]
    assert set(found) <= {1, 2, 3, 4, 5} and found[values.index(min(values))] == 1


def test_a_shop_where_most_bought_once_uses_three_levels():
    """700 of 1,000 with one order all score 1, those with two score 4, with three and more 5."""
    frequency = [1] * 700 + [2] * 200 + [3] * 100
    assert Counter(zip(frequency, levels(frequency), strict=True)) == {(1, 1): 700, (2, 4): 200, (3, 5): 100}
    assert levels_used(score([5] * 1000, frequency, [Decimal("9.90")] * 1000)) == LevelsUsed(1, 3, 1)


def test_distinct_values_make_five_equal_parts():
    """Twenty per cent each, and money is compared as decimals."""
    assert Counter(levels([Decimal(i) / 100 for i in range(1000)])) == dict.fromkeys(range(1, 6), 200)


def test_nobody_has_no_scores():
    """An empty shop is no error."""
    assert score([], [], []) == [] and levels_used([]) == LevelsUsed(0, 0, 0)


@pytest.mark.parametrize(("buyers", "told"), [(0, False), (1, True), (99, True), (100, False)])
def test_few_buyers_are_told_of(buyers, told):
    """Under a hundred there is a warning with the number; with none there is nothing to score."""
    assert (few_buyers(buyers) is not None) == told
    assert not told or str(buyers) in (few_buyers(buyers) or "")


def test_fixed_cut_points_need_four_rising_limits():
    """They say which score is wrong."""
    for limits in ([1, 2, 3], [1, 2, 2, 3], [4, 3, 2, 1], [1, 2, 3, float("nan")]):
        with pytest.raises(InputError, match="frequency"):
            Cuts([30, 90, 180, 365], limits, [10, 50, 100, 500])


def test_fixed_cut_points_do_not_move_with_the_others():
    """A value at a limit belongs to the level above; few days are good."""
    assert levels_by_cuts([1, 2, 3, 4, 5, 6, 209], [2, 3, 4, 6]) == [1, 2, 3, 4, 4, 5, 5]
    cuts = Cuts([30, 90, 180, 365], [2, 3, 4, 6], [50, 100, 200, 500])
    assert score_by_cuts([0, 30, 365], [1, 6, 2], [500, 49.99, 100], cuts) == [(5, 1, 5), (4, 5, 1), (1, 2, 3)]


def test_columns_of_different_customers_are_refused():
    """A mistake of the caller, never a silent cut."""
    with pytest.raises(ValueError, match="same customers"):
        score([1, 2], [1], [1, 2])


# --- published data ------------------------------------------------------------------------


def quartiles(values):
    return quantiles(values, n=4, method="inclusive")


def test_online_retail_gives_the_reference_figures(online_retail):
    """The clean set at 2011-12-10: means, deviations, quartiles, maxima, known customers; and scores by definition."""
    import duckdb

    rows = duckdb.execute(
        """SELECT CAST(CustomerID AS VARCHAR), epoch_us(TIMESTAMP '2011-12-10' - max(CAST(InvoiceDate AS TIMESTAMP))) // 86400000000,
        count(DISTINCT InvoiceNo), CAST(sum(CAST(Quantity * CAST(UnitPrice AS DECIMAL(18,4)) AS DECIMAL(18,4))) AS DECIMAL(18,4))
        FROM read_parquet(?) WHERE CustomerID IS NOT NULL AND NOT starts_with(InvoiceNo, 'C') AND Quantity > 0 AND UnitPrice > 0
        GROUP BY 1""",
        [str(online_retail / "online_retail.parquet")],
    ).fetchall()
    names, recency, frequency, monetary = (list(column) for column in zip(*rows, strict=True))
    money = [float(value) for value in monetary]
    assert len(rows) == 4338
    assert [round(mean(values), 3) for values in (recency, frequency, money)] == [92.059, 4.272, 2054.266]
    assert [round(stdev(values), 3) for values in (recency, frequency, money)] == [100.012, 7.698, 8989.23]
    assert quartiles(recency) == [17, 50, 141.75] and quartiles(frequency) == [1, 2, 5]
    assert quartiles(money) == pytest.approx([307.415, 674.485, 1661.74], abs=0.005)
    assert (max(recency), max(frequency), max(money)) == (373, 209, 280206.02)
    known = {name: (r, f, float(m)) for name, r, f, m in rows}
    assert known["12346"] == (325, 1, 77183.60) and known["12347"] == (2, 7, 4310.00) and known["12350"] == (310, 1, 334.40)

    scores = dict(zip(names, score(recency, frequency, monetary), strict=True))
    shuffled = random.Random(7).sample(rows, len(rows))
    again = score(*(list(column) for column in list(zip(*shuffled, strict=True))[1:]))
    assert dict(zip([row[0] for row in shuffled], again, strict=True)) == scores
    # 1,493 of 4,338 bought once (references): they score 1, and those with two orders 1 + (5 x 1493) // 4338 = 2.
    by_orders = {orders: {scores[name][1] for name, f in zip(names, frequency, strict=True) if f == orders} for orders in (1, 2)}
    assert by_orders == {1: {1}, 2: {2}} and frequency.count(1) == 1493
    assert scores["12347"][0] == 5 and levels_used(list(scores.values())) == LevelsUsed(5, 5, 5)


def test_cut_points_of_the_r_package_give_its_scores():
    """995 customers of rsquaredacademy/rfm: its cut points (type-7 quantiles plus 1) in the fixed mode give its score counts."""
    file = DATA / "rfm_r" / "rfm_data_orders.csv"
    if not file.is_file():
        pytest.skip("the public data of the R package rfm is not beside the project")
    with file.open(encoding="utf-8", newline="") as stream:
        orders = list(csv.DictReader(stream))
    last, count, total = {}, Counter(), Counter()
    for order in orders:
        name = order["customer_id"]
        last[name] = max(last.get(name, dt.date.min), dt.date.fromisoformat(order["order_date"]))
        count[name] += 1
        total[name] += int(order["revenue"])
    names = sorted(last)
    columns = [[(dt.date(2006, 12, 31) - last[name]).days for name in names], [count[n] for n in names], [total[n] for n in names]]
    cuts = Cuts(*([round(cut + 1, 6) for cut in quantiles(column, n=5, method="inclusive")] for column in columns))
    assert (cuts.recency_days, cuts.frequency, cuts.monetary) == (
        [115, 181, 297.4, 482],
        [4, 5, 6, 8],
        [255.8, 382, 506.4, 666],
    )
    scores = dict(zip(names, score_by_cuts(*columns, cuts), strict=True))
    counts = [[Counter(item[place] for item in scores.values())[level] for level in range(1, 6)] for place in range(3)]
    assert counts == [[197, 200, 199, 199, 200], [268, 187, 176, 244, 120], [200, 200, 198, 202, 195]]
    known = {"Abbey O'Reilly": (3, 4, 3), "Add Senger": (4, 1, 2), "Aden Lesch": (3, 2, 3), "Aden Murphy": (5, 4, 4)}
    assert {name: scores[name] for name in known} == known
