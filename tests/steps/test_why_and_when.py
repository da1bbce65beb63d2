"""An explanation has the rows behind each value, what would change it, and when time alone will."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lohko.engine.reference import Event, Person, Reference
from lohko.engine.ways import Ways
from lohko.model.condition import And, AttributeIs, EventsAre, EventsFigure, Not, Or, Ranked
from lohko.model.operand import Day, Number
from lohko.model.operand import Test as Comparison
from lohko.model.segment import Segment
from lohko.state.segments import save
from lohko.steps.explain import explain, explain_all
from lohko.steps.question import ask
from lohko.steps.segments import apply, members
from lohko.steps.work import silent
from steps.rows import bring_in, define
from strategies import AS_OF, SCHEMA, event_leaves, nested, people

DAY = "2026-03-10"
HELSINKI = ZoneInfo("Europe/Helsinki")


def shop(work):
    bring_in(work, "ann,1,2026-01-05,50\nann,2,2026-03-01T12:30,20\nbo,3,2026-02-01,500\ncy,4,2026-03-01,10\n")
    bring_in(work, "ann,FI,yes\nbo,SE,yes\n", kind="customers", name="customers.csv")


def test_the_rows_behind_a_value_are_shown_with_their_time_and_what_counted(work):
    """Events with the property that was summed; an attribute with since when it is so, assumed when no time is known."""
    shop(work)
    define(work, a="sum of total of order > 60 and country is Finland")
    parts = explain(work, silent, segment="a", customer="ann", as_of=DAY)["trace"]["parts"]
    assert parts[0]["rows"] == [
        {"what": "order", "at": "2026-01-04T22:00:00Z", "says": {"total": "50"}, "assumed": False},
        {"what": "order", "at": "2026-03-01T10:30:00Z", "says": {"total": "20"}, "assumed": False},
    ]
    (row,) = parts[1]["rows"]
    assert (row["what"], row["at"], row["assumed"]) == ("country", None, True)


def test_only_the_latest_rows_are_shown_and_the_rest_counted(work):
    """Thirty orders are twenty rows and ten more."""
    bring_in(work, "".join(f"ann,{n},2026-02-{n % 28 + 1:02},5\n" for n in range(30)))
    define(work, a="did order at least 40 times")
    trace = explain(work, silent, segment="a", customer="ann", as_of=DAY)["trace"]
    assert (len(trace["rows"]), trace["more_rows"], trace["value"]) == (20, 10, "30")
    assert trace["rows"][-1]["at"] > trace["rows"][0]["at"]


def test_what_would_bring_a_person_in(work):
    """How many events more, how much money more, and what would have to become true; alternatives apart."""
    shop(work)
    define(
        work,
        more="did order at least 5 times in last 90 days and country is Sweden",
        amount="sum of total of order >= 100 or did order at least 3 times",
    )
    (way,) = explain(work, silent, segment="more", customer="ann", as_of=DAY)["ways"]
    assert [(change["kind"], change["n"], change["event"], change["now"]) for change in way] == [
        ("more", "3", "order", "2"),
        ("turn", None, None, "Finland"),
    ]
    ways = explain(work, silent, segment="amount", customer="ann", as_of=DAY)["ways"]
    assert [[(change["kind"], change["n"]) for change in way] for way in ways] == [[("amount", "30")], [("more", "1")]]


def test_what_would_take_a_person_out(work):
    """Each condition that holds, turned; one order more is enough where there may be at most two."""
    shop(work)
    define(work, a="did order at most 2 times and country is Finland")
    found = explain(work, silent, segment="a", customer="ann", as_of=DAY)
    assert [[(change["kind"], change["n"]) for change in way] for way in found["ways"]] == [[("more", "1")], [("turn", None)]]
    assert "not" in found["ways"][1][0]["becomes"]


def test_when_time_alone_brings_in_or_takes_out(work):
    """The midnight with which the window is left; never; and that others have a say."""
    shop(work)
    define(work, recent="did order in last 10 days", ever="did order", rich="rfm_m >= 5")
    recent = explain(work, silent, segment="recent", customer="ann", as_of=DAY)
    assert (recent["turns"], recent["turns_at"]) == ("time", "2026-03-11T22:00:00Z")
    for day, held in (("2026-03-11T23:59:59.999999", True), ("2026-03-12", False)):
        assert explain(work, silent, segment="recent", customer="ann", as_of=day)["holds"] is held
    ever = explain(work, silent, segment="ever", customer="ann", as_of=DAY)
    assert (ever["turns"], ever["turns_at"]) == ("never", None)
    assert explain(work, silent, segment="rich", customer="ann", as_of=DAY)["turns"] == "others"


def test_what_stands_beside_a_condition_is_explained_too(work):
    """Parent, group and limit are conditions of their own; among the best is decided over everyone."""
    shop(work)
    files = {
        "a.yaml": "id: buyers\nwhere: did order\n",
        "b.yaml": "id: first\nwhere: country is Sweden\ngroup: mail\npriority: 1\n",
        "c.yaml": "id: best\nwhere: did order\nparent: buyers\ngroup: mail\npriority: 2\nlimit: {n: 1, by: monetary}\n",
    }
    apply(work, silent, files=files)
    assert [row["customer"] for row in members(work, silent, segment="best", as_of=DAY)["members"]] == ["ann"]
    for customer, held in (("ann", [True] * 4), ("bo", [True, True, False, False]), ("cy", [True, True, True, False])):
        found = explain(work, silent, segment="best", customer=customer, as_of=DAY)
        assert found["holds"] is all(held)
        assert [part["holds"] for part in found["trace"]["parts"]] == held


def test_ranks_are_decided_over_everyone_and_agree_with_membership(work):
    """For each person the explanation says what the engine's members say."""
    shop(work)
    with work.state.begin() as connection:
        save(connection, Segment("top", Ranked(EventsFigure("order", "sum", "total"), "top", 2)))
    inside = {row["customer"] for row in members(work, silent, segment="top", as_of=DAY)["members"]}
    assert inside == {"bo", "ann"}
    for customer in ("ann", "bo", "cy"):
        found = explain(work, silent, segment="top", customer=customer, as_of=DAY)
        assert (found["holds"], found["turns"]) == (customer in inside, "others")
    assert {row["id"]: row["holds"] for row in explain_all(work, silent, customer="cy", as_of=DAY)["segments"]} == {"top": False}


def test_traits_of_a_past_day_are_explained_as_they_were(work):
    """A rule about what a trait was is decided with the trait of that day."""
    bring_in(work, "".join(f"p{n},{n},2026-01-{n:02},{n * 10}\n" for n in range(1, 11)) + "p1,x,2026-03-01,5000\n")
    was = AttributeIs("rfm_m", Comparison("at_least", (Number(Decimal(5)),)), at=Day(dt.date(2026, 2, 1)))
    with work.state.begin() as connection:
        save(connection, Segment("was", was))
    inside = {row["customer"] for row in members(work, silent, segment="was", as_of=DAY)["members"]}
    assert inside == {"p9", "p10"}
    for customer in ("p1", "p9"):
        assert explain(work, silent, segment="was", customer=customer, as_of=DAY)["holds"] is (customer in inside)
    assert ask(work, DAY).people("was")


@settings(max_examples=max(60, settings().max_examples), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rule=nested(event_leaves(), 3), person=people(), which=st.integers(0, 5))
def test_what_is_said_to_be_enough_is_enough(rule, person, which):
    """So many more events, all passing what the condition asks, turn the condition as it was said they would."""
    reference = Reference(SCHEMA, {}, AS_OF, HELSINKI)
    trace = reference.trace(rule, person)
    ways = Ways(SCHEMA, AS_OF, HELSINKI).to(trace, not trace.holds)
    assert ways and all(ways)
    for change in ways[which % len(ways)]:
        leaf = change.becomes.part if isinstance(change.becomes, Not) else change.becomes
        assert not isinstance(leaf, And | Or)
        assert not reference.holds(change.becomes, person)
        if change.kind == "more" and isinstance(leaf, EventsAre) and leaf.where is None:
            kind = SCHEMA.event(leaf.event).name
            new = [Event(AS_OF - dt.timedelta(microseconds=1), {}) for _ in range(int(change.n))]
            then = Person(person.attributes, {**person.events, kind: [*person.events.get(kind, ()), *new]})
            assert reference.holds(change.becomes, then)
            fewer = Person(person.attributes, {**person.events, kind: [*person.events.get(kind, ()), *new[1:]]})
            assert not reference.holds(change.becomes, fewer)
