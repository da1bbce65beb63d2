"""An explanation agrees with membership and shows what decided it."""

from __future__ import annotations

import datetime as dt

import pytest

from lohko.base.errors import InputError
from lohko.demo.shop import write_shop
from lohko.maths.rfm import score
from lohko.model.parse import parse
from lohko.model.sentence import sentence
from lohko.steps.explain import explain, explain_all, members_by_reference
from lohko.steps.ingest import ingest
from lohko.steps.question import ask
from lohko.steps.read import rfm
from lohko.steps.segments import apply
from lohko.steps.work import silent
from lohko.wiring import open_work
from steps.rows import bring_in, define


def written(rule: str, currency: str | None = None) -> str:
    return sentence(parse(rule).condition, "en", currency)


def test_every_condition_says_whether_it_holds_and_the_value_that_decided(work):
    """The tree of the rule with true or false at each node, down to the deciding numbers; segments of segments are opened."""
    bring_in(work, "ann,1,2026-01-05,50\nann,2,2026-03-01,20\n")
    define(work, big="sum of total of order > 60", quiet="in segment big and did not order in last 30 days")
    found = explain(work, silent, segment="quiet", customer="ann", as_of="2026-03-10")
    assert found["holds"] is False
    trace = found["trace"]
    assert [(part["text"], part["holds"], part["value"]) for part in trace["parts"]] == [
        (written("in segment big"), True, None),
        (written("did not order in last 30 days"), False, "1"),
    ]
    assert [(part["text"], part["value"]) for part in trace["parts"][0]["parts"]] == [(written("sum of total of order > 60", "EUR"), "70")]


def test_a_customer_is_found_by_number_address_or_id(work):
    """All three name the same person; nobody is an error with a hint, never an empty answer."""
    bring_in(work, "ann,1,2026-01-05,50\n")
    define(work, buyers="did order")
    person_id = explain(work, silent, segment="buyers", customer="ann")["person_id"]
    assert explain(work, silent, segment="buyers", customer=person_id)["customer"] == "ann"
    with pytest.raises(InputError, match="No customer"):
        explain(work, silent, segment="buyers", customer="zoe")
    with pytest.raises(InputError, match="No segment") as caught:
        explain(work, silent, segment="buyer", customer="ann")
    assert "buyers" in (caught.value.hint or "")


@pytest.mark.slow
def test_explanations_agree_with_membership_for_every_person_of_the_demo(tmp_path_factory):
    """Every person and every ready-made segment, decided by the engine and by the reference that explains."""
    from lohko.state.workspace import Settings, create

    folder = tmp_path_factory.mktemp("demo") / "shop"
    create(folder, Settings("Europe/Helsinki", "EUR", "FI"))
    files = folder.parent / "files"
    files.mkdir()
    with open_work(folder, silent) as work:
        for file in write_shop(files, customers=700, until=dt.date(2026, 11, 1)):
            with file.path.open("rb") as stream:
                ingest(work, silent, stream=stream, name=file.path.name, kind=file.kind, source=file.source, **file.arguments)
        apply(work, silent)
        for as_of in ("2026-11-01", "2026-03-29T03:30", "2025-06-15"):
            question = ask(work, as_of)
            names = sorted(question.segments)
            decided = members_by_reference(work, question, names)
            assert len(question.engine.everyone()) > 700 * 0.9
            for name in names:
                assert set(question.people(name)) == decided[name], (name, as_of)
        sizes = {name: len(decided[name]) for name in names}
        assert sum(size > 0 for size in sizes.values()) > len(sizes) / 2
        _rfm_agrees_with_plain_python(work)
        one = explain_all(work, silent, customer=rfm(work, silent, as_of="2026-11-01")["customers"][0]["customer"])
        assert {row["id"] for row in one["segments"]} == set(names)


def _rfm_agrees_with_plain_python(work) -> None:
    """The engine's scores are those of `maths.rfm` for the same recency, frequency and sums, in any order."""
    rows = [row for row in rfm(work, silent, as_of="2026-11-01")["customers"] if row["frequency"]]
    rows.reverse()
    wanted = score([row["recency_days"] for row in rows], [row["frequency"] for row in rows], [row["monetary"] for row in rows])
    assert [(row["r"], row["f"], row["m"]) for row in rows] == wanted
