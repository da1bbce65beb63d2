"""The page of special categories: which fields are marked, and on what basis segments may use them; for those who answer for the data."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from access.people_who_use import PASSWORD, Doors, add_one_of_each, open_doors
from lohko.model.roles import ROLES
from lohko.state.privacy import CATEGORIES
from lohko.steps.passwords import hashed
from lohko.steps.segments import apply
from lohko.steps.special import special_basis, special_mark
from lohko.steps.work import Work, silent
from lohko.web import data_words
from web.small_shop import browsing, fill, new_workspace, opened

ADDRESS = "/special-categories"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("special") / "shop")) as found:
        fill(found)
        kept = hashed(PASSWORD)
        add_one_of_each(found, kept)
        yield found


@pytest.fixture(scope="module")
def doors(work: Work) -> Iterator[Doors]:
    with browsing(work) as client:
        yield open_doors(work, client)


def _read(doors: Doors, language: str = "en") -> str:
    page = doors.by("steward", "GET", ADDRESS, headers={"accept-language": language})
    assert page.status_code == 200
    return html.unescape(re.sub(r"(\s|<[^>]+>)+", " ", page.text))


def test_where_nothing_is_marked_the_page_says_what_that_means(doors: Doors) -> None:
    assert "No field is marked, so any segment may use any field." in _read(doors)
    assert "No basis is recorded, and no segment needs one" in _read(doors)
    finnish = _read(doors, "fi")
    assert "Yhtään tietoa ei ole merkitty" in finnish and "ammattiliiton jäsenyys" in finnish


def test_marked_fields_bases_and_segments_without_one_are_listed(doors: Doors, work: Work) -> None:
    """The field with its category, each basis with what it rests on, what is refused, and a basis whose segment is still to come."""
    apply(work, silent, files={"s.yaml": "id: oulu\nwhere: city is Oulu\n---\nid: turku\nwhere: city is Turku\n"})
    special_mark(work, silent, attribute="city", category="health")
    for segment in ("oulu", "still-to-come"):
        special_basis(work, silent, segment=segment, basis="explicit_consent", remark=f"folder <7> of {segment}")
    english, finnish = _read(doors), _read(doors, "fi")
    assert "Town health" in english
    assert "turku no basis" in english
    assert "oulu every member has consented to this use explicitly (GDPR 9(2)(a)) folder <7> of oulu" in english
    assert "still-to-come no segment is called so yet" in english
    assert "terveys" in finnish and "turku ei perustetta" in finnish and "tämännimistä segmenttiä ei vielä ole" in finnish


def test_only_those_who_answer_for_the_data_see_it(doors: Doors) -> None:
    """Others are not offered it either."""
    for role in ROLES:
        sees = role in ("steward", "admin")
        assert (doors.by(role, "GET", ADDRESS).status_code == 200) is sees
        if role in ("analyst", "marketer"):
            assert ADDRESS not in doors.by(role, "GET", "/quality").text
    assert ADDRESS in doors.by("steward", "GET", "/quality").text


def test_every_category_has_words() -> None:
    assert tuple(data_words.CATEGORIES) == CATEGORIES
