"""One time line of a person, what was decided and undone about who they are, and whom the audit names for having been shown."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from lohko.base.errors import InputError
from lohko.model.identity import parse_identity
from lohko.state.audit import entries
from lohko.state.identity_rules import save_identity
from lohko.state.workspace import Settings, create
from lohko.steps.consents import consent_give, consent_history, person_flag
from lohko.steps.explain import explain
from lohko.steps.ingest import ingest
from lohko.steps.one_person import person_links, person_values
from lohko.steps.person_life import TOPICS, person_life
from lohko.steps.person_rights import person_correct
from lohko.steps.refresh import refresh
from lohko.steps.rejected import rejected
from lohko.steps.review import review_decided, review_list, review_merge, review_undo
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent
from lohko.wiring import open_work

PEOPLE = "customer_id,email,name,city,consent_email,updated_at\n{}"
ORDERS = "customer_id,order_id,ordered_at,total\n1,a,2026-01-05,20\n1,b,2026-02-05,30\nx,c,then,5\n"


def bring(work: Work, kind: str, source: str, text: str) -> None:
    ingest(work, silent, stream=io.BytesIO(text.encode()), name=f"{source}.csv", kind=kind, source=source)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    folder = tmp_path_factory.mktemp("life") / "shop"
    create(folder, Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(folder, silent) as opened:
        with opened.state.begin() as connection:
            save_identity(connection, parse_identity("automatic: false"))
        bring(opened, "customers", "shop", PEOPLE.format("1,a@x.fi,Maija Meri,Turku,yes,2026-01-01\n"))
        bring(opened, "customers", "crm", PEOPLE.format("7,a@x.fi,Maija Meri,Oulu,no,2026-01-02\n"))
        bring(opened, "customers", "till", PEOPLE.format("9,a@x.fi,Maija Meri,Pori,,2026-01-03\n"))
        bring(opened, "orders", "shop", ORDERS)
        apply(opened, silent, files={"many.yaml": "id: many\nwhere: did order at least 2 times\n"})
        refresh(opened, silent)
        yield opened


def test_a_time_line_holds_all_that_happened_by_topic(work: Work) -> None:
    """Events, consents, segments and decisions stand on one line, the latest first, and each is found under its topic."""
    first = person_life(work, silent, customer="1")
    person = first["person_id"]
    consent_give(work, silent, customer=person, purpose="sms", since="2026-03-01", source="the till")
    person_correct(work, silent, customer=person, attribute="city", value="Naantali")
    person_flag(work, silent, customer=person, flag="no_profiling", reason="by letter")
    found = person_life(work, silent, customer=person, limit=100)
    assert set(found["topics"]) <= set(TOPICS) and sum(found["topics"].values()) == found["total"] == len(found["rows"])
    assert found["topics"] == {"orders": 2, "consents": first["topics"]["consents"] + 1, "segments": 1, "data": 2}
    times = [row["at"] for row in found["rows"] if row["at"]]
    assert times == sorted(times, reverse=True)
    told = {row["what"]: row for row in found["rows"] if row["topic"] == "data"}
    assert told["correction"]["attribute"] == "city" and told["correction"]["was"] == "Turku"
    assert told["flag"]["holds"] and told["flag"]["reason"] == "by letter"
    only = person_life(work, silent, customer=person, topic="orders", limit=1)
    assert [row["event"] for row in only["rows"]] == ["order"] and only["more"] and only["topics"] == found["topics"]
    past = person_life(work, silent, customer=person, as_of="2026-01-10")
    assert past["topics"]["orders"] == 1 and "data" not in past["topics"]
    person_flag(work, silent, customer=person, flag="no_profiling", holds=False)


def test_an_older_merge_is_undone_alone(work: Work) -> None:
    """Of two merges the first is undone by its batch: that record is a person again, and the later merge holds."""
    first = review_merge(work, silent, names=["1", "7"])["batch"]
    second = review_merge(work, silent, names=["1", "9"])["batch"]
    listed = {item["batch"]: item for item in review_decided(work, silent)["decided"]}
    assert listed[first]["cause"] == listed[second]["cause"] == "merge" and listed[first]["by"]
    assert len(listed[first]["standing"]) == len(listed[second]["standing"]) == 1
    with pytest.raises(InputError) as wrong:
        review_undo(work, silent, customer="1", merge=second + 1000)
    assert wrong.value.code == "never_merged"
    undone = review_undo(work, silent, customer="1", merge=first)
    assert sorted(sorted(side["records"]) for side in undone["customers"]) == [["crm:7"], ["shop:1", "till:9"]]
    after = {(item["batch"], item["cause"]): item for item in review_decided(work, silent)["decided"]}
    assert after[first, "merge"]["standing"] == [] and after[second, "merge"]["standing"]
    assert (undone["batch"], "unmerge") in after and (undone["batch"], "apart") not in after
    assert {row["what"] for row in person_life(work, silent, customer="1", topic="data")["rows"]} >= {"merge", "unmerge"}
    assert all("7" not in [side["customer"] for side in item["customers"]] for item in review_list(work, silent)["items"])


def test_whoever_is_shown_is_noted(work: Work) -> None:
    """Each view of a person, the review among them, leaves their public id in the audit; rejected rows leave their import."""
    person = person_life(work, silent, customer="1")["person_id"]
    views = (
        lambda: person_life(work, silent, customer="1"),
        lambda: person_links(work, silent, customer="1"),
        lambda: person_values(work, silent, customer="1"),
        lambda: consent_history(work, silent, customer="1"),
        lambda: explain(work, silent, customer="1", segment="many"),
        lambda: review_decided(work, silent),
    )
    for view in views:
        with work.state.connect() as connection:
            before = len(entries(connection))
        view()
        with work.state.connect() as connection:
            [entry] = entries(connection)[before:]
        assert entry.action == "person_seen" and person in entry.people
    assert rejected(work, silent, batch=4)["rejected"] == 1
    with work.state.connect() as connection:
        assert entries(connection, limit=1)[0].action == "rejected_seen"
        assert {entry.action for entry in entries(connection, action="rejected_seen")} == {"rejected_seen"}
