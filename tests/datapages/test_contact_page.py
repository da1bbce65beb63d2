"""Somebody who is a company's contact: their company and its deals on their page, and the deals on their time line."""

from __future__ import annotations

import re
from pathlib import Path

from lohko.steps.person_life import person_life
from lohko.steps.work import silent
from web.small_shop import bring_in, browsing, new_workspace, opened

ACCOUNTS = "account_id,company,industry\nA1,Pohjola Oy,Retail\n"
PEOPLE = "customer_id,email,name,company\n1,a@pohjola.example,Maija Meri,Pohjola Oy\n"
DEALS = "deal_id,account_id,email,title,stage,status,value,currency,created,updated_at\nD1,A1,a@pohjola.example,Autumn order,Offer,open,900,EUR,2026-01-05,2026-01-06\n"


def test_a_contacts_page_has_the_company_and_its_deals(tmp_path: Path) -> None:
    with opened(new_workspace(tmp_path / "shop")) as work:
        bring_in(work, ACCOUNTS, "accounts", "accounts.csv")
        bring_in(work, PEOPLE, "customers", "people.csv")
        bring_in(work, DEALS, "deals", "deals.csv")
        found = person_life(work, silent, customer="1")
        with browsing(work) as client:
            said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(f"/customers/{found['person_id']}").text))
        assert "Companies and deals" in said and "Pohjola Oy" in said and "1 open deal" in said
        assert found["topics"].get("deals") == 1
