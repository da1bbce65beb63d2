"""Support tickets, notes, leads, products, advertising costs, and lists of segments: each goes in, twice, and answers a question."""

from __future__ import annotations

import pytest

from formats.bringing import FIXTURES, bring, people, twice, workspace
from lohko.steps.listed import ad_spend, products
from lohko.steps.segments import members, segments
from lohko.steps.work import silent


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    with workspace(tmp_path_factory.mktemp("files")) as opened:
        yield opened


def test_tickets_are_solved_later(work):
    """One event a ticket: its latest row counts; how long it took follows from its times."""
    found = twice(work, "tickets.csv")
    assert (found["format"], found["accepted"], found["anonymous"]) == ("ticket-list", 3, 1)
    assert people(work, "did ticket where (resolution_hours > 6 and priority is High)") == 1
    assert people(work, 'did ticket where tags is "delivery"') == 1
    text = (
        (FIXTURES / "tickets.csv")
        .read_text(encoding="utf-8")
        .replace("Open,Normal,chat,refund,", "Solved,Normal,chat,refund,2026-03-03 10:00")
    )
    assert bring(work, "tickets.csv", text)["accepted"] == 1
    assert people(work, "did ticket where resolution_hours is 24") == 1
    assert people(work, "did ticket exactly 1 time") == 2
    assert twice(work, "zendesk-tickets.csv")["format"] == "zendesk-tickets"
    assert people(work, "did ticket where satisfaction is Good") == 1


def test_notes_of_interviews(work):
    """What was said is asked about by its words and tags; a personal identity code in it is masked."""
    found = twice(work, "notes.csv")
    assert (found["format"], found["accepted"], found["masked"]) == ("interview-notes", 2, 1)
    assert people(work, 'did note where (tags is "käytettävyys" and note contains "palautusehtoja")') == 1
    assert people(work, 'did note where note contains "308T"') == 0


def test_leads_are_people(work):
    """Of Meta's forms: numbers lose the letters before them; a person may be known by the phone number alone."""
    found = bring(work, "meta-leads.csv")
    assert bring(work, "meta-leads.csv")["already_imported"]
    assert (found["format"], found["accepted"], found["customers"]) == ("meta-leads", 2, 2)
    assert people(work, 'did lead where (campaign is "Kesä" and `mitä_etsit` is "Pipoja")') == 1
    assert people(work, 'phone is "+46701234567"') == 1


def test_products_keep_what_they_cost_then(work):
    """A new price list says new costs from when it came; the same list again says nothing."""
    assert twice(work, "products.csv")["accepted"] == 3
    assert bring(work, "products.csv", "SKU;Product name;Cost\nS-1;Saappaat;22,90\nT-2;Pipo;12,00\n")["accepted"] == 2
    now = {row["sku"]: row["cost"] for row in products(work, silent)["products"] if row["source"] == "shop"}
    assert now == {"S-1": 22.9, "T-2": 12.0, "K-3": 6.1}
    before = {row["sku"]: row["cost"] for row in products(work, silent, as_of="2020-01-01")["products"]}
    assert before == {"S-1": 21.4, "T-2": 12.0, "K-3": 6.1}
    assert twice(work, "shopify-products.csv")["format"] == "shopify-products"


def test_advertising_costs_by_day_and_campaign(work):
    """Of four platforms; sums below the table are no day, and a day's corrected figures replace the earlier ones."""
    for name, kind in (("ad-spend", "ad-report"), ("meta-ads", "meta-ads"), ("google-ads", "google-ads"), ("linkedin-ads", "linkedin-ads")):
        found = twice(work, f"{name}.csv")
        assert (found["format"], found["accepted"], found["anonymous"]) == (kind, 2, 0)
    total = ad_spend(work, silent)
    assert {row["group"]: row["spend"] for row in total["rows"]} == {"google": 81.0, "linkedin": 250.0, "meta": 53.0, "tiktok": 95.5}
    assert total["spend"] == 479.5
    assert [row["spend"] for row in ad_spend(work, silent, by="campaign", since="2026-05-02", until="2026-05-02")["rows"]] == [39.8, 50.0]
    text = (FIXTURES / "meta-ads.csv").read_text(encoding="utf-8").replace("30.25", "31.25")
    assert bring(work, "meta-ads.csv", text)["accepted"] == 1
    assert ad_spend(work, silent)["spend"] == 480.5
    dollars = (FIXTURES / "meta-ads.csv").read_text(encoding="utf-8").replace("(EUR)", "(USD)")
    assert bring(work, "meta-ads.csv", dollars)["rejected_by_reason"] == {"no_rate": 2}


def test_a_list_of_segments_becomes_static_segments(work):
    """One per value, of those who were in it; who is in two is in both; the page says of which day it is."""
    found = bring(work, "segment-list.csv")
    assert (found["format"], found["customers"]) == ("segment-list", 4)
    assert found["segments"] == ["list-kanta-asiakkaat", "list-vip", "list-hiipuneet"]
    sizes = {row["id"]: (row["size"], row["title"]["fi"]) for row in segments(work, silent)["segments"]}
    assert [sizes[name][0] for name in found["segments"]] == [2, 2, 1]
    assert "(lista " in sizes["list-vip"][1]
    assert {row["customer"] for row in members(work, silent, segment="list-vip")["members"]} == {"101", "104"}
    copy = bring(work, "segment-list.csv", (FIXTURES / "segment-list.csv").read_bytes() + b"\n")
    assert (copy["accepted"], copy["segments"]) == (0, [])
