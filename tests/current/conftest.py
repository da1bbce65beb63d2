"""A shop with three customers who have looked once, and four segments."""

from __future__ import annotations

import datetime as dt

import pytest

from current.rounds import NOON, RULES, Clock
from intake.posting import identify, send, shop, track
from lohko.steps import refresh_few
from lohko.steps.segments import apply
from lohko.steps.work import silent


@pytest.fixture
def time_of(monkeypatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def work(tmp_path, time_of, monkeypatch):
    monkeypatch.setattr(refresh_few, "WORTH_IT", 2.0)  # a few of three people are many
    with shop(tmp_path / "shop") as work:
        for user in ("u1", "u2", "u3"):
            send(work, identify(user, plan="basic"), track("Looked", user=user, at=NOON - dt.timedelta(days=9)), at=NOON)
        apply(work, silent, files={"rules.yaml": RULES})
        yield work
