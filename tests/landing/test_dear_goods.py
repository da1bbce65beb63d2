"""Prices as large as some currencies need."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from landing.staging import staged


@pytest.mark.parametrize(
    ("price", "quantity", "amount"),
    [
        ("123456789.99", "1", "123456789.9900"),
        ("9000000000", "1000", "9000000000000.0000"),
        ("25000000", "0.5", "12500000.0000"),
    ],
)
def test_a_dear_line_is_a_line(tmp_path: Path, price: str, quantity: str, amount: str) -> None:
    """A car in rupiah costs hundreds of millions: it is multiplied like any price, and does not stop the file."""
    rows = f"customer_id,order_id,ordered_at,quantity,unit_price\na,1,2024-05-01,{quantity},{price}\nb,2,2024-05-01,1,10\n"
    _, accepted, rejected = staged(tmp_path, rows, "order-lines")
    assert [row["amount"] for row in accepted] == [Decimal(amount), Decimal(10)]
    assert rejected == []


def test_an_amount_that_is_no_amount_any_more_is_one_rejected_row(tmp_path: Path) -> None:
    """A price and a quantity whose product is beyond all money are a slip of the pen in that row only."""
    rows = "customer_id,order_id,ordered_at,quantity,unit_price\na,1,2024-05-01,900000000000,900000000000\nb,2,2024-05-01,1,10\n"
    _, accepted, rejected = staged(tmp_path, rows, "order-lines")
    assert [row["amount"] for row in accepted] == [Decimal(10)]
    assert len(rejected) == 1
