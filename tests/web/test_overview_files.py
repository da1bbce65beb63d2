"""Every picture of the overview and of management is there as SVG, as PNG made in the browser, and as CSV, of the day that is looked at."""

from __future__ import annotations

import re

import pytest

from lohko.steps.figures import overview
from lohko.steps.work import Work, silent
from lohko.web.language import texts
from lohko.web.pictures import Pictures
from web.small_shop import AS_OF, browsing

FILES = ("/overview/months", "/overview/rfm", "/management/months")


def test_pages_offer_the_files_of_their_pictures(shop: Work) -> None:
    with browsing(shop) as client:
        for page, names in (("/", ("/overview/months", "/overview/rfm")), ("/management", ("/management/months",))):
            said = client.get(page, params={"as_of": AS_OF}).text
            offered = re.findall(r'href="([^"]+)" download', said)
            for name in names:
                for end in ("csv", "svg"):
                    (found,) = [link for link in offered if link.startswith(f"{name}.{end}")]
                    assert "as_of=" in found and client.get(found).status_code == 200
                assert f'data-png="{name.rpartition("/")[2]}"' in said


@pytest.mark.parametrize("name", FILES)
def test_a_picture_stands_alone(shop: Work, name: str) -> None:
    with browsing(shop) as client:
        answer = client.get(f"{name}.svg", params={"as_of": AS_OF}, headers={"accept-language": "fi"})
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert answer.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"') and "<style>" in answer.text


def test_numbers_are_those_of_the_page(shop: Work) -> None:
    """What the page does not tell, the file does not either."""
    found = overview(shop, silent, as_of=AS_OF)
    with browsing(shop) as client:
        months = client.get("/overview/months.csv", params={"as_of": AS_OF}).text.splitlines()[1:]
        assert len(months) == len(found["months"])
        told = [line.split(",")[1] for line in months]
        assert told == ["" if month["revenue"] is None else str(month["revenue"]) for month in found["months"]]
        squares = client.get("/overview/rfm.csv", params={"as_of": AS_OF}).text.splitlines()[1:]
        assert len(squares) == 25
        assert not [line for line in squares if line.split(",")[2] in ("1", "2", "3", "4")]
        assert client.get("/overview/nothing.csv").status_code == 404


def test_a_square_that_is_not_told_says_only_that() -> None:
    """It may be of more than five people, by whom fewer could be found; nobody is 0, as everywhere."""
    cells = [{"r": 5, "f": f, "customers": n, "revenue": n, "level": 0} for f, n in enumerate((None, 0, 7, None, 9), 1)]
    drawn = str(Pictures(texts("fi"), "fi", "EUR").heat("map", {"rows": [cells]}, "Asiakkaat"))
    assert "R 5, F 1: ei kerrottu" in drawn and ">*<" in drawn and ">0<" in drawn
    assert "&lt; 5" not in drawn and "alle 5" not in drawn
