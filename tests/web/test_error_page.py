"""What is wrong and what to do about it are said in the page's language."""

from __future__ import annotations

from lohko.steps.reports import report_link_add, report_link_revoke, report_links
from lohko.steps.work import Work, silent
from web.small_shop import browsing


def test_a_link_that_was_revoked_says_so_and_whom_to_ask(shop: Work) -> None:
    path = report_link_add(shop, silent, language="fi")["path"]
    report_link_revoke(shop, silent, link=report_links(shop, silent)["links"][0]["id"])
    with browsing(shop) as client:
        answer = client.get(path, headers={"accept-language": "fi", "accept": "text/html"})
        assert answer.status_code == 404
        assert "Linkki ei enää avaa mitään: se on vanhentunut tai peruttu." in answer.text
        assert "<p>Pyydä uusi linkki sen lähettäjältä.</p>" in answer.text
        english = client.get(path, headers={"accept-language": "en", "accept": "text/html"})
        assert "Ask whoever sent it for a new one." in english.text
