"""Looking back and across from the command line: tables for people, one document for machines."""

from __future__ import annotations

import json

import pytest

from cli.test_workspace import load, lohko, shop  # noqa: F401 - a fixture

ORDERS = "customer_id,order_id,ordered_at,total\n" + "".join(
    [f"c{n},a{n},2025-01-05,10\n" for n in range(80)]
    + [f"c{n},b{n},2025-02-05,10\n" for n in range(40)]
    + [f"c{n},d{n},2025-03-10,{20 + n % 3}\n" for n in range(35)]
    + [f"c{n},e{n},2025-03-10,7\n" for n in range(40, 50)]
    + ["c0,f,2025-07-01,1\n"]
)


@pytest.fixture
def asked(shop):  # noqa: F811
    load(shop, ORDERS, "orders")
    rules = {"twice": "did order at least 2 times", "all": "did order"}
    folder = shop.parent / "rules"
    folder.mkdir()
    for name, rule in rules.items():
        (folder / f"{name}.yaml").write_text(f"id: {name}\nwhere: {rule}\n", encoding="utf-8")
    lohko("apply", str(folder), workspace=shop)
    return shop


def test_backtest_is_a_table_or_one_document(asked):
    """A row per month with rates, lift and money; the same numbers with `--json`; too early is said in words."""
    question = ("backtest", "twice", "--at", "2025-03-01", "--every", "month", "--until", "2025-05-01", "--outcome", "did order")

    said = lohko(*question, workspace=asked)
    found = json.loads(lohko(*question, "--json", workspace=asked))

    assert "Of twice, who did this within 90 days" in said and "3.50" in said and "87.5%" in said
    assert "2025-05-01: too early to tell; what is known ends 2025-07-02. So far a number not told did it, and 0 of 30 others." in said
    assert found["rows"][0]["lift"]["value"] == 3.5 and len(found["rows"]) == 3
    assert found["data_version"] == 1 and found["as_of"].endswith("Z")
    assert "no length of time" in lohko(*question, "--within", "soon", workspace=asked, status=2)


def test_compare_is_tables_or_one_document(asked):
    """Sizes, overlaps, figures and differences; that people are shared is a note beside the tables."""
    said = lohko("compare", "twice", "all", "--as-of", "2025-03-01", workspace=asked)
    found = json.loads(lohko("compare", "twice", "all", "--as-of", "2025-03-01", "--json", workspace=asked))

    assert "twice and all" in said and "0.50" in said and "twice less all" in said and "1.50 (1.39 to 1.61)" in said
    assert [item["size"] for item in found["segments"]] == [40, 80]
    assert found["pairs"][0]["jaccard"] == 0.5
    assert "from 2 to 6" in lohko("compare", "twice", workspace=asked, status=2)
