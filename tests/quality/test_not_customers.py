"""Who is no customer counts nowhere, whenever they come, and comes back whole."""

from __future__ import annotations

import pytest

from lohko.base.errors import InputError
from lohko.engine.store import fingerprint
from lohko.steps.figures import overview
from lohko.steps.not_customers import exclude_customers, include_customers, not_customers
from lohko.steps.read import count, rfm
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply
from lohko.steps.work import silent
from lohko.wiring import open_work
from quality.bringing import bring

HEADER = "customer_id,email,order_id,ordered_at,total"
ROWS = """c1,Boss@Firm.fi,o1,2026-01-05,10
c2,b@other.fi,o2,2026-01-06,20
c3,c@shop.firm.fi,o3,2026-01-07,30
,d@firm.fi,o4,2026-01-08,40
c5,e@affirm.fi,o5,2026-01-09,50
"""
AS_OF = "2026-03-01"


def seen(work):
    """What every question says of how many there are."""
    matched = count(work, silent, condition="did order", as_of=AS_OF)
    return {
        "count": matched["count"],
        "population": matched["population"],
        "rfm": len(rfm(work, silent, as_of=AS_OF)["customers"]),
        "revenue": sum(row["monetary"] or 0 for row in rfm(work, silent, as_of=AS_OF)["customers"]),
        "of_year": overview(work, silent, as_of=AS_OF)["year"]["revenue"],
    }


def test_a_domain_sets_aside_all_its_people_and_those_who_come_later(place):
    """Also of its parts, however it is spelt, and of people who are known by their address alone; nobody whose domain only ends alike."""
    with open_work(place, silent) as work:
        bring(work, ROWS, header=HEADER)
        apply(work, silent, files={"b.yaml": "id: buyers\nwhere: did order\n"})
        refresh(work, silent, as_of=AS_OF)
        whole = seen(work)
        assert whole == {"count": 5, "population": 5, "rfm": 5, "revenue": 150.0, "of_year": 150.0}
        found = exclude_customers(work, silent, entries=["@FIRM.fi"], reason="staff")
        assert (found["moved"], found["people"], found["by_reason"]) == (3, 3, {"staff": 3})
        assert seen(work) == {"count": 2, "population": 2, "rfm": 2, "revenue": 70.0, "of_year": None}
        [run] = refresh(work, silent, as_of="2026-03-02")["segments"]
        assert (run["size"], run["left"]) == (2, 3)
        bring(work, "c9,new@firm.fi,o9,2026-01-05,10\n", header=HEADER, name="later.csv")
        assert seen(work)["population"] == 2
        [entry] = not_customers(work, silent)["entries"]
        assert entry == {"kind": "domain", "value": "firm.fi", "source": None, "reason": "staff", "people": 4}
        before = fingerprint(work.store)
    with open_work(place, silent, again=True) as work:
        assert fingerprint(work.store) == before
        include_customers(work, silent, entries=["@firm.fi"])
        assert seen(work) == {"count": 6, "population": 6, "rfm": 6, "revenue": 160.0, "of_year": 160.0}
        [run] = refresh(work, silent, as_of="2026-03-03")["segments"]
        assert (run["size"], run["entered"]) == (6, 4)


def test_numbers_and_addresses_and_two_reasons(work):
    """A person whom two entries fit stays aside until both are gone."""
    bring(work, ROWS, header=HEADER)
    exclude_customers(work, silent, entries=["c2", "b@other.fi"], reason="test")
    exclude_customers(work, silent, entries=["c5"], reason="reseller", source="elsewhere")
    assert not_customers(work, silent)["by_reason"] == {"test": 1}
    include_customers(work, silent, entries=["c2"])
    assert seen(work)["population"] == 4
    include_customers(work, silent, entries=["b@other.fi"])
    assert seen(work)["population"] == 5


@pytest.mark.parametrize(
    ("entries", "code"), [([], "nothing_named"), ([" "], "nothing_named"), (["@firm"], "bad_domain"), (["@gmail.com"], "shared_domain")]
)
def test_what_is_no_entry(work, entries, code):
    """What would set nobody aside, or anybody, is refused."""
    with pytest.raises(InputError) as refused:
        exclude_customers(work, silent, entries=entries)
    assert refused.value.code == code
    assert not_customers(work, silent)["entries"] == [] and work.data_version() == 0


def test_what_is_not_on_the_list_cannot_leave_it(work):
    """The error names what is alike."""
    exclude_customers(work, silent, entries=["@firm.fi"])
    with pytest.raises(InputError) as refused:
        include_customers(work, silent, entries=["@firn.fi"])
    assert refused.value.code == "not_on_the_list" and "firm.fi" in refused.value.hint
    with pytest.raises(InputError):
        exclude_customers(work, silent, entries=["c1"], reason="boredom")
