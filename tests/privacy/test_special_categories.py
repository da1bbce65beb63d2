"""No question may use an attribute of a special category without a recorded basis, whichever way it enters."""

from __future__ import annotations

import pytest
from tests.privacy.conftest import take

from lohko.base.errors import InputError
from lohko.steps.registry import STEPS
from lohko.steps.segments import apply
from lohko.steps.special import special_basis, special_mark
from lohko.steps.work import Work, silent

RULE = "allergy is nuts"
ASKED: dict[str, dict[str, object]] = {
    "count": {"condition": RULE},
    "count_in_full": {"condition": RULE},
    "count_in_full of a segment": {"segment": "nuts"},
    "count_in_full instead of another's rule": {"condition": RULE, "segment": "open"},
    "count_in_full through a segment": {"condition": "in segment nuts"},
    "count_in_full beside": {"condition": "did order", "beside": ["nuts"]},
    "members": {"segment": "nuts"},
    "compare": {"segments": ["open", "nuts"]},
    "explain": {"segment": "nuts", "customer": "1"},
    "quality": {"segment": "nuts"},
    "audience": {"segment": "nuts", "to": "google-ads"},
    "backtest": {"segment": "nuts", "at": "2026-03-01", "outcome": "did order"},
    "backtest by its outcome": {"segment": "open", "at": "2026-03-01", "outcome": RULE},
}
"""Every step that takes a rule or a segment's name and answers at once; those that answer about many say why for the one."""


@pytest.fixture
def marked(work: Work) -> Work:
    take(work, "customer_id,allergy\n1,nuts\n4,milk\n", "customers", name="allergies.csv")
    apply(work, silent, files={"s.yaml": "id: nuts\nwhere: allergy is nuts\n---\nid: open\nwhere: did order\n"})
    special_mark(work, silent, attribute="allergy", category="health")
    return work


@pytest.mark.parametrize("way", ASKED)
def test_a_question_without_a_basis_is_refused(marked: Work, way: str) -> None:
    with pytest.raises(InputError, match="marked as health"):
        STEPS[way.split()[0]](marked, silent, **ASKED[way])


def test_reports_about_many_segments_say_why_and_count_nobody(marked: Work) -> None:
    rows = {row["id"]: row for row in STEPS["coverage"](marked, silent)["segments"]}
    assert rows["nuts"]["size"] is None and rows["nuts"]["error"]["code"] == "special_category"
    assert rows["open"]["error"] is None
    rows = {row["id"]: row for row in STEPS["explain_all"](marked, silent, customer="1")["segments"]}
    assert rows["nuts"]["holds"] is None and rows["nuts"]["error"]["code"] == "special_category"
    rows = {row["id"]: row for row in STEPS["tree"](marked, silent)["segments"]}
    assert rows["nuts"]["size"] is None


def test_with_a_basis_the_segment_is_told_in_all_its_parts_and_nothing_else(marked: Work) -> None:
    special_basis(marked, silent, segment="nuts", basis="explicit_consent", remark="the form of 2026-01, folder 7")
    told = STEPS["count_in_full"](marked, silent, segment="nuts")
    assert told["count"] == 1
    assert [step["count"] for step in told["steps"]] == [4, 1]
    assert STEPS["count_in_full"](marked, silent, segment="nuts", condition="allergy is milk")["count"] == 1
    assert STEPS["explain"](marked, silent, segment="nuts", customer="1")["holds"]
    for way in ("count", "count_in_full through a segment", "count_in_full instead of another's rule", "backtest by its outcome"):
        with pytest.raises(InputError, match="marked as health"):
            STEPS[way.split()[0]](marked, silent, **ASKED[way])
