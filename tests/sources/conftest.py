"""A workspace, and the systems that are played, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lohko.outgoing import Outgoing
from lohko.state.workspace import Settings, create
from lohko.steps.work import Work, silent
from lohko.wiring import open_work
from sources.local_server import serving
from sources.playing import KEY, Played
from sources.playing_crms import HubSpot, Pipedrive
from sources.playing_newsletters import Brevo, Klaviyo, Mailchimp
from sources.playing_shops import Shopify, WooCommerce
from sources.pulling import Taken, small_pages

SYSTEMS = (Shopify, WooCommerce, Klaviyo, Mailchimp, Brevo, Pipedrive, HubSpot)


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    create(tmp_path / "ws", Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(tmp_path / "ws", silent) as found:
        yield found


@pytest.fixture(autouse=True)
def quickly(monkeypatch) -> list[float]:
    """Nobody waits, and secrets are where the settings say."""
    waited: list[float] = []
    monkeypatch.setattr(Outgoing.__init__, "__kwdefaults__", {**Outgoing.__init__.__kwdefaults__, "wait": waited.append})
    monkeypatch.setenv("PLAYED_KEY", KEY)
    monkeypatch.setenv("PLAYED_NAME", "ck_1")
    return waited


@pytest.fixture(params=SYSTEMS, ids=lambda system: system.kind)
def system(request, monkeypatch) -> Played:
    found = request.param()
    small_pages(found, monkeypatch)
    return found


@pytest.fixture
def taken(system, tmp_path) -> Iterator[Taken]:
    with serving(system.answer) as server:
        yield Taken(system, server, tmp_path)
