"""Figures for the pages against the parts of the engine that decide the same."""

from __future__ import annotations

import datetime as dt
import itertools

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.engine.consents import consented
from lohko.engine.figures import consents_of
from lohko.maths.few import FEW
from lohko.steps import figures
from lohko.steps.figures import index, ratio
from lohko.steps.look_customers import customer, customers
from lohko.steps.read import rfm
from lohko.steps.segments import members
from lohko.steps.work import Work, silent
from web.small_shop import AS_OF, RULES

PURPOSES = ("ads", "email")
DAYS = [dt.datetime(2024, 1, day) for day in range(1, 6)]
records = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(PURPOSES),
        st.booleans(),
        st.booleans(),
        st.sampled_from(DAYS),
        st.sampled_from(["consent", "existing_customer"]),
        st.sampled_from(["consumer", "contact", None]),
    ),
    min_size=1,
    max_size=12,
)


@given(rows=records, day=st.sampled_from(DAYS))
def test_a_customers_page_says_of_consent_what_an_audience_file_does(rows: list[tuple], day: dt.datetime) -> None:
    """Whatever grants and withdrawals came, dated or not and in any order, page and file agree at every instant."""
    with duckdb.connect() as store:
        store.execute(
            "CREATE TABLE consent (person INTEGER, purpose VARCHAR, given BOOLEAN, dated BOOLEAN, effective_at TIMESTAMP, basis VARCHAR,"
            " role VARCHAR, account INTEGER, places VARCHAR[])"
        )
        store.executemany("INSERT INTO consent VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)", rows)
        in_file = {(person, purpose) for purpose in PURPOSES for person in consented(store, purpose, day.replace(tzinfo=dt.UTC))}
        on_page = {(person, item.purpose): item.given for person in (1, 2, 3) for item in consents_of(store, person, day)}
    assert {key for key, given_ in on_page.items() if given_} == in_file
    assert set(on_page) == {(person, purpose) for person, purpose, _, _, at, _, _ in rows if at < day}


def test_a_segment_is_measured_over_its_own_members(shop: Work) -> None:
    """Orders, money and days since the last order are those of the members in RFM, and the sample is of them."""
    people = {row["customer"]: row for row in rfm(shop, silent, as_of=AS_OF)["customers"]}
    found = figures.segment(shop, silent, segment="twice", as_of=AS_OF)
    ours = [people[item["customer"]] for item in members(shop, silent, segment="twice", as_of=AS_OF)["members"]]
    measured = {row["measure"]: row for row in found["compared"]}
    money, orders = sum(row["monetary"] for row in ours), sum(row["frequency"] for row in ours)
    assert measured["revenue_per_customer"]["segment"] == pytest.approx(money / len(ours), abs=1e-4)
    assert measured["orders_per_buyer"]["segment"] == pytest.approx(orders / len(ours), abs=1e-4)
    assert measured["average_order"]["segment"] == pytest.approx(money / orders, abs=1e-4)
    everyone = measured["orders_per_buyer"]["everyone"]
    assert measured["orders_per_buyer"]["index"] == pytest.approx(100 * orders / len(ours) / everyone, abs=0.1)
    assert {row["customer"] for row in found["sample"]} <= {row["customer"] for row in ours}
    assert figures.segment(shop, silent, segment="twice", as_of=AS_OF)["sample"] == found["sample"]
    assert sum(row["customers"] or 0 for row in found["groups"]) <= found["size"]
    assert sum(row["customers"] for row in found["places"]["city"]) <= found["size"]


def test_nobody_is_shown_in_a_town_of_few(shop: Work) -> None:
    """A place with fewer than five members would point at people."""
    for name in RULES:
        for rows in figures.segment(shop, silent, segment=name, as_of=AS_OF)["places"].values():
            assert all(row["customers"] >= FEW for row in rows)


def test_a_customer_in_the_list_is_the_customer_on_the_page(shop: Work) -> None:
    """The same name, orders, money and group in both."""
    for row in customers(shop, silent, as_of=AS_OF, limit=60)["customers"]:
        page = customer(shop, silent, person_id=row["person_id"], as_of=AS_OF)
        assert (page["customer"], page["name"]) == (row["customer"], row["name"])
        assert page["rfm"] == {key: row[key] for key in page["rfm"]}


def test_months_without_orders_are_shown_as_0_and_the_last_as_running(shop: Work) -> None:
    """A gap in the months would make a bad time look short."""
    months = figures.overview(shop, silent, as_of="2024-12-15")["months"]
    days = [dt.date.fromisoformat(item["month"]) for item in months]
    assert all((after.year * 12 + after.month) - (before.year * 12 + before.month) == 1 for before, after in itertools.pairwise(days))
    assert [item["complete"] for item in months] == [True] * (len(months) - 1) + [False]
    assert (months[-1]["month"], months[-1]["orders"]) == ("2024-12-01", 0)


def test_a_year_is_compared_only_with_one_that_the_data_covers(shop: Work) -> None:
    """The data begins in 2023, so at the end of 2024 there is no whole year before to compare with."""
    assert figures.overview(shop, silent, as_of="2024-02-01")["revenue_change"] is None
    covered = figures.overview(shop, silent, as_of="2025-01-01")
    assert covered["year_before"] is not None
    assert covered["revenue_change"] == ratio(
        covered["year"]["revenue"] - covered["year_before"]["revenue"], covered["year_before"]["revenue"]
    )


def test_nothing_divided_by_nothing_is_no_number() -> None:
    """An index or share of nobody is not 0."""
    assert ratio(0, 0) is ratio(5, 0) is None
    assert index(None, 1.0) is index(1.0, None) is index(1.0, 0.0) is None
    assert (ratio(1, 4), index(0.5, 0.25), index(0.0, 0.5)) == (0.25, 200.0, 0.0)
