"""A survey that asks for the address as one of its questions knows who answered; whose address it is, is never guessed."""

from __future__ import annotations

import pytest

from formats.bringing import bring, workspace
from lohko.base.errors import InputError

TYPEFORM = '#,How likely is it that you would recommend us?,"{question}",Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID,Tags\n'
ROWS = "".join(
    f"abc{n},9,{name}@example.fi,completed,2026-05-02 07:00:01,,2026-05-02 07:01:40,a1b2c{n},\n" for n, name in enumerate(("aino", "eino"))
)


@pytest.mark.parametrize(
    "question", ["What's your email?", "Please leave your e-mail address so that we can reach you", "Mikä on sähköpostiosoitteesi?"]
)
def test_the_question_that_asks_for_the_address_tells_who_answered(tmp_path, question):
    """Its answers are addresses, and no other column's are."""
    with workspace(tmp_path) as work:
        found = bring(work, "typeform.csv", TYPEFORM.format(question=question) + ROWS)
        assert (found["kind"], found["accepted"], found["new_customers"]) == ("survey", 2, 2)
        assert found["mapping"]["email"] == question


@pytest.mark.parametrize(
    "question",
    ["Your friend's e-mail?", "invited_by", "referrer email", "Owner email", "assigned to", "Ystäväsi sähköposti", "How can we help?"],
)
def test_somebody_elses_address_is_never_who_answered(tmp_path, question):
    """It is asked for by name, as without such a column."""
    with workspace(tmp_path) as work, pytest.raises(InputError) as caught:
        bring(work, "typeform.csv", TYPEFORM.format(question=question) + ROWS)
    assert caught.value.code == "missing_field"


def test_which_of_two_addresses_is_asked_for(tmp_path):
    """Also when only one of the questions says that it is the answerer's."""
    head = TYPEFORM.format(question="What's your email?").replace("Tags", "And at work?")
    with workspace(tmp_path) as work, pytest.raises(InputError) as caught:
        bring(work, "typeform.csv", head + ROWS.replace(",\n", ",aho@example.com\n"))
    assert caught.value.code == "missing_field"
