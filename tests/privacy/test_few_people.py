"""No step that breaks people down tells of one to four of them; asked of every step of the registry that can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.privacy.asking import CARRY, given, parameters
from tests.privacy.conftest import take

from lohko.state.workspace import Settings, create
from lohko.steps.figures import segment
from lohko.steps.registry import STEPS
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent
from lohko.wiring import open_work

ITSELF = {
    "count", "count_in_full", "segments", "refresh", "refresh_plan", "members", "history", "reconstruct", "changes", "segment_versions", "segment_members",
    "segment_members_all", "audience", "audience_plan", "goals",
    "spark_audience", "spark_count", "spark_history", "spark_members", "spark_refresh",
}  # fmt: skip
"""How many a rule or a segment finds is what is asked; who may list its members sees who they are. A goal says itself when there are too few."""
ON_A_CLUSTER = {"spark_backtest"}
"""What `backtest` tells is hidden by the same function (`steps/backtest_told.py`), whichever engine counted."""
BY_NAME = {"rfm", "accounts", "sales", "service", "find_customer", "explain", "spark_explain", "spark_rfm"}
"""What lists people or companies one by one, for those who work with them; what `accounts` adds up is asked below."""
CHANGES = {"draft_new", "draft_save", "follow", "report_link_add", "report_mail_add", "segment_comment", "segment_describe", "segment_restore", "goal_set",
           "special_basis", "special_mark", "survivorship", "survivorship_preview", "ingest", "recognise", "retry", "report", "call_note"}  # fmt: skip
"""What tells of nobody: it changes a setting, or reads a file; what a report says is tested in `tests/reports`."""
NO_PEOPLE = {
    "data_version",
    "run",
    "version",
    "depth",
    "months",
    "offset",
    "r",
    "f",
    "m",
    "weight",
    "files",
    "segments",
    "sources",
    "step",
    "columns",
    "segments_counted",
}
"""Numbers of something else."""
CITIES = ["Turku"] * 3 + ["Oulu"] * 27 + ["Espoo"] * 30


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Iterator[Work]:
    """60 people: three live in Turku and know company Alfa, two have another country, three refused consent, two bought at the till."""
    place: Path = tmp_path_factory.mktemp("few") / "shop"
    create(place, Settings("Europe/Helsinki", "EUR", "FI"))
    people = [
        f"{n},p{n}@example.fi,{city},{'SE' if n < 2 else 'FI'},{'Alfa' if n < 3 else 'Beta' if n < 20 else ''},{'no' if n % 20 == 0 else 'yes'},2026-01-01\n"
        for n, city in enumerate(CITIES)
    ]
    first = [f"{n},a{n},2026-0{1 + n % 3}-11,{10 + n},{'till' if n < 2 else 'web'}\n" for n in range(50)]
    again = [f"{n},b{n},2026-05-0{1 + n % 3},{30 + n},web\n" for n in range(2, 50)]
    with open_work(place, silent) as work:
        take(work, "customer_id,email,city,country,company,consent_ads,updated_at\n" + "".join(people), "customers")
        take(work, "customer_id,order_id,ordered_at,total,channel\n" + "".join(first + again), "orders")
        take(work, "company,industry\nAlfa,Mining\nBeta,Retail\n", "accounts", name="companies.csv")
        rules = {"most": "did order", "many": "did order at least 2 times", "trio": "city is Turku", "late": "did order since 2026-05-01"}
        apply(work, silent, files={"s.yaml": "---\n".join(f"id: {name}\nwhere: {rule}\n" for name, rule in rules.items())})
        STEPS["refresh"](work, silent)
        yield work


def told(answer: Any, path: str = "") -> Iterator[tuple[str, int]]:
    """Every number from 1 to 4 in an answer that may be one of people, with where it stands."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name not in NO_PEOPLE:
                yield from told(value, f"{path}.{name}")
    elif isinstance(answer, list):
        for value in answer:
            yield from told(value, path)
    elif isinstance(answer, int) and not isinstance(answer, bool) and 1 <= answer <= 4:
        yield path, answer


def test_no_step_that_breaks_people_down_tells_of_a_few(shop: Work) -> None:
    """Of all segments beside each other, and of each one; a step that is added is asked too."""
    asked, wrong = set(), []
    for step in sorted(STEPS):
        takes = parameters(step)
        if (
            not takes.keys() & {*CARRY, "as_of"}
            or takes.keys() & {"customer", "customers", "draft"}
            or step in ITSELF | BY_NAME | CHANGES | ON_A_CLUSTER
        ):
            continue
        ways = [{"segments": ["most", "many", "trio", "late"]}] if "segments" in takes else [{}]
        ways = [{"segment": name} for name in ("most", "trio", "many")] if "segment" in takes else ways
        for way in ways:
            filled = given(
                step, None, rule="did order", segment="most", field="city", open_rule="did order", other="many", open_field="country"
            )
            asked.add(step)
            wrong += [(step, way, *found) for found in told(STEPS[step](shop, silent, **filled | way))]
    assert not wrong
    assert len(asked) > 15


def test_companies_by_industry_do_not_tell_what_three_people_bought(shop: Work) -> None:
    """The mine's three contacts are found neither in its row nor from the whole and the other row."""
    rows = {row["value"]: row for row in STEPS["accounts"](shop, silent, by="industry")["groups"]}
    assert {name: (row["accounts"], row["contacts"], row["revenue"]) for name, row in rows.items()} == {
        "Mining": (1, None, None),
        "Retail": (1, None, None),
    }


def test_the_page_of_a_segment_and_its_quality_tell_of_no_few(shop: Work) -> None:
    """Oulu and Espoo are told where Turku's three are not among the members, and only one of them where these are."""
    places = segment(shop, silent, segment="most")["places"]["city"]
    assert [row["value"] for row in places] == ["Oulu"]
    trio = STEPS["quality"](shop, silent, segment="trio")
    assert (trio["people"], trio["attributes"], trio["score"]) == (None, [], trio["score"])
    assert STEPS["quality"](shop, silent, segment="most")["people"] == 50
