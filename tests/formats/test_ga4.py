"""The GA4 export: nested rows become flat events, of a known customer or of a browser that has an identity of its own kind."""

from __future__ import annotations

import json

import duckdb
import pytest

from formats.bringing import FIXTURES, bring, people, workspace

LINES = (FIXTURES / "ga4-events.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def work(tmp_path):
    with workspace(tmp_path) as opened:
        yield opened


def test_json_lines_and_parquet_are_the_same_events(work, tmp_path):
    """Parameters, user properties and items are asked about by name; what comes again as Parquet adds nothing."""
    found = bring(work, "ga4-events.jsonl")
    assert (found["format"], found["accepted"], found["anonymous"]) == ("ga4-events", 6, 0)
    kinds = work.store.cursor().execute("SELECT kind, value FROM node WHERE source = 'ga4' ORDER BY value").fetchall()
    assert kinds == [("anonymous", "111.222"), ("anonymous", "333.444"), ("id", "C-17")]
    assert people(work, 'did page_view where page_location contains "hattu"') == 1
    assert people(work, 'did purchase where (brand is "Luhta" and category is "Kengät" and value > 80)') == 1
    assert people(work, 'did view_item where product_name is "SAAPPAAT"') == 1
    assert people(work, 'did session_start where medium is "email" and membership is unknown') == 1
    assert people(work, "membership is kulta") == 1
    assert people(work, "did page_view where (device is mobile and browser is Chrome and city is Espoo)") == 2
    assert "order" not in work.schema().events, "a purchase in analytics is no order"
    parquet = tmp_path / "events.parquet"
    source = tmp_path / "events.jsonl"
    source.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    duckdb.connect().execute(f"COPY (SELECT * FROM read_json('{source}', format = 'newline_delimited')) TO '{parquet}'")
    again = bring(work, "events.parquet", parquet.read_bytes())
    assert (again["format"], again["accepted"], again["duplicate"]) == ("ga4-events", 0, 6)


def test_the_last_days_loaded_again_add_only_what_came_late(work):
    """Days overlap; a late event is new, one that was there is known, and a purchase is counted once."""
    bring(work, "monday.jsonl", "\n".join(LINES[:4]) + "\n")
    late = bring(work, "tuesday.jsonl", "\n".join(reversed(LINES)) + "\n")
    assert (late["accepted"], late["duplicate"]) == (2, 4)
    assert people(work, "did purchase exactly 1 time") == 1


def test_events_without_a_place_in_their_batch_are_told_apart_by_what_they_say(work):
    """Older exports lack it: two events of one instant are two where their parameters differ."""
    rows = [json.loads(line) for line in LINES[:2]]
    for row in rows:
        row.pop("batch_event_index")
        row["event_name"] = "page_view"
    text = "\n".join(map(json.dumps, rows)) + "\n"
    assert bring(work, "old.jsonl", text)["accepted"] == 2
    assert bring(work, "old.jsonl", text + "\n")["accepted"] == 0
