"""What the report counts is what a reader of the rows would count."""

from __future__ import annotations

import pytest

from lohko.base.errors import InputError
from lohko.maths.drift import drift
from lohko.steps.explain import explain
from lohko.steps.figures import segment
from lohko.steps.quality import quality
from lohko.steps.read import count
from lohko.steps.segments import apply
from lohko.steps.sources import source_add, source_sync
from lohko.steps.work import silent
from quality.bringing import bring, plain_orders

CUSTOMERS = """c1,one@x.fi,Turku
c2,two@x.fi,test
c3,no address,Oulu
c4,ONE@x.fi,
c5,,Oulu
"""
VIEWS = "".join(f"{'c1' if n % 4 == 0 else ''},product_view,2026-02-{n % 28 + 1:02} 10:00,s{n // 2}\n" for n in range(40))


def by_name(rows, key):
    return {row[key]: row for row in rows}


def test_attributes_are_counted_one_by_one(work):
    """Missing, impossible and shared values, with the people and the money behind them."""
    bring(work, CUSTOMERS, "customers")
    bring(work, "c4,o1,2026-02-20,10,web,EUR\nc5,o2,2026-02-21,100,web,EUR\n")
    found = quality(work, silent, as_of="2027-01-01")
    email, city = (by_name(found["attributes"], "attribute")[name] for name in ("email", "city"))
    assert (email["people"], email["filled"], email["invalid"], email["shared"]) == (5, 3, 0, 2)
    assert (email["completeness"], email["unfit"], email["validity"], email["uniqueness"]) == (0.6, 1, 0.75, 0.333333)
    assert (city["filled"], city["invalid"], city["uniqueness"]) == (4, 1, None)
    told = {(item["code"], item["about"]): (item["people"], item["revenue"]) for item in found["first"]}
    assert told["missing", "email"] == (2, 100.0) and told["missing", "city"] == (1, 10.0)
    assert told["shared", "email"] == (2, 10.0) and told["invalid", "city"] == (1, 0.0)
    money = [item["revenue"] for item in found["first"]]
    assert money == sorted(money, reverse=True)
    assert 0 <= found["score"] <= 100 and set(found["parts"]) >= {"completeness", "validity", "uniqueness", "freshness"}
    only = quality(work, silent, attribute="EMAIL", as_of="2027-01-01")
    assert [item["attribute"] for item in only["attributes"]] == ["email"] and only["attribute"] == "email"
    for asked, code in (
        ({"source": "crm"}, "unknown_source"),
        ({"attribute": "frequency"}, "computed"),
        ({"segment": "x"}, "unknown_segment"),
    ):
        with pytest.raises(InputError) as refused:
            quality(work, silent, **asked)
        assert refused.value.code == code


def test_a_sources_report_is_about_what_it_says_itself(work):
    """Also where another source has said the same since, or its word counts more."""
    bring(work, "c1,one@x.fi,Oulu\nc2,two@x.fi,-\nc3,,Oulu\n", "customers", source="crm")
    bring(work, "s1,one@x.fi,Turku\ns2,two@x.fi,Turku\n", "customers", source="shop", name="later.csv")
    found = quality(work, silent, source="crm", as_of="2027-01-01")
    email, city = (by_name(found["attributes"], "attribute")[name] for name in ("email", "city"))
    assert (found["people"], email["filled"], email["shared"], city["filled"], city["invalid"]) == (3, 2, 0, 3, 1)
    bring(work, "s1,o1,2026-01-05,10,web,EUR\n", source="till")
    assert quality(work, silent, source="till", as_of="2027-01-01")["attributes"] == []
    assert by_name(quality(work, silent, source="crm", as_of="2020-01-01")["attributes"], "attribute")["city"]["filled"] == 3


PEOPLE_HEADER = "customer_id,email,company,job_title,tags"
CONSUMERS = "".join(f"c{n},a{n}@x.fi,,,\n" for n in range(8)) + "b1,b1@firma.fi,Firma Oy,Buyer,vip\nb2,b2@firma.fi,Firma Oy,,\n"


def test_a_consumer_lacks_no_company(work):
    """Where most people are consumers, the fields of contacts are asked of those who have a company; none lacks a tag, or what only companies have."""
    bring(work, "Firma Oy,2345678-8,50\nToimi Oy,,\n", "accounts", header="company,business_id,account_revenue", source="crm")
    bring(work, CONSUMERS, "customers", header=PEOPLE_HEADER)
    found = quality(work, silent, as_of="2027-01-01")
    told = by_name(found["attributes"], "attribute")
    assert not {"business_id", "account_revenue", "contact_count"} & told.keys()
    assert (told["job_title"]["people"], told["job_title"]["filled"], told["job_title"]["completeness"]) == (2, 1, 0.5)
    assert told["company"]["completeness"] is None and told["tags"]["completeness"] is None and told["company"]["filled"] == 2
    assert found["parts"]["completeness"]["share"] == round(11 / 12, 6)  # ten addresses and one title of two


def test_among_contacts_of_companies_a_company_is_missed(work):
    """Where half of the people have a company, one without lacks it."""
    bring(work, "b1,b1@x.fi,Firma Oy,Buyer,\nb2,b2@x.fi,Toimi Oy,,\nb3,b3@x.fi,,,\n", "customers", header=PEOPLE_HEADER)
    told = by_name(quality(work, silent, as_of="2027-01-01")["attributes"], "attribute")
    assert (told["company"]["people"], told["company"]["completeness"]) == (3, 0.666667)
    assert (told["job_title"]["people"], told["job_title"]["completeness"]) == (3, 0.333333)


def test_sources_that_stop_or_shift_are_named(work):
    """A file whose values are spread otherwise than before, a source that is silent, and how a segment that relies on them says so."""
    bring(work, plain_orders(0, 80))
    bring(work, plain_orders(100, 180), name="b.csv")
    assert quality(work, silent, as_of="2026-02-01")["sources"][0]["shifted"] == []
    bring(work, plain_orders(200, 280, "kiosk", 500), name="c.csv")
    apply(work, silent, files={"s.yaml": "id: regulars\nwhere: did order where channel is kiosk\n"})
    [source] = quality(work, silent, as_of="2026-02-01")["sources"]
    assert [item["field"] for item in source["shifted"]] == ["channel", "total"] or {item["field"] for item in source["shifted"]} == {
        "channel",
        "total",
    }
    assert not source["stale"]
    late = quality(work, silent, segment="regulars", as_of="2026-06-01")
    assert {item["code"] for item in late["warnings"]} == {"stale_source", "shifted"}
    assert late["people"] == 80 and late["sources"][0]["age_days"] > 100
    page = segment(work, silent, segment="regulars", as_of="2026-06-01")["quality"]
    assert (
        page["events"] == ["order"]
        and page["sources"][0]["shifted"]
        and {item["code"] for item in page["warnings"]} == {"stale_source", "shifted"}
    )


def test_values_far_from_all_others(work):
    """One order of a million among orders of some tens."""
    bring(work, plain_orders(0, 80) + "c99,o99,2026-01-05,1000000,web,EUR\n")
    [far] = quality(work, silent, as_of="2026-02-01")["outliers"]
    assert (far["of"], far["values"], far["people"]) == ("total of order", 1, 1)


def test_what_somebody_with_several_odd_values_bought_for_counts_once(work):
    """Two orders of a million of one person are two values, one person, and two millions."""
    bring(
        work,
        plain_orders(0, 80) + "c99,o98,2026-01-04,1000000,web,EUR\nc99,o99,2026-01-05,1000000,web,EUR\nc98,o97,2026-01-05,900000,web,EUR\n",
    )
    [far] = quality(work, silent, as_of="2026-02-01")["outliers"]
    assert (far["values"], far["people"], far["revenue"]) == (3, 2, 2_900_000)


def test_what_was_not_tracked_stands_beside_every_web_criterion(work):
    """A count, an explanation and a segment say which share of sessions joins a known customer; where all does, nothing is said."""
    bring(work, VIEWS, "events")
    bring(work, "c1,o1,2026-02-20,10,web,EUR\n")
    apply(work, silent, files={"s.yaml": "id: lookers\nwhere: did not product_view\n"})
    [note] = [
        item
        for item in count(work, silent, condition="did not product_view", as_of="2026-03-01")["warnings"]
        if item["code"] == "not_all_tracked"
    ]
    assert note["place"] == "product_view" and note["message"].startswith("50% of the sessions")
    [told] = explain(work, silent, segment="lookers", customer="c1", as_of="2026-03-01")["tracked"]
    assert (told["events"], told["joined"], told["sessions"], told["joined_sessions"], told["share"]) == (40, 10, 20, 10, 0.5)
    assert segment(work, silent, segment="lookers", as_of="2026-03-01")["quality"]["tracked"] == [told]
    assert all(item["code"] != "not_all_tracked" for item in count(work, silent, condition="did order", as_of="2026-03-01")["warnings"])


def test_drift_is_more_than_chance():
    """Equal shares have not moved; of few values a large index may be chance; a bin that is empty on one side has a logarithm all the same."""
    assert drift([100, 200, 300], [10, 20, 30]).psi < 1e-12
    assert drift([5, 5], [4, 1]).psi > 0.25 and not drift([5, 5], [4, 1]).moved
    assert drift([500, 500], [800, 200]).moved
    assert drift([100, 0], [0, 100]).moved
    assert drift([0, 0], [1, 2]) is None and drift([4], [9]) is None
    one, other = drift([30, 70], [60, 40]), drift([60, 40], [30, 70])
    assert abs(one.psi - other.psi) < 1e-12


def test_who_relies_on_a_source_that_has_stopped_is_warned(work, tmp_path):
    """A schedule that nothing comes by is noticed at once, long before the rows are old; also where the figures are kept from before."""
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    (incoming / "a.csv").write_text("customer_id,city\n1,Oulu\n2,Turku\n", encoding="utf-8")
    settings = {"path": str(incoming), "as": "customers", "quiet_seconds": "0"}
    source_add(work, silent, name="drop", kind="folder", settings=settings, schedule="0 0 1 1 *")
    bring(work, "1,a@x.fi,Oulu\n", "customers")
    assert source_sync(work, silent, name="drop")["ok"]
    apply(work, silent, files={"n.yaml": "id: north\nwhere: city is Oulu\n"})

    def told() -> tuple[list[bool], list[str], list[str]]:
        page = segment(work, silent, segment="north")["quality"]
        codes = [[item["code"] for item in found["warnings"]] for found in (page, quality(work, silent, segment="north"))]
        return [item["stopped"] for item in page["sources"]], *codes

    assert told() == ([False, False], [], [])
    incoming.rename(tmp_path / "elsewhere")
    assert not source_sync(work, silent, name="drop")["ok"]
    stopped, *codes = told()
    assert sorted(stopped) == [False, True] and codes == [["stopped_source"], ["stopped_source"]]
    (tmp_path / "elsewhere").rename(incoming)
    assert source_sync(work, silent, name="drop")["ok"] and told() == ([False, False], [], [])
