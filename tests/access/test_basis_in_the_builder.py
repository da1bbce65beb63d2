"""A rule that uses data of a special category is saved with its basis on the builder's page, by those alone who answer for the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from access.people_who_use import PASSWORD, Doors, add_one_of_each, open_doors
from lohko.state.privacy import bases
from lohko.steps.passwords import hashed
from lohko.steps.segments import apply
from lohko.steps.special import GROUNDS, special_mark
from lohko.steps.work import Work, silent
from lohko.web.builder_words import BASES
from web.small_shop import browsing, fill, new_workspace, opened

BASIS = {"basis": "explicit_consent", "remark": "the form in folder 12"}


@pytest.fixture
def marked(tmp_path: Path) -> Iterator[Work]:
    with opened(new_workspace(tmp_path / "shop")) as work:
        fill(work)
        special_mark(work, silent, attribute="city", category="health")
        kept = hashed(PASSWORD)
        add_one_of_each(work, kept)
        yield work


@pytest.fixture
def doors(marked: Work) -> Iterator[Doors]:
    with browsing(marked) as client:
        yield open_doors(marked, client)


def _begun(doors: Doors, role: str) -> str:
    address: str = doors.by(role, "POST", "/builder", data={"text": "city is Oulu"}).headers["location"]
    return address


def _recorded(work: Work) -> dict[str, tuple[str, str]]:
    with work.state.connect() as connection:
        return bases(connection)


def test_whoever_answers_for_the_data_records_the_basis_where_the_rule_is_saved(doors: Doors, marked: Work) -> None:
    """What was typed stays, the form asks for the basis and what it rests on, and then the segment is there."""
    draft = _begun(doors, "steward")
    typed = {"revision": "0", "segment": "oulu", "title": "People of Oulu", "description": "a letter"}
    page = doors.by("steward", "POST", f"{draft}/save", data=typed)
    assert page.status_code == 400 and 'name="basis"' in page.text and not _recorded(marked)
    assert all(f'value="{typed[name]}"' in page.text for name in ("segment", "title", "description"))
    assert doors.by("steward", "POST", f"{draft}/save", data=typed | BASIS | {"remark": " "}).status_code == 400 and not _recorded(marked)
    apply(marked, silent, files={"s.yaml": "id: taken\nwhere: did order\n"})
    assert doors.by("steward", "POST", f"{draft}/save", data=typed | BASIS | {"segment": "taken"}).status_code == 400 and not _recorded(
        marked
    )
    assert doors.by("steward", "POST", f"{draft}/save", data=typed | BASIS).status_code == 303
    assert _recorded(marked) == {"oulu": ("explicit_consent", "the form in folder 12")}
    panel = doors.by("steward", "GET", f"{draft}/panel/funnel", params={"revision": 0})
    assert "recorded basis" not in panel.text


def test_others_are_told_who_can_and_record_nothing(doors: Doors, marked: Work) -> None:
    draft = _begun(doors, "marketer")
    typed = {"revision": "0", "segment": "oulu", "title": "People of Oulu"}
    page = doors.by("marketer", "POST", f"{draft}/save", data=typed | BASIS)
    assert page.status_code == 400 and 'name="basis"' not in page.text and "steward, admin" in page.text
    assert not _recorded(marked)
    assert "recorded basis" in doors.by("marketer", "GET", f"{draft}/panel/funnel", params={"revision": 0}).text


def test_every_basis_has_its_words() -> None:
    assert set(BASES) == set(GROUNDS)
