"""Survey answers, a column per question or a row per answer: events with what was said, and what their people say."""

from __future__ import annotations

import pytest

from formats.bringing import bring, people, twice, workspace

LIKERT = """who,Age,Like,I like the taste,visits
,61,I love it!+5,Yes,Once a week
,51,-3,No,Never
,51,-3,No,Never
"""


@pytest.fixture
def work(tmp_path):
    with workspace(tmp_path) as opened:
        yield opened


def test_a_column_per_question(work):
    """NPS with its class, a scale in Finnish words, satisfaction, choices as a set, free text, and consent."""
    found = twice(work, "survey.csv")
    assert (found["format"], found["accepted"], found["customers"]) == ("survey-wide", 4, 4)
    assert [people(work, f"nps_class is {name}") for name in ("promoter", "passive", "detractor")] == [2, 1, 1]
    assert people(work, "did survey_answered where nps >= 9") == 2
    assert people(work, "did survey_answered where nps_class is detractor in last 365 days", as_of="2026-06-01") == 1
    assert people(work, "`palvelu_oli_ystävällistä_score` >= 4") == 2
    assert people(work, '`palvelu_oli_ystävällistä` is "Täysin samaa mieltä"') == 1
    assert people(work, "csat <= 3") == 1
    assert people(work, '`mitä_kautta_asioit` is "Myymälä"') == 2
    assert people(work, 'did survey_answered where `mitä_kautta_asioit` is "Puhelin"') == 2
    assert people(work, '`mitä_voisimme_parantaa` contains "toimi hyvin"') == 1
    assert people(work, "may be sent e-mail marketing") == 1
    assert people(work, "nps is 10", as_of="2026-05-03") == 0, "what is said holds from when it was said"


def test_a_column_called_just_nps_has_its_class(work):
    """The score is taken by its header; its class is worked out like that of a question."""
    bring(work, "a.csv", "Response ID,Email,Answered at,NPS\n1,a@x.fi,2026-05-01,9\n2,b@x.fi,2026-05-01,3\n", source="survey")
    assert people(work, "nps is 9") == people(work, "nps_class is promoter") == people(work, "nps_class is detractor") == 1
    bring(work, "b.csv", "Response ID,Email,Answered at,NPS,NPS class\n1,c@x.fi,2026-05-01,9,Passive\n", source="other")
    assert people(work, "nps_class is promoter") == 1


def test_google_forms_with_the_name_of_a_zone(work):
    """Google writes the time with the name of its zone in some languages."""
    text = "Timestamp,Email Address,Comments\n2026/03/01 10:00:00 AM EET,a@x.fi,fine\n2026/07/01 10:00:00 AM EEST,b@x.fi,fine\n"
    found = bring(work, "form.csv", text)
    assert (found["accepted"], found["first_at"], found["last_at"]) == (2, "2026-03-01T08:00:00Z", "2026-07-01T07:00:00Z")


MONKEY = """Respondent ID,Collector ID,Start Date,End Date,Email Address,How likely are you to recommend us?,Hobbies,,,How do you like,,Anything else?
,,,,,Response,Cycling,Skiing,Other (please specify),The shop,The staff,Open-Ended Response
1,5,2026-03-01 10:00:00,2026-03-01 10:05:00,a@x.fi,9,Cycling,,,Good,Fair,fine
2,5,2026-03-02 10:00:00,2026-03-02 10:05:00,b@x.fi,3,Cycling,Skiing,Sauna,Fair,Good,
3,5,2026-03-02 10:00:00,2026-03-02 10:05:00,c@x.fi,7,,,,,,
"""


def test_surveymonkeys_second_row_of_headers(work):
    """The choices of a question become one set, its rows have names of their own, and scores are understood beside the word Response."""
    found = bring(work, "monkey.csv", MONKEY)
    assert (found["format"], found["accepted"], found["rejected"]) == ("surveymonkey", 3, 1)
    rules = {
        "nps_class is promoter": 1,
        "nps_class is detractor": 1,
        'hobbies is "Cycling"': 2,
        'hobbies is "Skiing"': 1,
        'did survey_answered where hobbies is "Sauna"': 1,
        "how_do_you_like_the_shop is Good": 1,
        "how_do_you_like_the_staff is Good": 1,
        "anything_else is fine": 1,
    }
    assert {rule: people(work, rule) for rule in rules} == rules
    assert not [name for name in work.snapshot()[2].attributes if name.startswith("column_")]


def test_a_row_per_answer_answers_the_same_rules(work):
    """Both layouts of one survey find the same people, question by question; in the long one each answer is an event."""
    found = twice(work, "survey-long.csv")
    assert (found["format"], found["accepted"], found["customers"]) == ("survey-long", 12, 4)
    wide = "Customer ID,Answered at,How likely are you to recommend us?,The service was friendly,Which channels did you use?\n"
    wide += "101,2026-05-03 14:05,10,Strongly agree,Web;Store\n102,2026-05-03 18:30,7,Agree,Store\n"
    wide += "103,2026-05-04 09:12,0,Strongly disagree,Web\n104,2026-05-04 10:00,9,Don't know,Store;Phone\n"
    rules = [
        "nps_class is promoter",
        "nps < 7",
        "did survey_answered where nps >= 9",
        "the_service_was_friendly_score >= 4",
        'did survey_answered where the_service_was_friendly is "strongly disagree"',
        'which_channels_did_you_use is "Store"',
        'did survey_answered where which_channels_did_you_use is "Phone"',
    ]
    long = [people(work, rule) for rule in rules]
    assert long == [2, 1, 2, 2, 1, 3, 1]
    assert people(work, "did survey_answered at least 3 times") == 4
    assert people(work, 'did survey_answered where (question is "The service was friendly" and answer is "Agree")') == 1
    bring(work, "wide.csv", wide, source="other")
    assert [people(work, rule) for rule in rules] == [2 * n for n in long]


@pytest.fixture
def brief(tmp_path):
    with workspace(tmp_path, again=False) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "count", "rule", "expected"),
    [
        ("surveymonkey", 2, "ces >= 5 and csat is 5", 1),
        ("typeform", 2, "nps_class is promoter", 1),
        ("google-forms", 3, '`mistä_kuulit_meistä` is "Ystävä" and nps >= 8', 2),
        ("microsoft-forms", 3, 'which_products_interest_you is "Hats, caps"', 2),
        ("webropol", 2, "nps is 9 and tilaaminen_oli_helppoa_score is 5", 1),
    ],
)
def test_what_survey_tools_export(brief, name, count, rule, expected):
    """Each is known by its headers; addresses of visitors and the tools' own numbers are not kept."""
    found = twice(brief, f"{name}.csv", **({"file_format": name} if name == "google-forms" else {}))
    assert (found["format"], found["accepted"], found["customers"]) == (name, count, count)
    assert people(brief, rule) == expected
    schema = brief.schema()
    assert not {"ip_address", "collector_id", "network_id", "start_time"} & set(schema.attributes)


def test_rows_that_name_nobody_are_respondents_of_their_own(work):
    """When asked for; equal rows are as many people, and the same rows in another file are others."""
    found = bring(work, "likert.csv", LIKERT, kind="survey", without_ids=True)
    assert (found["accepted"], found["customers"], found["new_customers"]) == (3, 3, 3)
    assert people(work, "`like` <= -3") == 2
    assert people(work, "`like` is 5 and age > 60") == 1
    assert "survey_answered" not in work.schema().events, "without a date it is no event"
    assert bring(work, "likert.csv", LIKERT, kind="survey", without_ids=True)["already_imported"]
    bring(work, "likert.csv", LIKERT + ",30,0,No,Never\n", kind="survey", without_ids=True)
    assert people(work, "`like` <= -3") == 4


def test_a_personal_identity_code_in_a_question_is_masked(brief):
    """Also where the question becomes a column of its own."""
    text = "Customer ID,Answered at,Question,Answer\n1,2026-01-05,Is 131052-308T yours?,Yes\n2,2026-01-05,Is 131052-308T yours?,No\n"
    assert bring(brief, "codes.csv", text)["masked"] == 2
    assert people(brief, "is_131052_yours is true") == 1
    assert not [name for name in brief.schema().attributes if "308" in name]


def test_an_answer_does_not_make_text_of_what_is_known(brief):
    """Income in ranges is kept beside the income in euros, whose rules go on."""
    bring(brief, "people.csv", "customer_id,income\n1,52000\n2,18000\n", kind="customers")
    bring(brief, "ranges.csv", "customer_id,answered_at,Income\n1,2026-01-05,50-60 k\n2,2026-01-05,under 20 k\n", kind="survey")
    assert people(brief, "income > 50000") == 1
    assert people(brief, 'income_answer is "under 20 k"') == 1
