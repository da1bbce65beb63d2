"""Drafts of rules, and what is told beside them, on a small shop."""

from __future__ import annotations

import threading

import pytest

from lohko.base.errors import InputError
from lohko.model.blanks_fill import read_number
from lohko.model.edit import closed
from lohko.model.sentence import sentence
from lohko.state.acting import acting
from lohko.steps.building import (
    draft_count,
    draft_field,
    draft_figures,
    draft_funnel,
    draft_growth,
    draft_overlap,
    draft_sample,
    draft_warnings,
)
from lohko.steps.completing import complete
from lohko.steps.counting import count_in_full
from lohko.steps.drafts import draft_drop, draft_edit, draft_new, draft_newer, draft_of, draft_save, draft_seen, drafts_list
from lohko.steps.gallery import gallery
from lohko.steps.registry import STEPS
from lohko.steps.renew import renew
from lohko.steps.segments import apply
from lohko.steps.sitting import Superseded, sitting
from lohko.steps.versions import segment_restore, segment_versions
from lohko.steps.work import Work, silent
from web.small_shop import bring_in, fill, new_workspace, opened


def begun(shop: Work, text: str | None = None) -> str:
    return draft_new(shop, silent, text=text)["draft"]


def edit(shop: Work, name: str, do: str = "", text: str | None = None, **filled: str):
    """One edit; blanks are named with __ for a dot."""
    blanks = {place.replace("__", "."): value for place, value in filled.items()}
    return draft_edit(shop, silent, draft=name, revision=draft_of(shop, name).revision, do=do, filled=blanks, text=text)


def said(shop: Work, name: str) -> str:
    rule = closed(draft_of(shop, name).tree)
    return "" if rule is None else sentence(rule)


def asked(shop: Work, step, name: str, /, **more):
    return step(shop, silent, draft=name, revision=draft_of(shop, name).revision, **more)


def test_a_rule_is_built_card_by_card_and_counted_as_its_text_is(shop):
    """What the cards say is counted like the same rule as text: exactly, and every part of it."""
    name = begun(shop)
    assert asked(shop, draft_count, name)["count"] == asked(shop, draft_count, name)["population"]
    assert edit(shop, name, "add::attribute:city")["at"] == "parts.0"
    edit(shop, name, parts__0__test__op="is", parts__0__test__operands__0__value="Tampere")
    edit(shop, name, "add::events:order")
    edit(shop, name, parts__1__test__operands__0__value="2")
    assert said(shop, name) == 'city is "Tampere" and ordered at least 2 times'
    full = count_in_full(shop, silent, condition=said(shop, name))
    found = asked(shop, draft_funnel, name)
    assert full["count"] == asked(shop, draft_count, name)["count"] == found["count"]
    assert [step["count"] for step in full["steps"]] == [step["count"] for step in found["steps"]]
    assert full["reachable"] == found["reachable"]
    tampere, twice = found["parts"]
    assert (tampere["alone"], twice["alone"]) == tuple(part["count"] for part in full["parts"]["parts"])
    assert (tampere["without"], twice["without"]) == (twice["alone"], tampere["alone"])
    assert asked(shop, draft_growth, name)["days"][-1]["size"] == full["count"]
    assert asked(shop, draft_figures, name)["few"] is True
    overlap = {row["segment"]: row["both"] for row in asked(shop, draft_overlap, name, beside=["twice", "never"])["rows"]}
    assert overlap == {"twice": full["count"], "never": 0}


def test_undo_redo_and_a_text_that_cannot_be_read(shop):
    """Every edit can be taken back and made again; a text that cannot be read leaves the cards as they were."""
    name = begun(shop, "did order")
    edit(shop, name, "text", 'city is "Turku"')
    edit(shop, name, "text", "city iz Turku")
    held = draft_of(shop, name)
    assert (held.text, held.problem["code"]) == ("city iz Turku", "bad_rule")
    assert said(shop, name) == 'city is "Turku"'
    edit(shop, name, "undo")
    assert draft_of(shop, name).problem is None
    edit(shop, name, "undo")
    assert said(shop, name) == "ordered"
    edit(shop, name, "redo")
    assert said(shop, name) == 'city is "Turku"'


def test_an_edit_of_an_older_draft_is_refused(shop):
    """Two windows do not undo each other's work unseen; and nobody else's draft is there."""
    name = begun(shop, "did order")
    edit(shop, name, "add::attribute:city")
    with pytest.raises(InputError, match="changed elsewhere"):
        draft_edit(shop, silent, draft=name, revision=0, do="undo")
    with acting("user somebody"):
        assert drafts_list(shop, silent)["drafts"] == []
        with pytest.raises(InputError, match="no such draft"):
            draft_of(shop, name)


def test_a_wrong_blank_says_why_and_the_rest_stays(shop):
    """What cannot be filled in is refused; what was filled in beside it counts."""
    name = begun(shop, "did order at least 2 times in last 30 days")
    done = edit(shop, name, parts__0__test__operands__0__value="plenty", parts__0__window__span__n="60")
    assert done["refused"]["code"] == "bad_number"
    assert said(shop, name) == "ordered at least 2 times in the last 60 days"


def test_ten_people_with_why(shop):
    """Everyone shown is in, and the reference engine says by what."""
    name = begun(shop, 'city is "Tampere" and did order')
    found = asked(shop, draft_sample, name)["people"]
    assert len(found) == 10
    assert all(row["trace"]["holds"] and [part["holds"] for part in row["trace"]["parts"]] == [True, True] for row in found)
    assert {row["city"] for row in found} == {"Tampere"}


def test_values_to_pick_from(shop):
    """A field tells how complete it is and what it holds; picking puts a value on the card, in a list as another one."""
    name = begun(shop, "city is known")
    found = asked(shop, draft_field, name, event=None, name="city")
    assert (found["have"], found["values"][0]["text"]) == (40, "Tampere") or {row["text"] for row in found["values"]} == {
        "Tampere",
        "Turku",
        "Oulu",
    }
    assert asked(shop, draft_field, name, event=None, name="email")["values"] == []
    totals = asked(shop, draft_field, name, event="order", name="total")
    assert sum(item["rows"] for item in totals["bins"]) == totals["have"]
    edit(shop, name, "pick:parts.0:Tampere")
    assert said(shop, name) == 'city is "Tampere"'
    edit(shop, name, parts__0__test__op="one_of")
    edit(shop, name, "pick:parts.0:Oulu")
    assert said(shop, name) == 'city is one of "Tampere", "Oulu"'
    assert edit(shop, name, "drop:parts.0.test.operands.0")["refused"] is None
    assert said(shop, name) == 'city is one of "Oulu"'


def test_warnings_stand_at_the_card_they_are_about(shop):
    """A contradiction is said where it is."""
    name = begun(shop, "city is known and did order at least 1 time where total > 5 and did order where (total > 5 and total < 3)")
    found = {(item["code"], item["at"]) for item in draft_warnings(shop, draft_of(shop, name))}
    assert ("nothing_counted", "parts.2") in found


def test_a_sitting_stays_on_its_data_until_it_is_told(tmp_path):
    """New data does not move the counts of a draft; asking for it does."""
    with opened(new_workspace(tmp_path / "moving")) as work:
        fill(work)
        name = begun(work, "did order")
        before = asked(work, draft_count, name)["count"]
        bring_in(work, "customer_id,order_id,ordered_at,total\nnew,N-1,2024-09-01,10\n", "orders", "more.csv")
        held = sitting(work, draft_of(work, name))
        assert asked(work, draft_count, name)["count"] == before
        held.running, held.latest = 1, 1
        held.changed(2)  # stopped, though its data is no longer the newest: the spare takes its place
        held.running = None
        edit(work, name, "add::attribute:city")
        edit(work, name, "undo")
        assert asked(work, draft_count, name)["count"] == before
        seen = draft_seen(work, draft_of(work, name))
        assert seen["newest"] > seen["data_version"]
        draft_newer(work, silent, draft=name)
        assert asked(work, draft_count, name)["count"] == before + 1


def test_a_count_that_nobody_waits_for_is_stopped(shop):
    """An edit stops what runs for the draft as it was: the query itself is interrupted, and the next count is answered."""
    name = begun(shop, "did order")
    at = sitting(shop, draft_of(shop, name))
    started, ended = threading.Event(), []

    def count(question, still):
        started.set()
        still()
        question.engine.cursor.execute(
            "SELECT count(*) FROM range(100000000) AS a, range(100000) AS b WHERE a.range % 7 = b.range % 11"
        ).fetchall()

    def ask() -> None:
        try:
            at.answer(0, count)
        except Superseded as error:
            ended.append(error)

    slow = threading.Thread(target=ask)
    slow.start()
    assert started.wait(30)
    while slow.is_alive():  # until the query has begun there is nothing to interrupt
        at.changed(1)
        slow.join(0.05)
    assert [error.code for error in ended] == ["superseded"]
    at.latest = 0
    assert asked(shop, draft_count, name)["count"] > 0


def test_saved_changed_and_restored(shop):
    """Saving makes a segment, saving again its next version; every version says who, what changed and whom it moves."""
    name = begun(shop, 'city is "Tampere"')
    assert asked(shop, draft_save, name, segment="towns", title="Towns")["version"] == 1
    edit(shop, name, "text", 'city is "Tampere" or city is "Oulu"')
    old = draft_of(shop, name).revision - 1
    with pytest.raises(InputError, match="changed elsewhere"):  # an edit that arrived after the page was shown is not lost unseen
        draft_save(shop, silent, draft=name, revision=old, segment="towns")
    assert asked(shop, draft_save, name, segment="towns")["version"] == 2
    newest, first = segment_versions(shop, silent, segment="towns")["versions"]
    assert newest["by"]
    assert (newest["new"], newest["gone"]) == (['city is "Oulu"'], [])
    assert (newest["added"], newest["lost"]) == (newest["size"] - first["size"], 0)
    segment_restore(shop, silent, segment="towns", version=1)
    third = segment_versions(shop, silent, segment="towns")["versions"][0]
    assert (third["version"], third["sentence"], third["lost"]) == (3, first["sentence"], newest["added"])
    with pytest.raises(InputError, match="newer version"):  # somebody else's work is not written over
        asked(shop, draft_save, name, segment="towns")
    other = begun(shop, "did order")
    with pytest.raises(InputError, match="already"):
        asked(shop, draft_save, other, segment="towns")
    draft_drop(shop, silent, draft=other)
    assert other not in {item["id"] for item in drafts_list(shop, silent)["drafts"]}


def test_what_stands_beside_the_condition_holds_for_every_number(shop):
    """The best five of a segment were five a month ago too, and without a card they are still five at most."""
    apply(shop, silent, files={"best.yaml": "id: best-five\nwhere: did order\nlimit: {n: 5, by: sum of total of order}\n"})
    name = draft_new(shop, silent, segment="best-five")["draft"]
    assert {day["size"] for day in asked(shop, draft_growth, name)["days"]} <= {0, 5}
    assert asked(shop, draft_growth, name)["days"][-1]["size"] == 5
    (card,) = asked(shop, draft_funnel, name)["parts"]
    assert card["alone"] > 5 and card["without"] == 5


@pytest.mark.parametrize(("typed", "read"), [("1.500,50", "1500.50"), ("1,500.50", "1500.50"), ("49,90", "49.90"), ("0,125", "0.125")])
def test_numbers_are_read_as_people_write_them(typed, read):
    assert str(read_number(typed)) == read


def test_a_number_that_is_two_numbers_is_asked_about():
    """1,500 is a thousand and a half to some and one and a half to others."""
    with pytest.raises(InputError, match="two ways"):
        read_number("1,500")


def test_a_store_that_is_being_counted_on_can_be_made_again(tmp_path):
    """An erasure closes the old store though somebody builds a rule meanwhile, and counts go on with the new one."""
    with opened(new_workspace(tmp_path / "renewed")) as work:
        fill(work)
        name = begun(work, "did order")
        held = sitting(work, draft_of(work, name))
        began, ended = threading.Event(), []

        def slowly(question, _still):
            began.set()
            return question.engine.cursor.execute("SELECT count(*) FROM range(100000) AS a, range(300000) AS b").fetchall()

        def count():
            try:
                held.answer(1, slowly)
            except Exception as error:
                ended.append(error)

        counting = threading.Thread(target=count)
        counting.start()
        assert began.wait(30)
        with work.guard:
            renew(work, silent)
        counting.join(30)
        assert not counting.is_alive() and ended
        assert asked(work, draft_count, name)["count"] == 36


def test_words_that_can_stand_there(shop):
    """Completions are names and words that the grammar takes at that place, and no others."""
    at_name = complete(shop, silent, text="did order and ci", at=16)
    assert (at_name["from"], [item["text"] for item in at_name["options"]]) == (14, ["city"])
    assert "did" not in {item["text"] for item in complete(shop, silent, text="city is d", at=9)["options"]}
    assert "kunta" in {item["text"] for item in complete(shop, silent, text="kun", at=3, language="fi")["options"]}
    assert complete(shop, silent, text="", at=0)["options"] == []
    for typed in ("asiakkaan m", "asiakk"):  # a name of two words
        text = f"kunta on tiedossa ja {typed}"
        of_two = complete(shop, silent, text=text, at=len(text), language="fi")
        assert of_two["from"] == 21 and "asiakkaan maa" in {item["text"] for item in of_two["options"]}
    text = "kunta on tiedossa ja asiakkaan maa on tied"
    last = complete(shop, silent, text=text, at=len(text), language="fi")
    assert (last["from"], [item["text"] for item in last["options"]]) == (len(text) - 4, ["tiedossa"])


def test_the_gallery_says_what_is_lacking(shop):
    """Every ready-made segment is under one goal, with the data that it needs and that has not come in."""
    found = {item["id"]: item for goal in gallery(shop, silent)["goals"] for item in goal["segments"]}
    assert len(found) == sum(len(goal["segments"]) for goal in gallery(shop, silent)["goals"])
    assert {"is": "attribute", "name": "birthday"} in found["birthday-soon"]["lacks"]
    assert not found["vip"]["lacks"]
    from lohko.starter import gallery_texts

    assert set(found) == set(gallery_texts())
    for name, item in found.items():
        if not item["lacks"]:
            draft = STEPS["draft_new"](shop, silent, starter=name)["draft"]
            assert said(shop, draft)
            draft_drop(shop, silent, draft=draft)
