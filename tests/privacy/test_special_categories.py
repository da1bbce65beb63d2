"""No question may use an attribute of a special category without a recorded basis, whichever way it enters."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.commanding import command
from tests.privacy.asking import carrying, given
from tests.privacy.conftest import take

from lohko.base.errors import InputError
from lohko.steps.figures import segment
from lohko.steps.history import sizes
from lohko.steps.registry import STEPS
from lohko.steps.segments import apply
from lohko.steps.special import special_basis, special_list, special_mark
from lohko.steps.work import Work, silent

RULE = "allergy is nuts"
WORDS = {"rule": RULE, "segment": "nuts", "field": "allergy", "open_rule": "did order", "other": "open", "open_field": "city"}
SAYS_WHY = {("coverage", "segments"), ("refresh", "segments"), ("refresh_plan", "segments"), ("spark_refresh", "segments")}
"""What answers about many says of the one why it is not told."""
TELLS_NOBODY = {
    ("draft_new", "segment"), ("draft_save", "segment"), ("segment_about", "segment"), ("segment_comment", "segment"), ("segment_describe", "segment"),
    ("segment_restore", "segment"), ("segment_uses", "segment"), ("segment_versions", "segment"), ("follow", "segment"),
    ("goal_set", "segment"), ("report_link_add", "segment"), ("report_mail_add", "segment"), ("special_basis", "segment"), ("special_mark", "attribute"),
    ("survivorship", "attribute"), ("survivorship_preview", "attribute"), ("person_correct", "attribute"), ("call_note", "outcome"), ("segment_overlap", "others"),
    ("draft_overlap", "beside"),
    ("ingest", "columns"), ("recognise", "columns"), ("retry", "columns"),
}  # fmt: skip
"""What is about a definition, a setting, a file or one person's own wish; a report is refused when it is made, and who is not told of is no other."""
MORE = {("count_in_full", "beside"): {"condition": "did order"}, ("spark_refresh", "segments"): {"segments": ["nuts"]}}


@pytest.fixture
def marked(work: Work) -> Work:
    take(work, "customer_id,allergy\n1,nuts\n4,milk\n", "customers", name="allergies.csv")
    apply(work, silent, files={"s.yaml": "id: nuts\nwhere: allergy is nuts\n---\nid: open\nwhere: did order\n"})
    special_mark(work, silent, attribute="allergy", category="health")
    return work


def test_a_question_without_a_basis_is_refused_by_whatever_it_comes_in(marked: Work, tmp_path: Path) -> None:
    """Every step of the registry, by each of its parameters that a rule, a segment or a field can come in by; no cluster is needed to refuse one."""
    STEPS["refresh"](marked, silent)
    STEPS["spark_copy"](marked, silent, location=str(tmp_path / "copy"))
    there = {"location": str(tmp_path / "copy")}
    wrong, asked = [], 0
    for step, by in carrying():
        if (step, by) in TELLS_NOBODY:
            continue
        asked += 1
        filled = given(step, by, **WORDS) | MORE.get((step, by), {})
        if "location" in filled:
            filled |= there
        if "draft" in filled:
            filled |= {"draft": STEPS["draft_new"](marked, silent, text="did order")["draft"], "revision": 1}
        try:
            told = STEPS[step](marked, silent, **filled)
        except InputError as error:
            refused = "marked as health" in error.message or error.code == "unknown_column"
        else:
            refused = (step, by) in SAYS_WHY and "special_category" in json.dumps(told, default=str)
        if not refused:
            wrong.append((step, by))
    assert not wrong, "these tell of a special category without a basis"
    assert asked > 30


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
    for step, said in (
        ("count", {"condition": RULE}),
        ("count_in_full", {"condition": "in segment nuts"}),
        ("count_in_full", {"condition": RULE, "segment": "open"}),
        ("backtest", {"segment": "open", "at": "2026-03-01", "outcome": RULE}),
        ("quality", {"attribute": "allergy"}),
    ):
        with pytest.raises(InputError, match="marked as health"):
            STEPS[step](marked, silent, **said)
    assert STEPS["quality"](marked, silent, segment="nuts")["people"] is None, "one person alone is not broken down"


def test_a_basis_for_a_segment_that_is_not_there_is_kept_and_said(marked: Work) -> None:
    """It may be one that is still to come, and then it has its basis; a misspelt name is told the nearest."""
    before = special_basis(marked, silent, segment="nut", basis="explicit_consent", remark="folder 7")
    assert [(item["message"], item["hint"]) for item in before["warnings"]] == [("No segment is called 'nut' yet.", "did you mean nuts?")]
    assert before["bases"]["nut"]["there"] is False and before["refused"] == ["nuts"]
    apply(marked, silent, files={"t.yaml": f"id: nut\nwhere: {RULE}\n"})
    assert special_list(marked, silent)["bases"]["nut"]["there"] is True
    assert special_basis(marked, silent, segment="nuts", basis="explicit_consent", remark="folder 7")["warnings"] == []


def test_the_command_says_that_there_is_no_such_segment_yet(place: Path) -> None:
    """On standard error, and it is done all the same; the list says so too."""
    done = command("privacy", "basis", "nuts", "--basis", "explicit_consent", "--note", "folder 7", "--workspace", str(place))
    assert done.status == 0 and "Note: No segment is called 'nuts' yet." in done.stderr
    assert "Segment nuts (there is none yet): explicit_consent (folder 7)" in command("privacy", "list", "--workspace", str(place)).stdout


def test_what_is_special_is_in_no_figure_of_a_segment_that_does_not_ask_about_it(marked: Work) -> None:
    """A town may be as telling as a diagnosis: where it is marked, comparing, quality and a segment's page are silent about it."""
    shown = [item["attribute"] for item in STEPS["quality"](marked, silent)["attributes"]]
    assert "city" in shown and "allergy" not in shown
    cities = "".join(f"{n},{'Turku' if n % 2 else 'Oulu'}\n" for n in range(100, 180))
    take(marked, f"customer_id,city\n{cities}", "customers", name="towns.csv")
    apply(marked, silent, files={"t.yaml": "id: all\nwhere: city is known\n---\nid: new\nwhere: not did order\n"})
    asked = {"segments": ["all", "new"]}
    assert "Turku" in json.dumps(STEPS["compare"](marked, silent, **asked)) and "Turku" in json.dumps(
        segment(marked, silent, segment="new")
    )
    special_mark(marked, silent, attribute="city", category="ethnicity")
    apply(marked, silent, files={"t.yaml": "id: all\nwhere: not first_name is nobody\n"})
    special_basis(marked, silent, segment="new", basis="explicit_consent", remark="folder 8")
    told = STEPS["compare"](marked, silent, **asked)
    assert "Turku" not in json.dumps(told), "only one of the two has a basis"
    assert "Turku" in json.dumps(segment(marked, silent, segment="new")["places"])
    assert "Turku" not in json.dumps(segment(marked, silent, segment="all")["places"])
    special_basis(marked, silent, segment="all", basis="explicit_consent", remark="folder 8")
    assert "Turku" in json.dumps(STEPS["compare"](marked, silent, **asked))


def test_the_last_size_of_a_segment_is_not_shown_once_it_is_refused(work: Work) -> None:
    """It was refreshed before the attribute was marked, and nothing else has changed since."""
    take(work, "customer_id,allergy\n1,nuts\n4,milk\n", "customers", name="allergies.csv")
    apply(work, silent, files={"s.yaml": "id: nuts\nwhere: allergy is nuts\n---\nid: open\nwhere: did order\n"})
    STEPS["refresh"](work, silent)
    before = {row["id"]: row["size"] for row in STEPS["segments"](work, silent)["segments"]}
    special_mark(work, silent, attribute="allergy", category="health")

    rows = {row["id"]: row for row in STEPS["segments"](work, silent)["segments"]}

    assert before == {"nuts": 1, "open": 4}
    assert (rows["nuts"]["size"], rows["nuts"]["share"], rows["nuts"]["error"]["code"]) == (None, None, "special_category")
    assert (rows["open"]["size"], rows["open"]["error"]) == (4, None)
    assert sizes(work).keys() == {"open"}, "nor are its days"
