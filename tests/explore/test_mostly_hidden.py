"""A small shop's cohorts by month are mostly squares of few: the page says that longer periods show more, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.small_shop import bring_in, browsing, new_workspace, opened


@pytest.mark.parametrize(("back", "unit", "said"), [(2, "month", True), (2, "quarter", False), (5, "month", False)])
def test_longer_periods_are_recommended_where_most_is_hidden(tmp_path: Path, back: int, unit: str, said: bool) -> None:
    """Of ten who first bought in January, `back` bought in each of the next months."""
    rows = [f"c{n},{month}-{n},2024-{month:02}-05,10" for month in range(1, 6) for n in range(10 if month == 1 else back)]
    with opened(new_workspace(tmp_path / "shop")) as work:
        bring_in(work, "customer_id,order_id,ordered_at,total\n" + "\n".join(rows) + "\n", "orders", "orders.csv")
        with browsing(work) as client:
            answer = client.get("/explore/cohorts", params={"unit": unit, "as_of": "2024-09-20"})
    assert answer.status_code == 200 and ("longer periods show more" in answer.text) == said
