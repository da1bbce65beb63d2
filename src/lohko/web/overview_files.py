"""The pictures of the overview and of management as files: as they are, and their numbers for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lohko.web.explore_words import Picture, View
from lohko.web.language import texts
from lohko.web.pictures import Pictures

if TYPE_CHECKING:
    from lohko.base.text import Language


def months_view(months: Sequence[dict[str, Any]], language: Language, currency: str) -> View:
    """Revenue by month as files: the picture, and its numbers for programs."""
    said = texts(language)
    title = said.gettext("Revenue by month, %(currency)s") % {"currency": currency}
    picture = Pictures(said, language, currency).revenue_pair("months", months, title)
    columns = [
        (said.gettext("Month"), False),
        (said.gettext("Revenue"), True),
        (said.gettext("Orders"), True),
        (said.gettext("Is over"), False),
    ]
    raw = [(month["month"], month["revenue"], month["orders"], month["complete"]) for month in months]
    return View(title, columns, (), raw, [Picture(title, *picture)])


def rfm_view(grid: dict[str, Any], language: Language, currency: str) -> View:
    """Customers by recency and frequency score as files; a square of few people has no number."""
    said = texts(language)
    title = said.gettext("Customers by recency and frequency score")
    picture = Pictures(said, language, currency).heat_pair("heat", grid, title)
    columns = [
        (said.gettext("Recency"), True),
        (said.gettext("Frequency"), True),
        (said.gettext("Customers"), True),
        (said.gettext("Revenue"), True),
    ]
    raw = [(cell["r"], cell["f"], cell["customers"], cell["revenue"]) for row in grid["rows"] for cell in row]
    return View(title, columns, (), raw, [Picture(title, *picture)])
