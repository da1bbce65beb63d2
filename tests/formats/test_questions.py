"""What a question of a survey asks for is told by its header and all its answers; one odd answer leaves it as it came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.landing.answers import nps_class
from lohko.landing.questions import OTHER, question

MCDONALDS = ["I hate it!-5", "-4", "-3", "-2", "-1", "0", "+1", "+2", "+3", "+4", "I love it!+5"]


def scores(label: str, *answers: str) -> tuple[str, list[int | None]]:
    """How a question is understood, and the score of each answer."""
    found = question(label, dict.fromkeys(answers, 3))
    return found.sort, [found.scores.get(text) for text in answers]


@pytest.mark.parametrize(
    ("label", "answers", "sort", "expected"),
    [
        ("NPS", ["0", "6", "10"], "nps", [0, 6, 10]),
        ("Kuinka todennäköisesti suosittelisit meitä?", ["10 - Erittäin todennäköisesti", "7", "0 (en lainkaan)"], "nps", [10, 7, 0]),
        ("How likely would you recommend us?", ["Extremely likely (10)", "3"], "nps", [10, 3]),
        ("CSAT", ["1", "5", "4/5"], "csat", [1, 5, 4]),
        ("Kuinka tyytyväinen olit?", ["Erittäin tyytyväinen", "Tyytymätön"], "csat", [5, 2]),
        ("How easy was it?", ["7", "1"], "ces", [7, 1]),
        ("Like", MCDONALDS, "numbers", list(range(-5, 6))),
        ("Hinta", ["Täysin samaa mieltä", "Täysin eri mieltä", "Jokseenkin samaa mieltä"], "words", [5, 1, 4]),
        ("Hinta", ["samaa mieltä", "Jokseenkin samaa mieltä", "Täysin eri mieltä"], "words", [6, 5, 1]),
        ("Price", ["Strongly agree", "Agree", "Somewhat agree", "Disagree", "Neutral", "Somewhat disagree", "Strongly Disagree"], "words", [7, 6, 5, 2, 4, 3, 1]),
        ("How often?", ["Always", "never", "N/A"], "words", [5, 1, None]),
        ("NPS group", ["Promoters", "Detractor", "Passives"], "nps_class", [0, 2, 1]),
    ],
)  # fmt: skip
def test_scales_are_understood(label, answers, sort, expected):
    """Numbers with words beside them, words in English and Finnish, and those who did not want to say."""
    assert scores(label, *answers) == (sort, expected)


@pytest.mark.parametrize(
    ("label", "answers"),
    [
        ("Age", ["31", "60", "18"]),
        ("NPS", ["11", "4"]),
        ("Satisfaction", ["100", "40"]),
        ("Comment", ["Agree", "I agree with everything, but the price is high"]),
        ("City", ["Espoo", "Turku"]),
        ("Recommend", ["9", "yes, I already did"]),
        ("Order", ["10-12", "4 kpl"]),
        ("Visits", ["3 times a week", "1"]),
        ("Only one word", ["Agree"]),
        ("Empty", []),
    ],
)
def test_what_is_no_scale_stays_as_it_came(label, answers):
    """Nothing is read into a column that has an answer outside of every scale."""
    assert question(label, dict.fromkeys(answers, 2)) == OTHER


def test_choices_are_told_from_sentences():
    """Several of a short list, again and again; a free text with commas is one text."""
    assert question("Which?", {"Web; Store": 4, "Store; Phone": 2, "Web": 1}).sign == ";"
    assert question("Mistä kuulit?", {"Instagram, Ystävä": 1, "Ystävä, Google": 1, "Google": 1}).sign == ","
    assert question("Why?", {"It was late, and cold": 1, "The box was open, two pairs were missing, and nobody answered": 1}) == OTHER


@given(st.dictionaries(st.text(max_size=12), st.integers(1, 9), max_size=8), st.text(max_size=20))
def test_every_score_belongs_to_an_answer_that_was_given(answers, label):
    """Whatever people write, scores are of their own answers and within the scale that was told."""
    found = question(label, answers)
    assert set(found.scores) <= set(answers)
    if found.sort == "nps":
        assert all(0 <= score <= 10 for score in found.scores.values())


def test_the_classes_of_nps_part_the_eleven_scores():
    """Nine and ten promote; up to six detracts."""
    assert [nps_class(score) for score in range(11)] == ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2
