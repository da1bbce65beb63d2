"""Tags of ready-made segments are read in the page's language, and are kept as they stand in the segments' files."""

from __future__ import annotations

import re

from lohko.starter import gallery_texts
from lohko.state import segments as kept
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent
from lohko.web.words import TAGS
from web.small_shop import browsing

FINNISH = {"accept-language": "fi"}


def tags(work: Work) -> list[str]:
    with work.state.connect() as connection:
        return list(kept.current(connection)["tagged"].tags)


def test_a_tag_is_read_in_finnish_and_kept_as_it_is(shop: Work) -> None:
    apply(shop, silent, files={"tagged.yaml": "id: tagged\ntags: [starter, win-back, kesä]\nwhere: 'did order'\n"})
    with browsing(shop) as client:
        said = client.get("/segments/tagged?view=about", headers=FINNISH).text
        assert "valmis, takaisin voittaminen, kesä" in said
        listed = client.get("/segments", headers=FINNISH).text
        assert '<option value="win-back">takaisin voittaminen</option>' in listed
        assert "tagged" in client.get("/segments?tag=win-back", headers=FINNISH).text
        given = {"status": "live", "tags": "Takaisin voittaminen, kesä, uusi"}
        client.post("/segments/tagged/about", data=given, headers=FINNISH)
        assert tags(shop) == ["win-back", "kesä", "uusi"]


def test_every_tag_of_a_ready_made_segment_has_a_word() -> None:
    """Except hot, which is what the sales page asks for by that name."""
    found = {
        tag.strip() for text in gallery_texts().values() for line in re.findall(r"(?m)^tags: \[(.*)\]", text) for tag in line.split(",")
    }
    assert len(found) > 5 and found - {"hot"} == set(TAGS)
