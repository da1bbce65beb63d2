"""Several people look at the shop while a file comes in: nobody sees a failure or a half of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from lohko.steps.segments import apply
from lohko.steps.work import Work, silent
from web.small_shop import ORDERS, RULES, bring_in

pytestmark = pytest.mark.slow

MORE = "customer_id,order_id,ordered_at,total\n" + "".join(f"n{n},n{n},2024-06-0{1 + n % 9},15\n" for n in range(200))
PATHS = [
    "/",
    "/segments",
    "/segments/twice",
    "/customers",
    "/import",
    "/health",
    "/api/v1/overview",
    "/api/v1/rfm",
    "/api/v1/segments/never",
]


def test_pages_are_whole_while_an_import_and_refreshes_run(empty: Work, empty_client: TestClient) -> None:
    """Every answer is a success, and every count is that of before or of after the import."""
    bring_in(empty, ORDERS, "orders", "orders.csv")
    apply(empty, silent, files={f"{name}.yaml": f"id: {name}\nwhere: '{RULES[name]}'\n" for name in ("twice", "never")})
    over = threading.Event()
    seen: list[tuple[str, int]] = []
    counts: set[tuple[int, int]] = set()

    def look(path: str) -> None:
        while not over.is_set():
            seen.append((path, empty_client.get(path).status_code))

    def count() -> None:
        while not over.is_set():
            found = empty_client.post("/api/v1/count", json={"condition": "did order"}).json()
            counts.add((found["count"], found["population"]))

    with ThreadPoolExecutor(len(PATHS) + 1) as pool:
        asked = [*(pool.submit(look, path) for path in PATHS), pool.submit(count)]
        try:
            for _ in range(2):
                empty_client.post("/segments/refresh", follow_redirects=False)
            bring_in(empty, MORE, "orders", "more.csv")
            empty_client.post("/segments/twice/refresh", follow_redirects=False)
        finally:
            over.set()
        for one in asked:
            one.result(60)
    assert {path for path, _ in seen} == set(PATHS)
    assert [item for item in seen if item[1] != 200] == []
    assert counts <= {(35, 35), (235, 235)} and (35, 35) in counts
