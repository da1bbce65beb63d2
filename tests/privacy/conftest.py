"""A small shop whose people have rights."""

from __future__ import annotations

import io
import shutil

import pytest

from lohko.state.workspace import Settings, create
from lohko.steps.ingest import ingest
from lohko.steps.work import Work, silent
from lohko.wiring import open_work

CUSTOMERS = """customer_id,email,first_name,city,birth_date,updated_at,consent_ads,consent_email
1,aino@example.fi,Aino,Turku,1980-05-01,2026-01-01,yes,yes
2,eino@example.fi,Eino,Oulu,2012-05-01,2026-01-01,yes,yes
3,outi@example.fi,Outi,Espoo,2015-01-01,2026-01-01,yes,yes
4,pasi@example.fi,Pasi,Vaasa,1975-03-03,2026-01-01,yes,no
"""
ORDERS = """customer_id,order_id,ordered_at,total
1,a,2026-02-01,10
2,b,2026-03-01,20
3,c,2026-04-01,30
4,d,2026-05-01,40
"""


def take(work: Work, text: str, kind: str, name: str = "file.csv", **more) -> dict:
    """Import a text."""
    return ingest(work, silent, stream=io.BytesIO(text.encode()), name=name, kind=kind, **more)


@pytest.fixture(scope="session")
def stocked(tmp_path_factory):
    """The shop as it is before anybody uses a right: made once, and copied for each test."""
    folder = tmp_path_factory.mktemp("stocked") / "shop"
    create(folder, Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(folder, silent) as opened:
        take(opened, CUSTOMERS, "customers")
        take(opened, ORDERS, "orders")
    return folder


@pytest.fixture
def place(stocked, tmp_path):
    return shutil.copytree(stocked, tmp_path / "shop")


@pytest.fixture
def work(place):
    with open_work(place, silent) as opened:
        yield opened
