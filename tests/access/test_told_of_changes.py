"""Who owns, follows, or builds on a segment is told when its definition changes; who changed it is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete

from access.people_who_use import PAGE, PASSWORD
from lohko.base.errors import InputError
from lohko.state import users
from lohko.state.acting import acting
from lohko.state.draft_tables import segment_author
from lohko.state.tables import segment_version
from lohko.state.user_tables import follow as follow_table
from lohko.state.user_tables import notice
from lohko.steps.notices import follow, notices
from lohko.steps.segments import apply
from lohko.steps.users import user_add
from lohko.steps.work import Work, silent
from web.small_shop import bring_in, browsing, new_workspace, opened


@pytest.fixture(scope="module")
def opened_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("told") / "shop")) as found:
        bring_in(found, "customer_id,order_id,ordered_at,total\nc1,1,2024-01-01,5\n", "orders", "orders.csv")
        for name, role in (("boss", "admin"), ("anu", "analyst"), ("vilma", "viewer")):
            user_add(found, silent, email=f"{name}@shop.fi", role=role, name=name.title(), password=PASSWORD)
        yield found


@pytest.fixture
def work(opened_shop: Work) -> Work:
    """The shop with no definitions that anybody knows of, and nobody told anything."""
    with opened_shop.state.begin() as connection:
        for table in (notice, follow_table, segment_author, segment_version):
            connection.execute(delete(table))
    set_rule(opened_shop, "twice", "did order at least 2 times")
    set_rule(opened_shop, "never", "did not order")
    return opened_shop


def set_rule(work: Work, name: str, rule: str, more: str = "") -> None:
    apply(work, silent, files={f"{name}.yaml": f"id: {name}\nwhere: '{rule}'\n{more}"})


def told(work: Work, who: str) -> list[tuple[str, list[dict[str, str]]]]:
    found: list[dict[str, Any]] = notices(work, silent, user=f"{who}@shop.fi")["notices"]
    return [(item["segment"], item["why"]) for item in found]


def test_followers_owners_and_those_who_build_on_it_are_told(work: Work) -> None:
    """Also by way of another segment; a new segment, and one that is applied unchanged, tell nobody."""
    set_rule(work, "mine", "did order at least 3 times", "owner: Anu\n")
    set_rule(work, "inner", "in segment mine")
    set_rule(work, "top", "in segment inner and did order")
    follow(work, silent, user="vilma@shop.fi", segment="top")
    assert told(work, "anu") == told(work, "vilma") == []
    set_rule(work, "mine", "did order at least 3 times", "owner: Anu\n")
    assert told(work, "anu") == []
    set_rule(work, "mine", "did order at least 4 times", "owner: Anu\n")
    assert told(work, "anu") == [("mine", [{"kind": "own", "of": "mine"}])]
    assert told(work, "vilma") == [("mine", [{"kind": "behind", "of": "top"}])]
    assert told(work, "boss") == []
    set_rule(work, "never", "did order at least 5 times")
    assert len(told(work, "anu")) == len(told(work, "vilma")) == 1


def test_who_changed_it_is_not_told_and_is_named_to_the_others(work: Work) -> None:
    """With the rule before and after, in the reader's language."""
    for who in ("anu", "vilma"):
        follow(work, silent, user=f"{who}@shop.fi", segment="twice")
    with work.state.connect() as connection:
        anu = users.find(connection, "anu@shop.fi").id
    with acting(f"user {anu}"):
        set_rule(work, "twice", "did order at least 3 times", "tags: [new]\n")
    assert told(work, "anu") == []
    found = notices(work, silent, user="vilma@shop.fi", language="fi")["notices"][0]
    assert found["by"] == "Anu" and found["version"] == 2 and found["new"]
    assert "2" in found["changed"]["rule"]["before"] and "3" in found["changed"]["rule"]["after"]
    assert found["changed"]["rule"]["after"] != notices(work, silent, user="vilma@shop.fi")["notices"][0]["changed"]["rule"]["after"]
    assert found["changed"]["parts"] == ["tags"]


def test_what_was_looked_at_is_no_longer_new(work: Work) -> None:
    """The bell counts what is new; opening the page clears it, and nobody else's."""
    for who in ("anu", "vilma"):
        follow(work, silent, user=f"{who}@shop.fi", segment="twice")
    set_rule(work, "twice", "did order at least 3 times")
    with browsing(work) as client:
        client.post("/sign-in", data={"email": "vilma@shop.fi", "password": PASSWORD}, headers=PAGE)
        assert "1 new" in client.get("/segments", headers=PAGE).text
        page = client.get("/changes", headers=PAGE).text
        assert "at least 2 times" in page and "at least 3 times" in page and "You follow it." in page
        assert "1 new" not in client.get("/segments", headers=PAGE).text
    assert notices(work, silent, user="vilma@shop.fi")["unseen"] == 0
    assert notices(work, silent, user="anu@shop.fi")["unseen"] == 1


def test_one_can_follow_and_stop_from_the_pages(work: Work) -> None:
    """And a segment that is not there cannot be followed."""
    with browsing(work) as client:
        client.post("/sign-in", data={"email": "vilma@shop.fi", "password": PASSWORD}, headers=PAGE)
        client.post("/follow/twice", data={"following": "yes"}, headers=PAGE)
        assert notices(work, silent, user="vilma@shop.fi")["follows"] == ["twice"]
        client.post("/follow/twice", data={"following": "no", "next": "/changes"}, headers=PAGE)
        assert notices(work, silent, user="vilma@shop.fi")["follows"] == []
        assert client.post("/follow/twise", data={"following": "yes"}, headers=PAGE).status_code == 404
    with pytest.raises(InputError, match="twise"):
        follow(work, silent, user="vilma@shop.fi", segment="twise")
