"""Bringing files in, for the tests of the quality of data."""

from __future__ import annotations

import io
from typing import Any

from lohko.steps.ingest import ingest
from lohko.steps.work import Work, silent

HEADERS = {
    "orders": "customer_id,order_id,ordered_at,total,channel,currency",
    "customers": "customer_id,email,city",
    "events": "customer_id,event,occurred_at,session_id",
}


def bring(work: Work, rows: str, kind: str = "orders", **more: Any) -> dict[str, Any]:
    """Import rows that stand under the usual header of their kind, or under `header`."""
    header = more.pop("header", None) or HEADERS[kind]
    name = more.pop("name", f"{kind}.csv")
    return ingest(
        work, silent, stream=io.BytesIO(f"{header}\n{rows}".encode()), name=name, kind=kind, source=more.pop("source", "shop"), **more
    )


def plain_orders(first: int, last: int, channel: str = "web", total: int = 20) -> str:
    """Orders that nothing is wrong with, one a customer."""
    return "".join(f"c{n},o{n},2026-01-{n % 28 + 1:02},{total + n % 7},{channel},EUR\n" for n in range(first, last))
